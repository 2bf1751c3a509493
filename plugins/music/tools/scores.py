"""Famous openings in the public domain, written down by us in a small notation, and their conversion to MIDI.

Notation: `C#5:0.5` is a note and its length in quarters, which holds until the next one given; `+` joins a chord, `r`
rests, `|` is only seen.
"""

import re
from typing import NamedTuple

from midi_writer import Note, write_midi

LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
PIANO, HARPSICHORD, GUITAR, VIOLIN, CELLO, PIZZICATO, STRINGS, BASSOON, FLUTE = 0, 6, 24, 40, 42, 45, 48, 70, 73


class Voice(NamedTuple):
    """One line of a score: General MIDI program, loudness, notes, and the quarter it enters at."""

    program: int
    velocity: int
    text: str
    enters: float = 0
    staccato: bool = False


class Score(NamedTuple):
    """Tempo in quarters a minute, seconds kept, and voices; `final` is the tempo at the end if it changes."""

    tempo: float
    seconds: float
    voices: list[Voice]
    final: float = 0


def key_number(name: str) -> int:
    """The MIDI key of a note name like F#4."""
    match = re.fullmatch(r"([A-G])([#b]?)(\d)", name)
    if match is None:
        raise ValueError(f"{name!r} is no note name")
    letter, accidental, octave = match.groups()
    return 12 * (int(octave) + 1) + LETTERS[letter] + {"#": 1, "b": -1, "": 0}[accidental]


def read_voice(voice: Voice, channel: int) -> list[Note]:
    """The notes of a line; the first of every four quarters is a little louder."""
    notes, now, length = [], voice.enters, 1.0
    for token in voice.text.replace("|", " ").split():
        name, _, duration = token.partition(":")
        length = float(duration) if duration else length
        accent = 5 if now % 4 == 0 else 0
        for key in name.split("+") if name != "r" else ():
            notes.append(
                Note(channel, now, length * (0.45 if voice.staccato else 1), key_number(key), voice.velocity + accent)
            )
        now += length
    return notes


def write_score(score: Score) -> bytes:
    """The MIDI file of a score."""
    channels = [index + (index >= 9) for index in range(len(score.voices))]  # without the drums' channel
    notes = [note for voice, channel in zip(score.voices, channels, strict=True) for note in read_voice(voice, channel)]
    end = max(note.onset + note.length for note in notes)
    tempi = [(0.0, score.tempo)]
    if score.final:
        tempi = [(end * step / 32, score.tempo + (score.final - score.tempo) * step / 32) for step in range(32)]
    programs = {channel: voice.program for voice, channel in zip(score.voices, channels, strict=True)}
    return write_midi(notes, tempi, programs, looseness=0.008)


def broken(chords: str) -> str:
    """Bach's figure in sixteenths from five-note chords, one chord a bar."""
    bars = [chord.split() for chord in chords.strip().splitlines()]
    return " ".join(" ".join([a, b, c, d, e, c, d, e] * 2) for a, b, c, d, e in bars).replace(" ", ":0.25 ") + ":0.25"


def raised(text: str, octaves: int) -> str:
    """A line some octaves higher."""
    return re.sub(r"([A-G][#b]?)(\d)", lambda match: match[1] + str(int(match[2]) + octaves), text)


