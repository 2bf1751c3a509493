"""Promise: commands, their flags, exit codes and settings that people and scripts type stay: they are only ever added.

``public_words.txt`` is the promise; ``python -m tests.contract.test_public_words`` writes it anew at a release (``make api``).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from artgen import errors
from artgen.cli import app
from artgen.cli.table import COMMANDS
from artgen.contract.settings import RunSection, TrainConfig
from artgen.host import Host
from artgen.host.resolve import parse, resolve

LIST = Path(__file__).with_name("public_words.txt")
PLUGINS = ("image", "music", "video")


def found() -> Iterator[str]:
    """A line for each flag of a command, each exit code, each setting and each preset."""
    for command in COMMANDS:
        yield f"artgen {command.name}"
        for argument in app[command.name].assemble_argument_collection():
            yield from (f"artgen {command.name} {name}" for name in argument.names)
    for name, error in vars(errors).items():
        if isinstance(error, type) and "exit_code" in vars(error):
            yield f"exit code {error.exit_code} {name}"
    yield from (f"setting run.{name}" for name in RunSection.model_fields)
    yield from (f"setting {name}" for name in (*TrainConfig.model_fields, *TrainConfig.old_names))
    for plugin in PLUGINS:
        domain = Host(plugin).domain
        yield from (f"setting {plugin} {name}" for name in (*domain.config.model_fields, *domain.config.old_names))
        yield from (f"preset {plugin} {name}" for name in domain.presets)
        yield from (f"task {plugin} {task}" for task in domain.tasks)


def test_no_word_that_was_promised_is_gone() -> None:
    assert set(LIST.read_text().splitlines()) - set(found()) == set()


def test_settings_go_on_under_their_old_names() -> None:
    domain = Host("image").domain
    config = resolve(domain, {"plugin": "image"}, None, None, ["colour=grey", "steady_weight=3"])
    assert (config.plain()["domain"]["color"], config.train.flicker_weight) == ("gray", 3)
    old = {**config.plain()["domain"], "augment_kinds": ["colour"]}
    assert parse(domain, {"run": {"plugin": "image"}, "domain": old}).plain()["domain"]["augment_kinds"] == ["color"]


if __name__ == "__main__":
    LIST.write_text("\n".join(sorted(set(found()))) + "\n")
