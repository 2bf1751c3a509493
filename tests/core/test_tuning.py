"""Promise: a run that starts from weights takes the domain's gentler settings, unless the person says otherwise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from artgen.contract.domain import Domain
from artgen.contract.settings import DomainConfig, TrainConfig
from artgen.host import Host
from artgen.host.resolve import resolve
from artgen.train import schedules
from artgen.types import TaskDefaults
from artgen.verbs.plan import TrainRequest, make_plan
from tests.core.test_trainer import Bench


def domain() -> Domain:
    return Domain("d", 1, "", DomainConfig, (".x",), train={"lr_g": 0.1}, tuning={"lr_g": 0.01, "ema_from": 100})


@pytest.mark.parametrize(
    ("started", "sets", "rate"), [(False, (), 0.1), (True, (), 0.01), (True, ("lr_g=0.05",), 0.05)]
)
def test_the_person_wins_over_the_tuning_and_the_tuning_over_the_domain(
    started: bool, sets: tuple[str, ...], rate: float
) -> None:
    assert resolve(domain(), {"plugin": "d"}, sets=sets, started=started).train.lr_g == rate


@pytest.mark.parametrize(("data", "rate", "ema_from"), [("embedded", 0.001, 100), ("mine", 0.01, 100)])
def test_data_that_the_start_has_learned_has_a_tuning_of_its_own(data: str, rate: float, ema_from: int) -> None:
    gentle = replace(domain(), tuning_embedded={"lr_g": 0.001})
    train = resolve(gentle, {"plugin": "d", "data": data}, started=True).train
    assert (train.lr_g, train.ema_from) == (rate, ema_from)
    assert resolve(gentle, {"plugin": "d", "data": data}).train.lr_g == 0.1, "from nothing"


@pytest.mark.parametrize("wish", ["data", "style"])
def test_a_folder_of_ones_own_called_embedded_is_not_taken_for_what_ships(tmp_path: Path, wish: str) -> None:
    """Its run has other rates, and is resumed and judged with these works and no others."""
    mine = tmp_path / "embedded"
    mine.mkdir()
    for number in range(8):
        Image.new("RGB", (8, 8)).save(mine / f"{number}.png")
    request = TrainRequest(task="style" if wish == "style" else "generate", out=tmp_path / "run")
    names = {name: getattr(make_plan("image", ask).config.run, wish)
             for name, ask in {"mine": replace(request, **{wish: mine}), "ships": request}.items()}  # fmt: skip
    assert names == {"mine": "embedded/", "ships": "embedded"}


def test_a_task_with_networks_of_its_own_has_a_tuning_of_its_own() -> None:
    assert domain().of("generate").tuning == domain().tuning
    other = replace(domain(), defaults={"style": TaskDefaults(preset="style")})
    assert other.of("style").tuning == {}
    other = replace(domain(), defaults={"style": TaskDefaults(preset="style", tuning={"lr_d": 0.02})})
    assert other.of("style").tuning == {"lr_d": 0.02}


@pytest.mark.parametrize("plugin", ["image", "music", "video"])
def test_no_preset_that_is_the_default_hides_a_tuning(plugin: str) -> None:
    """A preset counts more than a tuning, which it would switch off where it names the same setting."""
    domain = Host(plugin).domain
    for task in domain.tasks:
        own = domain.of(task)
        wanted = {**own.tuning, **own.tuning_embedded}
        train = resolve(domain, {"plugin": plugin, "task": task, "data": "embedded"}, started=True).train
        assert {name: getattr(train, name) for name in wanted} == wanted, task


def test_the_average_goes_on_with_what_the_start_has_seen() -> None:
    fresh, tuned = (TrainConfig.model_validate({"ema": 0.5, "ema_from": seen}) for seen in (0, 96))
    assert schedules.ema_decay(fresh, 4, 2) == 0.5
    assert schedules.ema_decay(tuned, 4, 2) == pytest.approx(0.5 ** (2 / 50))


def test_other_settings_of_a_training_take_effect_at_once(bench: Bench, tmp_path: Path) -> None:
    trainer = bench.trainer("lr_g=0.1")
    weights = [p.clone() for p in trainer.networks.generator.parameters()]
    train = trainer.config.train.model_copy(
        update={"lr_g": 0.001, "augment_strength": 0.0, "decay_from": 1.0, "warmup": 0.0}
    )
    trainer.settle(trainer.config.model_copy(update={"train": train}))
    assert all(bool((a == b).all()) for a, b in zip(weights, trainer.networks.generator.parameters(), strict=True))
    trainer.step()
    assert trainer._learners["g"].optimizer.lr == pytest.approx(0.001)
