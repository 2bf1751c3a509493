"""Rebuild every picture of artgen_image/embedded from its source packages; the same packages give the same bytes.

Download the two packages into one folder (about 90 MB):

    npm pack @lobehub/fluent-emoji-3d@1.1.0
    npm pack emoji-datasource-google@16.0.0

and install the tool: pip install pillow==13.0.0 (another version may compress to other bytes, never to other
pixels). Then

    python build_embedded.py FOLDER [--sheet SHEET.png]
"""

import argparse
import io
import json
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import TypedDict

from PIL import Image

EMBEDDED = Path(__file__).parents[1] / "artgen_image" / "embedded"
ART = "lobehub-fluent-emoji-3d-1.1.0.tgz"
NAMES = "emoji-datasource-google-16.0.0.tgz"
SIZE = 128
FACES = (
    *("face-affection", "face-concerned", "face-costume", "face-glasses", "face-hand", "face-hat", "face-negative"),
    *("face-neutral-skeptical", "face-sleepy", "face-smiling", "face-tongue", "face-unwell"),
)
ANIMALS = (
    *("animal-amphibian", "animal-bird", "animal-bug", "animal-mammal", "animal-marine", "animal-reptile"),
    *("cat-face", "monkey-face"),
)
CLASS_OF = {
    **dict.fromkeys(FACES, "faces"),
    **dict.fromkeys(ANIMALS, "animals"),
    **dict.fromkeys(("place-building", "place-religious"), "buildings"),
}
ADDED = {"circus_tent": "buildings", "tent": "buildings", "hut": "buildings"}
# plants, stones and parts of animals, and a face behind a picture-filling cloud
DROPPED = frozenset(
    (
        "bricks",
        "rock",
        "wood",
        "shell",
        "coral",
        "microbe",
        "wing",
        "pig_nose",
        "feather",
        "spider_web",
        "feet",
        "face_in_clouds",
    )
)

# animals as they look at one: a network learns such a class in minutes, and 132 animals in all poses as shapes with legs
FRONT = {
    "bear", "boar", "cat", "chicken", "cow", "crying_cat_face", "dog", "dragon_face", "fox_face", "frog",
    "hamster", "hatched_chick", "hatching_chick", "hear_no_evil", "heart_eyes_cat", "horse", "joy_cat",
    "kissing_cat", "koala", "lion_face", "monkey_face", "moose", "mouse", "octopus", "owl", "panda_face",
    "penguin", "pig", "polar_bear", "pouting_cat", "rabbit", "raccoon", "scream_cat", "see_no_evil",
    "smile_cat", "smirk_cat", "speak_no_evil", "tiger", "unicorn_face", "wolf",
}  # fmt: skip
# what a run with its usual settings holds out of the embedded pictures, which start weights have to leave out too
HELD_OUT = {
    "anguished", "bear", "classical_building", "cow", "face_holding_back_tears", "face_with_peeking_eye",
    "face_with_symbols_on_mouth", "factory", "house", "kissing", "monkey_face", "nerd_face", "office", "polar_bear", "relaxed",
    "saluting_face", "scream", "skull", "upside_down_face", "wink",
}  # fmt: skip


class Emoji(TypedDict):
    """The fields of emoji.json that are read. ``unified`` is the code point sequence, skin tones excluded."""

    unified: str
    non_qualified: str | None
    short_name: str
    subcategory: str


def read_members(archive: Path, ending: str) -> dict[str, bytes]:
    """The files of an npm tarball whose name ends so: base name -> bytes."""
    members: dict[str, bytes] = {}
    with tarfile.open(archive) as tar:
        for member in tar:
            file = tar.extractfile(member) if member.isfile() and member.name.endswith(ending) else None
            if file is not None:
                members[member.name.rsplit("/", 1)[-1]] = file.read()
    return members


def choose(table: list[Emoji]) -> Iterator[tuple[str, str, Emoji]]:
    """(class, name, entry) of the motifs wanted, sorted by name. Skin-tone variants have no entry of their own."""
    for entry in sorted(table, key=lambda emoji: emoji["short_name"]):
        name = entry["short_name"]
        label = ADDED.get(name) or CLASS_OF.get(entry["subcategory"])
        if label and name not in DROPPED:
            yield label, name, entry


def find_art(art: dict[str, bytes], entry: Emoji) -> bytes | None:
    """The picture of a motif, which is filed under either spelling of its code points."""
    for code in (entry["unified"], entry["non_qualified"]):
        if code and f"{code.lower()}.webp" in art:
            return art[f"{code.lower()}.webp"]
    return None


def on_white(data: bytes, size: int = SIZE) -> Image.Image:
    """Decode, composite on white, then shrink with Lanczos, in this order, so that no dark rim appears."""
    with Image.open(io.BytesIO(data)) as picture:
        picture = picture.convert("RGBA")
    ground = Image.new("RGBA", picture.size, "white")
    ground.alpha_composite(picture)
    return ground.convert("RGB").resize((size, size), Image.Resampling.LANCZOS)


def contact_sheet(pictures: list[Image.Image], columns: int = 22, size: int = 64) -> Image.Image:
    """All pictures on one page, for a person to look at."""
    rows = -(-len(pictures) // columns)
    page = Image.new("RGB", (columns * size, rows * size), "white")
    for index, picture in enumerate(pictures):
        page.paste(picture.resize((size, size)), (index % columns * size, index // columns * size))
    return page


def motifs(folder: Path, target: Path) -> Iterator[tuple[Path, bytes]]:
    """Where in ``target``, whose classes are emptied first, every motif goes (CLASS/NAME.webp), and its picture."""
    table: list[Emoji] = json.loads(read_members(folder / NAMES, "emoji.json")["emoji.json"])
    art = read_members(folder / ART, ".webp")
    for label in set(CLASS_OF.values()):
        shutil.rmtree(target / label, ignore_errors=True)
        (target / label).mkdir(parents=True)
    for label, name, entry in choose(table):
        data = find_art(art, entry)
        if data is not None:
            yield target / label / f"{name}.webp", data


def build(folder: Path) -> list[Image.Image]:
    """Write embedded/CLASS/NAME.webp for every motif, each picture once."""
    pictures: list[Image.Image] = []
    seen: set[bytes] = set()
    for path, data in motifs(folder, EMBEDDED):
        if data not in seen and (path.parent.name != "animals" or path.stem in FRONT):
            seen.add(data)
            pictures.append(on_white(data))
            pictures[-1].save(path, lossless=True, quality=100, method=6)
    return pictures


def main() -> None:
    """Build all classes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder of the downloaded packages")
    parser.add_argument("--sheet", type=Path, help="write a contact sheet here")
    options = parser.parse_args()
    pictures = build(options.folder)
    for label in sorted(set(CLASS_OF.values())):
        files = list((EMBEDDED / label).iterdir())
        print(f"{label}: {len(files)} pictures, {sum(file.stat().st_size for file in files) / 1e6:.2f} MB")
    if options.sheet:
        contact_sheet(pictures).save(options.sheet)


if __name__ == "__main__":
    main()
