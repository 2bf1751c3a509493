"""Promise: networks start from what was learned with other classes, or with none, as if it had been learned for theirs."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from artgen.contract.networks import LearnsClasses
from artgen.host.answers import distances
from artgen.nn import MappingNetwork, ProjectionHead
from artgen.train.transfer import mixed

Z, FEATURES, CLASSES = 6, 8, 3


def part(kind: str, classes: int, seed: int) -> torch.nn.Module:
    torch.manual_seed(seed)
    return MappingNetwork(Z, classes, 5) if kind == "mapping" else ProjectionHead(FEATURES, classes)


def answer(module: torch.nn.Module, condition: torch.Tensor) -> torch.Tensor:
    rng = torch.Generator().manual_seed(3)
    size = Z if isinstance(module, MappingNetwork) else FEATURES
    return module(torch.randn(4, size, generator=rng), condition.expand(4, -1))


def start(new: torch.nn.Module, old: torch.nn.Module, weights: torch.Tensor) -> torch.nn.Module:
    assert isinstance(new, LearnsClasses)
    made = new.from_classes(old.state_dict(), weights)
    new.load_state_dict({**new.state_dict(), **made})
    return new


@pytest.mark.parametrize("kind", ["mapping", "head"])
def test_without_classes_it_answers_as_the_class_that_was_nearest(kind: str) -> None:
    old, one = part(kind, CLASSES, 0), torch.eye(CLASSES)[1:2]
    new = start(part(kind, 0, 1), old, one)
    assert torch.allclose(answer(new, torch.empty(1, 0)), answer(old, one), atol=1e-5)


@pytest.mark.parametrize("kind", ["mapping", "head"])
def test_other_classes_answer_as_those_they_were_made_of(kind: str) -> None:
    old, weights = part(kind, CLASSES, 0), torch.eye(CLASSES)[[2, 0]]
    new = start(part(kind, 2, 1), old, weights)
    for row, source in enumerate((2, 0)):
        mine, theirs = torch.eye(2)[row : row + 1], torch.eye(CLASSES)[source : source + 1]
        assert torch.allclose(answer(new, mine), answer(old, theirs), atol=1e-5)


@pytest.mark.parametrize("kind", ["mapping", "head"])
def test_what_was_learned_without_classes_is_every_class_at_first(kind: str) -> None:
    old = part(kind, 0, 0)
    new = start(part(kind, 2, 1), old, torch.empty(2, 0))
    for row in torch.eye(2):
        assert torch.allclose(answer(new, row[None]), answer(old, torch.empty(1, 0)), atol=1e-5)


def test_a_class_of_the_same_name_is_itself_and_others_follow_the_shares() -> None:
    shares = torch.tensor([[0.5, 0.5], [0.9, 0.1]])
    assert mixed(("cats", "dogs"), ("dogs", "owls"), shares).tolist() == [[0, 1], pytest.approx([0.9, 0.1])]
    assert mixed(("cats", "dogs"), ()).tolist() == [[0.5, 0.5]]
    assert mixed((), ("owls",)).shape == (1, 0)


def test_distances_that_are_none_are_said_with_their_shapes() -> None:
    right = [np.zeros((5, 3)), np.zeros((5, 1))]
    assert distances(right, 5, 2) is None
    for wrong in (right[:1], [right[0], np.zeros(5)], [right[0], np.zeros((4, 1))], [right[0], np.zeros((5, 0))]):
        assert "expected [5, k] for each of 2 starts" in str(distances(wrong, 5, 2))
