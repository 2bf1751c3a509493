"""Promise: a sample is a function of its own seed; truncation and class weights do what they say; figures notice bad samples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import pytest
import torch

from artgen.errors import InputError
from artgen.inference.latent import render, seed_latent
from artgen.inference.model import Mix, Model
from artgen.inference.noise import PerSeedNoise
from artgen.inference.walk import Walk, slerp, walk
from artgen.judge.features import EncodedFeatures
from artgen.judge.quality import evaluate
from artgen.judge.reference_sets import Reals, held_out
from artgen.train.trainer import Trainer
from artgen.types import Judge, Sample, SampleOptions
from tests.core.test_trainer import Bench


def samples(model: Model, seeds: Sequence[int]) -> Iterator[Sample]:
    return render(model, [seed_latent(model, seed) for seed in seeds])


def test_same_seed_same_bytes_whatever_else_is_asked_for(bench: Bench) -> None:
    model = bench.trainer().model()
    many = {s.seed: s.data.tobytes() for s in samples(model, range(8))}
    assert {s.seed: s.data.tobytes() for s in samples(model, [5])} == {5: many[5]}
    assert [s.data.tobytes() for s in samples(model, [3, 1])] == [many[3], many[1]]
    assert len(set(many.values())) == 8


def test_classes_take_turns_or_are_mixed(bench: Bench) -> None:
    model = bench.trainer().model()
    assert [s.label for s in samples(model, range(4))] == ["high", "low", "high", "low"]
    half = model.condition({"high": 1, "low": 3})
    assert half.tolist() == [[0.25, 0.75]]
    with pytest.raises(InputError, match="did you mean high"):
        model.condition({"hihg": 1})


def test_truncation_zero_is_the_mean_style(bench: Bench) -> None:
    model = bench.trainer().model()
    condition = model.condition({"high": 1}).expand(6, -1)
    spread = [float(model.encoded(range(6), condition, SampleOptions(), psi).std(0).mean()) for psi in (1.0, 0.5, 0.0)]
    assert spread[0] > spread[1] > spread[2]


def test_evaluation_states_both_anchors(bench: Bench) -> None:
    trainer = bench.trainer()
    judge = Judge(EncodedFeatures(trainer.codec.encode), lambda raw: {"level": raw.float().mean(1)})
    reals = held_out(bench.store, trainer.config.train.holdout)
    found, nearest = evaluate(trainer.model(), judge, reals, 16)
    kid = found["figures"][0]
    assert (kid["name"], kid["label"]) == ("KID", None)
    assert kid["real"] < kid["value"]
    assert {f["label"] for f in found["figures"]} == {None, "high", "low"}
    assert len(nearest.item) == 32
    assert set(nearest.item) <= set(reals.reference), "held-out items are no training items"
    level = found["figures"][-1]
    assert level["name"] == "level"
    assert level["real"] < level["value"], "an untrained generator knows no levels"
    with pytest.raises(InputError, match="holdout"):
        held_out(bench.store, 0.0)


def test_perfect_samples_score_like_held_out_data_and_copies_are_noticed(bench: Bench) -> None:
    """Figures are right at their ends: what samples score that are training items themselves."""
    trainer = bench.trainer()
    judge = Judge(EncodedFeatures(trainer.codec.encode))
    half = np.arange(0, 80, 2)
    reals = Reals(bench.store, half, half + 1)
    found, _ = evaluate(_Parrot(trainer, half), judge, reals, 20)
    figures = {(f["name"], f["label"]): f for f in found["figures"]}
    assert figures["copies", None]["value"] == 1.0
    assert figures["copies", None]["real"] < 0.3
    assert figures["copies", None]["noise"] is None, "noise copies nothing: it is no worst case"
    assert figures["precision", None]["value"] == 1.0
    assert figures["coverage", None]["value"] > 0.5 > figures["coverage", None]["noise"]
    assert figures["FID", None]["value"] < figures["FID", None]["noise"]


class _Parrot:
    """A model that gives training items for samples."""

    def __init__(self, trainer: Trainer, numbers: np.ndarray) -> None:
        model = trainer.model()
        self.codec, self.spec, self.device, self.generator = model.codec, model.spec, model.device, model.generator
        self._items = {
            label: trainer.store.items[[n for n in numbers if trainer.store.label_index[n] == k]]
            for k, label in enumerate(model.spec.labels)
        }

    def raw(self, seeds: Sequence[int], labels: Sequence[str]) -> torch.Tensor:
        chosen = [self._items[label][seed % len(self._items[label])] for seed, label in zip(seeds, labels, strict=True)]
        return torch.from_numpy(np.stack(chosen))


def test_style_mixing_changes_the_layers_asked_for_only(bench: Bench) -> None:
    model = bench.trainer().model()
    rows = model.condition({"high": 1})
    plain, other = (model.encoded([seed], rows, SampleOptions()) for seed in (1, 2))
    last = model.generator.style_layers - 1
    all_layers = model.encoded([1], rows, SampleOptions(), mix=Mix(2, 0))
    assert not torch.equal(all_layers, plain)
    draws_of_one = model.play(*_style_of(model, 2, rows), SampleOptions())
    assert torch.equal(all_layers, draws_of_one), "every layer mixed is the other seed's style with the own noise"
    assert not torch.equal(model.encoded([1], rows, SampleOptions(), mix=Mix(2, last)), other)
    with pytest.raises(InputError, match=f"layers 0-{last}"):
        model.encoded([1], rows, SampleOptions(), mix=Mix(2, last + 1))


def _style_of(model: Model, seed: int, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, PerSeedNoise]:
    style = model.latents(PerSeedNoise([seed], model.device), rows)
    noise = PerSeedNoise([1], model.device)
    noise.normal(model.latent)
    return style[:, None].expand(-1, model.generator.style_layers, -1), rows, noise


def test_a_walk_starts_and_ends_on_its_seeds_and_moves_in_small_steps(bench: Bench) -> None:
    model = bench.trainer().model()
    stops = [seed_latent(model, seed, {"low": 1.0}) for seed in (1, 4)]
    steps = [s.data.astype(int) for s in walk(model, Walk(("1", "4"), 10), stops, SampleOptions())]
    assert len(steps) == 11
    at_seed = next(render(model, stops[:1])).data
    assert np.array_equal(steps[0], at_seed)
    whole = np.abs(steps[0] - steps[-1]).mean()
    assert max(np.abs(a - b).mean() for a, b in pairwise(steps)) < 0.5 * whole
    loop = [s.data for s in walk(model, Walk(("1", "4"), 10, loop=True), stops, SampleOptions())]
    assert len(loop) == 20
    assert np.array_equal(loop[0], steps[0])
    arc = [s.data for s in walk(model, Walk(("1", "4"), 10, line="arc"), stops, SampleOptions())]
    assert np.array_equal(arc[-1], steps[-1])
    assert not np.array_equal(arc[5], steps[5])


@pytest.mark.parametrize(("stops", "steps"), [(("3",), 5), (("3", "3"), 5), (("1", "2"), 0), (("1", "2"), 10**6)])
def test_a_walk_that_goes_nowhere_or_never_ends_is_refused(stops: tuple[str, ...], steps: int) -> None:
    with pytest.raises(InputError, match=r"two different|--steps"):
        Walk(stops, steps)


def test_slerp_keeps_the_length() -> None:
    a, b = torch.randn(2, 1, 64, generator=torch.Generator().manual_seed(0)).unbind(0)
    middle = slerp(a, b, 0.5)
    assert middle.norm() == pytest.approx(float((a.norm() + b.norm()) / 2), rel=1e-5)
    assert torch.allclose(slerp(a, b, 0.0), a)
    assert torch.allclose(slerp(a, a, 0.3), a)


def test_a_walk_slows_down_at_its_places_unless_told_otherwise() -> None:
    eased, steady = ([share for _, _, share in Walk(("1", "2"), 8, ease=ease).places()] for ease in (True, False))
    assert steady == [k / 8 for k in range(8)] + [0.0]
    assert eased[1] < 0.5 * steady[1]
    assert eased[7] > 1 - 0.5 * (1 - steady[7])
    assert eased[4] == pytest.approx(0.5)
