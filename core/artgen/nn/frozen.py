"""Networks of others that are used as they are."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import torch
from safetensors.torch import load_file
from torch import nn

from artgen.runtime.penalized import is_penalized

N = TypeVar("N", bound=nn.Module)


def load_frozen(network: N, weights: Path, device: torch.device) -> N:
    """``network`` with the values of the safetensors file ``weights``: float32, in eval mode, frozen, on ``device``."""
    network.load_state_dict({name: tensor.float() for name, tensor in load_file(weights).items()})
    network.to(device, memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    return network.eval().requires_grad_(False)


def looking() -> torch.set_grad_enabled:
    """The context in which heads ask a frozen network. A gradient penalty does not go through that network, which would cost its
    backward pass twice. The gradient for the generator does."""
    return torch.set_grad_enabled(torch.is_grad_enabled() and not is_penalized())
