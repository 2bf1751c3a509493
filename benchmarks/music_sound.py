"""The learned high band of music beside real ones: ``python benchmarks/music_sound.py FOLDER HELD [--other NAME FILE]...``.

FOLDER, HELD: what ``plugins/music/tools/render_wide.py --rate 32000`` writes, and the same with ``--held-out``, whose pieces no
training has heard. Of every held-out piece, what 16 kHz keep of it gets a high band again. The given sound is used as it is, and
as the codec of the start weights gives it back, which is what the sound of a generator is like.

- spectral distance: root mean square of the difference of the spectra from 8 to 16 kHz in dB (64 ms, softer than -90 dB is
  silence). Two draws of the same noise are about 7 dB apart, so "real loudness" says what is within reach.
- texture: distance (KID) to the high bands of FOLDER by 196 statistics of sound texture (texture.py), which no training used.
- level: how much louder the high band is than the real one, in dB.
- change: how much its loudness changes from frame to frame, of that of the real one.

``--other``: baselines that ``train_high.py --way`` has written. ``--picture FILE``: spectrograms of one piece.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soxr
import torch
from safetensors.torch import load_file
from tables import table
from torch import Tensor, nn

import artgen
from artgen.judge.distances import kernel_distance
from artgen_music import high_band as hb
from artgen_music.config import HIGH_RATE, SAMPLE_RATE
from artgen_music.texture import TextureFeatures
from artgen_music.writer import MusicWriter

sys.path.insert(0, str(Path(__file__).parents[1] / "plugins/music/tools"))
from train_high import START, Spread, bands, split, through  # pyright: ignore[reportMissingImports]

ITEM = 4 * HIGH_RATE  # samples that the texture is found of
LOUDER = 8.0  # times: a high band is soft, and the judge counts in int16
MOST = 60  # seconds of a piece
Way = Callable[[np.ndarray, np.ndarray], np.ndarray]


def added(low: np.ndarray, _lack: np.ndarray) -> np.ndarray:
    """The high band that the network of ``high_band`` makes of a sound at 16 kHz, [2 n] at HIGH_RATE."""
    wave = np.clip(np.rint(low * 32767), -32768, 32767).astype(np.int16)
    given = soxr.resample(wave.astype(np.float32), SAMPLE_RATE, HIGH_RATE, "VHQ")
    return (hb.doubled(wave) - given) / np.float32(32768)


def with_network(net: nn.Module) -> Way:
    """The same with another network."""

    def make(low: np.ndarray, lack: np.ndarray) -> np.ndarray:
        shipped, hb.network = hb.network, lambda: net
        try:
            return added(low, lack)
        finally:
            hb.network = shipped

    return make


def of_real_loudness(_low: np.ndarray, lack: np.ndarray) -> np.ndarray:
    """Noise with the loudness of the real high band."""
    high = bands(lack, 2 * hb.STEP, hb.FIRST, hb.HIGH)[None]
    return hb.sounding(high, np.random.default_rng(0).standard_normal(len(lack), np.float32))


def nothing(_low: np.ndarray, lack: np.ndarray) -> np.ndarray:
    """The low band alone."""
    return np.zeros_like(lack)


def textures(highs: list[np.ndarray]) -> Tensor:
    """Statistics of high bands, each four seconds. Every second sample is left out, which turns 8 to 16 kHz around to 8 to 0."""
    parts = [high[at : at + ITEM : 2] for high in highs for at in range(0, len(high) - ITEM + 1, ITEM)]
    raw = torch.from_numpy(np.clip(np.stack(parts) * 32767 * LOUDER, -32768, 32767).astype(np.int16))
    return torch.cat([TextureFeatures()(part) for part in raw.split(16)])


def spectrum_db(high: np.ndarray) -> np.ndarray:
    """Power of [n] from 8 to 16 kHz in dB, [t, f]."""
    size = 2048
    frames = np.lib.stride_tricks.sliding_window_view(high, size)[:: size // 2] * np.hanning(size).astype(np.float32)
    power = np.abs(np.fft.rfft(frames)[:, size // 4 :]) ** 2 / (size * 0.375)
    return 10 * np.log10(power + hb.FLOOR)


def row(name: str, made: list[np.ndarray], real: list[np.ndarray], known: Tensor) -> list[str]:
    """Figures of the high bands of all pieces."""
    far = [np.sqrt(np.square(spectrum_db(a) - spectrum_db(b)).mean()) for a, b in zip(made, real, strict=True)]
    loud = [[bands(x, 2 * hb.STEP, hb.FIRST, hb.HIGH) * 43.43 for x in pair] for pair in zip(made, real, strict=True)]
    level = np.mean([float((a - b).mean()) for a, b in loud])
    change = np.mean([float(a.diff(dim=1).std() / b.diff(dim=1).std()) for a, b in loud])
    center, spread = known.mean(0), known.std(0).clamp_min(1e-3)
    distance = kernel_distance((known - center) / spread, ((textures(made) - center) / spread).clamp(-20, 20))
    return [name, f"{np.mean(far):.1f}", f"{distance:.2f}", f"{level:+.1f}", f"{change:.2f}"]


def heard(folder: Path, seconds: float) -> list[tuple[np.ndarray, np.ndarray]]:
    """The low and the high part of every file, ``seconds`` of each."""
    found = [split(path) for path in sorted(folder.rglob("*.wav"))]
    return [(low[: int(seconds * SAMPLE_RATE)], high[: int(seconds * HIGH_RATE)]) for low, high in found]


def seconds_a_minute(rate: int) -> float:
    """What a minute of a piece costs, from the seed to the file: processor time of one thread, the best of three."""
    import tempfile

    run = artgen.load(START, "cpu", settings={"rate": rate})
    best = float("inf")
    for number in range(3):
        start = time.process_time()
        (sample,) = run.sample(seeds=[number], seconds=60)
        with tempfile.TemporaryDirectory() as folder:
            MusicWriter(rate=32_000 if rate == HIGH_RATE else 16_000).write(sample, Path(folder) / "piece", {})
        best = min(best, time.process_time() - start)
    return best


def picture(path: Path, waves: dict[str, np.ndarray]) -> None:
    """Spectrograms below each other, linear in frequency, of sounds at HIGH_RATE."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 3.2 * len(waves)), layout="constrained")
    FigureCanvasAgg(figure)
    for axes, (name, wave) in zip(figure.subplots(len(waves), 1, squeeze=False)[:, 0], waves.items(), strict=True):
        axes.specgram(wave, NFFT=1024, Fs=HIGH_RATE, noverlap=768, vmin=-130, vmax=-40, cmap="magma")
        axes.set(title=name, ylabel="Hz")
    figure.savefig(path, dpi=80)


