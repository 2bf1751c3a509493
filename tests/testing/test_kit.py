"""Promise: every check of the conformance kit passes an honest plugin and rejects one that is broken in just that way."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

import pytest

from artgen.cli import main
from artgen.cli.table import COMMANDS
from artgen.errors import InputError
from artgen.testing import Check, all_checks, check_plugin, parametrize_with_checks
from tests.conftest import TOY, install
from tests.testing.broken import swapped
from tests.testing.test_kit_changes import BROKEN as CHANGING

GOOD = (TOY / "toy_plugin.py").read_text() + '''

@artgen.hookimpl
def artgen_judge(config):
    return artgen.Judge(Features())


class Features:
    name = "points"

    def __call__(self, raw):
        return raw.float()
'''  # fmt: skip


swap = partial(swapped, GOOD)
NET = "        self.net = nn.Sequential(nn.Linear(width + 4, width)"
SYNTHESIS = "return self.net(torch.cat([self.per_layer(w)[0], noise.normal(4)], 1))"
JUDGE = "return self.net(torch.cat([x, condition], 1))"
AUGMENT = "    shift = torch.randn(len(x), 1, generator=rng, device=x.device) * 0.05\n"
BROKEN = {
    "import-is-quiet": [GOOD + "\nprint('hello')\ntorch.manual_seed(3)\nopen('litter.txt', 'w')\n"],
    "hooks-fit": [
        swap("def artgen_codec(config)", "def artgen_codec(settings)"),
        swap("api=artgen.API", "api=artgen.API - 1"),
    ],
    "domain-is-plain": [
        swap('suffixes=(".npy",)', 'suffixes=("npy",)'),
        swap('summary="curves"', "summary=str(np.random.rand())"),
        swap('summary="curves"', 'summary="curves", presets={"tiny": __import__("pathlib").Path("/none")}'),
        swap('summary="curves"', 'summary="curves", sizes={"huge": artgen.types.Size("a thousand points")}'),
        swap('summary="curves"', 'summary="curves", defaults={"style": artgen.TaskDefaults()}'),
        swap('summary="curves"', 'summary="curves", defaults={"generate": artgen.TaskDefaults(preset="tiny")}'),
    ],
    "config-survives-a-round-trip": [
        swap("points: int = 16", "model_config = {'extra': 'ignore'}\n    points: int = 16"),
        swap(
            "points: int = 16",
            "points: int = 16\n    odd: float = __import__('pydantic').Field(0.5, exclude=True, default_factory=None)",
        ).replace(", default_factory=None", "").replace("0.5, exclude", "default_factory=__import__('random').random, exclude"),
    ],
    "prepare-repeats-itself": [
        swap("data[: config.points]", "(data[: config.points] + np.random.randint(0, 9, 16).astype(np.uint8))"),
        swap("file.label, file.name)", "'else', file.name)"),
    ],
    "prepare-skips-bad-files": [
        swap("except (ValueError, OSError, EOFError):", "except ZeroDivisionError:"),
        swap('            yield artgen.Skipped(file.name, "not an array")\n', ""),
    ],
    "codec-stays-in-range": [
        swap("raw.float() / 127.5 - 1", "raw.float()"),
        swap(
            "raw.float() / 127.5 - 1",  # not finite where neighbors jump, as they do in noise only
            "(raw.float() / 127.5 - 1) / (raw.float().diff(dim=1).abs().amax(1, keepdim=True) < 200)",
        ),
        swap(".round().to(torch.uint8)", ".round()"),
    ],
    "codec-finds-its-way-back": [swap("((x.clamp(-1, 1) + 1) * 127.5)", "((1 - x.clamp(-1, 1)) * 127.5)")],
    "codec-travels-in-its-buffers": [
        swap("    def fit(self, raw):\n        pass", "    mean = 0\n    def fit(self, raw):\n"
             "        self.mean = raw.float().mean() / 9",
             "((x.clamp(-1, 1) + 1) * 127.5)", "((x.clamp(-1, 1) + 1) * 100 + self.mean)"),
        swap("    def fit(self, raw):\n        pass", "    mean = 0\n    def fit(self, raw):\n"
             "        self.mean = raw.float().mean() / 900",
             "raw.float() / 127.5 - 1", "raw.float() / 127.5 - 1 - self.mean"),
    ],
    "vary-uses-its-own-dice": [swap("        return raw\n", "        return raw.roll(int(torch.randint(0, 16, ())), 1)\n")],
    "networks-have-the-shapes": [
        swap(SYNTHESIS, SYNTHESIS + "[0:1].expand(len(w), -1) * (float('nan') if len(w) == 3 else 1)"),
        swap(JUDGE, "return " + JUDGE.removeprefix("return ") + ".mean(0, keepdim=True).expand(2, 1)"),
    ],
    "items-of-a-batch-are-independent": [swap(SYNTHESIS, "x = " + SYNTHESIS[7:] + "\n        return (x + x.mean(0)) / 2")],
    "gradients-reach-every-parameter": [
        swap(NET, "        self.idle = nn.Linear(3, 3)\n" + NET),
        swap("self.per_layer(w)[0], noise", "self.per_layer(w)[0].detach(), noise"),
    ],
    "penalty-can-be-differentiated": [
        swap(JUDGE, JUDGE.replace("x, condition", "Once.apply(x), condition"))
        + """
