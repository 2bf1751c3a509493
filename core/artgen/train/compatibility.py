"""Whether networks can play the core's game of a task, and which presets of a domain could."""

from __future__ import annotations

import torch

from artgen.contract.data import DataSpec
from artgen.contract.networks import Networks, Reconstructs
from artgen.contract.settings import RunConfig
from artgen.contract.task import TASKS, Task
from artgen.errors import InputError, PluginError
from artgen.host import Host
from artgen.host.resolve import resolve
from artgen.inference.expected_tensors import NoNoise

_SHOWN = 6  # presets named in an error


def check_compatibility(host: Host, config: RunConfig, nets: Networks, spec: DataSpec) -> None:
    """Raise InputError where the settings gave networks for another task, naming presets whose networks suit; PluginError
    where there is none."""
    task = config.run.task
    if are_compatible(task, nets):
        return
    usual = host.domain.of(task).preset
    known = sorted(host.domain.presets, key=lambda name: (name != usual, name))
    names = [name for name in known if _suits(host, task, name, spec)]
    if not TASKS[task].discriminator:
        wrong, needed = "make works and cannot reconstruct one", "a generator with reconstruct and no discriminator"
    else:
        wrong, needed = "reconstruct works and have no discriminator to play against", "a discriminator"
    if not names:
        raise PluginError(f"{host.found}: artgen_networks: the task {task} needs {needed}")
    raise InputError(
        f"the networks of these settings {wrong}; choose --preset {' or '.join(names[:_SHOWN])}",
        at="--task",
        value=task,
        page=f"to learn {task}, the networks of these settings {wrong}; choose {' or '.join(names[:_SHOWN])}",
    )


def are_compatible(task: Task, nets: Networks) -> bool:
    """Whether the core's objective of the task can train these networks."""
    if not TASKS[task].discriminator:
        return nets.discriminator is None and isinstance(nets.generator, Reconstructs)
    return nets.discriminator is not None


def _suits(host: Host, task: Task, preset: str, spec: DataSpec) -> bool:
    """The same for a preset, whose networks are built without memory."""
    try:
        config = resolve(host.domain, {"plugin": host.domain.name, "task": task}, preset)
        with torch.device("meta"), NoNoise():
            return are_compatible(task, host.networks(config.domain, spec))
    except (InputError, PluginError):  # made for items of another shape, or by code that does not know the meta device
        return False
