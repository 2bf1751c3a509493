"""Promise: composed music starts from the weights of the genres, other recordings from those of recordings, however loud they
are; a start is asked for by its name."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from artgen.data.scan import scan
from artgen.nn import start_distances
from artgen.runfolder import checkpoint
from artgen.types import RawItem
from artgen.verbs.plan import TrainRequest, make_plan
from artgen_music.config import SAMPLE_RATE, MusicConfig
from artgen_music.plugin import artgen_domain
from artgen_music.prepare import prepare
from artgen_music.starts import CENTERS, distances, features

STARTS = artgen_domain().named_starts
PATHS = [start.path for start in STARTS]


def nearest(slices: np.ndarray) -> str:
    found = distances(slices, PATHS)
    assert found is not None
    return STARTS[int(np.argmin([one.min(1).mean() for one in found]))].name


@pytest.fixture(scope="module")
def embedded() -> dict[str | None, np.ndarray]:
    """Some slices of three pieces of each genre."""
    domain = artgen_domain()
    assert domain.embedded is not None
    found: dict[str | None, np.ndarray] = {}
    for label in ("classical", "pop", "rock"):
        source = scan(domain.embedded / label, domain.suffixes)
        items = prepare(source, MusicConfig(minutes=0.5))
        found[label] = np.stack([item.data for item in islice(items, 12) if isinstance(item, RawItem)])
    return found


def noises() -> np.ndarray:
    """Twelve slices of strokes of noise, each darker than the one before and twice as many a second."""
    rng, time = np.random.default_rng(0), np.arange(8 * SAMPLE_RATE) / SAMPLE_RATE
    made = []
    for number in range(12):
        noise = np.convolve(rng.standard_normal(len(time)), np.ones(1 + 2 * number), "same")
        strokes = noise * np.exp(-8 * ((time * 2 ** (number % 4 - 1)) % 1))
        made.append(strokes / np.abs(strokes).max() * 16_000)
    return np.stack(made).astype(np.int16)


def test_the_embedded_music_starts_from_the_genres_and_noises_from_recordings(
    embedded: dict[str | None, np.ndarray],
) -> None:
    assert [nearest(slices) for slices in embedded.values()] == ["genres"] * 3
    assert nearest(noises()) == "recordings"


def test_a_genre_begins_mostly_as_itself(embedded: dict[str | None, np.ndarray]) -> None:
    labels = checkpoint.read_header(PATHS[0]).labels
    for label, slices in embedded.items():
        found = distances(slices, PATHS)
        assert found is not None
        assert labels[int(np.bincount(found[0].argmin(1), minlength=len(labels)).argmax())] == label


def test_how_loud_a_slice_is_decides_nothing() -> None:
    slices = noises()
    quiet = features((slices // 4).astype(np.int16))
    assert float((quiet - features(slices)).abs().max()) < 0.35, "only what is near silence is nearer to it"


def test_every_start_is_described_class_by_class_and_an_unknown_one_is_no_opinion() -> None:
    found = start_distances(noises(), PATHS, CENTERS, features)
    assert found is not None
    assert [one.shape for one in found] == [(12, len(checkpoint.read_header(path).labels)) for path in PATHS]
    assert distances(noises(), [Path("strange.safetensors")]) is None


def test_a_start_is_asked_for_by_its_name(tmp_path: Path) -> None:
    for name in ("genres", "recordings"):
        plan = make_plan("music", TrainRequest(out=tmp_path / "run", init=name))
        assert [start.weights.name for start in plan.starts if start.weights] == [name]
