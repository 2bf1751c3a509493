"""The settings of the image plugin: what a picture is, which networks draw it, how few pictures are stretched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator

from artgen import DomainConfig

Model = Literal["modern", "mlp", "dcgan", "progressive", "stylegan", "autoencoder", "vae"]
AugmentKind = Literal["flip", "translate", "scale", "rotate", "color", "cutout"]
LARGEST = 1024
Share = Annotated[float, Field(ge=0, le=1)]
Channels = Annotated[int, Field(ge=1, le=4096)]


class ImageConfig(DomainConfig):
    """Fields from ``size`` to ``zoom`` decide the prepared pictures, the others networks and training."""

    prepare_fields: ClassVar[tuple[str, ...] | None] = (
        *("size", "width", "height", "color", "fit", "background", "resample", "jitter", "max_pixels"),
        *("direction", "zoom"),
    )

    old_names: ClassVar[Mapping[str, str]] = {"colour": "color"}
    old_values: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "color": {"grey": "gray"},
        "augment_kinds": {"colour": "color"},
    }

    size: int = Field(default=32, description="side of a picture in pixels, a multiple of 4")
    width: int | None = Field(default=None, description="width in pixels, where it is not the size")
    height: int | None = Field(default=None, description="height in pixels, where it is not the size")
    color: Literal["rgb", "gray"] = Field(default="rgb", description="rgb, or gray with one channel")
    fit: Literal["crop", "pad"] = Field(
        default="crop", description="crop the middle, or pad with the background, to the wanted shape"
    )
    background: Literal["auto", "white", "black"] = Field(
        default="auto",
        description="what shows through transparent pictures; auto: black behind drawings in white, else white",
    )
    resample: Literal["lanczos", "bicubic", "box"] = Field(
        default="lanczos", description="antialiasing filter of the resize"
    )
    jitter: float = Field(
        default=0.0, ge=0, le=0.5, description="few pictures: share of the size that a random crop may move by"
    )
    max_pixels: int = Field(
        default=120_000_000, ge=4096, le=400_000_000, description="larger files are skipped before decoding"
    )
    direction: Literal["forward", "backward"] = Field(
        default="forward", description="translate: from the first folder (the left half) to the second, or back"
    )
    zoom: float = Field(
        default=1.0,
        ge=1,
        le=16,
        description="style, enlarge: how many windows of training fit into the shorter side of a picture",
    )
    canvas: int | None = Field(
        default=None,
        ge=32,
        le=4096,
        description="style: pixels of the shorter side at which a picture is painted, then enlarged; smaller: larger strokes",
    )
    mirror: bool = Field(
        default=True, description="half of the training pictures are shown mirrored; off for text and the like"
    )

    model: Model = Field(default="modern", description="family of the networks")
    latent: int | None = Field(default=None, ge=1, le=4096, description="size of z; default: the model's usual one")
    base_channels: int | None = Field(
        default=None, ge=1, le=1024, description="channels at the finest level; default: the model's"
    )
    max_channels: int | None = Field(
        default=None, ge=1, le=4096, description="most channels at the coarse levels; default: the model's"
    )
    widths: tuple[Channels, ...] | None = Field(
        default=None,
        min_length=1,
        description="channels of every level instead, coarsest first; of more levels the first repeats, of fewer it is left out",
    )
    style: int = Field(default=128, ge=1, le=1024, description="size of the style w (modern, stylegan)")
    mapping_layers: int = Field(default=2, ge=1, le=8, description="layers from z to w (modern, stylegan)")
    noise: bool | None = Field(
        default=None, description="a noise value per pixel at every layer; default: stylegan only"
    )
    grain: bool = Field(default=False, description="a noise value per pixel of the picture too (modern)")
    blocks: int = Field(default=1, ge=1, le=8, description="residual blocks a level (modern, autoencoder, vae)")
    block: Literal["dense", "bottleneck"] = Field(
        default="dense", description="dense is fast on CPUs, bottleneck (R3GAN's) on GPUs"
    )
    translator: Literal["unet", "resnet", "painter"] | None = Field(
        default=None,
        description="network that changes pictures: translate, colorize: unet or resnet, by default unet, or for colorize one "
        "that sees what is shown; style: painter, or else the residual one of before",
    )
    dropout: float = Field(
        default=0.0, ge=0, lt=1, description="unet: share of the coarse features left out in training"
    )
    patch: Literal[1, 2, 4] = Field(
        default=2, description="pixels a side folded into channels (modern, autoencoder, vae)"
    )
    discriminator_widths: tuple[Channels, ...] | None = Field(
        default=None,
        min_length=1,
        description="modern: channels of the discriminator's levels, coarsest first; default: the generator's",
    )
    discriminator_patch: Literal[1, 2, 4] | None = Field(
        default=None, description="modern: pixels a side that the discriminator folds; default: as patch"
    )
    features: Literal["none", "lite0"] = Field(
        default="none",
        description="modern: the discriminator also looks through EfficientNet-lite0, trained on ImageNet",
    )
    feature_size: int = Field(
        default=64, ge=64, le=256, multiple_of=16, description="features: pixels a side at which that network looks"
    )
    feature_share: float = Field(
        default=0.5, gt=0, le=1, description="features: their weight beside the pixels', 1: the features alone"
    )
    final_phase: float = Field(
        default=0.3, gt=0, lt=1, description="progressive: share of the budget for the last, full-size phase"
    )
    dcgan_norm: Literal["batch", "none"] = Field(
        default="batch", description="dcgan: normalization in the discriminator"
    )
    mlp_generator: tuple[Channels, ...] = Field(default=(1024, 1024), min_length=1, description="mlp: hidden layers")
    mlp_discriminator: tuple[Channels, ...] = Field(
        default=(1024, 1024, 512), min_length=1, description="mlp: hidden layers"
    )
    enlarge: Literal[1, 2, 4] = Field(
        default=1,
        description="how many times as long the sides of the pictures are that are written, by a learned enlarger",
    )
    enlarge_strength: Share = Field(
        default=1.0,
        description="share of the learned enlarger, the rest is bicubic: 1 for drawings, 0.6 for photographs",
    )
    enlarger: str | None = Field(
        default=None,
        description="a checkpoint of the task enlarge, whose enlarger is taken; default: the one that ships",
    )
    augment_kinds: tuple[AugmentKind, ...] = Field(
        default=("translate", "scale", "rotate"), description="augmentations before the discriminator"
    )
    augment_share: Share = Field(default=1.0, description="few pictures: scales the strength of the augmentations")

    @field_validator("size", "width", "height")
    @classmethod
    def _fits(cls, side: int | None) -> int | None:
        if side is None:
            return None
        if side > LARGEST:
            gigabytes = side * side * 32 * 12 * 4 * 32 / 2**30
            raise ValueError(
                f"pictures of {side} x {side} need about {gigabytes:,.0f} GiB for a batch of 32; at most {LARGEST}"
            )
        if side < 8 or side % 4:
            raise ValueError("a side is a multiple of 4, at least 8")
        return side

    @property
    def shape(self) -> tuple[int, int, int]:
        """``(c, h, w)`` of a picture as the networks see it."""
        return (3 if self.color == "rgb" else 1, self.height or self.size, self.width or self.size)

    @property
    def prepared_shape(self) -> tuple[int, int, int]:
        """``(c, h, w)`` of a prepared picture: larger by the jitter, so that crops can move."""
        c, h, w = self.shape
        return c, round(h * (1 + self.jitter)), round(w * (1 + self.jitter))
