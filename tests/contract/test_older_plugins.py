"""Promise: a plugin made for another artgen is told so in one line, and one that uses an old name goes on working, warned."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

import artgen
from artgen.cli import main
from artgen.contract import hookspecs
from artgen.contract.hookspecs import Renamed, hookspec
from artgen.host import Host
from artgen.host.resolve import resolve
from artgen.testing import check_plugin
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


@pytest.fixture
def renamed(monkeypatch: pytest.MonkeyPatch) -> None:
    """An artgen in which ``settings`` of artgen_codec and ``state`` of artgen_report have just been renamed."""

    def artgen_codec(config: Any, settings: Any) -> None: ...
    def artgen_report(run: Any, stats: Any, state: Any) -> None: ...

    codec = {"settings": Renamed("artgen_codec", "settings", "config", until=artgen.API + 1)}
    report = {"state": Renamed("artgen_report", "state", "stats", until=artgen.API + 1)}
    monkeypatch.setattr(hookspecs, "artgen_codec", hookspec(firstresult=True, warn_on_impl_args=codec)(artgen_codec))
    monkeypatch.setattr(hookspecs, "artgen_report", hookspec(warn_on_impl_args=report)(artgen_report))


@pytest.mark.usefixtures("renamed")
def test_the_old_name_of_an_argument_works_and_is_warned_of(site: Path, tmp_path: Path) -> None:
    lay(site, OLD_CODEC.replace("return Codec()", "assert settings.points == 16\n    return Codec()"))
    log = "import artgen\n\n@artgen.hookimpl\ndef artgen_report(state):\n    (state.values['folder'] / str(state.seen)).touch()\n"
    install(site, "artgen-log", {"log": "log_plugin"}, {"log_plugin": log})
    with pytest.warns(Renamed) as said:
        host = Host("toy", ("log",))
    assert {str(w.message).partition(";")[0] for w in said} == {
        "artgen_codec: the argument settings is called config now",
        "artgen_report: the argument state is called stats now",
    }
    host.codec(resolve(host.domain, {"plugin": "toy"}).domain)
    host.report(artgen.types.RunInfo(tmp_path, "toy", "generate", {}),
                artgen.types.Stats(7, 0, 0, {"folder": tmp_path}))  # type: ignore[dict-item]  # fmt: skip
    assert (tmp_path / "7").exists()


@pytest.mark.usefixtures("renamed")
def test_the_new_name_is_not_warned_of_and_the_kit_shows_the_warning(site: Path) -> None:
    lay(site, GOOD)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Host("toy")
    (site / "toy_plugin.py").write_text(OLD_CODEC)
    del sys.modules["toy_plugin"]
    (result,) = check_plugin("toy", only=["hooks-fit"])
    assert result.ok
    assert "settings is called config now" in result.detail


def test_no_old_name_outlives_its_api() -> None:
    specs = [getattr(f, "artgen_spec", {}) for n, f in vars(hookspecs).items() if n.startswith("artgen_")]
    kept = [said for spec in specs for said in (spec.get("warn_on_impl_args") or {}).values()]
    assert all(isinstance(said, Renamed) and said.until > artgen.API for said in kept)
