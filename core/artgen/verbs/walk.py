"""Write a walk through the latent space."""

from __future__ import annotations

from pathlib import Path

from artgen.contract.options import SampleOptions
from artgen.contract.writer import WalkWriter
from artgen.errors import InputError
from artgen.inference.walk import Line, Walk, stem_of, walk
from artgen.runtime.disk import make_folder
from artgen.verbs.loaded import LoadedRun, check_fps
from artgen.verbs.sample import Choice, places

MOST = 20_000  # samples of one walk: some minutes of film


def walk_options(run: LoadedRun, seconds: float | None) -> SampleOptions:
    """What is asked of the works on a walk; ``seconds``: of each. Raises InputError as ``LoadedRun.options`` does, and says what
    makes a walk longer where its works have no length of their own."""
    if seconds is not None and "seconds" not in run.host.domain.sampling:
        raise InputError(
            f"is the length of one work, and works of {run.host.domain.name} have none; a walk is longer with more --steps "
            "from one seed to the next, or fewer --fps",
            at="--seconds",
            value=seconds,
            page=f"works of {run.host.domain.name} have no length; a walk is longer with more steps",
        )
    return run.options(seconds)


def write_walk(
    run: LoadedRun,
    choice: Choice,
    options: SampleOptions,
    out: Path,
    *,
    steps: int | None = None,
    loop: bool = False,
    ease: bool = True,
    line: Line | None = None,
    fps: float | None = None,
    mark: bool = True,
) -> list[Path]:
    """Walk through the places of ``choice`` in their order, ``steps`` samples from one to the next, and back to the first with
    ``loop``; see ``Walk``. ``fps``: samples a second. The paths written, the work itself first.

    Raises InputError where the domain cannot show a walk, and StorageError."""
    writer = run.writer(mark)
    if not isinstance(writer, WalkWriter):
        raise InputError(
            f"{run.host.domain.name} has no way to show a walk: its writer has no method walk", at="artgen walk"
        )
    check_fps(fps)
    names = (*(str(seed) for seed in choice.seeds), *choice.projected)
    between = steps if steps is not None else writer.steps
    count = len(names) * between
    if count > MOST:
        raise InputError(
            f"{len(names):,} stops of {between} samples are {count:,} samples, more than {MOST:,}; give fewer stops "
            "or steps",
            at="artgen walk",
        )
    stops = list(places(run, choice))
    plan = Walk(names, between, loop, ease, line)
    made = walk(run.model, plan, stops, options)
    make_folder(out)
    return writer.walk(made, out / stem_of(names), fps, {**run.metadata(), "seed": " to ".join(names)})
