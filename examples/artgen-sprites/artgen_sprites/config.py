"""Settings of the sprites plugin."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from artgen import DomainConfig


class SpritesConfig(DomainConfig):
    """Sizes are powers of two, so that the networks can halve them."""

    prepare_fields: ClassVar[tuple[str, ...] | None] = ("size",)

    size: Literal[8, 16, 32] = Field(16, description="pixels a side of a sprite; sheets are cut into such squares")
    colors: int = Field(16, ge=2, le=256, description="colors of the palette, transparency included")
    mirror: bool = Field(False, description="sprites look as true from behind: half of them are mirrored in training")
    width: int = Field(48, ge=8, le=512, description="channels of the networks")
    latent: int = Field(32, ge=2, le=512, description="numbers that make up a sprite")
    grays: int = Field(4, ge=2, le=256, description="colorize: shades of the drawings that are given")
    zoom: int = Field(8, ge=1, le=32, description="pixels a side of each dot in what is written")
