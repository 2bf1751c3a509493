"""Promise: the step is what the equations say, a resumed run equals an uninterrupted one to the bit, bad steps leave no trace."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint as checkpointed

from artgen.contract.hookspecs import API
from artgen.contract.settings import RunConfig
from artgen.data.scan import scan
from artgen.data.store import Store, write_store
from artgen.errors import InputError, TrainingError
from artgen.host import Host
from artgen.host.resolve import resolve
from artgen.runfolder import checkpoint
from artgen.runfolder.slim import slim
from artgen.tasks.losses import LOSSES
from artgen.train.guard import StepGuard
from artgen.train.rollback import Rollback
from artgen.train.session import resume
from artgen.train.trainer import Trainer
from artgen.train.transfer import fits, transfer

CPU = torch.device("cpu")


class Bench:
    """The toy domain, prepared once, and trainers on it."""

    def __init__(self, curves: Path, folder: Path, *sets: str) -> None:
        self.host = Host("toy")
        config = resolve(self.host.domain, {"plugin": "toy"}, sets=sets)
        source = scan(curves, (".npy",))
        self.store: Store = write_store(folder / "store", self.host.prepare(source, config.domain), source.labels)

    def config(self, *sets: str) -> RunConfig:
        return resolve(self.host.domain, {"plugin": "toy"}, sets=["batch=8", "augment_strength=0.5", *sets])

    def trainer(self, *sets: str) -> Trainer:
        return Trainer(self.host, self.config(*sets), self.store, CPU)


def digest(trainer: Trainer) -> str:
    """SHA-256 over every tensor and counter of the training."""
    found = hashlib.sha256()
    for name, tensor in sorted(trainer.tensors().items()):
        found.update(name.encode() + tensor.detach().numpy().tobytes())
    found.update(repr(replace(trainer.state, seconds=0)).encode())
    return found.hexdigest()


def steps(trainer: Trainer, count: int, total: int = 12) -> None:
    """Steps with a report every third."""
    for _ in range(count):
        trainer.state.progress = trainer.state.steps / total
        trainer.step()
        if trainer.state.steps % 3 == 0:
            trainer.read_figures()


def save(trainer: Trainer, path: Path) -> None:
    found = trainer.spec
    header = checkpoint.Header(
        "toy", "artgen-toy", "1.2.3", API, trainer.config.plain(), found.labels, found.shape, trainer.state.plain()
    )
    checkpoint.save(path, header, trainer.tensors())


SETS = ["augment=adaptive", "d_steps=2", "augment_items=100"]


@pytest.mark.parametrize("stop", [5, 16, 19])
def test_resume_through_a_file_is_bit_exact(bench: Bench, tmp_path: Path, stop: int) -> None:
    straight = bench.trainer(*SETS)
    steps(straight, 36, total=36)
    first = bench.trainer(*SETS)
    steps(first, stop, total=36)
    save(first, tmp_path / "c.safetensors")
    second = bench.trainer(*SETS)
    resume(second, tmp_path / "c.safetensors")
    steps(second, 36 - stop, total=36)
    assert straight.state.strength != 0.5, "the augmentation has adapted on the way"
    assert digest(second) == digest(straight)


def test_reports_do_not_change_the_training(bench: Bench) -> None:
    """How often a person looks depends on the clock; what is learned must not."""
    watched, alone = bench.trainer(*SETS), bench.trainer(*SETS)
    steps(watched, 20, total=20)
    for number in range(20):
        alone.state.progress = number / 20
        alone.step()
    alone.read_figures()
    watched.read_figures()
    assert digest(watched) == digest(alone)


@pytest.mark.parametrize("left_out", ["generator.", "ema.", "discriminator.", "adam_g.", "adam_d.", "guard_d", "signs"])
def test_every_tensor_matters_for_resume(bench: Bench, left_out: str) -> None:
    straight = bench.trainer(*SETS)
    steps(straight, 6)
    second = bench.trainer(*SETS)
    kept = {n: t for n, t in straight.tensors().items() if not n.startswith(left_out)}
    second.restore({**second.tensors(), **kept}, replace(straight.state))
    assert digest(second) != digest(straight)
    steps(straight, 6)
    steps(second, 6)
    assert digest(second) != digest(straight)


@pytest.mark.parametrize("counter", ["seen", "strength", "lr_scale", "progress", "gamma_scale"])
def test_every_counter_matters_for_resume(bench: Bench, counter: str) -> None:
    straight, second = bench.trainer(*SETS), bench.trainer(*SETS)
    steps(straight, 6)
    state = replace(straight.state, **{counter: getattr(straight.state, counter) * 0.5})
    if counter == "seen":
        state.seen = straight.state.seen + 8
    second.restore(straight.tensors(), state)
    for trainer in (straight, second):
        for _ in range(4):
            trainer.step()
    weights = [t.detach() for t in (straight.tensors()["ema.net.0.weight"], second.tensors()["ema.net.0.weight"])]
    assert not torch.equal(*weights)


def test_same_seed_same_run_other_seed_other_run(bench: Bench) -> None:
    runs = [bench.trainer() for _ in range(2)]
    for trainer in runs:
        steps(trainer, 3)
    assert digest(runs[0]) == digest(runs[1])
    config = bench.config()
    other = Trainer(
        bench.host, config.model_copy(update={"run": config.run.model_copy(update={"seed": 1})}), bench.store, CPU
    )
    steps(other, 3)
    assert digest(other) != digest(runs[0])


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("penalty", ["exact", "lazy", "first-order", "none"])
def test_every_loss_and_penalty_trains(bench: Bench, loss: str, penalty: str) -> None:
    trainer = bench.trainer(f"loss={loss}", f"penalty={penalty}")
    before = {n: t.detach().clone() for n, t in trainer.tensors().items()}
    steps(trainer, 2)
    for network in ("generator", "discriminator", "ema"):
        moved = [n for n, t in trainer.tensors().items() if n.startswith(network) and not torch.equal(t, before[n])]
        assert moved, network
    values, rollback = trainer.read_figures()
    assert not rollback
    assert values["skipped_steps"] == 0


def test_a_generator_that_computes_parts_again_learns_the_same(bench: Bench) -> None:
    """By torch.utils.checkpoint, whose older form hides parameters from the graph of the loss."""
    kept, again = bench.trainer(), bench.trainer()
    layer = again.networks.generator.net[0]
    whole = layer.forward
    layer.forward = lambda x: checkpointed(whole, x, use_reentrant=True)
    for trainer in (kept, again):
        steps(trainer, 6)
    assert digest(again) == digest(kept)


@pytest.mark.parametrize("penalty", ["exact", "none"])
def test_a_parameter_may_belong_to_both_networks(bench: Bench, penalty: str) -> None:
    """Each network holds still while the other learns, and what they share with it."""
    trainer = bench.trainer(f"penalty={penalty}")
    generator, discriminator = trainer.networks.generator, trainer.networks.discriminator
    assert discriminator is not None
    discriminator.register_parameter("shared", generator.net[2].bias)
    discriminator.register_forward_hook(lambda module, _, logits: logits + module.shared.sum())
    trainer.settle(trainer.config)
    before = {name: tensor.detach().clone() for name, tensor in trainer.tensors().items()}
    steps(trainer, 2)
    for name in ("generator.net.0.weight", "discriminator.net.0.weight"):
        assert not torch.equal(trainer.tensors()[name], before[name])


def test_lazy_penalty_costs_on_average_what_the_exact_one_does(bench: Bench) -> None:
    noted: dict[str, list[float]] = {"exact": [], "lazy": []}
    for penalty, values in noted.items():
        trainer = bench.trainer(f"penalty={penalty}", "lr_g=1e-9", "lr_d=1e-9", "gamma_end=1", "augment=off")
        for _ in range(48):
            trainer.step()
            values.append(float(trainer._sums.get("penalty", torch.zeros(()))))
    due = [b - a for a, b in zip([0.0, *noted["lazy"]], noted["lazy"], strict=False)]
    assert sum(d > 0 for d in due) == 12
    assert 4 * sum(due) == pytest.approx(noted["exact"][-1], rel=0.25)


def test_wgan_gp_pays_its_own_penalty_in_every_step_whatever_the_setting(bench: Bench) -> None:
    trainers = [bench.trainer("loss=wgan-gp", f"penalty={penalty}") for penalty in ("lazy", "exact", "none")]
    for trainer in trainers:
        steps(trainer, 6)
    assert len({digest(trainer) for trainer in trainers}) == 1


def test_d_steps_see_fresh_data(bench: Bench) -> None:
    trainer = bench.trainer("d_steps=5")
    trainer.step()
    assert (trainer.state.seen, trainer.state.steps) == (40, 1)


def test_average_follows_with_the_stated_half_life(bench: Bench) -> None:
    trainer = bench.trainer("ema=0.5")
    trainer.state.seen = 8
    with torch.no_grad():
        for p in trainer.networks.generator.parameters():
            p.fill_(1.0)
        for p in trainer.ema.parameters():
            p.zero_()
    trainer._average()
    assert float(next(trainer.ema.parameters()).flatten()[0]) == pytest.approx(1 - 0.5**2)


def test_it_learns_where_the_classes_lie(bench: Bench) -> None:
    trainer = bench.trainer("batch=32", "lr_g=0.005", "lr_d=0.005", "gamma=0.1", "augment=off")
    for number in range(400):
        trainer.state.progress = number / 400
        trainer.step()
    model = trainer.model()
    high, low = (model.raw(range(64), [label] * 64).float().mean() for label in ("high", "low"))
    assert float(high) == pytest.approx(180, abs=25)
    assert float(low) == pytest.approx(60, abs=25)


def test_a_step_with_nan_changes_nothing_and_is_counted(bench: Bench) -> None:
    trainer = bench.trainer()
    steps(trainer, 2)
    trainer._objective = Poisoned(trainer._objective)
    before = {n: t.detach().clone() for n, t in trainer.tensors().items() if n.startswith(("generator", "disc"))}
    trainer.step()
    after = trainer.tensors()
    assert all(torch.equal(before[n], after[n]) for n in before)
    assert trainer.read_figures()[0]["skipped_steps"] == 1
    trainer.step()
    trainer.step()
    trainer.step()
    assert trainer.read_figures()[1], "three bad steps in a row ask for a rollback"


class Poisoned:
    """The objective, with a loss that is not a number."""

    def __init__(self, real: object) -> None:
        self._real = real

    def __getattr__(self, name: str) -> object:
        play = getattr(self._real, name)

        def poisoned(*words: object) -> object:
            loss, figures = play(*words)
            return loss * float("nan"), figures

        return poisoned


def test_an_explosion_is_skipped_but_growth_is_not() -> None:
    layer = nn.Linear(1, 1, bias=False)
    guard = StepGuard(layer, 10.0, CPU)

    def bad(norm: float) -> float:
        layer.weight.grad = torch.full((1, 1), norm)
        return float(guard.clip()[1])

    assert sum(bad(1.0) for _ in range(30)) == 0
    assert bad(90.0) == 0
    assert bad(1000.0) == 1
    assert bad(float("inf")) == 1
    assert guard.read() == (2, 2)
    assert guard.read() == (0, 0)


def test_rollback_returns_to_the_good_state_with_half_the_rate_and_gives_up_after_three(bench: Bench) -> None:
    trainer = bench.trainer()
    steps(trainer, 3)
    rollback = Rollback(trainer)
    good = {n: t.detach().clone() for n, t in trainer.tensors().items()}
    steps(trainer, 1)
    assert rollback.keep()
    rollback = Rollback(trainer)
    trainer.restore(good, replace(trainer.state))
    assert rollback.keep()
    rollback._good = rollback._good[-1:]
    for count in (1, 2, 3):
        with torch.no_grad():
            next(trainer.networks.generator.parameters()).fill_(float("nan"))
        assert not rollback.keep()
        rollback.back()
        assert all(torch.equal(good[n], t) for n, t in trainer.tensors().items())
        assert trainer.state.lr_scale == 0.5**count
    with pytest.raises(TrainingError, match="smaller lr_g"):
        rollback.back()


def test_resume_names_what_does_not_fit(bench: Bench, curves: Path, tmp_path: Path) -> None:
    save(bench.trainer(), tmp_path / "c.safetensors")
    with pytest.raises(InputError, match=r"item shape is \[16\], this run's is \[8\]"):
        resume(Bench(curves, tmp_path / "short", "points=8").trainer(), tmp_path / "c.safetensors")
    with pytest.raises(InputError, match="generator"):
        resume(bench.trainer("width=8"), tmp_path / "c.safetensors")


def test_transfer_takes_over_what_fits(bench: Bench, curves: Path, tmp_path: Path) -> None:
    old = bench.trainer()
    steps(old, 3)
    save(old, tmp_path / "c.safetensors")
    new = bench.trainer()
    assert transfer(new, tmp_path / "c.safetensors") == 1.0
    assert torch.equal(new.tensors()["ema.net.0.weight"], old.tensors()["ema.net.0.weight"])
    assert new.state.seen == 0
    short = Bench(curves, tmp_path / "short", "points=8").trainer()
    assert 0 < transfer(short, tmp_path / "c.safetensors") < 1


def test_a_slim_checkpoint_is_enough_to_start_from(bench: Bench, tmp_path: Path) -> None:
    old = bench.trainer()
    steps(old, 3)
    save(old, tmp_path / "c.safetensors")
    size = slim(tmp_path / "c.safetensors", tmp_path / "slim.safetensors")
    assert size < (tmp_path / "c.safetensors").stat().st_size / 2
    new = bench.trainer()
    assert fits(new, tmp_path / "slim.safetensors")
    assert transfer(new, tmp_path / "slim.safetensors") == 1.0
    mine, theirs = new.tensors(), old.tensors()
    for name in (name for name in theirs if name.startswith(("ema.", "discriminator.", "codec."))):
        assert torch.equal(mine[name], theirs[name]), name
        if name.startswith("ema."):
            assert torch.equal(mine[name.replace("ema.", "generator.")], theirs[name]), "the average is what goes on"
    with pytest.raises(InputError, match="exists already"):
        slim(tmp_path / "c.safetensors", tmp_path / "slim.safetensors")


def test_a_first_order_penalty_is_not_computed_in_rounding_noise(bench: Bench) -> None:
    with pytest.raises(InputError, match=r"precision=bf16.*float32"):
        bench.trainer("penalty=first-order", "precision=bf16")
    assert bench.trainer("penalty=first-order") is not None


def test_growing_into_the_limit_is_healthy() -> None:
    layer = nn.Linear(1, 1, bias=False)
    guard = StepGuard(layer, 10.0, CPU)
    for norm in [1e-4] * 30 + [9.0]:
        layer.weight.grad = torch.full((1, 1), norm)
        assert float(guard.clip()[1]) == 0
