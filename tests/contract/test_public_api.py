"""Promise: what plugins and scripts rely on stays: names, arguments and hooks are only ever added.

``public_api.txt`` is the promise. A test that fails here says what would break; ``python -m tests.contract.test_public_api``
writes the list anew: at a release, so that what was added is promised too, or together with a new ``artgen.API``.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torch import nn

from artgen import types
from artgen.public import MODULES, RENAMED

LIST = Path(__file__).with_name("public_api.txt")


def public_names(module: Any) -> list[str]:
    """``__all__``, or what a module without one defines itself."""
    own = [
        name for name, value in vars(module).items() if getattr(value, "__module__", module.__name__) == module.__name__
    ]
    return sorted(name for name in getattr(module, "__all__", own) if not name.startswith("_") and name.isidentifier())


def shape(function: Callable[..., Any]) -> str:
    """The arguments without types; ``...`` stands for any default."""
    try:
        given = inspect.signature(function).parameters.values()
    except ValueError:  # an exception's
        return ""
    plain = [
        parameter.replace(annotation=inspect.Parameter.empty,
                          default=... if parameter.default is not inspect.Parameter.empty else parameter.default)
        for parameter in given
    ]  # fmt: skip
    return str(inspect.Signature(plain)).replace("Ellipsis", "...")


def found() -> Iterator[str]:
    """A line for each public name and each public method."""
    for home in MODULES:
        module = import_module(home)
        for name in public_names(module):
            value = getattr(module, name)
            if inspect.ismodule(value) or value is Any or name in ("TYPE_CHECKING", "annotations"):
                continue
            if not inspect.isclass(value):
                yield f"{home}.{name}" + (shape(value) if inspect.isfunction(value) else "")
                continue
            protocol = getattr(value, "_is_protocol", False)  # typing.is_protocol is newer than 3.11
            yield f"{home}.{name}" + ("  # to be written by plugins" if protocol else shape(value))
            own = [base for base in reversed(value.__mro__) if base.__module__.startswith("artgen.")]
            methods = {method: function for base in own for method, function in vars(base).items()}
            for method, function in sorted(methods.items()):
                if inspect.isfunction(function) and (
                    not method.startswith(("_", "model_")) or (protocol and method == "__call__")
                ):
                    yield f"{home}.{name}.{method}" + shape(function)


def parsed(lines: list[str]) -> dict[str, ast.arguments | None]:
    """Name -> arguments, None where it is not called."""
    table: dict[str, ast.arguments | None] = {}
    for line in lines:
        name, paren, rest = line.partition("  #")[0].partition("(")
        table[name] = ast.parse(f"def f({rest}: 0").body[0].args if paren else None  # type: ignore[attr-defined]
    return table


def breaks(old: ast.arguments, new: ast.arguments) -> str:
    """Why a call that fits ``old`` may not fit ``new``; empty when it always does."""
    before, after = ([a.arg for a in (*args.posonlyargs, *args.args)] for args in (old, new))
    if after[: len(before)] != before and not (new.vararg and not after):
        return f"takes {', '.join(after)} where it took {', '.join(before)}"
    named = [*after, *(a.arg for a in new.kwonlyargs)]
    lost = [a.arg for a in old.kwonlyargs if a.arg not in named and not new.kwarg]
    if lost or (old.kwarg and not new.kwarg) or (old.vararg and not new.vararg):
        return f"no longer takes {', '.join(lost) or 'any arguments'}"
    needs = {*after[: len(after) - len(new.defaults)]}
    needs |= {a.arg for a, d in zip(new.kwonlyargs, new.kw_defaults, strict=True) if d is None}
    had = {*before[: len(before) - len(old.defaults)]}
    had |= {a.arg for a, d in zip(old.kwonlyargs, old.kw_defaults, strict=True) if d is None}
    return f"now needs {', '.join(sorted(needs - had))}" if needs - had else ""


# what is called otherwise now: of names, fields and arguments alike
TODAY = {
    **RENAMED,
    "ask": "options",
    "draws": "noise",
    "given": "source_channels",
    "glimpse": "train_crop",
    "steady": "flicker",
    "notes": "metadata",
}


def today(line: str) -> str:
    """A promise in today's names: the old ones go on working (see below), or are arguments that are passed by their place."""
    return re.sub(r"\w+", lambda word: TODAY.get(word[0], word[0]), line)


