"""Bring pieces to one tempo and to the white keys, so that a small network can learn many of them in minutes: as heads seen
from the front are learned sooner than animals in all poses.

A beat takes 32 frames of a spectrogram, so that beats of all pieces fall on the same frames; a training item is two bars long.
"""

import io
import math
from typing import NamedTuple

import mido

DRUMS = 9
BEAT = 0.512  # seconds: 117 beats a minute
ITEM = 8 * BEAT  # seconds of two bars
GUITARS = range(26, 32)  # General MIDI programs of electric guitars
WHITE = (0, 2, 4, 5, 7, 9, 11)
Events = list[tuple[float, mido.Message]]


class Unified(NamedTuple):
    """A piece at the common tempo and key: messages with their times in seconds, its length, and how many times
    as fast as written."""

    events: Events
    seconds: float
    pace: float


def unified(midi: bytes) -> Unified:
    """A MIDI file with quarters, halves or eighths of one BEAT, whichever comes nearest to its tempo; changes of tempo are
    dropped.

    All but drums move by as many semitones, at most six, as bring most of their notes to white keys."""
    file = mido.MidiFile(file=io.BytesIO(midi), clip=True)
    now, seconds, tempo, written = 0, 0.0, 500_000, []
    for message in mido.merge_tracks(file.tracks):
        now += message.time
        seconds += mido.tick2second(message.time, file.ticks_per_beat, tempo)
        if message.type == "set_tempo":
            tempo = message.tempo
        elif not message.is_meta:
            written.append((now / file.ticks_per_beat, message))
    quarters = now / file.ticks_per_beat
    quarter = min((BEAT / 2, BEAT, 2 * BEAT), key=lambda length: abs(math.log(length * quarters / seconds)))
    shift = _to_white_keys(written)
    events = [(when * quarter, _moved(message, shift)) for when, message in written]
    return Unified(events, quarters * quarter, seconds / (quarters * quarter))


def drums_in_front(events: Events) -> Events:
    """The same with louder drums and softer electric guitars, whose wall would hide the beat."""
    programs: dict[int, int] = {}
    heard: Events = []
    for when, message in events:
        if message.type == "program_change":
            programs[message.channel] = message.program
        elif message.type == "note_on" and message.velocity:
            guitar = programs.get(message.channel, 0) in GUITARS
            factor = 1.2 if message.channel == DRUMS else 0.72 if guitar else 1.0
            message = message.copy(velocity=max(1, min(127, round(message.velocity * factor))))
        heard.append((when, message))
    return heard


def _to_white_keys(written: Events) -> int:
    """Semitones that bring most notes to white keys; of equal ones the fewest."""
    counts = [0] * 12
    for _, message in written:
        if message.type == "note_on" and message.velocity and message.channel != DRUMS:
            counts[message.note % 12] += 1
    return max(range(-6, 6), key=lambda shift: (sum(counts[(key - shift) % 12] for key in WHITE), -abs(shift)))


def _moved(message: mido.Message, shift: int) -> mido.Message:
    """The message that many semitones higher; drums keep their keys."""
    if message.type not in ("note_on", "note_off") or message.channel == DRUMS:
        return message
    return message.copy(note=max(0, min(127, message.note + shift)))
