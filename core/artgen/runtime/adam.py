"""Adam by torch's own kernels, without the seconds that ``torch.optim`` takes to load."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import torch
from torch import Tensor
from torch.optim.adam import adam

_EPSILON = 1e-8


class Adam:
    """Adam (Kingma and Ba 2015) over some parameters that take gradients.

    ``torch.optim.Adam`` makes the same steps to the bit, but loads torch's compiler at its first use, which costs a core two
    seconds and a hundred megabytes at every start.

    - ``lr``: learning rate, which may be set between steps.
    - ``betas``: shares of the means of gradients and of their squares that are kept from step to step.
    - ``parameters``: those that it moves, in the order of ``moments``.
    - ``moments``: of each parameter ``step`` [], ``exp_avg`` and ``exp_avg_sq`` of its own shape. They exist from the start, so
      that a checkpoint always has the same tensors."""

    def __init__(self, parameters: Iterable[Tensor], lr: float, betas: tuple[float, float]) -> None:
        self.lr = lr
        self._betas, self.parameters = betas, list(parameters)
        self._laid = [(parameter.stride(), _memory_order(parameter)) for parameter in self.parameters]
        self.moments = [
            {
                "step": torch.zeros((), device=parameter.device),
                "exp_avg": torch.zeros_like(parameter, requires_grad=False),
                "exp_avg_sq": torch.zeros_like(parameter, requires_grad=False),
            }
            for parameter in self.parameters
        ]

    def tensors(self) -> Iterator[tuple[str, Tensor]]:
        """The moments themselves, not copies, under ``NUMBER.NAME`` of their parameters."""
        for number, moments in enumerate(self.moments):
            for name, value in moments.items():
                yield f"{number}.{name}", value

    def forget_gradients(self) -> None:
        """Before the gradients of the next step are computed."""
        for parameter in self.parameters:
            parameter.grad = None

    @torch.no_grad()
    def step(self, skip: Tensor | None = None) -> None:
        """Move every parameter that has a gradient. ``skip``: a float32 [] on the parameters' device that is 1 where nothing may
        move and 0 elsewhere; the host does not wait for it, except on mps."""
        moved = [number for number, parameter in enumerate(self.parameters) if parameter.grad is not None]
        if not moved:
            return
        fused = self.parameters[0].device.type != "mps"  # whose kernels cannot skip
        if not fused and skip is not None and bool(skip):
            return
        ordered = [self._in_memory_order(number) for number in moved]
        parameters, gradients, means, squares = (list(tensors) for tensors in zip(*ordered, strict=True))
        adam(
            parameters, gradients, means, squares, [], [self.moments[number]["step"] for number in moved],
            fused=fused, foreach=not fused, found_inf=skip if fused else None, amsgrad=False, maximize=False,
            beta1=self._betas[0], beta2=self._betas[1], lr=self.lr, weight_decay=0.0, eps=_EPSILON,
        )  # fmt: skip

    def _in_memory_order(self, number: int) -> list[Tensor]:
        """A parameter, its gradient and its moments as views with the axes as those of the parameter lie in memory: of weights in
        channels_last the fused kernels would make copies, which takes longer than the step itself. They pair numbers by their
        place in memory, so that a gradient that lies otherwise, as a plugin may give one, is copied into the same order."""
        parameter, moments = self.parameters[number], self.moments[number]
        assert parameter.grad is not None
        if parameter.stride() != self._laid[number][0]:  # a plugin has laid its weights otherwise since
            self._laid[number] = (parameter.stride(), _memory_order(parameter))
            for name in ("exp_avg", "exp_avg_sq"):
                moments[name].data = torch.empty_like(parameter).copy_(moments[name])
        order = self._laid[number][1]
        tensors = [parameter, parameter.grad, moments["exp_avg"], moments["exp_avg_sq"]]
        if order is not None:
            tensors = [tensor.permute(order) for tensor in tensors]
        tensors[1] = tensors[1].contiguous()
        return tensors


def _memory_order(parameter: Tensor) -> list[int] | None:
    """Its axes as they lie in memory, the farthest apart first; None where they do so already."""
    if parameter.is_contiguous():
        return None
    return sorted(range(parameter.dim()), key=parameter.stride, reverse=True)
