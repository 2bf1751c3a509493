"""What a file says about where it comes from: its metadata, a signed manifest, and the mark in the work itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from artgen.errors import InputError
from artgen.provenance import ebml
from artgen.provenance.containers import content_hash, ends_early, is_page
from artgen.provenance.found import Mark
from artgen.provenance.manifest import Claim, read_claim
from artgen.provenance.packet import read_packet

_LARGEST = 2**30  # bytes
_PIXELS = 64_000_000
_FRAMES = 16  # of a film
_SECONDS = 60  # of a sound
_RATES = (16_000, 22_050, 44_100, 48_000)  # a sound is looked for at these, besides its own


@dataclass(frozen=True)
class Verdict:
    """``fields``: of the metadata, None without; ``mark``: the best sign of an invisible mark, None where the file cannot be
    decoded; ``claim``: of a C2PA manifest, None without; ``altered``: what shows that the file was changed since artgen made
    it, None where nothing does."""

    fields: dict[str, str] | None
    mark: Mark | None
    claim: Claim | None
    altered: str | None

    @property
    def marked(self) -> bool:
        return (
            self.fields is not None
            or (self.mark is not None and self.mark.found)
            or (self.claim is not None and self.claim.ours)
        )

    @property
    def model(self) -> str | None:
        """Hash of the model that the file names, the signed one first; of a mark alone its first two digits."""
        said = (self.claim.fields if self.claim and self.claim.sound else {}).get("model")
        said = said or (self.fields or {}).get("model")
        return said or (f"{self.mark.code:02x}" if self.mark is not None and self.mark.found else None)


def verify(path: Path) -> Verdict:
    """Look for every label. Raises InputError for what is no file, or too large, or neither labelled nor readable."""
    data = _read(path)
    fields, claim = read_packet(data), read_claim(path, data)
    mark = None if is_page(data) else _find(path, data)
    if mark is None and fields is None and claim is None and not is_page(data):
        raise InputError(f"{path}: cannot be read as a picture, a sound, a film or a page{_instead(path, data)}")
    verdict = Verdict(fields, mark, claim, None)
    return Verdict(fields, mark, claim, _altered(data, fields, claim) if verdict.marked or claim else None)


def _read(path: Path) -> bytes:
    if path.is_dir():
        raise InputError(
            f"{path}: is a folder, give a file; artgen verify FILE --run {path} compares a file with a run"
        )
    if not path.exists():
        raise InputError(f"{path}: does not exist")
    if not path.is_file():
        raise InputError(f"{path}: is a pipe or a device, give a file")
    if path.stat().st_size > _LARGEST:
        raise InputError(f"{path}: larger than 1 GiB, which is the most that is read")
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None


def _instead(path: Path, data: bytes) -> str:
    if not data:
        return ": it is empty"
    return f"; compare a file with this checkpoint by artgen verify FILE --run {path}" if data[8:9] == b"{" else ""


def _altered(data: bytes, fields: dict[str, str] | None, claim: Claim | None) -> str | None:
    said = (fields or {}).get("content")
    if claim is not None and claim.sound is False:
        return f"its C2PA manifest does not fit it ({', '.join(claim.problems) or 'invalid'})"
    if said and said != content_hash(data):
        return "its content is not the one its metadata speaks of"
    return "its end is missing" if ends_early(data) else None


def _find(path: Path, data: bytes) -> Mark | None:
    """The best sign of a mark; None for what no decoder reads. Raises InputError for what would take too much memory."""
    for find in (_in_picture, _in_sound, _in_film):
        try:
            return find(path, data)
        except InputError:
            raise
        except Exception:  # noqa: S112  whatever a decoder says of a file that it does not know
            continue
    return None


def _in_picture(path: Path, _data: bytes) -> Mark:
    import warnings

    from PIL import Image, ImageSequence

    from artgen.provenance.picture import find_mark

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's own, about large pictures
        file = Image.open(path, formats=["PNG", "JPEG", "WEBP", "GIF"])
    with file:
        if file.width * file.height > _PIXELS:
            raise InputError(f"{path}: more than 64 million pixels")
        frames = [
            _gray(frame.convert("RGB")) for frame, _ in zip(ImageSequence.Iterator(file), range(_FRAMES), strict=False)
        ]
    return find_mark(frames)


def _in_sound(path: Path, _data: bytes) -> Mark:
    import soundfile
    import soxr

    from artgen.provenance.sound import find_mark

    with soundfile.SoundFile(path) as file:
        rate = file.samplerate
        if not 1000 <= rate <= 400_000 or not 1 <= file.channels <= 64:
            raise InputError(f"{path}: a sound of {rate} Hz and {file.channels} channels")
        wave = np.nan_to_num(file.read(_SECONDS * rate, dtype="float32", always_2d=True).mean(1)).clip(-1, 1)
    best = find_mark(wave)
    for other in _RATES:
        if not best.found and other != rate:
            best = max(best, find_mark(soxr.resample(wave, rate, other)), key=lambda mark: mark.z)
    return best


def _in_film(path: Path, data: bytes) -> Mark:
    import av

    from artgen.provenance.picture import find_mark

    kind = _film(data)
    frames: list[np.ndarray] = []
    with av.open(str(path), format=kind) as film:  # named, so that a playlist in disguise opens nothing else
        stream = film.streams.video[0]
        if stream.width * stream.height > _PIXELS // _FRAMES:
            raise InputError(f"{path}: a film of {stream.width} x {stream.height} pixels")
        for number, frame in enumerate(film.decode(stream)):
            if number % 3 == 0:
                frames.append(frame.to_ndarray(format="rgb24").astype(np.float32).mean(-1))
            if len(frames) == _FRAMES:
                break
    return find_mark(frames)


def _film(data: bytes) -> str:
    """Which demuxer reads it. Raises ValueError for anything else."""
    if data[4:8] == b"ftyp":
        return "mp4"
    if data.startswith(ebml.MAGIC):
        return "matroska"
    if data[:4] == b"RIFF" and data[8:11] == b"AVI":
        return "avi"
    raise ValueError("no film")


def _gray(picture: object) -> np.ndarray:
    return np.asarray(picture, np.float32).mean(-1)