PRELUDE = broken(
    """C4 E4 G4 C5 E5
C4 D4 A4 D5 F5
B3 D4 G4 D5 F5
C4 E4 G4 C5 E5
C4 E4 A4 E5 A5
C4 D4 F#4 A4 D5
B3 D4 G4 D5 G5
B3 C4 E4 G4 C5
A3 C4 E4 G4 C5
D3 A3 D4 F#4 C5
G3 B3 D4 G4 B4
G3 Bb3 E4 G4 C#5
F3 A3 D4 A4 D5
F3 Ab3 D4 F4 B4
E3 G3 C4 G4 C5
E3 F3 A3 C4 F4
D3 F3 A3 C4 F4
G2 D3 G3 B3 F4
C3 E3 G3 C4 E4"""
)
CANON = """F#5:1 E5 D5 C#5 B4 A4 B4 C#5 | D5 C#5 B4 A4 G4 F#4 G4 E4
D4:0.5 F#4 A4 G4 F#4 D4 F#4 E4 D4 B3 D4 A4 G4 B4 A4 G4
F#4 D4 E4 C#5 D5 F#5 A5 A4 B4 G4 A4 F#4 D4 D5 D5:0.75 C#5:0.25
D5 C#5 D5 D4 C#4 A4 E4 F#4 D4 D5 C#5 B4 C#5 F#5 A5 B5 G5 F#5 E5 G5 F#5 E5 D5 C#5 B4 A4 G4 F#4 E4 G4 F#4 E4
D4 E4 F#4 G4 A4 E4 A4 G4 F#4 B4 A4 G4 A4 G4 F#4 E4 D4 B3 B4 C#5 D5 C#5 B4 A4 G4 F#4 E4 B4 A4 B4 A4 G4
A5:0.25 F#5:0.125 G5 A5:0.25 F#5:0.125 G5 A5 A4 B4 C#5 D5 E5 F#5 G5 F#5:0.25 D5:0.125 E5 F#5:0.25 F#4:0.125 G4 A4 B4
A4 G4 A4 F#4 G4 A4
G4:0.25 B4:0.125 A4 G4:0.25 F#4:0.125 E4 F#4 E4 D4 E4 F#4 G4 A4 B4 G4:0.25 B4:0.125 A4 B4:0.25 C#5:0.125 D5 A4 B4 C#5
D5 E5 F#5 G5 A5"""
GROUND = "D3:1 A2 B2 F#2 G2 D2 G2 A2 " * 9
GROUND_CHORDS = "D4+F#4+A4:1 C#4+E4+A4 D4+F#4+B4 C#4+F#4+A4 B3+D4+G4 A3+D4+F#4 B3+D4+G4 C#4+E4+A4 " * 9
MINUET_UPPER = """D5:1 G4:0.5 A4 B4 C5 | D5:1 G4 G4 | E5 C5:0.5 D5 E5 F#5 | G5:1 G4 G4 | C5 D5:0.5 C5 B4 A4 | B4:1
C5:0.5 B4 A4 G4
F#4:1 G4:0.5 A4 B4 G4 | A4:3 | D5:1 G4:0.5 A4 B4 C5 | D5:1 G4 G4 | E5 C5:0.5 D5 E5 F#5 | G5:1 G4 G4 | C5 D5:0.5 C5 B4 A4
B4:1 C5:0.5 B4 A4 G4 | A4:1 B4:0.5 A4 G4 F#4 | G4:3 | B5:1 G5:0.5 A5 B5 G5 | A5:1 D5:0.5 E5 F#5 D5 | G5:1 E5:0.5 F#5
G5 D5
C#5:1 B4:0.5 C#5 A4:1 | A4:0.5 B4 C#5 D5 E5 F#5 | G5:1 F#5 E5 | F#5 A4 C#5 | D5:3 | D5:1 G4:0.5 F#4 G4:1 | E5 G4:0.5
F#4 G4:1
D5 C5 B4 | A4:0.5 G4 F#4 G4 A4:1 | D4:0.5 E4 F#4 G4 A4 B4 | C5:1 B4 A4 | B4:0.5 D5 G4:1 F#4 | G4:3"""
MINUET_LOWER = """G3+B3+D4:2 A3:1 | B3:3 | C4 | B3 | A3 | G3 | D4:1 B3 G3 | D4 D3:0.5 C4 B3 A3 | B3:2 A3:1 | G3 B3 G3
| C4:3 | B3:1 C4:0.5 B3 A3 G3
A3:2 F#3:1 | G3:2 B3:1 | C4 D4 D3 | G3:2 G2:1 | G3:3 | F#3 | E3:1 G3 E3 | A3:2 A2:1 | A3:3 | B3:1 D4 C#4 | D4 F#3 A3 |
D4 D3 C4
B3:3 | C4 | B3:1 A3 G3 | D4:2 r:1 | F#3:3 | E3:1 G3 F#3 | G3 B2 D3 | G3 D3 G2"""
MOON_TRIPLETS = [
    *["G#3 C#4 E4"] * 8, *["A3 C#4 E4"] * 2, *["A3 D4 F#4"] * 2, "G#3 C4 F#4", "G#3 C#4 E4", "G#3 C#4 D#4",
    "F#3 C4 D#4",
    "E3 G#3 C#4", *["G#3 C#4 E4"] * 3, *["G#3 D#4 F#4"] * 4, *["G#3 C#4 E4"] * 2, *["A3 C#4 F#4"] * 2,
    *["G#3 B3 E4"] * 2, *["A3 B3 D#4"] * 2, *["G#3 B3 E4"] * 4,
]  # fmt: skip
MOON_BASS = """C#2+C#3:4 B1+B2 A1+A2:2 F#1+F#2 G#1+G#2 G#1+G#2 C#2+G#2+C#3:4 C2+G#2+C3 C#2+C#3:2 F#1+F#2 B1+B2 B1+B2
E2+B2+E3:4"""
MOON_MELODY = "r:19 G#4:0.75 G#4:0.25 G#4:3 G#4:0.75 G#4:0.25 G#4:2 A4:2 G#4:2 F#4:1 B4:1 E4:4"
ELISE_THEME = "E5:0.25 D#5 E5 B4 D5 C5 A4:0.5 r:0.25 C4 E4 A4 B4:0.5 r:0.25"
ELISE_UPPER = f"""E5:0.25 D#5 {ELISE_THEME} E4 G#4 B4 C5:0.5 r:0.25 E4 E5 D#5 {ELISE_THEME} E4 C5 B4 A4:1 E5:0.25 D#5
{ELISE_THEME} E4 G#4 B4 C5:0.5 r:0.25 E4 E5 D#5 {ELISE_THEME} E4 C5 B4 A4:0.5 r:0.25 B4 C5 D5
E5:0.75 G4:0.25 F5 E5 D5:0.75 F4:0.25 E5 D5 C5:0.75 E4:0.25 D5 C5 B4:0.5 r:0.25 E4 E5 r r E5 E6 r r D#5 E5 r r D#5 E5
D#5
{ELISE_THEME} E4 G#4 B4 C5:0.5 r:0.25 E4 E5 D#5 {ELISE_THEME} E4 C5 B4 A4:1.5"""
ELISE_LEFT = """r:1.5 A2:0.25 E3 A3 r:0.75 E2:0.25 E3 G#3 r:0.75 A2:0.25 E3 A3 r:0.75 r:1.5 A2:0.25 E3 A3 r:0.75
E2:0.25 E3 G#3 r:0.75 """
ELISE_CLOSE = "A2:0.25 E3 A3 r:0.75 "
ELISE_LOWER = f"""r:0.5 {ELISE_LEFT} {ELISE_CLOSE} {ELISE_LEFT} {ELISE_CLOSE} C3:0.25 G3 C4 r:0.75 G2:0.25 G3 B3 r:0.75
A2:0.25 E3 A3 r:0.75 E2:0.25 E3 E4 r:0.75 r:3 {ELISE_LEFT} {ELISE_CLOSE}"""
SUITE = """G2:0.25 D3 B3 A3 B3 D3 B3 D3 G2 D3 B3 A3 B3 D3 B3 D3 | G2 E3 C4 B3 C4 E3 C4 E3 G2 E3 C4 B3 C4 E3 C4 E3
G2 F#3 C4 B3 C4 F#3 C4 F#3 G2 F#3 C4 B3 C4 F#3 C4 F#3 | G2 G3 B3 A3 B3 G3 B3 G3 G2 G3 B3 A3 B3 G3 B3 F#3
G2 E3 B3 A3 B3 G3 F#3 G3 E3 G3 F#3 G3 B2 D3 C#3 B2 | C#3 G3 A3 G3 A3 G3 A3 G3 C#3 G3 A3 G3 A3 G3 A3 G3
F#3 A3 D4 C#4 D4 A3 G3 A3 F#3 A3 G3 A3 D3 F#3 E3 D3 | E2 B2 G3 F#3 G3 B2 G3 B2 E2 B2 G3 F#3 G3 B2 G3 B2
E2 C#3 D3 E3 D3 C#3 B2 A2 G3 F#3 E3 D4 C#4 B3 A3 G3 | F#3 E3 D3 D4 A3 D4 F#3 A3 D3 E3 F#3 A3 G3 F#3 E3 D3
G#3 D3 F3 E3 F3 D3 G#3 D3 B3 D3 F3 E3 F3 D3 G#3 D3 | C3 E3 A3 B3 C4 A3 E3 D3 C3 E3 A3 B3 C4 A3 F#3 E3"""
KING_A = (
    "B2:0.5 C#3 D3 E3 F#3 D3 F#3:1 F3:0.5 C#3 F3:1 E3:0.5 C3 E3:1 B2:0.5 C#3 D3 E3 F#3 D3 F#3 B3 A3 F#3 D3 F#3 A3:2 "
)
KING_B = "F#3:0.5 G#3 A#3 B3 C#4 A#3 C#4:1 D4:0.5 A#3 D4:1 C#4:0.5 A#3 C#4:1 " * 2
KING = KING_A * 2 + KING_B + KING_A
KING_BASS = ("B1:1 F#2 " * 8) * 2 + "F#2:1 C#2 " * 8 + "B1:1 F#2 " * 8
JOY_A = """F#4:1 F#4 G4 A4 | A4 G4 F#4 E4 | D4 D4 E4 F#4 | F#4:1.5 E4:0.5 E4:2 | F#4:1 F#4 G4 A4 | A4 G4 F#4 E4 | D4
D4 E4 F#4 | E4:1.5 D4:0.5 D4:2"""
JOY_B = "E4:1 E4 F#4 D4 | E4 F#4:0.5 G4 F#4:1 D4 | E4 F#4:0.5 G4 F#4:1 E4 | D4 E4 A3:2"
JOY_REPRISE = JOY_A.split("|", 4)[4]
JOY = f"{JOY_A} {JOY_B} {JOY_REPRISE}"
JOY_MIDDLE_A = "D4:1 D4 D4 D4 | C#4 C#4 D4 C#4 | B3 B3 C#4 D4 | D4:1.5 C#4:0.5 C#4:2 "
JOY_MIDDLE_END = "D4:1 D4 D4 D4 | C#4 C#4 D4 C#4 | B3 B3 C#4 D4 | C#4:1.5 A3:0.5 A3:2 "
JOY_MIDDLE = (
    f"{JOY_MIDDLE_A} {JOY_MIDDLE_END} C#4:1 C#4 D4 D4 | C#4 C#4 D4 D4 | C#4 C#4 C#4 C#4 | B3 B3 A3:2 {JOY_MIDDLE_END}"
)
JOY_BASS_A = "D3:1 D3 B2 F#2 | A2 A2 D3 A2 | G2 G2 A2 B2 | A2:2 A2 "
JOY_BASS_END = "D3:1 D3 B2 F#2 | A2 A2 D3 A2 | G2 G2 A2 D3 | A2:1.5 D3:0.5 D3:2 "
JOY_BASS = f"{JOY_BASS_A} {JOY_BASS_END} A2:1 A2 D3 B2 | A2 A2 D3 D3 | A2 A2 A#2 A2 | G2 E2 A2:2 {JOY_BASS_END}"
FOLIA = """D5:1 D5:1.5 E5:0.5 | C#5:1 C#5:2 | D5:1 D5:1.5 E5:0.5 | E5:1 E5:2 | F5:1 F5:1.5 G5:0.5 | E5:1 E5:2 | D5:1
D5:1.5 C#5:0.5 | C#5:3
D5:1 D5:1.5 E5:0.5 | C#5:1 C#5:2 | D5:1 D5:1.5 E5:0.5 | E5:1 E5:2 | F5:1 F5:1.5 G5:0.5 | E5:1 E5:2 | D5:1 C#5:1.5
D5:0.5 | D5:3"""
FOLIA_CHORDS = """D3+A3+F4:3 | A2+E3+A3+E4 | D3+A3+F4 | C3+G3+C4+G4 | F3+C4+A4 | C3+G3+C4 | D3+A3+F4 | A2+E3+A3+E4 |
D3+A3+F4 | A2+E3+A3+E4
D3+A3+F4 | C3+G3+C4+G4 | F3+C4+A4 | C3+G3+C4 | D3+A3+F4:1 A2+E3+A3+E4:2 | D3+A3+F4:3"""
FOLIA_VARIED = """D3:0.5 A3 D4 F4 D4 A3 | A2 E3 A3 C#4 E4 A4 | D3 A3 D4 F4 A4 F4 | C3 G3 C4 E4 G4 E4 | F3 A3 C4 F4 A4
C5 | C3 G3 C4 E4 G4 C5
D3 A3 D4 F4 A4 D5 | A2 E3 A3 C#4 E4 C#4 | D3 A3 D4 F4 D4 A3 | A2 E3 A3 C#4 E4 A4 | D3 A3 D4 F4 A4 F4 | C3 G3 C4 E4 G4 E4
F3 A3 C4 F4 A4 C5 | C3 G3 C4 E4 G4 E4 | D3 A3 F4 A2 E4 C#4 | D3+A3+D4+F4+D5:3"""
TRIPLETS = " ".join(f"{name}:{1 / 3}" for beat in MOON_TRIPLETS for name in beat.split())