@torch.inference_mode()
def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("held", type=Path)
    parser.add_argument("--other", nargs=2, action="append", default=[], metavar=("NAME", "FILE"))
    parser.add_argument("--seconds", type=float, default=MOST)
    parser.add_argument("--picture", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    ways: dict[str, Way] = {"low band alone": nothing, "learned, GAN (ships)": added, "real loudness": of_real_loudness}
    for name, file in options.other:
        net = Spread(drawn=name == "spread").eval()
        net.load_state_dict({key: value.float() for key, value in load_file(file).items()})
        ways[f"learned, {name}"] = with_network(net)
    pieces = heard(options.held, options.seconds)
    real = [high for _, high in pieces]
    known = textures([high for _, high in heard(options.folder, 24)])
    codec = artgen.load(START).model.codec
    head = ["high band", "spectral distance, dB", "texture", "level, dB", "change"]
    for title, given in (
        ("of the sound as it is", [low for low, _ in pieces]),
        ("of the sound through the codec", [through(codec, low) for low, _ in pieces]),
    ):
        rows = [
            row(name, [way(low, high) for low, high in zip(given, real, strict=True)], real, known)
            for name, way in ways.items()
        ]
        print(
            "\n".join(table(["high band " + title, *head[1:]], [*rows, row("real, held out", real, real, known)])),
            "\n",
            flush=True,
        )
    print({rate: round(seconds_a_minute(rate), 2) for rate in (SAMPLE_RATE, HIGH_RATE)}, "s a minute of music")
    if options.picture:
        low, high = pieces[-1][0][: 12 * SAMPLE_RATE], pieces[-1][1][: 12 * HIGH_RATE]
        base = soxr.resample(low, SAMPLE_RATE, HIGH_RATE, "VHQ")
        shown = {"real": base + high, "low band alone": base, "low band and learned high band": base + added(low, high)}
        picture(options.picture, shown)


if __name__ == "__main__":
    main()
