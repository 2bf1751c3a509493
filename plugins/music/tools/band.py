"""A rock band that plays the notes of any piece: who plays which note, and when the drummer hits.

The drummer plays along: a stroke falls where notes begin, as strongly as they do, so that the rhythm of the piece stays what it
was, and a network that only hears the piece can learn where strokes belong.
"""

import math
import random
from bisect import bisect_left
from typing import NamedTuple

import mido
from unify import BEAT, DRUMS, Events

OVERDRIVEN, DISTORTED, BASS = 29, 30, 34  # General MIDI programs
KICK, SNARE, CLOSED, CRASH, TOM_HIGH, TOM_LOW = 36, 38, 42, 49, 48, 45  # keys of the drum channel
LEAD_CHANNEL, RHYTHM_CHANNEL, BASS_CHANNEL = 0, 1, 2
LOWEST_BASS, HIGHEST_BASS = 28, 45  # E1 to A2
LOWEST_GUITAR, HIGHEST_GUITAR = 40, 84
NEAR = 0.06  # seconds: notes that begin so near to each other, or to a place of the grid, begin there together
SHORTEST = 0.05  # seconds of a note, so that it is heard
BAR = 4  # beats
PHRASE = 4  # bars: a crash where one begins, a fill where one ends


class Note(NamedTuple):
    """A note, from ``start`` to ``end`` in seconds."""

    start: float
    end: float
    key: int
    velocity: int


def notes_of(events: Events) -> list[Note]:
    """All notes but drums, by their start; what never ends does so with the last event."""
    last = events[-1][0] if events else 0.0
    open_notes: dict[tuple[int, int], tuple[float, int]] = {}
    found: list[Note] = []

    def close(place: tuple[int, int], now: float) -> None:
        start, velocity = open_notes.pop(place)
        found.append(Note(start, max(now, start + SHORTEST), place[1], velocity))

    for when, message in events:
        if message.type not in ("note_on", "note_off") or message.channel == DRUMS:
            continue
        place = message.channel, message.note
        if place in open_notes:
            close(place, when)
        if message.type == "note_on" and message.velocity:
            open_notes[place] = when, message.velocity
    for place in list(open_notes):
        close(place, last)
    return sorted(found)


def guitars(events: Events) -> Events:
    """The same notes by two guitars and a bass."""
    return _in_order([_programs(), *_strings(notes_of(events))])


def drums(events: Events, seconds: float, dice: random.Random) -> Events:
    """What a drummer hits who plays along."""
    return _in_order(drummed(notes_of(events), seconds, dice))


def drummed(notes: list[Note], seconds: float, dice: random.Random) -> list[Events]:
    """Strokes of a drum kit, each as the two messages of a note: closed hats wherever notes begin, as loud as these together; on
    beats where some begin kick and snare in turns, the kick on those beats that carry most of the low notes; a crash where four
    bars begin. In the last beat of every second four bars snare and toms take the place of hats."""
    onsets = Onsets(notes)
    kicks = onsets.kick_beats(round(seconds / BEAT))
    strokes: list[Events] = []

    def hit(when: float, key: int, loudness: float) -> None:
        velocity = max(1, min(127, round(127 * loudness**0.5)))  # a synthesizer's amplitude goes by the square
        strokes.append(_messages(Note(when, when + 0.1, key, velocity), DRUMS))

    for chord in _chords(notes):
        when = chord[0].start
        strength, beat = onsets.strength(when), round(when / BEAT)
        on_beat = abs(when - beat * BEAT) < NEAR
        filling = math.floor(when / BEAT + 0.1) % (2 * BAR * PHRASE) == 2 * BAR * PHRASE - 1
        if filling:
            hit(when, dice.choice((SNARE, TOM_HIGH, TOM_LOW)), strength)
            continue
        if on_beat:
            hit(when, KICK if beat % 2 == kicks else SNARE, strength)
        hit(when, CRASH if on_beat and beat % (BAR * PHRASE) == 0 else CLOSED, strength)
    return strokes


class Onsets:
    """How strongly notes begin, and where low ones do."""

    def __init__(self, notes: list[Note]) -> None:
        self.notes, self.starts = notes, [note.start for note in notes]
        totals = sorted(self._total(note.start) for note in notes)
        self.full = totals[len(totals) * 9 // 10] if totals else 1.0

    def strength(self, when: float) -> float:
        """Of the notes that begin from then on within NEAR, in [0, 1]; 1 is the strongest tenth of the piece."""
        return min(1.0, self._total(when) / self.full)

    def kick_beats(self, beats: int) -> int:
        """0 or 1: whether even or odd beats carry more of what is low."""
        weight = [0.0, 0.0]
        for beat in range(beats):
            for note in self._among(beat * BEAT - NEAR, beat * BEAT + NEAR):
                weight[beat % 2] += max(0, 60 - note.key) * note.velocity
        return int(weight[1] > 1.1 * weight[0])

    def _total(self, start: float) -> float:
        return float(sum(note.velocity for note in self._among(start, start + NEAR)))

    def _among(self, start: float, end: float) -> list[Note]:
        return self.notes[bisect_left(self.starts, start) : bisect_left(self.starts, end)]


def _strings(notes: list[Note]) -> list[Events]:
    """Of the notes that begin together the lowest goes to the bass where it is low, the highest to the lead guitar, those
    between to the other one; a single high note to the lead."""
    played: list[Events] = []
    for together in _chords(notes):
        low, high = together[0], together[-1]
        if low.key < 60 or len(together) > 2:
            bass = low._replace(key=_within(low.key, LOWEST_BASS, HIGHEST_BASS), velocity=min(127, low.velocity + 20))
            played.append(_messages(bass, BASS_CHANNEL))
        for note in together if low.key >= 48 or len(together) == 1 else together[1:]:
            channel = LEAD_CHANNEL if note is high else RHYTHM_CHANNEL
            softer = round(note.velocity * (0.8 if note is high else 0.6))
            key = _within(note.key, LOWEST_GUITAR, HIGHEST_GUITAR)
            played.append(_messages(note._replace(key=key, velocity=max(1, softer)), channel))
    return played


def _chords(notes: list[Note]) -> list[list[Note]]:
    """Notes that begin together, low to high."""
    chords: list[list[Note]] = []
    for note in notes:
        if chords and note.start - chords[-1][0].start < NEAR / 2:
            chords[-1].append(note)
        else:
            chords.append([note])
    return [sorted(chord, key=lambda note: note.key) for chord in chords]


def _in_order(parts: list[Events]) -> Events:
    return sorted((event for part in parts for event in part), key=lambda event: event[0])


def _programs() -> Events:
    """Who plays."""
    programs = {LEAD_CHANNEL: OVERDRIVEN, RHYTHM_CHANNEL: DISTORTED, BASS_CHANNEL: BASS}
    return [
        (0.0, mido.Message("program_change", channel=channel, program=program)) for channel, program in programs.items()
    ]


def _messages(note: Note, channel: int) -> Events:
    return [
        (note.start, mido.Message("note_on", channel=channel, note=note.key, velocity=note.velocity)),
        (note.end, mido.Message("note_off", channel=channel, note=note.key)),
    ]


def _within(key: int, lowest: int, highest: int) -> int:
    """The key moved by octaves until it lies between."""
    while key < lowest:
        key += 12
    while key > highest:
        key -= 12
    return key
