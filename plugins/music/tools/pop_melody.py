"""Melodies for pop songs: two-bar motifs that come back, chord tones on strong beats, steps between, cadences."""

import random
from dataclasses import dataclass

SCALE = (0, 2, 4, 5, 7, 9, 11)
Cell = tuple[tuple[float, float], ...]  # (onset, length) in eighths within one bar

VERSE_CELLS: tuple[Cell, ...] = (
    ((0, 1), (1, 1), (2, 1), (3, 2), (5, 1), (6, 2)),
    ((1, 1), (2, 1), (3, 1), (4, 2), (6, 2)),
    ((0, 2), (2, 1), (3, 1), (4, 1), (5, 3)),
    ((0, 1.5), (1.5, 1.5), (3, 1), (4, 1), (5, 1), (6, 2)),
    ((2, 1), (3, 1), (4, 1), (5, 1), (6, 1), (7, 1)),
    ((0, 1), (1, 2), (3, 1), (4, 1), (5, 1), (6, 1), (7, 1)),
)
CHORUS_CELLS: tuple[Cell, ...] = (
    ((0, 3), (3, 3), (6, 2)),
    ((0, 2), (2, 1), (3, 3), (6, 1), (7, 1)),
    ((0, 1), (1, 1), (2, 1), (3, 1), (4, 2), (6, 2)),
    ((0, 3), (3, 1), (4, 2), (6, 2)),
    ((0, 4), (4, 2), (6, 2)),
    ((0, 1.5), (1.5, 1.5), (3, 2), (5, 1), (6, 2)),
)
ENDINGS: tuple[Cell, ...] = (
    ((0, 1), (1, 1), (2, 2), (4, 4)),
    ((0, 3), (3, 5)),
    ((0, 1), (1, 2), (3, 1), (4, 3)),
    ((0, 2), (2, 5)),
)
STEPS = (-2, -1, -1, -1, 0, 0, 1, 1, 1, 2)


@dataclass(frozen=True)
class Tone:
    """One melody note: onset and length in quarters, scale step (0 is the tonic in the singer's middle octave)."""

    onset: float
    length: float
    step: int


def chord_steps(degree: int, low: int, high: int) -> list[int]:
    """The scale steps between low and high that belong to the triad on a degree."""
    return [step for step in range(low, high + 1) if (step - degree) % 7 in (0, 2, 4)]


def nearest(options: list[int], step: int) -> int:
    """The option closest to a step; the upper one of two equally close."""
    return min(options, key=lambda option: (abs(option - step), -option))


def sing_section(rng: random.Random, chords: list[int], chorus: bool) -> list[Tone]:
    """Eight bars: a four-bar phrase and its repetition with a closing cadence."""
    cells = CHORUS_CELLS if chorus else VERSE_CELLS
    first, second, open_end, close_end = rng.choice(cells), rng.choice(cells), rng.choice(ENDINGS), rng.choice(ENDINGS)
    contour = [rng.choice(STEPS) for _ in range(32)]
    low, high = (1, 9) if chorus else (-3, 5)
    start = rng.randint(low + 3, high - 3)
    tones: list[Tone] = []
    for phrase in (0, 4):
        ending = close_end if phrase else open_end
        bars = (first, second, first, ending)
        for half in (0, 2):
            motif = [(bar, cell) for bar, cell in zip((half, half + 1), bars[half : half + 2], strict=True)]
            tones += sing_motif(motif, phrase, chords, contour, start if chorus else start + (half > 0), (low, high))
    return close(tones, chords[-1], low, high)


def sing_motif(
    motif: list[tuple[int, Cell]],
    phrase: int,
    chords: list[int],
    contour: list[int],
    start: int,
    reach: tuple[int, int],
) -> list[Tone]:
    """Two bars that follow the contour; strong and long notes move to the nearest chord tone."""
    tones, step, index = [], start, 0
    for bar, cell in motif:
        allowed = chord_steps(chords[(phrase + bar) % len(chords)], *reach)
        for onset, length in cell:
            step = min(reach[1], max(reach[0], step + (contour[index] if index else 0)))
            if onset in (0, 4) or length >= 2:
                step = nearest(allowed, step)
            tones.append(Tone(4 * (phrase + bar) + onset / 2, length / 2, step))
            index += 1
    return tones


def close(tones: list[Tone], degree: int, low: int, high: int) -> list[Tone]:
    """End on a tonic where the last chord holds one, else on a chord tone."""
    allowed = chord_steps(degree, low, high)
    home = [step for step in allowed if step % 7 == 0] or allowed
    last = tones[-1]
    return [*tones[:-1], Tone(last.onset, last.length, nearest(home, last.step))]


def key_of(step: int, tonic: int) -> int:
    """The MIDI key of a scale step above a tonic."""
    return tonic + 12 * (step // 7) + SCALE[step % 7]
