"""``artgen run``: train a plugin on a folder and show the result."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

from cyclopts import Parameter

if TYPE_CHECKING:
    from artgen.contract.task import Task


def run(
    *,
    plugin: str | None = None,
    data: str | None = None,
    style: Path | None = None,
    task: str = "generate",
    preset: str | None = None,
    budget: str | None = None,
    images: str | None = None,
    out: Path | None = None,
    resume: bool = False,
    seed: int = 0,
    device: str = "auto",
    classes: str | None = None,
    include_made: bool = False,
    fresh: bool = False,
    set_: Annotated[tuple[str, ...], Parameter(name="--set")] = (),
    config: Path | None = None,
    init: str | None = None,
    with_: Annotated[tuple[str, ...], Parameter(name="--with")] = (),
    compile_: Annotated[bool, Parameter(name="--compile")] = False,
    dry_run: bool = False,
) -> None:
    """Prepare the data, train, make samples, judge them and write a report page.

    Parameters
    ----------
    plugin
        What to make: the name of an installed domain plugin, see ``artgen plugins``; --resume knows it.
    data
        Folder of files to learn from; sub-folders are classes. Or shards that artgen pack wrote: their folder or address
        (https://..., s3://...). Without it the plugin's embedded data is used.
    style
        Folder or file of the style toward which --task style moves the works of --data; default: what the plugin brings.
    task
        What to learn; generate: new works from noise; colorize, enlarge, translate (from pairs) and style: change works;
        reconstruct.
    preset
        A named set of settings of the plugin (tiny, small, base).
    budget
        How long to train, by the clock: 90s, 3m, 1h30m, "2 hours".
    images
        How long to train, by training items seen: 500, 200k, 1.5m. Instead of --budget; makes a run repeatable to the bit.
    out
        The run folder (default: runs/NUMBER-PLUGIN, in the current folder).
    resume
        Go on with the run in --out, or the newest one; a --budget is added to what was done. It keeps its settings but those of
        the machine: --device, --compile and --set threads=1, report_seconds, snapshot_seconds, checkpoint_seconds.
    seed
        Seed of everything random.
    device
        auto, cpu, cuda, cuda:1 or mps.
    classes
        Where the classes of --data come from: folders (the default: sub-folders, where they look like classes), none, the level
        of the folders (2 for Album in Artist/Album), or names of folders: faces,animals.
    include_made
        Learn from works and run folders of artgen too, which are left out otherwise.
    fresh
        Prepare the data anew, even where that was done before.
    set_
        A setting as key=value, e.g. --set lr_g=0.001; may be repeated. --dry-run lists them all.
    config
        TOML file with settings.
    init
        Start from this earlier run (folder or checkpoint), from shipped weights by their name, or from scratch; default: of the
        weights that ship with the plugin those nearest to the data; toward a style of your own from scratch.
    with_
        Also load this observer plugin; may be repeated.
    compile_
        Compile the generator with torch.compile; pays on CUDA in runs longer than a few minutes.
    dry_run
        Check everything, print the resolved settings, and stop before data is read.
    """
    from artgen.errors import InputError, nearest
    from artgen.host import discover

    if not plugin and not resume:  # said before torch is imported
        raise InputError(f"say what to make; {nearest('', [f.name for f in discover()])}", at="--plugin")
    if not 0 <= seed < 2**63:
        raise InputError("give a number from 0 to 2**63 - 1", at="--seed", value=seed)
    from artgen.runtime.distributed import joined
    from artgen.runtime.progress import Bar, Quiet, first_process, on_terminal
    from artgen.runtime.typed import typed
    from artgen.verbs import train
    from artgen.verbs.plan import TrainRequest

    settings = (*set_, "compile=true") if compile_ else set_
    request = TrainRequest(
        data,
        style,
        cast("Task", task),
        preset,
        budget,
        images,
        out,
        resume,
        seed,
        device,
        settings,
        config,
        init,
        with_,
        classes,
        include_made,
        fresh,
    )
    if dry_run:
        print(train.dry_run(plugin, request), end="")
        return
    with ExitStack() as stack:
        progress = stack.enter_context(Bar()) if on_terminal() else Quiet()
        done = train.train(plugin, request, progress, stack.enter_context(joined()))
    if first_process():
        more = (
            f"{typed('apply', done.folder)} FILES --out FOLDER"
            if done.model.changes_works
            else typed("sample", done.folder)
        )
        print(f"report: {done.folder / 'report.html'}\nmore:   artgen {more}")
