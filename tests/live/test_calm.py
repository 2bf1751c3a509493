"""Promise: whatever is played, no part of the picture flashes more than twice in a second; what does not flash is left alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from artgen.media.calm import CHANGES, STEP, Calm, levels

FPS, COUNT = 30, 120
Frame = Callable[[int], np.ndarray]


def flat(value: float, color: tuple[int, ...] = (1, 1, 1)) -> np.ndarray:
    return np.full((24, 32, 3), round(value), np.uint8) * np.array(color, np.uint8)


def changes(frames: list[np.ndarray]) -> int:
    """The most opposite changes of a step that fall into one second, over the parts of the picture; written anew here."""
    most = 0
    for series in np.array([levels(frame) for frame in frames]).T:
        extreme, way, times = float(series[0]), 0, list[int]()
        for number, level in enumerate(series.tolist()):
            if abs(level - extreme) >= STEP and (level > extreme) - (level < extreme) != way:
                way, extreme = (level > extreme) - (level < extreme), level
                times.append(number)
            elif way * (level - extreme) > 0:
                extreme = level
        most = max([most, *(sum(start <= time < start + FPS for time in times) for start in times)])
    return most


def calmed(frame: Frame) -> tuple[list[np.ndarray], list[np.ndarray], Calm]:
    calm, given = Calm(), [frame(number) for number in range(COUNT)]
    return given, [calm.frame(picture, number / FPS) for number, picture in enumerate(given)], calm


@pytest.mark.parametrize(
    "frame",
    [
        lambda n: flat(255 * (n % 2)),
        lambda n: flat(255 * (n // 4 % 2)),
        lambda n: flat(255 * (n % 2), (1, 0, 0)),
        lambda n: flat(127 + 127 * np.sin(n / FPS * 2 * np.pi * 5)),
        lambda n: flat(float(np.random.default_rng(n).integers(0, 256))),
        lambda n: np.where(np.arange(32)[None, :, None] < 8, flat(255 * (n % 2)), flat(90)).astype(np.uint8),
    ],
    ids=["every frame", "slower", "red", "a wave", "at random", "in a part"],
)
def test_what_flashes_is_calmed(frame: Frame) -> None:
    given, shown, calm = calmed(frame)
    assert changes(given) > CHANGES + 1
    assert changes(shown) <= CHANGES + 1, "two flashes are four changes, and a fifth makes no third flash"
    assert calm.held


@pytest.mark.parametrize(
    "frame",
    [
        lambda n: flat(100),
        lambda n: flat(0 if n < 60 else 255),
        lambda n: flat(255 * n / COUNT),
        lambda n: flat(127 + 127 * np.sin(n / FPS * 2 * np.pi)),
        lambda n: np.roll(np.linspace(0, 255, 24 * 32 * 3).reshape(24, 32, 3).astype(np.uint8), n, 1),
    ],
    ids=["still", "a cut", "a fade", "once a second", "moving"],
)
def test_what_does_not_flash_passes_untouched(frame: Frame) -> None:
    given, shown, calm = calmed(frame)
    assert all(a is b for a, b in zip(given, shown, strict=True))
    assert not calm.held


def test_it_wakes_up_again() -> None:
    calm = Calm()
    for number in range(60):
        calm.frame(flat(255 * (number % 2)), number / FPS)
    assert np.array_equal(calm.frame(flat(255), 4.0), flat(255)), "after a second of rest a change passes at once"
    assert calm.frame(np.zeros((4, 4, 3), np.uint8), 4.1).shape == (4, 4, 3), "another size begins anew"
