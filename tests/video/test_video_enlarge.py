"""Promise: films are written enlarged when asked, every frame; a walk enlarges only what it shows; little flicker is added."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest
import torch

from artgen.provenance.label import labelled
from artgen.types import Sample
from artgen_video.writer import VideoWriter


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def moving_disc(frames: int = 6, side: int = 32) -> np.ndarray:
    """A soft blue disc that moves to the right on white: ``[3, t, side, side]`` uint8."""
    rows, columns = np.mgrid[:side, :side]
    film = np.full((3, frames, side, side), 255.0)
    for t in range(frames):
        away = np.hypot(rows - side / 2, columns - side / 3 - 1.5 * t)
        inside = np.clip(side / 4 - away, 0, 1)
        film[:, t] += inside * (np.array([40, 90, 220])[:, None, None] - 255)
    return film.round().astype(np.uint8)


def test_every_frame_is_enlarged_and_the_film_written(tmp_path: Path) -> None:
    film, gif = labelled(VideoWriter(12.0, enlarge=4), {}).write(
        Sample(moving_disc(), 1, "dots"), tmp_path / "film", {"model": "4d"}
    )
    assert iio.imread(film, plugin="pyav").shape == (6, 256, 256, 3)  # 128 pixels, doubled for players
    assert iio.imread(gif).shape[1:3] == (256, 256)


def test_a_walk_enlarges_one_frame_a_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer, sizes = VideoWriter(12.0, enlarge=2), []
    finish = writer.finish

    def watched(data: np.ndarray) -> np.ndarray:
        sizes.append(data.shape)
        return finish(data)

    monkeypatch.setattr(writer, "finish", watched)
    samples: Iterator[Sample] = (Sample(moving_disc(), seed, None) for seed in range(3))
    shown = labelled(writer, {}).walk(samples, tmp_path / "walk", None, {})  # pyright: ignore[reportAttributeAccessIssue]
    assert sizes == [(3, 1, 32, 32)] * 3
    assert iio.imread(shown[0], plugin="pyav").shape[:1] == (3,)


def test_a_walk_shows_the_moments_forth_and_back() -> None:
    writer, sample = VideoWriter(24.0), Sample(moving_disc(frames=3), 0, None)
    shown = [writer.moment(sample, number, None).data for number in range(6)]
    assert [next(t for t in range(3) if (sample.data[:, t : t + 1] == frame).all()) for frame in shown] == [
        0,
        1,
        2,
        1,
        0,
        1,
    ]


def test_enlarging_adds_little_change_between_frames() -> None:
    film = moving_disc()

    def change(strength: float) -> float:
        frames = VideoWriter(12.0, enlarge=4, strength=strength).finish(film).astype(float)
        return float(np.abs(np.diff(frames, axis=1)).mean())

    assert change(0.6) < 1.15 * change(0.0)
