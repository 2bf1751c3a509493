"""Promise: nothing that is read can run code. No module of the core or of a plugin pickles, unpickles or evaluates text."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted([*(ROOT / "core").rglob("*.py"), *(ROOT / "plugins").glob("*/artgen_*/**/*.py")])
MODULES = ("pickle", "_pickle", "pickletools", "cloudpickle", "dill", "joblib", "shelve", "marshal", "runpy",
           "torch.distributed.checkpoint", "torch.package", "torch.hub", "torch.serialization")  # fmt: skip
CALLS = ("torch.load", "torch.save", "torch.jit.load", "torch.jit.save", "torch.export.load", "yaml.load", "yaml.load_all",
         "yaml.full_load", "builtins.eval", "builtins.exec", "builtins.compile", "builtins.__import__")  # fmt: skip
BUILTINS = ("eval", "exec", "compile", "__import__")
# methods, whatever they belong to: accelerate's and lightning's states, tables and configs that unpickle
METHODS = ("load_state", "save_state", "load_from_checkpoint", "read_pickle", "to_pickle", "unsafe_load", "Unpickler")
TRUSTED = {
    # networks that a user names on the command line; TorchScript's reader knows tensors and plain values only
    ("core/artgen/judge/features.py", "torch.jit.load"),
    ("core/artgen/judge/i3d.py", "torch.jit.load"),  # one file, whose hash is known
    ("core/tools/convert_lite0.py", "torch.load"),  # with weights_only, of a package that the script names
    ("core/artgen/__init__.py", "importlib.import_module"),  # of a table in that file
}


def names(tree: ast.AST) -> dict[str, str]:
    """What a file calls a module or its contents, and the full name of it."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return found


def full(node: ast.AST, known: dict[str, str]) -> str:
    """The dotted name of an expression such as ``np.load``, aliases resolved; "" for anything else."""
    if isinstance(node, ast.Name):
        return known.get(node.id, "")
    if isinstance(node, ast.Attribute):
        owner = full(node.value, known)
        return f"{owner}.{node.attr}" if owner else ""
    return ""


def below(name: str, roots: tuple[str, ...]) -> bool:
    return any(name == root or name.startswith(f"{root}.") for root in roots)


def unsafe(text: str) -> Iterator[str]:
    """Full names of what a source text should not use."""
    tree = ast.parse(text)
    known = names(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if below(alias.name, MODULES))
        elif isinstance(node, ast.ImportFrom):
            every = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name for name in every if below(name, MODULES + CALLS))
        elif isinstance(node, ast.Attribute):
            name = full(node, known)
            if below(name, MODULES + CALLS) or node.attr in METHODS:
                yield name or node.attr
        elif isinstance(node, ast.Call):
            yield from _called(node, full(node.func, known))


def _called(node: ast.Call, name: str) -> Iterator[str]:
    if isinstance(node.func, ast.Name) and (below(name, CALLS) or node.func.id in BUILTINS):
        yield name or node.func.id
    words = [keyword for keyword in node.keywords if keyword.arg == "allow_pickle"]
    if any(not (isinstance(word.value, ast.Constant) and word.value.value is False) for word in words):
        yield f"{name}(allow_pickle)"
    if name in ("numpy.load", "numpy.save") and len(node.args) > 2:
        yield f"{name}(allow_pickle)"
    if name in ("numpy.load", "numpy.savez", "numpy.savez_compressed") and any(
        word.arg is None for word in node.keywords
    ):
        yield f"{name}(**)"
    first = node.args[0] if node.args else None
    if name == "importlib.import_module" and not isinstance(first, ast.Constant):
        yield name


def test_no_file_does() -> None:
    assert len(FILES) > 150
    found = {
        (file.relative_to(ROOT).as_posix(), name) for file in FILES for name in unsafe(file.read_text(encoding="utf-8"))
    }
    assert found == TRUSTED


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "def f():\n    import dill as safe",
        "from pickle import loads",
        "import joblib",
        "from shelve import open",
        "import marshal",
        "import torch.distributed.checkpoint as dcp",
        "from torch.distributed import checkpoint",
        "from torch.distributed.checkpoint import load",
        "import torch.distributed as dist\ndist.checkpoint.load({})",
        "import torch\ntorch.load(path)",
        "import torch\ntorch.load(path, weights_only=True)",
        "import torch\ntorch.save(x, path)",
        "import torch as t\nread = t.load",
        "from torch import load",
        "from torch import load as read\nread(path)",
        "import torch\ntorch.jit.load(path)",
        "import torch\ntorch.hub.load('a', 'b')",
        "import numpy as np\nnp.load(path, allow_pickle=True)",
        "import numpy as np\nnp.load(path, allow_pickle=flag)",
        "import numpy as np\nnp.load(path, None, True)",
        "import numpy as np\nnp.load(path, **words)",
        "from numpy import load\nload(path, allow_pickle=1)",
        "from accelerate import Accelerator\nAccelerator().load_state(path)",
        "accelerator.save_state(path)",
        "module.load_from_checkpoint(path)",
        "import pandas as pd\npd.read_pickle(path)",
        "import yaml\nyaml.load(text)",
        "from yaml import load as read\nread(text)",
        "import yaml\nyaml.unsafe_load(text)",
        "eval(text)",
        "exec(text)",
        "import builtins\nbuiltins.eval(text)",
        "compile(text, '', 'exec')",
        "__import__(name)",
        "import importlib\nimportlib.import_module(name)",
        "from importlib import import_module\nimport_module(config['module'])",
    ],
)
def test_the_scan_sees(line: str) -> None:
    assert list(unsafe(f"import math\n\n{line}\n"))


@pytest.mark.parametrize(
    "line",
    [
        "import numpy as np\nnp.load(path)",
        "import numpy as np\nnp.save(path, x, allow_pickle=False)",
        "import json\njson.load(file)",
        "import re\nre.compile('a')",
        "network.compile()",
        "import torch\ntorch.compile(network)",
        "from safetensors.torch import load_file\nload_file(path)",
        "network.eval()",
        "network.load_state_dict(tensors)",
    ],
)
def test_what_is_harmless_passes(line: str) -> None:
    assert list(unsafe(line)) == []
