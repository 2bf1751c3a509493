"""Promise: bfloat16 is used on a CPU only where it is fast; the training stays finite and repeatable."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest
import torch

from artgen.errors import InputError
from artgen.nn.resample import depthwise, down2
from artgen.runtime import device
from tests.core.test_trainer import CPU, Bench, digest, steps

QUESTIONS = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")


@pytest.fixture
def bench(toy: Path, curves: Path, tmp_path: Path) -> Bench:
    torch.set_num_threads(1)
    return Bench(curves, tmp_path)


@pytest.mark.parametrize("precision", ["bf16", "tf32"])
def test_a_cpu_without_it_refuses_it(monkeypatch: pytest.MonkeyPatch, precision: str) -> None:
    monkeypatch.setattr(device, "multiplies_bfloat16", lambda: False)
    with pytest.raises(InputError, match=f"precision={precision}: this cpu does not have it; write auto or float32"):
        device.arithmetic(CPU, precision)


def test_auto_is_float32_on_a_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "has_fast_bfloat16", lambda: True)
    assert isinstance(device.arithmetic(CPU, device.settled("auto", "lazy", CPU)), nullcontext)


@pytest.mark.parametrize(
    ("fast", "penalty", "wanted"),
    [(True, "lazy", "bf16"), (False, "lazy", "auto"), (True, "first-order", "float32")],
)
def test_fast_is_bfloat16_where_that_is_fast(
    monkeypatch: pytest.MonkeyPatch, fast: bool, penalty: str, wanted: str
) -> None:
    monkeypatch.setattr(device, "has_fast_bfloat16", lambda: fast)
    monkeypatch.setattr(device, "multiplies_bfloat16", lambda: fast)
    assert device.settled("fast", penalty, CPU) == wanted
    device.arithmetic(CPU, wanted)


@pytest.mark.parametrize(
    ("name", "units", "fast"),
    [("Intel Xeon", QUESTIONS, True), ("Intel Xeon", QUESTIONS[1:], False), ("AMD EPYC", QUESTIONS[1:], True),
     ("AMD EPYC", (), False), (None, QUESTIONS[1:], True)],
)  # fmt: skip
def test_it_is_fast_by_matrix_units_and_by_avx512_of_amd(
    monkeypatch: pytest.MonkeyPatch, name: str | None, units: tuple[str, ...], fast: bool
) -> None:
    """Intel's AVX-512 multiplies it too, no faster than float32. None: a torch that does not say whose the CPU is."""
    for question in QUESTIONS:
        monkeypatch.setattr(torch.cpu, question, lambda yes=question in units: yes, raising=False)
    if name is None:
        monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    else:
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"cpu_name": name}, raising=False)
    assert device.has_fast_bfloat16() == fast
    assert device.multiplies_bfloat16() == bool(units)
    if units:
        assert not isinstance(device.arithmetic(CPU, "bf16"), nullcontext), "whoever asks for it gets it"


def test_a_torch_without_the_questions_has_no_fast_bfloat16(monkeypatch: pytest.MonkeyPatch) -> None:
    for question in QUESTIONS:
        monkeypatch.delattr(torch.cpu, question, raising=False)
    assert not device.has_fast_bfloat16()
    assert not device.multiplies_bfloat16()


def test_a_training_in_bfloat16_is_finite_and_repeats(monkeypatch: pytest.MonkeyPatch, bench: Bench) -> None:
    monkeypatch.setattr(device, "multiplies_bfloat16", lambda: True)  # other CPUs compute the same, slowly
    found = []
    for _ in range(2):
        trainer = bench.trainer("precision=bf16", "penalty=lazy", "penalty_every=2")
        steps(trainer, 4)
        assert all(bool(t.isfinite().all()) for t in trainer.tensors().values())
        found.append(digest(trainer))
    assert found[0] == found[1]
    exact = bench.trainer("penalty=lazy", "penalty_every=2")
    steps(exact, 4)
    assert digest(exact) != found[0]


def test_depthwise_filters_stay_in_float32_on_a_cpu() -> None:
    x = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(down2(x), down2(x.float()))
        assert down2(x).dtype == torch.float32
        assert depthwise(x.bfloat16(), torch.ones(3, 1, 1, 1)).dtype == torch.bfloat16
