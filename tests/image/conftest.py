"""Shared pieces of the image plugin's tests: draws, configs, files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

import artgen
from artgen.host import Host
from artgen.host.resolve import resolve
from artgen.nn import MobileNetFeatures
from artgen.runfolder.checkpoint import load, matching
from artgen.types import DataSpec, Networks, Source, SourceFile, Task
from artgen_image.change import build_codec
from artgen_image.codec import ImageCodec
from artgen_image.config import ImageConfig
from artgen_image.networks import build
from artgen_image.translators import build_translators

SMALL = ["size=16", "base_channels=4", "max_channels=8", "batch=4", "style=8", "latent=6", "holdout=0.25"]


def as_shipped(task: Task, channels: int) -> tuple[ImageCodec, nn.Module]:
    """Codec and generator of a new run of a task that changes pictures, with the weights that ship for it.
    ``channels``: of an item."""
    host = Host("image")
    config = resolve(host.domain, {"plugin": "image", "task": task}, started=True).domain
    assert isinstance(config, ImageConfig)
    generator = build_translators(config, DataSpec((channels, 64, 64), ())).generator
    (path,) = host.domain.of(task).starts
    mine = {f"ema.{name}": tensor for name, tensor in generator.state_dict().items()}
    assert matching(path, mine).keys() == mine.keys(), "the weights are those of the preset"
    generator.load_state_dict({name.removeprefix("ema."): tensor for name, tensor in load(path, mine).items()})
    return build_codec(config), generator.eval()


class OneStream:
    """Noise of a batch from one generator."""

    def __init__(self, batch: int, seed: int = 0) -> None:
        self.batch, self.rng = batch, torch.Generator().manual_seed(seed)

    def normal(self, *shape: int) -> Tensor:
        return torch.randn(self.batch, *shape, generator=self.rng)


@pytest.fixture(scope="session", autouse=True)
def _looked_at_once() -> Iterator[None]:
    """The judge looks through the same pictures in one test after another: what it sees in the same ones is known then, which
    spares half of its time."""
    real, known = MobileNetFeatures.__call__, dict[object, Tensor]()

    def look(self: MobileNetFeatures, raw: Tensor) -> Tensor:
        key = (hashlib.sha256(raw.numpy().tobytes()).digest(), raw.shape)
        if key not in known:
            known[key] = real(self, raw)
        return known[key].clone()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MobileNetFeatures, "__call__", look)
        yield


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Two threads that fight for cores slow a step tenfold; a fixed seed makes the tests repeatable."""
    torch.set_num_threads(1)
    torch.manual_seed(0)


@pytest.fixture
def noise() -> type[OneStream]:
    return OneStream


@pytest.fixture
def make_networks() -> Callable[..., Networks]:
    """Networks of tiny width for ``(model, shape, classes, settings)``."""

    def make(model: str, shape: tuple[int, int, int] = (3, 16, 16), classes: int = 3, **settings: object) -> Networks:
        small = {"base_channels": 4, "max_channels": 8, "latent": 6, "style": 10}
        small |= {"mlp_generator": (16, 16), "mlp_discriminator": (16, 8)}
        config = ImageConfig.model_validate(
            {"model": model, "height": shape[1], "width": shape[2], **small, **settings}
        )
        torch.manual_seed(1)
        return build(config, DataSpec(shape, tuple(f"class{i}" for i in range(classes))))

    return make


@pytest.fixture
def source_of() -> Callable[..., Source]:
    """The files of a folder as a source without labels."""

    def make(folder: Path) -> Source:
        paths = sorted(folder.iterdir())
        return Source(folder, tuple(SourceFile(path, path.name, None) for path in paths), ())

    return make


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two classes of 24 little pictures."""
    root = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)
    for label, color in (("red", (220, 40, 40)), ("blue", (40, 40, 220))):
        (root / "data" / label).mkdir(parents=True)
        for number in range(24):
            picture = np.clip(np.array(color) + rng.normal(0, 20, (20, 20, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(picture).save(root / "data" / label / f"{number:02d}.png")
    return root


@pytest.fixture(scope="session")
def run(folder: Path) -> Path:
    cache = pytest.MonkeyPatch()
    cache.setenv("ARTGEN_CACHE", str(folder / "cache"))
    artgen.run("image", data=folder / "data", preset="tiny", images="96", out=folder / "run", device="cpu", sets=SMALL)
    cache.undo()
    return folder / "run"


@pytest.fixture(scope="session")
def vae(folder: Path) -> Path:
    cache = pytest.MonkeyPatch()
    cache.setenv("ARTGEN_CACHE", str(folder / "cache"))
    artgen.run("image", data=folder / "data", images="96", out=folder / "vae", device="cpu", task="reconstruct",
               preset="vae", sets=SMALL)  # fmt: skip
    cache.undo()
    return folder / "vae"
