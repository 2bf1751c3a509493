"""Sound to files: WAV, FLAC, Ogg Vorbis or MP3, as loud as people expect of music, the same bytes for the same sound."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import numpy as np
import soundfile

from artgen_music.config import SAMPLE_RATE, SoundFormat

# ending, libsndfile's container, its subtype
_KINDS: dict[SoundFormat, tuple[str, str, str]] = {
    "wav": (".wav", "WAV", "PCM_16"),
    "wav24": (".wav", "WAV", "PCM_24"),
    "flac": (".flac", "FLAC", "PCM_24"),
    "ogg": (".ogg", "OGG", "VORBIS"),
    "mp3": (".mp3", "MP3", "MPEG_LAYER_III"),
}
HIGHEST_PEAK = -1.0  # dB under full scale that the true peak keeps
_OVERSAMPLING = 4  # ITU-R BS.1770-4, annex 2
_BLOCK, _STEP = 0.4, 0.1  # seconds of a gating block, and from one to the next
_SILENT, _QUIETER = -70.0, -10.0  # gates: LUFS, and LU under the mean
_OFFSET = -0.691  # dB: makes a 1 kHz sine of full scale -3.01 LUFS


def save_sound(
    parts: Iterable[np.ndarray],
    stem: Path,
    title: str,
    metadata: Mapping[str, str],
    kind: SoundFormat = "wav",
    gain: float = 1.0,
    rate: int = SAMPLE_RATE,
    channels: int = 1,
) -> Path:
    """Waves ``[n]`` or ``[n, channels]`` at ``rate`` one after the other, int16 or float32 in units of int16, times ``gain``,
    into ``stem`` and the ending of ``kind``."""
    ending, container, subtype = _KINDS[kind]
    path = stem.with_name(f"{stem.name}{ending}")
    with soundfile.SoundFile(path, "w", rate, channels, subtype, format=container) as file:
        file.title = title
        file.software = metadata.get("software", "artgen")
        if comment := "; ".join(f"{k}={v}" for k, v in metadata.items() if v):  # libsndfile refuses an empty one
            file.comment = comment
        for part in parts:
            for start in range(0, len(part), rate):  # a coder's buffer is small
                piece = part[start : start + rate]
                as_it_is = gain == 1.0 and container == "WAV" and piece.dtype == np.int16
                file.write(piece if as_it_is else piece / np.float32(32768) * np.float32(gain))
    if container == "OGG":
        path.write_bytes(b"".join(renumbered(path.read_bytes())))
    return path


def gain_to(wave: np.ndarray, loudness: float, rate: int = SAMPLE_RATE) -> float:
    """The factor that brings a wave in units of int16 to ``loudness`` LUFS, or as near as its true peak allows; 1 for
    silence."""
    sound = wave / np.float32(32768)
    now = integrated_loudness(sound, rate)
    if not math.isfinite(now):
        return 1.0
    return min(10 ** ((loudness - now) / 20), 10 ** (HIGHEST_PEAK / 20) / true_peak(sound, rate))


def integrated_loudness(sound: np.ndarray, rate: int = SAMPLE_RATE) -> float:
    """Loudness in LUFS of a sound ``[n]`` or ``[n, channels]`` in [-1, 1] (ITU-R BS.1770-4, as EBU R 128 uses it); -inf for
    silence. A piece of half a minute is looked at at a time, so that an hour costs no memory."""
    step = (
        round(_STEP * rate) if len(sound) >= _BLOCK * rate else max(1, len(sound))
    )  # of a short sound there is one block
    squares = np.concatenate([[0.0], np.cumsum(_squares(sound, rate, step))])
    wide = min(round(_BLOCK / _STEP), max(1, len(squares) - 1))
    power = (squares[wide:] - squares[:-wide]) / max(1, min(wide * step, len(sound)))
    loud = power[_lufs(power) > _SILENT]
    if not len(loud):
        return -math.inf
    return float(_lufs(loud[_lufs(loud) > _lufs(loud.mean()) + _QUIETER].mean()))


def _squares(sound: np.ndarray, rate: int, step: int) -> np.ndarray:
    """Sum of the squares of all channels as they are heard, in every ``step`` samples; a rest is left out, unless it is all."""
    from scipy.signal import lfilter

    columns = sound if sound.ndim == 2 else sound[:, None]
    states = [np.zeros((2, columns.shape[1])) for _ in _weighting(rate)]
    found: list[np.ndarray] = []
    for part in _parts(columns, step * 300):
        heard = part.astype(np.float64)
        for index, (b, a) in enumerate(_weighting(rate)):
            heard, states[index] = lfilter(b, a, heard, axis=0, zi=states[index])
        power = np.square(heard).sum(1)
        whole = len(power) // step * step or (0 if found else len(power))
        if whole:
            found.append(power[:whole].reshape(-1, min(step, whole)).sum(1))
    return np.concatenate(found) if found else np.zeros(0)


def true_peak(sound: np.ndarray, rate: int = SAMPLE_RATE) -> float:
    """The largest magnitude between the samples too, of ``[n]`` or ``[n, channels]`` in [-1, 1]; at least 1e-9."""
    import soxr

    size, edge, found = 30 * rate, rate // 20, float(np.abs(sound).max(initial=0.0))
    for at in range(0, len(sound), size):
        before = min(edge, at)
        part = sound[at - before : at + size + edge].astype(np.float64)
        finer = soxr.resample(part, rate, _OVERSAMPLING * rate)
        middle = finer[before * _OVERSAMPLING : (before + size) * _OVERSAMPLING]
        found = max(found, float(np.abs(middle).max(initial=0.0)))
    return max(found, 1e-9)


def _parts(sound: np.ndarray, size: int) -> Iterator[np.ndarray]:
    return (sound[at : at + size] for at in range(0, len(sound), size))


def _lufs(power: np.ndarray) -> np.ndarray:
    return _OFFSET + 10 * np.log10(np.maximum(power, 1e-12))


@cache
def _weighting(rate: int) -> tuple[tuple[list[float], list[float]], ...]:
    """K-weighting as two filters (b, a): a shelf for the head and a high-pass. BS.1770 gives them for 48 kHz; these are the
    analog prototypes behind its numbers, mapped to ``rate`` (De Man 2014)."""
    k = math.tan(math.pi * 1681.974450955533 / rate)
    q, high = 0.7071752369554196, 10 ** (3.999843853973347 / 20)
    band = high**0.4996667741545416
    a0 = 1 + k / q + k * k
    shelf = (
        [(high + band * k / q + k * k) / a0, 2 * (k * k - high) / a0, (high - band * k / q + k * k) / a0],
        [1.0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0],
    )
    k, q = math.tan(math.pi * 38.13547087602444 / rate), 0.5003270373238773
    a0 = 1 + k / q + k * k
    return shelf, ([1.0, -2.0, 1.0], [1.0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0])


def renumbered(ogg: bytes, serial: int = 1) -> Iterator[bytes]:
    """The pages of an Ogg file with the given stream number and new checksums: libsndfile draws a random number."""
    position = 0
    while position < len(ogg):
        segments = ogg[position + 26]
        size = 27 + segments + sum(ogg[position + 27 : position + 27 + segments])
        page = bytearray(ogg[position : position + size])
        page[14:18] = struct.pack("<I", serial)
        page[22:26] = bytes(4)
        page[22:26] = struct.pack("<I", _checksum(page))
        yield bytes(page)
        position += size


def _checksum(page: bytearray) -> int:
    """The CRC-32 of Ogg pages (polynomial 0x04c11db7, not reflected)."""
    value, table = 0, _crc_table()
    for byte in page:
        value = (value << 8 & 0xFFFFFFFF) ^ table[value >> 24 ^ byte]
    return value


@cache
def _crc_table() -> list[int]:
    def entry(value: int) -> int:
        value <<= 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value & 0x80000000 else 0)) & 0xFFFFFFFF
        return value

    return [entry(index) for index in range(256)]
