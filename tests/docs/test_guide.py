"""Promise: who types the plugin-author guide in has the example, to the letter, and nothing of it is missing."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import artgen
from artgen.testing import check_plugin
from tests.conftest import install

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/plugin-guide.md").read_text(encoding="utf-8")
VASES = ROOT / "examples/artgen-vases"
BLOCKS = [text.rstrip() for text in re.findall(r"^```(?:python|toml)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)]
OTHERS = re.findall(r"^```py\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)  # no part of the example


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


def test_the_codec_of_the_page_takes_every_value_and_finds_its_way_back() -> None:
    names: dict[str, Any] = {"nn": nn, "torch": torch}
    exec(_block("CurveCodec"), names)
    codec = names["CurveCodec"]()
    noise = torch.randint(-(2**15), 2**15, (8, 2, 64), generator=torch.Generator().manual_seed(0)).to(torch.int16)
    assert codec.encode(noise).isfinite().all()
    raw = torch.stack([torch.arange(100, 100 + 64 * 200, 200), torch.arange(64) * 500])[None].to(torch.int16)
    back = codec.decode(codec.encode(raw))
    assert back.dtype == torch.int16
    assert (back.int() - raw.int()).abs().max() <= 2


def test_the_blocks_of_sequences_fit_each_other() -> None:
    names: dict[str, Any] = {}
    exec(_block("Sequences"), names)
    generator, critic = names["Sequences"](3), names["Critic"](3)
    condition = torch.eye(3)[[0, 1, 2, 0]]
    made = generator(torch.randn(4, 8), condition, None)
    assert made.shape == (4, 2, 64)
    x = made.detach().requires_grad_(True)
    (gradient,) = torch.autograd.grad(critic(x, condition).sum(), x, create_graph=True)
    gradient.square().sum().backward()  # the penalty needs a second derivative
    assert all(p.grad is not None and bool(p.grad.isfinite().all()) for p in critic.net.parameters() if p.ndim > 1)


def test_the_loss_of_the_page_adds_its_term(site: Path, tmp_path: Path) -> None:
    _install(site, _block("Spectral"))
    artgen.run("vases", images="64", out=tmp_path / "run", device="cpu")
    values = json.loads((tmp_path / "run" / "metrics.jsonl").read_text().splitlines()[-1])["values"]
    assert values["term"] > 0


@pytest.mark.parametrize(("task", "block"), [("reconstruct", "Potter"), ("translate", "Halves")])
def test_the_tasks_of_the_page_are_trained_and_applied(site: Path, tmp_path: Path, task: str, block: str) -> None:
    _install(site, _block(block), f'tasks=("generate", "{task}")')
    run = artgen.run("vases", task=task, images="640", out=tmp_path / "run", device="cpu")
    vase = next((VASES / "artgen_vases/embedded").rglob("*.png"))
    done = artgen.load(run.folder, "cpu").apply([vase], tmp_path / "out")
    assert [path.name for path in done.written] == [vase.name]
    losses = [json.loads(line)["values"]["loss_g"] for line in (run.folder / "metrics.jsonl").read_text().splitlines()]
    assert all(np.isfinite(losses))


def test_the_judge_of_the_page_answers(site: Path) -> None:
    """The block that is no part of the example: typed under it, the kit finds nothing wrong."""
    _install(site, _block("Widths"))
    (result,) = check_plugin("vases", only=["the-judge-answers-in-numbers"])
    assert (result.status, result.detail) == ("passed", "32 features")


def _block(word: str) -> str:
    (found,) = (text for text in OTHERS if f"class {word}" in text)
    return found


def _install(site: Path, block: str, more: str = "") -> None:
    """The example with a block typed under it, and ``more`` in its domain."""
    file = VASES / "artgen_vases/plugin.py"
    text = file.read_text().replace("__file__", repr(str(file)))
    text = text.replace('embedded=home / "embedded")', f'embedded=home / "embedded"{", " + more if more else ""})')
    install(site, "artgen-vases", {"vases": "vases_plugin"}, {"vases_plugin": f"{text}\n\n{block}"})
