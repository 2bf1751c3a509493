"""Promise: a figure is said in words beside its anchors, and one that cannot judge says so."""

from __future__ import annotations

from typing import Any

import pytest

from artgen.report.quality import position, verdict
from artgen.runfolder.records import Figure


@pytest.mark.parametrize(
    ("value", "real", "noise", "place", "words"),
    [
        (4.0, 1.0, 11.0, 0.3, "30% of the way"),
        (0.6, 0.9, 0.0, 1 / 3, "33% of the way"),  # higher is better
        (0.5, 1.0, 11.0, -0.05, "as close as real"),
        (12.0, 1.0, 11.0, 1.1, "no better than noise"),
        (100.0, 1.0, 10_000.0, 0.5, "50% of the way from real to noise (log scale)"),
        (0.1, 0.0, 100.0, 0.001, "less than 1% of the way"),
        (1.0, 1.0, 1.0, None, "cannot judge: noise scores as well as real works"),
        (0.0, 0.0, None, None, "as for held-out real works"),
        (0.08, 0.01, None, None, "more than for held-out real works (0.01)"),
        (1.0, None, 2.0, None, "no anchors"),
        (None, 1.0, 2.0, None, "not measured"),
        (0.3, 0.5, 0.4, 2.0, "cannot judge: noise scores better than real works"),
        (0.3, 1.0, 1.05, -14.0, "cannot judge: noise scores as well as real works"),
    ],
)
def test_position_between_the_anchors(value: Any, real: Any, noise: Any, place: float | None, words: str) -> None:
    figure = Figure(name="KID", value=value, real=real, noise=noise, lower_is_better=noise != 0)
    assert position(figure) == (None if place is None else pytest.approx(place))
    assert words in verdict(figure)


def test_copies_stand_beside_held_out_works_alone() -> None:
    before = Figure.model_validate({"name": "copies", "value": 0.02, "real": 0.02, "noise": 0.0})
    assert (before.noise, before.fault, verdict(before)) == (None, None, "as for held-out real works")
