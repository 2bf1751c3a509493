"""uint8 to tensors and back; what a writer writes, prepare reads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from artgen.types import RawItem, Sample, Source
from artgen_image.codec import ImageCodec
from artgen_image.config import ImageConfig
from artgen_image.prepare import prepare
from artgen_image.writer import ImageWriter


def pictures(b: int = 4, c: int = 3, h: int = 16, w: int = 20) -> torch.Tensor:
    return torch.randint(0, 256, (b, c, h, w), dtype=torch.uint8, generator=torch.Generator().manual_seed(3))


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_round_trip_is_exact_for_every_value() -> None:
    codec = ImageCodec(ImageConfig(size=16))
    raw = torch.arange(256, dtype=torch.uint8).reshape(1, 1, 16, 16)
    x = codec.encode(raw)
    assert x.dtype == torch.float32
    assert x.min() == -1
    assert x.max() == 1
    assert torch.equal(codec.decode(x), raw)


def test_values_outside_the_range_are_clipped() -> None:
    decoded = ImageCodec(ImageConfig(size=16)).decode(torch.tensor([[[[-7.0, 1.2, 0.0]]]]))
    assert decoded.flatten().tolist() == [0, 255, 128]


def test_encode_takes_the_middle_of_larger_pictures() -> None:
    codec, raw = ImageCodec(ImageConfig(size=16)), pictures(h=20, w=20)
    assert torch.equal(codec.decode(codec.encode(raw)), raw[:, :, 2:18, 2:18])


def test_vary_mirrors_about_half_and_changes_nothing_else() -> None:
    raw = pictures(b=200, h=16, w=16)
    varied = ImageCodec(ImageConfig(size=16)).vary(raw, rng())
    mirrored = (varied == raw.flip(3)).flatten(1).all(1)
    same = (varied == raw).flatten(1).all(1)
    assert bool((mirrored | same).all())
    assert 60 < int(mirrored.sum()) < 140


def test_vary_without_mirror_and_jitter_is_the_identity() -> None:
    raw = pictures(h=16, w=16)
    assert torch.equal(ImageCodec(ImageConfig(size=16, mirror=False)).vary(raw, rng()), raw)


def test_vary_crops_a_true_part_of_the_picture() -> None:
    codec, raw = ImageCodec(ImageConfig(size=16, jitter=0.25, mirror=False)), pictures(b=50, h=20, w=20)
    varied = codec.vary(raw, rng())
    places = set()
    for item, crop in zip(raw, varied, strict=True):
        found = [(y, x) for y in range(5) for x in range(5) if torch.equal(item[:, y : y + 16, x : x + 16], crop)]
        assert len(found) == 1
        places.add(found[0])
    assert len(places) > 10
    assert torch.equal(varied, codec.vary(raw, rng())), "the same draw, the same crops"


@pytest.mark.parametrize("color", ["rgb", "gray"])
def test_what_is_written_is_read_back(color: str, tmp_path: Path, source_of: Callable[[Path], Source]) -> None:
    config = ImageConfig.model_validate({"height": 16, "width": 20, "color": color})
    raw = pictures(c=config.shape[0])
    for seed, data in enumerate(raw.numpy()):
        paths = ImageWriter().write(
            Sample(data, seed, None), tmp_path / f"seed{seed}.v1", {"artgen": "v1", "Künstler": "niemand"}
        )
        assert paths == [tmp_path / f"seed{seed}.v1.png"]
    items = list(prepare(source_of(tmp_path), config))
    for item, data in zip(items, raw.numpy(), strict=True):
        assert isinstance(item, RawItem)
        assert np.array_equal(item.data, data)
    with Image.open(tmp_path / "seed0.v1.png") as image:
        assert image.text == {"artgen": "v1", "Künstler": "niemand"}  # type: ignore[attr-defined]


@pytest.mark.parametrize("count", [1, 3, 9, 10])
def test_sheet_shows_every_sample_in_order(count: int, tmp_path: Path) -> None:
    samples = [Sample(np.full((3, 16, 20), 20 * i, np.uint8), i, None) for i in range(count)]
    path = ImageWriter().sheet(samples, tmp_path / "sheet.png")
    with Image.open(path) as page:
        pixels = np.asarray(page)
    columns = (pixels.shape[1] - 2) // 102
    for i in range(count):
        row, column = divmod(i, columns)
        assert pixels[2 + row * 82 + 40, 2 + column * 102 + 50, 0] == 20 * i


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"size": 99_999}, "GiB"),
        ({"size": 30}, "multiple of 4"),
        ({"size": 0}, "at least 8"),
        ({"width": -4}, "at least 8"),
        ({"modle": "dcgan"}, "Extra inputs"),
        ({"model": "diffusion"}, "modern"),
        ({"jitter": float("nan")}, "finite"),
    ],
)
def test_bad_settings_are_refused(settings: dict[str, object], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        ImageConfig.model_validate(settings)


def test_every_field_has_a_description() -> None:
    assert all(field.description for field in ImageConfig.model_fields.values())
    assert set(ImageConfig.prepare_fields or ()) <= set(ImageConfig.model_fields)
