"""Checks of a few real training steps: what they change, that they resume exactly, what they cost."""

from __future__ import annotations

import time
from pathlib import Path

import torch
from torch import Tensor

from artgen.contract.hookspecs import API
from artgen.inference.latent import render, seed_latent
from artgen.runfolder import checkpoint
from artgen.testing.case import STEPS, Broken, Case, NotApplicable, state_of, step
from artgen.train.session import resume
from artgen.train.trainer import Trainer

_STEPS = 3  # over which seconds and memory are measured
_GROWTH = 48  # MiB that some steps may leave behind: allocators keep what they got
_MEMORY = 2048  # MiB more than before the first step


def each_phase_changes_its_own_network(case: Case) -> str:
    """A discriminator step leaves the generator's parameters alone, and the other way round."""
    case.discriminator  # noqa: B018  (raises where there is none)
    trainer = case.new_trainer()
    nets = trainer.networks
    parts = {"d": nets.discriminator, "g": nets.generator}
    assert nets.discriminator is not None
    shared = {id(p) for p in nets.generator.parameters()} & {id(p) for p in nets.discriminator.parameters()}
    if shared:
        raise Broken(f"generator and discriminator share {len(shared)} parameters")
    trainer._set_learning_rates()
    for name, other in (("d", "g"), ("g", "d")):
        before = {part: _parameters(network) for part, network in parts.items()}
        trainer._optimize(name, parts[name], trainer._batch(1))
        after = {part: _parameters(network) for part, network in parts.items()}
        if not _equal(before[other], after[other]):
            raise Broken(f"a step of the {_WORDS[name]} changed the {_WORDS[other]}")
        if _equal(before[name], after[name]):
            raise Broken(f"a step of the {_WORDS[name]} did not change it")
    return ""


def resumed_is_uninterrupted(case: Case) -> str:
    """A training that goes on and a fresh one that starts from its checkpoint file end at the same bits."""
    whole = case.stepped
    file = _save(case, whole, case.fresh_folder() / "last.safetensors")
    for _ in range(STEPS):
        step(whole)
    second = case.new_trainer()
    resume(second, file)
    for _ in range(STEPS):
        step(second)
    ours, theirs = whole.tensors(), second.tensors()
    different = [name for name in ours if not torch.equal(ours[name], theirs[name])]
    if different:
        raise Broken(f"after a resume {len(different)} of {len(ours)} tensors differ, the first is {different[0]}; state that "
                     "is not in a buffer or parameter is lost")  # fmt: skip
    return f"{len(ours)} tensors"


def a_sample_follows_from_its_seed(case: Case) -> str:
    """The same seed gives the same bytes in any company, after any other use; other seeds give others."""
    if case.networks.source_channels:
        raise NotApplicable(f"task {case.task} makes nothing from a seed")
    model = case.stepped.model()
    model.generator.eval()
    torch.manual_seed(1)
    company = [s.data.tobytes() for s in render(model, [seed_latent(model, seed) for seed in range(4)])]
    torch.manual_seed(2)
    alone = next(render(model, [seed_latent(model, 3)])).data.tobytes()
    if alone != company[3]:
        raise Broken(
            "seed 3 gave other bytes when asked for alone; a generator draws from draws only and remembers nothing"
        )
    if len(set(company)) < 2:
        raise Broken("four seeds gave the same sample; the generator ignores its latent")
    return ""


def a_step_is_affordable(case: Case) -> str:
    """A training step on 8 items takes seconds of one core, two GiB at most, and leaves nothing behind."""
    trainer = case.new_trainer()
    start = _resident()
    step(trainer)
    settled, begin = _resident(), time.process_time()
    for _ in range(_STEPS):
        step(trainer)
    seconds, memory, grown = (time.process_time() - begin) / _STEPS, _resident() - start, _resident() - settled
    if seconds > case.limit:
        raise Broken(f"a step on {case.config.train.batch} items took {seconds:.1f} s, the limit is {case.limit:g} s")
    if memory > _MEMORY or grown > _GROWTH:
        raise Broken(
            f"{_STEPS} steps took {memory:.0f} MiB and left {grown:.0f} MiB behind, the limits are {_MEMORY} and {_GROWTH}"
        )
    return f"{seconds:.2f} s, {max(memory, 0):.0f} MiB"


def _save(case: Case, trainer: Trainer, path: Path) -> Path:
    found = case.host.found
    header = checkpoint.Header(found.name, found.distribution, found.version, API, case.config.plain(), trainer.spec.labels,
                               trainer.spec.shape, trainer.state.plain())  # fmt: skip
    checkpoint.save(path, header, trainer.tensors())
    return path


def _parameters(network: object) -> dict[str, Tensor]:
    names = {name for name, _ in network.named_parameters()}  # type: ignore[attr-defined]
    return {name: tensor for name, tensor in state_of(network).items() if name in names}  # running statistics may move


def _equal(one: dict[str, Tensor], two: dict[str, Tensor]) -> bool:
    return all(torch.equal(one[name], two[name]) for name in one)


def _resident() -> float:
    """MiB of this process in memory. Raises NotApplicable where the system does not say (no /proc)."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        raise NotApplicable("this system does not say how much memory a process has") from None
    return pages * 4096 / 2**20


_WORDS = {"d": "discriminator", "g": "generator"}
CHECKS = (
    each_phase_changes_its_own_network, resumed_is_uninterrupted, a_sample_follows_from_its_seed, a_step_is_affordable,
)  # fmt: skip
