"""Pieces to files: a WAV to hear and its spectrogram to see, with axes in seconds and Hz."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from artgen.media import set_title
from artgen.types import Sample
from artgen_music.config import SoundFormat, SoundRate
from artgen_music.listen import SAMPLE_RATE
from artgen_music.sound_files import gain_to, save_sound

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage
    from torch import Tensor

_FADE_IN = 0.005  # seconds
_FADE_OUT = 0.08, 0.04, 4.0  # seconds at least, share of the piece, seconds at most
_N_FFT, _HOP, _MELS = 1024, 256, 128
_COLUMNS = 3
# inches of a figure at the left, right, top (of each row), bottom; between columns
_MARGINS = 0.8, 0.15, 0.35, 0.5, 0.15
_MARKS = 100, 500, 1000, 2000, 4000, 8000, 16000  # Hz that an axis names
_BESIDE = ("source", "result", "target")  # columns of a sheet of changed works


class MusicWriter:
    """Writes a sound (mono) and ``stem.png``.

    - ``changes``: pieces are others' works and what became of them, whose seeds mean nothing and whose loudness is kept.
    - ``kind``: of the sound's file. ``loudness``: LUFS of a piece.
    - ``rate``: samples a second of the file. At HIGH_RATE the learned high band is added, see ``high_band.py``.
    - ``stereo``: width of a piece in [0, 1], see ``stereo.py``; 0: one channel."""

    steps = 8

    def __init__(
        self,
        changes: bool = False,
        kind: SoundFormat = "wav",
        loudness: float = -14.0,
        rate: SoundRate = SAMPLE_RATE,
        stereo: float = 0.0,
    ) -> None:
        self._changes, self._loudness, self._rate, self._stereo = changes, loudness, rate, stereo
        self._kind: SoundFormat = kind

    def write(self, sample: Sample, stem: Path, metadata: Mapping[str, str]) -> list[Path]:
        """The piece, cut to the seconds asked for; a loop keeps its own length, which repeats without a seam."""
        wave = self._heard(sample)
        name = sample.label or "piece"
        heard, channels, gain = self._spread(wave, sample.options.loop)
        title = f"{name}, seed {sample.seed}"
        sound = save_sound([heard], stem, title, metadata, self._kind, gain, self._rate, channels)
        return [sound, save_picture(wave, stem, f"{name} · seed {sample.seed}", metadata, self._rate)]

    def sound(self, sample: Sample) -> tuple[np.ndarray, int]:
        """The same as it is heard: int16 ``[n]`` or ``[channels, n]``, and the rate of the file."""
        wave, _, gain = self._spread(self._heard(sample), sample.options.loop)
        return (wave * np.float32(gain)).round().clip(-32768, 32767).astype(np.int16).T, self._rate

    def _heard(self, sample: Sample) -> np.ndarray:
        """A sample as it is written, at the rate of the file: int16, or float32 in units of int16."""
        wave = finished(sample)
        if self._rate == SAMPLE_RATE:
            return wave
        from artgen_music.high_band import doubled

        return doubled(wave, sample.options.loop)

    def _spread(self, wave: np.ndarray, loop: bool) -> tuple[np.ndarray, int, float]:
        """A wave ``[n]`` as its file has it, in how many channels, and the factor that brings it to its loudness. What others
        made keeps its one channel and its loudness."""
        if self._changes:
            return wave, 1, 1.0
        channels = 1
        if self._stereo:
            from artgen_music.stereo import widened

            wave, channels = widened(wave, self._rate, self._stereo, loop), 2
        return wave, channels, gain_to(wave, self._loudness, self._rate)

    def sheet(self, samples: Sequence[Sample], path: Path, columns: int | None = None) -> Path:
        """The spectrograms of all pieces on one page."""
        columns = min(columns or _COLUMNS, len(samples))
        figure, places = _grid(len(samples), columns, (4.6, 2.4))
        for number, (sample, axes) in enumerate(zip(samples, places, strict=True)):
            title = _BESIDE[number % columns] if self._changes and columns <= len(_BESIDE) else f"seed {sample.seed}"
            show(self._heard(sample), axes, f"{sample.label or 'piece'} · {title}", self._rate)
            axes.label_outer()
            axes.xaxis.set_tick_params(labelbottom=number + columns >= len(samples))  # an unfilled row ends no column
        figure.savefig(path, dpi=80, metadata={"Software": "artgen"})
        return path

    def walk(self, samples: Iterator[Sample], stem: Path, fps: float | None, metadata: Mapping[str, str]) -> list[Path]:
        """One piece that changes while it plays: at each moment it is the sample whose turn it is, cross-faded with the next.

        All samples of a walk share their noise and so their timing, which is what lets them be faded into each other. ``fps``
        has no meaning here."""
        pieces = list(samples)
        return self.write(replace(pieces[0], data=blend([piece.data for piece in pieces])), stem, metadata)

    def heat(self, view: np.ndarray, heats: Mapping[str, np.ndarray], path: Path) -> Path:
        """The log-mel ``[1, mel, t]`` and every map ``[mel, t]``, below each other, on axes in seconds and Hz."""
        figure = _figure((8, 2.4 * (1 + len(heats))), layout="constrained")  # which finds room for the bars of color
        places = figure.subplots(1 + len(heats), 1, squeeze=False)[:, 0]
        _over(view[0], None, places[0], "the sound")
        for (name, heat), axes in zip(heats.items(), places[1:], strict=True):
            figure.colorbar(_over(view[0], heat, axes, name), ax=axes, pad=0.01)
        figure.savefig(path, dpi=90, metadata={"Software": "artgen"})
        return path


def _over(view: np.ndarray, heat: np.ndarray | None, axes: Axes, title: str) -> AxesImage:
    """A log-mel ``[mel, t]``, or a map over it, on axes in seconds and Hz."""
    from artgen_music.spectrum import HIGHEST, HOP, LOWEST

    top = 1.0 if heat is None else float(np.abs(heat).max()) or 1.0
    signed = heat is not None and float(heat.min()) < -1e-6
    colors = "RdBu_r" if signed else "magma" if heat is None else "inferno"
    least = -top if signed or heat is None else 0
    seconds = view.shape[1] * HOP / SAMPLE_RATE
    return _drawn(view if heat is None else heat, axes, title, seconds, (LOWEST, HIGHEST), (colors, least, top))


def _drawn(
    mel: np.ndarray,
    axes: Axes,
    title: str,
    seconds: float,
    hertz: tuple[float, float],
    colors: tuple[str, float, float],
) -> AxesImage:
    """Values ``[mel, t]`` of the bands between two ``hertz``, on axes in seconds and Hz. ``colors``: name of the color map,
    values of its ends."""
    import torch

    from artgen_music.mel_scale import place

    name, least, top = colors
    bands = len(mel)
    extent = (0, seconds, -0.5, bands - 0.5)
    shown = axes.imshow(
        mel, origin="lower", aspect="auto", extent=extent, interpolation="nearest", cmap=name, vmin=least, vmax=top
    )
    marks = [mark for mark in _MARKS if mark <= hertz[1]]
    places = place(torch.tensor(marks, dtype=torch.float32), *hertz, bands)
    axes.set_yticks(places.tolist(), [str(mark) for mark in marks])
    set_title(axes, title)
    axes.set(xlabel="seconds", ylabel="Hz")
    return shown


def save_picture(
    wave: np.ndarray, stem: Path, title: str, metadata: Mapping[str, str], rate: int = SAMPLE_RATE
) -> Path:
    """The mel spectrogram of a wave in units of int16 into ``stem.png``."""
    path = stem.with_name(f"{stem.name}.png")
    figure, (axes,) = _grid(1, 1, (min(4 + len(wave) / rate / 4, 16), 3.2))
    show(wave, axes, title, rate)
    figure.savefig(path, dpi=100, metadata={"Software": "artgen", "Comment": metadata.get("comment", "")})
    return path


def blend(waves: Sequence[np.ndarray]) -> np.ndarray:
    """int16 waves ``[n]`` to one ``[n]`` that moves through them: shares that sum to one, linear between the middles of their
    turns."""
    length = min(len(wave) for wave in waves)
    turn = (np.arange(length) + 0.5) / length * len(waves) - 0.5  # the middle of turn k is k
    turn = turn.clip(0, len(waves) - 1)
    out = np.zeros(length, np.float32)
    for index, wave in enumerate(waves):
        out += wave[:length] * (1 - np.abs(turn - index)).clip(0, 1).astype(np.float32)
    return out.round().astype(np.int16)


def finished(sample: Sample) -> np.ndarray:
    """int16 ``[n]`` as it is written: cut to length and faded at both ends, unless it is a loop."""
    wave = sample.data
    if sample.options.loop:
        return wave
    if sample.options.seconds is not None:
        wave = wave[: round(sample.options.seconds * SAMPLE_RATE)]
    faded = wave.astype(np.float32)
    least, share, most = _FADE_OUT
    out = min(max(share * len(wave) / SAMPLE_RATE, least), most)
    rise, fall = (min(round(t * SAMPLE_RATE), len(wave)) for t in (_FADE_IN, out))
    faded[:rise] *= np.linspace(0, 1, rise, dtype=np.float32)
    faded[len(wave) - fall :] *= np.cos(np.linspace(0, np.pi / 2, fall, dtype=np.float32))
    return faded.astype(np.int16)


def show(wave: np.ndarray, axes: Axes, title: str, rate: int = SAMPLE_RATE) -> None:
    """Draw the mel spectrogram of a wave in units of int16 in dB."""
    import torch

    power = _mel(rate)(torch.from_numpy(wave.astype(np.float32) / 32768))
    power *= (SAMPLE_RATE / rate) ** 2  # of the same tone, however long the window
    decibels = 10 * power.clamp_min_(1e-8).log10_().numpy()
    _drawn(decibels, axes, title, len(wave) / rate, (0.0, rate / 2), ("magma", -50, 30))


@lru_cache(maxsize=2)
def _mel(rate: int) -> Callable[[Tensor], Tensor]:
    """From a wave ``[n]`` at ``rate`` to the power ``[mel, t]`` of its mel bands."""
    from artgen_music.torchaudio_any import transforms

    size, hop = _N_FFT * rate // SAMPLE_RATE, _HOP * rate // SAMPLE_RATE
    return transforms.MelSpectrogram(
        rate, size, hop_length=hop, n_mels=_MELS, pad_mode="constant", norm="slaney", mel_scale="slaney"
    )


def _grid(count: int, columns: int, size: tuple[float, float]) -> tuple[Figure, list[Axes]]:
    """A figure of ``count`` axes, each with its margins ``size`` inches wide and high.

    The margins are fixed: to measure every label, as matplotlib's own layouts do, takes seconds for a sheet."""
    rows = -(-count // columns)
    width, height = size[0] * columns, size[1] * rows
    left, right, top, bottom, gap = _MARGINS
    figure = _figure((width, height))
    places = figure.subplots(
        rows, columns, squeeze=False,
        gridspec_kw={
            "left": left / width, "right": 1 - right / width, "top": 1 - top / height, "bottom": bottom / height,
            "wspace": gap * columns / (width - left - right - gap * (columns - 1)),
            "hspace": top * rows / (height - top * rows - bottom),
        },
    )  # fmt: skip
    axes = list(np.ravel(places))
    for spare in axes[count:]:
        spare.set_axis_off()
    return figure, axes[:count]


def _figure(size: tuple[float, float], layout: Literal["constrained"] | None = None) -> Figure:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout=layout)
    FigureCanvasAgg(figure)  # no display, no global state
    return figure
