"""Promise: every command works on pictures, from a folder to samples, walks, figures, comparison and reconstructions."""

from __future__ import annotations

import json
import platform
import shutil
from pathlib import Path
from typing import Any

import imageio.v3 as iio
import numpy as np
import pytest
from PIL import Image
from safetensors.torch import load_file

import artgen
from artgen.cli import main
from artgen.errors import InputError
from tests.e2e.private import found_in
from tests.image.conftest import SMALL

SETS = [word for pair in SMALL for word in ("--set", pair)]


def call(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    """Exit code, standard output, standard error of one command."""
    with pytest.raises(SystemExit) as left:
        main([str(word) for word in words])
    said = capsys.readouterr()
    return int(left.value.code or 0), said.out, said.err


@pytest.fixture(autouse=True)
def _cache(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTGEN_CACHE", str(folder / "cache"))


def test_a_run_is_judged_and_shows_its_nearest_items(run: Path) -> None:
    names = {figure["name"] for figure in json.loads((run / "quality.json").read_text())["figures"]}
    assert names >= {"KID", "FID", "precision", "recall", "density", "coverage", "copies", "brightness", "detail"}
    assert (run / "nearest.png").exists()
    assert "Nearest training items" in (run / "report.html").read_text()


def test_a_judged_run_does_not_say_where_it_lies_and_on_which_machine(run: Path, folder: Path) -> None:
    assert found_in(run, [str(folder), str(Path.home()) + "/", platform.node() + "."]) == []


def test_evaluate_prints_every_figure_with_its_anchors(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "evaluate", run, "--count", 8)
    assert code == 0
    assert "real held out" in out
    assert "KID red" in out
    assert json.loads((run / "quality.json").read_text())["items"] == 16


def test_evaluate_against_another_folder(run: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (run / "quality.json").read_bytes()
    code, _, _ = call(
        capsys, "evaluate", run, "--against", folder / "data" / "red", "--count", 8, "--out", folder / "against.json"
    )
    assert code == 0
    assert (run / "quality.json").read_bytes() == before, "the run's own figures stay"
    assert json.loads((folder / "against.json").read_text())["figures"]


def test_figures_need_the_data(run: Path, folder: Path, monkeypatch: pytest.MonkeyPatch,
                               capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    monkeypatch.setenv("ARTGEN_CACHE", str(folder / "empty"))
    code, _, err = call(capsys, "evaluate", run)
    assert code == 2
    assert "--data" in err
    assert call(capsys, "evaluate", run, "--data", folder / "data", "--count", 8)[0] == 0


def test_a_walk_is_a_film(run: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(
        capsys, "walk", run, "--seeds", "1,2", "--steps", 5, "--loop", "--fps", 12, "--out", folder / "w"
    )
    assert code == 0
    film, loop = (Path(line) for line in out.split())
    frames = iio.imread(film)
    assert frames.shape == (10, 256, 256, 3)
    assert iio.immeta(film, plugin="pyav")["fps"] == 12
    with Image.open(loop) as moving:
        assert moving.n_frames == 10
        assert "artgen" in str(moving.info["comment"])


def test_style_mixing_from_the_command_line(run: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = [folder / "plain", folder / "mixed"]
    assert call(capsys, "sample", run, "--seeds", 1, "--out", where[0])[0] == 0
    assert call(capsys, "sample", run, "--seeds", 1, "--mix", 2, "--mix-layers", "0-", "--out", where[1])[0] == 0
    plain, mixed = (next(w.glob("seed*.png")).read_bytes() for w in where)
    assert plain != mixed
    code, _, err = call(capsys, "sample", run, "--mix-layers", "x", "--mix", 2)
    assert (code, "--mix-layers x" in err) == (2, True)


def test_apply_reconstructs_files_and_never_touches_them(vae: Path, folder: Path,
                                                         capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    (folder / "mine").mkdir()
    Image.new("RGB", (30, 18), "red").save(folder / "mine" / "a picture.png")
    (folder / "mine" / "text.png").write_text("no picture")
    before = (folder / "mine" / "a picture.png").read_bytes()
    code, out, err = call(capsys, "apply", vae, folder / "mine", "--out", folder / "again")
    assert (code, "1 file could not be used" in err) == (2, True)
    assert "1 written" in out
    assert "skipped text.png" in out
    with Image.open(folder / "again" / "a picture.png") as result:
        assert result.size == (16, 16)
    assert (folder / "again" / "sheet.png").exists()
    assert (folder / "mine" / "a picture.png").read_bytes() == before
    _, out, _ = call(capsys, "apply", vae, folder / "mine", "--out", folder / "again")
    assert "0 written" in out
    assert "1 were there already" in out
    code, _, err = call(capsys, "apply", vae, folder / "mine", "--out", folder / "mine")
    assert (code, "holds the sources" in err) == (2, True)


def test_apply_needs_a_run_that_can(run: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = call(capsys, "apply", run, folder / "data", "--out", folder / "none")
    assert (code, "--task reconstruct" in err) == (2, True)


def test_comparison_puts_gan_and_vae_on_one_page(run: Path, vae: Path, folder: Path,
                                                 capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    code, _, err = call(capsys, "compare", run, vae, "--count", 8, "--out", folder / "compare.html")
    assert code == 0, err
    page = (folder / "compare.html").read_text()
    assert page.count("data:image/png;base64") == 3, "two sheets of samples, one of reconstructions"
    for word in ("vae", "modern", "KID", "reconstruction", "samples/s", "items in"):
        assert word in page
    assert call(capsys, "compare", run)[0] == 2


def test_a_config_edited_after_the_training_is_refused(run: Path, tmp_path: Path) -> None:
    copied = Path(shutil.copytree(run, tmp_path / "edited"))
    config = copied / "config.toml"
    config.write_text(config.read_text().replace('resample = "lanczos"', 'resample = "box"'))
    with pytest.raises(InputError, match="resample is box, but its checkpoint was trained with lanczos"):
        artgen.run(out=copied, resume=True, images="8")


def test_frozen_layers_stay_as_they_were(run: Path, folder: Path) -> None:
    """Transfer with a frozen lower half: what is frozen is what came from the earlier run, the rest has moved."""
    sets = [*SMALL, 'freeze=["discriminator.trunk.fold", "generator.mapping"]']
    done = artgen.run("image", data=folder / "data", images="32", out=folder / "moved", device="cpu",
                      preset="tiny", init=str(run), sets=sets)  # fmt: skip
    old, new = (load_file(where / "checkpoints" / "last.safetensors") for where in (run, done.folder))
    assert done.config.run.start == run.name
    same = {name for name in old if name.startswith(("generator.", "discriminator.")) and old[name].equal(new[name])}
    assert {n for n in old if n.startswith(("discriminator.trunk.fold.", "generator.mapping."))} <= same
    assert "generator.net.paint.weight" not in same
    with pytest.raises(InputError, match="there is no discriminator"):
        artgen.run(
            "image", data=folder / "data", images="32", out=folder / "no", sets=["freeze=['discriminator.tronk']"]
        )


@pytest.mark.parametrize(
    ("wishes", "sets", "told"),
    [
        ({"task": "reconstruct", "preset": "tiny"}, [], "cannot reconstruct one; choose --preset vae or autoencoder"),
        ({"task": "reconstruct"}, ["model=dcgan"], "cannot reconstruct one; choose --preset vae or autoencoder"),
        ({"preset": "vae"}, [], "have no discriminator to play against; choose --preset small or "),
    ],
)
def test_networks_of_another_task_are_refused_and_presets_that_suit_named(
    folder: Path, tmp_path: Path, wishes: dict[str, Any], sets: list[str], told: str
) -> None:
    with pytest.raises(InputError, match=f"--task {wishes.get('task', 'generate')}: .*{told}"):
        artgen.run("image", data=folder / "data", images="8", out=tmp_path / "run", device="cpu",
                   sets=[*SMALL, *sets], **wishes)  # fmt: skip


def test_a_picture_of_ones_own_is_projected_mixed_and_walked_to(run: Path, folder: Path,
                                                                capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    Image.new("RGB", (20, 20), (200, 60, 60)).save(folder / "me.png")
    code, out, err = call(capsys, "project", run, folder / "me.png", "--steps", 10)
    assert code == 0, err
    assert "me: error" in out
    where = [folder / "as-found", folder / "with-style"]
    assert call(capsys, "sample", run, "--projected", "me", "--out", where[0])[0] == 0
    assert call(capsys, "sample", run, "--projected", "me", "--mix", 2, "--mix-layers", "1-", "--out", where[1])[0] == 0
    plain, mixed = ((w / "me.png").read_bytes() for w in where)
    assert plain != mixed
    code, out, err = call(
        capsys, "walk", run, "--seeds", 1, "--projected", "me", "--steps", 3, "--out", folder / "to-me"
    )
    assert code == 0, err
    film = iio.imread(Path(out.split()[0]))
    assert len(film) == 4
    with Image.open(where[0] / "me.png") as found:
        end = np.asarray(found.resize((256, 256), Image.Resampling.NEAREST)).astype(int)
    assert np.abs(film[-1].astype(int) - end).mean() < 12, "the walk ends on the work that was found"
    assert np.abs(film[0].astype(int) - end).mean() > np.abs(film[-1].astype(int) - end).mean()


def test_what_cannot_be_steered_says_what_it_can_do(run: Path, vae: Path, folder: Path,
                                                   capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    (folder / "song.wav").write_bytes(b"RIFF....WAVEfmt ")
    for words in (("project", run, folder / "song.wav"), ("sample", run, "--like", folder / "song.wav")):
        code, _, err = call(capsys, *words)
        assert (code, "song.wav: cannot be used by image" in err) == (2, True), err
    code, out, err = call(capsys, "explore", vae, "--count", 1)
    assert code == 0, err
    assert "s1" in out, "the decoder of an autoencoder has directions too"
    code, _, err = call(capsys, "walk", run, "--projected", "nobody")
    assert (code, "--projected nobody" in err) == (2, True)


def test_what_a_run_made_is_known_as_its_own(run: Path, vae: Path, folder: Path,
                                             capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    made = folder / "labelled"
    assert call(capsys, "sample", run, "--seeds", 3, "--out", made)[0] == 0
    (file,) = made.glob("seed*.png")
    code, out, _ = call(capsys, "verify", file, "--run", run)
    assert code == 0
    assert "software artgen " in out
    assert f", that of {run}" in out
    assert "plugin image (artgen-suite " in out
    code, _, err = call(capsys, "verify", file, "--run", vae)
    assert code == 7
    assert f"{vae} is model " in err
    assert call(capsys, "verify", run / "report.html")[0] == 0
    assert call(capsys, "verify", run / "report.html", "--run", run)[0] == 2
    assert call(capsys, "verify", run / "nearest.png", "--run", run)[0] == 0
    assert call(capsys, "verify", file, "--run", folder)[0] == 2
    _, out, _ = call(capsys, "sample", run, "--seeds", 3, "--out", folder / "without", "--unmarked")
    assert "without the invisible mark" in out


def test_a_signed_sample(run: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("c2pa")
    assert call(capsys, "sample", run, "--seeds", 4, "--out", folder / "signed", "--c2pa")[0] == 0
    for file in (folder / "signed").iterdir():
        code, out, _ = call(capsys, "verify", file, "--run", run)
        assert code == 0
        assert "signed with your own certificate" in out
