"""Who may speak to the studio: only the page that it served itself, on this machine.

A page of another site in the same browser can send requests to 127.0.0.1. So Host, Origin, Sec-Fetch-Site and a token are
checked, and nothing is ever allowed to be read from elsewhere.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Middleware

JSON_LIMIT = 2**18  # bytes of a request that is no upload
_OPEN = ("/", "/stage", "/icon.svg")  # served without a token, like everything below /page/
POLICY = (
    "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; style-src 'self'; object-src 'none'; "
    "frame-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
)
# A page that lies in a run folder may be a stranger's: it runs as if it came from nowhere, and reaches nothing of the studio.
FOREIGN_POLICY = "sandbox allow-scripts allow-popups; default-src 'none'; img-src data:; media-src data:; " \
                 "style-src 'unsafe-inline'; script-src 'unsafe-inline'"  # fmt: skip
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Guard:
    """Checks every request. ``token``: what the address of the page carries. ``port``: where the studio listens."""

    def __init__(self, token: str, port: int) -> None:
        self.token, self.port = token, port

    @property
    def cookie(self) -> str:
        """Name of the cookie; cookies are shared by all ports of a host, and another studio may run on another one."""
        return f"artgen-{self.port}"

    def middleware(self) -> Middleware:
        """The check as aiohttp wants it."""

        @web.middleware
        async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
            refused = self._refusal(request)
            answer = refused or await self._handled(request, handler)
            if not answer.prepared:
                for name, value in _HEADERS.items():
                    answer.headers.setdefault(name, value)
                answer.headers.setdefault("Content-Security-Policy", POLICY)
            return answer

        return check

    async def _handled(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            return problem(error.status, error.reason)

    def _refusal(self, request: web.Request) -> web.Response | None:
        hosts = {f"{name}:{self.port}" for name in ("127.0.0.1", "localhost", "[::1]")}
        host = request.headers.get("Host", "")
        if host not in hosts:
            return problem(421, "the studio answers on this machine only")
        if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            return problem(403, "this request comes from another site")
        if request.method == "GET" and (request.path in _OPEN or request.path.startswith("/page/")):
            return None
        if not self._known(request):
            return problem(403, "open the address that artgen studio printed")
        origin = request.headers.get("Origin")
        speaks = request.method not in ("GET", "HEAD") or request.path == "/ws"
        bearer = request.headers.get("Authorization", "").startswith("Bearer ")
        if speaks and origin != f"http://{host}" and not (origin is None and bearer):
            return problem(403, "this request comes from another site")
        return None

    def _known(self, request: web.Request) -> bool:
        given = request.cookies.get(self.cookie) or request.headers.get("Authorization", "").removeprefix("Bearer ")
        return self.matches(given)

    def matches(self, given: str) -> bool:
        """Whether this is the token; in a time that says nothing about it."""
        return hmac.compare_digest(given.encode(), self.token.encode())


def problem(status: int, message: str) -> web.Response:
    """An error as the page reads it: one line."""
    return web.json_response({"problem": message}, status=status)
