"""Looks for private words in files, wherever they may hide: metadata of pictures, archives, pages that hold pictures."""

from __future__ import annotations

import base64
import binascii
import gzip
import io
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

_PNG = b"\x89PNG\r\n\x1a\n"
_PAGE = re.compile(rb"data:[\w/+.;=-]*base64,([A-Za-z0-9+/=]+)")
_PACKED = {b"zTXt": b"\0\0", b"iTXt": b"\0\1\0", b"iCCP": b"\0\0"}  # chunk -> what stands before its packed text


def found_in(root: Path, words: Iterable[str | bytes]) -> list[str]:
    """``file: word`` for every file below ``root`` that holds one of ``words``, in its name or its content."""
    wanted = {word: _spellings(word) for word in words}
    found = []
    for path in sorted(p for p in root.rglob("*") if p.is_file()):
        name = path.relative_to(root).as_posix()
        everything = [name.encode(), *unpacked(path.read_bytes())]
        found += [f"{name}: {word!r}" for word, spellings in wanted.items()
                  if any(spelling in data for spelling in spellings for data in everything)]  # fmt: skip
    return found


def _spellings(word: str | bytes) -> list[bytes]:
    if isinstance(word, bytes):
        return [word]
    return [word.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be")]


def unpacked(data: bytes) -> Iterator[bytes]:
    """``data``, and everything that lies packed in it."""
    yield data
    for start in (found.start() for found in re.finditer(re.escape(_PNG), data)):
        yield from _texts(data, start + len(_PNG))
    for found in _PAGE.findall(data):
        try:
            yield from unpacked(base64.b64decode(found))
        except binascii.Error:
            continue
    if data[:2] == b"\x1f\x8b":
        yield from unpacked(gzip.decompress(data))
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield from unpacked(archive.read(name))
    if data[257:262] == b"ustar":
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for member in archive:
                file = archive.extractfile(member)
                yield from unpacked(file.read() if file else b"")


def _texts(data: bytes, at: int) -> Iterator[bytes]:
    """The packed texts and profiles of the PNG whose chunks start at ``at``."""
    while at + 8 <= len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        body, at = data[at + 8 : at + 8 + size], at + size + 12
        head, mark, packed = body.partition(_PACKED.get(kind, b"\0\0"))
        if kind in _PACKED and mark:
            packed = packed.split(b"\0", 2)[-1] if kind == b"iTXt" else packed
            try:
                yield head + zlib.decompressobj().decompress(packed, 2**24)
            except zlib.error:
                continue
        if kind == b"IEND":
            return
