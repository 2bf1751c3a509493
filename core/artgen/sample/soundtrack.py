"""Films whose motion follows a sound, written with it. The film's run and the sound's meet here; their plugins do not.

A film moves along its own time at a pace that the sound sets: faster where it is loud, with a push at every onset. What comes
out is the file of the film's writer with the sound beside its picture.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from artgen.errors import InputError, StorageError
from artgen.provenance.label import stamped
from artgen.sample.write import Sheet, write_samples
from artgen.types import Ask

if TYPE_CHECKING:
    from artgen.play.run import Run

SOUNDS = (".wav", ".flac", ".ogg", ".opus", ".mp3", ".aif", ".aiff")
RATE = 22_050  # Hz at which a track is listened to and written
FPS = 24.0
LONGEST = 600.0  # seconds
CALM, LOUD, PUSH = 0.25, 0.75, 0.22  # pace in silence, more of it at full loudness; seconds that a strong onset pushes
DECAY = 0.12  # seconds over which a push spreads
WINDOW = 0.05  # seconds over which loudness is measured


@dataclass(frozen=True)
class Track:
    """``wave``: float32 ``[n]``, mono at RATE, in [-1, 1]. ``name``: where it comes from."""

    wave: np.ndarray
    name: str

    @property
    def seconds(self) -> float:
        return len(self.wave) / RATE


def films(
    run: Run,
    source: Path,
    out: Path,
    seeds: Sequence[int],
    weights: dict[str, float] | None,
    ask: Ask,
    truncation: float,
    mark: bool = True,
) -> list[Path]:
    """One film with sound for each seed: the paths. ``source``: a sound file, or a run that makes sound (a piece of its own
    for every film). Raises InputError for anything else."""
    made: list[Path] = []
    for seed in seeds:
        track = listen(source, ask.seconds) if source.suffix.lower() in SOUNDS else compose(source, seed, ask.seconds)
        fps = ask.fps or FPS
        ordered = replace(ask, fps=fps, seconds=track.seconds, moments=moments(track, fps))
        samples = run.model.samples([seed], weights, ordered, truncation)
        notes = {**run.notes(), "soundtrack": track.name}
        where = Sheet(out, out, run.writer(mark), notes)
        row = run.host.blame("artgen_writer", lambda where=where, samples=samples: write_samples(where, samples))
        film = out / row["items"][0]["files"][0]
        try:
            made += stamped([with_sound(film, track)], {**notes, "seed": str(seed)}, run.signer)
        except OSError as error:
            raise StorageError(f"{out}: cannot be written ({error.strerror or error})") from None
    return made


def listen(path: Path, seconds: float | None) -> Track:
    """The first ``seconds`` (at most LONGEST) of a sound file. Raises InputError for one that cannot be used."""
    import soundfile
    import soxr

    try:
        with soundfile.SoundFile(path) as file:
            if not 1000 <= file.samplerate <= 400_000 or not 1 <= file.channels <= 64:
                raise InputError(f"--soundtrack {path}: {file.samplerate} Hz, {file.channels} channels")
            wave = file.read(round(min(seconds or LONGEST, LONGEST) * file.samplerate), "float32", always_2d=True)
            wave = soxr.resample(np.nan_to_num(wave.mean(1)), file.samplerate, RATE).astype(np.float32)
    except (soundfile.LibsndfileError, OSError, RuntimeError) as error:
        raise InputError(f"--soundtrack {path}: cannot be read as sound ({str(error)[:100]})") from None
    if len(wave) < RATE // 2:
        raise InputError(f"--soundtrack {path}: shorter than half a second")
    return Track(wave.clip(-1, 1), "a file")  # its name is nobody else's business


def compose(folder: Path, seed: int, seconds: float | None) -> Track:
    """A piece of a run that makes sound, as its own writer writes it. Raises InputError where it makes none."""
    from artgen.play import load

    run = load(folder)
    with tempfile.TemporaryDirectory() as scratch:
        run.sample([seed], seconds=seconds, out=scratch)
        found = sorted(path for path in Path(scratch).iterdir() if path.suffix.lower() in SOUNDS)
        if not found:
            raise InputError(f"--soundtrack {folder}: a run of {run.host.domain.name} makes no sound; "
                             f"give a music run or a file ({', '.join(SOUNDS)})")  # fmt: skip
        return replace(listen(found[0], seconds), name=f"{run.host.domain.name}, seed {seed}")


def moments(track: Track, fps: float) -> tuple[float, ...]:
    """The moment of its own time that a film shows at each frame, in seconds, rising: the integral of its pace."""
    count = max(1, round(track.seconds * fps))
    pace = CALM + LOUD * loudness(track, fps, count) + PUSH * spread(onsets(track, fps, count), fps)
    return tuple(np.concatenate([[0.0], np.cumsum(pace[1:] / fps)]).tolist())


def loudness(track: Track, fps: float, count: int) -> np.ndarray:
    """Root mean square around each frame as a share of the loud parts (the 95th percentile): ``[t]`` in [0, 1]."""
    squares = np.concatenate([[0.0], np.cumsum(track.wave.astype(np.float64) ** 2)])
    centre = ((np.arange(count) + 0.5) / fps * RATE).astype(int)
    half = round(WINDOW * RATE)
    first, last = ((centre + side).clip(0, len(track.wave)) for side in (-half, half))
    level = np.sqrt((squares[last] - squares[first]) / np.maximum(last - first, 1))
    return (level / max(float(np.percentile(level, 95)), 1e-4)).clip(0, 1)


def onsets(track: Track, fps: float, count: int) -> np.ndarray:
    """Strength of the onsets that fall into each frame, 1 for a strong one: ``[t]``."""
    import librosa

    hop = 256
    rise = librosa.onset.onset_strength(y=track.wave, sr=RATE, hop_length=hop)
    found = librosa.onset.onset_detect(onset_envelope=rise, sr=RATE, hop_length=hop, units="frames")
    strength = np.zeros(count)
    if len(found):
        full = max(float(np.percentile(rise[found], 75)), 1e-6)
        frames = (found * hop / RATE * fps).astype(int).clip(max=count - 1)
        np.maximum.at(strength, frames, (rise[found] / full).clip(0, 1))
    return strength


def spread(pushes: np.ndarray, fps: float) -> np.ndarray:
    """Pushes ``[t]`` in seconds as pace: each fades over DECAY and adds up to its size."""
    length = max(1, round(4 * DECAY * fps))
    fade = np.exp(-np.arange(length) / (DECAY * fps))
    return np.convolve(pushes, fade / fade.sum() * fps)[: len(pushes)]


def with_sound(film: Path, track: Track) -> Path:
    """Put the track beside the picture: ``film`` becomes an MP4 with AAC sound (a WebM with Opus), its picture untouched."""
    import av

    target = film.with_name(f".{film.name}")
    codec, rate = ("libopus", 48_000) if film.suffix == ".webm" else ("aac", RATE)
    options = {"fflags": "+bitexact"} | ({"movflags": "faststart"} if film.suffix == ".mp4" else {})
    with av.open(str(film)) as old, av.open(str(target), "w", options=options) as new:
        new.metadata.update(old.metadata)
        picture = new.add_stream_from_template(old.streams.video[0])
        sound = new.add_stream(codec, rate=rate)
        sound.layout = "mono"  # pyright: ignore[reportAttributeAccessIssue]
        for packet in old.demux(old.streams.video[0]):
            if packet.dts is not None:
                packet.stream = picture
                new.mux(packet)
        for start in range(0, len(track.wave), RATE):
            frame = av.AudioFrame.from_ndarray(track.wave[None, start : start + RATE].copy(), "fltp", "mono")
            frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
            new.mux(sound.encode(frame))  # pyright: ignore[reportArgumentType, reportCallIssue]
        new.mux(sound.encode(None))  # pyright: ignore[reportArgumentType, reportCallIssue]
    return target.replace(film)
