"""Rhythm and form of a run of music beside those of its training data, genre by genre.

    python benchmarks/music_form.py RUN [--seconds 30] [--seeds 4]

The first table: what a slice is like on average (onsets a second, how clear its tempo is, how long its harmonies hold, how
evenly it uses the pitch classes), made and real, and the ratio of the two. The second: whether a beat tracker finds the same
tempo in every part of a long piece.

The third is of pieces of three minutes and of loops. "opening again": correlation of the chroma of the first eight seconds with
that of the part most like them after two minutes. "a part again": the same of an average part. "any two parts": of all pairs.
"end": by how much the last three seconds are softer than the piece. "loop": how far the beat across the seam is from the
median beat, and the others.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

import artgen
from artgen.judge.real_items import reals_of
from artgen.judge.reference_sets import SEED, real_items
from artgen.types import Sample, SampleOptions
from artgen_music.judge import statistics
from artgen_music.listen import SAMPLE_RATE
from artgen_music.rhythm import steadiness, tempi
from artgen_music.spectra import FRAMES_A_SECOND, chroma, spectrum
from artgen_music.writer import finished

COUNT = 48  # slices of each genre
HOP = 256
PART, LATE = 8, 120  # seconds that are compared, and after which the opening is looked for


def described(raw: Tensor) -> dict[str, float]:
    """Mean of each figure over slices."""
    found = statistics(raw)
    return {name: float(found[name].mean()) for name in ("attacks", "tempo clarity", "sustain", "variety of notes")}


def recurrence(raw: Tensor) -> tuple[float, float, float]:
    """Of a piece int16 [n]: the opening and the part most like it after two minutes; the mean of an average part and that of the
    part most like it; the mean of all pairs; each a correlation."""
    pitches = chroma(spectrum(raw[None]))[0].sqrt()
    slow = F.avg_pool1d(pitches[None], round(FRAMES_A_SECOND / 4), round(FRAMES_A_SECOND / 4))[0]
    unit = slow / slow.norm(dim=0).clamp_min(1e-9)
    parts = (unit - unit.mean(1, keepdim=True)).unfold(1, 4 * PART, 1).permute(1, 0, 2).flatten(1)
    parts = parts / parts.norm(dim=1, keepdim=True).clamp_min(1e-9)
    same = parts @ parts.T
    index = torch.arange(len(parts))
    apart = (index[:, None] - index).abs() >= 4 * PART
    late = index >= 4 * LATE
    best = same.where(apart & late, torch.tensor(-1.0))
    early = index < len(parts) - 4 * LATE
    return float(best[0].max()), float(best[early].amax(1).mean()), float(same[apart].mean())


def ending(raw: Tensor) -> float:
    """How much softer the last three seconds of a piece are than all of it as it is written, in dB."""
    wave = finished(Sample(raw.numpy(), 0, None)).astype(np.float64)
    last = wave[-3 * SAMPLE_RATE :]
    return float(10 * np.log10(np.square(wave).mean() / np.square(last).mean()))


def seam(raw: Tensor) -> tuple[float, float]:
    """How far the beats across the seam of a loop, and all others, are from the median beat, in shares of it; the loop is heard
    four times. Not a number where librosa finds no beat."""
    import librosa

    sound = raw.numpy().astype(np.float32) / 32768
    _, beats = librosa.beat.beat_track(y=np.tile(sound, 4), sr=SAMPLE_RATE, hop_length=HOP, units="time")
    if len(beats) < 3:
        return float("nan"), float("nan")
    gaps, length = np.diff(beats), len(sound) / SAMPLE_RATE
    across = (beats[:-1] // length) != (beats[1:] // length)
    away = np.abs(gaps / np.median(gaps) - 1)
    return (float(away[across].mean()) if across.any() else float("nan")), float(away[~across].mean())


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--long", type=int, default=2, help="seeds of a genre for the pieces of three minutes")
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
        for seed, wave in enumerate(raw.cpu().split(1)):
            share = float(steadiness(wave)["tempo steadiness"])
            print(f"| {label} | {seed} | {np.median(tempi(wave)):.0f} | {share:.0%} |")
    print("\n| genre | seed | opening again | a part again | any two parts | end | loop: beat at the seam | others |")
    print("|---|---|---|---|---|---|---|---|")
    for label in labels:
        for seed in range(options.long):
            raw = run.model.raw([seed], [label], SampleOptions(seconds=180.0))[0].cpu()
            loop = run.model.raw([seed], [label], SampleOptions(seconds=8.0, loop=True))[0].cpu()
            found = [*(f"{value:.2f}" for value in recurrence(raw)), f"{ending(raw):.1f} dB"]
            found += [f"{share:.1%}" for share in seam(loop)]
            print(f"| {label} | {seed} | {' | '.join(found)} |", flush=True)


if __name__ == "__main__":
    main()
