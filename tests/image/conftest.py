"""Shared pieces of the image plugin's tests: draws, configs, files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

import artgen
from artgen.types import DataSpec, Networks, Source, SourceFile
from artgen_image.config import ImageConfig
from artgen_image.networks import build

SMALL = ["size=16", "base_channels=4", "max_channels=8", "batch=4", "style=8", "latent=6", "holdout=0.25"]


class OneStream:
    """Noise of a batch from one generator."""

    def __init__(self, batch: int, seed: int = 0) -> None:
        self.batch, self.rng = batch, torch.Generator().manual_seed(seed)

    def normal(self, *shape: int) -> Tensor:
        return torch.randn(self.batch, *shape, generator=self.rng)


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
