"""The video plugin's table of contents: what artgen asks, and which module answers; torch only when asked to build."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from artgen import hookimpl
from artgen.types import Domain
from artgen_video.config import Model, VideoConfig

if TYPE_CHECKING:
    from artgen.config import DomainConfig
    from artgen.types import Codec, DataSpec, Judge, Networks, RawItem, Skipped, Source, Writer

HERE = Path(__file__).parent
FILMS = (".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi")
ANIMATIONS = (".gif", ".webp", ".png", ".apng")
STILLS = (".png", ".webp", ".jpg", ".jpeg", ".bmp")


@hookimpl
def artgen_domain() -> Domain:
    """Films, generated."""
    return Domain(
        name="video",
        api=1,
        summary="films: MP4, WebM, GIF, animated WebP and PNG, folders of numbered frames",
        config=VideoConfig,
        suffixes=tuple(dict.fromkeys(FILMS + ANIMATIONS + STILLS)),
        models=get_args(Model),
        presets={file.stem: file for file in sorted((HERE / "presets").glob("*.toml"))},
        preset="tiny",
        embedded=HERE / "embedded",
        sampling=("seconds", "loop", "fps", "motion", "moments"),
    )


@hookimpl
def artgen_prepare(source: Source, config: DomainConfig) -> Iterator[RawItem | Skipped]:
    """Files to clips ``[c, t, h, w]`` uint8."""
    from artgen_video.prepare import prepare

    return prepare(source, _own(config))


@hookimpl
def artgen_codec(config: DomainConfig) -> Codec:
    """uint8 <-> [-1, 1]."""
    from artgen_video.codec import VideoCodec

    return VideoCodec(_own(config))


@hookimpl
def artgen_networks(config: DomainConfig, spec: DataSpec) -> Networks:
    """The networks of ``config.model``."""
    from artgen_video.networks import build

    return build(_own(config), spec)


@hookimpl
def artgen_writer(config: DomainConfig) -> Writer:
    """MP4 and GIF files."""
    from artgen_video.writer import VideoWriter

    return VideoWriter(_own(config).fps, _own(config).format)


@hookimpl
def artgen_judge(config: DomainConfig) -> Judge:
    """Features of clips, and descriptors of their motion."""
    from artgen_video.judge import build

    return build()


def _own(config: DomainConfig) -> VideoConfig:
    if not isinstance(config, VideoConfig):
        raise TypeError(f"the video plugin got {type(config).__name__}, expected VideoConfig")
    return config
