"""torchaudio imports whatever torch it was built for: each failure is simulated in a fresh process."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

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


def run(*scripts: str) -> subprocess.CompletedProcess[str]:
    """Run the scripts, one after the other, in one fresh interpreter."""
    path = os.pathsep.join([str(PLUGIN), *filter(None, [os.environ.get("PYTHONPATH")])])
    code = "\n".join(textwrap.dedent(script) for script in scripts)
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": path},
    )


@pytest.mark.parametrize("error", ["OSError", "RuntimeError"])
def test_native_part_that_fails_to_load_is_switched_off(error: str) -> None:
    done = run(BROKEN.format(error=error), USE, REFUSES_ALIGNMENT)
    assert done.returncode == 0, done.stderr


def test_native_part_that_loads_is_kept() -> None:
    done = run(FITTING, USE, SAME_NATIVE)
    assert done.returncode == 0, done.stderr


def test_as_installed() -> None:
    done = run(USE)
    assert done.returncode == 0, done.stderr


def test_other_errors_are_not_hidden() -> None:
    done = run(BROKEN.format(error="ValueError"), USE)
    assert done.returncode != 0
    assert "simulated" in done.stderr
