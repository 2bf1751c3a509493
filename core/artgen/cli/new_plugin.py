"""``artgen new-plugin``: a package that works and passes the conformance kit, to be changed into a domain of one's own."""

from __future__ import annotations

import math
import random
import re
from pathlib import Path

_TEMPLATE = Path(__file__).parent / "template"


def new_plugin(name: str, *, out: Path | None = None) -> None:
    """Write the folder artgen-NAME: a plugin with data and tests that can be installed and trained at once.

    Parameters
    ----------
    name
        What people will write after --plugin: lower-case letters, digits and dashes.
    out
        Where to write the folder (default: here).
    """
    from artgen.errors import InputError, StorageError
    from artgen.host import discover
    from artgen.runtime.typed import typed

    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name) or len(name) > 40:
        raise InputError(f"{name}: write the name in lower-case letters, digits and single dashes, at most 40")
    taken = {found.name: found for found in discover()}
    if name in taken:
        raise InputError(f"{name}: {taken[name].distribution} has this name already, choose another")
    folder = (out or Path()) / f"artgen-{name}"
    if folder.exists():
        raise InputError(f"{folder} exists already and is left alone; choose another name or --out")
    try:
        for path, text in package(name).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{folder}: cannot be written ({error.strerror})") from None
    print(f"{folder} written; next: {typed('pip', 'install', '-e', folder)} && artgen check {name}")


def package(name: str) -> dict[str, str]:
    """The files of the new package: path in its folder -> text."""
    from artgen.contract.hookspecs import API

    package = f"artgen_{name.replace('-', '_')}"
    homes = {"pyproject.toml": ".", "README.md": ".", "plugin.py": package, "test_conformance.py": "tests"}
    files = {f"{package}/__init__.py": f'"""The {name} plugin of artgen."""\n'}
    for file, home in homes.items():
        text = (_TEMPLATE / f"{file}.txt").read_text(encoding="utf-8")
        files[Path(home, file).as_posix()] = (
            text.replace("@NAME@", name).replace("@PACKAGE@", package).replace("@API@", str(API))
        )
    for number, label in enumerate(("falling", "rising")):
        files[f"{package}/embedded/{label}/curves.csv"] = _curves(number, 2 * number - 1)
    return files


def _curves(seed: int, slope: int) -> str:
    """48 waves of 32 points on a slope, a row each."""
    dice = random.Random(seed)  # noqa: S311  (data, no secrets)
    rows = []
    for _ in range(48):
        height, phase, waves = dice.uniform(10, 50), dice.uniform(0, math.tau), dice.uniform(1, 3)
        points = (
            128 + slope * (i - 15.5) * 4 + height * math.sin(phase + waves * math.tau * i / 32) for i in range(32)
        )
        rows.append(",".join(str(min(255, max(0, round(p)))) for p in points))
    return "\n".join(rows) + "\n"
