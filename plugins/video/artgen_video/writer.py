"""Samples to films: an MP4 (or WebM) to watch, a GIF to send, a contact sheet with a row per film."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import ceil
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image

from artgen.media import FilmFormat, film_file
from artgen.types import Sample

SMALLEST = (
    192  # pixels: smaller films are enlarged by a whole factor, or their colors would blur (4:2:0) and players crawl
)
TILE, LARGEST_TILE = (
    64,
    128,
)  # pixels of a frame's longer side on a sheet: smaller ones are enlarged, larger ones shrunk
COLUMNS, GAP = 16, 4
LONGEST_GIF = 12.0  # seconds: longer ones take megabytes
GIF_RATES = (50, 25, 20, 10, 5, 4, 2, 1)  # whole hundredths of a second a frame


class VideoWriter:
    """``stem.mp4`` and, of short films, ``stem.gif``, with the metadata as metadata.

    - ``fps``: of samples that do not say.
    - ``enlarge``, ``strength``, ``enlarger``: made frames are enlarged so many times, see ``artgen.nn.enlarge``.
    """

    steps = 24  # of a walk from one seed to the next: a second

    def __init__(
        self,
        fps: float,
        kind: FilmFormat = "mp4",
        enlarge: Literal[1, 2, 4] = 1,
        strength: float = 0.6,
        enlarger: str | None = None,
    ) -> None:
        self.fps, self.kind = fps, kind
        self._factor: Literal[1, 2, 4] = enlarge
        self._strength = strength
        self._weights = Path(enlarger) if enlarger else None

    def finish(self, data: np.ndarray) -> np.ndarray:
        """``[c, t, h, w]`` uint8, every frame enlarged."""
        if self._factor == 1:
            return data
        import torch

        from artgen.nn import enlarge

        frames = torch.from_numpy(np.ascontiguousarray(data.transpose(1, 0, 2, 3)))
        return enlarge(frames, self._factor, self._strength, self._weights).numpy().transpose(1, 0, 2, 3)

    def write(self, sample: Sample, stem: Path, metadata: Mapping[str, str]) -> list[Path]:
        """Write ``[c, t, h, w]`` uint8."""
        title = f"{sample.label or 'film'}, seed {sample.seed}"
        return self._write(sample.data.transpose(1, 2, 3, 0), stem, sample.options.fps or self.fps, title, metadata)

    def walk(self, samples: Iterator[Sample], stem: Path, fps: float | None, metadata: Mapping[str, str]) -> list[Path]:
        """One film that becomes another while it plays, a sample a frame: each shows its moment of the motion, which all of
        them share, forth and back."""
        shown = [self.moment(sample, number, fps).data[:, 0] for number, sample in enumerate(samples)]
        frames = np.stack([frame.transpose(1, 2, 0) for frame in shown])
        return self._write(frames, stem, fps or float(self.steps), "walk", metadata)

    def moment(self, sample: Sample, number: int, fps: float | None) -> Sample:
        """The frame ``[c, 1, h, w]`` that a walk of ``fps`` frames a second shows of its sample ``number``."""
        count = sample.data.shape[1]
        turn = round(number / (fps or float(self.steps)) * (sample.options.fps or self.fps)) % max(1, 2 * count - 2)
        frame = min(turn, 2 * count - 2 - turn) if count > 1 else 0
        return replace(sample, data=sample.data[:, frame : frame + 1])

    def _write(self, frames: np.ndarray, stem: Path, fps: float, title: str, metadata: Mapping[str, str]) -> list[Path]:
        film, gif = (stem.with_name(f"{stem.name}.{suffix}") for suffix in (self.kind, "gif"))
        comment = "; ".join(f"{key}={value}" for key, value in metadata.items() if value)
        write_film(frames, film, fps, {"title": title, "comment": comment})
        if len(frames) / fps > LONGEST_GIF:
            return [film]
        write_gif(frames, gif, fps, comment)
        return [film, gif]

    def sheet(self, samples: Sequence[Sample], path: Path, columns: int | None = None) -> Path:
        """A row per film of at most COLUMNS frames, evenly spread, time from left to right; ``columns`` has no meaning here."""
        sides = samples[0].data.shape[2:]
        factor = min(max(1, ceil(TILE / max(sides))), LARGEST_TILE / max(sides))
        high, wide = (max(1, round(side * factor)) for side in sides)
        how = Image.Resampling.NEAREST if factor >= 1 else Image.Resampling.BOX
        shown = min(COLUMNS, max(sample.data.shape[1] for sample in samples))
        page = Image.new("RGB", (shown * wide, len(samples) * (high + GAP) - GAP), "white")
        for row, sample in enumerate(samples):
            count = sample.data.shape[1]
            for column in range(min(shown, count)):
                frame = sample.data[:, column * count // min(shown, count)].transpose(1, 2, 0)
                tile = Image.fromarray(np.ascontiguousarray(frame)).resize((wide, high), how)
                page.paste(tile, (column * wide, row * (high + GAP)))
        page.save(path)
        return path


def enlarged(frame: np.ndarray) -> np.ndarray:
    """``[h, w, c]`` to ``[h', w', c]``, every pixel a square of equal pixels, sides even and at least SMALLEST."""
    factor = max(1, ceil(SMALLEST / min(frame.shape[:2])))
    return frame.repeat(factor, 0).repeat(factor, 1)


def write_film(frames: np.ndarray, path: Path, fps: float, tags: Mapping[str, str]) -> None:
    """``[t, h, w, 3]`` uint8 as H.264 or VP9, by the suffix of ``path``; nothing of the machine or the day is written."""
    with film_file(path, fps, tags) as write:
        for frame in frames:
            write(enlarged(frame))


def write_gif(frames: np.ndarray, path: Path, fps: float, comment: str) -> None:
    """An endless GIF on one palette, at the fastest rate not above ``fps`` that the format and its players keep."""
    rate = next((rate for rate in GIF_RATES if rate <= fps), 1)
    count = max(1, round(len(frames) / fps * rate))
    chosen = frames[(np.arange(count) * fps / rate).astype(int).clip(max=len(frames) - 1)]
    shown = [enlarged(frame) for frame in chosen]
    strip = Image.fromarray(np.concatenate(shown[:: max(1, count // 16)]))
    palette = strip.quantize(255)
    pictures = [Image.fromarray(frame).quantize(palette=palette, dither=Image.Dither.NONE) for frame in shown]
    pictures[0].save(
        path, save_all=True, append_images=pictures[1:], duration=1000 // rate, loop=0, comment=comment.encode()
    )
