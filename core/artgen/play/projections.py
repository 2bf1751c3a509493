"""Works of a person's own in the latent space of a run: project a file, keep the latent under a name, list what is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from artgen.disk import write_atomic
from artgen.errors import InputError, StorageError
from artgen.play.run import Run
from artgen.sample.apply import sources
from artgen.sample.directions import moved
from artgen.sample.model import Mix
from artgen.sample.project import Projection, play_latent, project
from artgen.sample.walk import Stop
from artgen.sample.words import parse_label
from artgen.types import Ask, RawItem, Sample, Skipped, Source

_MOST = 2**24  # bytes of a kept latent
_MOST_STEPS = 10_000


@dataclass(frozen=True)
class Kept:
    """A latent that was found for a file, ``[layers, w]`` or ``[z]``, its class weights ``[k]``, and what else was drawn, each
    ``[1, *shape]``."""

    latent: Tensor
    condition: Tensor
    draws: tuple[Tensor, ...] = ()


def project_file(run: Run, file: Path, steps: int, label: str | None, progress: bool) -> tuple[Projection, Path]:
    """Project ``file``, write ``projections/<name>.safetensors``, the work found and a sheet (target, nearest random sample,
    result) into the run folder; the projection and the path of the sheet.

    Raises InputError for a file that the domain cannot read and for a number of steps that makes no sense."""
    if not run.folder.is_dir():
        raise InputError(f"artgen project {run.folder}: is a checkpoint; give a run folder, latents are kept there")
    if not 10 <= steps <= _MOST_STEPS:
        raise InputError(f"--steps {steps}: give 10 to {_MOST_STEPS}")
    model = run.model
    model.check_latent()
    weights = parse_label(label)
    item = read_item(run, file)
    with torch.no_grad():
        target = model.codec.encode(torch.from_numpy(item.data[None].copy()).to(model.device))
    condition = model.condition(weights) if weights else None
    found = _with_bar(run, target, condition, steps, progress)
    name = name_of(file)
    tensors = {"latent": found.latent, "condition": found.condition}
    tensors |= {f"draws{number:03d}": tensor for number, tensor in enumerate(found.draws)}
    data = save({key: tensor.cpu().contiguous() for key, tensor in tensors.items()}, {"owner": run.fingerprint()})
    write_atomic(run.folder / "projections" / f"{name}.safetensors", data)
    return found, _show(run, name, target, found)


def kept(run: Run, name: str) -> Kept:
    """The latent kept under ``name``. Raises InputError for an unknown name, a damaged file or another state of the run."""
    folder = (run.folder if run.folder.is_dir() else run.folder.parent) / "projections"
    names = sorted(path.stem for path in folder.glob("*.safetensors"))
    if name not in names:
        hint = f"there is {', '.join(names)}" if names else "run artgen project first"
        raise InputError(f"--projected {name}: nothing was projected under this name, {hint}")
    path = folder / f"{name}.safetensors"
    try:
        if path.stat().st_size > _MOST:
            raise ValueError("too large")
        with safe_open(path, "pt") as file:
            owner = (file.metadata() or {}).get("owner")
            names = sorted(key for key in file.keys() if key.startswith("draws"))  # noqa: SIM118  (no mapping)
            draws = tuple(file.get_tensor(key) for key in names)
            found = Kept(file.get_tensor("latent"), file.get_tensor("condition"), draws)
    except (OSError, SafetensorError, ValueError) as error:
        raise InputError(f"{path}: not a projection ({str(error)[:80]}); project the file again") from None
    if owner != run.fingerprint():
        raise InputError(f"{path}: belongs to an earlier state of this run; project the file again")
    return found


def kept_stops(run: Run, names: Sequence[str]) -> list[Stop]:
    """The latents kept under ``names`` as places of a walk."""
    found = []
    for name in names:
        work = kept(run, name)
        latent, condition = work.latent[None].to(run.model.device), work.condition[None].to(run.model.device)
        shares = {label: float(work.condition[number]) for number, label in enumerate(run.labels)}
        found.append(Stop(name, latent, condition, {k: v for k, v in shares.items() if v > 0}, 0, work.draws))
    return found


def play_kept(run: Run, names: Sequence[str], moves: Mapping[str, float], out: Path, mix: Mix | None = None,
              mark: bool = True) -> None:  # fmt: skip
    """Write the works of the latents kept under ``names``, moved along named directions, styles of another seed mixed in, into
    the folder ``out``."""
    model, writer = run.model, run.writer(mark)
    known = run.directions() if moves else []
    made = []
    for name in names:
        found = kept(run, name)
        latent, condition = found.latent[None].to(model.device), found.condition[None].to(model.device)
        with torch.inference_mode():
            latent = latent if mix is None else model.mixed(latent, condition, 1.0, mix)
            x = play_latent(model, moved(latent, moves, known), condition, found.draws)
            made.append((name, Sample(model.codec.decode(x)[0].cpu().numpy(), 0, None, Ask())))
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, sample in made:
            run.host.blame("artgen_writer", lambda n=name, s=sample: writer.write(s, out / n, run.notes()))
        run.host.blame("artgen_writer", lambda: writer.sheet([sample for _, sample in made], out / "sheet.png"))
    except OSError as error:
        raise StorageError(f"{out}: cannot be written ({error.strerror or error})") from None


def _with_bar(run: Run, target: Tensor, condition: Tensor | None, steps: int, progress: bool) -> Projection:
    from rich.progress import Progress

    discriminator = run.discriminator()
    with Progress(disable=not progress, transient=True) as bar:
        task = bar.add_task("projecting", total=steps)
        return project(
            run.model, discriminator, target, condition, steps, lambda done: bar.update(task, completed=done)
        )


def read_item(run: Run, path: Path) -> RawItem:
    """The first item that the domain prepares from a file."""
    (file, *_) = sources([path], run.host.domain.suffixes)
    why = "nothing in it"
    for item in run.host.prepare(Source(file.path.parent, (file,), ()), run.config.domain):
        if isinstance(item, RawItem):
            return item
        if isinstance(item, Skipped):
            why = item.reason
    raise InputError(f"{path}: cannot be used by {run.host.domain.name}: {why}")


def _show(run: Run, name: str, target: Tensor, found: Projection) -> Path:
    model, writer = run.model, run.writer()
    folder = run.folder / "projections"
    shown = [model.codec.decode(x)[0].cpu().numpy() for x in (target, found.first, found.last)]
    samples = [Sample(data, 0, None, Ask()) for data in shown]
    notes = {**run.notes(), "comment": f"{run.notes()['comment']}, projected"}
    try:
        run.host.blame("artgen_writer", lambda: writer.write(samples[-1], folder / name, notes))
        return run.host.blame(
            "artgen_writer", lambda: writer.sheet(samples, folder / f"{name}-sheet.png", len(samples))
        )
    except OSError as error:
        raise StorageError(f"{folder}: cannot be written ({error.strerror or error})") from None


def name_of(file: Path) -> str:
    """A name that can be written on the command line, never a number."""
    name = re.sub(r"[^\w+-]+", "-", file.stem).strip("-") or "file"
    return f"file-{name}" if name[0].isdigit() or name[0] == "-" else name
