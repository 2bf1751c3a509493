"""The way between raw items and model tensors, which a domain supplies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import torch
    from torch import Tensor


class Codec(Protocol):
    """Raw item <-> model tensor in [-1, 1] (softly: whitened codes may pass it). An ``nn.Module`` without gradients.

    Whatever ``fit`` learns lives in buffers, travels in the checkpoint, and is enough to decode without the data.
    """

    def fit(self, raw: Tensor) -> None:
        """Learn whatever the codec needs from ``[b, *item]``, an even spread of the training items. May do nothing."""
        ...

    def vary(self, raw: Tensor, rng: torch.Generator) -> Tensor:
        """Variations that are equally true of the data (a random crop, a mirror image): ``[b, *item] -> [b, *crop]``.

        Only real items pass here, so unlike an augmentation it must not be something a sample should never show."""
        ...

    def encode(self, raw: Tensor) -> Tensor:
        """``[b, *crop]`` integers to ``[b, *shape]`` float32. Without ``vary`` the middle of a longer item is taken."""
        ...

    def decode(self, x: Tensor, loop: bool = False) -> Tensor:
        """``[b, *shape]`` float32 to raw integers; longer than trained where the domain allows.

        ``loop`` (no seam from end to beginning) is only passed to domains whose ``sampling`` lists it."""
        ...


@runtime_checkable
class Views(Protocol):
    """A Codec whose encoded items are no place to point at (mixtures, components): it opens them to a view that is, for ``artgen
    explain``. Both ways are differentiable, and ``unview(view(x))`` is ``x``."""

    def view(self, x: Tensor) -> Tensor:
        """``[b, *shape]`` to ``[b, c, ...]`` with one to three axes of places (time, pitch, rows, columns)."""
        ...

    def unview(self, view: Tensor) -> Tensor:
        """The way back."""
        ...


@dataclass(frozen=True)
class Transform:
    """A short-time Fourier transform with a Hann window, frame i around sample (i + 1/2) * ``hop``, and how phases are found.

    - ``rate``: samples a second.
    - ``n_fft``: samples of a frame.
    - ``hop``: samples from one frame to the next.
    - ``steps``: of the fast algorithm of Griffin and Lim (momentum 0.99), from phases along the ridges of the spectrogram.
    """

    rate: int
    n_fft: int
    hop: int
    steps: int = 16


@runtime_checkable
class SpectralCodec(Protocol):
    """A Codec of sound whose ``decode`` no graph can hold, because phases are found step by step: it offers the part before, from
    which ``artgen export --onnx`` lets any program make sound by the algorithm of Griffin and Lim."""

    @property
    def transform(self) -> Transform:
        """What the magnitudes are of."""
        ...

    def magnitude(self, x: Tensor) -> Tensor:
        """``[b, *shape]`` to magnitudes ``[b, n_fft / 2 + 1, t]``; plain operations, so that a graph can be written of it."""
        ...


@runtime_checkable
class WorkCodec(Protocol):
    """What the codec of a task that changes works (translate, colorize, enlarge, style) offers beside Codec.

    A *work* is a raw array of any size that the writer can write, one of a batch ``[b, *work]``."""

    def part(self, raw: Tensor) -> tuple[Tensor, Tensor | None]:
        """Prepared items ``[b, *item]`` to the works that are given and those that are wanted; None: nobody knows (style)."""
        ...

    def take(self, raw: Tensor) -> Tensor:
        """Given works of any size to what the generator is given, ``[b, c, ...]`` of any size."""
        ...

    def give(self, raw: Tensor, x: Tensor) -> Tensor:
        """What the generator made of ``take(raw)`` to works of the size of ``raw`` (enlarge: a multiple of it), which may lend
        what the generator does not make: the light of a picture, the phase of a sound."""
        ...
