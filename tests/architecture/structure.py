"""Packages of the core, their levels, and the imports between them: ``python -m tests.architecture.structure [FOLDER]``.

A *part* is a package or a module directly below ``artgen``. Its level is one more than that of the highest part that it
imports; parts that import each other in a circle share a level. Lazy imports count. Imports for types alone are counted apart.
"""

from __future__ import annotations

import ast
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

CORE = Path(__file__).parents[2] / "core"
Arrows = Mapping[str, set[str]]  # a part to those that it imports


@dataclass(frozen=True)
class Structure:
    """``levels``: of each part, 0 at the bottom. ``circles``: parts that import each other. ``types``: the circles when imports
    for types alone count too. ``lines``: of every file."""

    levels: Mapping[str, int]
    circles: list[set[str]]
    types: list[set[str]]
    lines: list[int]

    def __str__(self) -> str:
        rows: dict[int, list[str]] = defaultdict(list)
        for part, level in sorted(self.levels.items()):
            rows[level].append(part)
        table = [f"{level:2}  {', '.join(rows[level])}" for level in sorted(rows, reverse=True)]
        circles = "; ".join(" - ".join(sorted(circle)) for circle in self.circles) or "none"
        return "\n".join([
            *table,
            f"{len(self.levels)} parts on {len(rows)} levels; circles of imports: {circles}; with types: {len(self.types)}",
            f"{len(self.lines)} files, lines: median {statistics.median(self.lines):.0f}, most {max(self.lines)}",
        ])  # fmt: skip


def measure(root: Path = CORE) -> Structure:
    """The structure of the package ``artgen`` in the folder ``root``."""
    files = sorted((root / "artgen").rglob("*.py"))
    parts = {_part(root, file) for file in files} - {""}
    real: dict[str, set[str]] = defaultdict(set)
    every: dict[str, set[str]] = defaultdict(set)
    for file in files:
        part = _part(root, file)
        for name, for_types in _imports(file):
            if part and name in parts and name != part:
                every[part].add(name)
                if not for_types:
                    real[part].add(name)
    lines = [len(file.read_text().splitlines()) for file in files]
    return Structure(_levels(parts, real), _circles(parts, real), _circles(parts, every), lines)


def _part(root: Path, file: Path) -> str:
    return (
        file.relative_to(root / "artgen").parts[0].removesuffix(".py").replace("__init__", "").replace("__main__", "")
    )


def _imports(file: Path) -> Iterator[tuple[str, bool]]:
    """Parts that a file imports, and whether for types alone."""
    tree = ast.parse(file.read_text())
    guarded = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "artgen":
            yield from ((alias.name, id(node) in guarded) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("artgen."):
            yield str(node.module).split(".")[1], id(node) in guarded
        elif isinstance(node, ast.Import):
            yield from ((a.name.split(".")[1], id(node) in guarded) for a in node.names if a.name.startswith("artgen."))


def _reached(arrows: Arrows, start: str) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for there in arrows.get(waiting.pop(), ()):
            if there not in found:
                found.add(there)
                waiting.append(there)
    return found


def _circles(parts: set[str], arrows: Arrows) -> list[set[str]]:
    reached = {part: _reached(arrows, part) for part in parts}
    found: list[set[str]] = []
    for part in sorted(parts):
        circle = {other for other in reached[part] if part in reached[other]}
        if circle and circle not in found:
            found.append(circle)
    return found


def _levels(parts: set[str], arrows: Arrows) -> dict[str, int]:
    circle_of = {part: frozenset(circle) for circle in _circles(parts, arrows) for part in circle}
    known: dict[str, int] = {}

    def level(part: str) -> int:
        if part not in known:
            circle = circle_of.get(part, frozenset({part}))
            below = {there for member in circle for there in arrows.get(member, ())} - circle
            for member in circle:
                known[member] = 0
            height = 1 + max((level(there) for there in below), default=-1)
            for member in circle:
                known[member] = height
        return known[part]

    return {part: level(part) for part in parts}


if __name__ == "__main__":
    print(measure(Path(sys.argv[1]) if len(sys.argv) > 1 else CORE))
