"""The stage for other programs on this machine: moving pictures as JPEGs over HTTP, and which addresses there are."""

from __future__ import annotations

import asyncio
import contextlib
import io
from collections.abc import Callable
from typing import Any

import numpy as np
from aiohttp import web

from artgen.errors import InputError

_MOST = 8  # watchers
_QUALITY = 88
_BORDER = "artgenframe"
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>artgen live</title><style>
html,body{height:100%;margin:0;background:#000}img{width:100%;height:100%;object-fit:contain}</style>
<img src="/stage.mjpg" alt="What is played now"></html>"""
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Mjpeg:
    """Serves the newest frame at the rate at which frames come. ``about``: what ``/addresses`` tells."""

    def __init__(self, port: int, about: Callable[[], dict[str, Any]]) -> None:
        if not 0 <= port <= 65535:
            raise InputError("give 0 to 65535", at="--mjpeg", value=port)
        self.port, self._about = port, about
        self._frame: np.ndarray | None = None
        self._some = asyncio.Event()
        self._watchers = 0
        self._encoded: tuple[np.ndarray, asyncio.Future[bytes]] | None = None
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen on this machine. Raises InputError for a port that is taken."""
        app = web.Application(middlewares=[self._guarded], client_max_size=1024)
        app.router.add_get("/", self._page)
        app.router.add_get("/stage.mjpg", self._stream)
        app.router.add_get("/addresses", self._addresses)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        try:
            await site.start()
        except OSError as error:
            await self._runner.cleanup()
            raise InputError(
                f"cannot be used ({error.strerror or error}); give another port", at="--mjpeg", value=self.port
            ) from None
        self.port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """End; watchers are let go."""
        if self._runner is not None:
            await self._runner.cleanup()

    def offer(self, frame: np.ndarray) -> None:
        """A frame ``[h, w, 3]`` uint8 of this moment."""
        self._frame = frame
        self._some.set()
        self._some = asyncio.Event()

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Callable[[web.Request], Any]) -> web.StreamResponse:
        """Only this machine may ask, and no page of another site."""
        hosts = {f"{name}:{self.port}" for name in ("127.0.0.1", "localhost", "[::1]")}
        if request.headers.get("Host", "") not in hosts:
            return web.Response(status=421, text="this machine only\n")
        if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            return web.Response(status=403, text="this request comes from another site\n")
        answer = await handler(request)
        if not answer.prepared:
            answer.headers.update(_HEADERS)
        return answer

    async def _page(self, _request: web.Request) -> web.Response:
        return web.Response(text=_PAGE, content_type="text/html")

    async def _addresses(self, _request: web.Request) -> web.Response:
        return web.json_response(self._about())

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        if self._watchers >= _MOST:
            return web.Response(status=503, text=f"{_MOST} programs watch already\n")
        kind = f"multipart/x-mixed-replace; boundary={_BORDER}"
        answer = web.StreamResponse(headers={**_HEADERS, "Content-Type": kind})
        await answer.prepare(request)
        self._watchers += 1
        try:
            with contextlib.suppress(ConnectionError):
                while True:
                    await self._some.wait()
                    data = await self._jpeg()
                    head = f"--{_BORDER}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
                    await answer.write(head.encode() + data + b"\r\n")
        finally:
            self._watchers -= 1
        return answer

    def _jpeg(self) -> asyncio.Future[bytes]:
        """The newest frame, encoded once for all watchers."""
        assert self._frame is not None
        if self._encoded is None or self._encoded[0] is not self._frame:
            made = asyncio.get_running_loop().run_in_executor(None, _encoded, self._frame)
            self._encoded = self._frame, made
        return asyncio.shield(self._encoded[1])


def _encoded(frame: np.ndarray) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(frame).save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()
