"""The image plugin's table of contents: what artgen asks, and which module answers; torch only when asked to build."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from artgen import hookimpl
from artgen.types import Domain
from artgen_image.config import ImageConfig, Model

if TYPE_CHECKING:
    from artgen.config import DomainConfig
    from artgen.types import Codec, DataSpec, Judge, Networks, RawItem, Skipped, Source, Writer

HERE = Path(__file__).parent
SUFFIXES = (".png", ".jpg", ".jpeg", ".jfif", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif")


@hookimpl
def artgen_domain() -> Domain:
    """Pictures, generated or reconstructed."""
    return Domain(
        name="image",
        api=1,
        summary="pictures: photographs, drawings, paintings, icons, of any size, shape and mode",
        config=ImageConfig,
        suffixes=SUFFIXES,
        tasks=("generate", "reconstruct"),
        models=get_args(Model),
        presets={file.stem: file for file in sorted((HERE / "presets").glob("*.toml"))},
        preset="tiny",
        embedded=HERE / "embedded",
    )


@hookimpl
def artgen_prepare(source: Source, config: DomainConfig) -> Iterator[RawItem | Skipped]:
    """Files to ``[c, h, w]`` uint8."""
    from artgen_image.prepare import prepare

    return prepare(source, _own(config))


@hookimpl
def artgen_codec(config: DomainConfig) -> Codec:
    """uint8 <-> [-1, 1]."""
    from artgen_image.codec import ImageCodec

    return ImageCodec(_own(config))


@hookimpl
def artgen_networks(config: DomainConfig, spec: DataSpec) -> Networks:
    """The networks of ``config.model``."""
    from artgen_image.networks import build

    return build(_own(config), spec)


@hookimpl
def artgen_writer(config: DomainConfig) -> Writer:
    """PNG files."""
    from artgen_image.writer import ImageWriter

    return ImageWriter()


@hookimpl
def artgen_judge() -> Judge:
    """MobileNetV2's features; light, colour, detail."""
    from artgen.types import Judge
    from artgen_image.judge import MobileNetFeatures, statistics

    return Judge(MobileNetFeatures(), statistics, count=64)


def _own(config: DomainConfig) -> ImageConfig:
    if not isinstance(config, ImageConfig):
        raise TypeError(f"the image plugin got {type(config).__name__}, expected ImageConfig")
    return config
