"""Promise: a class of any name stands in a title as it is written, or as its code points where no font has its letters."""

from __future__ import annotations

import warnings

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from artgen.media import set_title


@pytest.mark.parametrize(
    ("name", "drawn"),
    [
        ("café · seed 3", "café · seed 3"),
        ("$x_1$ and $", "$x_1$ and $"),  # no formula
        ("\U000e0100a", "U+E0100 a"),  # a letter without a shape anywhere
        ("東京 · seed 3", None),  # as it is, or by its code points: which fonts are here is the machine's
    ],
)
def test_every_title_is_drawn_whole_and_quietly(name: str, drawn: str | None) -> None:
    figure = Figure()
    canvas = FigureCanvasAgg(figure)
    axes = figure.subplots()
    set_title(axes, name)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # matplotlib warns of each letter that is missing
        canvas.draw()
    assert axes.get_title() in ((drawn,) if drawn else (name, "U+6771 U+4EAC  · seed 3"))
