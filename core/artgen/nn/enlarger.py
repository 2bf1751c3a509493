"""A learned enlarger for pictures and frames: what any generator of pictures makes, four times as large, with clean edges.

The network is the small one of Real-ESRGAN for drawn films (Wang 2021, realesr-animevideov3): plain 3x3 convolutions at the size
of its input, so that its cost is that of the small picture. Trained as a GAN, it draws edges and cleans grain; it invents no
shapes.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Literal, get_args

import safetensors
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from artgen.errors import InputError
from artgen.nn.frozen import load_frozen

WEIGHTS = Path(__file__).parent / "weights" / "enlarger.safetensors"
Factor = Literal[2, 4]
FACTORS: tuple[int, ...] = get_args(Factor)
CHANNELS, LAYERS, SCALE = 64, 16, 4
REACH = LAYERS + 2  # pixels: how far a pixel of the result looks around itself; one for each 3x3 convolution
TILE = 256  # pixels a side of what is enlarged at once, without its margin
AT_ONCE = 2**16  # pixels of a batch: 64 channels of them are 17 MB
EDGE = 4  # pixels: the border is continued so far, because the zeros outside would show as a rim


class Enlarger(nn.Module):
    """``[b, 3, h, w]`` in [0, 1] to ``[b, 3, 4 h, 4 w]``: what it adds to the enlarged input, each pixel a square."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, CHANNELS, 3, padding=1)
        self.layers = nn.ModuleList(nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1) for _ in range(LAYERS))
        self.last = nn.Conv2d(CHANNELS, 3 * SCALE**2, 3, padding=1)
        self.slopes = nn.ParameterList(torch.full((CHANNELS,), 0.25) for _ in range(LAYERS + 1))

    def forward(self, x: Tensor) -> Tensor:
        return F.pixel_shuffle(self._added(x), SCALE) + F.interpolate(x, scale_factor=float(SCALE))

    def folded(self, x: Tensor) -> Tensor:
        """The same with each square of 4 x 4 pixels as channels: ``[b, 48, h, w]``, those of red first."""
        return self._added(x) + x.repeat_interleave(SCALE**2, 1)

    def _added(self, x: Tensor) -> Tensor:
        y = F.prelu(self.first(x), self.slopes[0])
        for layer, slope in zip(self.layers, self.slopes[1:], strict=True):
            y = F.prelu(layer(y), slope)
        return self.last(y)


@torch.inference_mode()
def enlarge(pictures: Tensor, factor: Factor, strength: float = 1.0, weights: Path | None = None) -> Tensor:
    """Pictures uint8 ``[n, c, h, w]`` to uint8 ``[n, c, factor * h, factor * w]`` on the same device.

    - ``c``: 1 or 3.
    - ``strength``: share of the network in the result, in [0, 1]; the rest is bicubic. 1 suits drawings; photographs
      and films keep more of their texture at 0.6. Large pictures are enlarged tile by tile: memory is bounded, and a
      tile sees all that its pixels depend on, so there are no seams.
    - ``weights``: see ``load_enlarger``.

    Raises ValueError for other types, shapes, factors and strengths.
    """
    if pictures.dtype != torch.uint8 or pictures.dim() != 4 or pictures.shape[1] not in (1, 3):
        raise ValueError(f"pictures are uint8 [n, 1 or 3, h, w], not {pictures.dtype} {list(pictures.shape)}")
    if factor not in FACTORS or not 0 <= strength <= 1:
        raise ValueError(f"factor {factor}, strength {strength}: give a factor of 2 or 4 and a strength of 0 to 1")
    n, c, h, w = pictures.shape
    result = pictures.new_empty((n, c, h * factor, w * factor))
    for picture, (top, bottom, left, right) in _parts(n, h, w):
        part = _part(pictures[picture], (top, bottom, left, right), factor, strength, weights)
        result[picture, :, top * factor : bottom * factor, left * factor : right * factor] = part
    return result


def enlarge_whole(pictures: Tensor, factor: Factor, strength: float = 1.0, weights: Path | None = None) -> Tensor:
    """The same without tiles, for small pictures: plain operations, of which a graph can be written once the network is
    loaded."""
    h, w = pictures.shape[2:]
    return _part(pictures, (0, h, 0, w), factor, strength, weights)


def _parts(n: int, h: int, w: int) -> Iterator[tuple[slice, tuple[int, int, int, int]]]:
    """Which pictures, and which of their pixels (top, bottom, left, right), are enlarged at once."""
    count = max(1, AT_ONCE // (min(h, TILE) * min(w, TILE)))
    for first in range(0, n, count):
        for top in range(0, h, TILE):
            for left in range(0, w, TILE):
                yield slice(first, first + count), (top, min(top + TILE, h), left, min(left + TILE, w))


def _part(
    pictures: Tensor, place: tuple[int, int, int, int], factor: Factor, strength: float, weights: Path | None
) -> Tensor:
    """One part, with a margin around it that is cut off at the end; the border of a picture is continued."""
    top, bottom, left, right = place
    h, w = pictures.shape[2:]
    there = (left, w - right, top, h - bottom)  # pixels of the picture beyond each side
    inside = [min(REACH, beyond) for beyond in there]
    outside = [EDGE if beyond < REACH else 0 for beyond in there]
    x = pictures[:, :, top - inside[2] : bottom + inside[3], left - inside[0] : right + inside[1]].float() / 255
    y = _both(F.pad(x, outside, mode="replicate"), factor, strength, weights)
    before, after, up, down = (factor * (a + b) for a, b in zip(inside, outside, strict=True))
    y = y[:, :, up : y.shape[2] - down, before : y.shape[3] - after]
    return (y * 255).round_().clamp_(0, 255).to(torch.uint8)


def _both(x: Tensor, factor: Factor, strength: float, weights: Path | None) -> Tensor:
    """The network's and the bicubic enlargement of ``[b, c, h, w]``, mixed."""
    if strength == 0:
        return _smooth(x, factor)
    color = x.expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)
    sharp = load_enlarger(x.device, weights)(color)
    sharp = F.avg_pool2d(sharp, SCALE // factor) if factor < SCALE else sharp
    sharp = sharp.mean(1, keepdim=True) if x.shape[1] == 1 else sharp
    return sharp if strength == 1 else _smooth(x, factor).lerp(sharp, strength)


def _smooth(x: Tensor, factor: Factor) -> Tensor:
    return F.interpolate(x, scale_factor=float(factor), mode="bicubic", align_corners=False)


@lru_cache(maxsize=4)
def load_enlarger(device: torch.device, weights: Path | None = None) -> Enlarger:
    """The network with its weights, frozen, on ``device``.

    - ``weights``: a checkpoint of a run of the task enlarge; None: those that ship.

    Raises InputError where ``weights`` holds no enlarger."""
    return load_frozen(Enlarger(), WEIGHTS, device) if weights is None else _own(weights).to(device)


def _own(weights: Path) -> Enlarger:
    """The averaged network of a run."""
    network, prefix = Enlarger(), "ema.net."
    try:
        with safetensors.safe_open(weights, "pt") as file:
            tensors = {name: file.get_tensor(prefix + name) for name in network.state_dict()}
        network.load_state_dict(tensors)
    except (safetensors.SafetensorError, OSError, RuntimeError):
        raise InputError("holds no enlarger; train one of the task enlarge", at="--enlarger", value=weights) from None
    network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    return network.eval().requires_grad_(False)
