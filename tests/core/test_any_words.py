"""Promise: whatever is written behind a flag or a setting is taken or refused in one line: never a traceback, never a bug."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from artgen.cli import app, main
from artgen.cli.table import COMMANDS
from artgen.contract.settings import RunConfig, TrainConfig
from artgen.errors import InputError
from artgen.host import Host
from artgen.host.resolve import parse, read_toml, resolve, to_toml

ODD = ("", "-", "--", "=", "nan", "-inf", "-1", "0", "1e999", "9" * 400, "0x10", "1_000", "\u0663", "[" * 3000, "{}", "true",
       "../..", "os:system", "a=b=c", "\x1b[2J", "\t\n", "\udcff", "\u202e", "image", "embedded", "cuda:99", "1-2", "2-1",
       "0-99999999999", str(2**63), str(-(2**64)), "0.1,0.2", ",", "rock=1,rock=2", "--help", "none", "auto:0")  # fmt: skip
WORD = st.one_of(
    st.sampled_from(ODD), st.text(st.characters(exclude_characters="\0"), max_size=30),
    st.integers().map(str), st.floats().map(str),
)  # fmt: skip
# no word may lead out of the folder of the test, nor to an address
SAFE = WORD.map(lambda word: word.replace("/", "_").replace("~", "_")).filter(
    lambda word: ".." not in word and word != "."
)
FIXED = {"run": ("--plugin", "music", "--dry-run"), "pack": ("--plugin", "music", "--out", "s", "--data", "nowhere"),
         "check": ("nobody",), "report": ("nowhere",), "compare": ("nowhere", "nowhere"), "plugins": (),
         "new-plugin": ("music",)}  # fmt: skip
FLAGS = [(command.name, argument.name) for command in COMMANDS for argument in app[command.name].assemble_argument_collection()
         if argument.name.startswith("--")]  # fmt: skip
Say = Callable[..., tuple[int, str]]


@pytest.fixture
def say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Say:
    """A command in an empty folder: its exit code and what it says on stderr."""
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> tuple[int, str]:
        capfd.readouterr()
        with pytest.raises(SystemExit) as left:
            main(list(words))
        return int(left.value.code or 0), capfd.readouterr().err

    return call


@settings(
    max_examples=120, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(chosen=st.lists(st.tuples(st.sampled_from(FLAGS), SAFE), min_size=1, max_size=3))
def test_any_word_for_any_flag(say: Say, tmp_path: Path, chosen: list[tuple[tuple[str, str], str]]) -> None:
    command = chosen[0][0][0]
    flags = [word for (name, flag), value in chosen if name == command for word in (flag, value)]
    before = sorted(tmp_path.iterdir())
    code, said = say(command, *FIXED.get(command, ("nowhere", "nothing")), *flags)
    assert code in (0, 2, 3), said
    assert "Traceback" not in said
    if code:
        assert said.startswith("artgen: error: "), said
        assert said.count("\n") == 1, said
    assert sorted(tmp_path.iterdir()) == before, "nothing is left behind by a refusal"


@cache
def host(plugin: str) -> Host:
    return Host(plugin)


@settings(
    max_examples=200, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(plugin=st.sampled_from(["image", "music", "video"]), data=st.data())
def test_any_value_for_any_setting(tmp_path_factory: pytest.TempPathFactory, plugin: str, data: st.DataObject) -> None:
    """What is accepted is finite, within its bounds, and survives its file."""
    domain = host(plugin).domain
    names = [*TrainConfig.model_fields, *domain.config.model_fields]
    pairs = data.draw(st.lists(st.tuples(st.sampled_from(names), WORD), min_size=1, max_size=4))
    try:
        config = resolve(domain, {"plugin": plugin}, sets=[f"{name}={value}" for name, value in pairs])
    except InputError:
        return
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_text(to_toml(config.plain()), encoding="utf-8")
    again: RunConfig = parse(domain, read_toml(path))
    assert again == config
