"""``artgen sample``: more works from a trained run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from artgen.play.run import Run


def sample(
    run: Path,
    *,
    count: int | None = None,
    seeds: str | None = None,
    label: str | None = None,
    truncation: float = 1.0,
    mix: int | None = None,
    mix_layers: str | None = None,
    move: tuple[str, ...] = (),
    projected: tuple[str, ...] = (),
    like: Path | None = None,
    pool: int = 256,
    seconds: float | None = None,
    loop: bool = False,
    fps: float | None = None,
    motion: int | None = None,
    soundtrack: Path | None = None,
    enlarge: Literal[1, 2, 4] | None = None,
    enlarge_strength: float | None = None,
    unmarked: bool = False,
    c2pa: bool = False,
    out: Path | None = None,
    device: str = "auto",
) -> None:
    """Make new works from a run. The same seed gives the same work.

    Parameters
    ----------
    run
        A run folder or a checkpoint file.
    count
        How many (default 8).
    seeds
        Which, instead of --count: 0-15,99.
    label
        The class, or a mix of classes: rock or rock=0.5,classical=0.5. Without it the classes take turns.
    truncation
        1: full variety; towards 0: ever closer to the typical.
    mix
        Style mixing: take the style of this seed in the layers of --mix-layers.
    mix_layers
        Style layers, 0 is the coarsest: 2, 0-1 or 3- (default 1-).
    move
        Go along a direction that artgen explore found, in standard deviations: s1=2 or older=-1.5; may be repeated.
    projected
        Instead of seeds: works of your own that artgen project found, by name; may be repeated.
    like
        Of many samples, the ones that come nearest to this file.
    pool
        With --like: samples to choose from.
    seconds
        Length of a piece of music or a film.
    loop
        The end runs into the beginning without a seam.
    fps
        Frames a second of a film.
    motion
        Give all films the motion of this seed.
    soundtrack
        A sound file, or a run that makes music: films with this sound, whose motion follows it.
    unmarked
        Leave out the invisible mark that says the work is machine-made; the metadata say it still.
    c2pa
        Sign the works: a C2PA manifest in each file says that it is machine-made (needs artgen[provenance]).
    enlarge
        Sides of what is written: 1 as trained, 2 or 4 times as long, drawn by a learned enlarger (pictures, films).
    enlarge_strength
        Share of the learned enlarger, 0 to 1; the rest is a smooth resize.
    out
        Folder to write to (default: a new folder in the run folder).
    device
        auto, cpu, cuda or mps.
    """
    from artgen import play
    from artgen.errors import InputError
    from artgen.play.projections import play_kept
    from artgen.runfolder import fresh_folder
    from artgen.sample.model import Mix
    from artgen.sample.words import parse_label, parse_layers, parse_moves, parse_seeds
    from artgen.train.world import joined

    chosen = parse_seeds(seeds, count)
    weights = parse_label(label)
    if mix_layers is not None and mix is None:
        raise InputError("--mix-layers: say with --mix from which seed these layers take their style")
    mixed = None if mix is None else Mix(mix, *parse_layers(mix_layers or "1-"))
    moves = parse_moves(move)
    with joined() as world:
        opened = play.load(run, device, world, c2pa, {"enlarge": enlarge, "enlarge_strength": enlarge_strength})
        target = out or fresh_folder(opened.folder, "made")
        world.wait()  # until all have found the same new folder
        if (projected or soundtrack is not None) and not world.first:
            return  # these are one process's work
        without = ", without the invisible mark" if unmarked else ""
        if projected:
            if seeds is not None or count is not None:
                raise InputError("--projected: takes the place of --seeds and --count, give one of them")
            play_kept(opened, projected, moves, target, mixed, not unmarked)
            print(f"{len(projected)} written to {target}{without}")
            return
        if soundtrack is not None:
            if loop or motion is not None or mixed is not None:
                raise InputError("--soundtrack: goes neither with --loop nor with --motion or --mix")
            wanted = chosen if seeds or count else chosen[:1]
            made = opened.soundtrack(
                soundtrack, target, wanted, label=weights, seconds=seconds, fps=fps, truncation=truncation,
                mark=not unmarked,
            )  # fmt: skip
            print(f"{len(made)} written to {target}{without}")
            return
        if like is not None:
            chosen = _liked(opened, like, seeds, len(chosen), pool, weights)
        opened.sample(chosen, label=weights, seconds=seconds, loop=loop, fps=fps, truncation=truncation, mix=mixed,
                      moves=moves, motion=motion, mark=not unmarked, out=target)  # fmt: skip
        if world.first:
            print(f"{len(chosen)} written to {target}{without}")


def _liked(
    opened: Run, like: Path, seeds: str | None, count: int, pool: int, weights: dict[str, float] | None
) -> list[int]:
    """The seeds nearest to a file, said aloud."""
    from artgen.errors import InputError
    from artgen.play.likeness import nearest_seeds

    if seeds is not None:
        raise InputError("--like: chooses the seeds itself; leave --seeds out")
    found, features = nearest_seeds(opened, like, count, pool, weights)
    if opened.world.first:
        print(f"nearest in {features}: " + ", ".join(f"seed {seed} ({distance:.3g})" for seed, distance in found))
    return [seed for seed, _ in found]
