"""Reads Qt's binary resource files (.rcc), in which gcompris keeps its pictures."""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

COMPRESSED, FOLDER = 1, 2  # flags of an entry


def read_rcc(path: Path) -> Iterator[tuple[str, bytes]]:
    """``(path inside, bytes)`` of every file of versions 1 to 3; raises ValueError for anything else."""
    blob = path.read_bytes()
    magic, version, tree, data, names = struct.unpack_from(">4sIIII", blob)
    if magic != b"qres" or version > 3:
        raise ValueError(f"{path}: not a Qt resource file of version 1 to 3")
    entry = 22 if version > 1 else 14

    def walk(number: int, above: str) -> Iterator[tuple[str, bytes]]:
        at = tree + number * entry
        name_at, flags = struct.unpack_from(">IH", blob, at)
        (length,) = struct.unpack_from(">H", blob, names + name_at)
        name = blob[names + name_at + 6 : names + name_at + 6 + 2 * length].decode("utf-16-be") if number else ""
        inside = f"{above}/{name}" if above else name
        if flags & FOLDER:
            count, first = struct.unpack_from(">II", blob, at + 6)
            for child in range(first, first + count):
                yield from walk(child, inside)
            return
        (start,) = struct.unpack_from(">I", blob, at + 10)
        (size,) = struct.unpack_from(">I", blob, data + start)
        content = blob[data + start + 4 : data + start + 4 + size]
        yield inside, zlib.decompress(content[4:]) if flags & COMPRESSED else content

    yield from walk(0, "")
