"""OSC by UDP, in and out: numbers for addresses. Packets are parsed by python-osc; whatever else comes is counted and left."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from artgen.errors import InputError

LARGEST = 8192  # bytes of a packet
_MOST_ADDRESSES = 500  # that are remembered
_MOST_VALUES = 8  # numbers of a message that are read
_LONGEST = 200  # characters of an address


def needed() -> None:
    """Raises InputError where python-osc is missing."""
    try:
        import pythonosc  # noqa: F401
    except ImportError:
        raise InputError("needs python-osc; pip install 'artgen-suite[live]'", at="--osc") from None


def parse_place(text: str, flag: str, host: str = "127.0.0.1") -> tuple[str, int]:
    """``9000`` or ``HOST:9000`` as host and port. Raises InputError."""
    where, _, port = text.rpartition(":")
    if not port.isdecimal() or not 1 <= int(port) <= 65535:
        raise InputError("give a port, or HOST:PORT", at=flag, value=text)
    return where.strip("[]") or host, int(port)


def messages(packet: bytes) -> list[tuple[str, list[float]]]:
    """Addresses and the numbers with them, truth values as 0 and 1. Raises ValueError for what is no packet of OSC."""
    from pythonosc.osc_packet import OscPacket

    if len(packet) > LARGEST:
        raise ValueError("larger than 8 KiB")
    before = logging.root.manager.disable
    logging.disable(
        logging.WARNING
    )  # the parser prints what it does not know, and a flood of that would bury the terminal
    try:
        found = [(str(one.message.address), list(one.message.params)) for one in OscPacket(packet).messages]
    except (Exception, RecursionError) as error:  # the parser raises whatever its parts raise
        raise ValueError(f"no packet of OSC ({type(error).__name__})") from None
    finally:
        logging.disable(before)
    numbers: list[tuple[str, list[float]]] = []
    for address, values in found:
        if len(address) <= _LONGEST and address.startswith("/") and address.isprintable():
            kept = [float(v) for v in values[:_MOST_VALUES] if isinstance(v, int | float) and abs(v) < 1e300]
            numbers.append((address, [v for v in kept if math.isfinite(v)]))
    return numbers


@dataclass
class Received:
    """What came on one address: how often, and the last numbers."""

    count: int = 0
    values: list[float] = field(default_factory=list)


class OscIn(asyncio.DatagramProtocol):
    """Hears packets. ``hear(address, numbers)`` gets each message.

    - ``received``: addresses that came, for a person to choose from.
    - ``refused``: how many packets were none of OSC."""

    def __init__(self, hear: Callable[[str, list[float]], None]) -> None:
        self._hear = hear
        self.received: dict[str, Received] = {}
        self.refused = 0

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """A packet of anyone."""
        try:
            found = messages(data)
        except ValueError:
            self.refused += 1
            return
        for address, values in found:
            if address in self.received or len(self.received) < _MOST_ADDRESSES:
                known = self.received.setdefault(address, Received())
                known.count, known.values = known.count + 1, values
            self._hear(address, values)

    @property
    def plain(self) -> list[dict[str, Any]]:
        """The list of addresses received, as plain values."""
        return [{"address": name, "count": one.count, "last": one.values} for name, one in self.received.items()]


async def listen(place: str, hear: Callable[[str, list[float]], None]) -> tuple[asyncio.DatagramTransport, OscIn, int]:
    """Hear packets at ``HOST:PORT``: the socket, who hears, and the port. Raises InputError where it cannot be used."""
    needed()
    host, port = parse_place(place, "--osc")
    loop = asyncio.get_running_loop()
    try:
        transport, protocol = await loop.create_datagram_endpoint(lambda: OscIn(hear), local_addr=(host, port))
    except OSError as error:
        raise InputError(
            f"cannot be used ({error.strerror or error}); give another port", at="--osc", value=place
        ) from None
    return transport, protocol, port


class OscOut:
    """Tells another program what happens. What cannot be sent is left: nobody may be listening."""

    def __init__(self, place: str) -> None:
        needed()
        host, port = parse_place(place, "--osc-out")
        try:
            family, _, _, _, self._to = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
            self._socket = socket.socket(family, socket.SOCK_DGRAM)
        except OSError as error:
            raise InputError(f"cannot be used ({error.strerror or error})", at="--osc-out", value=place) from None
        self._socket.setblocking(False)

    def send(self, address: str, value: float) -> None:
        """One number for one address."""
        from pythonosc.osc_message_builder import OscMessageBuilder

        message = OscMessageBuilder(address)
        message.add_arg(float(value), "f")
        with contextlib.suppress(OSError):
            self._socket.sendto(message.build().dgram, self._to)

    def close(self) -> None:
        """Give the socket back."""
        self._socket.close()
