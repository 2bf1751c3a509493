"""Compose short pop songs from seeds and write them as MIDI: intro, verse, chorus, final chord; several styles."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from midi_writer import Note, write_midi
from pop_melody import Tone, chord_steps, key_of, nearest, sing_section
from unify import BEAT

LEAD, BACKING, KEYS, PAD, ARPEGGIO, GUITAR, BASS, DRUMS = 0, 1, 2, 3, 4, 5, 6, 9
PIANO = 0
KICK, SNARE, CLAP, HAT, OPEN_HAT, CRASH, TAMBOURINE, TOMS = 36, 38, 39, 42, 46, 49, 54, (50, 47, 43)
SONGS = 21
TEMPO, TONIC = 60 / BEAT, 0  # of all songs, see unify.py
KEY_NAMES = ("c", "d_flat", "d", "e_flat", "e", "f", "g_flat", "g", "a_flat", "a", "b_flat", "b")
PROGRESSIONS = (
    (0, 4, 5, 3),
    (5, 3, 0, 4),
    (0, 5, 3, 4),
    (3, 4, 2, 5),
    (0, 2, 3, 4),
    (1, 4, 0, 5),
    (0, 3, 5, 4),
    (5, 4, 3, 4),
)


@dataclass(frozen=True)
class Style:
    """Instruments (General MIDI programs) and patterns of a kind of pop; onsets in quarters within a bar."""

    name: str
    lead: tuple[int, ...]
    keys: int
    pad: int
    arpeggio: int
    bass: int
    guitar: int
    kick: tuple[float, ...]
    hat: float
    strum: tuple[float, ...]
    bassline: tuple[tuple[float, float, int], ...]  # onset, length, scale steps above the root
    comp: tuple[float, ...]


EIGHTHS = tuple((index / 2, 0.45, 0) for index in range(8))
OCTAVES = tuple((index / 2, 0.4, 7 * (index % 2)) for index in range(8))
WALK = ((0.0, 1.4, 0), (1.5, 0.5, 0), (2.0, 1.0, 4), (3.0, 0.5, 7), (3.5, 0.5, 4))
DOTTED = ((0.0, 1.4, 0), (1.5, 0.4, 0), (2.0, 0.9, 0), (3.0, 0.4, 4), (3.5, 0.4, 2))
FUNK = ((0.0, 0.6, 0), (0.75, 0.2, 0), (1.5, 0.4, 7), (2.5, 0.4, 0), (3.0, 0.4, 4), (3.5, 0.4, 7))
# fmt: off
STYLES = (
    Style("synthpop", (54, 81), 4, 48, 88, 33, 27, (0, 1.5, 2), 0.5,
          strum=(0.5, 1.5, 2.5, 3.5), bassline=EIGHTHS, comp=(0, 1.5, 3)),
    Style("ballad", (53, 73), 0, 48, 46, 33, 25, (0, 2.5), 0.5,
          strum=(0, 1, 1.5, 2, 3, 3.5), bassline=DOTTED, comp=(0, 1, 2, 3)),
    Style("dance", (53, 80), 0, 48, 4, 38, 27, (0, 1, 2, 3), 0.5,
          strum=(0.5, 1.5, 2.5, 3.5), bassline=OCTAVES, comp=(0, 0.75, 1.5, 2.5, 3.25)),
    Style("acoustic", (53, 65), 0, 49, 11, 32, 25, (0, 2, 2.5), 0.5,
          strum=(0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5), bassline=WALK, comp=(0, 2)),
    Style("soul", (65, 66), 4, 48, 11, 33, 27, (0, 1.75, 2.5), 0.25,
          strum=(0.5, 1.5, 2.5, 3.5), bassline=FUNK, comp=(0, 1.5, 2.5)),
    Style("poprock", (53, 81), 0, 49, 25, 33, 29, (0, 1.5, 2), 0.5,
          strum=(0, 0.5, 1.5, 2, 2.5, 3.5), bassline=EIGHTHS, comp=(0, 1, 2, 3)),
    Style("disco", (54, 65), 5, 48, 11, 33, 27, (0, 1, 2, 3), 0.25,
          strum=(0.5, 0.75, 1.5, 2.5, 2.75, 3.5), bassline=OCTAVES, comp=(0, 1.5, 3)),
)
# fmt: on


@dataclass
class Song:
    """A song being written: its style, key, random numbers and notes so far."""

    style: Style
    tonic: int
    rng: random.Random
    notes: list[Note] = field(default_factory=list)
    voicing: list[int] = field(default_factory=lambda: [60, 64, 67])

    def add(self, channel: int, onset: float, length: float, key: int, velocity: int) -> None:
        """Append one note."""
        self.notes.append(Note(channel, onset, length, key, velocity))


def compose_songs() -> Iterator[tuple[str, bytes]]:
    """Name and MIDI bytes of every song, the styles in turns."""
    for number in range(1, SONGS + 1):
        style = STYLES[number % len(STYLES)]
        yield f"artgen_{number:02d}_{style.name}", compose(style, TONIC, random.Random(1000 + number), number)


def compose(style: Style, tonic: int, rng: random.Random, seed: int) -> bytes:
    """One song of 18 bars and a final one: intro, eight bars of verse, eight of chorus."""
    song = Song(style, tonic, rng)
    verse, chorus = rng.sample(PROGRESSIONS, 2)
    intro = 2
    for bar in range(intro):
        accompany(song, bar, chorus[bar % 4], energy=0, fill=bar == intro - 1)
    for bar in range(8):
        accompany(song, intro + bar, verse[bar % 4], energy=1, fill=bar in (3, 7))
        accompany(song, intro + 8 + bar, chorus[bar % 4], energy=2, fill=bar in (3, 7))
    for beat in (4 * intro, 4 * intro + 32, 4 * intro + 64):
        song.add(DRUMS, beat, 1, CRASH, 92)
    sing(song, sing_section(rng, list(verse) * 2, chorus=False), list(verse), 4 * intro, chorus=False)
    sing(song, sing_section(rng, list(chorus) * 2, chorus=True), list(chorus), 4 * intro + 32, chorus=True)
    finish_song(song, 4.0 * (intro + 16))
    song.notes.sort()
    programs = {
        LEAD: style.lead[seed // len(STYLES) % 2],
        BACKING: 52,
        KEYS: style.keys,
        PAD: style.pad,
        ARPEGGIO: style.arpeggio,
        GUITAR: style.guitar,
        BASS: style.bass,
        DRUMS: 25 if style.name == "dance" else 0,
    }
    levels = {LEAD: 112, BACKING: 70, KEYS: 88, PAD: 62, ARPEGGIO: 64, GUITAR: 72, BASS: 104, DRUMS: 108}
    return write_midi(
        song.notes, [(0, TEMPO)], programs, {channel: {7: level} for channel, level in levels.items()}, seed
    )


def sing(song: Song, tones: list[Tone], chords: list[int], begin: int, chorus: bool) -> None:
    """The lead, louder on strong beats; in the chorus a backing voice follows a third below."""
    middle = song.tonic + 60 if song.tonic < 7 else song.tonic + 48
    for tone in tones:
        velocity = 92 + 10 * chorus + (6 if tone.onset % 2 == 0 else 0)
        song.add(LEAD, begin + tone.onset, tone.length, key_of(tone.step, middle), velocity)
        if chorus and tone.length >= 1:
            options = chord_steps(chords[int(tone.onset // 4) % 4], tone.step - 5, tone.step - 1)
            song.add(BACKING, begin + tone.onset, tone.length, key_of(nearest(options, tone.step - 2), middle), 76)


def accompany(song: Song, bar: int, degree: int, energy: int, fill: bool) -> None:
    """All instruments but the voices for one bar; energy 0 is the intro, 1 the verse, 2 the chorus."""
    start, style = 4.0 * bar, song.style
    song.voicing = lead_voices(song.voicing, [key_of(degree + step, song.tonic) for step in (0, 2, 4)])
    for onset in style.comp if energy < 2 or style.keys != PIANO else (0, 1, 2, 3):
        for key in song.voicing:
            song.add(KEYS, start + onset, 0.9, key, 66 + 8 * energy)
    if energy != 1 or style.name in ("ballad", "synthpop"):
        for key in song.voicing:
            song.add(PAD, start, 4, key, 60 + 8 * energy)
    for onset in style.strum if energy else ():
        strum(song, start + onset, degree, 60 + 8 * energy + (8 if onset % 1 == 0 else 0))
    if energy == 2 or (energy == 0 and not style.strum):
        arpeggiate(song, start, degree)
    if energy:
        play_bass(song, start, degree, 80 + 6 * energy)
    drum(song, start, energy, fill)


def lead_voices(previous: list[int], triad: list[int]) -> list[int]:
    """The inversion of a triad around middle C that moves least from the chord before."""
    options = []
    for inversion in range(3):
        keys = [key % 12 + 12 * (key % 12 < triad[inversion] % 12) + 48 for key in triad]
        options += [sorted(key + 12 * octave for key in keys) for octave in (0, 1)]
    return min(
        options,
        key=lambda keys: sum(abs(a - b) for a, b in zip(keys, previous, strict=True)) + abs(sum(keys) - 186) / 6,
    )


def strum(song: Song, onset: float, degree: int, velocity: int) -> None:
    """A guitar chord, its strings one after another."""
    root = key_of(degree, song.tonic + 36)
    root += 12 if root < 43 else 0
    third = key_of(degree + 2, song.tonic) - key_of(degree, song.tonic)
    for index, interval in enumerate((0, 7, 12, 12 + third, 19)):
        song.add(GUITAR, onset + 0.02 * index, 0.45, root + interval, velocity - 2 * index)


def arpeggiate(song: Song, start: float, degree: int) -> None:
    """Broken chords in eighths, or in sixteenths in fast styles."""
    grid = 0.25 if song.style.name in ("synthpop", "dance") else 0.5
    pattern = (0, 2, 4, 7, 4, 2, 4, 2) if degree % 2 else (0, 4, 7, 4, 9, 7, 4, 2)
    for index in range(round(4 / grid)):
        key = key_of(degree + pattern[index % 8], song.tonic + 60)
        song.add(ARPEGGIO, start + index * grid, grid * 0.9, key - 12 * (key > 86), 62 + 8 * (index % 4 == 0))


def play_bass(song: Song, start: float, degree: int, velocity: int) -> None:
    """The style's bass line on the chord, between E1 and the octave above."""
    for onset, length, step in song.style.bassline:
        key = key_of(degree + step, song.tonic + 24)
        root = key_of(degree, song.tonic + 24)
        key += 12 * (root < 28) - 12 * (root > 43)
        song.add(BASS, start + onset, length, key, velocity + (8 if onset == 0 else 0))


