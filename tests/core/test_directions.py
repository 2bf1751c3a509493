"""Promise: a direction that is planted is found, kept under its name with the run, and refused where it does not belong."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import artgen
from artgen.cli import main
from artgen.errors import InputError
from artgen.inference.directions import (
    Direction,
    Effect,
    between,
    find,
    latents_of,
    load_directions,
    moved,
    pca,
    sample_latents,
    save_directions,
    sefa,
)
from artgen.judge.effects import with_effects
from artgen.judge.features import EncodedFeatures
from artgen.types import Judge, SampleOptions
from artgen.verbs.explore import suggestions
from tests.core.test_trainer import Bench


def test_pca_finds_the_widest_axis() -> None:
    rng = torch.Generator().manual_seed(0)
    axis = torch.nn.functional.normalize(torch.randn(12, generator=rng), dim=0)
    latents = torch.randn(500, 12, generator=rng) + 5 * torch.randn(500, 1, generator=rng) * axis
    assert abs(float(pca(latents, 1)[0] @ axis)) > 0.99


def test_sefa_finds_the_axis_that_the_weights_react_to(bench: Bench) -> None:
    model = bench.trainer().model()
    reader = model.generator.net[0]  # reads the style and, behind it, noise
    size = model.generator.mapping.layers[-1].out_features
    axis = torch.nn.functional.normalize(torch.randn(size, generator=torch.Generator().manual_seed(1)), dim=0)
    with torch.no_grad():
        reader.weight[:, :size] += 50 * reader.weight.norm() * torch.ones(len(reader.weight), 1) * axis
    assert abs(float(sefa(model, 1)[0] @ axis)) > 0.99


def test_one_is_one_standard_deviation_and_zero_changes_nothing(bench: Bench) -> None:
    model = bench.trainer().model()
    known = find(model, 2)
    assert [d.name for d in known] == ["s1", "s2", "p1", "p2"]
    latents = sample_latents(model)
    for direction in known:
        unit = direction.vector / direction.vector.norm()
        assert float((latents @ unit).std()) == pytest.approx(float(direction.vector.norm()), rel=1e-4)
    rows = model.condition({"high": 1})
    plain = model.encoded([3], rows, SampleOptions())
    assert torch.equal(model.encoded([3], rows, SampleOptions(), edit=lambda w: moved(w, {"s1": 0.0}, known)), plain)
    assert not torch.equal(
        model.encoded([3], rows, SampleOptions(), edit=lambda w: moved(w, {"s1": 3.0}, known)), plain
    )


def test_a_direction_between_two_groups_leads_from_one_to_the_other(bench: Bench) -> None:
    model = bench.trainer().model()
    here, there = (latents_of(model, range(64), label) for label in ("low", "high"))
    direction = between(model, "up", here, there)
    ahead = (there.mean(0) - here.mean(0)) @ direction.vector
    assert float(ahead) > 0
    with pytest.raises(InputError, match="same mean"):
        between(model, "none", here, here)


def test_what_a_direction_changes_is_measured_and_points_upwards(bench: Bench) -> None:
    """A direction is planted that makes every work darker: it is found, turned so that it makes them lighter, and told."""
    model = bench.trainer().model()
    first, last = model.generator.net[0], model.generator.net[2]
    size = model.generator.mapping.layers[-1].out_features
    with torch.no_grad():
        first.weight[0] = 0
        first.weight[0, :size] = axis = torch.nn.functional.normalize(torch.ones(size), dim=0)
        last.weight[:, 0] = -0.3
    judge = Judge(EncodedFeatures(model.codec.encode), attributes=lambda raw: {"twin": 2 * raw.float().mean(1)})
    planted = [Direction("s1", axis, "SeFa"), Direction("mine", axis, "supervised")]
    turned, kept = with_effects(model, judge, planted)
    assert turned.effects[0].name == "level"
    assert turned.effects[0].slope > 0.5
    assert turned.effects[0].agree == 1.0
    assert torch.equal(turned.vector, -axis)
    assert torch.equal(kept.vector, axis), "a person's own direction is never turned"
    assert kept.effects[0].slope == pytest.approx(-turned.effects[0].slope)
    assert "twin" not in {e.name for e in turned.effects}, "what is level by another name is told once"
    assert suggestions([turned, kept]) == {"s1": "level"}


def test_directions_are_kept_with_the_run_that_they_belong_to(tmp_path: Path) -> None:
    effects = (Effect("level", 0.1, 0.5, 1.0),)
    known = [Direction("s1", torch.arange(4.0), "SeFa", effects), Direction("mine", torch.ones(4), "supervised")]
    save_directions(tmp_path, known, "abc")
    again = load_directions(tmp_path, "abc", 4)
    assert [(d.name, d.kind, d.effects) for d in again] == [(d.name, d.kind, d.effects) for d in known]
    assert torch.equal(again[0].vector, known[0].vector)
    with pytest.raises(InputError, match="earlier state"):
        load_directions(tmp_path, "other", 4)
    with pytest.raises(InputError, match="broken directions"):
        load_directions(tmp_path, "abc", 5)
    (tmp_path / "directions.safetensors").write_bytes(b"\xff" * 100)
    with pytest.raises(InputError, match="artgen explore"):
        load_directions(tmp_path, "abc", 4)


def test_explore_from_the_command_line(toy: Path, curves: Path, tmp_path: Path,
                                       capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    """Found, shown on a page, renamed, used by sample; an unknown name is answered with the nearest."""
    run = artgen.run("toy", data=curves, images="64", out=tmp_path / "run", device="cpu").folder

    def call(*words: object) -> tuple[int, str]:
        with pytest.raises(SystemExit) as left:
            main([str(word) for word in words])
        said = capsys.readouterr()
        return int(left.value.code or 0), said.out + said.err

    code, said = call("explore", run, "--between", "up=low:high")
    assert code == 0, said
    code, said = call("explore", run, "--count", 2)
    assert code == 0, said
    assert "up" in said, "a direction that a person has named is kept when others are searched anew"
    page = (run / "explore.html").read_text()
    assert page.count("<section") == 5
    code, said = call("explore", run, "--rename", "s1=level")
    assert code == 0, said
    assert call("sample", run, "--count", 1, "--move", "level=2", "--out", tmp_path / "a")[0] == 0
    code, said = call("sample", run, "--move", "levle=2")
    assert (code, "did you mean level" in said) == (2, True)
    for wrong in (
        ("--rename", "nobody=x"),
        ("--rename", "p1=level"),
        ("--between", "x=1"),
        ("--count", 0),
        ("--rename", "p1=../x"),
    ):
        assert call("explore", run, *wrong)[0] == 2, wrong
    assert call("sample", run, "--move", "level")[0] == 2
