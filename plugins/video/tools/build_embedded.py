"""Rebuild every clip of artgen_video/embedded from its source packages; the same packages and tools give the same bytes.

Download the five packages into one folder (about 800 MB):

    npm pack @lobehub/fluent-emoji-anim-1@1.0.0    # and -2, -3, -4
    npm pack emoji-datasource-google@16.0.0

and install the tools: pip install pillow==13.0.0 av==18.1.0 numpy. Then

    python build_embedded.py FOLDER
"""

import argparse
import io
import json
import re
import shutil
import tarfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from clips import write  # pyright: ignore[reportMissingImports] (beside this script)
from PIL import Image

EMBEDDED = Path(__file__).parents[1] / "artgen_video" / "embedded"
ART = tuple(f"lobehub-fluent-emoji-anim-{number}-1.0.0.tgz" for number in (1, 2, 3, 4))
NAMES = "emoji-datasource-google-16.0.0.tgz"
SIZE, RATE, SECONDS, SHORTEST = 64, 12, 3, 1.5
FACES = (
    *("face-affection", "face-concerned", "face-glasses", "face-hand", "face-hat", "face-negative"),
    *("face-neutral-skeptical", "face-sleepy", "face-smiling", "face-tongue", "face-unwell"),
)
PEOPLE = ("person-activity", "person-role")
CLASS_OF = {**dict.fromkeys(FACES, "faces"), **dict.fromkeys(PEOPLE, "people")}
# Narrow on purpose: what is alike in build is learned in minutes. Animals that face the viewer, people from the waist up.
ANIMALS = (
    "bear blowfish boar cat chicken cow crying_cat_face dog duck fox_face frog gorilla hamster "
    "hatched_chick hatching_chick hear_no_evil heart_eyes_cat joy_cat kissing_cat koala ladybug lion_face "
    "monkey_face mouse octopus orangutan owl panda_face penguin pig pig_nose polar_bear rabbit raccoon "
    "scream_cat see_no_evil smile_cat smiley_cat smirk_cat speak_no_evil tiger whale wolf"
)
JUGGLING = "juggling"  # the one sport that is played standing
DROPPED = (
    "skull skull-and-crossbones breast-feeding wearing-turban with-turban with-gua-pi-mao in-business-suit-levitating "
    "in-manual-wheelchair in-motorized-wheelchair with-bunny-ears-partying climbing running runner dancers dancer dancing"
)
STILL = 1.2  # mean absolute change between frames 1/8 s apart, in steps of 255: less is a picture, not a film
SEXES = re.compile(r"(?:^|(?<=[-_]))(?:wo)?m[ae]n(?:$|(?=[-_]))|(?:^|(?<=[-_]))(?:fe)?male(?:$|(?=[-_]))")


def emoji(folder: Path) -> list[dict[str, str]]:
    """The table of all motifs; skin-tone variants have no entry of their own."""
    with tarfile.open(folder / NAMES) as tar:
        table = tar.extractfile("package/emoji.json")
        assert table is not None
        return json.load(table)


def motifs(folder: Path) -> dict[str, tuple[str, str]]:
    """Code points -> (class, name) of the motifs wanted."""
    found: dict[str, tuple[str, str]] = {}
    for entry in emoji(folder):
        name = entry["short_name"]
        label = "animals" if name in ANIMALS.split() else CLASS_OF.get(entry["subcategory"])
        label = "people" if what(name) == JUGGLING else label
        if label and what(name) not in DROPPED.split():
            for code in (entry["unified"], entry["non_qualified"]):
                found |= {code.lower(): (label, name)} if code else {}
    return found


def what(name: str) -> str:
    """``male-doctor`` -> ``doctor``: the motif without who shows it, in one spelling."""
    return re.sub(r"[-_]+", "-", SEXES.sub("", name)).strip("-").removeprefix("person-")


def grouped(name: str) -> str:
    """``male-doctor`` -> ``doctor__male``: variants of one motif agree up to ``__`` and are held out together."""
    who = SEXES.search(name)
    if who is None:
        return name
    rest = re.sub(r"[-_]{2,}", "-", SEXES.sub("", name)).strip("-_")
    return f"{rest or name}__{who[0]}"


def frames(data: bytes) -> np.ndarray | None:
    """An animated WebP as ``[t, h, w, 3]`` uint8 on white at RATE, SECONDS long from its start, a shorter one going round (they
    are made to); None: shorter than SHORTEST."""
    with Image.open(io.BytesIO(data)) as film:
        count, pictures, ends, clock = getattr(film, "n_frames", 1), [], [], 0.0
        if count < 2:
            return None
        for number in range(count):
            film.seek(number)
            picture = film.convert("RGBA")
            clock += film.info["duration"] / 1000
            ground = Image.new("RGBA", picture.size, "white")
            ground.alpha_composite(picture)
            pictures.append(np.asarray(ground.convert("RGB").resize((SIZE, SIZE), Image.Resampling.LANCZOS)))
            ends.append(clock)
    if clock < SHORTEST:
        return None
    shown = np.searchsorted(ends, (np.arange(RATE * SECONDS) + 0.5) / RATE % clock).clip(max=count - 1)
    return np.stack(pictures)[shown]


def moves(clip: np.ndarray) -> bool:
    """Whether it is worth learning motion from."""
    wide = clip[:: max(1, RATE // 8)].astype(np.float32)
    return float(np.abs(np.diff(wide, axis=0)).mean()) > STILL


def films(folder: Path, wanted: Mapping[str, tuple[str, str]]) -> Iterator[tuple[str, str, np.ndarray]]:
    """(class, name, clip) of every motif of ``wanted`` that moves."""
    seen = set[str]()
    for archive in ART:
        with tarfile.open(folder / archive) as tar:
            for member in tar:
                code = member.name.rsplit("/", 1)[-1].removesuffix(".webp").lower()
                file = tar.extractfile(member) if code in wanted and code not in seen else None
                clip = frames(file.read()) if file is not None else None
                if clip is not None and moves(clip):
                    seen.add(code)
                    yield (*wanted[code], clip)


def main() -> None:
    """Build all classes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder of the downloaded packages")
    folder = parser.parse_args().folder
    for label in set(CLASS_OF.values()):
        shutil.rmtree(EMBEDDED / label, ignore_errors=True)
        (EMBEDDED / label).mkdir(parents=True)
    count, size = Counter[str](), Counter[str]()
    for label, name, clip in films(folder, motifs(folder)):
        path = EMBEDDED / label / f"{grouped(name)}.mp4"
        write(clip, path, RATE)
        count[label] += 1
        size[label] += path.stat().st_size
    for label in sorted(count):
        print(f"{label}: {count[label]} clips, {size[label] / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
