"""A folder in which the plugin that was named reads nothing: which of the other installed plugins reads its files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from artgen.contract.domain import Domain
from artgen.data.scan import NothingToReadError
from artgen.errors import ArtgenError
from artgen.host import Host, discover


@contextmanager
def naming_readers(domain: Domain) -> Iterator[None]:
    """Name the plugin that was meant in the error of a folder that holds nothing for ``domain``, where another one reads it."""
    try:
        yield
    except NothingToReadError as error:
        if any(ending in domain.suffixes for ending in error.endings):
            raise  # a work is there, and the error says why it is not read
        found = _readers(error.endings, domain.name)
        if not found:
            raise
        best, *others = found
        too = f" ({' and '.join(others)} too)" if others else ""
        why = f"holds nothing that {domain.name} reads, but {best} reads its files{too}"
        raise NothingToReadError(why, error.flag, error.root, error.endings, f": --plugin {best}", best) from None


def _readers(endings: Sequence[str], but: str) -> list[str]:
    """Names of the installed plugins that read files of these endings: the one of most files first, of equal ones the one that
    names the endings first."""
    ranks: dict[str, tuple[int, int]] = {}
    for found in discover():
        if found.name == but or found.problem:
            continue
        try:
            suffixes = Host(found.name).domain.suffixes
        except ArtgenError:
            continue
        places = [suffixes.index(ending) for ending in endings if ending in suffixes]
        if places:
            ranks[found.name] = (-len(places), sum(places))
    return sorted(ranks, key=ranks.__getitem__)
