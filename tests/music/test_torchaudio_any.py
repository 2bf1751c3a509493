"""torchaudio imports whatever torch it was built for: each failure is simulated in a process that has not imported it yet."""

from __future__ import annotations

import os
import textwrap
from pathlib import Path

import pytest

from tests.bare import Bare

PLUGIN = Path(__file__).parents[2] / "plugins" / "music"

USE = """
import torch
from artgen_music.torchaudio_any import functional, transforms

mel = transforms.MelSpectrogram(16000, 1024, hop_length=256, n_mels=64)(torch.randn(2, 4096))
assert mel.shape == (2, 64, 17), mel.shape
assert functional.resample(torch.randn(1, 1600), 16000, 8000).shape == (1, 800)
"""

BROKEN = """
import sys

class Broken:
    def find_spec(self, name, path=None, target=None):
        if name == "torchaudio._extension":
            raise {error}("simulated: native code does not fit this torch")

sys.meta_path.insert(0, Broken())
"""

FITTING = """
import sys
from types import ModuleType

native = ModuleType("torchaudio._extension")
native.__dict__.update(
    _IS_TORCHAUDIO_EXT_AVAILABLE=False,
    _IS_RIR_AVAILABLE=False,
    _IS_ALIGN_AVAILABLE=False,
    fail_if_no_align=lambda function: function,
)
sys.modules[native.__name__] = native
"""

SAME_NATIVE = """
assert sys.modules["torchaudio._extension"] is native, "a native part that loads was thrown away"
"""

REFUSES_ALIGNMENT = """
try:
    functional.forced_align(torch.zeros(1, 4, 3), torch.ones(1, 2, dtype=torch.int32))
except RuntimeError as error:
    assert "native code" in str(error), error
else:
    raise AssertionError("forced_align did not refuse")
"""


CASES = {
    "broken OSError": (BROKEN.format(error="OSError"), USE, REFUSES_ALIGNMENT),
    "broken RuntimeError": (BROKEN.format(error="RuntimeError"), USE, REFUSES_ALIGNMENT),
    "broken ValueError": (BROKEN.format(error="ValueError"), USE),
    "fitting": (FITTING, USE, SAME_NATIVE),
    "as installed": (USE,),
}


@pytest.fixture(scope="module")
def told(bare: Bare) -> dict[str, tuple[int, str]]:
    """Exit code and stderr of each case in a process that had not imported torchaudio."""
    path = os.pathsep.join([str(PLUGIN), *filter(None, [os.environ.get("PYTHONPATH")])])
    codes = {name: "\n".join(map(textwrap.dedent, scripts)) for name, scripts in CASES.items()}
    ran = {name: bare(code, PYTHONPATH=path) for name, code in codes.items()}
    return {name: (done.returncode, done.stderr) for name, done in ran.items()}


Told = dict[str, tuple[int, str]]


@pytest.mark.parametrize("error", ["OSError", "RuntimeError"])
def test_native_part_that_fails_to_load_is_switched_off(told: Told, error: str) -> None:
    code, said = told[f"broken {error}"]
    assert code == 0, said


def test_native_part_that_loads_is_kept(told: Told) -> None:
    code, said = told["fitting"]
    assert code == 0, said


def test_as_installed(told: Told) -> None:
    code, said = told["as installed"]
    assert code == 0, said


def test_other_errors_are_not_hidden(told: Told) -> None:
    code, said = told["broken ValueError"]
    assert code != 0
    assert "simulated" in said
