"""Shared pieces of the video plugin's tests: draws, films written for real, networks of tiny width."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from torch import Tensor

from artgen.types import DataSpec, Networks, Source, SourceFile
from artgen_video.config import VideoConfig
from artgen_video.networks import build


class OneStream:
    """Noise of a batch from one generator."""

    def __init__(self, batch: int, seed: int = 0) -> None:
        self.batch, self.rng = batch, torch.Generator().manual_seed(seed)

    def normal(self, *shape: int) -> Tensor:
        return torch.randn(self.batch, *shape, generator=self.rng)


@pytest.fixture(autouse=True)
def fixed_seed() -> None:
    torch.manual_seed(0)


@pytest.fixture
def noise() -> type[OneStream]:
    return OneStream


def moving_dot(count: int, width: int = 48, height: int = 48, period: int = 12) -> np.ndarray:
    """``[t, h, w, 3]`` uint8: a red square that goes right on white, above a blue ground; back at the left every ``period``."""
    film = np.full((count, height, width, 3), 255, np.uint8)
    film[:, height * 3 // 4 :] = (20, 40, 200)
    side = width // 4
    for number in range(count):
        left = (width - side) * (number % period) // period
        film[number, height // 4 : height // 4 + side, left : left + side] = (220, 20, 20)
    return film


def write_mp4(
    path: Path, film: np.ndarray, fps: int = 12, moments: list[float] | None = None, codec: str = "libx264"
) -> Path:
    """A film as MP4, WebM, ... by the suffix; ``moments``: seconds of each frame where they are not steady."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=fps)
        stream.height, stream.width, stream.pix_fmt = film.shape[1], film.shape[2], "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1200)
        stream.options = {"crf": "12", "threads": "1"}
        for number, picture in enumerate(film):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = round(1200 * (moments[number] if moments else number / fps))
            frame.time_base = Fraction(1, 1200)
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return path


@pytest.fixture
def source_of() -> Callable[..., Source]:
    """The files below a folder as a source without labels."""

    def make(folder: Path) -> Source:
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        files = (SourceFile(path, path.relative_to(folder).as_posix(), None) for path in paths)
        return Source(folder, tuple(files), ())

    return make


@pytest.fixture
def make_networks() -> Callable[..., Networks]:
    """Networks of tiny width for a model and settings."""

    def make(model: str = "continuous", classes: int = 3, **settings: object) -> Networks:
        tiny = {
            "size": 16,
            "frames": 8,
            "train_crop": 4,
            "base_channels": 8,
            "max_channels": 12,
            "latent": 6,
            "style": 10,
            "motion": 4,
        }
        config = VideoConfig.model_validate({"model": model, **tiny, **settings})
        torch.manual_seed(1)
        return build(config, DataSpec(config.shape, tuple(f"class{i}" for i in range(classes))))

    return make
