"""The adversarial losses, from logits (softplus), never from a sigmoid output.

Each pair takes logits ``[b, k]`` and returns a scalar to minimize; k logits of one item are averaged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor
from torch.nn.functional import relu, softplus

Pair = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class AdversarialLoss:
    """``discriminator(real, fake)`` and ``generator(real, fake)``. ``relativistic``: G's loss looks at reals too."""

    discriminator: Pair
    generator: Pair
    relativistic: bool = False


LOSSES: dict[str, AdversarialLoss] = {
    # Goodfellow 2014: D maximizes log D(x) + log(1 - D(G(z))); G minimizes log(1 - D(G(z)))
    "minimax": AdversarialLoss(lambda r, f: (softplus(-r) + softplus(f)).mean(), lambda r, f: -softplus(f).mean()),
    # Goodfellow 2014, section 3: the same game with a gradient where G is still bad
    "non-saturating": AdversarialLoss(
        lambda r, f: (softplus(-r) + softplus(f)).mean(), lambda r, f: softplus(-f).mean()
    ),
    # Lim & Ye 2017
    "hinge": AdversarialLoss(lambda r, f: (relu(1 - r) + relu(1 + f)).mean(), lambda r, f: -f.mean()),
    # Mao 2017
    "least-squares": AdversarialLoss(
        lambda r, f: ((r - 1).square() + f.square()).mean(), lambda r, f: (f - 1).square().mean()
    ),
    # Gulrajani 2017; its gradient penalty is added by the objective
    "wgan-gp": AdversarialLoss(lambda r, f: (f - r).mean(), lambda r, f: -f.mean()),
    # Jolicoeur-Martineau 2019, as paired by Huang 2024 (R3GAN)
    "relativistic": AdversarialLoss(
        lambda r, f: softplus(f - r).mean(), lambda r, f: softplus(r - f).mean(), relativistic=True
    ),
}
