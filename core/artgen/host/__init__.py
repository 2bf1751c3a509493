"""The host: finds, loads and verifies plugins, and calls them."""

from artgen.host.discovery import Found, discover
from artgen.host.host import Host

__all__ = ["Found", "Host", "discover"]
