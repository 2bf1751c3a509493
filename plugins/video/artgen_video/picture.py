"""One frame, from whatever it was decoded to: cropped or padded, resized, ``[h, w, 3]`` uint8."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from artgen_video.config import VideoConfig

SMALLEST = 8  # pixels; less than this is a bullet or a tracking pixel


class UnusableError(Exception):
    """Why a file cannot be used, in words for its owner."""


def said_of(error: Exception) -> str:
    """What a decoder or the disk said, without the path of the file: a reason travels in the run folder."""
    if isinstance(error, UnidentifiedImageError):
        return "it is of no known format"
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__)[:100]


def check_size(width: int, height: int, config: VideoConfig) -> None:
    """Refuse by the header what would cost too much or give nothing, before a frame is decoded."""
    if min(width, height) < SMALLEST:
        raise UnusableError(f"only {width} x {height} pixels, {SMALLEST} a side are needed")
    if width * height > config.max_pixels:
        raise UnusableError(f"frames of {width} x {height}, above max_pixels={config.max_pixels}: shrink it")


def flattened(picture: Image.Image, config: VideoConfig) -> Image.Image:
    """Any Pillow picture on the background, as RGB."""
    if picture.mode == "RGB":
        return picture
    rgba = picture.convert("RGBA")
    ground = Image.new("RGBA", rgba.size, config.background)
    ground.alpha_composite(rgba)
    return ground.convert("RGB")


def fitted(picture: Image.Image, config: VideoConfig) -> np.ndarray:
    """Any Pillow picture on the background, in the shape of the config."""
    picture = flattened(picture, config)
    _, _, h, w = config.shape
    if picture.size != (w, h):
        method = Image.Resampling.LANCZOS
        if config.fit == "pad":
            picture = ImageOps.pad(picture, (w, h), method, color=config.background)
        else:
            picture = ImageOps.fit(picture, (w, h), method)
    return np.asarray(picture)
