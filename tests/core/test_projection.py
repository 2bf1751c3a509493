"""Promise: a work of the generator's own is found again; a latent is kept under its name, played, moved, refused elsewhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import artgen
from artgen.cli import main
from artgen.errors import InputError
from artgen.inference.inversion import project
from artgen.inference.latent import Latent, encode, render, seed_latent
from artgen.inference.projections import load_projection
from artgen.inference.walk import Walk, walk
from artgen.types import SampleOptions
from artgen.verbs.sample import nearest_seeds
from tests.core.test_trainer import Bench


def test_a_work_of_the_generators_own_is_found_again(bench: Bench) -> None:
    """The error falls to a tenth, and the latent that is returned is the one that was measured."""
    trainer = bench.trainer()
    model = trainer.model()
    model.generator.eval()
    with torch.no_grad():
        for parameter in model.generator.parameters():
            parameter.mul_(2.0)  # an untrained generator hardly reacts to its latent
    rows = model.condition({"low": 1.0})
    with torch.no_grad():
        target = model.encoded([100_007], rows, SampleOptions()).clone()
    found = project(model, trainer.networks.discriminator, target, None, 200)
    assert found.error < 0.3 * found.start
    with torch.no_grad():
        again = encode(model, found.latent, SampleOptions())
    assert float((again - target).square().mean().sqrt()) == pytest.approx(found.error, rel=1e-3)
    stops = [seed_latent(model, 1, {"low": 1.0}), found.latent]
    steps = [s.data for s in walk(model, Walk(("1", "me"), 4), stops, SampleOptions())]
    assert np.array_equal(steps[0], next(render(model, stops[:1])).data)
    assert np.array_equal(steps[-1], model.codec.decode(again)[0].numpy()), "a walk ends on the work that was found"


def kept(run: artgen.Run, name: str = "file-7-up") -> Latent:
    return load_projection(run.folder, name, run.model, run.fingerprint())


def test_project_from_the_command_line(toy: Path, curves: Path, tmp_path: Path,
                                       capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    run = artgen.run("toy", data=curves, images="64", out=tmp_path / "run", device="cpu")
    mine = tmp_path / "7 up.npy"
    np.save(mine, np.full(16, 90, np.uint8))

    def call(*words: object) -> tuple[int, str]:
        with pytest.raises(SystemExit) as left:
            main([str(word) for word in words])
        said = capsys.readouterr()
        return int(left.value.code or 0), said.out + said.err

    code, said = call("project", run.folder, mine, "--steps", 20)
    assert code == 0, said
    assert "file-7-up: error" in said
    assert kept(run).vector.isfinite().all()
    assert len(kept(run).noise) == 1, "what was drawn beside the latent is kept"
    assert call("sample", run.folder, "--projected", "file-7-up", "--out", tmp_path / "a")[0] == 0
    assert (tmp_path / "a" / "sheet.png").exists()
    code, said = call("walk", run.folder, "--projected", "file-7-up", "--seeds", 1)
    assert (code, "no way to show a walk" in said) == (2, True)
    assert call("explore", run.folder, "--count", 1)[0] == 0
    assert call("sample", run.folder, "--projected", "file-7-up", "--move", "s1=2", "--out", tmp_path / "b")[0] == 0
    code, said = call("sample", run.folder, "--like", mine, "--count", 2, "--pool", 40, "--out", tmp_path / "c")
    assert code == 0, said
    nearest = said.split(": seed ")[1].split()[0]
    assert len(list((tmp_path / "c").glob(f"seed{int(nearest):04d}*"))) == 1
    assert call("sample", run.folder, "--like", mine, "--seeds", "3")[0] == 2
    assert call("sample", run.folder, "--like", mine, "--pool", 1)[0] == 2
    with pytest.raises(InputError, match="there is file-7-up"):
        kept(run, "nobody")
    (tmp_path / "text.npy").write_text("no curve")
    for wrong in ([tmp_path / "text.npy"], [tmp_path / "none.npy"], [mine, "--steps", 1], []):
        assert call("project", run.folder, *wrong)[0] == 2, wrong
    (run.folder / "projections" / "file-7-up.safetensors").write_bytes(b"\x00" * 64)
    with pytest.raises(InputError, match="project the file again"):
        kept(run)


def test_the_nearest_seed_to_a_work_is_the_one_that_made_it(bench: Bench, tmp_path: Path) -> None:
    """A sample, written to a file, is most like itself."""
    run = artgen.run("toy", data=tmp_path / "curves", images="64", out=tmp_path / "again", device="cpu")
    (made,) = run.sample([21])
    np.save(tmp_path / "it.npy", made.data)
    ((seed, distance), (_, farther)), features = nearest_seeds(run, tmp_path / "it.npy", 2, 32, None)
    assert "pooled" in features, "the feature space is named"
    assert seed == 21
    assert distance < 0.5 * farther
