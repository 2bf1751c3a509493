"""``artgen sample``: more works from a trained run."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from artgen.cli.parse import Clash, refuse_clashes

if TYPE_CHECKING:
    from artgen.verbs.loaded import LoadedRun

_OF_A_RECIPE = ("seeds", "count", "label", "truncation", "mix", "move", "projected", "like",
                "seconds", "loop", "fps", "motion", "soundtrack")  # fmt: skip
_CLASHES = (
    Clash("projected", "seeds", "takes their place, give one of the two"),
    Clash("projected", "count", "takes its place, give one of the two"),
    Clash("projected", "label", "the class of a projected work is part of it"),
    Clash("projected", "like", "both choose the works, give one of the two"),
    Clash("like", "seeds", "chooses the seeds itself, leave them out"),
    Clash("soundtrack", "loop", "the film is as long as the sound"),
    Clash("soundtrack", "motion", "the sound sets the motion"),
    *(Clash("recipe", name, "the recipe says what it was made of") for name in _OF_A_RECIPE),
)
_NEEDS = {
    "pool": ("like", "says of how many samples the nearest are chosen"),
    "mix_layers": ("mix", "say from which seed these layers take their style"),
}


def sample(
    run: Path,
    *,
    count: int | None = None,
    seeds: str | None = None,
    label: str | None = None,
    truncation: float | None = None,
    mix: int | None = None,
    mix_layers: str | None = None,
    move: tuple[str, ...] = (),
    projected: tuple[str, ...] = (),
    like: Path | None = None,
    pool: int | None = None,
    seconds: float | None = None,
    loop: bool = False,
    fps: float | None = None,
    motion: int | None = None,
    soundtrack: Path | None = None,
    enlarge: Literal[1, 2, 4] | None = None,
    enlarge_strength: float | None = None,
    enlarger: Path | None = None,
    format: Literal["wav", "wav24", "flac", "ogg", "mp3"] | None = None,  # noqa: A002 (the name of the flag)
    loudness: float | None = None,
    rate: Literal[16_000, 32_000] | None = None,
    stereo: float | None = None,
    recipe: Path | None = None,
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
        1, the default: full variety; towards 0: ever closer to the typical.
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
        With --like: samples to choose from (default 256).
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
    recipe
        A file that the studio saved: the same work again, by what its metadata say.
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
    from artgen.cli.parse import parse_label, parse_layers, parse_moves, parse_names, parse_seeds, written_with
    from artgen.inference.model import Mix
    from artgen.runfolder.locate import fresh_folder
    from artgen.runtime.distributed import joined
    from artgen.verbs.loaded import check_truncation, open_run
    from artgen.verbs.sample import Choice
    from artgen.verbs.sample import sample as make
    from artgen.verbs.soundtrack import films

    refuse_clashes(locals(), _CLASHES, _NEEDS)
    names = parse_names(projected)
    chosen = [] if names else parse_seeds(seeds, count, 8 if soundtrack is None else 1)
    mixed = None if mix is None else Mix(mix, *parse_layers(mix_layers or "1-"))
    moves = parse_moves(move)
    state = None
    if recipe is not None:
        from artgen.runfolder.state import state_of_file
        from artgen.verbs.stars import choice_of

        state = state_of_file(recipe)
        asked = choice_of(state)
        names, chosen, mixed = list(asked.projected), list(asked.seeds), asked.mix
        moves, truncation = state.moves, state.truncation
        seconds, fps, loop, motion = state.seconds, state.fps, state.loop, state.motion
    truncation = 1.0 if truncation is None else truncation
    check_truncation(truncation)
    with joined() as world:
        settings = written_with(locals())
        opened = open_run(run, device, world, c2pa, settings)
        weights = state.weights if state else parse_label(label, opened.labels)
        options = opened.options(seconds, fps, loop, motion, as_trained=bool(names))
        with nullcontext(out) if out else fresh_folder(opened.folder, "made", world) as target:
            if (names or soundtrack is not None) and not world.first:
                return  # these are one process's work
            if like is not None:
                chosen = _nearest(opened, like, len(chosen), 256 if pool is None else pool, weights)
            choice = Choice(chosen, names, weights, truncation, mixed, moves)
            with waiting("making works"):
                if soundtrack is not None:
                    made = len(films(opened, soundtrack, choice, options, target, not unmarked))
                else:
                    make(opened, choice, options, target, not unmarked)
                    made = len(chosen) + len(names)
        if world.first:
            print(f"{made} written to {target}{', without the invisible mark' if unmarked else ''}")


def _nearest(opened: LoadedRun, like: Path, count: int, pool: int, weights: dict[str, float] | None) -> list[int]:
    """The seeds nearest to a file, said aloud."""
    from artgen.verbs.sample import nearest_seeds

    found, features = nearest_seeds(opened, like, count, pool, weights)
    if opened.world.first:
        print(f"nearest in {features}: " + ", ".join(f"seed {seed} ({distance:.3g})" for seed, distance in found))
    return [seed for seed, _ in found]
