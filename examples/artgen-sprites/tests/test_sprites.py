"""Promise: sprites keep the conformance kit's promises in every task, and stay pixel art from file to file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from artgen import Opened, RawItem, Sample, Skipped
from artgen.testing import BoundCheck, parametrize_with_checks
from artgen.types import Source, SourceFile
from artgen_sprites.codec import ColorCodec, PaletteCodec
from artgen_sprites.files import SpriteWriter, prepare, whole
from artgen_sprites.judge import gradient_map, right


@parametrize_with_checks("sprites")
def test_conformance(check: BoundCheck) -> None:
    check()


@parametrize_with_checks("sprites", task="colorize")
def test_conformance_of_colorize(check: BoundCheck) -> None:
    check()


@parametrize_with_checks("sprites", task="reconstruct")
def test_conformance_of_reconstruct(check: BoundCheck) -> None:
    check()


def sprite(seed: int, colors: int = 5) -> np.ndarray:
    """``[4, 16, 16]`` of chance, with a clear dot."""
    rng = np.random.default_rng(seed)
    data = rng.integers(0, 256, (colors, 4), dtype=np.uint8)[rng.integers(0, colors, (16, 16))].transpose(2, 0, 1)
    data[3] |= 1
    data[:, 0, 0] = 0
    return np.ascontiguousarray(data)


def prepared(path: Path) -> list[RawItem | Skipped]:
    return list(prepare(Source(path.parent, (SourceFile(path, path.name, None),), ()), 16))


@pytest.mark.parametrize("zoom", [1, 3, 8])
def test_what_is_written_is_indexed_and_read_again_to_the_dot(zoom: int, tmp_path: Path) -> None:
    (path,) = SpriteWriter(zoom).write(Sample(sprite(1), 1, None), tmp_path / "s", {"seed": "1"})
    with Image.open(path) as picture:
        assert (picture.mode, picture.size, picture.info["seed"]) == ("P", (16 * zoom, 16 * zoom), "1")
    (item,) = prepared(path)
    assert isinstance(item, RawItem)
    assert np.array_equal(item.data, sprite(1))


def test_a_sheet_is_cut_and_its_gaps_are_left_out(tmp_path: Path) -> None:
    page = np.zeros((16, 48, 4), np.uint8)
    page[:, :16], page[:, 32:] = sprite(1).transpose(1, 2, 0), sprite(2).transpose(1, 2, 0)
    Image.fromarray(page).save(tmp_path / "sheet.png")
    items = prepared(tmp_path / "sheet.png")
    assert [item.origin for item in items if isinstance(item, RawItem)] == ["sheet.png:1", "sheet.png:3"]


@pytest.mark.parametrize("size", [(15, 9), (32, 32)])
def test_a_file_without_a_sprite_says_so(size: tuple[int, int], tmp_path: Path) -> None:
    Image.new("RGB", size).save(tmp_path / "a.png")
    (item,) = prepared(tmp_path / "a.png")
    assert isinstance(item, Skipped)
    assert "16 x 16" in item.reason


def test_a_decoded_sprite_has_colors_of_the_palette_only() -> None:
    codec = PaletteCodec(8, mirror=False)
    raw = torch.from_numpy(np.stack([sprite(3)]))
    codec.fit(raw)
    assert torch.equal(codec.decode(codec.encode(raw)), raw)
    colors = codec.decode(torch.randn(2, 4, 16, 16)).movedim(1, -1).reshape(-1, 4).unique(dim=0).tolist()
    assert {tuple(c) for c in colors} <= {tuple(c) for c in codec.palette.tolist()}


def test_too_many_colors_become_the_nearest_of_a_few() -> None:
    codec = PaletteCodec(4, mirror=False)
    raw = torch.from_numpy(np.stack([sprite(4, 60)]))
    codec.fit(raw)
    rough = codec.decode(codec.encode(raw)).float() - raw.float()
    plain = raw.float() - raw.float().mean((2, 3), keepdim=True)
    assert rough.square().mean() < 0.6 * plain.square().mean()


def test_a_walk_is_a_gif_that_moves(tmp_path: Path) -> None:
    samples = (Sample(sprite(number), number, None) for number in range(3))
    (path,) = SpriteWriter(2).walk(samples, tmp_path / "w", None, {})
    with Image.open(path) as picture:
        assert picture.n_frames == 3  # type: ignore[attr-defined]
        picture.seek(2)
        shown = np.asarray(picture.convert("RGBA"))[::2, ::2]
    assert np.array_equal(shown[..., :3][1:], sprite(2).transpose(1, 2, 0)[..., :3][1:])


def test_a_drawing_in_grays_knows_nothing_of_the_colors_and_stays_clear_where_it_is() -> None:
    codec = ColorCodec(8, mirror=False, grays=4)
    raw = torch.from_numpy(np.stack([sprite(5), sprite(6)]))
    codec.fit(raw)
    given, wanted = codec.part(raw)
    assert wanted is raw
    assert {*given[:, :3].flatten().tolist()} <= {0, 85, 170, 255}
    assert torch.equal(codec.part(given)[0], given)
    assert torch.equal(codec.take(given), codec.take(raw))
    clear = (given[:, 3:] == 0).expand(-1, 4, -1, -1)
    assert clear.any()
    assert not codec.give(given, torch.ones(2, 3, 16, 16))[clear].any()


def test_a_gradient_map_gives_a_gray_its_most_frequent_color() -> None:
    works = torch.zeros(1, 4, 1, 4, dtype=torch.uint8)
    works[0, :, 0] = torch.tensor([[200, 10, 9, 255], [200, 10, 9, 255], [90, 60, 60, 255], [0, 0, 0, 0]]).T
    source = ColorCodec(4, mirror=False, grays=4).part(works)[0]
    made = gradient_map(4)(source, works)
    assert made[0, :, 0].T.tolist() == [[200, 10, 9, 255]] * 3 + [[0, 0, 0, 0]]
    assert right(made, works)["dots right"].tolist() == [pytest.approx(2 / 3)]


def test_a_drawing_of_any_size_is_opened_dot_by_dot(tmp_path: Path) -> None:
    drawing = np.concatenate([sprite(1), sprite(2)[:, :, :5]], 2)
    SpriteWriter(3).write(Sample(drawing, 1, None), tmp_path / "d", {})
    opened = whole(SourceFile(tmp_path / "d.png", "d.png", None))
    assert isinstance(opened, Opened)
    assert np.array_equal(next(opened.parts), drawing)
    Image.new("RGB", (7, 30)).save(tmp_path / "small.png")
    assert isinstance(whole(SourceFile(tmp_path / "small.png", "small.png", None)), Skipped)
