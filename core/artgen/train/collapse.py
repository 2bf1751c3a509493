"""Notices a collapse: samples that are all alike, a discriminator so sure that the generator learns nothing from it, or an
autoencoder that has lost what it had learned.

Judged once a report from figures that the step gives for free, by measured limits: healthy trainings of the bundled models keep
0.1 to 1.5 of the real items' diversity and margins below 10; collapsed ones fall below 0.05, or reach margins of hundreds.
A young training may fall as low for some twenty steps and come back by itself: a report is a mean over seconds, and one alone
says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

REPORTS = 2  # in a row before a collapse is called one
_FALL = 0.25  # of the best diversity so far
_LEAST = 0.02  # of the real items' diversity
_MOST = 0.1  # never called a collapse above this share of it, however high it was before
_MARGIN = 100.0  # between the logits of real and generated items; the gradient of the logistic losses is below 1e-40
_CRITIC_MARGIN = 1000.0  # the same for a critic without a logistic loss, whose scores have no scale of their own
_LOST = (
    3.0  # times the lowest reconstruction error so far; a saturated output stood at five times it and had no gradient
)
_SETTLED = 5  # reports before samples that were always alike count


class CollapseWatch:
    """``look`` at every report's figures; ``calm`` is False from the first suspicious one on."""

    def __init__(self, loss: str) -> None:
        self._limit = _CRITIC_MARGIN if loss == "wgan-gp" else _MARGIN
        self._best, self._reports, self._row = 0.0, 0, 0
        self._lowest = inf

    @property
    def calm(self) -> bool:
        return self._row == 0

    def look(self, values: Mapping[str, float]) -> str | None:
        """What went wrong, in words, once it stood in REPORTS reports in a row; None while all is well or nothing is known."""
        reason = self._suspicion(values)
        self._reports += 1
        self._row = self._row + 1 if reason else 0
        return reason if self._row >= REPORTS else None

    def forget(self) -> None:
        """After a rollback: the figures of the collapsed state are no evidence against the restored one."""
        self._row = self._reports = 0
        self._lowest = inf

    def _suspicion(self, values: Mapping[str, float]) -> str | None:
        if abs(values.get("d_margin", 0.0)) > self._limit:
            return "the discriminator tells real from generated without doubt"
        error = values.get("reconstruction", 0.0)
        self._lowest = min(self._lowest, error)
        if error > _LOST * self._lowest:
            return "the reconstructions were far better before"
        real = values.get("diversity_real", 0.0)
        if not real > 0:
            return None
        share = values.get("diversity", real) / real
        self._best = max(self._best, share)
        limit = min(_FALL * self._best, _MOST)
        if share < limit or (share < _LEAST and self._reports >= _SETTLED):
            return "the samples of a class are all alike"
        return None
