"""Promise: checkpoints of every format that was ever released go on opening, and make what they made.

A new format gets a file of its own in ``tests/formats``: ``python -m tests.core.test_formats`` writes the one of today; those of
earlier formats are never written again.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest

import artgen
from artgen.train import checkpoint

FOLDER = Path(__file__).parents[1] / "formats"
FILES = sorted(FOLDER.glob("*.safetensors"))
SMALLEST = ("model=mlp", "size=8", "colour=grey", "latent=4", "mlp_generator=[8]", "mlp_discriminator=[8]", "batch=4")
SEEDS = range(3)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_opens_and_makes_what_it_made(path: Path) -> None:
    run = artgen.load(path, "cpu")
    made = np.stack([sample.data for sample in run.sample(SEEDS)])
    assert np.abs(made.astype(int) - np.load(path.with_suffix(".npy"))).max() <= 1, (
        "another machine may round otherwise"
    )
    assert run.discriminator() is not None
    assert run.seen == 32


def test_every_format_has_its_file() -> None:
    numbers = {int(re.findall(r"^format(\d+)-", path.name)[0]) for path in FILES}
    assert numbers == set(range(1, checkpoint.FORMAT + 1))
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 200_000


def write() -> None:
    """The file of today's format, from a very small training."""
    with tempfile.TemporaryDirectory() as folder:
        run = artgen.run("image", images="32", out=Path(folder) / "run", sets=SMALLEST, device="cpu")
        path = FOLDER / f"format{checkpoint.FORMAT}-image.safetensors"
        FOLDER.mkdir(exist_ok=True)
        shutil.copy(run.folder / "checkpoints" / "last.safetensors", path)
        np.save(path.with_suffix(".npy"), np.stack([sample.data for sample in artgen.load(path, "cpu").sample(SEEDS)]))


if __name__ == "__main__":
    write()
