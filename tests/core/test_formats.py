"""Promise: checkpoints of every format that was ever released go on opening, and make what they made.

A new format gets files of its own in ``tests/formats``, one for each bundled plugin: ``python -m tests.core.test_formats`` writes
those of today; one that is there is never written again. They are packed, since a codec may hold large tables of zeros.
"""

from __future__ import annotations

import gzip
import re
import tempfile
from pathlib import Path

import numpy as np
import pytest

import artgen
from artgen.runfolder import checkpoint
from artgen.types import Sample

FOLDER = Path(__file__).parents[1] / "formats"
FILES = sorted(FOLDER.glob("*.safetensors.gz"))
SMALLEST = {
    "image": ("model=mlp", "size=8", "color=gray", "latent=4", "mlp_generator=[8]", "mlp_discriminator=[8]"),
    "music": ("seconds=1.0", "patch=1", "components=4", "latent=4", "style=4", "generator_widths=[4, 4]",
              "discriminator_widths=[4, 4]", "inversion_steps=0"),
    "video": ("model=mocogan", "size=16", "frames=4", "latent=2", "motion=2", "base_channels=1", "max_channels=1"),
}  # fmt: skip
PLAYED = {
    "image": {"seeds": range(3)},
    "music": {"seeds": range(1), "seconds": 0.5},
    "video": {"seeds": range(2), "seconds": 0.5},
}
ROUNDING = {np.dtype(np.uint8): 1, np.dtype(np.int16): 64}  # another machine may round otherwise


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.partition(".")[0])
def test_it_opens_and_makes_what_it_made(path: Path, tmp_path: Path) -> None:
    checkpoint_file = tmp_path / path.stem
    checkpoint_file.write_bytes(gzip.decompress(path.read_bytes()))
    run = artgen.load(checkpoint_file, "cpu")
    made, kept = played(run), np.load(beside(path))
    assert made.shape == kept.shape
    assert np.abs(made.astype(int) - kept).max() <= ROUNDING[kept.dtype]
    assert run.discriminator() is not None
    assert run.seen == 32


def test_every_format_has_its_files() -> None:
    found = {re.findall(r"^format(\d+)-(\w+)", path.name)[0] for path in FILES}
    assert found == {(str(number), plugin) for number in range(1, checkpoint.FORMAT + 1) for plugin in SMALLEST}
    assert max(path.stat().st_size for path in FOLDER.iterdir()) < 64_000


def beside(path: Path) -> Path:
    """Where it stands what a file made."""
    return path.with_name(f"{path.name.partition('.')[0]}.npy")


def played(run: artgen.Run) -> np.ndarray:
    samples: list[Sample] = run.sample(**PLAYED[run.config.run.plugin])
    return np.stack([sample.data for sample in samples])


def write() -> None:
    """The files of today's format that are not there, each from a very small training."""
    FOLDER.mkdir(exist_ok=True)
    for plugin, sets in SMALLEST.items():
        path = FOLDER / f"format{checkpoint.FORMAT}-{plugin}.safetensors.gz"
        if path.exists():
            continue
        with tempfile.TemporaryDirectory() as folder:
            run = artgen.run(plugin, images="32", out=Path(folder) / "run", init="scratch", device="cpu",
                             sets=[*sets, "batch=4", "holdout=0"])  # fmt: skip
            last = run.folder / "checkpoints" / "last.safetensors"
            path.write_bytes(gzip.compress(last.read_bytes(), mtime=0))
            np.save(beside(path), played(artgen.load(last, "cpu")))


if __name__ == "__main__":
    write()
