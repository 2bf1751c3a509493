"""Promise: what a person writes is parsed once, strictly, and refused with the way out."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artgen.cli.parse import parse_label, parse_seeds
from artgen.contract.settings import DomainConfig, TrainConfig
from artgen.errors import InputError
from artgen.host.resolve import parse, read_toml, resolve, to_toml
from artgen.runtime.budget import parse_budget
from artgen.train import schedules
from artgen.types import Domain


class Own(DomainConfig):
    size: int = 32
    model: str = "plain"


@pytest.fixture
def domain(tmp_path: Path) -> Domain:
    (tmp_path / "tiny.toml").write_text("size = 16\n[train]\nlr_g = 0.5\n")
    return Domain(
        "own", 1, "", Own, (".x",), presets={"tiny": tmp_path / "tiny.toml"}, train={"batch": 8, "lr_g": 0.25}
    )


RUN = {"plugin": "own"}


def test_later_sources_win(domain: Domain, tmp_path: Path) -> None:
    assert resolve(domain, RUN).train.lr_g == 0.25
    assert resolve(domain, RUN, "tiny").train.lr_g == 0.5
    (tmp_path / "mine.toml").write_text("lr_g = 0.75\n[domain]\nsize = 8\n")
    config = resolve(domain, RUN, "tiny", tmp_path / "mine.toml", ["size=4", "train.lr_d=1e-4", "model=other"])
    assert (config.train.lr_g, config.train.lr_d, config.train.batch) == (0.75, 1e-4, 8)
    assert config.domain.model_dump() == {"size": 4, "model": "other"}


def test_the_resolved_config_survives_its_toml(domain: Domain, tmp_path: Path) -> None:
    config = resolve(domain, RUN, "tiny", sets=["r2=false"])
    (tmp_path / "c.toml").write_text(to_toml(config.plain()))
    assert parse(domain, read_toml(tmp_path / "c.toml")) == config


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["lr_gg=1"], "did you mean lr_g"),
        (["domain.lr_g=1"], "no setting domain.lr_g"),
        (["lr_g"], "key=value"),
        (["lr_g=nan"], "lr_g"),
        (["lr_g=fast"], "lr_g"),
        (["batch=0"], "batch"),
        (["penalty=r1"], "exact"),
        (["freeze=trunk"], r"should be a list; write --set 'freeze=\[.trunk.\]'"),
        (["run.plugin=x"], "no setting"),
        (["size=" + "[" * 10_000], "size"),
    ],
)
def test_wrong_settings_name_the_key(domain: Domain, words: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message) as refused:
        resolve(domain, RUN, sets=words)
    assert "--" not in refused.value.page


def test_unknown_preset_names_the_known(domain: Domain) -> None:
    with pytest.raises(InputError, match="tiny"):
        resolve(domain, RUN, "tini")


@pytest.mark.parametrize("text", ["x = " + "[" * 10_000, "x = ", "[x", "\xff"])
def test_files_that_are_no_toml(domain: Domain, tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match=r"bad\.toml"):
        resolve(domain, RUN, config_file=tmp_path / "bad.toml")


@given(st.text(max_size=30))
def test_set_never_fails_in_another_way(text: str) -> None:
    domain = Domain("own", 1, "", Own, (".x",))
    with suppress(InputError):
        resolve(domain, RUN, sets=[text])


@pytest.mark.parametrize(
    ("budget", "images", "seconds", "items"),
    [
        ("90s", None, 90, None),
        ("1h30m", None, 5400, None),
        (None, "200k", None, 200_000),
        (None, None, 300, None),
        ("1 Minute", None, 60, None),
        ("2 hours", None, 7200, None),
        ("1 Hour 30 min", None, 5400, None),
        ("1.5 H", None, 5400, None),
        ("90secs", None, 90, None),
        ("1 day", None, 86_400, None),
        ("10 Minutes", None, 600, None),
    ],
)
def test_budgets(budget: str | None, images: str | None, seconds: float | None, items: int | None) -> None:
    found = parse_budget(budget, images, "5m")
    assert (found.seconds, found.items) == (seconds, items)


@pytest.mark.parametrize(
    ("budget", "images"),
    [
        ("-1", None),
        ("1e99s", None),
        ("5", None),
        (None, "-1"),
        (None, "0"),
        ("3m", "9"),
        ("nan", None),
        ("1 month", None),
        ("ten minutes", None),
        ("5 m 3", None),
        ("", "soon"),
    ],
)
def test_absurd_budgets_are_refused(budget: str | None, images: str | None) -> None:
    with pytest.raises(InputError, match="--"):
        parse_budget(budget, images, "5m")


def test_seeds() -> None:
    assert parse_seeds("0-3,9,2", None) == [0, 1, 2, 3, 9]
    assert parse_seeds(None, 3) == [0, 1, 2]


@given(st.text(alphabet="0123456789-, x", max_size=40))
def test_seeds_are_bounded_or_refused(text: str) -> None:
    try:
        found = parse_seeds(text, None)
    except InputError:
        return
    assert 0 < len(found) <= 200_000
    assert all(0 <= seed < 2**63 for seed in found)


def test_labels() -> None:
    assert parse_label("rock", ()) == {"rock": 1.0}
    assert parse_label("rock=0.5,a b=2", ()) == {"rock": 0.5, "a b": 2.0}
    labels = ("a,b=c", "Café", "rock")
    assert parse_label("a,b=c", labels) == {"a,b=c": 1.0}
    assert parse_label("CAFE\u0301", labels) == {"Café": 1.0}
    assert parse_label('"a,b=c"=0.5,ROCK=1', labels) == {"a,b=c": 0.5, "rock": 1.0}
    for bad in ("rock=x", "a=-1", "a=0", "a=nan"):
        with pytest.raises(InputError, match="--label"):
            parse_label(bad, ())


def test_schedules() -> None:
    train = TrainConfig(warmup=0.1, decay_from=0.5, decay_to=0.2, gamma=2, gamma_end=0.1, ema=0.05)
    factors = [schedules.learning_rate_factor(train, p) for p in (0.05, 0.1, 0.5, 0.75, 1.0)]
    assert factors == pytest.approx([0.5, 1, 1, 0.6, 0.2])
    assert [schedules.gamma(train, p) for p in (0, 0.5, 1)] == pytest.approx([2, 1.1, 0.2])
    assert schedules.ema_decay(train, 1000, 50) == pytest.approx(0.5)
    adaptive = TrainConfig(augment="adaptive", augment_target=0.6, augment_items=1000, augment_max=0.8)
    assert schedules.adapted_strength(adaptive, 0.1, 0.9, 100) == pytest.approx(0.2)
    assert schedules.adapted_strength(adaptive, 0.1, 0.1, 900) == 0
    assert schedules.adapted_strength(adaptive, 0.7, 0.9, 900) == 0.8
