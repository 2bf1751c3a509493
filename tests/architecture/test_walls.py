"""Promise: data flows one way. The core knows no plugin, plugins do not know each other, listing is light."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module, metadata
from pathlib import Path

import pytest
from PIL import Image

from artgen.public import MODULES

ROOT = Path(__file__).parents[2]
CORE = sorted((ROOT / "core").rglob("*.py"))
EXAMPLES = sorted((ROOT / "examples").glob("*/artgen_*/**/*.py"))
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


def private(file: Path, own: str) -> list[str]:
    """What a plugin imports of artgen beside the names that are public, or of another plugin."""
    found = []
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found += [a.name for a in node.names if a.name.startswith("artgen.") and a.name not in MODULES]
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0].startswith("artgen"):
            home = node.module.partition(".")[0]
            if home != "artgen":
                found += [node.module] if home != own else []
            elif node.module not in MODULES:
                found.append(node.module)
            else:
                public = import_module(node.module)
                known = getattr(public, "__all__", dir(public))
                found += [f"{node.module}.{a.name}" for a in node.names if a.name not in known]
    return found


def test_plugins_and_examples_know_the_public_core_and_not_each_other() -> None:
    for file in (*PLUGINS, *EXAMPLES):
        own = next(p.name for p in file.parents if p.name.startswith("artgen_"))
        assert private(file, own) == [], file


def test_the_page_on_stability_names_every_public_module() -> None:
    page = (ROOT / "docs" / "stability.md").read_text()
    assert [module for module in MODULES if f"`{module}`" not in page] == []


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


def test_files_are_read_without_torch(tmp_path: Path) -> None:
    """It would take two seconds of the processor whenever the studio looks at a folder."""
    Image.new("RGB", (80, 80), "red").save(tmp_path / "red.png")
    code = f"""
import sys
from pathlib import Path
import artgen_music.prepare, artgen_video.prepare
from artgen_image.config import ImageConfig
from artgen_image.prepare import prepare
from artgen_image.plugin import artgen_domain
from artgen.data.scan import scan
(item,) = prepare(scan(Path({str(tmp_path)!r}), artgen_domain().suffixes), ImageConfig())
assert item.data.shape[0] == 3, item
heavy = {{'torch', 'librosa'}} & set(sys.modules)
assert not heavy, heavy
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_bundled_plugins_come_through_the_same_door_as_anyones() -> None:
    names = {point.name for point in metadata.entry_points(group="artgen")}
    assert {folder.name for folder in (ROOT / "plugins").iterdir() if folder.is_dir()} <= names
