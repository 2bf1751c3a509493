"""What every file that a run makes says about itself."""

from __future__ import annotations

from artgen.host import Host
from artgen.runtime.version import version


def made_by(host: Host, seen: int, model: str) -> dict[str, str]:
    """Metadata of everything written: machine-made, by what, after how many training items. ``model``: hash of its weights."""
    return {
        "software": f"artgen {version()}",
        "plugin": f"{host.found.name} ({host.found.distribution} {host.found.version})",
        "source": "trainedAlgorithmicMedia",  # IPTC digital source type
        "model": model,
        "comment": f"made by a generative adversarial network: artgen, {host.found}, {seen} training items",
    }
