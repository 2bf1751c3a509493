"""Where file formats keep XMP, and which of their bytes are the work itself. Nothing is encoded anew."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator

from artgen.provenance import ebml

PNG, GIF = b"\x89PNG\r\n\x1a\n", (b"GIF89a", b"GIF87a")
_JPEG_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_GIF_XMP = b"\x21\xff\x0bXMP DataXMP"
_GIF_END = b"\x01" + bytes(range(255, -1, -1)) + b"\x00"
_MP4_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_PAGE = b'<script type="application/rdf+xml">', b"</script>"  # a data block: no browser runs or shows it


def insert(data: bytes, xmp: bytes) -> bytes | None:
    """The file with the packet; None for a format without a place for it that artgen knows."""
    if data.startswith(PNG):
        body = b"iTXt" + b"XML:com.adobe.xmp\0\0\0\0\0" + xmp
        chunk = (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
        return data[:33] + chunk + data[33:]  # after the header
    if data.startswith(GIF) and data.endswith(b";"):
        return data[:-1] + _GIF_XMP + xmp + _GIF_END + b";"
    if data.startswith(b"\xff\xd8"):
        body = _JPEG_XMP + xmp
        return data[:2] + b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body + data[2:]
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        chunk = b"_PMX" + len(xmp).to_bytes(4, "little") + xmp + b"\0" * (len(xmp) % 2)
        whole = data + b"\0" * (len(data) % 2) + chunk
        return whole[:4] + (len(whole) - 8).to_bytes(4, "little") + whole[8:]
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp(data, xmp)
    if data[:4] == b"fLaC":
        return _flac(data, xmp)
    if data[4:8] == b"ftyp":
        return data + (len(xmp) + 24).to_bytes(4, "big") + b"uuid" + _MP4_XMP + xmp
    if data.startswith(ebml.MAGIC):
        return ebml.with_tag(data, "XMP", xmp)
    if is_page(data):
        head, found, rest = data.partition(b"</head>")
        return head + xmp.join(_PAGE) + found + rest if found else None
    return None


def is_page(data: bytes) -> bool:
    """Whether this is HTML."""
    return data[:64].lstrip().lower().startswith((b"<!doctype html", b"<html"))


def content_hash(data: bytes) -> str | None:
    """SHA-256 of the work itself (coded picture, samples, film), which no change of metadata touches; None where artgen cannot
    tell the two apart."""
    digest = hashlib.sha256()
    parts = 0
    for part in _content(data):
        digest.update(part)
        parts += 1
    return digest.hexdigest() if parts else None


def ends_early(data: bytes) -> bool:
    """Whether a file was cut off: its own words promise more than there is. Of JPEG, FLAC and pages nothing can be said."""
    if data.startswith(PNG):
        return not any(kind == b"IEND" for kind, _ in _chunks(data, 8, "png"))
    if data.startswith(GIF):
        return not data.endswith(b";")
    if data[:4] == b"RIFF":
        return int.from_bytes(data[4:8], "little") + 8 > len(data)
    if data[4:8] == b"ftyp":
        return _mp4_length(data) > len(data)
    return data.startswith(ebml.MAGIC) and ebml.ends_early(data)


def _content(data: bytes) -> Iterator[bytes]:
    if data.startswith(PNG):
        yield from (
            body for kind, body in _chunks(data, 8, "png") if kind in (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"fdAT")
        )
    elif data[:4] == b"RIFF":
        metadata = (b"LIST", b"_PMX", b"XMP ", b"EXIF", b"VP8X", b"C2PA")
        yield from (body for kind, body in _chunks(data, 12, "riff") if kind not in metadata)
    elif data[4:8] == b"ftyp":
        yield from (body for kind, body in _chunks(data, 0, "mp4") if kind == b"mdat")
    elif data[:4] == b"fLaC" or data[:3] == b"ID3":
        flac = data[_after_id3(data) :]
        if flac[:4] == b"fLaC":
            yield flac[_flac_blocks(flac)[1] :]
    elif data.startswith(GIF):
        yield from _gif(data)
    elif data.startswith(ebml.MAGIC):
        yield from ebml.clusters(data)
    elif is_page(data):
        before, _, rest = data.partition(_PAGE[0])
        yield before
        yield rest.partition(_PAGE[1])[2]


def _chunks(data: bytes, at: int, form: str) -> Iterator[tuple[bytes, bytes]]:
    """Chunks ``(kind, body)`` of a PNG, RIFF or MP4; ends where the file ends, however broken it is."""
    while at + 8 <= len(data):
        if form == "mp4":
            size, kind, head = _box(data, at)
            yield kind, data[at + head : at + size]
            at += size
        elif form == "png":
            size = int.from_bytes(data[at : at + 4], "big")
            yield data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
            at += size + 12
        else:
            size = int.from_bytes(data[at + 4 : at + 8], "little")
            yield data[at : at + 4], data[at + 8 : at + 8 + size]
            at += 8 + size + size % 2


def _box(data: bytes, at: int) -> tuple[int, bytes, int]:
    """Size, kind and size of the head of an MP4 box."""
    size, kind, head = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8], 8
    if size == 1:
        size, head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
    return max(size or len(data) - at, head), kind, head


def _mp4_length(data: bytes) -> int:
    """Bytes that the boxes say there are."""
    at = 0
    while at + 8 <= len(data):
        at += _box(data, at)[0]
    return at


def _gif(data: bytes) -> Iterator[bytes]:
    """Screen, colors and pictures with their timing; no comments and no blocks of applications, such as XMP and C2PA."""
    at = 13 + _colors(data[10:11])
    yield data[6:at]
    while at < len(data):
        start, kind = at, data[at : at + 1]
        if kind == b"\x2c":
            at = _blocks_end(data, at + 11 + _colors(data[at + 9 : at + 10]))
        elif kind == b"\x21":
            at = _blocks_end(data, at + 2)
        else:
            return
        if kind == b"\x2c" or data[start + 1 : start + 2] in (b"\xf9", b"\x01"):
            yield data[start:at]


def _colors(packed: bytes) -> int:
    """Bytes of the table of colors that follows."""
    return 3 << ((packed[0] & 7) + 1) if packed and packed[0] & 128 else 0


def _blocks_end(data: bytes, at: int) -> int:
    """Where a chain of GIF's blocks ends, each with its length before it."""
    while at < len(data) and data[at]:
        at += data[at] + 1
    return at + 1


