"""Promise: who types the plugin-author guide in has the example, to the letter, and nothing of it is missing."""

from __future__ import annotations

import re
from pathlib import Path

from artgen.testing import check_plugin
from tests.conftest import install

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/plugin-guide.md").read_text(encoding="utf-8")
VASES = ROOT / "examples/artgen-vases"
BLOCKS = [text.rstrip() for text in re.findall(r"^```(?:python|toml)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)]


def test_the_blocks_together_are_the_plugin() -> None:
    rest = (VASES / "artgen_vases/plugin.py").read_text()
    for block in BLOCKS:
        for piece in re.split(r"\n\n\n(?=@|class|def)", block):
            rest = rest.replace(piece, "", 1)
    assert rest.strip() == ""


def test_the_other_files_are_there_whole() -> None:
    for name in ("pyproject.toml", "tests/test_vases.py", "tools/draw_vases.py"):
        assert (VASES / name).read_text().rstrip() in BLOCKS, name


def test_no_block_is_of_another_plugin() -> None:
    files = "\n".join(path.read_text() for path in VASES.rglob("*") if path.suffix in (".py", ".toml"))
    for block in BLOCKS:
        assert all(piece in files for piece in re.split(r"\n\n\n(?=@|class|def)", block)), block


def test_the_judge_of_the_page_answers(site: Path) -> None:
    """The block that is no part of the example: typed under it, the kit finds nothing wrong."""
    (judge,) = re.findall(r"^```py\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    text = (
        (VASES / "artgen_vases/plugin.py").read_text().replace("__file__", repr(str(VASES / "artgen_vases/plugin.py")))
    )
    install(site, "artgen-vases", {"vases": "vases_plugin"}, {"vases_plugin": f"{text}\n\n{judge}"})
    (result,) = check_plugin("vases", only=["the-judge-answers-in-numbers"])
    assert (result.status, result.detail) == ("passed", "32 features")