class Once(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, grad):
        return grad
""",
    ],
    "augmentation-uses-its-own-dice": [
        swap(AUGMENT, AUGMENT.replace("generator=rng, ", "")),
        swap("    return x + shift", "    return x.detach() + shift"),
        swap("    return x + shift", "    return 0.1 + x + shift"),
    ],
    "each-phase-changes-its-own-network": [
        swap("Discriminator(spec.classes, config.width, points), 8", "Thief(generator, spec.classes, config.width, points), 8")
        + """
class Thief(Discriminator):
    def __init__(self, generator, *sizes):
        super().__init__(*sizes)
        self.victim = [generator]

    def forward(self, x, condition):
        with torch.no_grad():
            next(self.victim[0].parameters()).mul_(0.9)
        return super().forward(x, condition)
""",
        swap("    generator = Generator(spec.classes", "    discriminator = Discriminator(spec.classes, config.width, points)\n"
             "    generator = Generator(spec.classes", "Discriminator(spec.classes, config.width, points), 8", "discriminator, 8",
             "    return artgen.Networks(", "    discriminator.twin = generator.mapping\n    return artgen.Networks("),
    ],
    "resumed-is-uninterrupted": [
        swap(SYNTHESIS, "self.calls = getattr(self, 'calls', 0) + 1\n        " + SYNTHESIS + " / (1 + self.calls)"),
    ],
    "a-sample-follows-from-its-seed": [
        swap(SYNTHESIS, SYNTHESIS.replace("noise.normal(4)", "torch.randn(len(w), 4)")),
        swap(SYNTHESIS, "return 0 * " + SYNTHESIS[7:]),
    ],
    "a-step-is-affordable": [
        swap(JUDGE, "sum(range(8_000_000))\n        " + JUDGE),
        swap(JUDGE, "HOARD.append(torch.ones(4_000_000))\n        " + JUDGE) + "\nHOARD = []\n",
    ],
    "what-is-written-can-be-prepared": [
        swap("np.save(path, sample.data)", "np.save(path, 255 - sample.data)"),
        swap("np.save(path, sample.data)", "path.write_text('art')"),
        swap('stem.name + ".npy"', '"work.npy"'),
        swap('stem.name + ".npy"', 'stem.name + ".txt"', "np.save(path, sample.data)", "path.write_text('art')"),
    ],
    "a-sheet-shows-all": [
        swap("Image.fromarray(np.stack([s.data for s in samples])).save(path)", "path.write_text('art')"),
        swap("        return path\n", "        return None\n"),
    ],
    "the-judge-answers-in-numbers": [
        swap("return raw.float()", "return raw.float() / 0"),
        swap("return raw.float()", "return raw.float().mean()"),
        swap("return raw.float()", "return raw.float() + torch.rand(1)"),
    ],
}  # fmt: skip
CASES = [pytest.param(name, text, id=f"{name}-{i}") for name, texts in BROKEN.items() for i, text in enumerate(texts)]


def lay(site: Path, text: str) -> None:
    install(site, "artgen-toy", {"toy": "toy_plugin"}, {"toy_plugin": text})


def test_no_check_lacks_a_plugin_that_it_rejects() -> None:
    assert {*BROKEN, *CHANGING} == {check.name for check in all_checks()}


def test_every_check_says_its_promise() -> None:
    assert all(check.promise.endswith(".") and isinstance(check, Check) for check in all_checks())


def test_the_help_names_checks_that_there_are() -> None:
    named = [name for command in COMMANDS for line in command.examples for name in line.split("--only ")[1:]]
    assert named
    assert set(named) <= {check.name for check in all_checks()}


def test_an_honest_plugin_passes_them_all(site: Path, curves: Path) -> None:
    lay(site, GOOD)
    begin = time.process_time()
    results = check_plugin("toy", data=curves)
    assert [r for r in results if not r.ok] == []
    assert {r.name for r in results if r.status == "not applicable"} == set(CHANGING)
    assert time.process_time() - begin < 20  # of one core; the clock of a busy machine says nothing


@pytest.mark.parametrize(("name", "text"), CASES)
def test_a_broken_plugin_is_rejected(
    site: Path, curves: Path, name: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(site)  # one of them leaves a file where it is imported
    lay(site, text)
    (result,) = check_plugin("toy", data=curves, only=[name], limit=0.3)
    assert result.status == "failed", result
    assert result.detail
    if name == "import-is-quiet":  # one process for all that an import should not do
        deeds = ("prints 'hello'", "changes the random numbers of torch", "writes litter.txt")
        assert [deed for deed in deeds if deed not in result.detail] == []


def test_an_announced_failure_is_no_failure_and_an_unused_excuse_is(site: Path, curves: Path) -> None:
    lay(site, swap('summary="curves"', 'summary=""'))
    excuses = {"domain-is-plain": "no words yet", "hooks-fit": "not needed"}
    results = check_plugin("toy", data=curves, only=["domain-is-plain", "hooks-fit"], expected_failures=excuses)
    assert {r.name: (r.status, r.ok) for r in results} == {
        "domain-is-plain": ("expected", True),
        "hooks-fit": ("failed", False),
    }
    with pytest.raises(ValueError, match="did you mean domain-is-plain"):
        check_plugin("toy", expected_failures={"domain-is-plane": "typo"})


TESTS = """
from artgen.testing import parametrize_with_checks

