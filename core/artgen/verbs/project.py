"""Project a file of a person's own into the latent space of a run and keep the place under a name."""

from __future__ import annotations

import glob
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import torch

from artgen.contract.data import RawItem, Skipped, Source
from artgen.contract.writer import Sample
from artgen.data.scan import given_files
from artgen.errors import InputError
from artgen.inference.inversion import Projection, project
from artgen.inference.projections import FOLDER, save_projection
from artgen.runtime.disk import staged
from artgen.verbs.loaded import LoadedRun

_MOST_STEPS = 10_000


def project_file(
    run: LoadedRun, file: Path, steps: int, weights: Mapping[str, float] | None, step_done: Callable[[int], None]
) -> tuple[Projection, Path]:
    """Project ``file``; write its place, the work found and a sheet (target, nearest random sample, result) into the run folder.
    The projection and the path of the sheet. ``weights``: of classes; None: the class that comes nearest. ``step_done`` hears the
    number of steps that are done.

    Raises InputError for a file that the domain cannot read and for a number of steps that makes no sense."""
    run.needs_folder("project", "latents are")
    if not 10 <= steps <= _MOST_STEPS:
        raise InputError(f"give 10 to {_MOST_STEPS}", at="--steps", value=steps)
    model = run.model
    model.check_latent()
    item = read_item(run, file)
    with torch.no_grad():
        target = model.codec.encode(torch.from_numpy(item.data[None].copy()).to(model.device))
    condition = model.condition(dict(weights)) if weights else None
    found = project(model, run.discriminator(), target, condition, steps, step_done)
    name, writer, folder = name_of(file), run.writer(), run.folder / FOLDER
    shown = [model.codec.decode(x)[0].cpu().numpy() for x in (target, found.first, found.last)]
    samples = [Sample(data, 0, None) for data in shown]
    with staged(folder, lambda _old, _new: True) as work:
        save_projection(work, name, found.latent, run.fingerprint())
        writer.write(samples[-1], work / name, run.metadata("projected"))
        sheet = writer.sheet(samples, work / f"{name}-sheet.png", len(samples))
        new = {path.name for path in work.iterdir()}
    for old in folder.glob(f"{glob.escape(name)}.*"):  # of the same name, projected before
        if old.name not in new:
            old.unlink(missing_ok=True)
    return found, folder / sheet.relative_to(work)


def read_item(run: LoadedRun, path: Path) -> RawItem:
    """The first item that the domain prepares from a file."""
    if path.is_dir():
        raise InputError("is a folder; give one file", value=path)
    (file,) = given_files([path], run.host.domain.suffixes).files
    why = "nothing in it"
    for item in run.host.prepare(Source(file.path.parent, (file,), ()), run.config.domain):
        if isinstance(item, RawItem):
            return item
        if isinstance(item, Skipped):
            why = item.reason
    raise InputError(f"cannot be used by {run.host.domain.name}: {why}", value=path)


def name_of(file: Path) -> str:
    """A name that can be written on the command line, never a number."""
    name = re.sub(r"[^\w+-]+", "-", file.stem).strip("-") or "file"
    return f"file-{name}" if name[0].isdigit() or name[0] == "-" else name
