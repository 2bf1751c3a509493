"""The tasks translate and colorize: from pairs, a source to its target."""

from __future__ import annotations

from torch import Tensor

from artgen.contract.networks import Networks
from artgen.contract.objective import Batch, Figures, Moment
from artgen.contract.settings import TrainConfig
from artgen.tasks.adversarial import Adversarial
from artgen.tasks.flicker import steadied
from artgen.tasks.forward import glimpsed, play, source_of


class Translation(Adversarial):
    """The discriminator judges source and target together, the generator pays the mean absolute difference to the true target
    beside (pix2pix, Isola 2017), which says what the result should be where the discriminator only says that it is likely."""

    def __init__(self, train: TrainConfig) -> None:
        super().__init__(train)
        self._weight = train.l1_weight

    def generator_loss(self, nets: Networks, batch: Batch, moment: Moment) -> tuple[Tensor, Figures]:
        batch = glimpsed(nets, batch)
        made = play(nets, batch)
        loss, figures = self._fool(nets, batch, moment, made)
        difference = (made[:, nets.given :] - batch.real[:, nets.given :]).abs().mean()
        steady, more = steadied(self._train, nets, source_of(nets, batch), made[:, nets.given :])
        return loss + self._weight * difference + steady, {**figures, "l1": difference.detach(), **more}