SCORES = {
    "bach_prelude_c_major_bwv846": Score(84, 44, [Voice(HARPSICHORD, 84, PRELUDE)]),
    "pachelbel_canon_in_d": Score(
        60,
        52,
        [
            *(Voice(STRINGS if entry else VIOLIN, 80 - 4 * entry, CANON, 8 * entry) for entry in range(3)),
            Voice(CELLO, 84, GROUND),
            Voice(HARPSICHORD, 58, GROUND_CHORDS),
        ],
    ),
    "petzold_minuet_in_g": Score(122, 48, [Voice(HARPSICHORD, 86, MINUET_UPPER), Voice(HARPSICHORD, 74, MINUET_LOWER)]),
    "beethoven_moonlight_sonata": Score(
        54, 42, [Voice(PIANO, 46, TRIPLETS), Voice(PIANO, 54, MOON_BASS), Voice(PIANO, 72, MOON_MELODY)]
    ),
    "beethoven_fuer_elise": Score(72, 42, [Voice(PIANO, 70, ELISE_UPPER), Voice(PIANO, 58, ELISE_LOWER)]),
    "bach_cello_suite_no1_prelude": Score(70, 42, [Voice(CELLO, 84, SUITE)]),
    "grieg_mountain_king": Score(
        120,
        48,
        [
            Voice(BASSOON, 84, KING + KING, staccato=True),
            Voice(PIZZICATO, 92, KING_BASS + KING_BASS, staccato=True),
            Voice(PIZZICATO, 84, "r:64 " + raised(KING, 2), staccato=True),
            Voice(STRINGS, 88, "r:64 " + raised(KING, 1), staccato=True),
        ],
        final=190,
    ),
    "beethoven_ode_to_joy": Score(
        112,
        46,
        [
            Voice(STRINGS, 84, JOY),
            Voice(STRINGS, 70, JOY_MIDDLE),
            Voice(CELLO, 84, JOY_BASS),
            Voice(FLUTE, 70, "r:32 " + raised(f"{JOY_B} {JOY_REPRISE}", 1)),
        ],
    ),
    "traditional_la_folia": Score(
        92,
        62,
        [Voice(GUITAR, 88, FOLIA), Voice(GUITAR, 66, FOLIA_CHORDS), Voice(GUITAR, 80, FOLIA_VARIED, enters=48)],
    ),
}
