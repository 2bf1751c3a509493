"""What a file says about where it comes from: its metadata, and the mark in the work itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from artgen.errors import InputError
from artgen.provenance.containers import content_hash
from artgen.provenance.found import Mark
from artgen.provenance.packet import read_packet

_LARGEST = 2**30  # bytes
_PIXELS = 64_000_000
_FRAMES = 16  # of a film
_SECONDS = 60  # of a sound
_RATES = (16_000, 22_050, 44_100, 48_000)  # a sound is looked for at these, besides its own


@dataclass(frozen=True)
class Verdict:
    """``fields``: of the metadata, None without; ``mark``: the best sign of an invisible mark, None where the file cannot be
    decoded; ``altered``: the metadata's hash is not that of the content."""

    fields: dict[str, str] | None
    mark: Mark | None
    altered: bool

    @property
    def marked(self) -> bool:
        return self.fields is not None or (self.mark is not None and self.mark.found)


def verify(path: Path) -> Verdict:
    """Look for every label. Raises InputError for what is no file, or too large, or neither labelled nor readable."""
    if not path.is_file():
        raise InputError(f"{path}: is no file")
    if path.stat().st_size > _LARGEST:
        raise InputError(f"{path}: larger than 1 GiB, which is the most that is read")
    data = path.read_bytes()
    fields = read_packet(data)
    mark = _find(path)
    if mark is None and fields is None:
        raise InputError(f"{path}: cannot be read as a picture, a sound or a film")
    said = (fields or {}).get("content")
    return Verdict(fields, mark, bool(said) and said != content_hash(data))


def _find(path: Path) -> Mark | None:
    for find in (_in_picture, _in_sound, _in_film):
        try:
            return find(path)
        except Exception:  # noqa: S112  whatever a decoder says of a file that it does not know
            continue
    return None


def _in_picture(path: Path) -> Mark:
    from PIL import Image, ImageSequence

    from artgen.provenance.picture import find_mark

    with Image.open(path, formats=["PNG", "JPEG", "WEBP", "GIF"]) as file:
        if file.width * file.height > _PIXELS:
            raise InputError(f"{path}: more than 64 million pixels")
        frames = [
            _grey(frame.convert("RGB")) for frame, _ in zip(ImageSequence.Iterator(file), range(_FRAMES), strict=False)
        ]
    return find_mark(frames)


def _in_sound(path: Path) -> Mark:
    import soundfile
    import soxr

    from artgen.provenance.sound import find_mark

    with soundfile.SoundFile(path) as file:
        rate = file.samplerate
        wave = file.read(_SECONDS * rate, dtype="float32", always_2d=True).mean(1)
    best = find_mark(wave)
    for other in _RATES:
        if not best.found and other != rate:
            best = max(best, find_mark(soxr.resample(wave, rate, other)), key=lambda mark: mark.z)
    return best


def _in_film(path: Path) -> Mark:
    import av

    from artgen.provenance.picture import find_mark

    frames: list[np.ndarray] = []
    with av.open(str(path)) as film:
        for number, frame in enumerate(film.decode(video=0)):
            if number % 3 == 0:
                frames.append(frame.to_ndarray(format="rgb24").astype(np.float32).mean(-1))
            if len(frames) == _FRAMES:
                break
    return find_mark(frames)


def _grey(picture: object) -> np.ndarray:
    return np.asarray(picture, np.float32).mean(-1)
