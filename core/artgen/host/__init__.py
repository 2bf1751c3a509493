"""The host: finds, loads and verifies plugins, and calls them."""

from artgen.host.host import Found, Host, discover

__all__ = ["Found", "Host", "discover"]
