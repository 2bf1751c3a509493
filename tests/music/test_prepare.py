"""Promise: a folder of anything becomes equally long slices; one bad file never stops a run and is listed with its reason."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from artgen.types import RawItem, Sample, Skipped, Source
from artgen_music.config import MusicConfig
from artgen_music.prepare import prepare, slices
from artgen_music.writer import MusicWriter
from tests.music.conftest import RATE, tone

CONFIG = MusicConfig(seconds=1.0)


def test_slices_cover_everything_and_overlap_by_half() -> None:
    wave = np.arange(1, 3501, dtype=np.float32)
    pieces = list(slices(wave, 500))
    assert [p[0] for p in pieces] == [1, 501, 1001, 1501, 2001, 2501]
    assert pieces[-1][-1] == 3500
    assert all(len(p) == 1000 for p in pieces)


def test_a_short_file_is_repeated_and_silence_left_out() -> None:
    assert [len(p) for p in slices(np.ones(300, np.float32), 500)] == [1000]
    half = np.concatenate([np.ones(2000, np.float32), np.zeros(4000, np.float32)])
    assert len(list(slices(half, 500))) < len(list(slices(np.ones(6000, np.float32), 500)))


def test_bad_files_are_listed_good_ones_used(write: Callable[..., Path], source: Callable[[], Source]) -> None:
    write("rock/good.wav", tone(5.0))
    write("jazz/also.flac", tone(3.0, rate=44_100, channels=2), 44_100)
    write("rock/silent.wav", np.zeros(RATE))
    (write("jazz/text.ogg", tone(1.0))).write_text("no sound")
    found = list(prepare(source(), CONFIG))
    items = [i for i in found if isinstance(i, RawItem)]
    assert {i.label for i in items} == {"rock", "jazz"}
    assert {i.data.shape for i in items} == {(2 * RATE,)}
    assert {i.data.dtype for i in items} == {np.dtype(np.int16)}
    assert {i.name for i in found if isinstance(i, Skipped)} == {"rock/silent.wav", "jazz/text.ogg"}


def test_a_file_deleted_meanwhile_is_skipped(write: Callable[..., Path], source: Callable[[], Source]) -> None:
    path = write("a.wav", tone(2.0))
    known = source()
    path.unlink()
    assert [type(i) for i in prepare(known, CONFIG)] == [Skipped]


def test_excerpts_of_one_piece_share_an_origin(write: Callable[..., Path], source: Callable[[], Source]) -> None:
    """Underscores of a folder do not make one piece of all that is in it."""
    for name in ("sonata__1.wav", "sonata__2.wav", "other.wav", "my__own/one.wav", "my__own/two.wav", "my__own/__.wav"):
        write(name, tone(2.0))
    origins = {i.origin for i in prepare(source(), CONFIG) if isinstance(i, RawItem)}
    assert origins == {"sonata", "other", "my__own/one", "my__own/two", "my__own/__"}


def test_preparing_twice_gives_the_same_items(write: Callable[..., Path], source: Callable[[], Source]) -> None:
    write("a.mp3", tone(4.0, rate=22_050), 22_050)
    once, twice = ([i.data for i in prepare(source(), CONFIG) if isinstance(i, RawItem)] for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(once, twice, strict=True))


def test_what_the_writer_writes_prepare_reads(tmp_path: Path, source: Callable[[], Source]) -> None:
    data = (tone(3.0)[:, 0] * 20000).astype(np.int16)
    paths = MusicWriter().write(Sample(data, 7, "rock"), tmp_path / "seed7", {"software": "artgen"})
    assert [p.name for p in paths] == ["seed7.wav", "seed7.png"]
    item = next(i for i in prepare(source(), CONFIG) if isinstance(i, RawItem))
    a, b = (x[RATE // 2 : RATE].astype(float) for x in (item.data, data))
    assert np.corrcoef(a, b)[0, 1] > 0.999
