"""Promise: pairs of sounds stay pairs, from the files to the networks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from artgen.errors import InputError
from artgen.host import Host
from artgen.host.resolve import resolve
from artgen.types import DataSpec, RawItem, Skipped, Source
from artgen_music import listen
from artgen_music.change import ChangeCodec, PairCodec
from artgen_music.config import MusicConfig
from artgen_music.prepare import prepare
from tests.music.conftest import RATE, tone

CONFIG = MusicConfig(seconds=1.0, normalize=False).for_task("translate")


def test_two_folders_become_pairs_of_slices(write: Callable[..., Path], source: Callable[[], Source]) -> None:
    """What is given comes first, as much of both as the shorter one lasts; a silent moment of one side takes the pair along."""
    half = np.concatenate([np.zeros((3 * RATE, 1)), tone(3.0)]).astype(np.float32)
    for name, sound in {"a/one.wav": tone(5.0), "a/two.wav": half, "a/alone.wav": tone(3.0)}.items():
        write(name, sound)
    for name, sound in {"b/one.flac": 0.5 * tone(4.0), "b/two.wav": tone(6.0), "b/text.wav": tone(2.0)}.items():
        write(name, sound)
    found = list(prepare(source(), CONFIG))
    items = [one for one in found if isinstance(one, RawItem)]
    assert {one.data.shape for one in items} == {(2, 2 * RATE)}
    of_one = [one.data.astype(float) for one in items if one.origin == "a/one"]
    assert len(of_one) == 3
    for given, wanted in of_one:
        assert np.abs(given - 2 * wanted).max() < 8
    assert 0 < sum(one.origin == "a/two" for one in items) < 5
    assert {one.name for one in found if isinstance(one, Skipped)} == {"a/alone.wav", "b/text.wav"}


def test_long_sounds_of_unequal_length_stay_together(
    write: Callable[..., Path], source: Callable[[], Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are heard from their beginning, where one alone is heard here and there."""
    monkeypatch.setattr(listen, "PIECE", 2.0)
    noise = np.random.default_rng(0).uniform(-0.3, 0.3, (12 * RATE, 1))
    write("a/one.wav", noise)
    write("b/one.wav", noise[: 9 * RATE])
    found = list(prepare(source(), CONFIG.model_copy(update={"minutes": 0.1}).for_task("translate")))
    items = [one for one in found if isinstance(one, RawItem)]
    assert len(items) == 5
    for given, wanted in (one.data.astype(int) for one in items):
        assert np.abs(given - wanted)[:-200].max() < 50, (
            "the constant that is taken off, and the end, depend on what follows"
        )
    (left,) = (one for one in found if isinstance(one, Skipped))
    assert left.reason.count("at the end") == 2
    assert "b/one.wav" in left.reason


def test_a_pair_that_is_left_out_says_which_side_is_to_blame(
    write: Callable[..., Path], source: Callable[[], Source]
) -> None:
    write("a/one.wav", tone(3.0))
    write("b/one.wav", np.zeros((3 * RATE, 1)))
    (skipped,) = prepare(source(), CONFIG)
    assert isinstance(skipped, Skipped)
    assert skipped.reason == "the pair is left out: b/one.wav is silent"


def test_a_folder_without_pairs_is_refused(write: Callable[..., Path], source: Callable[[], Source]) -> None:
    write("one.wav", tone(3.0))
    with pytest.raises(InputError, match="two sub-folders"):
        list(prepare(source(), CONFIG))


def test_both_sides_are_cropped_at_the_same_moment() -> None:
    codec = PairCodec(64, steps=2)
    wave = torch.from_numpy((np.random.default_rng(0).normal(size=(3, 40_000)) * 3000).astype(np.int16))
    varied = codec.vary(torch.stack([wave, wave // 2], 1), torch.Generator().manual_seed(3))
    assert varied.shape == (3, 2, codec.crop)
    assert int((varied[:, 0] // 2 - varied[:, 1]).abs().max()) <= 2
    x = codec.encode(varied)
    assert x.shape == (3, 2, 128, 64)
    given, wanted = codec.part(varied)
    assert wanted is not None
    assert torch.equal(x[:, :1], ChangeCodec(64, 2).encode(given))
    assert torch.equal(x[:, 1:], ChangeCodec(64, 2).encode(wanted))


def test_a_run_of_pairs_gets_its_own_codec_and_networks() -> None:
    host = Host("music")
    config = resolve(host.domain, {"plugin": "music", "task": "translate"})
    nets = host.networks(config.domain, DataSpec((2, 128, 256), ()))
    assert isinstance(host.codec(config.domain), PairCodec)
    assert nets.source_channels == 1
    assert nets.discriminator is not None
    made = nets.generator(torch.zeros(1, 1, 128, 128), torch.zeros(1, 0), None)
    assert made.shape == (1, 1, 128, 128)
    assert nets.discriminator(torch.zeros(1, 2, 128, 128), torch.zeros(1, 0)).isfinite().all()
