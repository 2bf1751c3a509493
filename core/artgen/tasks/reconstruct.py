"""The task reconstruct."""

from __future__ import annotations

from torch import Tensor

from artgen.contract.networks import Networks
from artgen.contract.objective import Batch, Figures, StepState
from artgen.contract.settings import TrainConfig


class Reconstruction:
    """Task reconstruct: an item through a code and back. The squared error per number, plus for a VAE the KL divergence of its
    codes from a standard normal (Kingma & Welling 2014), weighted by ``kl_weight`` and divided by the numbers of an item.

    The generator offers ``reconstruct(x, condition, draws) -> (x_hat, kl [b])``; there is no discriminator."""

    def __init__(self, train: TrainConfig) -> None:
        self._train = train

    def discriminator_loss(self, nets: Networks, batch: Batch, state: StepState) -> tuple[Tensor, Figures]:
        raise TypeError("reconstruction has no discriminator")

    def generator_loss(self, nets: Networks, batch: Batch, state: StepState) -> tuple[Tensor, Figures]:
        found, kl = nets.generator.reconstruct(batch.real, batch.condition, batch.noise)  # type: ignore[operator]
        error = (found - batch.real).square().mean()
        divergence = kl.mean() / batch.real[0].numel()
        loss = error + self._train.kl_weight * divergence
        return loss, {"loss_g": loss.detach(), "reconstruction": error.detach(), "kl": divergence.detach()}
