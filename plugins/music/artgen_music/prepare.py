"""A folder of sound to equally long slices of 16 kHz mono, int16."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

import numpy as np

from artgen import pair_files
from artgen.errors import InputError
from artgen.types import RawItem, Skipped, Source, SourceFile
from artgen_music.config import MusicConfig
from artgen_music.listen import SAMPLE_RATE, Unusable, listen

_QUIET = 10 ** (-60 / 20)  # RMS under which a slice teaches silence only


def prepare(source: Source, config: MusicConfig) -> Iterator[RawItem | Skipped]:
    """Slices of twice the training length, half of it apart, so that training can crop anywhere; short files are padded and
    repeated.

    Excerpts of one piece whose names agree up to ``__`` have one origin: they are held out together."""
    if config.task == "translate":
        yield from pairs(source, config)
        return
    crop = round(config.seconds * SAMPLE_RATE)
    for file in source.files:
        trouble: list[str] = []
        try:
            waves = listen(file.path, config.minutes, config.normalize, trouble)
        except Unusable as reason:
            yield Skipped(file.name, str(reason))
            continue
        for wave in waves:
            for piece in slices(wave, crop):
                yield RawItem(to_int16(piece), file.label, origin_of(file))
        if trouble:
            yield Skipped(file.name, f"{' and '.join(trouble)}; the rest is used")


def pairs(source: Source, config: MusicConfig) -> Iterator[RawItem | Skipped]:
    """For translate: two folders with matching names, whose sounds begin together; slices ``[2, 2 * crop]`` of as much as both
    last. Raises InputError where there are no two folders."""
    found = pair_files(source)
    if found is None:
        raise InputError("holds no pairs: give two sub-folders with matching names", at="--data", value=source.root)
    crop = round(config.seconds * SAMPLE_RATE)
    for files in found:
        if isinstance(files, Skipped):
            yield files
            continue
        trouble: list[str] = []
        try:
            given, wanted = (_begun(file, config, trouble) for file in files)
        except Unusable as reason:
            yield Skipped(files[0].name, f"the pair is left out: {reason}")
            continue
        length = min(len(given), len(wanted))
        sides = [slices(wave[:length], crop, quiet=True) for wave in (given, wanted)]
        for pair in zip(*sides, strict=True):
            if all(audible(side) for side in pair):
                yield RawItem(np.stack([to_int16(side) for side in pair]), None, origin_of(files[0]))
        if trouble:
            yield Skipped(files[0].name, f"{' and '.join(trouble)}; the rest is used")


def origin_of(file: SourceFile) -> str:
    """Folder and name of a file up to ``__``: what excerpts of one piece have in common."""
    path = PurePosixPath(file.name)
    return str(path.with_name(path.stem.partition("__")[0] or path.stem))


def _begun(file: SourceFile, config: MusicConfig, trouble: list[str]) -> np.ndarray:
    """What is used of a file, its first minutes ``[n]``; ``trouble`` and Unusable name the file."""
    found: list[str] = []
    try:
        (wave,) = listen(file.path, config.minutes, config.normalize, found, spread=False)
    except Unusable as reason:
        raise Unusable(f"{file.name} {reason}") from None
    trouble += [f"{file.name} {one}" for one in found]
    return wave


def slices(wave: np.ndarray, crop: int, quiet: bool = False) -> Iterator[np.ndarray]:
    """Pieces ``[2 * crop]`` of ``wave``, ``crop`` apart, the last one flush with the end; silent ones are left out, unless
    ``quiet``.

    What is shorter than a crop is followed by silence up to its end, so that every crop holds it once."""
    size = 2 * crop
    if len(wave) < crop:
        wave = np.pad(wave, (0, crop - len(wave)))
    if len(wave) < size:
        wave = np.tile(wave, -(-size // len(wave)))[:size]
    starts = [*range(0, len(wave) - size, crop), len(wave) - size]
    for start in starts:
        piece = wave[start : start + size]
        if quiet or audible(piece):
            yield piece


def audible(piece: np.ndarray) -> bool:
    """Whether a piece teaches more than silence."""
    return bool(np.sqrt(np.mean(np.square(piece))) > _QUIET)


def to_int16(wave: np.ndarray) -> np.ndarray:
    """[-1, 1] to the full range of int16, clipped."""
    return np.clip(np.rint(wave * 32767), -32768, 32767).astype(np.int16)
