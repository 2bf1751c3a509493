"""Promise: films of the weights that ship go at the pace of the real clips they learned from (plugins/video/tools/pace.py)."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

import artgen
from artgen.types import SampleOptions
from artgen_video import plugin
from artgen_video.judge import statistics

WEIGHTS = Path(plugin.__file__).parent / "weights"
REAL = {  # mean change from frame to frame of all embedded clips, in steps of 255
    "start": {"animals": 4.77, "faces": 5.48, "people": 2.05},
    "start64": {"animals": 5.33, "faces": 6.15, "people": 2.41},
}
FILMS = 8


@pytest.mark.parametrize("name", REAL)
def test_films_change_as_much_from_frame_to_frame(name: str) -> None:
    model = artgen.load(WEIGHTS / f"{name}.safetensors").model
    ratios = []
    for label, real in REAL[name].items():
        films = model.raw(range(FILMS), [label] * FILMS, SampleOptions())
        ratios.append(float(statistics(films)["frame difference"].mean()) / real)
    assert abs(sum(map(math.log, ratios))) / len(ratios) < math.log(1.2), ratios
    assert all(abs(math.log(ratio)) < math.log(1.5) for ratio in ratios), "eight films say little of a class"