def drum(song: Song, start: float, energy: int, fill: bool) -> None:
    """Kick, snare on two and four, hats; claps and tambourine in the chorus; a fill at the end of phrases."""
    style = song.style
    limit = 3.0 if fill else 4.0
    for index in range(round(limit / style.hat)):
        onset = index * style.hat
        opened = energy == 2 and onset % 1 == 0.5 and style.name in ("dance", "disco", "poprock")
        song.add(
            DRUMS, start + onset, 0.2, OPEN_HAT if opened else HAT, 56 + 10 * energy + (14 if onset % 1 == 0 else 0)
        )
    if energy:
        for onset in style.kick:
            song.add(DRUMS, start + onset, 0.3, KICK, 106)
        for onset in (1, 3):
            song.add(DRUMS, start + onset, 0.3, SNARE, 96 + 6 * energy)
            if energy == 2:
                song.add(DRUMS, start + onset, 0.3, CLAP, 84)
                song.add(DRUMS, start + onset + 0.5, 0.2, TAMBOURINE, 66)
    if fill:
        keys = song.rng.choice(((SNARE, SNARE, TOMS[0], TOMS[1]), (TOMS[0], TOMS[1], TOMS[1], TOMS[2]), (SNARE,) * 4))
        for index, key in enumerate(keys):
            song.add(DRUMS, start + 3 + index / 4, 0.2, key, 80 + 8 * index)


def finish_song(song: Song, start: float) -> None:
    """The last bar: the tonic chord held by everybody."""
    for key in lead_voices(song.voicing, [key_of(step, song.tonic) for step in (0, 2, 4)]):
        song.add(KEYS, start, 4, key, 84)
        song.add(PAD, start, 4, key, 70)
    bass = song.tonic + 36
    song.add(BASS, start, 4, bass - 12 * (bass > 43), 94)
    song.add(DRUMS, start, 1, KICK, 108)
    strum(song, start, 0, 80)
