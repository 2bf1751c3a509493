"""The sprites plugin's table of contents: what artgen asks, and which module answers; torch only when asked to build."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from artgen import Domain, hookimpl
from artgen_sprites.config import SpritesConfig

if TYPE_CHECKING:
    from artgen import Codec, DataSpec, Networks, RawItem, Skipped, Source, Writer


@hookimpl
def artgen_domain() -> Domain:
    """Sprites, generated or reconstructed."""
    return Domain(
        name="sprites",
        api=1,
        summary="pixel art with a palette: sprites and sprite sheets",
        config=SpritesConfig,
        suffixes=(".png", ".gif"),
        tasks=("generate", "reconstruct"),
        embedded=Path(__file__).parent / "embedded",
        budget="3m",
        train={"mark": False},  # a palette has no room for one; metadata says it anyway
    )


@hookimpl
def artgen_prepare(source: Source, config: SpritesConfig) -> Iterator[RawItem | Skipped]:
    """Sprites and sheets to ``[4, size, size]`` uint8."""
    from artgen_sprites.files import prepare

    return prepare(source, config.size)


@hookimpl
def artgen_codec(config: SpritesConfig) -> Codec:
    """RGBA <-> [-1, 1]; back only to colours of the palette."""
    from artgen_sprites.codec import PaletteCodec

    return PaletteCodec(config.colours, config.mirror)


@hookimpl
def artgen_networks(config: SpritesConfig, spec: DataSpec) -> Networks:
    """A generator with a discriminator, or an autoencoder."""
    from artgen_sprites.networks import build

    return build(config, spec)


@hookimpl
def artgen_writer(config: SpritesConfig) -> Writer:
    """Indexed PNG files, walks as GIF."""
    from artgen_sprites.files import SpriteWriter

    return SpriteWriter(config.zoom)
