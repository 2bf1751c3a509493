"""The label in a file's metadata: one XMP packet, the same for every format."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.sax.saxutils import quoteattr, unescape

SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
_PACKET = re.compile(
    rb'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF[^<]*<rdf:Description.{0,8000}?</x:xmpmeta>', re.DOTALL
)
_START = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">'
_LONGEST = 10_000  # bytes of a packet
_TRIES = 200  # packets of a file that are looked into; a file of ours has one
_FIELD = re.compile(r'artgen:([a-z_]+)=(?:"([^"]*)"|\'([^\']*)\')')
_ENTITIES = {"&quot;": '"', "&#10;": "\n", "&#13;": "\r", "&#9;": "\t"}


def packet(fields: Mapping[str, str]) -> bytes:
    """XMP with the IPTC digital source type and ``fields`` (how it was made), the same bytes for the same fields."""
    about = "".join(
        f" artgen:{name}={quoteattr(_plain(value))}"
        for name, value in sorted(fields.items())
        if value and re.fullmatch("[a-z_]+", name)
    )
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
        'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:artgen="urn:artgen:1" xmp:CreatorTool="artgen" '
        f'Iptc4xmpExt:DigitalSourceType="{SOURCE}"{about}/></rdf:RDF></x:xmpmeta>'
    ).encode()


def read_packet(data: bytes) -> dict[str, str] | None:
    """The fields of the packet in a file's bytes, wherever its format keeps it; None without one of ours."""
    for match in _PACKET.finditer(data):
        text = match[0].decode("utf-8", "replace")
        if SOURCE in text and "urn:artgen:1" in text:
            return {name: unescape(a or b, _ENTITIES) for name, a, b in _FIELD.findall(text)}
    return None


class PacketSearch:
    """Looks for the packet in a file that comes in parts, in bounded memory and time. ``fields``: what was found."""

    def __init__(self) -> None:
        self.fields: dict[str, str] | None = None
        self._tail, self._tries = b"", 0

    def feed(self, part: bytes) -> None:
        """The next bytes of the file."""
        data = self._tail + part
        at = data.find(_START)
        while at >= 0 and self.fields is None and self._tries < _TRIES and at + _LONGEST <= len(data):
            self._look(data, at)
            at = data.find(_START, at + 1)
        self._tail = data[at:] if at >= 0 and self.fields is None and self._tries < _TRIES else data[1 - len(_START) :]

    def end(self) -> dict[str, str] | None:
        """After the last part: the fields; None without a packet of ours."""
        at = self._tail.find(_START)
        while at >= 0 and self.fields is None and self._tries < _TRIES:
            self._look(self._tail, at)
            at = self._tail.find(_START, at + 1)
        return self.fields

    def _look(self, data: bytes, at: int) -> None:
        self._tries += 1
        self.fields = read_packet(data[at : at + _LONGEST])


def _plain(value: str) -> str:
    """What XML may hold, of a bounded length."""
    return "".join(c for c in value[:2000] if c.isprintable())
