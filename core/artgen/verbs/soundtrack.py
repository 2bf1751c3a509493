"""Films whose motion follows a sound, written with it. The film's run and the sound's meet here; their plugins do not.

A film moves along its own time at a pace that the sound sets: faster where it is loud, with a push at every onset. What comes
out is the file of the film's writer with the sound beside its picture, untouched where the file's format holds it.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from artgen.contract.data import RawItem
from artgen.contract.options import SampleOptions
from artgen.errors import InputError
from artgen.host.bounded import OverrunError, bounded
from artgen.inference.latent import render
from artgen.media.carried import CarriedSound
from artgen.media.film_file import FilmFormat, container_options
from artgen.media.onsets import RATE, Track, moments
from artgen.media.sound import NoSoundError, open_sound
from artgen.provenance.label import replaceable, stamped
from artgen.runfolder.samples import Destination, write_samples
from artgen.runtime.disk import staged
from artgen.verbs.loaded import LoadedRun, open_run
from artgen.verbs.sample import Choice, places, sample

WRITTEN = (".wav", ".flac", ".ogg", ".mp3")  # sounds that writers of runs make
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
        with tempfile.TemporaryDirectory() as scratch, staged(out, replaceable) as work:
            if source.is_dir() or source.suffix == ".safetensors":
                track = compose(source, latent.seed, options.seconds, Path(scratch))
            else:
                track = listen(source, options.seconds)
            fps = options.fps or FPS
            ordered = replace(options, fps=fps, seconds=track.seconds, moments=moments(track, fps))
            metadata = {**run.metadata(), "soundtrack": track.name}
            where = Destination(work, work, run.writer(mark), metadata)
            film = work / write_samples(where, render(run.model, [latent], ordered)).works[0].files[0]
            (path,) = stamped(
                [with_sound(film, track.path, track.seconds)], {**metadata, "seed": str(latent.seed)}, run.signer
            )
            made.append(out / path.relative_to(work))
    return made


def listen(path: Path, seconds: float | None, flag: str = "--soundtrack") -> Track:
    """The first ``seconds`` (at most LONGEST) of a sound file. ``flag``: where a person named it. Raises InputError for one that
    cannot be used."""
    longest = min(seconds or LONGEST, LONGEST)
    try:
        parts = [item.data for item in bounded(lambda _: _decoded(path, longest, flag))]
    except OverrunError as problem:
        raise InputError(problem.reason, at=flag, value=path) from None
    wave = np.concatenate([np.zeros(0, np.float32), *parts])[: math.ceil(longest * RATE)]
    if len(wave) < RATE // 2:
        raise InputError("shorter than half a second", at=flag, value=path)
    return Track(wave.clip(-1, 1), "a file", path)  # its name is nobody else's business


def _decoded(path: Path, seconds: float, flag: str) -> Iterator[RawItem]:
    """The beginning of a sound as mono float32 ``[n]`` at RATE, in parts."""
    import soxr

    try:
        sound = open_sound(path)
        weights, offset = sound.to_mono()
        resampler = soxr.ResampleStream(sound.rate, RATE, 1, dtype="float32")
        left = seconds
        for block in sound.blocks():
            mono = np.nan_to_num((block - offset) @ weights, posinf=0.0, neginf=0.0)
            yield RawItem(resampler.resample_chunk(np.ascontiguousarray(mono, np.float32)), None, path.name)
            left -= len(block) / sound.rate
            if left <= 0:
                break
        yield RawItem(resampler.resample_chunk(np.zeros(0, np.float32), last=True), None, path.name)
    except NoSoundError as error:
        raise InputError(str(error), at=flag, value=path) from None


def compose(run: Path, seed: int, seconds: float | None, scratch: Path) -> Track:
    """A piece of a run that makes sound, as its own writer writes it into the folder ``scratch``. Raises InputError where it
    makes none."""
    opened = open_run(run)
    sample(opened, Choice([seed]), opened.options(seconds), scratch)
    found = sorted(path for path in scratch.iterdir() if path.suffix.lower() in WRITTEN)
    if not found:
        raise InputError(f"a run of {opened.host.domain.name} makes no sound; "
                         "give a music run, or a sound file", at="--soundtrack", value=run)  # fmt: skip
    return replace(listen(found[0], seconds), name=f"{opened.host.domain.name}, seed {seed}")


def with_sound(film: Path, source: Path | None, seconds: float, flag: str = "--soundtrack") -> Path:
    """Put the first ``seconds`` of a sound file beside the picture of ``film``, which stays as it is. ``flag``: where a person
    named the file. Raises InputError for a sound that no film can hold."""
    import av

    target = film.with_name(f".{film.name}")
    kind: FilmFormat = "webm" if film.suffix == ".webm" else "mp4"
    with (
        CarriedSound(source, kind) as sound,
        av.open(str(film)) as old,
        av.open(str(target), "w", options=container_options(film)) as new,
    ):
        new.metadata.update(old.metadata)
        picture = new.add_stream_from_template(old.streams.video[0])
        if not sound.begin(new):
            raise InputError("holds no sound that a film can carry; save it as WAV or M4A", at=flag, value=source)
        for packet in old.demux(old.streams.video[0]):
            if packet.dts is not None and packet.time_base is not None:
                sound.upto(new, float(packet.dts * packet.time_base))
                packet.stream = picture
                new.mux(packet)
        sound.upto(new, seconds)
        sound.end(new)
    return target.replace(film)
