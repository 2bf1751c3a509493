"""Promise: a plugin made for another artgen is told so in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

import artgen
from artgen.cli import main
from tests.conftest import TOY, install

GOOD = (TOY / "toy_plugin.py").read_text()
OLD_CODEC = GOOD.replace("def artgen_codec(config)", "def artgen_codec(settings)")
OLDER = {
    "an argument that is gone": OLD_CODEC,
    "a hook that is gone": GOOD + "\n@artgen.hookimpl\ndef artgen_loader(config):\n    pass\n",
    "a hook that is new": GOOD.replace("@artgen.hookimpl\ndef artgen_writer", "def writer"),
    "nothing else": GOOD,
}


def lay(site: Path, text: str) -> None:
    install(site, "artgen-toy", {"toy": "toy_plugin"}, {"toy_plugin": text})


@pytest.mark.parametrize("kind", OLDER)
@pytest.mark.parametrize(
    ("api", "way_out"), [(artgen.API - 1, "upgrade the plugin"), (artgen.API + 1, "upgrade artgen")]
)
def test_another_api_is_said_before_what_follows_from_it(
    site: Path, curves: Path, capsys: pytest.CaptureFixture[str], kind: str, api: int, way_out: str
) -> None:
    lay(site, OLDER[kind].replace("api=artgen.API", f"api={api}"))
    with pytest.raises(SystemExit) as left:
        main(["run", "--plugin", "toy", "--data", str(curves)])
    assert left.value.code == 3
    assert capsys.readouterr().err == (
        f"artgen: error: plugin toy (artgen-toy 1.2.3): made for plugin API {api}, this artgen has {artgen.API}; {way_out}\n"
    )
