"""The sprites plugin's table of contents: what artgen asks, and which module answers; torch only when asked to build."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from artgen import Domain, TaskDefaults, hookimpl
from artgen_sprites.config import SpritesConfig

if TYPE_CHECKING:
    from artgen import Codec, DataSpec, Judge, Networks, Opened, RawItem, Skipped, Source, Writer
    from artgen.types import SourceFile

COLORIZE = {"loss": "least-squares", "batch": 16, "beta1": 0.5, "gamma": 0.1, "r2": False}  # pix2pix's game


@hookimpl
def artgen_domain() -> Domain:
    """Sprites: generated, reconstructed, or colored from a drawing in a few grays."""
    return Domain(
        name="sprites",
        api=1,
        summary="pixel art with a palette: sprites and sprite sheets",
        config=SpritesConfig,
        suffixes=(".png", ".gif"),
        tasks=("generate", "reconstruct", "colorize"),
        embedded=Path(__file__).parent / "embedded",
        budget="3m",
        train={"mark": False},  # a palette has no room for one; metadata says it anyway
        defaults={"colorize": TaskDefaults(budget="1m", train=COLORIZE)},
    )


@hookimpl
def artgen_prepare(source: Source, config: SpritesConfig) -> Iterator[RawItem | Skipped]:
    """Sprites and sheets to ``[4, size, size]`` uint8."""
    from artgen_sprites.files import prepare

    return prepare(source, config.size)


@hookimpl
def artgen_codec(config: SpritesConfig) -> Codec:
    """RGBA <-> [-1, 1]; back only to colors of the palette."""
    from artgen_sprites.codec import ColorCodec, PaletteCodec

    if config.task == "colorize":
        return ColorCodec(config.colors, config.mirror, config.grays)
    return PaletteCodec(config.colors, config.mirror)


@hookimpl
def artgen_networks(config: SpritesConfig, spec: DataSpec) -> Networks:
    """A generator with a discriminator, an autoencoder, or a U-Net with a discriminator that looks at patches."""
    from artgen_sprites.networks import build

    return build(config, spec)


@hookimpl
def artgen_writer(config: SpritesConfig) -> Writer:
    """Indexed PNG files, walks as GIF."""
    from artgen_sprites.files import SpriteWriter

    return SpriteWriter(config.zoom)


@hookimpl
def artgen_judge(config: SpritesConfig) -> Judge:
    """Features of the dots; for colorize the share of dots that are right, beside a gradient map."""
    from artgen_sprites.judge import judge

    return judge(config.grays)


@hookimpl
def artgen_open(file: SourceFile) -> Opened | Skipped:
    """A drawing of any size, for ``artgen apply``."""
    from artgen_sprites.files import whole

    return whole(file)
