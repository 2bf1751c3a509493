"""Promise: the script that measures a GPU runs to its end: every section of it answers, on the CPU and with small networks."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from benchmarks import gpu

from tests.forked import Family


def test_every_section_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu, "LARGE", {"image": ("base",)})
    monkeypatch.setattr("subprocess.Popen", Family)  # torchrun and the two that it starts
    rows = gpu.measured(gpu.Bench(torch.device("cpu"), True, tmp_path), list(gpu.SECTIONS))
    answers = {question: answer for question, _, answer in rows}
    assert [row for row in rows if row[1] == "failed"] == []
    assert answers["resumed and uninterrupted"] == "equal to the bit"
    assert answers["two processes on one device"] == "train together"
    assert answers["equal to the CPU"].startswith("yes")


def test_a_section_that_fails_costs_its_rows_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_bench: gpu.Bench) -> None:
        raise RuntimeError("no such kernel")

    monkeypatch.setitem(gpu.SECTIONS, "feed", broken)
    rows = gpu.measured(gpu.Bench(torch.device("cpu"), True, tmp_path), ["feed"])
    assert rows[0] == ("feed", "failed", "RuntimeError: no such kernel")
