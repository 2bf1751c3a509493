"""Promise: the folders of foreign sound keep apart what is learned from and what it is judged by."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benchmarks import foreign_music


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("animals_bird2_03.ogg", "animals_bird2"),
        ("saw_sawing_00.ogg", "saw_sawing"),
        ("birds_cuckoo.wav", "birds_cuckoo"),
    ],
)
def test_variants_of_a_sound_have_one_name(name: str, what: str) -> None:
    assert foreign_music.heard(name) == what


def test_what_is_there_twice_or_spoken_is_left_out(tmp_path: Path) -> None:
    for folder, name, sound in (("a", "cow_00.ogg", b"moo"), ("a", "cow_01.ogg", b"muh"), ("a", "ram.ogg", b"baa"),
                                ("b", "goat.ogg", b"baa"), ("b", "cow_desc.ogg", b"a cow"), ("b", "cow.png", b"")):  # fmt: skip
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / name).write_bytes(sound)
    found = foreign_music.noises(tmp_path, ("a", "b"))
    assert {what: [name for name, _ in files] for what, files in found.items()} == {
        "a_cow": ["a_cow_00.ogg", "a_cow_01.ogg"],
        "a_ram": ["a_ram.ogg"],
    }


def test_every_third_work_is_held(tmp_path: Path) -> None:
    works = [(f"{number}", np.zeros((80, 2), np.float32), 8000) for number in range(7)]
    foreign_music.write(tmp_path, "piano", works, {"6": "piano_held"})
    held = sorted(file.stem for file in (tmp_path / "piano_held").iterdir())
    assert held == ["2", "5", "6"]
    assert sorted(file.stem for file in (tmp_path / "piano").iterdir()) == ["0", "1", "3", "4"]
