"""Promise: a broken plugin is isolated, refused before data is read, and blamed by name, distribution and version."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from artgen.data.scan import scan
from artgen.errors import InputError, PluginError
from artgen.host import Host, discover
from artgen.host.resolve import resolve
from artgen.types import RunInfo, Stats
from tests.conftest import TOY, install

GOOD = (TOY / "toy_plugin.py").read_text()
BROKEN = {
    "syntax error": ("def broken(:\n", "cannot be imported: SyntaxError"),
    "import error": ("import no_such_module_at_all\n", "cannot be imported: ModuleNotFoundError"),
    "exit at import": ("import sys\nsys.exit(0)\n", "cannot be imported: SystemExit"),
    "missing hook": (GOOD.replace("@artgen.hookimpl\ndef artgen_writer", "def writer"), "supplies no artgen_writer"),
    "unknown hook": (
        GOOD + "\n@artgen.hookimpl\ndef artgen_prepair(source, config):\n    pass\n",
        "did you mean artgen_prepare",
    ),
    "wrong argument": (GOOD.replace("artgen_codec(config)", "artgen_codec(settings)"), "settings"),
    "no decorator": (GOOD.replace("@artgen.hookimpl\ndef artgen_writer", "def artgen_writer"), "hookimpl"),
    "older interface": (GOOD.replace("api=artgen.API", "api=0"), "plugin API 0, this artgen has 1; upgrade the plugin"),
    "newer interface": (GOOD.replace("api=artgen.API", "api=99"), "upgrade artgen"),
    "another name": (GOOD.replace('name="toy"', 'name="yot"'), "says its name is yot"),
    "no domain": (
        GOOD.replace("return artgen.Domain(", "return dict("),
        "artgen_domain returned dict, expected Domain",
    ),
    "raising": (
        GOOD.replace("    return artgen.Domain(", "    raise RuntimeError('ouch')\n    return artgen.Domain("),
        "RuntimeError: ouch",
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_plugin_is_blamed_and_hurts_nobody_else(site: Path, kind: str) -> None:
    text, message = BROKEN[kind]
    install(site, "artgen-toy", {"toy": "toy_plugin"}, {"toy_plugin": text})
    assert {"toy", "music", "image"} <= {found.name for found in discover()}
    with pytest.raises(PluginError, match=r"plugin toy \(artgen-toy 1\.2\.3\)") as caught:
        Host("toy")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert Host("music").domain.name == "music"


def test_listing_imports_nothing(site: Path) -> None:
    install(site, "artgen-toy", {"toy": "toy_plugin"}, {"toy_plugin": "raise SystemExit\n"})
    found = next(f for f in discover() if f.name == "toy")
    assert (found.distribution, found.version, found.problem) == ("artgen-toy", "1.2.3", None)
    assert "toy_plugin" not in sys.modules


def test_a_name_claimed_twice_is_refused_naming_both(site: Path) -> None:
    install(site, "artgen-toy", {"toy": "toy_plugin"}, {"toy_plugin": GOOD})
    install(site, "other-toy", {"toy": "other_plugin"}, {"other_plugin": GOOD})
    with pytest.raises(PluginError) as caught:
        Host("toy")
    assert "artgen-toy" in str(caught.value)
    assert "other-toy" in str(caught.value)


@pytest.mark.parametrize("name", ["musik", "os:system", "/tmp/plugin.py", "", "../x"])
def test_only_installed_names_are_loaded(name: str) -> None:
    with pytest.raises(InputError, match="--plugin"):
        Host(name)


def test_two_suppliers_are_named(toy: Path) -> None:
    extra = "import artgen\n\n@artgen.hookimpl\ndef artgen_writer(config):\n    return None\n"
    install(toy, "extra-dist", {"extra": "extra_plugin"}, {"extra_plugin": extra})
    with pytest.raises(PluginError, match=r"artgen-toy.*extra-dist|extra-dist.*artgen-toy"):
        Host("toy", ("extra",))


def test_an_extra_may_wrap_a_hook(toy: Path, curves: Path) -> None:
    extra = (
        "import artgen\n\n@artgen.hookimpl(wrapper=True)\ndef artgen_prepare(source, config):\n"
        "    items = yield\n    return (i for i in items if i.label == 'high')\n"
    )
    install(toy, "extra-dist", {"extra": "extra_plugin"}, {"extra_plugin": extra})
    host = Host("toy", ("extra",))
    config = resolve(host.domain, {"plugin": "toy"})
    assert {item.label for item in host.prepare(scan(curves, (".npy",)), config.domain)} == {"high"}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("data = np.load(file.path)", "raise RuntimeError('mid way')"), "artgen_prepare failed: RuntimeError"),
        (("yield artgen.RawItem(data[: config.points], file.label, file.name)", "yield data"), "yielded ndarray"),
    ],
)
def test_prepare_is_watched_while_it_iterates(site: Path, curves: Path, change: tuple[str, str], message: str) -> None:
    install(site, "artgen-toy", {"toy": "toy_plugin"}, {"toy_plugin": GOOD.replace(*change)})
    host = Host("toy")
    config = resolve(host.domain, {"plugin": "toy"})
    with pytest.raises(PluginError, match=message):
        list(host.prepare(scan(curves, (".npy",)), config.domain))


def test_an_observer_that_raises_hides_nobody(toy: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    good = f"import artgen\n\n@artgen.hookimpl\ndef artgen_report(stats):\n    open({str(log)!r}, 'a').write(str(stats.seen))\n"
    bad = "import artgen\n\n@artgen.hookimpl\ndef artgen_report(run, stats):\n    raise ValueError('no')\n"
    install(toy, "aa-dist", {"aa": "aa_plugin"}, {"aa_plugin": good})
    install(toy, "mm-dist", {"mm": "mm_plugin"}, {"mm_plugin": bad})
    install(toy, "zz-dist", {"zz": "zz_plugin"}, {"zz_plugin": good})
    host = Host("toy", ("aa", "mm", "zz"))
    with pytest.raises(PluginError, match=r"mm-dist 1\.2\.3"):
        host.report(RunInfo(tmp_path, "toy", "generate", {}), Stats(7, 0, 0, {}))
    assert log.read_text() == "77"
