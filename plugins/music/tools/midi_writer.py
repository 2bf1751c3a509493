"""Write notes as a MIDI file, with a little human irregularity."""

import io
import random
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import NamedTuple

import mido

TICKS = 480


class Note(NamedTuple):
    """One note; times in quarters."""

    channel: int
    onset: Fraction | float
    length: Fraction | float
    key: int
    velocity: int


def write_midi(
    notes: Iterable[Note],
    tempi: Iterable[tuple[Fraction | float, float]],
    programs: Mapping[int, int],
    controls: Mapping[int, Mapping[int, int]] | None = None,
    seed: int = 0,
    looseness: float = 0.012,
) -> bytes:
    """Bytes of a MIDI file; `looseness` is the spread of the onsets in quarters, velocities vary by a few steps."""
    rng = random.Random(seed)
    events: list[tuple[int, int, mido.Message | mido.MetaMessage]] = []
    for when, tempo in tempi:
        events.append((round(when * TICKS), 0, mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(tempo))))
    for channel, program in programs.items():
        events.append((0, 1, mido.Message("program_change", channel=channel, program=program)))
    for channel, values in (controls or {}).items():
        events.extend(
            (0, 1, mido.Message("control_change", channel=channel, control=k, value=v)) for k, v in values.items()
        )
    for note in sorted(notes):
        onset = max(0.0, float(note.onset) + rng.gauss(0, looseness))
        velocity = min(127, max(1, round(note.velocity + rng.gauss(0, 4))))
        end = max(onset + 0.03, float(note.onset) + float(note.length) * 0.97)
        common = {"channel": note.channel, "note": note.key}
        events.append((round(onset * TICKS), 3, mido.Message("note_on", velocity=velocity, **common)))
        events.append((round(end * TICKS), 2, mido.Message("note_off", **common)))
    return encode(events)


def encode(events: list[tuple[int, int, mido.Message | mido.MetaMessage]]) -> bytes:
    """Order the events, turn times into deltas, and encode them as a one-track file."""
    track, now = mido.MidiTrack(), 0
    for tick, _, message in sorted(events, key=lambda event: event[:2]):
        track.append(message.copy(time=tick - now))
        now = tick
    file, buffer = mido.MidiFile(type=0, ticks_per_beat=TICKS), io.BytesIO()
    file.tracks.append(track)
    file.save(file=buffer)
    return buffer.getvalue()
