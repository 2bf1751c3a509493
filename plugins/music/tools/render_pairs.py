"""Render pairs for the start weights of the task style: each part of a classical piece as it is embedded, and by a rock band
(band.py) that plays the same notes. Nothing of it ships; the weights do.

    python render_pairs.py PACKAGES OUT [--versions 3] [--seed 1] [--held-out] [--drums-only]

PACKAGES is the folder of build_embedded.py. OUT gets two folders, classical and rock, of mono WAV files with the same names,
for `artgen run --plugin music --task translate --data OUT`; files that are there already are kept, so a stopped rendering
goes on. The first version of a piece has the instruments and the key of the embedded one, later ones have others. Left out
are the pieces that a training of the task style on the embedded set holds out (HELD_OUT), so that its figures stay honest;
`--held-out` renders these alone. `--drums-only`: beside the drums, the piece stays what it was; of such pairs a drummer
learns when to hit, whatever guitars do.
"""

import argparse
import math
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import soundfile
from band import drums, guitars, notes_of
from compose_pop import STYLES, compose
from packages import open_soundfont
from render import RATE, SYNTH_RATE, Signal, finish, perform
from render_wide import FIRST_POP, ITEMS, SOLOISTS, classical_pieces, save
from unify import DRUMS, ITEM, Events, unified

HELD_OUT = ("beethoven_moonlight", "weber_clarinet", "debussy_arabesque")
KEYS = range(-5, 7)  # semitones by which later versions are moved
COMPOSED = 12  # pieces by compose_pop.py beside the classical ones, without their drums
BESIDE, IN_FRONT = 1.0, 1.4  # how loud drums are beside the piece as it was, and before guitars, which are a wall
GENRES = "classical", "rock"


def part_of(events: Events, start: float, seconds: float) -> Events:
    """The events of that part, whose time begins at 0; what was set before is set at its beginning, notes that began before
    are left out."""
    settings = [
        (0.0, message)
        for when, message in events
        if when < start and message.type in ("program_change", "control_change")
    ]
    return settings + [(when - start, message) for when, message in events if start <= when < start + seconds]


def moved(events: Events, key: int) -> Events:
    """All notes so many semitones higher, without drums."""
    found: Events = []
    for when, message in events:
        if message.channel == DRUMS:
            continue
        if message.type in ("note_on", "note_off"):
            message = message.copy(note=max(0, min(127, message.note + key)))
        found.append((when, message))
    return found


def pair(midi: bytes, soundfont: Path, version: int, dice: random.Random, drums_only: bool) -> tuple[Signal, Signal]:
    """A part of a piece, and the same by the band. Raises ValueError where nothing is played."""
    piece = unified(midi)
    whole = math.floor(piece.seconds / ITEM)
    first = dice.randint(0, max(0, whole - ITEMS)) if version else 0
    seconds = min(ITEMS, max(1, whole - first)) * ITEM
    events = moved(part_of(piece.events, first * ITEM, seconds), dice.choice(KEYS) if version else 0)
    if not notes_of(events):
        raise ValueError("a silent stretch")
    programs = dict.fromkeys(range(16), dice.choice(SOLOISTS)) if version else {}
    given = finish(perform(events, soundfont, 0, seconds, programs), SYNTH_RATE, 0.2, 1.2, RATE, ITEM)
    kit = finish(perform(drums(events, seconds, dice), soundfont, 0, seconds, {}), SYNTH_RATE, 0.0, 1.2, RATE, ITEM)
    if drums_only:
        return given, given + BESIDE * kit
    strings = finish(perform(guitars(events), soundfont, 0, seconds, {}), SYNTH_RATE, 0.08, 1.2, RATE, ITEM)
    return given, finish(strings + IN_FRONT * kit, RATE, 0.0, 1.2, RATE, ITEM)


def pieces(folder: Path, held_out: bool) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Names, and how their messages are read."""
    for name, read in sorted(classical_pieces(folder).items()):
        if name.replace("-", "_").startswith(HELD_OUT) == held_out:
            yield name, read
    for number in range(0 if held_out else COMPOSED):
        seed, style = FIRST_POP + number, STYLES[number % len(STYLES)]
        yield f"song_{seed}", lambda seed=seed, style=style: compose(style, 0, random.Random(seed), seed)


def main() -> None:
    """Fill OUT, version by version."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--versions", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--held-out", action="store_true", help="only the pieces that are left out otherwise")
    parser.add_argument("--drums-only", action="store_true", help="the piece as it was, and drums")
    options = parser.parse_args()
    with open_soundfont(options.packages) as soundfont:
        for version in range(options.versions):
            for name, midi in pieces(options.packages, options.held_out):
                paths = [options.out / genre / f"{name}__{version:03d}.wav" for genre in GENRES]
                if all(path.exists() for path in paths):
                    continue
                try:
                    dice = random.Random(f"{options.seed} {name} {version}")
                    sounds = pair(midi(), soundfont, version, dice, options.drums_only)
                except (ValueError, IndexError, KeyError) as error:
                    print(f"{name}: left out ({error})", flush=True)
                    continue
                for path, sound in zip(paths, sounds, strict=True):
                    save(path, sound, RATE)
                print(f"{paths[0].stem}: {soundfile.info(paths[0]).duration:.0f} s", flush=True)


if __name__ == "__main__":
    main()
