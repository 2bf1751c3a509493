"""Promise: what a plugin does wrong in the middle of a run is blamed on it and its hook, and costs nothing that was saved."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from artgen import api
from artgen.api import load
from artgen.cli import main
from artgen.errors import InputError, PluginError
from artgen.host import Host
from artgen.types import RunInfo
from artgen.verbs import train
from tests.conftest import TOY, install

GOOD = (TOY / "toy_plugin.py").read_text().replace('name="toy"', 'name="broken"')


def swap(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


# what is wrong -> (its module, what the message says)
IN_A_RUN = {
    "prepare none": (swap("    for file in source.files", "    return\n    for file in source.files").replace("yield", "return"),
                     "artgen_prepare returned NoneType, expected Iterable"),
    "prepare raises": (swap("yield artgen.RawItem(", "assert file.name[-6] == '0', 'boom'; yield artgen.RawItem("),
                       "artgen_prepare failed: AssertionError: boom"),
    "prepare exits": (swap("yield artgen.RawItem(", "raise SystemExit; yield artgen.RawItem("), "prepare failed: SystemExit"),
    "prepare yields": (swap("yield artgen.RawItem(", "yield ("), "artgen_prepare yielded tuple, expected RawItem or Skipped"),
    "prepare dtype": (swap("data[: config.points]", "data.astype(float)"), "gave float64.*expected uint8 or int16"),
    "prepare no array": (swap("data[: config.points]", "list(data)"), "gave list.*expected uint8 or int16"),
    "prepare shapes": (swap("data[: config.points]", "data[: int(file.name[-6:-4]) + 2]"), r"uint8\[3\].*expected uint8\[2\]"),
    "codec": (swap("return Codec()", "return 3"), "artgen_codec returned int, expected Module"),
    "codec nan": (swap("/ 127.5 - 1", "/ 0 - float('inf')"), "artgen_codec encoded.*not all finite"),
    "codec raises": (swap("def encode(self, raw):", "def encode(self, raw):\n        1 / 0"),
                     r"artgen_codec: encode failed: ZeroDivisionError.*\(broken_plugin.py, line \d+; --debug"),
    "networks": (swap("return artgen.Networks(", "return ("), "artgen_networks returned tuple, expected Networks"),
    "generator shape": (swap("= Generator(spec.classes, config.width, points)", "= Generator(spec.classes, config.width, 5)"),
                        r"generator made \[5\].*items are \[16\]"),
    "discriminator shape": (swap("nn.Linear(width, 1))", "nn.Linear(width, 1), nn.Flatten(0))"), r"discriminator returned \[2\]"),
    "networks raise": (swap("return self.net(torch.cat([x, condition], 1))", "return self.net(x)"),
                       r"artgen_networks: discriminator failed: RuntimeError.*\(broken_plugin.py, line"),
    "writer": (swap("return Writer()", "return open"), "artgen_writer returned builtin.*expected Writer"),
    "writer raises": (swap("np.save(path, sample.data)", "1 / 0"),
                      r"artgen_writer: write failed: ZeroDivisionError.*\(broken_plugin.py, line"),
    "judge": (GOOD + "\n@artgen.hookimpl\ndef artgen_judge(config):\n    return 'me'\n", "judge returned str, expected Judge"),
    "objective": (GOOD + "\n@artgen.hookimpl\ndef artgen_objective(config):\n    return 5\n", "artgen_objective returned int"),
}  # fmt: skip


@pytest.fixture
def broken(toy: Path, request: pytest.FixtureRequest) -> Path:
    install(toy, "artgen-broken", {"broken": "broken_plugin"}, {"broken_plugin": request.param})
    return toy


def code(*words: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(list(words))
    return int(left.value.code or 0)


@pytest.mark.parametrize(
    "broken", ["def (", "import sys; sys.exit(0)", GOOD.replace("api=artgen.API", "api=99")], indirect=True
)
def test_a_broken_plugin_harms_no_listing_and_is_named_when_chosen(
    broken: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert code("plugins") == 0
    assert code("plugins", "--check") == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("broken ") and "broken: " in line for line in lines)
    assert any(line.startswith("toy ") and "ok: curves" in line for line in lines)
    assert code("run", "--plugin", "broken") == 3
    assert capsys.readouterr().err.startswith("artgen: error: plugin broken (artgen-broken 1.2.3)")


@pytest.mark.parametrize(("broken", "message"), IN_A_RUN.values(), ids=IN_A_RUN, indirect=["broken"])
def test_a_wrong_answer_is_blamed_on_plugin_and_hook(broken: Path, message: str, curves: Path, tmp_path: Path) -> None:
    with pytest.raises(PluginError, match=f"plugin broken .artgen-broken 1.2.3.*{message}"):
        api.run("broken", data=curves, out=tmp_path / "run", images="16", sets=["batch=8"])


OBSERVER = """
import artgen
@artgen.hookimpl
def {hook}(run):
    raise {error}
