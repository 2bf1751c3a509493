"""What a request to the page's server belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from artgen.studio.server import Studio


def studio_of(request: web.Request) -> Studio:
    """The studio that serves the request. Its server imports the routes, so it is looked up at the first request."""
    from artgen.studio.server import STUDIO

    return request.app[STUDIO]
