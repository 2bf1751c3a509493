"""A folder of files, here or behind an address: read a file within a limit, bring one here whole, put one there.

fsspec opens the address (http and https with aiohttp; s3, gs and abfs with the packages that fsspec names). The schemes are few,
because some of fsspec's run commands or reach into archives.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from artgen.errors import InputError, StorageError

SCHEMES = ("http", "https", "s3", "gs", "abfs")
T = TypeVar("T")
_CHUNK = 2**20
_TRIES = 3
_SILENCE = 30.0  # seconds without a byte
_LONGEST = 3600.0  # seconds of an answer where it may not be slow
_PAUSE = 0.5  # seconds before the second try, twice as long before each further one


@dataclass(frozen=True)
class Place:
    """A folder somewhere.

    - ``address``: a folder's path, or a URL of one of SCHEMES.
    - ``slowest``: bytes a second below which a file is given up after half a minute; 0: it may take as long as it likes, as
      long as something comes.
    """

    address: str
    slowest: int = 0

    @property
    def remote(self) -> bool:
        return "://" in self.address

    def __str__(self) -> str:
        """The address without a name and password that it may hold."""
        scheme, mark, rest = self.address.rpartition("://")
        return scheme + mark + rest.rpartition("@")[2]

    @property
    def name(self) -> str:
        """The last word of the address, which says nothing about where it is."""
        return str(self).rstrip("/").rpartition("/")[2] or "shards"

    def read(self, name: str, limit: int) -> bytes:
        """A small file of at most ``limit`` bytes. Raises InputError when it cannot be read or is larger."""
        try:
            return self.small(name, limit)
        except Unread as error:
            raise InputError(f"{name} cannot be read ({error})", at="--data", value=self) from None

    def small(self, name: str, limit: int) -> bytes:
        """The same. Raises Unread."""
        parts: list[bytes] = []
        self._tried(lambda: (parts.clear(), self._copy(name, limit, parts.append)))
        return b"".join(parts)

    def fetch(self, name: str, target: Path, size: int, sha256: str) -> None:
        """Copy a file of ``size`` bytes here. Raises StorageError when it cannot be read after three tries, InputError when it is
        not the file that was packed."""
        try:
            found = self.copied(name, target, size)
        except Unread as error:
            raise StorageError(f"{self}: {name} cannot be read ({error}); go on with --resume",
                               page=f"{self}: {name} cannot be read ({error}); go on when it can") from None  # fmt: skip
        if found != sha256:
            raise InputError(f"{self}: {name} is not the shard that was packed; copy or pack it again")

    def copied(self, name: str, target: Path, size: int) -> str:
        """Copy a file of ``size`` bytes to ``target``, with three tries; its SHA-256. Raises Unread."""
        return self._tried(lambda: self._download(name, target, size))

    def _download(self, name: str, target: Path, size: int) -> str:
        digest, got = hashlib.sha256(), 0
        with target.open("wb") as out:

            def take(chunk: bytes) -> None:
                nonlocal got
                got += len(chunk)
                digest.update(chunk)
                out.write(chunk)

            self._copy(name, size, take)
        if got < size:
            raise OSError(f"only {got} of {size} bytes came")
        return digest.hexdigest()

    def _copy(self, name: str, limit: int, take: Callable[[bytes], Any]) -> None:
        began, left = time.monotonic(), limit
        with self._open(name) as file:
            while chunk := file.read(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    raise Unread(f"larger than the {limit} bytes that it may have")
                take(chunk)
                passed = time.monotonic() - began
                if passed > _SILENCE and limit - left < self.slowest * passed:
                    raise Unread(f"comes slower than {self.slowest} bytes a second")

    def _open(self, name: str) -> Any:
        if not self.remote:
            return (Path(self.address) / name).open("rb")
        system, root = _system(self)
        streamed = {"block_size": 0} if self.address.startswith("http") else {}  # 0: one request, read as it comes
        return system.open(f"{root.rstrip('/')}/{name}", "rb", **streamed)

    def put(self, name: str, source: Path) -> None:
        """Move a file from here to there. Raises StorageError."""
        try:
            if not self.remote:
                Path(self.address).mkdir(parents=True, exist_ok=True)
                source.replace(Path(self.address) / name)
                return
            system, root = _system(self)
            system.put_file(str(source), f"{root.rstrip('/')}/{name}")
        except Exception as error:
            raise StorageError(f"{name} cannot be written ({_short(error)})", at="--out", value=self) from None
        source.unlink()

    def holds(self, name: str) -> bool:
        """Whether there is such a file. Raises StorageError when nobody answers."""
        if not self.remote:
            return (Path(self.address) / name).exists()
        system, root = _system(self)
        try:
            return bool(system.exists(f"{root.rstrip('/')}/{name}"))
        except Exception as error:
            raise StorageError(f"cannot be reached ({_short(error)})", at="--out", value=self) from None

    def _tried(self, work: Callable[[], T]) -> T:
        """``work``, again after a pause where it failed: networks do."""
        for number in range(_TRIES):
            try:
                return work()
            except (Unread, InputError):
                raise
            except Exception as error:  # every protocol raises its own kinds
                why = _cause(error)
                if isinstance(why, FileNotFoundError):
                    raise Unread("there is no such file") from None
                if number == _TRIES - 1 or not self.remote:
                    raise Unread(_told(why)) from None
                time.sleep(_PAUSE * 2**number)
        raise AssertionError


class Unread(Exception):
    """Why a file could not be read, in words."""


def place_of(data: str, flag: str = "--data") -> Place:
    """Raises InputError for an address of another scheme."""
    scheme, mark, _ = data.partition("://")
    if mark and scheme.lower() not in SCHEMES:
        raise InputError(
            f"an address starts with {', '.join(SCHEMES)}; write a folder's path otherwise", at=flag, value=data
        )
    return Place(data)


def _system(place: Place) -> tuple[Any, str]:
    try:
        from fsspec.core import url_to_fs

        return url_to_fs(place.address, **_patience(place))
    except ImportError as error:
        raise InputError(
            f"{place}: needs another package: pip install artgen-suite[shards], or [hub] for a shared run ({_short(error)})",
            page="what lies elsewhere cannot be read here: a package is missing on this machine",
        ) from None


def _patience(place: Place) -> dict[str, Any]:
    """Over HTTP a file may take its time while it comes, but a silence ends; aiohttp's own limit is of the whole file."""
    if not place.address.startswith("http"):
        return {}
    from aiohttp import ClientTimeout

    whole = _LONGEST if place.slowest else None
    return {"client_kwargs": {"timeout": ClientTimeout(total=whole, sock_connect=_SILENCE, sock_read=_SILENCE)}}


def _cause(error: Exception) -> BaseException:
    """What went wrong. fsspec says of every answer and every connection over HTTP that failed that there is no such file."""
    cause = error.__cause__
    if not isinstance(error, FileNotFoundError) or cause is None or getattr(cause, "status", 0) in (404, 410):
        return error
    return cause


def _told(error: BaseException) -> str:
    """In words, with what may be done about it."""
    status, short = getattr(error, "status", None), _short(error)
    if status in (401, 403):
        return f"the server refuses to give it, {status}: ask its owner for access, or correct the address"
    if isinstance(status, int):
        return f"the server answers {status}: try again later, or ask its owner"
    if isinstance(error, (ConnectionError, TimeoutError)) or hasattr(error, "os_error"):  # the latter: aiohttp's
        return f"the server refused the connection or cannot be reached, {short}: check the address and that the server runs"
    return short


def _short(error: BaseException) -> str:
    text = " ".join(str(getattr(error, "strerror", None) or error).split())
    return (text or type(error).__name__)[:120]
