"""The settings of the video plugin: what a clip is, which networks film it, how few clips are stretched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from artgen import DomainConfig

Model = Literal["continuous", "mocogan"]
AugmentKind = Literal["flip", "translate", "scale", "rotate", "color", "cutout"]
LARGEST = 512
MOST_NUMBERS = 64 * 2**20  # of one clip
Channels = Annotated[int, Field(ge=1, le=4096)]


class VideoConfig(DomainConfig):
    """Fields from ``size`` to ``max_pixels`` decide the prepared clips, the others networks and training."""

    prepare_fields: ClassVar[tuple[str, ...] | None] = (
        *("size", "width", "height", "frames", "fps", "hop", "fit", "background"),
        *("stills", "stills_fps", "max_seconds", "max_pixels"),
    )
    old_names: ClassVar[Mapping[str, str]] = {"glimpse": "train_crop"}
    old_values: ClassVar[Mapping[str, Mapping[str, str]]] = {"augment_kinds": {"colour": "color"}}

    size: int = Field(default=32, description="side of a frame in pixels, a multiple of 8")
    width: int | None = Field(default=None, description="width in pixels, where it is not the size")
    height: int | None = Field(default=None, description="height in pixels, where it is not the size")
    frames: int = Field(default=16, ge=4, le=256, description="frames of a training clip")
    fps: float = Field(default=8.0, ge=1, le=120, description="frames a second that every film is resampled to")
    hop: int | None = Field(
        default=None,
        ge=1,
        le=4096,
        description="frames from one clip of a film to the next; default: a quarter of a clip",
    )
    fit: Literal["crop", "pad"] = Field(
        default="crop", description="crop the middle, or pad with the background, to the wanted shape"
    )
    background: Literal["white", "black"] = Field(default="white", description="what shows through transparency")
    stills: Literal["auto", "frames", "none"] = Field(
        default="auto",
        description="the pictures of a folder: auto makes a film of those that are numbered and of which each is like the next; "
        "frames makes one of any; none of none",
    )
    stills_fps: float = Field(
        default=12.0, gt=0, le=240, description="frames a second of folders of numbered pictures, which do not say"
    )
    max_seconds: float = Field(
        default=600.0,
        gt=0,
        le=36000,
        description="how much of a film is read; of a longer one, parts that are spread over its whole length",
    )
    max_pixels: int = Field(
        default=9_500_000, ge=4096, le=100_000_000, description="films with larger frames are skipped before decoding"
    )
    mirror: bool = Field(
        default=True, description="half of the training clips are shown mirrored; off for text and the like"
    )

    format: Literal["mp4", "webm"] = Field(
        default="mp4", description="films are written as MP4 (H.264) or WebM (VP9), a GIF beside each"
    )

    enlarge: Literal[1, 2, 4] = Field(
        default=1,
        description="how many times as long the sides of the films are that are written, by a learned enlarger",
    )
    enlarge_strength: float = Field(
        default=0.6,
        ge=0,
        le=1,
        description="share of the learned enlarger, the rest is bicubic; more is sharper and livelier",
    )
    enlarger: str | None = Field(
        default=None,
        description="a checkpoint of the task enlarge, whose enlarger is taken; default: the one that ships",
    )

    model: Model = Field(default="continuous", description="family of the networks")
    latent: int = Field(default=64, ge=1, le=4096, description="size of z, the content")
    style: int = Field(default=128, ge=1, le=1024, description="size of the style w (continuous)")
    mapping_layers: int = Field(default=2, ge=1, le=8, description="layers from z to w (continuous)")
    motion: int = Field(default=32, ge=2, le=512, description="size of the motion code of a moment")
    anchor_seconds: float = Field(
        default=1.0, gt=0, le=60, description="time between two random points of the motion (continuous)"
    )
    moving: int = Field(
        default=0,
        ge=0,
        le=8,
        description="style layers, coarsest first, that see the motion; others keep what a film looks like; 0: all (continuous)",
    )
    widths: tuple[Channels, ...] | None = Field(
        default=None,
        description="channels of every level, coarsest first; default: from base_channels and max_channels",
    )
    discriminator_widths: tuple[Channels, ...] | None = Field(
        default=None,
        description="channels of the close look's levels, coarsest first; default: those of the generator (continuous)",
    )
    base_channels: int = Field(default=32, ge=1, le=1024, description="channels at the finest level")
    max_channels: int = Field(default=96, ge=1, le=4096, description="most channels at the coarse levels")
    patch: Literal[1, 2, 4] = Field(default=2, description="pixels a side folded into channels (continuous)")
    detail_kernel: Literal[1, 3] = Field(
        default=1, description="side of the convolution that makes the finest details; 3 as in pictures (continuous)"
    )
    grain: bool = Field(
        default=False, description="a film has random values at places of its own, the same in all frames (continuous)"
    )
    train_crop: int = Field(
        default=4,
        ge=2,
        le=256,
        description="frames of a clip that a training step makes, in a row or with gaps (continuous)",
    )
    sparse: int = Field(default=2, ge=2, le=16, description="frames of a clip that are looked at closely (continuous)")
    dense_size: int = Field(
        default=16, ge=8, le=128, description="side in pixels at which all frames are looked at for motion (continuous)"
    )
    features: Literal["none", "lite0"] = Field(
        default="none",
        description="the close look also sees through EfficientNet-lite0, trained on ImageNet (continuous)",
    )
    feature_share: float = Field(default=0.5, gt=0, lt=1, description="features: their weight beside the other looks'")
    unet_widths: tuple[Channels, ...] = Field(
        default=(16, 32, 64, 96),
        min_length=2,
        max_length=8,
        description="colorize: channels of every level, finest first",
    )
    resnet_width: int = Field(default=16, ge=1, le=1024, description="style: channels at full size, were it not folded")
    resnet_blocks: int = Field(default=4, ge=1, le=64, description="style: blocks at a quarter of the size")
    patch_widths: tuple[Channels, ...] = Field(
        default=(16, 32, 64),
        min_length=1,
        max_length=6,
        description="colorize, style: channels of the discriminator of patches, finest first",
    )
    augment_kinds: tuple[AugmentKind, ...] = Field(
        default=("translate", "scale", "rotate"),
        description="augmentations before the discriminator, the same for all frames of a clip",
    )

    @field_validator("size", "width", "height")
    @classmethod
    def _fits(cls, side: int | None) -> int | None:
        if side is None:
            return None
        if side > LARGEST:
            gigabytes = side * side * 16 * 32 * 12 * 4 * 8 / 2**30
            raise ValueError(
                f"clips of {side} x {side} need about {gigabytes:,.0f} GiB for a batch of 8; at most {LARGEST}"
            )
        if side < 16 or side % 8:
            raise ValueError("a side is a multiple of 8, at least 16")
        return side

    @model_validator(mode="after")
    def _bounded(self) -> VideoConfig:
        c, t, h, w = self.shape
        if c * t * h * w > MOST_NUMBERS:
            raise ValueError(
                f"a clip of {t} frames of {w} x {h} is too much for one training item; fewer or smaller ones"
            )
        if not self.sparse <= self.train_crop <= self.frames:
            raise ValueError(f"sparse={self.sparse} <= train_crop={self.train_crop} <= frames={self.frames} must hold")
        return self

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """``(c, t, h, w)`` of a clip."""
        return 3, self.frames, self.height or self.size, self.width or self.size
