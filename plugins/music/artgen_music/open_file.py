"""A whole song for ``artgen apply``: opened a minute at a time, whatever its length, and put together again without seams."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from artgen.types import Opened, Skipped, SourceFile
from artgen_music.config import MusicConfig
from artgen_music.high_band import doubled_stream
from artgen_music.limiter import level, louder
from artgen_music.listen import SAMPLE_RATE, Unusable, blocks, loudness
from artgen_music.prepare import to_int16
from artgen_music.sound_files import save_sound
from artgen_music.writer import save_picture

OVERLAP = (
    65_536  # samples, 4 s; parts begin at multiples of it, as does the pattern that marks them, so that this goes on
)
PART = 15 * OVERLAP  # samples, about a minute
MOST_GAIN = 8.0  # times that a part is made louder or softer at most
SILENT = 3.0  # of int16: there is nothing to be as loud as
_PICTURE = 60  # seconds of a song that its picture shows


def open_song(file: SourceFile, config: MusicConfig) -> Opened | Skipped:
    """The song at 16 kHz, as loud as those of the training, and written again as loud as it was; it is decoded twice instead of
    being held in memory."""
    try:
        gain = float(loudness(blocks(file.path), config.normalize))
    except Unusable as reason:
        return Skipped(file.name, str(reason))

    rate = config.rate or SAMPLE_RATE  # nobody's own sound gets bands unless asked for
    levels: deque[float] = deque()  # of the parts that are on their way through the networks

    def given() -> Iterator[np.ndarray]:
        for part in parts(to_int16(block * gain) for block in blocks(file.path)):
            levels.append(level(part))
            yield part

    def write(changed: Iterator[np.ndarray], stem: Path, metadata: Mapping[str, str]) -> list[Path]:
        shown: list[np.ndarray] = []
        title = Path(file.name).stem

        def heard() -> Iterator[np.ndarray]:
            whole = joined(as_loud(changed, levels))
            for piece in louder(whole if rate == SAMPLE_RATE else doubled_stream(whole), 1 / gain):
                if sum(map(len, shown)) < _PICTURE * rate:
                    shown.append(piece)
                yield piece

        sound = save_sound(heard(), stem, title, metadata, config.format, rate=rate)
        picture = np.concatenate(shown)[: _PICTURE * rate]
        return [sound, save_picture(picture, stem, title, metadata, rate)]

    return Opened(given(), write)


def as_loud(changed: Iterator[np.ndarray], levels: deque[float]) -> Iterator[np.ndarray]:
    """Parts as loud as their sources were, so that no part of a song is heard to begin; float32 in units of int16."""
    for part in changed:
        before, now = levels.popleft(), level(part)
        gain = min(max(before / now, 1 / MOST_GAIN), MOST_GAIN) if min(before, now) > SILENT else 1.0
        yield part.astype(np.float32) * np.float32(gain)


def parts(waves: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """Pieces of a wave, in order, to parts ``[PART]`` that share OVERLAP with the next; the last one is at least twice that,
    or all there is."""
    held = np.zeros(0, np.int16)
    for wave in waves:
        held = np.concatenate([held, wave])
        while len(held) >= PART + OVERLAP:
            yield held[:PART]
            held = held[PART - OVERLAP :]
    yield held


def joined(changed: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """Such parts to one wave in pieces: each fades into the next where they overlap."""
    rise = (np.arange(OVERLAP, dtype=np.float32) + 0.5) / OVERLAP
    tail: np.ndarray | None = None
    for part in changed:
        if tail is not None:
            yield tail[:-OVERLAP]
            mixed = tail[-OVERLAP:] * (1 - rise) + part[:OVERLAP] * rise
            yield mixed.astype(tail.dtype)
            part = part[OVERLAP:]
        tail = part
    if tail is not None:
        yield tail