def test_old_names_go_on_with_a_warning() -> None:
    for old, new in RENAMED.items():
        with pytest.warns(DeprecationWarning, match=new):
            assert getattr(types, old) is getattr(types, new)
    with pytest.warns(DeprecationWarning, match="source_channels"):
        nets = types.Networks(nn.Identity(), None, 0, given=2, glimpse=lambda x: x, steady=lambda x, y: x)  # type: ignore[call-arg]
    assert nets.source_channels == 2
    with pytest.warns(DeprecationWarning, match="source_channels"):
        assert nets.given == 2  # type: ignore[attr-defined]
    with pytest.warns(DeprecationWarning, match="options"):
        sample = types.Sample(np.zeros(3, np.uint8), 1, None, ask=types.SampleOptions(2.0))  # type: ignore[call-arg]
    with pytest.warns(DeprecationWarning, match="options"):
        assert sample.ask.seconds == 2.0  # type: ignore[attr-defined]


def complaints(promised: list[str], present: list[str]) -> list[str]:
    """What the present API breaks of the promised one."""
    old, new = parsed(promised), parsed(present)
    protocols = {line.partition("  #")[0] for line in promised if "  #" in line}
    said = [f"{name} is gone" for name in old if name not in new]
    for name, arguments in old.items():
        now, home = new.get(name), name.rpartition(".")[0]
        if arguments is None or now is None:
            continue
        hook = name.startswith("artgen.hookspecs.artgen_")
        if hook:  # the host calls it, by name; plugins write it
            lost = [a.arg for a in arguments.args if a.arg not in [b.arg for b in now.args]]
            why = f"gives no {', '.join(lost)}" if lost else ""
        elif home in protocols:  # the core calls it, plugins write it: nothing may change
            why = f"is called with other arguments: {ast.unparse(now)}" if ast.dump(now) != ast.dump(arguments) else ""
        else:
            why = breaks(arguments, now)
        said += [f"{name} {why}"] if why else []
    said += [f"{name} is asked of plugins that were written without it" for name in new
             if name not in old and name.rpartition(".")[0] in protocols]  # fmt: skip
    return said


def test_nothing_that_was_promised_is_broken() -> None:
    assert complaints([today(line) for line in LIST.read_text().splitlines()], list(found())) == []


OLD = [
    "a.f(x, *, y=...)",
    "a.P  # to be written by plugins",
    "a.P.write(self, x)",
    "artgen.hookspecs.artgen_h(run, stats)",
    "a.C",
]


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("a.C", None, "gone"),
        ("a.f(x, *, y=...)", "a.f(z, *, y=...)", "takes z where it took x"),
        ("a.f(x, *, y=...)", "a.f(x)", "no longer takes y"),
        ("a.f(x, *, y=...)", "a.f(x, *, y=..., z)", "now needs z"),
        ("a.f(x, *, y=...)", "a.f(x, *, y)", "now needs y"),
        ("a.P.write(self, x)", "a.P.write(self, x, more=...)", "other arguments"),
        ("a.P.write(self, x)", "a.P.write(self, x)|a.P.read(self)", "asked of plugins"),
        ("artgen.hookspecs.artgen_h(run, stats)", "artgen.hookspecs.artgen_h(run)", "gives no stats"),
        ("a.f(x, *, y=...)", "a.f(x, w=..., *, y=..., z=...)|a.new(q)", ""),
        ("artgen.hookspecs.artgen_h(run, stats)", "artgen.hookspecs.artgen_h(run, stats, more)", ""),
    ],
)
def test_the_comparison_sees_what_breaks_and_lets_additions_pass(old: str, new: str | None, word: str) -> None:
    present = [line for line in OLD if line != old] + (new.split("|") if new else [])
    said = complaints(OLD, present)
    assert (word in said[0]) if word else said == []


if __name__ == "__main__":
    LIST.write_text("\n".join(found()) + "\n")
