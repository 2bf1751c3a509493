"""The plugin as artgen sees it: a pure domain, a codec that keeps every value, files that can be read back, a whole run."""

from __future__ import annotations

import json
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from PIL import Image

import artgen
from artgen.data.scan import scan
from artgen.errors import InputError
from artgen.host import Host
from artgen.types import RawItem, Sample, SampleOptions
from artgen_video.codec import VideoCodec
from artgen_video.config import VideoConfig
from artgen_video.plugin import artgen_domain
from artgen_video.prepare import prepare
from artgen_video.writer import VideoWriter
from tests.video.conftest import moving_dot, write_mp4

NOTES = {"software": "artgen 1", "run": "test", "seed": "3"}
TINY = [
    *("size=16", "frames=8", "fps=12", "base_channels=8", "max_channels=12", "widths=[12, 8]", "latent=6", "style=10"),
    *("batch=4", "holdout=0.3", "motion=4", "discriminator_widths=[12, 8]", "features=none", "enlarge=1"),
]


def clip(frames: int = 8, size: int = 16) -> np.ndarray:
    return moving_dot(frames, size, size).transpose(3, 0, 1, 2)


def test_the_codec_keeps_every_value_and_mirrors_whole_clips() -> None:
    codec = VideoCodec(VideoConfig(size=16))
    raw = torch.randint(0, 256, (16, 3, 5, 16, 16), dtype=torch.uint8)
    assert torch.equal(codec.decode(codec.encode(raw)), raw)
    varied = codec.vary(raw, torch.Generator().manual_seed(0))
    mirrored = [bool((a == b.flip(-1)).all()) for a, b in zip(varied, raw, strict=True)]
    same = [bool((a == b).all()) for a, b in zip(varied, raw, strict=True)]
    assert all(m != s for m, s in zip(mirrored, same, strict=True))
    assert any(mirrored)
    assert any(same)
    assert torch.equal(VideoCodec(VideoConfig(mirror=False)).vary(raw, torch.Generator()), raw)


@pytest.mark.parametrize("kind", ["mp4", "webm"])
def test_what_is_written_can_be_read(tmp_path: Path, kind: str) -> None:
    config = VideoConfig(size=16, frames=8, fps=12.0)
    writer = VideoWriter(12.0, kind)  # pyright: ignore[reportArgumentType]
    paths = writer.write(Sample(clip(), 3, "cats"), tmp_path / "film", NOTES)
    assert [path.suffix for path in paths] == [f".{kind}", ".gif"]
    source = scan(tmp_path, artgen_domain().suffixes)
    found = [item for item in prepare(source, config) if isinstance(item, RawItem)]
    assert len(found) == 2
    for item in found:
        error = np.abs(item.data.astype(int) - clip()).mean()
        assert error < 12  # lossy codecs and a palette of 255


def test_films_say_how_they_were_made_and_nothing_else(tmp_path: Path) -> None:
    film, gif = VideoWriter(12.0).write(Sample(clip(), 3, "cats", SampleOptions(fps=24)), tmp_path / "film", NOTES)
    with av.open(str(film)) as container:
        stream = container.streams.video[0]
        assert stream.average_rate == 24
        assert (stream.frames, stream.width, stream.height) == (8, 192, 192)
        assert container.metadata["title"] == "cats, seed 3"
        assert container.metadata["comment"] == "software=artgen 1; run=test; seed=3"
        assert not {"creation_time", "date", "location"} & set(container.metadata)
    with Image.open(gif) as picture:
        assert picture.info["comment"].decode() == "software=artgen 1; run=test; seed=3"
        assert picture.info["loop"] == 0
        assert picture.info["duration"] * picture.n_frames == pytest.approx(8 / 24 * 1000, abs=60)  # pyright: ignore[reportAttributeAccessIssue]
    first = film.read_bytes()
    VideoWriter(12.0).write(Sample(clip(), 3, "cats", SampleOptions(fps=24)), tmp_path / "film", NOTES)
    assert film.read_bytes() == first


def test_frames_on_a_sheet_are_no_larger_than_one_can_see(tmp_path: Path) -> None:
    large = [Sample(np.full((3, 16, 128, 256), 90, np.uint8), seed, None) for seed in range(2)]
    with Image.open(VideoWriter(12.0).sheet(large, tmp_path / "sheet.png")) as page:
        assert page.size == (16 * 128, 2 * 64 + 4)
        assert page.getpixel((1000, 30)) == (90, 90, 90)


def test_a_sheet_has_a_row_per_film(tmp_path: Path) -> None:
    samples = [Sample(clip(number), number, None) for number in (40, 8, 3)]
    with Image.open(VideoWriter(12.0).sheet(samples, tmp_path / "sheet.png")) as page:
        assert page.size == (16 * 64, 3 * 64 + 2 * 4)


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="no Linux")
def test_a_film_is_written_without_a_look_at_all_that_is_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A collection of garbage for every film took four times as long as the film, and no thread may be left where forks read
    files."""

    def collect(*_: object) -> int:
        raise AssertionError("garbage was collected")

    writer = VideoWriter(12.0)
    writer.write(Sample(clip(), 3, None), tmp_path / "first", NOTES)
    monkeypatch.setattr("gc.collect", collect)
    before = len(list(Path("/proc/self/task").iterdir()))
    writer.write(Sample(clip(), 3, None), tmp_path / "second", NOTES)
    assert len(list(Path("/proc/self/task").iterdir())) == before


def films(folder: Path) -> Path:
    """Two classes of eight films that differ in color."""
    for label, shift in (("blue", 0), ("green", 1)):
        (folder / label).mkdir(parents=True)
        for number in range(8):
            film = np.roll(moving_dot(8 + number, period=9 + number), shift, axis=3)
            write_mp4(folder / label / f"{number}.mp4", film)
    return folder


@pytest.mark.parametrize("model", ["continuous", "mocogan"])
def test_a_run_from_films_to_films(tmp_path: Path, model: str) -> None:
    data = films(tmp_path / "films")
    run = artgen.run("video", data=data, out=tmp_path / "run", images="48", sets=[*TINY, f"model={model}"])
    assert run.labels == ("blue", "green")
    figures = json.loads((tmp_path / "run" / "quality.json").read_text())
    assert {"KID", "frame difference", "smoothness", "jerk", "loop seam"} <= {f["name"] for f in figures["figures"]}
    again = artgen.load(tmp_path / "run")
    loop = again.sample([5], label="green", seconds=1.5, fps=20, loop=True, out=tmp_path / "made")[0]
    assert loop.data.shape == (3, 30, 16, 16)
    assert sorted(path.name for path in (tmp_path / "made").iterdir()) == [
        *("seed0005-green-loop.gif", "seed0005-green-loop.mp4", "sheet.png")
    ]
    one, many = again.sample([7])[0], again.sample([6, 7, 8])[1]
    assert (one.data == many.data).all()
    with pytest.raises(InputError, match="frames"):
        again.sample([1], seconds=3600, fps=240)


def test_the_plugin_fits_its_contract() -> None:
    host = Host("video", ())
    assert host.domain.sampling == ("seconds", "loop", "fps", "motion", "moments")
    assert set(host.domain.presets) == {"tiny", "small", "base", "mocogan", "colorize", "style"}
