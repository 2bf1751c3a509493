"""Open sounds and films of strangers with FFmpeg (through PyAV), by a demuxer that is chosen from the file's first bytes.

FFmpeg would guess the format, and follow a playlist to the network.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av.container import InputContainer

_MPEG_AUDIO = tuple((0, bytes((0xFF, second))) for second in (0xFB, 0xFA, 0xF3, 0xF2, 0xFD, 0xFC, 0xE3))
# demuxer -> (offset, bytes) that a file of this kind has
HEADS: dict[str, tuple[tuple[int, bytes], ...]] = {
    "mov": tuple((4, word) for word in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")),
    "matroska": ((0, b"\x1a\x45\xdf\xa3"),),
    "avi": ((8, b"AVI "),),
    "wav": ((8, b"WAVE"),),
    "w64": ((0, b"riff\x2e\x91\xcf\x11"),),
    "asf": ((0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"),),
    "mpegts": ((0, b"\x47"), (4, b"\x47")),  # looked at more closely below
    "mpeg": ((0, b"\x00\x00\x01\xba"),),
    "mpegvideo": ((0, b"\x00\x00\x01\xb3"),),
    "flv": ((0, b"FLV\x01"),),
    "ogg": ((0, b"OggS"),),
    "flac": ((0, b"fLaC"),),
    "aiff": ((8, b"AIFF"), (8, b"AIFC")),
    "caf": ((0, b"caff"),),
    "au": ((0, b".snd"),),
    "amr": ((0, b"#!AMR"),),
    "ape": ((0, b"MAC "),),
    "wv": ((0, b"wvpk"),),
    "tta": ((0, b"TTA1"),),
    "aac": ((0, b"\xff\xf1"), (0, b"\xff\xf9")),
    "ac3": ((0, b"\x0b\x77"),),
    "mp3": ((0, b"ID3"), *_MPEG_AUDIO),
}
_PLAYLISTS = (b"#EXTM3U", b"<?xml", b"ffconcat", b"[playlist]")
_PACKETS = ((188, 0), (192, 4))  # sizes of a transport stream's packets, and where in each its sign lies


class NoMediaError(Exception):
    """What a file is instead of a sound or a film, in words for the user."""


def open_media(path: Path) -> InputContainer:
    """The container of a sound or a film, for the caller to close; it opens no other file and no network.

    Raises NoMediaError for what is none of a known kind, av.error.FFmpegError for damage, OSError."""
    import av

    kind = demuxer(path)
    options = {"protocol_whitelist": "file", **({"enable_drefs": "0"} if kind == "mov" else {})}
    return av.open(str(path), format=kind, options=options, metadata_errors="ignore")


def demuxer(path: Path) -> str:
    """The name of the demuxer that fits the first bytes. Raises NoMediaError, OSError."""
    with path.open("rb") as file:
        head = file.read(1024)
    if head.startswith(b"ID3"):  # a tag, behind which any kind of MPEG sound may lie
        return "aac" if _behind_tag(path, head)[:2] in (b"\xff\xf1", b"\xff\xf9") else "mp3"
    for kind, marks in HEADS.items():
        if any(head[offset : offset + len(mark)] == mark for offset, mark in marks):
            if kind != "mpegts":
                return kind
            if any(head[at::size][:4] == b"\x47" * 4 for size, at in _PACKETS):
                return kind
    if head.lstrip().startswith(_PLAYLISTS):
        raise NoMediaError("a playlist, no work: artgen opens no network, download the work itself")
    raise NoMediaError("it is of no known format")


def _behind_tag(path: Path, head: bytes) -> bytes:
    size = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
    with path.open("rb") as file:
        file.seek(size)
        return file.read(2)
