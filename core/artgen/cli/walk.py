"""``artgen walk``: from seed to seed through the latent space."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from artgen.errors import InputError


def walk(
    run: Path,
    *,
    seeds: str | None = None,
    projected: tuple[str, ...] = (),
    steps: int | None = None,
    fps: float | None = None,
    loop: bool = False,
    ease: Annotated[bool, Parameter(negative="--no-ease")] = True,
    line: Literal["straight", "arc"] | None = None,
    label: str | None = None,
    truncation: float = 1.0,
    seconds: float | None = None,
    enlarge: Literal[1, 2, 4] | None = None,
    enlarge_strength: float | None = None,
    enlarger: Path | None = None,
    format: Literal["wav", "wav24", "flac", "ogg", "mp3"] | None = None,  # noqa: A002 (the name of the flag)
    loudness: float | None = None,
    rate: Literal[16_000, 32_000] | None = None,
    stereo: float | None = None,
    unmarked: bool = False,
    c2pa: bool = False,
    out: Path | None = None,
    device: str = "auto",
) -> None:
    """Write the change from one seed to the next: a film of pictures, a long piece of music.

    Parameters
    ----------
    run
        A run folder or a checkpoint file.
    seeds
        Seeds to pass through, in this order: 3,14,15 or 0-5 (default 0-3).
    projected
        Works of your own that artgen project found, by name: me,you; after the seeds, or instead of them.
    steps
        Samples from one seed to the next (default: what suits the domain).
    fps
        Samples shown a second, where they are shown one after the other.
    loop
        Go back to the first seed, without a seam.
    ease
        Slow down at each seed; --no-ease passes them at constant speed.
    line
        straight: the shortest way (lerp); arc: around the middle of all works, as far from it as its ends (slerp). Default:
        straight through styles, an arc where a model has none.
    label
        The class, or a mix of classes, as for artgen sample. Without it the classes take turns.
    truncation
        1: full variety; towards 0: ever closer to the typical.
    seconds
        Length of one sample, for music and films. How long a walk of pictures takes is said by --steps and --fps.
    unmarked
        Leave out the invisible mark that says the work is machine-made; the metadata say it still.
    c2pa
        Sign the works: a C2PA manifest in each file says that it is machine-made (needs artgen-suite[provenance]).
    enlarge
        Sides of what is written: 1 as trained, 2 or 4 times as long, drawn by a learned enlarger (pictures, films).
    enlarge_strength
        Share of the learned enlarger, 0 to 1; the rest is a smooth resize.
    enlarger
        A run of --task enlarge: its enlarger draws, with the texture that it learned, four times as large where nothing is said.
    format
        Files of music: wav, wav24 (24 bit), flac, ogg or mp3.
    loudness
        Loudness of music in LUFS; less where the true peak would pass -1 dB.
    rate
        Samples a second of music: 16000 or 32000, with a learned high band (default: 32000; of sounds that are changed 16000).
    stereo
        Width of music: 0 is mono, 0.5 makes the sides half as strong as the middle.
    out
        Folder to write to (default: a new folder in the run folder).
    device
        auto, cpu, cuda or mps.
    """
    from artgen.cli.bars import waiting
    from artgen.cli.parse import parse_label, parse_names, parse_seeds, written_with
    from artgen.runfolder.locate import fresh_folder
    from artgen.verbs.loaded import check_truncation, open_run
    from artgen.verbs.sample import Choice
    from artgen.verbs.walk import walk_options, write_walk

    names = parse_names(projected, again=True)
    chosen = [] if names and seeds is None else parse_seeds(seeds or "0-3", None)
    if label is not None and not chosen:
        raise InputError("the class of a projected work is part of it", at="--projected with --label")
    check_truncation(truncation)
    settings = written_with(locals())
    opened = open_run(run, device, c2pa=c2pa, settings=settings)
    weights = parse_label(label, opened.labels)
    choice = Choice(chosen, names, weights, truncation)
    with nullcontext(out) if out else fresh_folder(opened.folder, "walk") as target, waiting("making the walk"):
        paths = write_walk(
            opened,
            choice,
            walk_options(opened, seconds),
            target,
            steps=steps,
            loop=loop,
            ease=ease,
            line=line,
            fps=fps,
            mark=not unmarked,
        )
    print("\n".join(str(path) for path in paths))
    if unmarked:
        print("written without the invisible mark")