def _webp(data: bytes, xmp: bytes) -> bytes:
    from io import BytesIO

    from PIL import Image

    chunk = b"XMP " + len(xmp).to_bytes(4, "little") + xmp + b"\0" * (len(xmp) % 2)
    body = data[12:]
    if body[:4] == b"VP8X":
        body = body[:8] + bytes([body[8] | 4]) + body[9:]
    else:
        with Image.open(BytesIO(data)) as picture:
            wide, high, alpha = *picture.size, picture.mode == "RGBA"
        flags = bytes([4 | (16 if alpha else 0), 0, 0, 0])
        extended = flags + (wide - 1).to_bytes(3, "little") + (high - 1).to_bytes(3, "little")
        body = b"VP8X" + len(extended).to_bytes(4, "little") + extended + body
    return b"RIFF" + (4 + len(body) + len(chunk)).to_bytes(4, "little") + b"WEBP" + body + chunk


def _after_id3(data: bytes) -> int:
    """Where a file begins behind the ID3 tag that some programs put before it: its length has seven bits a byte."""
    if data[:3] != b"ID3" or len(data) < 10:
        return 0
    return 10 + sum(byte << 7 * (3 - number) for number, byte in enumerate(data[6:10]))


def _flac_blocks(data: bytes) -> tuple[list[tuple[int, bytes]], int]:
    """The metadata blocks (type, body) of a FLAC file and where the sound begins."""
    blocks: list[tuple[int, bytes]] = []
    at, last = 4, False
    while not last and at + 4 <= len(data):
        last = bool(data[at] & 128)
        size = int.from_bytes(data[at + 1 : at + 4], "big")
        blocks.append((data[at] & 127, data[at + 4 : at + 4 + size]))
        at += 4 + size
    return blocks, at


def _flac(data: bytes, xmp: bytes) -> bytes:
    """The packet as one more Vorbis comment, since FLAC knows no XMP."""
    blocks, start = _flac_blocks(data)
    entry = b"XMP=" + xmp
    tail = len(entry).to_bytes(4, "little") + entry
    tags = next((body for kind, body in blocks if kind == 4), b"\x06\0\0\0artgen\0\0\0\0")
    at = 4 + int.from_bytes(tags[:4], "little")
    tags = tags[:at] + (int.from_bytes(tags[at : at + 4], "little") + 1).to_bytes(4, "little") + tags[at + 4 :] + tail
    kept = [(kind, body) for kind, body in blocks if kind not in (1, 4)]  # 1 is padding
    kept.insert(1, (4, tags))
    out = b"fLaC"
    for index, (kind, body) in enumerate(kept):
        out += bytes([kind | (128 if index == len(kept) - 1 else 0)]) + len(body).to_bytes(3, "big") + body
    return out + data[start:]
