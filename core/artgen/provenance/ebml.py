"""WebM and Matroska: where a tag goes in, and which of their bytes are the film itself (RFC 8794, RFC 9559)."""

from __future__ import annotations

from collections.abc import Iterator

MAGIC = b"\x1a\x45\xdf\xa3"
_SEGMENT, _CLUSTER, _TAGS = b"\x18\x53\x80\x67", b"\x1f\x43\xb6\x75", b"\x12\x54\xc3\x67"
_TAG, _TARGETS, _SIMPLE, _NAME, _TEXT = b"\x73\x73", b"\x63\xc0", b"\x67\xc8", b"\x45\xa3", b"\x44\x87"
_UNKNOWN = -1  # length of what reaches to the end


def with_tag(data: bytes, name: str, text: bytes) -> bytes | None:
    """The film with one more tag at its end; None where its length is not said in eight bytes, so that nothing can be added."""
    place = _segment(data)
    if place is None:
        return None
    start, width, size = place
    simple = _element(_SIMPLE, _element(_NAME, name.encode()) + _element(_TEXT, text))
    tags = _element(_TAGS, _element(_TAG, _element(_TARGETS, b"") + simple))
    if size == _UNKNOWN:
        return data + tags
    if width != 8 or start + size != len(data):
        return None
    return data[: start - 8] + _length(size + len(tags), 8) + data[start:] + tags


def clusters(data: bytes) -> Iterator[bytes]:
    """The bodies that hold the coded frames."""
    place = _segment(data)
    at = place[0] if place else len(data)
    while at + 2 <= len(data):
        name, at = _identity(data, at)
        size, at = _size(data, at)[0], _size(data, at)[1]
        end = len(data) if size == _UNKNOWN else at + size
        if name == _CLUSTER:
            yield data[at:end]
        at = end


def ends_early(data: bytes) -> bool:
    """Whether the film says that it is longer than the file."""
    place = _segment(data)
    return place is None or (place[2] != _UNKNOWN and place[0] + place[2] > len(data))


def _segment(data: bytes) -> tuple[int, int, int] | None:
    """Where the body of the segment starts, how many bytes say its length, and that length."""
    at = 0
    while at + 12 <= len(data):
        name, at = _identity(data, at)
        before = at
        size, at = _size(data, at)
        if name == _SEGMENT:
            return at, at - before, size
        if size == _UNKNOWN:
            return None
        at += size
    return None


def _identity(data: bytes, at: int) -> tuple[bytes, int]:
    width = _width(data[at])
    return data[at : at + width], at + width


def _size(data: bytes, at: int) -> tuple[int, int]:
    if at >= len(data):
        return 0, at + 1
    width = _width(data[at])
    value = int.from_bytes(data[at : at + width], "big") & ((1 << 7 * width) - 1)
    return (_UNKNOWN if value == (1 << 7 * width) - 1 else value), at + width


def _width(first: int) -> int:
    """Bytes of a number that begins with this one: one more than its leading zero bits."""
    return min(9 - first.bit_length(), 8)


def _element(name: bytes, body: bytes) -> bytes:
    return name + _length(len(body), 8) + body


def _length(value: int, width: int) -> bytes:
    return (value | 1 << 7 * width).to_bytes(width, "big")
