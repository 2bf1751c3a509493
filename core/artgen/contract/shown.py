"""A work as HTML, for notebooks: a picture, an animated picture, a player. Needs no more than Pillow."""

from __future__ import annotations

import base64
import html
import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

_LEAST = 192  # pixels: smaller works are enlarged by a whole factor


def html_of(data: np.ndarray, title: str, fps: float | None, rate: int | None) -> str:
    """A raw item with its title below.

    - ``data``: ``[c, h, w]`` uint8 a picture, ``[c, t, h, w]`` uint8 a film, ``[n]`` or ``[c, n]`` int16 a sound; of anything
      else its shape is said.
    - ``fps``: of a film, 8 when None.
    - ``rate``: samples a second of a sound; None: nobody knows, so it is not played.
    """
    words = html.escape(title)
    if data.dtype.name == "uint8" and data.ndim in (3, 4) and data.shape[0] in (1, 3):
        kind, film = ("png", False) if data.ndim == 3 else ("webp", True)
        source = _uri(f"image/{kind}", _film(data, fps or 8.0) if film else _png(data))
        shown = f'<img alt="{words}" src="{source}">'
    elif data.dtype.name == "int16" and data.ndim in (1, 2) and rate:
        shown = f'<audio controls aria-label="{words}" src="{_uri("audio/wav", _wave(data, rate))}"></audio>'
    else:
        shown = f"<code>{data.dtype.name} {list(data.shape)}</code>"
    return f"<figure>{shown}<figcaption>{words}</figcaption></figure>"


def _picture(data: np.ndarray) -> Any:
    """``[c, h, w]`` uint8 as a picture of Pillow."""
    from PIL import Image

    picture = Image.fromarray(data[0] if data.shape[0] == 1 else data.transpose(1, 2, 0).copy())
    factor = max(1, -(-_LEAST // max(picture.size)))
    return picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.NEAREST)


def _png(data: np.ndarray) -> bytes:
    out = io.BytesIO()
    _picture(data).save(out, "PNG")
    return out.getvalue()


def _film(data: np.ndarray, fps: float) -> bytes:
    first, *others = (_picture(data[:, moment]) for moment in range(data.shape[1]))
    out = io.BytesIO()
    first.save(out, "WEBP", save_all=True, append_images=others, duration=round(1000 / fps), loop=0)
    return out.getvalue()


def _wave(data: np.ndarray, rate: int) -> bytes:
    import wave

    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1 if data.ndim == 1 else data.shape[0], 2, rate, data.shape[-1], "NONE", ""))
        file.writeframes(data.T.astype("<i2").tobytes())
    return out.getvalue()


def _uri(mime: str, data: bytes) -> str:
    return f"data:{mime};base64,{base64.b64encode(data).decode('ascii')}"
