"""``artgen plugins``: what is installed."""

from __future__ import annotations


def plugins(*, check: bool = False) -> None:
    """List the installed plugins; nothing of them is imported unless --check asks for it.

    Parameters
    ----------
    check
        Load each plugin and verify its hooks.
    """
    from artgen.host import discover

    for found in discover():
        state = found.problem or (_verdict(found.name) if check else "")
        print(f"{found.name:12} {found.distribution} {found.version}  {state}".rstrip())


def _verdict(name: str) -> str:
    from artgen.errors import ArtgenError
    from artgen.host import Host

    try:
        return f"ok: {Host(name).domain.summary}"
    except ArtgenError as error:
        return f"broken: {error}"
