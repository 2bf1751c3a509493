"""Set the pace of films to that of real ones: ``python plugins/video/tools/pace.py WEIGHTS OUT [--data FOLDER]``.

A training learns what films look like sooner than how fast they go: what changes from frame to frame may be a third less, or two
thirds more, than in real clips. So the waves of motion are made faster or slower, by one factor for all classes: that by which
the changes of FILMS films of each class come nearest to those of the embedded clips, or of those in FOLDER. OUT gets the weights
with these waves; other tensors stay as they are.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import torch
from torch import Tensor

import artgen
from artgen.data.sources import data_source
from artgen.inference.model import Model
from artgen.runfolder import checkpoint
from artgen.types import RawItem, SampleOptions, Source
from artgen_video.judge import statistics
from artgen_video.motion import ContinuousMotion

FACTORS = tuple(2 ** (step / 6) for step in range(-6, 7))
FILMS, AT_ONCE = 24, 8  # of a class
WAVES = "ema.motion.frequency"  # logarithms


def main() -> None:
    """Measure, choose, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--data", type=Path, help="the films they learned from, where these are not the embedded ones")
    words = parser.parse_args()
    loaded = artgen.load(words.weights)
    motion = loaded.model.generator.motion
    if not isinstance(motion, ContinuousMotion):
        parser.error(f"{words.weights}: its motion has no waves")
    real = of_clips(loaded, words.data)
    waves = motion.frequency
    learned = waves.detach().clone()

    def ratios(factor: float) -> list[float]:
        with torch.no_grad():
            waves.copy_(learned + math.log(factor))
        return [of_films(loaded.model, label) / real[label] for label in loaded.labels]

    found = {factor: ratios(factor) for factor in FACTORS}
    for factor, row in found.items():
        print(
            f"waves times {factor:.2f}: " + ", ".join(f"{a} {b:.2f}" for a, b in zip(loaded.labels, row, strict=True))
        )
    best = min(found, key=lambda factor: max(abs(math.log(ratio)) for ratio in found[factor]))
    header = checkpoint.read_header(words.weights)
    tensors = checkpoint.part(words.weights, ("",))
    tensors[WAVES] = tensors[WAVES] + math.log(best)
    checkpoint.save(words.out, header, tensors)
    print(f"{words.out}: waves times {best:.2f}")


def of_clips(loaded: artgen.Run, data: Path | None = None) -> dict[str, float]:
    """Class -> mean change from frame to frame of the clips in ``data``, or the embedded ones, as a training of these weights
    prepares them."""
    host, domain = loaded.host, loaded.config.domain
    source = data_source(host.domain, data)
    assert isinstance(source, Source)
    found: dict[str, list[float]] = {}
    for item in host.prepare(source, domain):
        if isinstance(item, RawItem) and item.label is not None:
            found.setdefault(item.label, []).append(_change(torch.tensor(item.data)[None]))
    return {label: sum(changes) / len(changes) for label, changes in found.items()}


def of_films(model: Model, label: str) -> float:
    """The same of FILMS films of a class."""
    seeds = [range(first, first + AT_ONCE) for first in range(0, FILMS, AT_ONCE)]
    return sum(_change(model.raw(part, [label] * AT_ONCE, SampleOptions())) for part in seeds) / len(seeds)


def _change(clips: Tensor) -> float:
    """Of uint8 ``[b, c, t, h, w]``, in steps of 255."""
    return float(statistics(clips)["frame difference"].mean())


if __name__ == "__main__":
    main()
