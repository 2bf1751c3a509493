"""A dream of a run's discriminator over a person's own file, written beside the file as the networks see it."""

from __future__ import annotations

from pathlib import Path

import torch

from artgen.errors import InputError, StorageError
from artgen.explain.dream import Dream, dream
from artgen.play.projections import name_of, read_item
from artgen.play.run import Run
from artgen.types import Ask, Sample

_MOST_STEPS = 2000


def dream_file(
    run: Run, file: Path, layer: int | None, steps: int, weights: dict[str, float] | None, out: Path, progress: bool
) -> tuple[Dream, Path]:
    """Write the dream over ``file`` and a sheet of both into ``out``; the dream and its path. Raises InputError for a run without
    a discriminator, a file of another medium, a layer that is not there."""
    from rich.progress import Progress

    if not 1 <= steps <= _MOST_STEPS:
        raise InputError(f"--steps {steps}: give 1 to {_MOST_STEPS}")
    model = run.model
    discriminator = run.discriminator()
    if discriminator is None:
        raise InputError("artgen dream: this run was trained without a discriminator; artgen apply works on your files")
    if model.given:
        raise InputError("artgen dream: this run changes works; artgen apply RUN FILE --out FOLDER")
    raw = torch.from_numpy(read_item(run, file).data[None].copy()).to(model.device)
    condition = model.condition(weights or ({run.labels[0]: 1.0} if run.labels else {}))
    with torch.no_grad():
        x = model.codec.encode(raw)
    with Progress(disable=not progress, transient=True) as bar:
        task = bar.add_task("dreaming", total=steps)
        found = dream(discriminator, x, condition, layer, steps, lambda done: bar.update(task, completed=done))
    with torch.no_grad():
        both = [Sample(model.codec.decode(item)[0].cpu().numpy(), 0, None, Ask()) for item in (x, found.x)]
    writer = run.writer()
    notes = {**run.notes(), "comment": f"{run.notes()['comment']}, dreamt over a person's file"}
    try:
        out.mkdir(parents=True, exist_ok=True)
        paths = run.host.blame("artgen_writer", lambda: writer.write(both[1], out / f"{name_of(file)}-dream", notes))
        run.host.blame("artgen_writer", lambda: writer.sheet(both, out / "sheet.png"))
    except OSError as error:
        raise StorageError(f"{out}: cannot be written ({error.strerror or error})") from None
    return found, paths[0]
