"""Train the drummer (artgen_music/drummer.py) alone, on pairs of which one side has drums and the other has not.

    python train_drummer.py PAIRS OUT.safetensors --init KIT_OR_EARLIER.safetensors [--steps 2500] [--batch 8] [--rhythm 0]

PAIRS: what `render_pairs.py --drums-only` wrote. The loss is the mean absolute difference of scaled log-mels, and, with
`--rhythm R`, how far the correlation of onset strengths with those of the source lies below R. A drummer who always hits as hard
as a real one hides soft notes; one who keeps the rhythm hits hard where the piece does. A discriminator taught the drummer
nothing in the first minutes, so there is none here. It begins with the sounds that keep_drums.py wrote, or with an earlier
OUT, which holds its tensors by name in float16. The one that ships: 2,500 steps from a kit, then 1,800 and 1,200 with `--rhythm
0.92` and `0.96`.
"""

import argparse
import random
import time
from pathlib import Path

import soundfile
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from artgen_music.change import ChangeCodec
from artgen_music.drummer import Drummer, played
from artgen_music.spectra import correlation

FRAMES = 256  # of a step's items: two bars
RATE, LAST_RATE = 1e-3, 0.03  # learning rate at first, and the share of it that is left at the end
HELD_OUT = 10  # one piece of so many is not learned from


def spectra(folder: Path) -> list[tuple[Tensor, Tensor]]:
    """Of each pair both scaled log-mels ``[MELS, t]``: they differ only where drums are heard."""
    codec, found = ChangeCodec(), []
    for path in sorted((folder / "classical").glob("*.wav")):
        sides = [soundfile.read(side, dtype="int16")[0] for side in (path, folder / "rock" / path.name)]
        given, wanted = (codec.take(torch.from_numpy(side)[None])[0, 0] for side in sides)
        found.append((given, wanted))
    return found


def batch_of(pairs: list[tuple[Tensor, Tensor]], count: int, dice: random.Random) -> tuple[Tensor, Tensor]:
    """Crops of ``FRAMES`` at random, ``[count, 1, MELS, FRAMES]`` each."""
    crops = []
    for _ in range(count):
        given, wanted = dice.choice(pairs)
        begin = dice.randrange(given.shape[1] - FRAMES)
        crops.append((given[:, begin : begin + FRAMES], wanted[:, begin : begin + FRAMES]))
    one, two = (torch.stack(side)[:, None] for side in zip(*crops, strict=True))
    return one, two


def losses_of(drummer: Drummer, given: Tensor, wanted: Tensor, rhythm: float) -> tuple[Tensor, Tensor]:
    """Mean absolute difference of what was wanted and the source with drums, and what its rhythm lacks."""
    made = played(given, torch.zeros(1), drummer(given))
    kept = correlation(_rises(given), _rises(made), dim=1)
    return (made - wanted).abs().mean(), (rhythm - kept).clamp_min(0).mean()


def _rises(x: Tensor) -> Tensor:
    """Onset strengths ``[b, t - 1]``, all bands alike, as they are judged."""
    return x[:, 0].diff(dim=2).clamp_min(0).mean(1)


def keep(drummer: Drummer, out: Path) -> None:
    """Write its tensors in float16."""
    save_file({name: tensor.half().contiguous() for name, tensor in drummer.state_dict().items()}, out)


def main() -> None:
    """Steps by rates that fall; a line each hundred."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--init", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=2500)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rhythm", type=float, default=0.0, help="the correlation that is asked for")
    words = parser.parse_args()
    torch.manual_seed(0)
    dice, pairs = random.Random(0), spectra(words.pairs)
    held = pairs[::HELD_OUT]
    learned = [pair for number, pair in enumerate(pairs) if number % HELD_OUT]
    test = batch_of(held, 32, random.Random(1))
    drummer, begun = Drummer(), time.monotonic()
    drummer.load_state_dict(load_file(words.init), strict=False)
    drummer.loudness.requires_grad_(False)
    drummer.sounds.requires_grad_(words.rhythm == 0)  # else they swell, so that nobody hears them begin
    adam = torch.optim.Adam(drummer.parameters(), RATE, (0.9, 0.99))
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(adam, words.steps, RATE * LAST_RATE)
    total = torch.zeros(2)
    for step in range(words.steps):
        difference, lacking = losses_of(drummer, *batch_of(learned, words.batch, dice), words.rhythm)
        loss = difference + lacking
        adam.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(drummer.parameters(), 0.2)
        adam.step()
        falling.step()
        total += torch.stack([difference.detach(), lacking.detach()]) / 100
        if step % 100 == 99:
            with torch.no_grad():
                unseen = torch.stack(losses_of(drummer, *test, words.rhythm))
            seconds = time.monotonic() - begun
            print(f"{step + 1}: {total.tolist()}, held out {unseen.tolist()}, {seconds:.0f} s", flush=True)
            total = torch.zeros(2)
            keep(drummer, words.out)
    keep(drummer, words.out)
    with torch.no_grad():
        print(f"unchanged {float((test[0] - test[1]).abs().mean()):.4f}")


if __name__ == "__main__":
    main()
