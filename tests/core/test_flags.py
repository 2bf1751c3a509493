"""Promise: every combination of flags is honored or refused, never dropped without a word."""

from __future__ import annotations

import inspect
import shlex
from pathlib import Path

import numpy as np
import pytest

import artgen
from artgen.cli import main
from artgen.cli.parse import Clash, refuse_clashes
from artgen.cli.sample import _CLASHES, _NEEDS, sample
from artgen.errors import InputError, close_to, nearest
from artgen_image.plugin import HERE as IMAGE

# what each flag of artgen sample does beside --projected, and beside --soundtrack; a new flag has to take a stand here
STANDS = {
    "count": ("refused", "honored"), "seeds": ("refused", "honored"), "label": ("refused", "honored"),
    "truncation": ("honored", "honored"), "mix": ("honored", "honored"), "mix_layers": ("honored", "honored"),
    "move": ("honored", "honored"), "projected": ("", "honored"), "like": ("refused", "honored"),
    "pool": ("needs like", "honored"),
    "seconds": ("honored", "honored"), "loop": ("honored", "refused"), "fps": ("honored", "honored"),
    "motion": ("honored", "refused"), "soundtrack": ("honored", ""), "enlarge": ("honored", "honored"),
    "enlarge_strength": ("honored", "honored"), "format": ("honored", "honored"), "loudness": ("honored", "honored"),
    "enlarger": ("honored", "honored"), "rate": ("honored", "honored"), "stereo": ("honored", "honored"),
    "unmarked": ("honored", "honored"), "c2pa": ("honored", "honored"),
    "out": ("honored", "honored"), "device": ("honored", "honored"), "recipe": ("refused", "refused"),
}  # fmt: skip


def test_every_flag_takes_a_stand() -> None:
    flags = set(inspect.signature(sample).parameters) - {"run"}
    assert flags == set(STANDS)


@pytest.mark.parametrize("flag", [flag for flag, stands in STANDS.items() if "refused" in stands])
def test_what_cannot_be_honored_is_refused(flag: str) -> None:
    for other, stand in zip(("projected", "soundtrack"), STANDS[flag], strict=True):
        if stand == "refused":
            with pytest.raises(InputError, match=f"--{flag}"):
                refuse_clashes({flag: "x", other: "y"}, _CLASHES, {})


def test_a_flag_without_the_one_that_it_needs_is_refused() -> None:
    for flag, (needed, _) in _NEEDS.items():
        with pytest.raises(InputError, match=f"--{flag.replace('_', '-')} without --{needed}"):
            refuse_clashes({flag: 1}, (), _NEEDS)
    refuse_clashes({"a": None, "b": (), "c": False}, [Clash("a", "b", "never")])


