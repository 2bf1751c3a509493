"""Keeps NaN, infinity and exploding gradients away from the weights, without asking the device in every step.

The verdict on a step is a tensor: the optimizer skips the step on the device (``found_inf``, as gradient scaling does), and
the host reads the counters once a report.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

EXPLOSION = 100.0  # times the running median of the gradient norm
PATIENCE = 3  # bad steps in a row before the trainer rolls back
_SETTLING = 20  # steps before the median is trusted


class StepGuard:
    """Judges the gradients of one network. State is one tensor, so that it travels in a checkpoint."""

    def __init__(self, network: nn.Module, limit: float, device: torch.device) -> None:
        self._parameters = [p for p in network.parameters() if p.requires_grad]
        self._limit = limit
        # good steps, running median of the norm, bad steps in a row, longest such row since read, bad steps since read
        self.state = torch.zeros(5, device=device)

    def clip(self) -> tuple[Tensor, Tensor]:
        """Clip the gradients to the limit; returns their norm and 1.0 where the step must be skipped, else 0.0.

        A norm within the limit is never an explosion: networks that start with tiny gradients may grow into it."""
        norm = nn.utils.clip_grad_norm_(self._parameters, self._limit)
        good, median, row, longest, total = self.state.unbind()
        exploded = (norm > EXPLOSION * median) & (norm > self._limit) & (good >= _SETTLING)
        bad = (~norm.isfinite() | exploded).float()
        fine = 1 - bad
        value = torch.nan_to_num(norm, 0.0, 0.0, 0.0)
        # stochastic approximation of the median: 5% a step towards the side on which the value lies
        toward = torch.where(value > median, median * 1.05, median / 1.05)
        settled = torch.where(good >= _SETTLING, toward, torch.maximum(median, value))
        median = torch.where(fine > 0, settled, median)
        row = (row + 1) * bad
        self.state = torch.stack([good + fine, median, row, torch.maximum(longest, row), total + bad])
        return norm, bad

    def read(self) -> tuple[int, int]:
        """Bad steps, and the longest row of them, since the last reading. Synchronizes."""
        _, _, _, longest, total = self.state.tolist()
        self.state[3:] = 0
        return int(total), int(longest)
