"""Promise: opening a shared checkpoint runs no code and exhausts nothing, whatever its config asks for.

Measured in a process of its own: every hostile file is refused with exit code 2's error in at most a second, and the whole
series adds at most 64 MiB to its peak memory.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import artgen
from artgen.host import Host
from artgen.host.resolve import resolve
from artgen.inference.expected_tensors import expected_tensors, played
from artgen.runfolder import checkpoint
from artgen.types import DataSpec
from tests.bare import Bare
from tests.core.test_checkpoint import FOREIGN, WRONG, raw

SHAPES = {"image": (3, 32, 32), "music": (64, 64), "video": (3, 16, 32, 32)}
GREEDY: dict[str, tuple[str, dict[str, Any]]] = {
    "wide mlp": ("image", {"model": "mlp", "mlp_generator": [4096] * 64}),
    "deep mlp": ("image", {"model": "mlp", "mlp_generator": [16] * 60_000}),
    "wide modern": ("image", {"base_channels": 1024, "max_channels": 1024}),
    "wide stylegan": ("image", {"model": "stylegan", "base_channels": 1024, "max_channels": 1024, "style": 1024}),
    "wide progressive": ("image", {"model": "progressive", "base_channels": 1024, "max_channels": 1024}),
    "wide music": ("music", {"generator_widths": [4096] * 3, "discriminator_widths": [4096] * 3}),
    "a shape that never was": ("music", {"model": "spectrogram"}),
    "wide spectrogram": (
        "music",
        {"model": "spectrogram", "generator_widths": [4096] * 4, "patch": 4, "discriminator_widths": [4096] * 4},
    ),
    "wide video": ("video", {"widths": [4096] * 3}),
    "wide mocogan": ("video", {"model": "mocogan", "widths": [4096] * 3}),
    "video with a large latent": (
        "video",
        {"latent": 4096, "style": 1024, "motion": 512, "base_channels": 1024, "max_channels": 4096},
    ),
}


def forged(plugin: str, domain: dict[str, Any]) -> bytes:
    shape = (1, 128, 64) if "patch" in domain else SHAPES[plugin]
    made = {"plugin": plugin, "distribution": "artgen", "version": "1", "api": artgen.API, "format": 1}
    header = {**made, "labels": ["a", "b"], "shape": shape, "state": {"seen": 1}}
    header["config"] = {"run": {"plugin": plugin}, "train": {}, "domain": domain}
    return raw({"__metadata__": {"artgen": json.dumps(header)}})


OPEN = """
import resource, sys, time
from pathlib import Path
import artgen, torch
from artgen.errors import InputError
torch.set_num_threads(1)
files = sorted(Path(sys.argv[1]).iterdir())
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
import artgen_image.networks, artgen_image.codec, artgen_music.networks, artgen_music.codec  # the libraries are not the file's
import artgen_video.networks, artgen_video.codec
from artgen.host import Host
for plugin in ("image", "music", "video"):
    Host(plugin).codec(Host(plugin).domain.config())
before = peak()
for file in files:
    start = time.process_time()
    try:
        artgen.load(file, "cpu")
        print("OPENED", file.name)
    except InputError as error:
        print(f"{time.process_time() - start:.3f}", f"{peak() - before:.0f}", file.name, str(error)[:200].replace(chr(10), " "))
"""


def test_hostile_files_cost_a_second_and_little_memory(tmp_path: Path, toy: Path, bare: Bare) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    files = {name: content for name, (content, _) in (FOREIGN | WRONG).items()}
    files |= {name: forged(*words) for name, words in GREEDY.items()}
    for name, content in files.items():
        (folder / f"{name}.safetensors").write_bytes(content)
    done = bare(OPEN, str(folder))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == len(files) >= 34
    for line in lines:
        seconds, mebibytes = map(float, line.split()[:2])
        assert seconds <= 1.0, line
        assert mebibytes <= 64, line
    told = {line.split(" ", 2)[2].split(".safetensors")[0]: line for line in lines}
    greedy = [told[name] for name in GREEDY]
    assert sum("larger networks" in line for line in greedy) >= 8, greedy


@pytest.mark.parametrize("model", ["modern", "mlp", "dcgan", "progressive", "stylegan", "autoencoder", "vae"])
def test_the_expected_tensors_of_a_picture_family_is_that_of_its_networks(tmp_path: Path, model: str) -> None:
    """Shapes found on the meta device are those that are allocated, or good files would be refused."""
    same(tmp_path, "image", {"model": model, "size": 16, "base_channels": 4, "max_channels": 8}, (3, 16, 16))


@pytest.mark.parametrize(("model", "shape"), [("latent", (16, 16)), ("spectrogram", (1, 128, 64))])
def test_the_expected_tensors_of_a_music_design_is_that_of_its_networks(
    tmp_path: Path, model: str, shape: tuple[int, ...]
) -> None:
    widths = {"generator_widths": [16, 16, 8, 8], "discriminator_widths": [8, 8, 16, 16]}
    same(tmp_path, "music", {"model": model, "components": 16, "seconds": 1.0, **widths}, shape)


def same(tmp_path: Path, plugin: str, domain: dict[str, Any], shape: tuple[int, ...]) -> None:
    host = Host(plugin)
    config = resolve(host.domain, {"plugin": plugin}, sets=[f"{key}={value}" for key, value in domain.items()])
    spec = DataSpec(shape, ("a", "b"))
    codec, nets = host.codec(config.domain), host.networks(config.domain, spec)
    real = {name: tensor.detach() for name, tensor in played(nets, codec).items()}
    path = tmp_path / "c.safetensors"
    state = {"seen": 1.0}
    checkpoint.save(path, checkpoint.Header(plugin, "artgen", "1", 1, config.plain(), spec.labels, shape, state), real)
    found = expected_tensors(host, config, path)
    assert {n: (t.shape, t.dtype) for n, t in found.items()} == {n: (t.shape, t.dtype) for n, t in real.items()}
    assert any(tensor.is_meta for tensor in found.values()), "the networks were allocated to find out"


def test_no_compiler_is_imported_to_open_what_ships(bare: Bare) -> None:
    """It would take three seconds of the processor before the first work."""
    code = """
import sys
from pathlib import Path
import artgen
for path in sys.argv[1:]:
    artgen.load(path, "cpu")
assert "torch._dynamo" not in sys.modules, "a compiler"
"""
    weights = [str(path) for plugin in ("image", "music", "video") for path in Host(plugin).domain.starts]
    done = bare(code, *weights)
    assert done.returncode == 0, done.stderr
