"""Promise: what a run of pictures makes is written enlarged when asked, still labelled, by a setting or by a flag."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import artgen
from artgen.errors import InputError
from artgen.provenance.label import labelled
from artgen.provenance.picture import find_mark
from artgen.types import Sample
from artgen_image.writer import ImageWriter
from tests.image.conftest import SMALL
from tests.image.test_image_run import call


def gradient(side: int = 32) -> Sample:
    """A soft picture ``[3, side, side]``."""
    rows = np.linspace(40, 210, side)
    data = np.stack([rows[:, None] + 0 * rows, rows[None] + 0 * rows[:, None], 255 - rows[:, None] + 0 * rows])
    return Sample(data.astype(np.uint8), 3, "soft")


def test_the_mark_is_as_fine_as_the_enlarged_picture(tmp_path: Path) -> None:
    writer = labelled(ImageWriter(enlarge=4), {}, mark=True)
    (path,) = writer.write(gradient(), tmp_path / "made", {"model": "4dffff"})
    picture = np.asarray(Image.open(path))
    assert picture.shape == (128, 128, 3)
    mark = find_mark([picture.astype(np.float32).mean(2)])
    assert mark.z > 10
    assert mark.code == 0x4D


def test_a_sheet_shows_the_enlarged_pictures(tmp_path: Path) -> None:
    sheet = labelled(ImageWriter(enlarge=4), {}).sheet([gradient(48)] * 4, tmp_path / "sheet.png")
    assert Image.open(sheet).size == (2 * (4 * 48 + 2) + 2,) * 2


@pytest.mark.parametrize("factor", ["2", "4"])
def test_sample_enlarges_when_asked(
    run: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    factor: str,
) -> None:
    words = ("--count", 1, "--enlarge", factor, "--enlarge-strength", 0.6, "--out", tmp_path / "out")
    code, _, _ = call(capsys, "sample", run, *words)
    assert code == 0
    (made,) = (path for path in (tmp_path / "out").glob("*.png") if path.stem != "sheet")
    assert Image.open(made).size == (16 * int(factor),) * 2


def test_a_walk_is_enlarged_too(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import imageio.v3 as iio

    code, out, _ = call(capsys, "walk", run, "--seeds", "0-1", "--steps", 2, "--enlarge", 4, "--out", tmp_path / "out")
    assert code == 0
    film = iio.imread(out.split()[0], plugin="pyav")
    assert film.shape[1:3] == (256, 256)  # 16 pixels, four times, then by a whole factor for the player


def test_a_run_keeps_the_setting_for_all_that_it_writes(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ARTGEN_CACHE", str(folder / "cache"))
    artgen.run(
        "image",
        data=folder / "data",
        preset="tiny",
        images="8",
        out=tmp_path / "run",
        device="cpu",
        sets=[*SMALL, "enlarge=2"],
    )
    made = list((tmp_path / "run" / "samples" / "final").glob("seed*.png"))
    assert {Image.open(path).size for path in made} == {(32, 32)}


def test_a_strength_beyond_one_is_refused_by_name(run: Path) -> None:
    with pytest.raises(InputError, match="enlarge_strength"):
        artgen.load(run, settings={"enlarge_strength": 3})


def test_only_what_the_writer_reads_may_be_changed(run: Path) -> None:
    with pytest.raises(InputError, match="--size: has no meaning for image"):
        artgen.load(run, settings={"size": 64})


def test_what_apply_makes_of_a_file_is_enlarged(
    vae: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    Image.new("RGB", (20, 20), (200, 60, 60)).save(tmp_path / "me.png")
    code, _, err = call(capsys, "apply", vae, tmp_path / "me.png", "--enlarge", 2, "--out", tmp_path / "out")
    assert code == 0, err
    assert Image.open(tmp_path / "out" / "me.png").size == (32, 32)
