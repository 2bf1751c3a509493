"""A folder of sound to equally long slices of 16 kHz mono, int16."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from artgen.types import RawItem, Skipped, Source
from artgen_music.config import MusicConfig
from artgen_music.listen import SAMPLE_RATE, Unusable, listen

_QUIET = 10 ** (-60 / 20)  # RMS under which a slice teaches silence only


def prepare(source: Source, config: MusicConfig) -> Iterator[RawItem | Skipped]:
    """Slices of twice the training length, half of it apart, so that training can crop anywhere; short files are padded and
    repeated.

    Excerpts of one piece whose names agree up to ``__`` have one origin: they are held out together."""
    crop = round(config.seconds * SAMPLE_RATE)
    for file in source.files:
        trouble: list[str] = []
        try:
            waves = listen(file.path, config.minutes, config.normalize, trouble)
        except Unusable as reason:
            yield Skipped(file.name, str(reason))
            continue
        origin = file.name.rpartition(".")[0].partition("__")[0]
        for wave in waves:
            for piece in slices(wave, crop):
                yield RawItem(to_int16(piece), file.label, origin)
        if trouble:
            yield Skipped(file.name, f"{' and '.join(trouble)}; the rest is used")


def slices(wave: np.ndarray, crop: int) -> Iterator[np.ndarray]:
    """Pieces ``[2 * crop]`` of ``wave``, ``crop`` apart, the last one flush with the end; silent ones are left out.

    What is shorter than a crop is followed by silence up to its end, so that every crop holds it once."""
    size = 2 * crop
    if len(wave) < crop:
        wave = np.pad(wave, (0, crop - len(wave)))
    if len(wave) < size:
        wave = np.tile(wave, -(-size // len(wave)))[:size]
    starts = [*range(0, len(wave) - size, crop), len(wave) - size]
    for start in starts:
        piece = wave[start : start + size]
        if np.sqrt(np.mean(np.square(piece))) > _QUIET:
            yield piece


def to_int16(wave: np.ndarray) -> np.ndarray:
    """[-1, 1] to the full range of int16, clipped."""
    return np.clip(np.rint(wave * 32767), -32768, 32767).astype(np.int16)
