"""Promise: pictures of any size are enlarged cleanly, without seams, in either strength, and bad calls are refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from artgen.nn import enlarge
from artgen.nn import enlarger as module


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def noise(*shape: int) -> Tensor:
    return torch.randint(0, 256, shape, dtype=torch.uint8, generator=torch.Generator().manual_seed(5))


def disc(side: int) -> Tensor:
    """A blue disc with a black rim on white, drawn at four times the size and shrunk: uint8 ``[1, 3, side, side]``."""
    place = (torch.arange(4 * side) + 0.5) / (4 * side) - 0.5
    radius = (place[:, None].square() + place.square()).sqrt()
    colors = torch.tensor([[255.0, 255, 255], [0, 0, 0], [40, 90, 220]])
    which = (radius < 0.4).long() + (radius < 0.33).long()
    return F.avg_pool2d(colors[which].permute(2, 0, 1)[None], 4).round().to(torch.uint8)


@pytest.mark.parametrize("factor", [2, 4])
def test_tiles_leave_no_seam(monkeypatch: pytest.MonkeyPatch, factor: module.Factor) -> None:
    pictures = noise(1, 3, 75, 44)
    whole = enlarge(pictures, factor, 0.7)
    monkeypatch.setattr(module, "TILE", 32)
    assert (enlarge(pictures, factor, 0.7).int() - whole.int()).abs().max() <= 1


@pytest.mark.parametrize(
    ("shape", "factor"), [((1, 3, 13, 31), 4), ((3, 1, 8, 9), 2), ((1, 3, 1, 1), 4), ((0, 3, 8, 8), 2)]
)
def test_any_size_in_color_and_gray(shape: tuple[int, ...], factor: module.Factor) -> None:
    n, c, h, w = shape
    assert enlarge(noise(*shape), factor).shape == (n, c, factor * h, factor * w)


def test_strength_leads_from_bicubic_to_the_network() -> None:
    pictures = noise(1, 3, 16, 16)
    none, half, full = (enlarge(pictures, 4, strength).float() for strength in (0.0, 0.5, 1.0))
    x = F.pad(pictures.float() / 255, [module.EDGE] * 4, mode="replicate")
    smooth = F.interpolate(x, scale_factor=4.0, mode="bicubic")[:, :, 16:-16, 16:-16]
    assert (none - (smooth * 255).round().clamp(0, 255)).abs().max() <= 1
    middle = (half - (none + full) / 2)[(none > 0) & (none < 255) & (full > 0) & (full < 255)]
    assert middle.abs().max() <= 1


def test_a_drawing_comes_nearer_to_its_large_self_than_by_bicubic() -> None:
    small, large = disc(32), disc(128).float()
    error = [(enlarge(small, 4, strength).float() - large).abs().mean() for strength in (0.0, 1.0)]
    assert error[1] < 0.8 * error[0]


def test_a_plain_ground_stays_plain_up_to_its_border() -> None:
    white = torch.full((1, 3, 20, 20), 255, dtype=torch.uint8)
    assert enlarge(white, 4).min() >= 250


def test_memory_is_bounded_by_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    both = module._both

    def watched(x: Tensor, factor: module.Factor, strength: float, weights: Path | None) -> Tensor:
        sizes.append(x.shape[0] * x.shape[2] * x.shape[3])
        return both(x, factor, strength, weights)

    monkeypatch.setattr(module, "_both", watched)
    monkeypatch.setattr(module, "AT_ONCE", 2**10)
    monkeypatch.setattr(module, "TILE", 32)
    enlarge(noise(5, 3, 40, 70), 2)
    assert max(sizes) <= (32 + 2 * (module.REACH + module.EDGE)) ** 2


@pytest.mark.parametrize(
    ("pictures", "factor", "strength"),
    [
        (torch.zeros(1, 3, 8, 8), 4, 1.0),
        (noise(3, 8, 8), 4, 1.0),
        (noise(1, 2, 8, 8), 4, 1.0),
        (noise(1, 3, 8, 8), 3, 1.0),
        (noise(1, 3, 8, 8), 4, 1.5),
    ],
)
def test_bad_calls_are_refused(pictures: Tensor, factor: int, strength: float) -> None:
    with pytest.raises(ValueError, match=r"not|give"):
        enlarge(pictures, factor, strength)  # pyright: ignore[reportArgumentType]
