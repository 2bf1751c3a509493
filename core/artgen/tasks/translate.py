"""The tasks translate, colorize and enlarge: from pairs, a source to its target."""

from __future__ import annotations

from torch import Tensor

from artgen.contract.networks import Networks
from artgen.contract.objective import Batch, Figures, StepState
from artgen.contract.settings import TrainConfig
from artgen.tasks.adversarial import Adversarial
from artgen.tasks.domain_costs import domain_costs
from artgen.tasks.forward import cropped, run_generator, source_of


class Translation(Adversarial):
    """The discriminator judges source and target together, the generator pays the mean absolute difference to the true target
    beside (pix2pix, Isola 2017), which says what the result should be where the discriminator only says that it is likely."""

    def __init__(self, train: TrainConfig) -> None:
        super().__init__(train)
        self._weight = train.l1_weight

    def generator_loss(self, nets: Networks, batch: Batch, state: StepState) -> tuple[Tensor, Figures]:
        batch = cropped(nets, batch)
        made = run_generator(nets, batch)
        loss, figures = self._fool(nets, batch, state, made)
        difference = (made[:, nets.source_channels :] - batch.real[:, nets.source_channels :]).abs().mean()
        own, more = domain_costs(self._train, nets, source_of(nets, batch), made[:, nets.source_channels :])
        return loss + self._weight * difference + own, {**figures, "l1": difference.detach(), **more}
