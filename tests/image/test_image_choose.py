"""Promise: a folder of photographs starts from the weights of photographs, drawings from those of drawings, with classes or
without; a start is asked for by its name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from artgen.data.scan import scan
from artgen.data.store import write_store
from artgen.errors import InputError
from artgen.host import Host
from artgen.host.resolve import resolve
from artgen.nn import start_centers, start_distances
from artgen.train.choosing import choose
from artgen.train.trainer import Trainer
from artgen.train.transfer import fits, transfer
from artgen.verbs.plan import TrainRequest, make_plan
from artgen_image.config import ImageConfig
from artgen_image.prepare import read_picture
from tests.image import drawn

PLUGIN = Path(__file__).parents[2] / "plugins" / "image" / "artgen_image"
STARTS = [PLUGIN / "weights" / f"{name}.safetensors" for name in ("start64", "photographs64", "motifs64")]
DESCRIBED = PLUGIN / "weights" / "starts.safetensors"


def pictures(folder: Path, size: int = 64) -> np.ndarray:
    files = sorted(folder.rglob("*.webp"))
    return np.stack([read_picture(file, ImageConfig(size=size)) for file in files[:: max(1, len(files) // 12)]])


@pytest.mark.parametrize(("folder", "nearest"), [("embedded", 0), ("photographs", 1), ("paintings", 1)])
def test_each_kind_lies_nearest_to_its_own_start(folder: str, nearest: int) -> None:
    found = start_distances(pictures(PLUGIN / folder), STARTS, DESCRIBED)
    assert found is not None
    assert int(np.argmin([d.min(1).mean() for d in found])) == nearest
    again = start_distances(pictures(PLUGIN / folder), STARTS, DESCRIBED)
    assert again is not None
    assert all(np.array_equal(a, b) for a, b in zip(found, again, strict=True))


@pytest.mark.parametrize(("technique", "nearest"), [
    (drawn.ink, 2), (drawn.sprite, 2), (drawn.flat, 2),
    (drawn.crayon, 1),  # on grainy paper, which photographs know: so it was learned better (benchmarks/results/starts.md)
])  # fmt: skip
def test_drawings_by_hand_start_from_motifs_and_those_on_grainy_paper_from_photographs(
    technique: Callable[[np.random.Generator], Image.Image], nearest: int
) -> None:
    works = [picture.resize((64, 64), Image.Resampling.LANCZOS) for picture in drawn.drawings(technique)]
    found = start_distances(np.stack([np.asarray(work).transpose(2, 0, 1) for work in works]), STARTS, DESCRIBED)
    assert found is not None
    assert int(np.argmin([d.min(1).mean() for d in found])) == nearest


@pytest.mark.parametrize("folder", ["photographs", "paintings"])
def test_photographs_are_told_from_drawings_by_a_wide_margin(folder: str) -> None:
    found = start_distances(pictures(PLUGIN / folder), STARTS, DESCRIBED)
    assert found is not None
    drawings, photographs, motifs = (float(d.min(1).mean()) for d in found)
    assert min(drawings, motifs) > 1.4 * photographs, (
        "so that what brings drawings to drawings leaves them where they were"
    )


def test_gray_and_larger_pictures_can_be_looked_at_and_unknown_starts_are_no_opinion() -> None:
    gray = pictures(PLUGIN / "photographs", 96)[:4, :1]
    found = start_distances(gray, STARTS, DESCRIBED)
    assert found is not None
    assert [d.shape for d in found] == [(4, 3), (4, 7), (4, 36)]
    assert start_distances(gray, [Path("strange.safetensors")], DESCRIBED) is None


def test_a_class_may_have_any_number_of_centers_and_its_own_pictures_are_nearest(tmp_path: Path) -> None:
    classes = [
        pictures(PLUGIN / "photographs")[:5],
        pictures(PLUGIN / "embedded")[:5],
        np.full((5, 3, 64, 64), 9, np.uint8),
    ]
    save_file({"mine": torch.stack([start_centers(one, 4) for one in classes])}, tmp_path / "starts.safetensors")
    found = start_distances(np.concatenate(classes), [Path("mine.safetensors")], tmp_path / "starts.safetensors")
    assert found is not None
    assert found[0].shape == (15, 3)
    assert found[0].argmin(1).tolist() == [0] * 5 + [1] * 5 + [2] * 5


def test_a_folder_without_classes_starts_from_the_nearest_weights(tmp_path: Path) -> None:
    host = Host("image")
    config = resolve(host.domain, {"plugin": "image"}, "small")
    source = scan(PLUGIN / "photographs" / "buildings", (".webp",))
    store = write_store(tmp_path / "store", host.prepare(source, config.domain), source.labels)
    trainer = Trainer(host, config, store, torch.device("cpu"))
    assert not trainer.spec.labels
    starts = [start for start in host.domain.named_starts if fits(trainer, start.path)]
    assert [start.name for start in starts] == ["drawings", "photographs", "motifs"]
    number, shares = choose(host, trainer, starts)
    assert starts[number].name == "photographs"
    assert shares is not None
    assert shares.shape == (1, 7)
    assert float(shares.sum()) == pytest.approx(1)
    assert int(shares.argmax()) == 1, "of its classes mostly from buildings"
    assert transfer(trainer, starts[number].path, shares) > 0.95


def test_a_start_is_asked_for_by_its_name(tmp_path: Path) -> None:
    def starts(init: str | None) -> list[str | None]:
        plan = make_plan("image", TrainRequest(out=tmp_path / "run", init=init))
        return [start.weights.name if start.weights else None for start in plan.starts]

    assert starts("photographs") == ["photographs"]
    assert starts("scratch") == []
    assert starts(None)[:3] == ["drawings", "photographs", "motifs"]
    with pytest.raises(InputError, match="did you mean photographs"):
        starts("photograph")


@pytest.mark.parametrize(("init", "sets", "strength"), [
    ("photographs", (), 0.4),
    ("photographs", ("enlarge_strength=0.9",), 0.9),
    ("drawings", (), 1.0),
])  # fmt: skip
def test_what_suits_a_start_counts_where_the_person_set_nothing(
    init: str, sets: tuple[str, ...], strength: float, tmp_path: Path
) -> None:
    plan = make_plan("image", TrainRequest(out=tmp_path / "run", init=init, sets=sets))
    config = plan.begun_from(plan.starts[0]).config
    assert isinstance(config.domain, ImageConfig)
    assert config.domain.enlarge_strength == strength
    assert config.run.start == f"shipped: {init}"
