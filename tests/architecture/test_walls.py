"""Promise: data flows one way. The core knows no plugin, plugins do not know each other, listing is light."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORE = sorted((ROOT / "core").rglob("*.py"))
PLUGINS = sorted((ROOT / "plugins").glob("*/artgen_*/**/*.py"))


def imports(file: Path) -> set[str]:
    """Full names of all modules that a file imports anywhere, lazily or not."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def test_the_core_imports_no_plugin() -> None:
    assert [f.name for f in CORE if any(m.startswith("artgen_") for m in imports(f))] == []


def test_plugins_know_the_public_core_and_not_each_other() -> None:
    allowed = ("artgen.types", "artgen.config", "artgen.nn", "artgen.hookspecs", "artgen.errors")
    for file in PLUGINS:
        own = next(p.name for p in file.parents if p.name.startswith("artgen_"))
        for module in imports(file):
            package = module.partition(".")[0]
            assert not package.startswith("artgen_") or package == own, (file, module)
            deeper = package == "artgen" and "." in module
            assert not deeper or module.startswith(allowed) or module.count(".") == 1, (file, module)


def test_import_contracts_hold() -> None:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_one_module_imports_torchaudio() -> None:
    users = [f.name for f in [*CORE, *PLUGINS] if any(m.partition(".")[0] == "torchaudio" for m in imports(f))]
    assert users == ["torchaudio_any.py"]


@pytest.mark.parametrize("words", [["--help"], ["plugins"], ["run", "--help"], ["sample", "--help"]])
def test_light_commands_do_not_import_torch(words: list[str]) -> None:
    code = f"import sys; from artgen.cli import main\ntry: main({words!r})\nexcept SystemExit as e: assert not e.code\n"
    code += "heavy = {'torch', 'librosa', 'numpy', 'artgen_music', 'artgen_image'} & set(sys.modules); assert not heavy, heavy"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_bundled_plugins_come_through_the_same_door_as_anyones() -> None:
    names = {point.name for point in metadata.entry_points(group="artgen")}
    assert {folder.name for folder in (ROOT / "plugins").iterdir() if folder.is_dir()} <= names
