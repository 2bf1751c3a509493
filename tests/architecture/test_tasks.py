"""Promise: what a contributor is told to run exists, and CI runs the same."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TASKS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def named(file: str) -> set[str]:
    """The tasks that a file asks make for."""
    calls = re.findall(r"\bmake ((?:-s |BIN=\S+ |[a-z]+ ?)+)", (ROOT / file).read_text())
    return {word for call in calls for word in call.split() if word.isalpha()}


def test_every_task_that_is_named_exists() -> None:
    for file in ("CONTRIBUTING.md", ".pre-commit-config.yaml", ".ci/run", "docs/stability.md"):
        assert named(file), file
        assert named(file) <= TASKS, file


def test_ci_runs_what_a_contributor_checks() -> None:
    checked = re.findall(r"^check: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[0].split()
    assert set(checked) - {"test"} <= named(".ci/run")  # the tests run by the README's own command