@parametrize_with_checks("toy", data={data!r}, expected_failures={{"codec-stays-in-range": "on purpose"}})
def test_conformance(check):
    check()
"""


def test_pytest_gets_a_test_of_each_check(site: Path, curves: Path, tmp_path: Path, pytester: pytest.Pytester) -> None:
    lay(site, swap("raw.float() / 127.5 - 1", "raw.float()"))
    pytester.makepyfile(TESTS.format(data=str(curves)))
    outcome = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-k", "prepare or codec-stays or judge-answers")
    outcome.assert_outcomes(passed=4, xfailed=1, deselected=len(list(all_checks())) - 5)


def test_collecting_imports_no_plugin(site: Path) -> None:
    lay(site, "raise SystemExit('imported')")
    assert parametrize_with_checks("toy").args[0] == "check"


def test_no_plugin_of_that_name_is_the_callers_error(site: Path) -> None:
    with pytest.raises(InputError, match="no such plugin"):
        parametrize_with_checks("no-plugin").args[1][0].values[0]()


def code(*words: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(list(words))
    return int(left.value.code or 0)


def test_the_command_leaves_with_0_3_or_2(site: Path, curves: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lay(site, GOOD)
    few = ("--only", "hooks-fit", "--only", "domain-is-plain")
    assert code("check", "toy", *few) == 0
    assert capsys.readouterr().out.endswith("2 of 2 checks passed or do not apply\n")
    assert code("check", "toi") == 2
    assert "did you mean toy" in capsys.readouterr().err
    assert code("check", "toy", "--only", "hooks") == 2
    assert code("check", "toy", "--only", "codec-stays-in-range") == 3  # no embedded data and none given
    assert "--data" in capsys.readouterr().out
    for words in (
        ("--data", "nowhere"),
        ("--data", "/dev/zero"),
        ("--task", "paint"),
        ("--preset", "huge"),
        ("--set", "x=1"),
    ):
        assert code("check", "toy", *words) == 2, "what the caller got wrong is no fault of the plugin"
        (line,) = capsys.readouterr().err.splitlines()
        assert words[1].partition("=")[0] in line


def test_the_command_names_what_fails(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lay(site, swap('suffixes=(".npy",)', 'suffixes=("npy",)'))
    assert code("check", "toy", "--only", "domain-is-plain") == 3
    shown = capsys.readouterr()
    assert "suffixes holds 'npy', expected lower case with the dot" in shown.out
    assert shown.err == "artgen: error: plugin toy fails 1 checks: domain-is-plain\n"
