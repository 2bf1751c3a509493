"""Bring a card here from a folder, a web address or a hub, and check it before it stands under its name."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from pydantic import ValidationError

from artgen.data.remote import SCHEMES, Place, Unread
from artgen.errors import InputError, StorageError
from artgen.runfolder.card import CHECKPOINT, FILE, LIMIT, Card
from artgen.runfolder.hub import hub
from artgen.runtime.disk import STRAY, make_folder, staged

_SLOWEST = 2000  # bytes a second
_OWN = ("favorites.json",)  # what a person changes while playing; it stays when the card is brought again
_RUNS = Path("runs")
_HUB = re.compile(r"hf:([\w-][\w.-]{0,95})/([\w-][\w.-]{0,95})(?:@([\w-][\w./-]{0,95}))?", re.ASCII)
_ADDRESS = re.compile(rf"({'|'.join(SCHEMES)}):/+", re.IGNORECASE)  # a Path has lost a slash of it


def is_address(run: Path | str) -> bool:
    """Whether this names a card elsewhere: ``hf:USER/NAME`` or a URL."""
    return str(run).startswith("hf:") or bool(_ADDRESS.match(str(run)))


def place_of(address: str) -> Place:
    """Where a card lies. ``hf:USER/NAME`` or ``hf:USER/NAME@REVISION``: on the hub of ``HF_ENDPOINT``, or Hugging Face. Raises
    InputError."""
    if address.startswith("hf:"):
        found = _HUB.fullmatch(address)
        if not found or ".." in address:
            raise InputError(f"{address}: write hf:USER/NAME, or hf:USER/NAME@REVISION")
        return Place(f"{hub()}/{found[1]}/{found[2]}/resolve/{found[3] or 'main'}", _SLOWEST)
    return Place(_ADDRESS.sub(r"\1://", address), _SLOWEST)


def name_of(address: str) -> str:
    """The last word of an address, as the name of a run folder."""
    last = address.partition("@")[0] if address.startswith("hf:") else address.partition("?")[0]
    return re.sub(r"[^\w-]+", "-", last.rstrip("/").rpartition("/")[2], flags=re.ASCII).strip("-") or "shared"


def local_run(run: Path) -> Path:
    """A run folder or checkpoint as it is; a card elsewhere is brought into ``runs/NAME`` first, where it is not there yet."""
    if not is_address(run) or run.exists():
        return run
    address = str(run)
    target = _RUNS / name_of(address)
    text = _text(place_of(address), address)
    if _read(target / FILE) == text:
        return target
    get(address, target)
    return target


def get(address: str, out: Path) -> Card:
    """Bring the card at ``address`` (a folder, a URL, ``hf:USER/NAME``) into the run folder ``out``: new, empty, or with the same
    card. Nothing of it runs, and no plugin is installed.

    Raises InputError for what is no card or not what its list says, StorageError."""
    place = place_of(address)
    text = _text(place, address)
    card = _parsed(text, address)
    _refuse_other(out, text)
    make_folder(out)
    if shutil.disk_usage(out).free < card.size + 2**20:
        raise StorageError(
            f"{out}: too little space for the {card.size / 1e6:.0f} MB of {address}; choose another folder"
        )
    with staged(out, lambda _old, _new: True) as work:  # what stood there is an earlier get of the same card
        for file in card.files:
            if file.name in _OWN and (out / file.name).exists():
                continue
            target = work / file.name
            make_folder(target.parent)
            _check_plain(place, file.name, address)
            try:
                found = place.copied(file.name, target, file.size)
            except Unread as error:
                raise InputError(f"{address}: {file.name} cannot be read ({error})") from None
            if found != file.sha256:
                raise InputError(
                    f"{address}: {file.name} is not the file that was shared (its hash differs); ask who shares it"
                )
        _check_weights(card, work / CHECKPOINT, address)
        (work / FILE).write_bytes(text)
    return card


def _refuse_other(out: Path, text: bytes) -> None:
    """Raises InputError where ``out`` holds anything but this card."""
    holds = out.is_dir() and any(not path.name.startswith(STRAY) for path in out.iterdir())
    if out.is_file() or (holds and _read(out / FILE) != text):
        raise InputError("holds something else already; choose another folder", at="--out", value=out)


def _check_weights(card: Card, path: Path, address: str) -> None:
    from artgen.runfolder import checkpoint  # torch, which the studio does without

    header = checkpoint.read_header(path)
    if (header.plugin, header.labels) != (card.plugin, card.labels):
        raise InputError(
            f"{address}: its list says plugin {card.plugin}, its weights say {header.plugin} or other classes"
        )


def _check_plain(place: Place, name: str, address: str) -> None:
    """Raises InputError where a file of a folder is reached through a link, or is no file."""
    if place.remote:
        return
    path = Path(place.address)
    for part in Path(name).parts:
        path /= part
        if path.is_symlink():
            raise InputError(f"{address}: {name} is a link, which no card holds")
    if path.exists() and not path.is_file():
        raise InputError(f"{address}: {name} is no file")


def _text(place: Place, address: str) -> bytes:
    if not place.remote and not Path(place.address).is_dir():
        raise InputError(
            f"{address}: no such folder; give a folder with {FILE}, an address (https://...) or hf:USER/NAME"
        )
    _check_plain(place, FILE, address)
    try:
        return place.small(FILE, LIMIT)
    except Unread as error:
        raise InputError(f"{address}: {FILE} cannot be read ({error})") from None


def _parsed(text: bytes, address: str) -> Card:
    try:
        return Card.model_validate_json(text)
    except (ValidationError, RecursionError) as error:
        first = error.errors()[0] if isinstance(error, ValidationError) else {"loc": (), "msg": "nested too deeply"}
        where = ".".join(str(part) for part in first["loc"])
        reason = str(first["msg"]).removeprefix("Value error, ")
        raise InputError(f"{address}: {FILE} describes no run ({where + ': ' if where else ''}{reason})") from None


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes() if path.is_file() and path.stat().st_size <= LIMIT else None
    except OSError:
        return None
