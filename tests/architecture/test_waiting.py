"""Promise: no test of a page depends on how fast the machine is. All of them wait as tests/browser/waiting.py does."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
WAITING = ROOT / "tests" / "browser" / "waiting.py"
LEFT = {
    "wait_for_function": "until",
    "reload": "reload",
}  # what throws or comes back too early, and what to call instead


def calls(file: Path) -> list[str]:
    """Calls of methods that waiting.py has a function for."""
    nodes = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)]
    found = [node.func for node in nodes if isinstance(node.func, ast.Attribute) and node.func.attr in LEFT]
    return [f"{file.relative_to(ROOT)}:{one.lineno}: {one.attr}: use {LEFT[one.attr]} of waiting.py" for one in found]


def test_pages_are_waited_for_in_one_way() -> None:
    files = [
        *(ROOT / "tests" / "browser").glob("*.py"),
        *(ROOT / "benchmarks").glob("*.py"),
        *(ROOT / "docs").glob("*.py"),
    ]
    assert [line for file in sorted(files) if file != WAITING for line in calls(file)] == []
    assert len(calls(WAITING)) == len(LEFT), "or nothing was looked for"
