"""A whole song for ``artgen apply``: opened a minute at a time, whatever its length, and put together again without seams."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from artgen.types import Opened, Skipped, SourceFile
from artgen_music.config import MusicConfig
from artgen_music.listen import SAMPLE_RATE, Unusable, blocks, loudness
from artgen_music.prepare import to_int16
from artgen_music.sound_files import save_sound
from artgen_music.writer import save_picture

OVERLAP = (
    65_536  # samples, 4 s; parts begin at multiples of it, as does the pattern that marks them, so that this goes on
)
PART = 15 * OVERLAP  # samples, about a minute
_PICTURE = 60  # seconds of a song that its picture shows


def open_song(file: SourceFile, config: MusicConfig) -> Opened | Skipped:
    """The song at 16 kHz, as loud as those of the training; it is decoded twice instead of being held in memory."""
    try:
        gain = loudness(blocks(file.path), config.normalize)
    except Unusable as reason:
        return Skipped(file.name, str(reason))

    def write(changed: Iterator[np.ndarray], stem: Path, metadata: Mapping[str, str]) -> list[Path]:
        shown: list[np.ndarray] = []
        title = Path(file.name).stem

        def heard() -> Iterator[np.ndarray]:
            for piece in joined(changed):
                if sum(map(len, shown)) < _PICTURE * SAMPLE_RATE:
                    shown.append(piece)
                yield piece

        sound = save_sound(heard(), stem, title, metadata, config.format)
        picture = np.concatenate(shown)[: _PICTURE * SAMPLE_RATE]
        return [sound, save_picture(picture, stem, title, metadata)]

    return Opened(parts(to_int16(block * gain) for block in blocks(file.path)), write)


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
            yield mixed.round().astype(np.int16)
            part = part[OVERLAP:]
        tail = part
    if tail is not None:
        yield tail
