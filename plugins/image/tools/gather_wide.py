"""Gather a wide set of free drawings to pre-train start weights on: 18 subjects in two styles, a folder for each.

    python gather_wide.py PACKAGES OUT [--sheet SHEET.png]

PACKAGES: a folder for the two npm packages of build_embedded.py (about 90 MB), fetched by ``npm pack`` where they are missing.
OUT: a new folder; it gets ``SUBJECT/NAME.webp`` (Fluent Emoji 3D), ``flat SUBJECT/NAME.webp`` (Noto Emoji), 128 px on white, and
``SOURCES.json``: packages, licences and the number of pictures of each class. Variants in other skin tones are left out, since
they repeat a picture; so are flags, clocks, letters and signs, which have no form of their own.

What a run holds out of the embedded pictures (HELD_OUT of build_embedded.py) is left out in both styles.
"""

import argparse
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

from build_embedded import (  # pyright: ignore[reportMissingImports] (beside this script)
    ART,
    CLASS_OF,
    HELD_OUT,
    NAMES,
    Emoji,
    choose,
    contact_sheet,
    find_art,
    on_white,
    read_members,
)
from PIL import Image

PACKAGES = {ART: "@lobehub/fluent-emoji-3d@1.1.0", NAMES: "emoji-datasource-google@16.0.0"}
LICENCES = {
    ART: "Fluent Emoji 3D, Copyright (c) Microsoft Corporation, MIT; packaged by LobeHub, MIT",
    NAMES: "Noto Emoji, Copyright Google LLC, Apache-2.0; names and classes: emoji-data, Copyright (c) Cal Henderson, MIT",
}
SUBJECTS = {
    "people": ("person", "person-fantasy", "person-gesture", "person-resting", "person-role"),
    "activities": ("person-activity", "person-sport"),
    "hands": ("hand-*", "hands", "body-parts"),
    "plants": ("plant-flower", "plant-other"),
    "fruit": ("food-fruit", "food-vegetable"),
    "food": ("food-asian", "food-prepared", "food-sweet", "dishware", "drink"),
    "vehicles": ("transport-air", "transport-ground", "transport-water"),
    "places": ("place-geographic", "place-other", "sky & weather"),
    "clothing": ("clothing",),
    "household": ("household", "medical", "science", "other-object"),
    "tools": ("tool", "lock", "musical-instrument"),
    "machines": ("computer", "light & video", "phone", "sound"),
    "paper": ("book-paper", "mail", "office", "writing", "money"),
    "play": ("arts & crafts", "award-medal", "event", "game", "sport"),
    "hearts": ("heart", "emotion"),
}
FLAT = "flat "
# circles with hands, that differ by them only
DROPPED = frozenset(f"clock{hour}{half}" for hour in range(1, 13) for half in ("", "30"))
SMALLEST = 64  # pixels: some of Noto's are missing at this size


def subject_of(emoji: Emoji) -> str | None:
    """The class of a motif outside the embedded ones, or None."""
    group = emoji["subcategory"]
    if group in CLASS_OF or emoji["short_name"] in DROPPED:
        return None
    for subject, groups in SUBJECTS.items():
        if group in groups or ("hand-*" in groups and group.startswith("hand-")):
            return subject
    return None


def motifs(table: list[Emoji]) -> Iterator[tuple[str, Emoji]]:
    """(class, motif) of all that is wanted, sorted by name."""
    embedded = {name: label for label, name, _ in choose(table)}
    for emoji in sorted(table, key=lambda emoji: emoji["short_name"]):
        subject = embedded.get(emoji["short_name"]) or subject_of(emoji)
        if subject and emoji["short_name"] not in HELD_OUT:
            yield subject, emoji


def fetch(folder: Path) -> None:
    """Put the packages that are missing into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    for file, package in PACKAGES.items():
        if not (folder / file).exists():
            subprocess.run(["npm", "pack", package], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def gather(packages: Path, out: Path) -> tuple[dict[str, int], list[Image.Image]]:
    """Write all pictures, each once; pictures a class, and the pictures."""
    table: list[Emoji] = json.loads(read_members(packages / NAMES, "emoji.json")["emoji.json"])
    solid = read_members(packages / ART, ".webp")
    flat = read_members(packages / NAMES, ".png")
    counts: dict[str, int] = {}
    pictures: list[Image.Image] = []
    seen: set[bytes] = set()
    for subject, emoji in motifs(table):
        for label, data in ((subject, find_art(solid, emoji)), (FLAT + subject, flat.get(emoji["image"]))):
            if data is None or data in seen:
                continue
            seen.add(data)
            pictures.append(on_white(data))
            path = out / label / f"{emoji['short_name'].replace('/', '-')}.webp"
            path.parent.mkdir(parents=True, exist_ok=True)
            pictures[-1].save(path, lossless=True, method=2)
            counts[label] = counts.get(label, 0) + 1
    return dict(sorted(counts.items())), pictures


def main() -> None:
    """Fetch, gather, and say what there is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", type=Path, help="folder of the npm packages")
    parser.add_argument("out", type=Path, help="new folder for the pictures")
    parser.add_argument("--sheet", type=Path, help="write a contact sheet here")
    options = parser.parse_args()
    if options.out.exists():
        parser.error(f"{options.out} exists already")
    fetch(options.packages)
    counts, pictures = gather(options.packages, options.out)
    sources = [{"package": PACKAGES[file], "licence": licence} for file, licence in LICENCES.items()]
    (options.out / "SOURCES.json").write_text(json.dumps({"sources": sources, "pictures": counts}, indent=2) + "\n")
    print("\n".join(f"{label}: {count}" for label, count in counts.items()))
    if options.sheet:
        contact_sheet(pictures, columns=60, size=32).save(options.sheet)


if __name__ == "__main__":
    main()
