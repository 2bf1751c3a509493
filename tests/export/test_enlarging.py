"""Promise: a page enlarges pictures as the writer of its run does: by 2 or 4, at any strength, by an enlarger of one's own."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from artgen.errors import PluginError
from artgen.export.engine import Enlarging, enlarger_of, factor_of
from artgen.nn.enlarger import LAYERS, Enlarger, Factor, load_enlarger
from artgen.verbs import export
from artgen.verbs.export import export_page
from artgen.verbs.loaded import open_run
from artgen_image.plugin import HERE
from artgen_image.writer import ImageWriter

REFUSED = "changes its works in a way that no graph here makes"


def picture(channels: int = 3) -> np.ndarray:
    """Blots with hard corners and a little grain: uint8 ``[channels, 20, 24]``."""
    rng = np.random.default_rng(0)
    blots = Image.fromarray(rng.integers(0, 256, (5, 6, 3), np.uint8)).resize((24, 20), Image.Resampling.BOX)
    grain = np.asarray(blots).astype(int) + rng.integers(-9, 10, (20, 24, 3))
    return np.ascontiguousarray(np.moveaxis(grain.clip(0, 255).astype(np.uint8), -1, 0)[:channels])


def played(pieces: dict[str, bytes], made: np.ndarray) -> np.ndarray:
    """What a browser does: piece after piece, tensors by their names."""
    known: dict[str, Any] = {"picture": made[None]}
    for piece in pieces.values():
        session = onnxruntime.InferenceSession(piece)
        taken = {value.name: known[value.name] for value in session.get_inputs()}
        known |= zip([value.name for value in session.get_outputs()], session.run(None, taken), strict=True)
    return known["larger"][0]


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of an enlarger that adds less than the one that ships."""
    path, network = tmp_path_factory.mktemp("own") / "last.safetensors", Enlarger()
    network.load_state_dict(load_enlarger(torch.device("cpu")).state_dict())
    network.last.weight.data.mul_(0.5)
    save_file({f"ema.net.{name}": tensor.contiguous() for name, tensor in network.state_dict().items()}, path)
    return path


@pytest.mark.usefixtures("quick_graphs")
@pytest.mark.parametrize(
    ("strength", "factor", "channels"), [(0.0, 2, 3), (0.0, 4, 3), (0.4, 4, 3), (0.75, 2, 3), (1.0, 2, 3), (0.4, 2, 1)]
)
def test_a_page_enlarges_as_the_writer(strength: float, factor: Factor, channels: int) -> None:
    made = picture(channels)
    finished, how = ImageWriter(factor, strength).finish(made), Enlarging(strength)
    assert factor_of(made, finished, how) == factor
    pieces = enlarger_of(made, factor, how)
    gap = np.abs(played(pieces, made).astype(int) - finished)
    assert gap.max() <= 2
    assert (gap > 0).mean() < 0.005
    assert len(pieces) == (LAYERS + 2 if strength else 1)
    size = sum(len(gzip.compress(piece)) for piece in pieces.values())
    assert size < (1.2e6 if strength else 5e3), "without a share of the network it is not in the page"


@pytest.mark.usefixtures("quick_graphs")
def test_an_enlarger_of_ones_own_goes_along(own: Path) -> None:
    made = picture()
    finished, how = ImageWriter(4, 1.0, str(own)).finish(made), Enlarging(1.0, own)
    with pytest.raises(PluginError, match=REFUSED):
        factor_of(made, finished, Enlarging())
    assert factor_of(made, finished, how) == 4
    gap = np.abs(played(enlarger_of(made, 4, how), made).astype(int) - finished)
    assert gap.max() <= 2


def test_a_writer_that_does_otherwise_than_it_says_is_refused() -> None:
    made = picture()
    finished = ImageWriter(4, 0.4).finish(made)
    assert factor_of(made, made, Enlarging()) is None
    for wrong in (Enlarging(), Enlarging(0.45)):
        with pytest.raises(PluginError, match=REFUSED):
            factor_of(made, finished, wrong)
    with pytest.raises(PluginError, match=REFUSED):
        factor_of(made, 255 - finished, Enlarging(0.4))


@pytest.mark.parametrize(("start", "how"), [("photographs64", Enlarging(0.4)), ("start64", Enlarging(1.0))])
def test_a_run_says_how_it_enlarges(
    start: str, how: Enlarging, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, said = list[tuple[Any, ...]](), list[str]()

    def engine_of(model: Any, extras: Any, *given: Any) -> None:
        asked.append(given)
        raise PluginError("enough")

    monkeypatch.setattr(export, "engine_of", engine_of)
    monkeypatch.setattr(export, "_SLIDERS", 0)
    monkeypatch.setattr(export, "_SIDES", {"picture": (2, 1)})
    opened = open_run(HERE / "weights" / f"{start}.safetensors", "cpu")
    export_page(opened, tmp_path / "page.html", seeds=[0], layers="auto", tell=said.append)
    made, finished, _, found = asked[0]
    assert (found, len(said)) == (how, 1)
    assert factor_of(made, finished, found) == finished.shape[1] // made.shape[1] > 1
