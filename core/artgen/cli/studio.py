"""``artgen studio``: the page where a person trains, watches and plays."""

from __future__ import annotations

from pathlib import Path


def studio(place: Path | None = None, *, port: int | None = None, no_open: bool = False) -> None:
    """Open a page in the browser: train on your works, watch, and play.

    The page is served on this machine alone. A training goes on when the page or the studio is closed.

    Parameters
    ----------
    place
        A folder of runs, a run, or a folder of works to learn from (default: the current folder).
    port
        Where to serve, 0 for any free one (default: 8123 where that is free).
    no_open
        Print the address and open no browser.
    """
    import asyncio
    from importlib.util import find_spec

    from artgen.errors import InputError
    from artgen.studio.opening import listen, opened

    if find_spec("aiohttp") is None:
        raise InputError("needs aiohttp; pip install 'artgen-suite[studio]'", at="artgen studio")
    if port is not None and not 0 <= port <= 65535:
        raise InputError("give 0 to 65535", at="--port", value=port)
    opening = opened(place)
    sock = listen(port)
    address = f"http://127.0.0.1:{sock.getsockname()[1]}/?token={opening.token}"
    print(f"{address}  (this page is for you alone; Ctrl+C ends the studio, trainings go on)", flush=True)
    if not no_open:
        _show(address)
    from artgen.studio.server import serve  # while the browser starts

    asyncio.run(serve(opening, sock))


def _show(address: str) -> None:
    """In the person's browser, from a thread, as some systems wait until it closes."""
    import threading
    import webbrowser

    threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
