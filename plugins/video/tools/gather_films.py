"""Gather a wide set of animated drawings to pre-train start weights on: eight subjects, a folder of films for each.

    python plugins/video/tools/gather_films.py PACKAGES OUT

PACKAGES: a folder with the packages that build_embedded.py names. OUT: a new folder; it gets ``SUBJECT/NAME.mp4``, 64 px on
white, 12 frames a second, 3 seconds, and ``SOURCES.json``. Subjects are named as gather_wide.py of the image plugin names them.
Faces, animals and people have exactly the films of artgen_video/embedded under the same names: which films a run holds out
depends on number and order of a class's files, so what is held out of the embedded films is held out here too.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

from build_embedded import (  # pyright: ignore[reportMissingImports] (beside this script)
    ART,
    CLASS_OF,
    EMBEDDED,
    NAMES,
    RATE,
    emoji,
    films,
)
from clips import write  # pyright: ignore[reportMissingImports] (beside this script)

LICENCE = "Fluent Emoji, animated, Copyright (c) Microsoft Corporation, MIT; packaged by LobeHub, MIT"
SUBJECTS = {  # those of which enough move
    "activities": ("person-sport", "person-fantasy", "person-gesture", "person-resting"),
    "hands": ("hand-*", "hands", "body-parts"),
    "hearts": ("heart", "emotion"),
    "places": ("place-geographic", "place-other", "sky & weather"),
    "vehicles": ("transport-air", "transport-ground", "transport-water"),
}


def subject_of(group: str) -> str | None:
    """The class of a motif outside the embedded ones, or None."""
    if group in CLASS_OF or group.startswith("animal-"):
        return None
    for subject, groups in SUBJECTS.items():
        if group in groups or ("hand-*" in groups and group.startswith("hand-")):
            return subject
    return None


def motifs(packages: Path) -> dict[str, tuple[str, str]]:
    """Code points -> (class, name) of what is not embedded."""
    found: dict[str, tuple[str, str]] = {}
    for entry in emoji(packages):
        subject = subject_of(entry["subcategory"])
        for code in (entry["unified"], entry["non_qualified"]):
            found |= {code.lower(): (subject, entry["short_name"])} if code and subject else {}
    return found


def main() -> None:
    """Gather, and say what there is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", type=Path, help="folder of the npm packages")
    parser.add_argument("out", type=Path, help="new folder for the films")
    words = parser.parse_args()
    for label in ("animals", "faces", "people"):
        shutil.copytree(EMBEDDED / label, words.out / label)
    for label, name, clip in films(words.packages, motifs(words.packages)):
        (words.out / label).mkdir(exist_ok=True)
        write(clip, words.out / label / f"{name.replace('/', '-')}.mp4", RATE)
    counts = {folder.name: len(list(folder.iterdir())) for folder in sorted(words.out.iterdir())}
    (words.out / "SOURCES.json").write_text(
        json.dumps({"licence": LICENCE, "packages": [*ART, NAMES], "films": counts}, indent=2)
    )
    print("\n".join(f"{label}: {count}" for label, count in counts.items()))


if __name__ == "__main__":
    main()
