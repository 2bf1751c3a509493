"""Promise: the embedded music has one tempo, and what its start weights leave out is what runs hold out."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import soundfile
import torch

from artgen.contract.settings import TrainConfig
from artgen.data.scan import scan
from artgen.data.store import Store
from artgen_music.config import HOP, SAMPLE_RATE
from artgen_music.plugin import artgen_domain
from artgen_music.spectrum import LogMel

TOOLS = Path(__file__).parents[2] / "plugins" / "music" / "tools"
DOMAIN = artgen_domain()
BEAT = 32  # frames
ITEM = 8 * BEAT * HOP  # samples


def constant(tool: str, name: str) -> object:
    """What a tool, which needs more than the tests have, calls ``name``."""
    tree = ast.parse((TOOLS / f"{tool}.py").read_text(encoding="utf-8"))
    (found,) = (
        node.value for node in tree.body if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == name
    )
    return ast.literal_eval(found)


def test_what_start_weights_leave_out_is_what_runs_hold_out() -> None:
    """The tool names the held-out pieces; a run finds them by number and order of the files, excerpts of a piece together."""
    assert DOMAIN.embedded is not None
    source = scan(DOMAIN.embedded, DOMAIN.suffixes)
    stems = [file.path.stem.partition("__")[0] for file in source.files]
    origins = list(dict.fromkeys(stems))
    slices = [soundfile.info(file.path).frames // ITEM - 1 for file in source.files]
    classes = [source.labels.index(file.label) for file in source.files if file.label is not None]
    of, numbers = (np.repeat(values, slices) for values in (classes, [origins.index(stem) for stem in stems]))
    store = Store(np.zeros((len(of), 1), np.int16), source.labels, of, numbers, ())
    held = {origins[numbers[item]] for item in store.split(TrainConfig().holdout)[1]}
    named = constant("render_wide", "HELD_OUT")
    assert isinstance(named, tuple)
    assert all(stem.startswith(named) for stem in held)
    assert all(any(stem.startswith(name) for stem in held) for name in named)


def test_beats_of_all_pieces_fall_on_the_same_frames() -> None:
    """A piece is whole items of two bars, and most sounds begin on halves of a beat: a small network learns that in minutes."""
    assert constant("unify", "BEAT") == BEAT * HOP / SAMPLE_RATE
    assert DOMAIN.embedded is not None
    logmel, begins = LogMel(), []
    for path in sorted(DOMAIN.embedded.rglob("*.ogg"))[::2]:
        sound, rate = soundfile.read(path, dtype="float32")
        assert rate == SAMPLE_RATE
        assert len(sound) % ITEM == 0, path.name
        if path.parent.name in ("pop", "rock"):
            rise = logmel(torch.from_numpy(sound[: 3 * ITEM])[None])[0].diff(dim=1).clamp_min(0).sum(0)
            begins.append(int(rise[: len(rise) // BEAT * BEAT].view(-1, BEAT // 2).sum(0).argmax()))
    usual = int(np.median(begins))
    assert np.mean([abs(begin - usual) <= 1 for begin in begins]) > 0.9
