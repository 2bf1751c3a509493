"""How a domain wants its works to be judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor


class Features(Protocol):
    """A named view of raw items on which distances mean something to a person."""

    name: str

    def __call__(self, raw: Tensor) -> Tensor:
        """``[b, *item]`` raw integers to ``[b, f]`` float32."""
        ...


@dataclass(frozen=True)
class Judge:
    """How a domain wants to be judged.

    - ``features``: the embedding for FID/KID-like distances.
    - ``feature_source``: the network of others that it is, by name: a run whose training looked through the same
      (``Networks.feature_sources``) is not judged by it, because its samples were made to please it; None: of nobody
      else.
    - ``kept``: a file with what was measured on the embedded data (``benchmarks/keep_judged.py`` writes it); a run on
      that data then measures its samples only.
    - ``second``: another embedding of another kind, by which only the distance of the samples is measured again: one
      judge alone can be pleased by chance. Where there is one, the best state of a training is chosen by it.
    - ``statistics``: named scalar descriptors per item, ``raw -> {name: [b]}``, compared with the real set by
      Wasserstein-1 distance.
    - ``count``: samples per class that are judged at the end of a run.
    - ``attributes``: more descriptors of the same form that a person would name a work by (loudness, tempo); they are
      not compared, but with the statistics and the core's own they say what a direction changes.

    - ``long_statistics``: the same of works of ``long_seconds`` that are longer than a training item, for what only shows
      there (a steady tempo); higher is better. A few works of each class are measured.
    - ``joined``: the items of one file, in their order, to a work ``[*work]`` of ``long_seconds``, which is measured
      beside; None where they make none.

    Where works are changed (see WorkCodec), all of raw works ``[b, *work]``: ``closeness(result, truth)``: named figures ``[b]``
    of how near a result comes to the truth, higher is nearer. ``content(source, result)``: named shares ``[b]`` of what is kept
    of a source, 1 is all. ``baselines``: simple ways to do the task, ``(sources [b, *work], works [n, *work]) -> results
    [b, *work]`` from the wanted works of the training (style: the style), which a training has to beat.
    """

    features: Features
    statistics: Callable[[Tensor], Mapping[str, Tensor]] | None = None
    count: int = 48
    closeness: Callable[[Tensor, Tensor], Mapping[str, Tensor]] | None = None
    content: Callable[[Tensor, Tensor], Mapping[str, Tensor]] | None = None
    baselines: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = field(default_factory=dict)
    attributes: Callable[[Tensor], Mapping[str, Tensor]] | None = None
    feature_source: str | None = None
    kept: Path | None = None
    second: Features | None = None
    long_statistics: Callable[[Tensor], Mapping[str, Tensor]] | None = None
    joined: Callable[[Sequence[np.ndarray]], np.ndarray | None] | None = None
    long_seconds: float = 30.0
