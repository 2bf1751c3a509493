"""A dream of a run's discriminator over a person's own file, written beside the file as the networks see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import torch

from artgen.contract.writer import Sample
from artgen.errors import InputError
from artgen.explain.dream import Dream, dream
from artgen.runtime.disk import make_folder
from artgen.verbs.loaded import LoadedRun
from artgen.verbs.project import name_of, read_item

_MOST_STEPS = 2000


def dream_file(
    run: LoadedRun, file: Path, layer: int | None, steps: int, weights: Mapping[str, float] | None, out: Path,
    step_done: Callable[[int], None],
) -> tuple[Dream, Path]:  # fmt: skip
    """Write the dream over ``file`` and a sheet of both into ``out``; the dream and its path. Raises InputError for a run without
    a discriminator, a file of another medium, a layer that is not there."""
    if not 1 <= steps <= _MOST_STEPS:
        raise InputError(f"give 1 to {_MOST_STEPS}", at="--steps", value=steps)
    model = run.model
    discriminator = run.discriminator()
    if discriminator is None:
        raise InputError(
            "this run was trained without a discriminator; artgen apply works on your files", at="artgen dream"
        )
    if model.changes_works:
        raise InputError("this run changes works; artgen apply RUN FILE --out FOLDER", at="artgen dream")
    raw = torch.from_numpy(read_item(run, file).data[None].copy()).to(model.device)
    condition = model.condition(dict(weights or {}) or ({run.labels[0]: 1.0} if run.labels else {}))
    with torch.no_grad():
        x = model.codec.encode(raw)
    found = dream(discriminator, x, condition, layer, steps, step_done)
    with torch.no_grad():
        both = [Sample(model.codec.decode(item)[0].cpu().numpy(), 0, None) for item in (x, found.x)]
    writer = run.writer()
    make_folder(out)
    paths = writer.write(both[1], out / f"{name_of(file)}-dream", run.metadata("dreamt over a person's file"))
    writer.sheet(both, out / "sheet.png")
    return found, paths[0]
