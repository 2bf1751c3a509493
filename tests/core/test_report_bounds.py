"""Promise: the page of a run is named as its folder is, and stays small whatever a plugin measures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from artgen.report import write_report


def folder_of(place: Path, values: dict[str, float]) -> Path:
    """A run folder with eight reports of these values."""
    place.mkdir()
    rows = [{"seen": 16 * n, "seconds": n, "progress": n / 9, "values": values} for n in range(1, 9)]
    (place / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return place


def test_a_page_of_a_folder_of_one_word_keeps_that_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``--out art`` from the folder beside: the word stands for itself, not for a path that is nobody's business."""
    folder = folder_of(tmp_path / "art", {"loss_g": 1.0})
    monkeypatch.chdir(tmp_path)
    text = write_report(Path("art")).read_text(encoding="utf-8")
    assert "<title>art · artgen</title>" in text
    assert str(folder) not in text


def test_a_page_of_thousands_of_metrics_stays_small(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "run", {f"mine{number}": float(number) for number in range(2000)})
    text = write_report(folder).read_text(encoding="utf-8")
    assert len(text) < 3_000_000
    assert "1,960 metrics more stand in metrics.jsonl only." in text
