"""Pictures whose structure is a trap: looked through before a decoder, which would spend minutes or the memory on them."""

from __future__ import annotations

import mmap
import re
from pathlib import Path

MOST_CHUNKS = 20_000  # of a PNG or a JPEG; an animation of an hour has fewer
MOST_SCANS = 200  # of a progressive JPEG, which has about ten; each costs a pass over the whole picture
MOST_COMMENT = 2**20  # bytes of one comment or application block of a GIF
_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")  # of a JPEG; in coded data a zero follows a byte FF
_END, _SCAN = 0xD9, 0xDA  # second bytes of markers
_PNG, _JPEG, _GIF = b"\x89PNG\r\n\x1a\n", b"\xff\xd8", (b"GIF87a", b"GIF89a")


def picture_trap(path: Path) -> str | None:
    """Why the picture file should not be given to a decoder; None: nothing speaks against it, or it is none that is known here.

    It costs at most some ten milliseconds and no memory. Raises OSError where the file cannot be read."""
    with path.open("rb") as file:
        start = file.read(8)
        if not start.startswith((_PNG, _JPEG, *_GIF)):
            return None
        try:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except OSError:  # some disks cannot map
            return None
        with mapped as data:
            if start == _PNG:
                return _chunks(data)
            return _scans(data) if start.startswith(_JPEG) else _blocks(data)


def _chunks(data: mmap.mmap) -> str | None:
    at = 8
    for _ in range(MOST_CHUNKS):
        head = data[at : at + 8]
        if len(head) < 8 or head[4:] == b"IEND":
            return None
        at += int.from_bytes(head[:4], "big") + 12
    return f"more than {MOST_CHUNKS:,} chunks: save it again"


def _scans(data: mmap.mmap) -> str | None:
    """Up to the end of the picture, behind which cameras put a film of the moment, or another picture."""
    at = scans = 0
    for _ in range(MOST_CHUNKS):
        marker = _MARKER.search(data, at)
        if marker is None or (kind := data[marker.end() - 1]) == _END:
            return None
        scans += kind == _SCAN
        if scans > MOST_SCANS:
            return f"more than {MOST_SCANS} scans: save it again"
        at = marker.end() + int.from_bytes(data[marker.end() : marker.end() + 2], "big")
    return f"more than {MOST_CHUNKS:,} segments: save it again"


def _blocks(data: mmap.mmap) -> str | None:
    """Comments and application blocks before the first picture, which the decoders keep in memory."""
    at = 13 + _table(data[10])
    while data[at : at + 1] == b"!":
        at += 2
        start = at
        while (size := data[at : at + 1]) not in (b"", b"\0"):
            at += size[0] + 1
            if at - start > MOST_COMMENT:
                return f"a comment of more than {MOST_COMMENT // 2**20} MiB: save it again"
        at += 1
    return None


def _table(flags: int) -> int:
    """Bytes of the color table that the flags of a GIF announce."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0
