"""The adversarial game: a discriminator that tells real from made, a generator that makes it err."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from artgen.contract.networks import Networks
from artgen.contract.objective import Batch, Figures, StepState
from artgen.contract.settings import TrainConfig
from artgen.tasks.forward import cropped, run_generator
from artgen.tasks.losses import LOSSES
from artgen.tasks.pattern import fixed_pattern, has_pattern
from artgen.tasks.penalties import first_order_square, interpolate_penalty, squared_gradient_norm

_COMPARED, _PLACES = 64, 256  # items of a batch, and numbers of an item, by which diversity is measured


@dataclass(frozen=True)
class Both:
    """What one look of the discriminator costs both networks.

    - ``discriminator``, ``generator``: their losses, scalars. The generator's reaches ``shown`` and no further.
    - ``made``: the items ``[b, *shape]`` with the generator's graph; ``shown``: the same cut off from it, as they were judged.
    - ``beside``: what else the generator pays for ``made``, scalars.
    - ``figures``: scalars to report."""

    discriminator: Tensor
    generator: Tensor
    made: Tensor
    shown: Tensor
    beside: Sequence[Tensor]
    figures: Figures


class Adversarial:
    """Task generate: noise, and a class where there are any, to an item that the discriminator takes for real. The other games
    with a discriminator build on it: the item is then whatever ``run_generator`` makes of the batch.

    A plugin's own objective derives from it and adds a ``term``. ``tasks``: those that the objective plays."""

    tasks: tuple[str, ...] = ("generate",)

    def __init__(self, train: TrainConfig) -> None:
        self._loss = LOSSES[train.loss]
        self._train = train
        # a lazy penalty weighs as much as those of the steps that it stands for; WGAN-GP's own is paid in every step
        self._penalty_weight = train.penalty_every if train.penalty == "lazy" and train.loss != "wgan-gp" else 1

    def discriminator_loss(self, nets: Networks, batch: Batch, state: StepState) -> tuple[Tensor, Figures]:
        batch = cropped(nets, batch)
        with torch.no_grad():
            fake = run_generator(nets, batch)
        score = _scorer(nets, batch, state)
        loss, figures, _ = self._judge(score, batch, fake, state)
        return loss, figures

    def both_losses(self, nets: Networks, batch: Batch, state: StepState) -> Both:
        """What one look of the discriminator costs both networks."""
        batch = cropped(nets, batch)
        made = run_generator(nets, batch)
        shown = made.detach().requires_grad_()
        score = _scorer(nets, batch, state)
        discriminator, figures, (real_logits, fake_logits) = self._judge(score, batch, shown, state)
        if "penalty" in figures:  # was taken of copies, without what frozen networks see
            fake_logits = score(shown)
        generator = self._loss.generator(real_logits.detach(), fake_logits)
        beside, more = self._beside(made, batch)
        figures |= {"loss_g": generator.detach(), **self._spread(made, batch), **more}
        return Both(discriminator, generator, made, shown, beside, figures)

    def _judge(
        self, score: Callable[[Tensor], Tensor], batch: Batch, fake: Tensor, state: StepState
    ) -> tuple[Tensor, Figures, tuple[Tensor, Tensor]]:
        """The discriminator's loss, figures, and its logits of reals and fakes."""
        real_logits, fake_logits, penalty = self._scores(score, batch, fake, state)
        loss = self._loss.discriminator(real_logits, fake_logits)
        figures = {
            "loss_d": loss.detach(),
            "d_margin": (real_logits - fake_logits).detach().mean(),
            "d_sign": self._sign(real_logits, fake_logits),
        }
        if penalty is not None:
            loss = loss + self._penalty_weight * penalty
            figures["penalty"] = penalty.detach()
        return loss, figures, (real_logits, fake_logits)

    def generator_loss(self, nets: Networks, batch: Batch, state: StepState) -> tuple[Tensor, Figures]:
        batch = cropped(nets, batch)
        fake = run_generator(nets, batch)
        loss, figures = self._fool(nets, batch, state, fake)
        beside, more = self._beside(fake, batch)
        return sum(beside, loss), {**figures, **more}

    def _beside(self, fake: Tensor, batch: Batch) -> tuple[list[Tensor], Figures]:
        """What made items cost the generator beside the discriminator's verdict, and the figures of it."""
        costs: list[Tensor] = []
        figures: dict[str, Tensor] = {}
        if self._train.pattern_weight > 0 and has_pattern(fake):
            pattern = fixed_pattern(fake, batch.real, batch.condition)
            costs.append(self._train.pattern_weight * pattern)
            figures["pattern"] = pattern.detach()
        term = self.term(fake, batch)
        if term is not None:
            costs.append(term)
            figures["term"] = term.detach()
        return costs, figures

    def term(self, fake: Tensor, batch: Batch) -> Tensor | None:
        """A term of one's own in the generator's loss, for a class that derives from this one; None: there is none.

        - ``fake``: the items ``[b, *shape]`` that the generator has made in this step, with their gradient.
        - ``batch``: the step's batch, ``batch.real`` being real items."""
        return None

    def _fool(self, nets: Networks, batch: Batch, state: StepState, fake: Tensor) -> tuple[Tensor, Figures]:
        """What items ``[b, *shape]`` that the generator made cost it at the discriminator."""
        score = _scorer(nets, batch, state)
        fake_logits = score(fake)
        real_logits = fake_logits
        if self._loss.relativistic:
            with torch.no_grad():
                real_logits = score(batch.real)
        loss = self._loss.generator(real_logits, fake_logits)
        return loss, {"loss_g": loss.detach(), **self._spread(fake, batch)}

    @staticmethod
    def _spread(fake: Tensor, batch: Batch) -> Figures:
        return {
            "diversity": _diversity(fake, batch.condition),
            "diversity_real": _diversity(batch.real, batch.condition),
        }

    def _scores(
        self, score: Callable[[Tensor], Tensor], batch: Batch, fake: Tensor, state: StepState
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """Logits of reals and fakes and the penalty of this step (None: none is due)."""
        train = self._train
        if train.loss == "wgan-gp":
            return score(batch.real), score(fake), 10 * interpolate_penalty(score, batch.real, fake, batch.rng).mean()
        if not state.penalize:
            return score(batch.real), score(fake), None
        if train.penalty == "first-order":
            real_logits, fake_logits = score(batch.real), score(fake)
            noise = torch.randn(batch.real.shape, generator=batch.rng, device=batch.real.device)
            square = first_order_square(score, batch.real, real_logits, noise)
            if train.r2:
                square = square + first_order_square(score, fake, fake_logits, noise)
        else:
            real_logits, square = squared_gradient_norm(score, batch.real)
            if train.r2:
                fake_logits, fake_square = squared_gradient_norm(score, fake)
                square = square + fake_square
            else:
                fake_logits = score(fake)
        return real_logits, fake_logits, state.gamma / 2 * square.mean()

    def _sign(self, real: Tensor, fake: Tensor) -> Tensor:
        """E[sign D(real)], the overfitting heuristic of Karras 2020 (ADA). A relativistic D has no zero of its own: its
        sign is taken against the paired fake."""
        offset = fake if self._loss.relativistic else torch.zeros_like(real)
        return (real - offset).detach().mean(1).sign().mean()


def _scorer(nets: Networks, batch: Batch, state: StepState) -> Callable[[Tensor], Tensor]:
    """Augment, then judge; every call repeats the same augmentation draw, so that reals, fakes and the moved copies of a
    first-order penalty are looked at through the same glasses."""
    discriminator = nets.discriminator
    assert discriminator is not None
    rng = torch.Generator(batch.real.device)

    def score(x: Tensor) -> Tensor:
        if nets.augment is not None and state.strength > 0:
            x = nets.augmented(x, state.strength, rng.manual_seed(state.seed), batch.condition)
        return discriminator(x, batch.condition)

    return score


@torch.no_grad()
def _diversity(x: Tensor, condition: Tensor) -> Tensor:
    """Mean distance between the items of one class (any two, where no class has two), averaged down to at most
    ``_PLACES`` numbers an item so that fine noise does not count: falls to zero when all samples of a class are the same."""
    x, condition = x[:_COMPARED].float().flatten(1), condition[:_COMPARED]
    if x.shape[1] > _PLACES:
        x = torch.nn.functional.adaptive_avg_pool1d(x[:, None], _PLACES)[:, 0]
    others = ~torch.eye(len(x), dtype=torch.bool, device=x.device)
    same = others if condition.shape[1] == 0 else others & (condition @ condition.T > 0.5)
    pairs = torch.where(same.any(), same, others)
    distance = torch.cdist(x, x, compute_mode="donot_use_mm_for_euclid_dist")
    return (distance * pairs).sum() / pairs.sum().clamp_min(1) / x.shape[1] ** 0.5
