"""Promise: simultaneous updates move each network as the equations say, as if the other stood still, whatever the loss."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from artgen.objectives import LOSSES, Adversarial
from artgen.tasks.adversarial import Batch
from artgen.train.session import resume
from artgen.train.trainer import Trainer
from tests.core.test_trainer import Bench, digest, save, steps

SETS = ("updates=simultaneous", "augment=fixed", "augment_strength=0.5", "clip_norm=1e9")


def wanted(trainer: Trainer, name: str) -> list[Tensor]:
    """The gradient of one network's own loss, on the batch of the next step."""
    play = trainer._objective.discriminator_loss if name == "d" else trainer._objective.generator_loss
    loss, _ = play(trainer.networks, trainer._batch(2), trainer._moment("d"))
    return list(torch.autograd.grad(loss, trainer._learners[name].parameters))


def check_step(trainer: Trainer) -> None:
    """The gradients of a step are those of both losses before it."""
    by_hand = {name: wanted(trainer, name) for name in ("d", "g")}
    trainer._optimize_both(trainer._batch(2))
    for name, gradients in by_hand.items():
        found = [parameter.grad for parameter in trainer._learners[name].parameters]
        for mine, theirs in zip(found, gradients, strict=True):
            torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("penalty", ["exact", "first-order", "none"])
@pytest.mark.parametrize("loss", LOSSES)
def test_both_gradients_are_those_of_the_two_losses(bench: Bench, loss: str, penalty: str) -> None:
    check_step(bench.trainer(*SETS, f"loss={loss}", f"penalty={penalty}"))


def test_what_else_the_generator_pays_is_paid(bench: Bench) -> None:
    class Softer(Adversarial):
        def term(self, fake: Tensor, batch: Batch) -> Tensor:
            return 3 * (fake - batch.real).abs().mean()

    trainer = bench.trainer(*SETS)
    trainer._objective = Softer(trainer.config.train)
    check_step(trainer)
    assert trainer.read_figures()[0]["term"] > 0


def test_a_resumed_run_is_the_uninterrupted_one(bench: Bench, tmp_path: Path) -> None:
    whole, first, second = (bench.trainer("updates=simultaneous", "augment=adaptive") for _ in range(3))
    steps(whole, 24, total=24)
    steps(first, 10, total=24)
    save(first, tmp_path / "c.safetensors")
    resume(second, tmp_path / "c.safetensors")
    steps(second, 14, total=24)
    assert digest(second) == digest(whole)
    assert digest(whole) != digest(bench.trainer())


def test_it_learns_where_the_classes_lie(bench: Bench) -> None:
    trainer = bench.trainer("updates=simultaneous", "batch=32", "lr_g=0.005", "lr_d=0.005", "gamma=0.1", "augment=off")
    for number in range(400):
        trainer.state.progress = number / 400
        trainer.step()
    assert (trainer.state.seen, trainer.state.steps) == (400 * 32, 400)
    high, low = (trainer.model().raw(range(64), [label] * 64).float().mean() for label in ("high", "low"))
    assert float(high) == pytest.approx(180, abs=25)
    assert float(low) == pytest.approx(60, abs=25)


def test_several_steps_of_the_discriminator_are_played_in_turns(bench: Bench) -> None:
    turns, wished = bench.trainer("d_steps=3"), bench.trainer("d_steps=3", "updates=simultaneous")
    for trainer in (turns, wished):
        steps(trainer, 4)
    assert digest(wished) == digest(turns)
