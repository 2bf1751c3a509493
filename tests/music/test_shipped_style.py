"""Promise: classical music starts toward rock from weights that ship, whose results have drums and keep the rhythm, of pieces
that no training has heard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch
from torch import Tensor

from artgen.contract.settings import TrainConfig
from artgen.data.scan import scan
from artgen.data.store import Store
from artgen.host import Host
from artgen.host.resolve import resolve
from artgen.runfolder.checkpoint import load, matching
from artgen.types import DataSpec
from artgen.verbs.plan import TrainRequest, make_plan
from artgen_music.change import ChangeCodec
from artgen_music.style_metrics import content
from tests.music.conftest import RATE, tone
from tests.music.test_embedded import ITEM, constant

DOMAIN = Host("music").domain.of("style")
PIECE = 2 * ITEM  # samples of four bars
ABOVE = 100  # bands in which these pieces are nearly silent: from 5 kHz on


def held_out() -> list[Path]:
    """The pieces that a run holds out."""
    assert DOMAIN.embedded is not None
    files = scan(DOMAIN.embedded, DOMAIN.suffixes).files
    stems = [file.path.stem.partition("__")[0] for file in files]
    origins = list(dict.fromkeys(stems))
    slices = [soundfile.info(file.path).frames // ITEM - 1 for file in files]
    numbers = np.repeat([origins.index(stem) for stem in stems], slices)
    store = Store(np.zeros((len(numbers), 1), np.int16), (), np.full(len(numbers), -1), numbers, ())
    holdout = resolve(Host("music").domain, {"plugin": "music", "task": "style"}).train.holdout
    assert holdout != TrainConfig().holdout
    held = {origins[item] for item in numbers[store.split(holdout)[1]]}
    return [file.path for file, stem in zip(files, stems, strict=True) if stem in held]


def shipped() -> tuple[ChangeCodec, Any]:
    """The codec of a run, and the translator that ships."""
    host = Host("music")
    config = resolve(host.domain, {"plugin": "music", "task": "style"}, started=True)
    nets, (path,) = host.networks(config.domain, DataSpec((1, 128, 256), ())), DOMAIN.starts
    mine = {f"ema.{name}": tensor for name, tensor in nets.generator.state_dict().items()}
    chosen = matching(path, mine)
    assert chosen.keys() == mine.keys()
    nets.generator.load_state_dict({name[4:]: tensor.float() for name, tensor in load(path, chosen).items()})
    codec = host.codec(config.domain)
    assert isinstance(codec, ChangeCodec)
    return codec, nets.generator.eval()


def test_pairs_leave_out_what_runs_hold_out() -> None:
    """The tool names the pieces; a run finds them by number and order of the files."""
    named = constant("render_pairs", "HELD_OUT")
    assert isinstance(named, tuple)
    stems = [path.stem for path in held_out()]
    assert all(stem.startswith(named) for stem in stems)
    assert all(any(stem.startswith(name) for stem in stems) for name in named)


def test_pieces_that_were_never_heard_get_drums() -> None:
    """Strokes in bands that were silent, over before the next note, and most of the rhythm and the pitch is kept."""
    codec, generator = shipped()
    paths = [
        path for path in held_out() if "concertino__2" not in path.name
    ]  # strings begin softly: no drum can follow
    raw = np.stack([soundfile.read(path, dtype="int16")[0][2 * PIECE : 3 * PIECE] for path in paths])
    given = torch.from_numpy(raw)
    with torch.no_grad():
        x = codec.take(given)
        made = generator(x, torch.zeros(len(x), 0), None)
        kept = content(given, codec.give(given, made))
    assert float(kept["rhythm kept"].mean()) > 0.7
    assert float(kept["pitch kept"].mean()) > 0.7
    before, after = (spectrum[:, 0, ABOVE:].mean(1) for spectrum in (x, made))
    assert strokes(before) < 4 * len(x) < strokes(after)
    assert float(after.quantile(0.2)) < -0.5, "15 dB above silence at most between strokes: no bed of noise"


def strokes(level: Tensor) -> int:
    """How often levels ``[b, t]`` rise by 9 dB within 48 ms and were not doing so before."""
    rising = (level[:, 3:] - level[:, :-3]) > 0.3
    return int((rising[:, 1:] & ~rising[:, :-1]).sum())


def test_a_new_run_starts_from_them_but_toward_a_style_of_ones_own(tmp_path: Path) -> None:
    """Unless they are named: weights that ship know the style that ships."""
    soundfile.write(tmp_path / "a.wav", tone(9.0), RATE)
    ways: dict[str, dict[str, Any]] = {
        "ships": {},
        "mine": {"data": tmp_path},
        "own style": {"style": tmp_path},
        "named": {"style": tmp_path, "init": "rock"},
        "nothing": {"init": "scratch"},
    }
    plans = {
        name: make_plan("music", TrainRequest(task="style", out=tmp_path / name, **more)) for name, more in ways.items()
    }
    stems = {name: [start.path.stem for start in plan.starts] for name, plan in plans.items()}
    assert stems == {"ships": ["rock"], "mine": ["rock"], "own style": [], "named": ["rock"], "nothing": []}
    (start,) = plans["ships"].starts
    assert start.path.stat().st_size < 3.2e6


@pytest.mark.parametrize("task", ["style", "translate"])
def test_only_a_style_has_a_drummer(task: str) -> None:
    """Pairs say themselves what is wanted."""
    config: Any = resolve(Host("music").domain, {"plugin": "music", "task": task}).domain
    assert config.change_drums == (task == "style")
