"""Gather free recordings to pre-train the start weights ``recordings`` on: games' music, electronic music, loops, noises.

    python gather_recordings.py PACKAGES OUT

PACKAGES: a folder of packages of Debian 12, each unpacked into a folder of its name by ``apt-get download NAME && dpkg-deb -x
NAME_*.deb PACKAGES/NAME``: naev-data, supertuxkart-data, endless-sky-data, hyperrogue-music, sonic-pi-samples, mu-cade-data,
titanion-data, parsec47-data, gunroar-data, rrootage-data.

OUT: a folder; it gets ``CLASS/NAME.flac``, mono, and ``SOURCES.json``: every recording with its source, licence and owner. Only
what the packages' own copyright files put under CC0, the public domain, MIT, BSD or CC BY is taken, or what they let one have so
by choice; share-alike works and those under the GPL, which lie in the same packages, are left out by the same files.

What render_wide.py renders belongs beside these, in the same folder: its classes are others.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

import soundfile

FREE = re.compile(r"CC0(-1\.0)?|public-domain|MIT|CC-BY-[34]\.0|BSD-2-clause", re.IGNORECASE)
SUFFIXES = (".ogg", ".wav", ".flac", ".mp3")
LONGEST, SHORTEST = 150.0, 0.8  # seconds that are kept of a recording, and that it must have
SONG = 20.0  # seconds from which a recording of a game is music
# whose copyright files say one thing for all of their files
SHOOTERS = ("mu-cade-data", "titanion-data", "parsec47-data", "gunroar-data", "rrootage-data")
# package -> class of its music; what is shorter is an effect, but for loops
MUSIC = {
    "naev-data": "ambient",
    "supertuxkart-data": "electronic",
    "endless-sky-data": "ambient",
    "hyperrogue-music": "ambient",
    "sonic-pi-samples": "loops",
    **dict.fromkeys(SHOOTERS, "electronic"),
}


class Terms(NamedTuple):
    """What a paragraph of a copyright file says: of which files (patterns), under which licence, whose they are."""

    patterns: list[str]
    licence: str
    owners: str


SHOOTER = Terms(["*"], "BSD-2-clause", "Kenta Cho")


def terms(folder: Path) -> list[Terms]:
    """The paragraphs of a package's copyright file, in order: the last that fits a file counts."""
    text = (folder / "usr/share/doc" / folder.name / "copyright").read_text(errors="replace")
    found = []
    for block in re.split(r"\n\s*\n", text):
        files = re.search(r"^Files:(.*(?:\n[ \t].*)*)", block, re.MULTILINE)
        licence = re.search(r"^License:[ \t]*(.*)", block, re.MULTILINE)
        if files and licence:
            owners = re.search(r"^Copyright:(.*(?:\n[ \t].*)*)", block, re.MULTILINE)
            patterns = [pattern.removeprefix("./") for pattern in files[1].replace(",", " ").split()]
            found.append(Terms(patterns, licence[1].strip(), " ".join(owners[1].split()) if owners else ""))
    return found


def terms_of(file: Path, folder: Path, paragraphs: list[Terms]) -> Terms | None:
    """The paragraph that counts for a file. Patterns are of places in the source: a file fits one by any end of its path."""
    parts = file.relative_to(folder).parts
    ends = ["/".join(parts[at:]) for at in range(len(parts))]
    found = None
    for one in paragraphs:
        names = [pattern.rsplit("/", 1)[-1] for pattern in one.patterns]
        # by its name too, where a package moves its files
        if any(fnmatch(end, pattern) for pattern in one.patterns for end in ends) or any(
            fnmatch(file.name, name) for name in names if "." in name
        ):
            found = one
    return found


def free(licence: str) -> bool:
    """Whether one of the licences among which one may choose lets weights be shipped under any terms."""
    return any(FREE.fullmatch(one.strip()) for one in re.split(r"\bor\b", licence, flags=re.IGNORECASE))


def recordings(packages: Path) -> Iterator[tuple[Path, str, str, Terms]]:
    """(file, class, package, terms) of everything that is taken."""
    for package, music in MUSIC.items():
        folder = packages / package
        paragraphs = [SHOOTER] if package in SHOOTERS else terms(folder)
        for file in sorted(file for file in folder.rglob("*") if file.suffix in SUFFIXES and not file.is_symlink()):
            seconds = soundfile.info(file).duration
            found = terms_of(file, folder, paragraphs)
            if seconds < SHORTEST or found is None or not free(found.licence):
                continue
            yield file, music if seconds >= SONG or music == "loops" else "effects", package, found


def main() -> None:
    """Write the folder and say what is in it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", type=Path)
    parser.add_argument("out", type=Path)
    words = parser.parse_args()
    sources, minutes = {}, {}
    for file, label, package, found in recordings(words.packages):
        rate = soundfile.info(file).samplerate
        sound, _ = soundfile.read(file, round(LONGEST * rate), dtype="float32", always_2d=True)
        name = f"{label}/{package}-{file.stem}.flac".replace(" ", "_")
        (words.out / label).mkdir(parents=True, exist_ok=True)
        soundfile.write(words.out / name, sound.mean(1), rate)
        sources[name] = {"source": f"{package}, {file.name}", "licence": found.licence, "copyright": found.owners}
        minutes[label] = minutes.get(label, 0.0) + len(sound) / rate / 60
    (words.out / "SOURCES.json").write_text(json.dumps(sources, indent=1))
    for label in sorted(minutes):
        print(f"{label}: {sum(name.startswith(label) for name in sources)} recordings, {minutes[label]:.1f} minutes")


if __name__ == "__main__":
    main()
