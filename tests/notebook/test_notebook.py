"""Promise: runs and works show themselves in a notebook, and the example notebook runs as it stands."""

from __future__ import annotations

import base64
import io
import re
import wave
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from PIL import Image

import artgen
from artgen.types import Sample, SampleOptions
from tests.patience import PATIENCE
from tests.studio.serving import STARTS, run_of

EXAMPLE = Path(__file__).parents[2] / "examples" / "notebooks" / "play.ipynb"


def inside(shown: str) -> bytes:
    """The file in an HTML."""
    found = re.search(r"base64,([^\"]+)", shown)
    assert found is not None
    return base64.b64decode(found[1])


def test_works_show_themselves() -> None:
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 255, (3, 8, 8), np.uint8)
    shown = Sample(picture, 7, "a<b")._repr_html_()
    assert "seed 7, a&lt;b" in shown
    with Image.open(io.BytesIO(inside(shown))) as image:
        assert image.size == (192, 192)
        assert np.array_equal(np.asarray(image)[::24, ::24], np.moveaxis(picture, 0, -1))
    film = Sample(rng.integers(0, 255, (3, 5, 8, 8), np.uint8), 0, None, SampleOptions(fps=10), "mine")._repr_html_()
    with Image.open(io.BytesIO(inside(film))) as image:
        assert getattr(image, "n_frames", 1) == 5
    sound = rng.integers(-999, 999, 800, np.int16)
    with wave.open(io.BytesIO(inside(Sample(sound, 0, None, rate=16000)._repr_html_()))) as file:
        assert file.getframerate() == 16000
        assert np.array_equal(np.frombuffer(file.readframes(800), "<i2"), sound)
    assert "int16 [800]" in Sample(sound, 0, None)._repr_html_()  # nobody said how fast it goes
    assert "float64 [3]" in Sample(np.zeros(3), 0, None)._repr_html_()


def test_a_run_shows_itself_and_its_sliders_move_a_work() -> None:
    run = artgen.load(STARTS["image"], "cpu")
    shown = run._repr_html_()
    assert "image, generate" in shown
    assert shown.count("<img") == 2
    player: Any = run.play()
    view, (seed, label, variety, first, *others) = player.children[0], player.children[1].children
    assert len(others) == 5
    seed.value, label.value, variety.value = 7, "faces", 0.5
    (wanted,) = run.sample([7], label="faces", truncation=0.5)
    assert inside(view.value) == inside(wanted._repr_html_())
    before, first.value = view.value, 2.0
    assert view.value != before


def test_the_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_of(tmp_path, "mine", "image")
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    book = nbformat.read(EXAMPLE, as_version=4)  # pyright: ignore[reportUnknownMemberType]
    NotebookClient(book, timeout=int(PATIENCE), resources={"metadata": {"path": str(tmp_path)}}).execute()
    run, work, player, files = (cell.outputs[0] for cell in book.cells if cell.cell_type == "code")
    assert "<img" in run.data["text/html"]
    assert "seed 0" in work.data["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in player.data
    assert "sheet.png" in files.data["text/plain"]
