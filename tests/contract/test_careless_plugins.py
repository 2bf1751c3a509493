"""Promise: what a careless plugin does wrong is said with plugin, hook, expected and got, the line, and exit code 3."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from artgen.cli import main
from tests.conftest import TOY, install

GOOD = (TOY / "toy_plugin.py").read_text().replace('name="toy"', 'name="broken"')


def but(*changes: tuple[str, str], add: str = "") -> str:
    """The good plugin with these changes."""
    text = GOOD
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text + add


OBJECTIVE = """
@artgen.hookimpl
def artgen_objective(config, spec):
    return %s
class Loss:
    def discriminator_loss(self, nets, batch, state):
        %s
    def generator_loss(self, nets, batch, state):
        %s
"""
JUDGE = """
class Mine:
    name = "mine"
    def __call__(self, raw):
        %s
@artgen.hookimpl
def artgen_judge(config):
    return artgen.Judge(features=Mine(), statistics=lambda raw: %s)
"""
SEEN = "d = nets.discriminator(batch.real, batch.condition); return "
MADE = "z = torch.randn(len(batch.real), 8); return nets.generator(z, batch.condition, batch.noise).mean()"

# what is wrong -> (its module, what the message says)
CARELESS = {
    "g raises later": (
        but(
            (
                "return self.net(torch.cat([self.per_layer(w)[0]",
                "self.n = getattr(self,'n',0)+1\n        if self.n > 3: raise ValueError('later')\n        return self.net(torch.cat([self.per_layer(w)[0]",  # noqa: E501
            )
        ),
        r"generator.synthesis failed: ValueError: later",
    ),
    "g detached": (
        but(
            (
                "return self.net(torch.cat([self.per_layer(w)[0], noise.normal(4)], 1))",
                "return self.net(torch.cat([self.per_layer(w)[0], noise.normal(4)], 1)).detach()",
            )
        ),
        r"values without a gradient",
    ),
    "g half": (
        but(("noise.normal(4)], 1))", "noise.normal(4)], 1)).half()")),
        r"gave torch.float16, expected torch.float32",
    ),
    "g nan start": (
        but(("noise.normal(4)], 1))", "noise.normal(4)], 1)) * float('nan')")),
        r"the generator gave values that are not finite",
    ),
    "d nan start": (
        but(
            (
                "return self.net(torch.cat([x, condition], 1))",
                "return self.net(torch.cat([x, condition], 1)) * float('nan')",
            )
        ),
        r"the discriminator gave values that are not finite",
    ),
    "g shape eval": (
        but(
            (
                "return self.net(torch.cat([self.per_layer(w)[0], noise.normal(4)], 1))",
                "x = self.net(torch.cat([self.per_layer(w)[0], noise.normal(4)], 1)); return x if self.training else x[:, :5]",
            )
        ),
        r"the generator made \[5\]",
    ),
    "g raises sample": (
        but(
            (
                "return self.net(torch.cat([self.per_layer(w)[0]",
                "if not self.training and len(w) < 3: raise ValueError('small')\n        return self.net(torch.cat([self.per_layer(w)[0]",  # noqa: E501
            )
        ),
        r"generator.synthesis failed: ValueError: small",
    ),
    "decode raises": (
        but(("return ((x.clamp", "raise ValueError('no'); return ((x.clamp")),
        r"artgen_codec: decode failed: ValueError",
    ),
    "decode floats": (but((".round().to(torch.uint8)", "")), r"decode: expected uint8 or int16.*got float32"),
    "decode shape": (
        but((".round().to(torch.uint8)", ".round().to(torch.uint8)[:, None, :4]")),
        r"decode gave torch.uint8\[1, 4\]",
    ),
    "encode float64": (but(("raw.float() /", "raw.double() /")), r"encode: expected float32.*got float64"),
    "vary shape": (
        but(
            (
                "    def vary(self, raw, rng):\n        return raw",
                "    def vary(self, raw, rng):\n        return raw[:, :3]",
            )
        ),
        r"encode gave \[3\] for what vary gave",
    ),
    "write nothing": (
        but(("        np.save(path, sample.data)\n        return [path]", "        np.save(path, sample.data)")),
        r"write: expected the paths of the files, got NoneType",
    ),
    "write empty": (
        but(("        np.save(path, sample.data)\n        return [path]", "        return []")),
        r"write: expected the paths of the files, got none",
    ),
    "write missing": (but(("        np.save(path, sample.data)\n", "")), r"expected the file .* which was not written"),
    "write FileNotFound": (
        but(("np.save(path, sample.data)", "open('/nowhere/font.ttf')")),
        r"artgen_writer: write failed: FileNotFoundError",
    ),
    "sheet none": (but(("        return path\n", "        pass\n")), r"sheet: expected a Path, got NoneType"),
    "label int": (but(("file.label, file.name)", "5, file.name)")), r"gave the label 5"),
    "origin none": (but(("file.label, file.name)", "file.label, None)")), r"gave the origin None"),
    "nets classes": (
        but(
            (
                "artgen.Networks(generator, Discriminator(spec.classes, config.width, points)",
                "artgen.Networks(generator, Discriminator",
            )
        ),
        r"discriminator is the class Discriminator",
    ),
    "latent str": (but((", points), 8, augment)", ", points), 'x', augment)")), r"latent is 'x'"),
    "augment raises": (
        but(("    shift = torch.randn(len(x), 1, generator=rng, device=x.device) * 0.05", "    raise KeyError('a')")),
        r"augment failed: KeyError",
    ),
    "obj class": (but(add=OBJECTIVE % ("Loss", "pass", "pass")), r"returned the class Loss"),
    "obj raises": (but(add=OBJECTIVE % ("Loss()", "1/0", "1/0")), r"discriminator_loss failed: ZeroDivisionError"),
    "obj bare": (
        but(
            add=OBJECTIVE
            % (
                "Loss()",
                "return nets.discriminator(batch.real, batch.condition).mean()",
                "return nets.generator(torch.randn(len(batch.real),8), batch.condition, batch.noise).mean()",
            )
        ),
        r"expected \(loss, figures\)",
    ),
    "obj float": (but(add=OBJECTIVE % ("Loss()", "return 1.0, {}", "return 1.0, {}")), r"tensor \[\], got float"),
    "obj vector": (
        but(
            add=OBJECTIVE
            % (
                "Loss()",
                "return nets.discriminator(batch.real, batch.condition), {}",
                "return nets.discriminator(batch.real, batch.condition), {}",
            )
        ),
        r"got float32\[32, 1\]",
    ),
    "obj figures": (
        but(
            add=OBJECTIVE
            % (
                "Loss()",
                "return nets.discriminator(batch.real, batch.condition).mean(), {'a': 1.0}",
                "return nets.discriminator(batch.real, batch.condition).mean(), {'a':'x'}",
            )
        ),
        r"figures that are tensors",
    ),
    "obj nograd": (
        but(add=OBJECTIVE % ("Loss()", "return batch.real.mean(), {}", "return batch.real.mean(), {}")),
        r"expected a loss with a gradient",
    ),
    "judge raises": (but(add=JUDGE % ("1/0", "{}")), r"features failed: ZeroDivisionError"),
    "judge scalar": (but(add=JUDGE % ("return raw.float().mean()", "{}")), r"features: expected float32 \[8, f\]"),
    "judge rows": (but(add=JUDGE % ("return raw.float()[:3]", "{}")), r"got float32\[3, 16\]"),
    "judge numpy": (but(add=JUDGE % ("return raw.numpy()", "{}")), r"got ndarray"),
    "stat raises": (but(add=JUDGE % ("return raw.float()", "1/0")), r"statistics failed: ZeroDivisionError"),
    "stat scalar": (but(add=JUDGE % ("return raw.float()", "{'a': raw.float().mean()}")), r"statistics: expected"),
    "stat list": (but(add=JUDGE % ("return raw.float()", "[1]")), r"statistics by name, got list"),
    "domain suffix": (but(('suffixes=(".npy",)', 'suffixes=("npy",)')), r"suffixes holds 'npy'"),
    "domain tasks": (but(('suffixes=(".npy",)', 'suffixes=(".npy",), tasks=("paint",)')), r"tasks holds 'paint'"),
    "g tuple": (
        but(
            (
                "return self.net(torch.cat([self.per_layer(w)[0], noise.normal(4)], 1))",
                "return (self.net(torch.cat([self.per_layer(w)[0], noise.normal(4)], 1)),)",
            )
        ),
        r"generator: expected a tensor, got tuple",
    ),
}


def run(toy: Path, curves: Path, out: Path, module: str) -> int:
    install(toy, "artgen-broken", {"broken": "broken_plugin"}, {"broken_plugin": module})
    with pytest.raises(SystemExit) as left:
        main(
            ["run", "--plugin", "broken", "--data", str(curves), "--images", "64", "--out", str(out), "--device", "cpu"]
        )
    return int(left.value.code or 0)


@pytest.mark.parametrize(("module", "message"), CARELESS.values(), ids=CARELESS)
def test_it_is_blamed_on_the_plugin(toy: Path, curves: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
                                    module: str, message: str) -> None:  # fmt: skip
    assert run(toy, curves, tmp_path / "run", module) == 3
    line = capsys.readouterr().err.strip().splitlines()[-1]
    assert line.startswith("artgen: error: plugin broken (artgen-broken 1.2.3): ")
    assert re.search(message, line), line


@pytest.mark.parametrize("part", ["discriminator", "generator"])
def test_a_loss_that_is_nan_is_named_before_rates_are_advised(toy: Path, curves: Path, tmp_path: Path, part: str,
                                                              capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    bad = {name: " * float('nan')" if name == part else "" for name in ("discriminator", "generator")}
    add = OBJECTIVE % ("Loss()", f"{SEEN}d.mean(){bad['discriminator']}, {{}}", f"{MADE}{bad['generator']}, {{}}")
    assert run(toy, curves, tmp_path / "run", but(add=add)) == 4
    assert "the loss is not finite, though all values of the networks are" in capsys.readouterr().err
