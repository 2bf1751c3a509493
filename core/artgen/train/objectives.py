"""The game of a task: what the discriminator minimises and what the generator minimises, for one batch.

An objective is a pure function of networks and batch; the loop owns optimisers, devices and time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from artgen.config import TrainConfig
from artgen.errors import InputError
from artgen.train.losses import LOSSES
from artgen.train.penalties import first_order_square, gradient_square, interpolate_penalty
from artgen.types import Draws, Networks

Figures = dict[str, Tensor]
_COMPARED, _PLACES = 64, 256  # items of a batch, and numbers of an item, by which diversity is measured


@dataclass(frozen=True)
class Batch:
    """``real`` ``[b, *shape]``, ``condition`` ``[b, k]`` class weights, ``draws`` for latents, ``rng`` for everything else
    that is random. All on the training device."""

    real: Tensor
    condition: Tensor
    draws: Draws
    rng: torch.Generator


@dataclass(frozen=True)
class Moment:
    """Where the training stands: ``gamma`` of the penalty now, ``penalise`` whether this step pays it,
    ``strength`` of the augmentation, ``seed`` to repeat an augmentation draw."""

    gamma: float
    penalise: bool
    strength: float
    seed: int


@runtime_checkable
class Objective(Protocol):
    """What a task optimises. Each loss returns the scalar to minimise and scalars to report, all on the device."""

    def discriminator_loss(self, nets: Networks, batch: Batch, moment: Moment) -> tuple[Tensor, Figures]: ...

    def generator_loss(self, nets: Networks, batch: Batch, moment: Moment) -> tuple[Tensor, Figures]: ...


class Adversarial:
    """Task generate: noise, and a class where there are any, to an item that the discriminator takes for real."""

    def __init__(self, train: TrainConfig) -> None:
        self._loss = LOSSES[train.loss]
        self._train = train
        # a lazy penalty weighs as much as those of the steps that it stands for; WGAN-GP's own is paid in every step
        self._penalty_weight = train.penalty_every if train.penalty == "lazy" and train.loss != "wgan-gp" else 1

    def discriminator_loss(self, nets: Networks, batch: Batch, moment: Moment) -> tuple[Tensor, Figures]:
        batch = _glimpsed(nets, batch)
        with torch.no_grad():
            fake = _generate(nets, batch)
        score = _scorer(nets, batch, moment)
        real_logits, fake_logits, penalty = self._scores(score, batch, fake, moment)
        loss = self._loss.discriminator(real_logits, fake_logits)
        figures = {
            "loss_d": loss.detach(),
            "d_margin": (real_logits - fake_logits).detach().mean(),
            "d_sign": self._sign(real_logits, fake_logits),
        }
        if penalty is not None:
            loss = loss + self._penalty_weight * penalty
            figures["penalty"] = penalty.detach()
        return loss, figures

    def generator_loss(self, nets: Networks, batch: Batch, moment: Moment) -> tuple[Tensor, Figures]:
        batch = _glimpsed(nets, batch)
        fake = _generate(nets, batch)
        score = _scorer(nets, batch, moment)
        fake_logits = score(fake)
        real_logits = fake_logits
        if self._loss.relativistic:
            with torch.no_grad():
                real_logits = score(batch.real)
        loss = self._loss.generator(real_logits, fake_logits)
        spread = [_diversity(x, batch.condition) for x in (fake, batch.real)]
        return loss, {"loss_g": loss.detach(), "diversity": spread[0], "diversity_real": spread[1]}

    def _scores(
        self, score: Callable[[Tensor], Tensor], batch: Batch, fake: Tensor, moment: Moment
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """Logits of reals and fakes and the penalty of this step (None: none is due)."""
        train = self._train
        if train.loss == "wgan-gp":
            return score(batch.real), score(fake), 10 * interpolate_penalty(score, batch.real, fake, batch.rng).mean()
        if not moment.penalise:
            return score(batch.real), score(fake), None
        if train.penalty == "first-order":
            real_logits, fake_logits = score(batch.real), score(fake)
            noise = torch.randn(batch.real.shape, generator=batch.rng, device=batch.real.device)
            square = first_order_square(score, batch.real, real_logits, noise)
            if train.r2:
                square = square + first_order_square(score, fake, fake_logits, noise)
        else:
            real_logits, square = gradient_square(score, batch.real)
            if train.r2:
                fake_logits, fake_square = gradient_square(score, fake)
                square = square + fake_square
            else:
                fake_logits = score(fake)
        return real_logits, fake_logits, moment.gamma / 2 * square.mean()

    def _sign(self, real: Tensor, fake: Tensor) -> Tensor:
        """E[sign D(real)], the overfitting heuristic of Karras 2020 (ADA). A relativistic D has no zero of its own: its
        sign is taken against the paired fake."""
        offset = fake if self._loss.relativistic else torch.zeros_like(real)
        return (real - offset).detach().mean(1).sign().mean()


class Reconstruction:
    """Task reconstruct: an item through a code and back. The squared error per number, plus for a VAE the KL divergence of its
    codes from a standard normal (Kingma & Welling 2014), weighted by ``kl_weight`` and divided by the numbers of an item.

    The generator offers ``reconstruct(x, condition, draws) -> (x_hat, kl [b])``; there is no discriminator."""

    def __init__(self, train: TrainConfig) -> None:
        self._train = train

    def discriminator_loss(self, nets: Networks, batch: Batch, moment: Moment) -> tuple[Tensor, Figures]:
        raise TypeError("reconstruction has no discriminator")

    def generator_loss(self, nets: Networks, batch: Batch, moment: Moment) -> tuple[Tensor, Figures]:
        found, kl = nets.generator.reconstruct(batch.real, batch.condition, batch.draws)  # type: ignore[operator]
        error = (found - batch.real).square().mean()
        divergence = kl.mean() / batch.real[0].numel()
        loss = error + self._train.kl_weight * divergence
        return loss, {"loss_g": loss.detach(), "reconstruction": error.detach(), "kl": divergence.detach()}


def core_objective(task: str, train: TrainConfig) -> Objective:
    """The core's objective for a task; InputError for one that the core has no game for."""
    if task == "generate":
        return Adversarial(train)
    if task == "reconstruct":
        return Reconstruction(train)
    raise InputError(f"--task {task}: not available yet; available: generate, reconstruct")


def _glimpsed(nets: Networks, batch: Batch) -> Batch:
    return batch if nets.glimpse is None else replace(batch, real=nets.glimpse(batch.real))


def _generate(nets: Networks, batch: Batch) -> Tensor:
    return nets.generator(batch.draws.normal(nets.latent), batch.condition, batch.draws)


def _scorer(nets: Networks, batch: Batch, moment: Moment) -> Callable[[Tensor], Tensor]:
    """Augment, then judge; every call repeats the same augmentation draw, so that reals, fakes and the moved copies of a
    first-order penalty are looked at through the same glasses."""
    discriminator, augment = nets.discriminator, nets.augment
    assert discriminator is not None
    rng = torch.Generator(batch.real.device)

    def score(x: Tensor) -> Tensor:
        if augment is not None and moment.strength > 0:
            x = augment(x, moment.strength, rng.manual_seed(moment.seed))
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
