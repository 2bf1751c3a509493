"""Promise: I3D is fetched only when allowed, only the file that is known, and kept; every refusal is one line."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from artgen.errors import InputError
from artgen.judge import i3d
from artgen.judge.features import fit_input, named_features


class Small(nn.Module):
    """Answers as the TorchScript of I3D does."""

    def forward(self, x: Tensor, rescale: bool, resize: bool, return_features: bool) -> Tensor:
        scaled = x / 127.5 - 1 if rescale else x
        return scaled.mean(4).mean(3).mean(2)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTGEN_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A network at the address."""
    path = tmp_path / "net.pt"
    torch.jit.save(torch.jit.script(Small()), path)
    monkeypatch.setattr(i3d, "URL", path.as_uri())
    monkeypatch.setattr(i3d, "SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
    return path


def test_it_is_fetched_once_and_kept(published: Path) -> None:
    films = torch.full((2, 3, 16, 8, 8), 255, dtype=torch.uint8)
    assert named_features("i3d", download=True)(films).tolist() == [[1.0] * 3] * 2
    published.unlink()
    assert named_features("i3d", download=False)(films).shape == (2, 3)


def test_nothing_is_fetched_unasked(published: Path) -> None:
    with pytest.raises(InputError, match=r"fetched from .*add --allow-download"):
        named_features("i3d", download=False)


def test_another_file_is_refused(published: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(i3d, "SHA256", "0" * 64)
    with pytest.raises(InputError, match="not the file known"):
        named_features("i3d", download=True)
    assert not (tmp_path / "cache").exists()


def test_without_a_network_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(i3d, "URL", "http://127.0.0.1:1/i3d.pt")
    with pytest.raises(InputError, match="cannot be fetched") as caught:
        named_features("i3d", download=True)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("shape", [(2, 3, 8, 8), (2, 3, 4, 8, 8)])
def test_only_films_are_looked_at(published: Path, shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="films of 10 frames"):
        named_features("i3d", download=True)(torch.zeros(shape, dtype=torch.uint8))


def test_films_are_resized_for_foreign_networks() -> None:
    film = torch.full((2, 3, 5, 8, 8), 51, dtype=torch.uint8)
    seen = fit_input(film, [None, 3, None, 16, 24])
    assert seen.shape == (2, 3, 5, 16, 24)
    assert torch.allclose(seen, torch.tensor(0.2), atol=1e-5)
