"""sRGB and CIE L*a*b* (white D65), for pictures and films: the channel axis is 1, whatever follows."""

from __future__ import annotations

import torch
from torch import Tensor

# IEC 61966-2-1, linear sRGB to XYZ, rows divided by the white point, so that white is (1, 1, 1)
_TO_XYZ = ((0.433953, 0.376219, 0.189828), (0.212673, 0.715152, 0.072175), (0.017758, 0.109477, 0.872765))
_BEND, _SLOPE = (6 / 29) ** 3, (29 / 6) ** 2 / 3  # of the cube root, near black
_ROOM = 1e-3  # beyond black and white, lost in rounding to bytes; without it the purest colors of sRGB would count as outside
_CHROMA = 110.0  # a and b are divided by it for networks
_ROUNDS = 7  # halvings: the chroma that fits is found to 1%


def rgb_to_lab(rgb: Tensor) -> Tensor:
    """``[b, 3, ...]`` in [0, 1] to L in [0, 100] and a, b of about +-100 (CIE 1976)."""
    linear = torch.where(rgb <= 0.04045, rgb / 12.92, ((rgb.clamp_min(0) + 0.055) / 1.055) ** 2.4)
    bent = _through(linear, torch.tensor(_TO_XYZ))
    bent = torch.where(bent > _BEND, bent.clamp_min(1e-9) ** (1 / 3), bent * _SLOPE + 4 / 29)
    x, y, z = bent.unbind(1)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], 1)


def lab_to_rgb(lab: Tensor) -> Tensor:
    """The way back; outside of [0, 1] where sRGB has no such color."""
    light, a, b = lab.unbind(1)
    y = (light + 16) / 116
    bent = torch.stack([y + a / 500, y, y - b / 200], 1)
    linear = _through(
        torch.where(bent > 6 / 29, bent**3, (bent - 4 / 29) / _SLOPE), torch.linalg.inv(torch.tensor(_TO_XYZ))
    )
    return torch.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear.clamp_min(1e-9) ** (1 / 2.4) - 0.055)


def lab_to_shown(lab: Tensor) -> Tensor:
    """``[b, 3, ...]`` in [0, 1] with exactly the light L of ``lab``: a color that sRGB does not have is shown with as much less
    chroma as it takes, where cutting its channels off would change the light."""
    flat = lab.movedim(1, -1).reshape(-1, 3)
    shown = lab_to_rgb(flat[:, :, None])[:, :, 0]
    outside = ((shown < -_ROOM) | (shown > 1 + _ROOM)).any(1)
    if bool(outside.any()):
        shown[outside] = _reduced(flat[outside])
    return shown.clamp(0, 1).reshape(*lab.movedim(1, -1).shape).movedim(-1, 1)


def rgb_to_coded(rgb: Tensor) -> Tensor:
    """``[b, 3, ...]`` in [0, 1] to light and colors about [-1, 1] as networks take them: L/50 - 1, a/110, b/110 (as pix2pix
    does)."""
    lab = rgb_to_lab(rgb)
    return torch.cat([lab[:, :1] / 50 - 1, lab[:, 1:] / _CHROMA], 1)


def coded_to_bytes(x: Tensor) -> Tensor:
    """The way back, to uint8 of the same light, as vivid as sRGB allows (see lab_to_shown)."""
    lab = torch.cat([x[:, :1].clamp(-1, 1) * 50 + 50, x[:, 1:].clamp(-1.2, 1.2) * _CHROMA], 1)
    return (lab_to_shown(lab.float()) * 255).round().to(torch.uint8)


def in_mean_color(source: Tensor, works: Tensor) -> Tensor:
    """The light of every work of ``source`` in the one color that ``works`` have on average, uint8 ``[b, 3, ...]`` all."""
    chroma = rgb_to_coded(works.float() / 255)[:, 1:]
    mean = chroma.mean([axis for axis in range(chroma.dim()) if axis != 1], keepdim=True)
    light = rgb_to_coded(source.float() / 255)[:, :1]
    return coded_to_bytes(torch.cat([light, mean.expand(len(light), -1, *light.shape[2:])], 1))


def colorfulness(rgb: Tensor) -> Tensor:
    """M3 of Hasler & Suesstrunk (2003) of ``[b, 3, ...]`` over all places of a work: ``[b]`` in the unit of ``rgb``, 0 for
    gray; of 255, above 60 is vivid."""
    red, green, blue = rgb.flatten(2).unbind(1)
    first, second = red - green, (red + green) / 2 - blue
    spread = (first.var(1) + second.var(1)).sqrt()
    return spread + 0.3 * (first.mean(1).square() + second.mean(1).square()).sqrt()


def _reduced(lab: Tensor) -> Tensor:
    """``[n, 3]`` Lab to the most vivid ``[n, 3]`` sRGB of the same light and hue, by bisection from gray."""
    low, high = torch.zeros(len(lab), 1, device=lab.device), torch.ones(len(lab), 1, device=lab.device)
    scale = torch.ones_like(lab)
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        scale[:, 1:] = middle
        tried = lab_to_rgb((lab * scale)[:, :, None])[:, :, 0]
        fits = ((tried >= -_ROOM) & (tried <= 1 + _ROOM)).all(1, keepdim=True)
        low, high = torch.where(fits, middle, low), torch.where(fits, high, middle)
    scale[:, 1:] = low
    return lab_to_rgb((lab * scale)[:, :, None])[:, :, 0]


def _through(x: Tensor, matrix: Tensor) -> Tensor:
    """A 3 x 3 matrix on axis 1."""
    return torch.einsum("ij,bj...->bi...", matrix.to(x), x)
