"""Promise: every bundled plugin's training goes on from a checkpoint to the same bits, augmentation on, whatever the family of
its networks; and no piece of the saved state is there in vain."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch

from artgen.contract.hookspecs import API
from artgen.data.scan import scan
from artgen.data.store import Store, cache_folder, fingerprint, open_store, write_store
from artgen.host import Host, discover
from artgen.host.resolve import resolve
from artgen.runfolder import checkpoint
from artgen.runtime.version import DISTRIBUTION
from artgen.train.session import resume
from artgen.train.trainer import Trainer
from artgen.types import TRANSLATION_TASKS, Task
from tests.core.test_trainer import CPU, steps

ALL = ("batch=2", "augment=adaptive", "augment_strength=0.6", "augment_items=60", "d_steps=2")
IMAGE = ("size=16", "base_channels=4", "max_channels=8", "mlp_generator=[16]", "mlp_discriminator=[16]", "widths=[16, 8]",
         "discriminator_widths=[16, 8]")  # fmt: skip
VIDEO = ("size=16", "frames=4", "train_crop=4", "latent=8", "style=8", "motion=4", "discriminator_widths=[8, 8]")
MUSIC = ("seconds=1.0", "latent=8", "style=8", "components=16")
SMALL: dict[str, tuple[str, ...]] = {
    **{f"image {name}": (*IMAGE, f"model={name}") for name in ("modern", "mlp", "dcgan", "progressive", "stylegan")},
    **{f"image {name}": (*IMAGE, f"model={name}") for name in ("autoencoder", "vae")},
    "image colorize": IMAGE,
    "image style": (*IMAGE, "nce_identity=1.0"),
    "music latent": (*MUSIC, "generator_widths=[8, 8, 8]", "discriminator_widths=[8, 8, 8]"),
    "music spectrogram": (*MUSIC, "model=spectrogram", "generator_widths=[8, 8, 4, 4]",
                          "discriminator_widths=[4, 4, 8, 8]"),
    "music style": (MUSIC[0], "change_width=4", "change_blocks=1", "discriminator_widths=[4, 4, 8, 8]", "nce_patches=32"),
    "video continuous": (*VIDEO, "widths=[8, 8]"),
    "video mocogan": (*VIDEO, "model=mocogan", "widths=[8, 8]"),
    "video colorize": (*VIDEO, "train_crop=2", "unet_widths=[4, 8]", "patch_widths=[4, 8]"),
    "video style": (*VIDEO, "train_crop=2", "resnet_width=4", "resnet_blocks=1", "patch_widths=[4, 8]"),
}  # fmt: skip
PREPARED = {"image": IMAGE[:1], "music": MUSIC[:1], "video": VIDEO[:3]}
# A few of every class will do: a picture is one item, a film some twenty, a piece of music some forty
FILES = {"image": 24, "music": 6, "video": 8}
# Steps: what is saved, the last one that is compared, what the schedules go by. Between the first two lie a report and a step
# that follows from it; each piece of the state is seen to count by then. Progressive fades at a third of its way.
STOP, LAST, TOTAL = 5, 7, 9


@cache
def prepared(plugin: str, task: Task, sets: tuple[str, ...], style: bool = False) -> tuple[Host, Store]:
    host = Host(plugin)
    config = resolve(host.domain, {"plugin": plugin, "task": task}, sets=sets)
    domain = host.domain.of(task)
    root = domain.style if style else domain.embedded
    assert root is not None
    source = scan(root, domain.suffixes)
    source = replace(source, files=source.files[:: max(1, len(source.files) // FILES[plugin])])
    folder = cache_folder() / fingerprint(source, config.domain, str(host.found))
    return host, open_store(folder) or write_store(folder, host.prepare(source, config.domain), source.labels)


def trainer_of(name: str) -> Trainer:
    plugin = name.split()[0]
    task = task_of(name)
    host, store = prepared(plugin, task, PREPARED[plugin])
    style = prepared(plugin, task, PREPARED[plugin], style=True)[1] if task == "style" else None
    config = resolve(host.domain, {"plugin": plugin, "task": task}, sets=(*ALL, *SMALL[name]))
    return Trainer(host, config, store, CPU, style=style)


def task_of(name: str) -> Task:
    """The second word where it is a task, that of the family otherwise."""
    family = name.split()[1]
    if family in ("autoencoder", "vae"):
        return "reconstruct"
    return next((task for task in TRANSLATION_TASKS if task == family), "generate")


def saved(trainer: Trainer, path: Path) -> Path:
    plain, spec = trainer.config.plain(), trainer.spec
    header = checkpoint.Header(trainer.config.run.plugin, "artgen", "1", API, plain, spec.labels, spec.shape, trainer.state.plain())  # fmt: skip  # noqa: E501
    checkpoint.save(path, header, trainer.tensors())
    return path


@pytest.mark.parametrize("name", SMALL)
def test_resume_is_bit_exact_and_every_piece_counts(name: str, tmp_path: Path) -> None:
    straight = trainer_of(name)
    steps(straight, STOP, TOTAL)
    path = saved(straight, tmp_path / "c.safetensors")
    before = {key: tensor.detach().clone() for key, tensor in straight.tensors().items()}
    state = replace(straight.state)
    way = list(walked(straight))
    second = trainer_of(name)
    fresh = {key: tensor.detach().clone() for key, tensor in second.tensors().items()}
    resume(second, path)
    assert list(walked(second)) == way
    for part in {key.partition(".")[0] for key in before}:
        if all(torch.equal(before[key], fresh[key]) for key in before if key.startswith(part)):
            continue  # a codec that learns nothing is the same from the start
        second.restore({**before, **{key: fresh[key] for key in before if key.split(".")[0] == part}}, replace(state))
        assert leads_elsewhere(second, way, part), f"{part} might as well be left out"


def leads_elsewhere(trainer: Trainer, way: list[dict[str, str]], lost: str) -> bool:
    """Whether a training that lost a part ends elsewhere. Once another part is other than it was on the way, it does, and the
    steps to the end are spared."""
    last: dict[str, str] = {}
    for last, then in zip(walked(trainer), way, strict=True):
        if any(last[part] != then[part] for part in then if part != lost):
            return True
    return last != way[-1]


def walked(trainer: Trainer) -> Iterator[dict[str, str]]:
    """SHA-256 of every part of the training, and its counters, after each step from where it was saved to the last one."""
    for _ in range(LAST - STOP):
        steps(trainer, 1, TOTAL)
        parts: dict[str, Any] = defaultdict(hashlib.sha256)
        for key, tensor in sorted(trainer.tensors().items()):
            parts[key.partition(".")[0]].update(key.encode() + tensor.detach().numpy().tobytes())
        counters = repr(replace(trainer.state, seconds=0))
        yield {"counters": counters, **{part: found.hexdigest() for part, found in parts.items()}}


def test_every_bundled_plugin_is_tried() -> None:
    bundled = {found.name for found in discover() if found.distribution == DISTRIBUTION}
    assert {name.split()[0] for name in SMALL} == bundled
