"""Films of a moving camera from free photographs, paintings and panoramas, to pre-train start weights for filmed things on.

    pip install openexr==3.5.3 pillow==13.0.0
    python plugins/video/tools/gather_moves.py PACKAGES OUT

PACKAGES: the folder that gather_photographs.py of the image plugin names. OUT: a new folder; it gets ``CLASS/WORK__NUMBER.mp4``,
64 px, 8 frames a second, 3 seconds, and ``SOURCES.json``. In a panorama the camera turns, as on a tripod or in a hand; over a
photograph or a painting it glides, or goes nearer. Nothing in the works moves by itself.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from clips import write  # pyright: ignore[reportMissingImports] (beside this script)
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[2] / "image" / "tools"))
from gather_photographs import (  # pyright: ignore[reportMissingImports]
    Work,
    camera,
    developed,
    gcompris,
    panoramas,
    single_files,
)

SIZE, RATE, FRAMES = 64, 8, 24
TURNS = {"views": 36, "rooms": 16}  # films of a panorama
GLIDES = {"views": 6, "buildings": 6, "paintings": 6, "animals": 5, "things": 3}  # of another work
FAST = 14.0  # degrees a second that a camera turns at most


def eased(chance: random.Random) -> np.ndarray:
    """The way of a camera, ``[FRAMES]`` from 0 to 1: steady, or beginning or ending gently, with the tremor of a hand."""
    time = np.linspace(0, 1, FRAMES)
    soft = time**2 * (3 - 2 * time)
    weight = chance.random()
    hand = sum(chance.uniform(0, 0.02) * np.sin(2 * np.pi * (k * time + chance.random())) for k in (1, 2, 3))
    return weight * soft + (1 - weight) * time + hand


def turns(work: Work, chance: random.Random) -> Iterator[np.ndarray]:
    """Films ``[FRAMES, SIZE, SIZE, 3]`` of a camera that turns in a panorama."""
    assert work.panorama is not None
    for _ in range(TURNS[work.label]):
        yaw, pitch = chance.uniform(0, 2 * np.pi), np.radians(chance.uniform(-6, 12))
        field = np.radians(chance.uniform(45, 95))
        around = np.radians(chance.uniform(-FAST, FAST)) * FRAMES / RATE
        up, nearer, stops = np.radians(chance.uniform(-5, 5)), chance.uniform(-0.15, 0.15), chance.uniform(-0.5, 0.5)
        way = eased(chance)
        seen = [
            camera(work.panorama, yaw + t * around, pitch + t * up, field * (1 + t * nearer), 2 * SIZE) for t in way
        ]
        strip = developed(np.concatenate(seen), stops)  # one exposure for all frames
        yield np.stack([shrunk(strip, (0, 2 * SIZE * k, 2 * SIZE, 2 * SIZE * (k + 1))) for k in range(FRAMES)])


def glides(work: Work, chance: random.Random) -> Iterator[np.ndarray]:
    """Films ``[FRAMES, SIZE, SIZE, 3]`` of a camera that glides over a photograph or a painting."""
    assert work.picture is not None
    picture = work.picture.convert("RGB")
    short = min(picture.size)
    for _ in range(GLIDES[work.label]):
        first, last = (short * chance.uniform(0.5, 0.95) for _ in range(2))
        if chance.random() < 0.5:
            last = first  # no zoom
        if min(first, last) < SIZE:
            continue
        far = 0.35 * min(first, last)  # of the way of a film
        start, end = np.zeros(2), np.zeros(2)
        for axis, length in enumerate(picture.size):
            start[axis] = chance.uniform(0, length - first)
            end[axis] = min(max(start[axis] + (first - last) / 2 + chance.uniform(-far, far), 0), length - last)
        frames = []
        for t in eased(chance).clip(0, 1):
            (x, y), side = start + t * (end - start), first + t * (last - first)
            frames.append(shrunk(picture, (x, y, min(x + side, picture.width), min(y + side, picture.height))))
        yield np.stack(frames)


def shrunk(picture: Image.Image, box: tuple[float, float, float, float]) -> np.ndarray:
    """A square of the picture as a frame ``[SIZE, SIZE, 3]``."""
    return np.asarray(picture.resize((SIZE, SIZE), Image.Resampling.LANCZOS, box=box, reducing_gap=3.0))


def main() -> None:
    """Gather, and say what there is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", type=Path, help="folder of the packages")
    parser.add_argument("out", type=Path, help="new folder for the films")
    words = parser.parse_args()
    works: list[dict[str, str]] = []
    counts: dict[str, int] = {}
    for work in (
        *gcompris(words.packages / "gcompris-qt-data"),
        *single_files(words.packages),
        *panoramas(words.packages),
    ):
        chance = random.Random(work.source + work.name)  # of the work alone: another work changes no other's films
        folder = words.out / work.label
        folder.mkdir(parents=True, exist_ok=True)
        name = work.name
        while (folder / f"{name}__00.mp4").exists():  # another work of that name
            name += "x"
        for number, clip in enumerate((glides if work.picture else turns)(work, chance)):
            write(clip, folder / f"{name}__{number:02}.mp4", RATE)
            counts[work.label] = counts.get(work.label, 0) + 1
        works.append({"work": work.name, "class": work.label, "source": work.source, "licence": work.licence})
    content = {"works": works, "films": dict(sorted(counts.items()))}
    (words.out / "SOURCES.json").write_text(json.dumps(content, indent=2) + "\n")
    print(f"{len(works)} works;", ", ".join(f"{label}: {count}" for label, count in sorted(counts.items())))


if __name__ == "__main__":
    main()
