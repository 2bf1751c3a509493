"""Start from an earlier run instead of from nothing: a trained network needs a fraction of the items on new data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from artgen.contract.networks import LearnsClasses
from artgen.errors import InputError
from artgen.runfolder import checkpoint
from artgen.train.trainer import Trainer

_PARTS = ("generator.", "ema.", "discriminator.", "codec.", "heads.")


def fits(trainer: Trainer, path: Path) -> bool:
    """Whether the checkpoint was made with the same networks: every tensor of the generator fits, apart from class embeddings
    and from parts that start from other classes (see LearnsClasses)."""
    mine = {name: t for name, t in trainer.tensors().items() if name.startswith("ema.") and "embed" not in name}
    found = checkpoint.matching(path, mine).keys()
    labels = checkpoint.read_header(path).labels
    if labels != trainer.spec.labels:
        even = mixed(labels, trainer.spec.labels)
        found |= {name for name, _ in _from_classes(trainer, path, even, mine) if name.startswith("ema.")}
    return mine.keys() <= found


def mixed(labels: Sequence[str], wanted: Sequence[str], shares: Tensor | None = None) -> Tensor:
    """Of which earlier classes ``labels`` each of ``wanted`` is made at first: ``[k, k of the earlier run]``, one row where
    nothing is wanted.

    A class of the same name is itself. The others follow ``shares``, of the same shape; None: all earlier ones alike."""
    rows = torch.full((max(len(wanted), 1), len(labels)), 1 / max(len(labels), 1)) if shares is None else shares.clone()
    for row, label in enumerate(wanted):
        if label in labels:
            rows[row] = 0.0
            rows[row, list(labels).index(label)] = 1.0
    return rows


@torch.no_grad()
def transfer(trainer: Trainer, path: Path, shares: Tensor | None = None) -> float:
    """Take over every tensor of the networks and the codec that has the same name and shape in the checkpoint ``path``; the
    others (another size) keep their fresh start, and parts that depend on the classes start from those of the checkpoint.
    Returns the share of the numbers taken over.

    - ``shares``: of which classes of the checkpoint mine are made, see ``mixed``.

    Raises InputError for another plugin's checkpoint, a damaged one, or one of which nothing fits."""
    header = checkpoint.read_header(path)
    plugin = trainer.config.run.plugin
    if header.plugin != plugin:
        raise InputError(f"is a run of plugin {header.plugin}, not {plugin}", at="--init", value=path)
    mine = {name: t for name, t in trainer.tensors().items() if name.startswith(_PARTS)}
    chosen = checkpoint.matching(path, mine)
    if (
        header.labels != trainer.spec.labels
    ):  # as many classes, or embeddings by chance as large, are not the same classes
        chosen = {name: t for name, t in chosen.items() if "embed" not in name}
    if not any(name.startswith("ema.") for name in chosen):
        raise InputError(
            "none of its generator fits these settings; try the settings of that run", at="--init", value=path
        )
    for name, tensor in checkpoint.load(path, chosen).items():
        mine[name].copy_(tensor)
    if header.labels != trainer.spec.labels:
        weights = mixed(header.labels, trainer.spec.labels, shares)
        for name, tensor in _from_classes(trainer, path, weights, mine):
            mine[name].copy_(tensor)
            chosen[name] = mine[name]
        _take_classes(path, header.labels, trainer.spec.labels, mine)
    for name in [name for name in mine if name.startswith("generator.") and name not in chosen]:
        average = name.replace("generator.", "ema.", 1)  # of a slim checkpoint, which holds no other
        if average in chosen:
            mine[name].copy_(mine[average])
            chosen[name] = mine[name]
    return sum(t.numel() for t in chosen.values()) / sum(t.numel() for t in mine.values())


def _from_classes(
    trainer: Trainer, path: Path, weights: Tensor, mine: Mapping[str, Tensor]
) -> Iterator[tuple[str, Tensor]]:
    """What the parts of the networks that depend on the classes make of other ones: those of ``mine`` that come out in their
    shape."""
    nets = {
        "generator.": trainer.networks.generator,
        "ema.": trainer.ema,
        "discriminator.": trainer.networks.discriminator,
    }
    for prefix, network in nets.items():
        for name, part in network.named_modules() if network is not None else ():
            if not isinstance(part, LearnsClasses):
                continue
            place = f"{prefix}{name}." if name else prefix
            learned = checkpoint.part(path, (place,))
            if not learned:
                continue
            made = part.from_classes({key.removeprefix(place): t for key, t in learned.items()}, weights)
            for key, tensor in made.items():
                if place + key in mine and mine[place + key].shape == tensor.shape:
                    yield place + key, tensor


def _take_classes(path: Path, labels: Sequence[str], wanted: Sequence[str], mine: Mapping[str, Tensor]) -> None:
    """Classes of the same name keep what was learned for them: their columns ``[f, k]`` of the embeddings. The generator takes
    those of the average."""
    both = [label for label in wanted if label in labels]
    to, source = [wanted.index(label) for label in both], [labels.index(label) for label in both]
    if not both:
        return
    for prefix in ("ema.", "discriminator."):
        old = {n: t for n, t in checkpoint.part(path, (prefix,)).items() if n.endswith("embed.weight")}
        for name, tensor in old.items():
            names = [name, *([name.replace("ema.", "generator.", 1)] if prefix == "ema." else [])]
            for target in (mine[n] for n in names if n in mine):
                if target.shape == (len(tensor), len(wanted)) and tensor.shape[1] == len(labels):
                    target[:, to] = tensor[:, source].to(target)
