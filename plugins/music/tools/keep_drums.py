"""The sounds of a drum kit, with which train_drummer.py begins: ``python keep_drums.py PACKAGES OUT.safetensors``.

PACKAGES is the folder of build_embedded.py, of which the sound font is needed. Writes ``sounds``: each drum hit once as hard
as it can be, scaled log-mel ``[drums, mels, frames]``, the stroke at frame AHEAD.
"""

import sys
from pathlib import Path

import mido
import numpy as np
import soxr
import torch
from band import CLOSED, CRASH, KICK, SNARE, TOM_HIGH, TOM_LOW
from packages import open_soundfont
from render import RATE, SYNTH_RATE, perform
from safetensors.torch import save_file
from unify import DRUMS

from artgen_music.change import ChangeCodec
from artgen_music.drummer import AHEAD, LENGTH
from artgen_music.spectrum import HOP

KIT = (KICK, SNARE, CLOSED, CRASH, TOM_HIGH, TOM_LOW)
LOUDEST = 0.5  # of the waveform of the loudest drum


def main() -> None:
    """Hit each drum of the kit."""
    begin, count = (AHEAD + 0.5) * HOP / RATE, LENGTH * HOP  # frame i lies around sample (i + 1/2) * HOP
    with open_soundfont(Path(sys.argv[1])) as soundfont:
        waves = []
        for key in KIT:
            stroke = [(begin, mido.Message("note_on", channel=DRUMS, note=key, velocity=127))]
            sound = soxr.resample(perform(stroke, soundfont, 0, 2 * count / RATE, {}), SYNTH_RATE, RATE, "VHQ")
            waves.append(sound[:count])
    kit = np.stack(waves)
    kit *= LOUDEST / np.abs(kit).max()
    raw = torch.from_numpy(np.rint(kit * 32767).astype(np.int16))
    save_file({"sounds": ChangeCodec().take(raw)[:, 0].half().contiguous()}, sys.argv[2])


if __name__ == "__main__":
    main()