"""
TELL = """
import artgen
@artgen.hookimpl
def artgen_run_end(run, error):
    (run.folder / "told").write_text(type(error).__name__)
@artgen.hookimpl
def artgen_report(run, stats):
    (run.folder / "reported").touch()
@artgen.hookimpl
def artgen_snapshot(run, paths):
    (run.folder / "shown").touch()
"""


@pytest.mark.parametrize("hook", ["artgen_run_start", "artgen_report", "artgen_snapshot", "artgen_run_end"])
@pytest.mark.parametrize("error", ["ValueError('boom')", "SystemExit(7)"])
def test_an_observer_that_raises_is_blamed_after_the_work_is_saved_and_hides_nobody(
    toy: Path, curves: Path, tmp_path: Path, hook: str, error: str
) -> None:
    install(toy, "artgen-bad", {"bad": "bad_observer"}, {"bad_observer": OBSERVER.format(hook=hook, error=error)})
    install(toy, "artgen-tell", {"tell": "tell_observer"}, {"tell_observer": TELL})
    run = tmp_path / "run"
    with pytest.raises(PluginError, match=f"plugin bad .artgen-bad 1.2.3.*{hook} failed"):
        api.run("toy", data=curves, out=run, images="16", sets=["batch=8"], extras=("tell", "bad"))
    assert (run / "told").exists()
    marks = {"artgen_report": "reported", "artgen_snapshot": "shown"}
    if hook in marks:
        assert (run / marks[hook]).exists()
    if hook != "artgen_run_start":
        assert load(run, "cpu").sample([1])


def test_an_observer_that_fails_at_the_end_does_not_hide_why_the_run_ended(toy: Path) -> None:
    install(
        toy,
        "artgen-bad",
        {"bad": "bad_observer"},
        {"bad_observer": OBSERVER.format(hook="artgen_run_end", error="ValueError")},
    )
    host = Host("toy", ("bad",))
    session = Ended(host)
    train._end(session, InputError("the true reason"))  # type: ignore[arg-type]
    assert "bad" in session.said


class Ended:
    """What ``_end`` needs of a session that never began to train."""

    class trainer:  # noqa: N801
        class state:  # noqa: N801
            seen = 0

    def __init__(self, host: Host) -> None:
        self.host, self.said = host, ""
        self.info = RunInfo(Path(), "toy", "generate", {})

    def say(self, text: str) -> None:
        self.said = text


def test_a_checkpoint_of_a_plugin_that_is_not_installed_names_it(
    toy: Path, curves: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    api.run("toy", data=curves, out=tmp_path / "run", images="16", sets=["batch=8"])
    path = tmp_path / "run" / "checkpoints" / "last.safetensors"
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    table = json.loads(data[8 : 8 + length])
    header = json.loads(table["__metadata__"]["artgen"])
    table["__metadata__"]["artgen"] = json.dumps({**header, "plugin": "os:system\x1b[2J"})
    text = json.dumps(table).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data[8 + length :])
    assert code("sample", str(tmp_path / "run")) == 3
    said = capsys.readouterr().err
    assert "os:system" in said
    assert "\x1b" not in said
