"""Promise: the band of the pairs plays the notes of the piece, at their times, and its drummer strokes where notes begin."""

from __future__ import annotations

import importlib
import random
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import mido
import numpy as np
import pytest

TOOLS = Path(__file__).parents[2] / "plugins" / "music" / "tools"
DRUMS, BEAT = 9, 0.512


@pytest.fixture
def band(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(TOOLS)
    return importlib.import_module("band")


def piece(beats: int) -> list[tuple[float, mido.Message]]:
    """A chord of three on every beat, low on even ones, louder there, and a soft high note half a beat later."""
    events = []
    for beat in range(beats):
        keys = (48, 64, 67) if beat % 2 == 0 else (60, 64, 67)
        for key in keys:
            events += [
                (beat * BEAT, mido.Message("note_on", note=key, velocity=90 if beat % 2 == 0 else 70)),
                ((beat + 0.9) * BEAT, mido.Message("note_off", note=key)),
            ]
        events += [
            ((beat + 0.5) * BEAT, mido.Message("note_on", note=84, velocity=30)),
            ((beat + 0.8) * BEAT, mido.Message("note_on", note=84, velocity=0)),
        ]
    return sorted(events, key=lambda event: event[0])


def hits(events: list[tuple[float, mido.Message]], *keys: int) -> dict[float, int]:
    """When and how loud drums of those keys are hit."""
    return {when: m.velocity for when, m in events if m.type == "note_on" and m.channel == DRUMS and m.note in keys}


def test_every_note_is_played_when_it_was(band: Any) -> None:
    """By guitars and a bass, none for longer or shorter than it was."""
    given = piece(16)
    played = band.guitars(given)
    assert [when for when, _ in played] == sorted(when for when, _ in played)
    starts = {when for when, message in played if message.type == "note_on"}
    assert starts == {note.start for note in band.notes_of(given)}
    classes = {note.key % 12 for note in band.notes_of(played)}
    assert classes == {note.key % 12 for note in band.notes_of(given)}
    programs = {message.program for _, message in played if message.type == "program_change"}
    assert programs == {29, 30, 34}
    lengths = {round(note.end - note.start, 3) for note in band.notes_of(played)}
    assert lengths == {round(0.9 * BEAT, 3), round(0.3 * BEAT, 3)}


def test_strokes_fall_where_notes_begin(band: Any) -> None:
    """Kick and snare in turns, the kick where low notes are; hats are as loud as what they go with; a crash every four bars."""
    given = piece(40)
    played = band.drums(given, 40 * BEAT, random.Random(0))
    kicks, snares = (hits(played, key) for key in (band.KICK, band.SNARE))
    assert {round(when / BEAT) % 2 for when in kicks} == {0}
    assert {round(when / BEAT) % 2 for when in snares if when < 31 * BEAT} == {1}
    assert set(hits(played, band.CRASH)) == {0.0, 16 * BEAT, 32 * BEAT}
    hats = hits(played, band.CLOSED)
    assert hats[0.5 * BEAT] < hats[BEAT]
    strokes = hits(played, *range(128))
    assert set(strokes) == {note.start for note in band.notes_of(given)}
    assert 31 * BEAT not in hats, "a fill"


def test_where_the_low_notes_are_on_odd_beats_the_kick_is_too(band: Any) -> None:
    later = [(when + BEAT, message) for when, message in piece(8)]
    kicks = hits(band.drums(later, 9 * BEAT, random.Random(0)), band.KICK)
    assert {round(when / BEAT) % 2 for when in kicks} == {1}


def test_the_same_piece_gives_the_same_band(band: Any) -> None:
    one, two = (band.drums(piece(64), 64 * BEAT, random.Random(5)) for _ in range(2))
    assert one == two


def test_a_part_in_which_nothing_is_played_makes_no_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    """Brought to the usual loudness, silence is no number."""
    monkeypatch.syspath_prepend(TOOLS)
    for name in ("pyaudio", "tinysoundfont"):
        monkeypatch.setitem(sys.modules, name, MagicMock())
    tool = importlib.import_module("render_pairs")
    silent = SimpleNamespace(seconds=40.0, events=[(0.0, mido.Message("program_change", program=3))])
    monkeypatch.setattr(tool, "unified", lambda midi: silent)
    monkeypatch.setattr(tool, "perform", lambda *_: np.zeros(40 * tool.SYNTH_RATE, np.float32))
    with pytest.raises(ValueError, match="silent"):
        tool.pair(b"", Path("none.sf3"), 0, random.Random(0), drums_only=True)