def test_projected_works_are_steered_like_seeds(toy: Path, curves: Path, tmp_path: Path,
                                                capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    run = artgen.run("toy", data=curves, images="64", out=tmp_path / "run", device="cpu")
    np.save(tmp_path / "me.npy", np.full(16, 90, np.uint8))
    run.project(tmp_path / "me.npy", steps=20)
    run.explore(count=1)
    plain, typical, moved = (
        run.sample([], projected=["me"], **wishes)[0].data.tobytes()
        for wishes in ({}, {"truncation": 0.2}, {"moves": {"s1": 3.0}})
    )
    assert len({plain, typical, moved}) == 3, "--truncation and --move reach projected works"
    capsys.readouterr()
    for words in (["--projected", "me", "--label", "low"], ["--projected", "me", "--projected", "me"], ["--pool", "9"],
                  ["--move", "s1=1", "--move", "s1=2"]):  # fmt: skip
        with pytest.raises(SystemExit) as left:
            main(["sample", str(run.folder), *words])
        assert left.value.code == 2, words
        assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (("run", "my-pictures"), ("my-pictures: no flag", "--data")),
        (("run", "--plugin", "toy", "--data", "My", "Own", "Pictures"), ("Own Pictures: no flag", "quotes")),
        (("export", "runs/mine", "page.html"), ("page.html: no flag", "--out")),
        (("export", "runs/mine", "--out", "My", "page.html"), ("page.html: no flag stands before it; a name",)),
        (("doctor", "me"), ("me: no flag stands before it; a name",)),
        (("run", "image"), ("image: no flag", "--plugin")),
        (("run", "--plugin", "toy", "--data", "My", "Own"), ("Own: no flag stands before it; what", '--data "My Own"')),
        (("run", "--resume", "runs/mine"), ("runs/mine: no flag", "--resume --out runs/mine")),
        (("run", "--set", "width", "96"), ("96: no flag", "--set width=96")),
        (("run", "--plugin", "toy", "--budget", "5", "minutes"), ("minutes: no flag", "--budget 5m")),
        (("walk", "runs/mine", "3", "14"), ("3 14: no flag", "--seeds 3,14")),
        (("sample", "--count", "2"), ("RUN is missing", "artgen sample runs/mine")),
        (("apply", "runs/mine", "a.png"), ("--out is missing", "artgen apply runs/mine")),
        (("run", "--data"), ("--data requires an argument", "artgen run --help")),
        (("--plugin", "toy", "run"), ("--plugin: a command comes first", "artgen run --plugin")),
        (("sample", "runs/mine", "--trunc", "1"), ("Unknown option: --trunc, did you mean --truncation?",)),
        (("walk", "runs/mine", "--trunc=1"), ("did you mean --truncation?",)),
        (("run", "--plugin", "toy", "--comp"), ("did you mean --compile?",)),
        (("run", "--plugin", "toy", "--pluign", "toy"), ("did you mean --plugin?",)),
        (("eval", "runs/mine"), ('Unknown command "eval", did you mean evaluate?',)),
        (("exp", "runs/mine"), ("did you mean export or explain?",)),
        (("sample", "runs/mine", "-n", "4"), ("Unknown option: -n", "artgen sample --help")),
    ],
)
def test_a_word_that_no_flag_takes_comes_back_with_the_way_out(
    words: tuple[str, ...], parts: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(list(words))
    said = capsys.readouterr().err
    assert (left.value.code, said.count("\n")) == (2, 1)
    assert all(part in said for part in parts), said


def test_a_name_that_was_not_typed_to_its_end_is_found_before_one_that_is_spelled_like_it() -> None:
    assert close_to("enl", ["nel", "enlarge_strength", "enlarge"]) == ["enlarge", "enlarge_strength"]
    assert close_to("e", ["enlarge", "easy"]) == [], "one letter says nothing"
    assert nearest("lr_q", ["lr_g", "lr_d"]) == "did you mean lr_g or lr_d?"
    assert nearest("zzz", ["lr_g"]) == "known: lr_g"


def test_a_walk_of_works_without_a_length_names_what_makes_it_longer(tmp_path: Path) -> None:
    run = artgen.load(IMAGE / "weights" / "start.safetensors", "cpu")
    with pytest.raises(InputError, match=r"--seconds 3: .* works of image have none; .* --steps .* --fps"):
        run.walk([1, 2], out=tmp_path / "walk", seconds=3)
    assert not (tmp_path / "walk").exists()


@pytest.mark.parametrize("name", ["my run", "Käthe's"])
def test_a_command_that_is_said_can_be_typed_as_it_stands(
    name: str,
    toy: Path,
    curves: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as left:
        main(["run", "--plugin", "toy", "--data", str(curves), "--images", "64", "--out", name])
    more = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("more:"))
    words = shlex.split(more.removeprefix("more:"))
    assert (left.value.code, words) == (0, ["artgen", "sample", name])
    with pytest.raises(SystemExit) as left:
        main([*words[1:], "--count", "1"])
    assert left.value.code == 0


def test_a_folder_with_spaces_that_is_there_comes_back_in_quotes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("runs/Käthe 1").mkdir(parents=True)
    with pytest.raises(SystemExit) as left:
        main(["sample", "runs/Käthe", "1"])
    assert (left.value.code, '"runs/Käthe 1"' in capsys.readouterr().err) == (2, True)


def test_a_name_that_begins_with_a_dash_comes_back_as_it_has_to_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("-turned.png").touch()
    with pytest.raises(SystemExit) as left:
        main(["apply", "runs/mine", "-turned.png", "--out", "changed"])
    assert (left.value.code, "./-turned.png" in capsys.readouterr().err) == (2, True)
