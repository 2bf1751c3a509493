"""Directions in the latent space: named, saved with the run, and added to a latent before it is played.

Two kinds are found without anyone's help: SeFa (Shen & Zhou 2021), the axes along which the weights that read the style
react most, in closed form; and PCA of w (GANSpace, Harkonen 2020), the axes along which styles differ most. A third comes
from two groups of seeds or classes that a person names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from artgen.contract.options import SampleOptions
from artgen.errors import InputError, nearest
from artgen.inference.model import Model
from artgen.inference.noise import BatchNoise, PerSeedNoise
from artgen.nn.style import StyleGenerator
from artgen.runfolder.records import DirectionRow, EffectRow
from artgen.runtime.disk import plainly_named, write_atomic

FILE = "directions.safetensors"
_DRAWS = 4096
_CHUNK = 512
_NAME = re.compile(r"[A-Za-z][\w+-]{0,39}")
_MOST = 2**20  # bytes of a file of directions
_SAME = 0.9999  # cosine between the latent and what a layer reads


@dataclass(frozen=True)
class Effect:
    """What an amount of 1 changes: the attribute ``name`` by ``slope`` in its own unit, which is ``strength`` in standard
    deviations of the attribute between works of a class; ``agree``: share of the works in which it goes that way."""

    name: str
    slope: float
    strength: float
    agree: float

    def __str__(self) -> str:
        return f"{self.name} {self.strength:+.2f} sd ({self.slope:+.2g}; {self.agree:.0%} of works)"


@dataclass(frozen=True)
class Direction:
    """``vector`` ``[w]`` (or ``[z]`` of generators without a mapping network), scaled so that an amount of 1 is one
    standard deviation of the latents along it.

    - ``kind``: how it was found.
    - ``effects``: what it was measured to change, strongest first; empty when nothing was measured or nothing clear was
      found.
    """

    name: str
    vector: Tensor
    kind: str
    effects: tuple[Effect, ...] = ()

    @property
    def effect(self) -> str:
        """The effects in words."""
        return ", ".join(str(effect) for effect in self.effects)

    @property
    def mirrored(self) -> bool:
        """Whether less of what it changes most comes of a positive amount, so that a slider shows it the other way round."""
        return bool(self.effects) and self.effects[0].strength < 0


def find(model: Model, count: int) -> list[Direction]:
    """``count`` directions of each kind, strongest first: ``s1``... by SeFa, ``p1``... by PCA (generators with a mapping
    network only: z of others is alike in all directions).

    Raises InputError where the generator reads its latent through no linear layer."""
    latents = sample_latents(model)
    found = [Direction(f"s{k}", v, "SeFa") for k, v in enumerate(sefa(model, count), 1)]
    if isinstance(model.generator, StyleGenerator):
        found += [Direction(f"p{k}", v, "PCA") for k, v in enumerate(pca(latents, count), 1)]
    if not found:
        raise InputError(
            "this generator reads its latent through no linear layer; no direction to find", at="artgen explore"
        )
    return [replace(d, vector=_scaled(d.vector, latents)) for d in found]


def find_any(model: Model, count: int) -> list[Direction]:
    """The same; none where the generator has no directions."""
    try:
        return find(model, count)
    except InputError:
        return []


def between(model: Model, name: str, here: Tensor, there: Tensor) -> Direction:
    """From the mean of the latents ``here`` ``[b, w]`` to that of ``there``, one standard deviation long."""
    difference = there.mean(0) - here.mean(0)
    if float(difference.norm()) < 1e-9:
        raise InputError(f"{name}: the two groups have the same mean, so there is no direction between them")
    vector = _scaled(difference / difference.norm(), sample_latents(model))
    return Direction(check_name(name), vector, "supervised")


@torch.inference_mode()
def sample_latents(model: Model) -> Tensor:
    """Latents ``[4096, w]`` of all classes in turn, each class moved to the common mean, so that what is found is no class."""
    model.check_latent()
    rng = torch.Generator(model.device).manual_seed(0)
    parts = []
    for label in model.spec.labels or (None,):
        condition = model.condition({label: 1.0} if label else {})
        size = _DRAWS // max(model.spec.classes, 1)
        z = BatchNoise(rng, size).normal(model.latent)
        if isinstance(model.generator, StyleGenerator):
            w = torch.cat([model.generator.mapping(c, condition.expand(len(c), -1)) for c in z.split(_CHUNK)])
            parts.append(w - w.mean(0))
        else:
            parts.append(z)
    return torch.cat(parts).clone()


def pca(latents: Tensor, count: int) -> list[Tensor]:
    """Unit axes of the largest variance of ``[b, w]``, largest first, each signed so that its largest entry is positive."""
    _, _, axes = torch.linalg.svd(latents.double() - latents.double().mean(0), full_matrices=False)
    return [_signed(axis) for axis in axes[:count].float()]


def sefa(model: Model, count: int) -> list[Tensor]:
    """Unit eigenvectors of A^T A, largest first, A being the rows of all layers that read the latent, each layer's scaled to
    the same norm so that a wide one does not outvote the others."""
    rows = [weight / weight.norm().clamp_min(1e-9) for weight in _readers(model)]
    if not rows:
        return []
    a = torch.cat(rows).double()
    _, vectors = torch.linalg.eigh(a.T @ a)
    return [_signed(vectors[:, -k].float()) for k in range(1, min(count, vectors.shape[1]) + 1)]


@torch.no_grad()
def _readers(model: Model) -> list[Tensor]:
    """Weights ``[out, w]`` of the dense layers that read the latent, seen at work: what enters them begins with it, or with a
    multiple of it, whatever else they read beside it."""
    condition = model.condition(model.shares(0, None))
    noise = PerSeedNoise([0], model.device)
    latent = model.latents(noise, condition)
    found: list[Tensor] = []

    def note(module: nn.Module, given: tuple[object, ...], _out: object) -> None:
        x, weight, size = given[0], module.weight, latent.shape[1]
        if not isinstance(x, Tensor) or not isinstance(weight, Tensor) or x.shape[-1] < size:
            return
        rows = x[..., :size].reshape(-1, size)
        if bool((nn.functional.cosine_similarity(rows, latent) > _SAME).all()):
            found.append(weight.detach()[:, :size].float())

    dense = [m for m in model.generator.modules() if getattr(getattr(m, "weight", None), "ndim", 0) == 2]
    hooks = [module.register_forward_hook(note) for module in dense]
    try:
        model.play(latent, condition, noise, SampleOptions())
    finally:
        for hook in hooks:
            hook.remove()
    return found


def _signed(vector: Tensor) -> Tensor:
    return vector * vector[vector.abs().argmax()].sign()


def _scaled(vector: Tensor, latents: Tensor) -> Tensor:
    unit = vector / vector.norm()
    return unit * (latents @ unit).std().clamp_min(1e-6)


def moved(latent: Tensor, moves: Mapping[str, float], known: Sequence[Direction]) -> Tensor:
    """Latents ``[b, w]`` or ``[b, layers, w]`` with the named directions added, so many standard deviations of each.

    Raises InputError for a name that is not among ``known``."""
    names = {direction.name: direction for direction in known}
    for name, amount in moves.items():
        if name not in names:
            hint = nearest(name, list(names)) if names else "none was found yet, run artgen explore"
            page = f"this run has no direction {name}" + (f", {hint}" if names else "")
            raise InputError(f"no such direction, {hint}", at="--move", value=name, page=page)
        latent = latent + amount * names[name].vector.to(latent)
    return latent


def save_directions(folder: Path, known: Sequence[Direction], owner: str) -> Path:
    """Write the directions into the run folder. ``owner``: hash of the generator that they belong to."""
    rows = [
        DirectionRow(name=d.name, kind=d.kind, effects=tuple(EffectRow(**asdict(e)) for e in d.effects)) for d in known
    ]
    about = json.dumps([row.model_dump() for row in rows])
    data = save({d.name: d.vector.contiguous().cpu() for d in known}, {"about": about, "owner": owner})
    path = folder / FILE
    write_atomic(path, data)
    return path


def load_directions(folder: Path, owner: str, size: int) -> list[Direction]:
    """The directions of a run folder, none where none were found yet. ``size``: of a latent.

    Raises InputError for a damaged file, and for one that belongs to an earlier state of the generator."""
    path = folder / FILE
    if not path.is_file():
        return []
    try:
        if path.stat().st_size > _MOST:
            raise ValueError("larger than 1 MiB")
        with plainly_named(path) as place, safe_open(place, "pt") as file:
            header = file.metadata() or {}
            rows = [DirectionRow.model_validate(row) for row in json.loads(header["about"])]
            known = [_direction(row, file.get_tensor(row.name)) for row in rows]
    except (OSError, SafetensorError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(
            f"{path}: not a file of directions ({str(error)[:80]}); find them anew with artgen explore",
            page=f"{path.name}: not a file of directions; have them looked for anew",
        ) from None
    if any(tuple(d.vector.shape) != (size,) or not bool(d.vector.isfinite().all()) for d in known):
        raise InputError(
            f"{path}: holds broken directions; find them anew with artgen explore",
            page=f"{path.name} holds broken directions; have them looked for anew",
        )
    if header.get("owner") != owner:
        raise InputError(
            f"{path}: belongs to an earlier state of this run; find the directions anew with artgen explore",
            page="the directions belong to an earlier state of this run; have them looked for anew",
        )
    return known


def _direction(row: DirectionRow, vector: Tensor) -> Direction:
    effects = tuple(Effect(e.name, e.slope, e.strength, e.agree) for e in row.effects)
    return Direction(check_name(row.name), vector.float(), row.kind, effects)


def check_name(name: str) -> str:
    """A name that can be written after ``--move``. Raises InputError for another."""
    if not _NAME.fullmatch(name):
        raise InputError(f"direction {name!r}: a name begins with a letter and holds letters, digits, - and + only")
    return name


def latents_of(model: Model, seeds: Sequence[int], label: str | None) -> Tensor:
    """Latents ``[b, w]`` of seeds, of one class or of the classes whose turn it is."""
    rows = [model.condition(model.shares(seed, {label: 1.0} if label else None)) for seed in seeds]
    return torch.cat([model.latents(PerSeedNoise([s], model.device), row) for s, row in zip(seeds, rows, strict=True)])
