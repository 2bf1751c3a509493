"""Rhythm and form of a run of music beside those of its training data, genre by genre.

    python benchmarks/music_form.py RUN [--seconds 30] [--seeds 4]

The first table: what a slice is like on average (onsets a second, how clear its tempo is, how long its harmonies hold, how
evenly it uses the pitch classes), made and real, and the ratio of the two. The second: whether a beat tracker finds the same
tempo in every part of a long piece.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

import artgen
from artgen.judge.real_items import reals_of
from artgen.judge.reference_sets import SEED, real_items
from artgen.types import SampleOptions
from artgen_music.judge import statistics
from artgen_music.listen import SAMPLE_RATE

COUNT = 48  # slices of each genre
HOP = 256
WINDOW, STEP = 8.0, 4.0  # seconds in which the tempo is looked for, and from one to the next
STABLE = 0.04  # share by which tempi of one piece may differ


def described(raw: Tensor) -> dict[str, float]:
    """Mean of each figure over slices."""
    found = statistics(raw)
    return {name: float(found[name].mean()) for name in ("onsets", "tempo clarity", "sustain", "chroma entropy")}


def tempi(wave: np.ndarray) -> list[float]:
    """Beats a minute by librosa in windows of a piece."""
    import librosa

    size, step = round(WINDOW * SAMPLE_RATE), round(STEP * SAMPLE_RATE)
    sound = wave.astype(np.float32) / 32768
    parts = [sound[start : start + size] for start in range(0, max(1, len(sound) - size + 1), step)]
    return [float(np.ravel(librosa.feature.tempo(y=part, sr=SAMPLE_RATE, hop_length=HOP))[0]) for part in parts]


def stable(found: Sequence[float]) -> float:
    """Share of the windows whose tempo is the median, its half or its double."""
    middle = sorted(found)[len(found) // 2]
    near = [min(abs(tempo / middle - ratio) / ratio for ratio in (0.5, 1.0, 2.0)) < STABLE for tempo in found]
    return float(np.mean(near))


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--seeds", type=int, default=4)
    options = parser.parse_args()
    run = artgen.load(options.run, "cpu")
    reals, rng, dice = (
        reals_of(run.host, run.config, None, None),
        torch.Generator().manual_seed(0),
        np.random.default_rng(0),
    )
    labels = run.model.spec.labels or (None,)
    print("| genre | figure | made | real | ratio |\n|---|---|---|---|---|")
    for label in labels:
        made = torch.cat([run.model.raw(range(SEED + i, SEED + i + 16), [label] * 16) for i in range(0, COUNT, 16)])
        real = real_items(run.model.codec, reals.store, dice.choice(reals.of(label)[0], COUNT), rng)
        of_made, of_real = described(made), described(real)
        for name, value in of_made.items():
            print(f"| {label} | {name} | {value:.2f} | {of_real[name]:.2f} | {value / of_real[name]:.2f} |")
    print("\n| genre | seed | tempo | windows that agree |\n|---|---|---|---|")
    for label in labels:
        raw = run.model.raw(range(options.seeds), [label] * options.seeds, SampleOptions(seconds=options.seconds))
        for seed, wave in enumerate(raw.cpu().numpy()):
            found = tempi(wave)
            print(f"| {label} | {seed} | {sorted(found)[len(found) // 2]:.0f} | {stable(found):.0%} |")


if __name__ == "__main__":
    main()
