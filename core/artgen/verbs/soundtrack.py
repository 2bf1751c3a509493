"""Films whose motion follows a sound, written with it. The film's run and the sound's meet here; their plugins do not.

A film moves along its own time at a pace that the sound sets: faster where it is loud, with a push at every onset. What comes
out is the file of the film's writer with the sound beside its picture.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from artgen.contract.options import SampleOptions
from artgen.errors import InputError
from artgen.inference.latent import render
from artgen.media.onsets import RATE, Track, moments
from artgen.provenance.label import replaceable, stamped
from artgen.runfolder.samples import Destination, write_samples
from artgen.runtime.disk import staged
from artgen.verbs.loaded import LoadedRun, open_run
from artgen.verbs.sample import Choice, places, sample

SOUNDS = (".wav", ".flac", ".ogg", ".opus", ".mp3", ".aif", ".aiff")
FPS = 24.0
LONGEST = 600.0  # seconds


def films(
    run: LoadedRun, source: Path, choice: Choice, options: SampleOptions, out: Path, mark: bool = True
) -> list[Path]:
    """One film with sound for each place of ``choice``: the paths. ``source``: a sound file, or a run that makes sound, which
    gives every film a piece of its own. Raises InputError for anything else."""
    run.offers("soundtrack", None if "moments" in run.host.domain.sampling else source)
    made: list[Path] = []
    for latent in places(run, choice):
        heard = source.suffix.lower() in SOUNDS
        track = listen(source, options.seconds) if heard else compose(source, latent.seed, options.seconds)
        fps = options.fps or FPS
        ordered = replace(options, fps=fps, seconds=track.seconds, moments=moments(track, fps))
        metadata = {**run.metadata(), "soundtrack": track.name}
        with staged(out, replaceable) as work:
            where = Destination(work, work, run.writer(mark), metadata)
            film = work / write_samples(where, render(run.model, [latent], ordered)).works[0].files[0]
            (path,) = stamped([with_sound(film, track)], {**metadata, "seed": str(latent.seed)}, run.signer)
        made.append(out / path.relative_to(work))
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
    run = open_run(folder)
    with tempfile.TemporaryDirectory() as scratch:
        sample(run, Choice([seed]), run.options(seconds), Path(scratch))
        found = sorted(path for path in Path(scratch).iterdir() if path.suffix.lower() in SOUNDS)
        if not found:
            raise InputError(f"--soundtrack {folder}: a run of {run.host.domain.name} makes no sound; "
                             f"give a music run or a file ({', '.join(SOUNDS)})")  # fmt: skip
        return replace(listen(found[0], seconds), name=f"{run.host.domain.name}, seed {seed}")


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
