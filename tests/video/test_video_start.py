"""Promise: films start from weights of their kind, cartoons from those of cartoons, what a camera saw from those of filmed views;
and start weights learn what a usual run learns from, each class about as often."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from artgen.contract.settings import TrainConfig
from artgen.data.scan import scan
from artgen.data.store import write_store
from artgen.types import RawItem
from artgen_video.config import VideoConfig
from artgen_video.plugin import artgen_domain
from artgen_video.prepare import prepare
from artgen_video.starts import distances

PLUGINS = Path(__file__).parents[2] / "plugins"
PHOTOGRAPHS = PLUGINS / "image" / "artgen_image" / "photographs"
STARTS = [start.path for start in artgen_domain().named_starts[:2]]
TOOL = PLUGINS / "video" / "tools" / "balance.py"


def test_balanced_films_are_those_that_a_usual_run_does_not_hold_out(tmp_path: Path) -> None:
    runpy.run_path(str(TOOL))["balance"](tmp_path / "out")
    domain = artgen_domain()
    assert domain.embedded is not None
    made, embedded = (scan(root, domain.suffixes) for root in (tmp_path / "out", domain.embedded))
    counts = [sum(file.label == label for file in made.files) for label in embedded.labels]
    assert max(counts) < 1.4 * min(counts)
    films = {f"{file.label}/{Path(file.name).name.partition('_')[2]}" for file in made.files}
    store = write_store(tmp_path / "store", prepare(embedded, VideoConfig()), embedded.labels)
    _, held = store.split(TrainConfig().holdout)
    clips = len(store.items) // len(embedded.files)
    assert films == {file.name for number, file in enumerate(embedded.files) if number * clips not in held}


@pytest.mark.parametrize(("kind", "nearest"), [("cartoons", 0), ("filmed", 1)])
def test_each_kind_lies_nearest_to_its_own_start(kind: str, nearest: int) -> None:
    embedded = artgen_domain().embedded
    assert embedded is not None
    if kind == "cartoons":
        source = scan(embedded / "people", (".mp4",))
        items = [item.data for item in prepare(source, VideoConfig(size=64)) if isinstance(item, RawItem)][::12]
    else:
        files = sorted(PHOTOGRAPHS.rglob("*.webp"))[::8]
        pictures = [np.asarray(Image.open(file).convert("RGB").resize((64, 64))).transpose(2, 0, 1) for file in files]
        items = [np.repeat(picture[:, None], 16, 1) for picture in pictures]
    found = distances(np.stack(items), STARTS)
    assert found is not None
    assert [d.shape for d in found] == [(len(items), 3), (len(items), 6)]
    assert int(np.argmin([d.min(1).mean() for d in found])) == nearest


def test_clips_of_unknown_starts_are_no_opinion() -> None:
    assert distances(np.zeros((2, 3, 16, 64, 64), np.uint8), [Path("strange.safetensors")]) is None
