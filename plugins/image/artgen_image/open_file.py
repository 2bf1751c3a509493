"""A picture at its own size for ``artgen apply``, written again with what else it held: transparency, and 16 bit a channel."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps
from PIL.PngImagePlugin import PngInfo

from artgen.types import Opened, Skipped, SourceFile
from artgen_image.config import ImageConfig
from artgen_image.limits import UnusableError
from artgen_image.prepare import read_clear, to_array

_PIPES = {".png": "png_pipe", ".tif": "tiff_pipe", ".tiff": "tiff_pipe"}  # demuxers of formats that hold 16 bit
_BEHIND_HEADER = 33  # bytes of a PNG before its second chunk


@dataclass(frozen=True)
class Extra:
    """What a picture holds beside the colors that the networks see.

    - ``alpha``: ``[h, w]`` uint8; None: it has no transparency.
    - ``fine``: ``[h, w, c]`` int16, what 16 bit say beyond the upper 8, so that 257 times a byte and it are the value; None: it
      has 8 bit."""

    alpha: np.ndarray | None
    fine: np.ndarray | None


def open_picture(file: SourceFile, config: ImageConfig) -> Opened | Skipped:
    """A file as its one part, ``[c, h, w]`` uint8."""
    try:
        whole, clear = read_clear(file.path, config)
    except UnusableError as problem:
        return Skipped(file.name, str(problem))
    alpha = np.asarray(clear.getchannel("A")) if clear is not None else None
    if clear is not None and config.color != "gray":
        whole = _colors(clear, whole)
    extra = Extra(alpha, _fine(file.path, whole))
    parts = iter([to_array(whole)])
    return Opened(parts) if alpha is None and extra.fine is None else Opened(parts, _writer(extra))


def _colors(clear: Image.Image, flat: Image.Image) -> Image.Image:
    """The colors of a picture themselves where anything of it is seen, or a dark rim would stay around a cut-out."""
    seen = np.asarray(clear.getchannel("A"))[..., None] > 0
    return Image.fromarray(np.where(seen, np.asarray(clear.convert("RGB")), np.asarray(flat)))


def _fine(path: Path, whole: Image.Image) -> np.ndarray | None:
    """See Extra. A picture that is turned by its EXIF data, or of another kind, counts as one of 8 bit."""
    kind = _PIPES.get(path.suffix.lower())
    if kind is None:
        return None
    import av
    import av.error

    try:
        with av.open(str(path), format=kind) as container:
            frame = next(container.decode(video=0))
            bits = max(component.bits for component in frame.format.components)
            if bits != 16 or (frame.width, frame.height) != whole.size:
                return None
            values = frame.to_ndarray().astype(np.int32)
    except (av.error.FFmpegError, StopIteration, ValueError):
        return None  # Pillow read it, which is what counts
    if values.ndim == 2:
        values = values[..., None]
        return (values - (values + 128) // 257 * 257).astype(np.int16)  # as Pillow rounds gray values
    return (values[..., :3] - (values[..., :3] >> 8) * 257).astype(np.int16) if values.shape[2] >= 3 else None


def _writer(extra: Extra) -> Callable[[Iterator[np.ndarray], Path, Mapping[str, str]], list[Path]]:
    def write(changed: Iterator[np.ndarray], stem: Path, metadata: Mapping[str, str]) -> list[Path]:
        path = stem.with_name(f"{stem.name}.png")
        picture = next(changed).transpose(1, 2, 0)  # [h, w, c]
        high, wide = picture.shape[:2]
        alpha = _resized(extra.alpha, (wide, high))
        text = PngInfo()
        for key, value in metadata.items():
            text.add_itxt(key[:79], value)
        if extra.fine is not None and extra.fine.shape[:2] == (high, wide):
            path.write_bytes(_with_text(_encoded(_deep(picture, extra.fine), alpha), text))
            return [path]
        drawn = Image.fromarray(picture[..., 0] if picture.shape[2] == 1 else picture)
        if alpha is not None:
            drawn = drawn.convert("LA" if drawn.mode == "L" else "RGBA")
            drawn.putalpha(Image.fromarray(alpha))
        drawn.save(path, pnginfo=text)
        return [path]

    return write


def _resized(alpha: np.ndarray | None, size: tuple[int, int]) -> np.ndarray | None:
    if alpha is None or alpha.shape[::-1] == size:
        return alpha
    return np.asarray(ImageOps.fit(Image.fromarray(alpha), size, Image.Resampling.BICUBIC))


def _deep(picture: np.ndarray, fine: np.ndarray) -> np.ndarray:
    """uint8 ``[h, w, c]`` with the fine steps of its source: uint16. Colors made of a gray source share its steps."""
    steps = fine if fine.shape[2] == picture.shape[2] else fine.mean(2, keepdims=True).round().astype(np.int16)
    return (picture.astype(np.int32) * 257 + steps).clip(0, 65535).astype(np.uint16)


def _encoded(picture: np.ndarray, alpha: np.ndarray | None) -> bytes:
    """uint16 ``[h, w, 1 or 3]`` as a PNG."""
    import av

    high, wide = picture.shape[:2]
    if alpha is not None:
        deep = (alpha.astype(np.uint16) * 257)[..., None]
        picture = np.concatenate([np.broadcast_to(picture, (high, wide, 3)), deep], 2)
    form = {1: "gray16be", 3: "rgb48be", 4: "rgba64be"}[picture.shape[2]]
    coder: Any = av.CodecContext.create("png", "w")
    coder.width, coder.height, coder.pix_fmt, coder.time_base = wide, high, form, Fraction(1)
    numbers = np.ascontiguousarray(picture[..., 0] if form == "gray16be" else picture)
    frame = av.VideoFrame.from_ndarray(numbers, format=form)
    return b"".join(bytes(packet) for packet in [*coder.encode(frame), *coder.encode(None)])


def _with_text(png: bytes, text: PngInfo) -> bytes:
    """A PNG with text chunks after its header."""
    chunks = b""
    for kind, data, *_ in text.chunks:
        chunks += len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")
    return png[:_BEHIND_HEADER] + chunks + png[_BEHIND_HEADER:]
