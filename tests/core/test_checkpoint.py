"""Promise: opening a checkpoint runs nothing and trusts nothing; writing one never loses the last."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import signal
import struct
import time
import zipfile
from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import Tensor

from artgen.errors import InputError, StorageError
from artgen.runfolder import checkpoint
from artgen.runfolder.checkpoint import Header
from artgen.runfolder.locate import find_checkpoint
from artgen.runtime import disk

TENSORS = {"generator.w": torch.arange(6.0).reshape(2, 3), "steps": torch.tensor(3)}
HEADER = Header("toy", "artgen-toy", "1.2.3", 1, {"run": {"plugin": "toy"}}, ("a", "b"), (16,), {"seen": 5.0})


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "checkpoints" / "last.safetensors"
    checkpoint.save(path, HEADER, TENSORS)
    return path


def test_round_trip(saved: Path) -> None:
    assert checkpoint.read_header(saved) == HEADER
    found = checkpoint.load(saved, TENSORS)
    assert all(torch.equal(found[name], TENSORS[name]) for name in TENSORS)


def test_umask_is_respected_and_no_strays_are_left(saved: Path) -> None:
    assert saved.stat().st_mode & 0o777 == 0o666 & ~disk._umask()
    assert [p.name for p in saved.parent.iterdir()] == ["last.safetensors"]
    (saved.parent / ".tmp-left").write_text("x")
    disk.clear_strays(saved.parent)
    assert not (saved.parent / ".tmp-left").exists()


def raw(table: dict[str, object], data: bytes = b"", length: int | None = None) -> bytes:
    text = json.dumps(table).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


META = {"__metadata__": {"artgen": HEADER.to_json()}}
NEWER = {"__metadata__": {"artgen": json.dumps({**json.loads(HEADER.to_json()), "format": 99})}}
FOREIGN = {
    "empty": (b"", "empty file"),
    "html": (b"<!DOCTYPE html><html>not found</html>", "HTML"),
    "lfs": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
    "pickle": (b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00\x8c\x02os\x94", "pickle"),
    "zip": (b"PK\x03\x04" + b"\0" * 60, "pickle"),
    "noise": (bytes(range(256)), "foreign"),
    "huge header": (raw({}, length=2**62), "foreign"),
    "header past the end": (raw(META, length=10**5), "foreign"),
    "header over the cap": (struct.pack("<Q", 2**20 + 8) + b"{" + b" " * (2**20 + 7), "foreign"),
    "no json": (struct.pack("<Q", 64) + b"{" + b"x" * 80, "not an artgen checkpoint"),
    "json list": (raw({})[:8] + b"[]" + b" " * 20, "foreign"),
    "deep": (struct.pack("<Q", 90_000) + b'{"a":' + b"[" * 89_995 + b" " * 9, "not an artgen checkpoint"),
    "no metadata": (raw({"x": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}, b"1234"), "not an artgen"),
    "metadata of others": (raw({"__metadata__": {"format": "pt"}}), "not an artgen checkpoint"),
    "metadata no object": (raw({"__metadata__": 7}), "not an artgen checkpoint"),
    "newer": (raw(NEWER), "newer artgen"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_no_checkpoint_is_named(tmp_path: Path, name: str) -> None:
    content, message = FOREIGN[name]
    path = tmp_path / "x.safetensors"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        checkpoint.load(path, TENSORS)


def entry(shape: list[int], offsets: list[int], dtype: str = "F32") -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


WRONG = {
    "missing": (raw(META), "lacks the tensor generator.w"),
    "shape": (raw({**META, "generator.w": entry([3, 2], [0, 24])}, b"\0" * 24), r"generator.w is .*\[3, 2\]"),
    "dtype": (raw({**META, "generator.w": entry([2, 3], [0, 12], "F16")}, b"\0" * 12), "generator.w is torch.float16"),
    "petabyte": (raw({**META, "generator.w": entry([2**25, 2**25], [0, 4])}, b"\0" * 4), "generator.w is"),
    "cut off": (raw({**META, "generator.w": entry([2, 3], [0, 24])}, b"\0" * 8), "damaged"),
    "overlap": (
        raw({**META, "generator.w": entry([2, 3], [0, 24]), "b": entry([2, 3], [8, 32])}, b"\0" * 32), "damaged"
    ),
    "entry no object": (raw({**META, "generator.w": 3}), "malformed"),
    "nan": (raw({**META, "generator.w": entry([2, 3], [0, 24])}, struct.pack("<6f", *[float("nan")] * 6)), "not finite"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_tensors_that_do_not_fit_are_named(tmp_path: Path, name: str) -> None:
    content, message = WRONG[name]
    path = tmp_path / "x.safetensors"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        checkpoint.load(path, {"generator.w": TENSORS["generator.w"]})


def test_too_many_tensors_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(raw({**META, **{str(i): {} for i in range(20_001)}}))
    with pytest.raises(InputError, match="malformed"):
        checkpoint.load(path, TENSORS)


def test_no_pickle_is_run(tmp_path: Path) -> None:
    path = tmp_path / "x.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", b"cos\nsystem\n(S'touch hacked'\ntR.")
    with pytest.raises(InputError, match="pickle"):
        checkpoint.read_header(path)


def test_folders_that_are_no_runs(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such run"):
        find_checkpoint(tmp_path / "no")
    with pytest.raises(InputError, match="not a run folder"):
        find_checkpoint(tmp_path)
    (tmp_path / ".metadata").write_bytes(b"\x80\x04")
    with pytest.raises(InputError, match="never opens"):
        find_checkpoint(tmp_path)


def test_a_full_disk_leaves_the_old_checkpoint_as_it_was(saved: Path) -> None:
    before = hashlib.sha256(saved.read_bytes()).hexdigest()
    large = {**TENSORS, "x": torch.zeros(100_000)}
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, old[1]))
    try:
        with pytest.raises(StorageError, match="free space"):
            checkpoint.save(saved, HEADER, large)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, handler)
    assert hashlib.sha256(saved.read_bytes()).hexdigest() == before
    assert [p.name for p in saved.parent.iterdir()] == ["last.safetensors"]


def test_a_kill_while_saving_leaves_a_whole_checkpoint(saved: Path) -> None:
    """Killed at twelve moments of its endless saving, a process leaves the last or the one before, never half of one."""
    for number in range(12):
        child = os.fork()
        if child == 0:
            while True:
                checkpoint.save(saved, HEADER, {**TENSORS, "x": torch.zeros(200_000)})
        time.sleep(0.02 + 0.007 * number)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        assert torch.equal(checkpoint.load(saved, TENSORS)["generator.w"], TENSORS["generator.w"])
    disk.clear_strays(saved.parent)
    assert [p.name for p in saved.parent.iterdir()] == ["last.safetensors"]


def test_numbers_of_the_header_that_cannot_be_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    header = json.loads(HEADER.to_json())
    for wrong in ({"state": {"seen": 1e999}}, {"state": {"seen": -1}}, {"shape": [2**20, 2**20]}, {"shape": [0]},
                  {"config": []}, {"labels": 3}, {"format": "x"}):  # fmt: skip
        path.write_bytes(raw({"__metadata__": {"artgen": json.dumps({**header, **wrong})}}))
        with pytest.raises(InputError, match="not an artgen checkpoint"):
            checkpoint.read_header(path)


def test_entries_of_the_table_that_cannot_be_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    for wrong in ({"shape": 3, "dtype": "F32"}, {"shape": [1], "dtype": ["F32"]}, {"dtype": "F32"}, None):
        path.write_bytes(raw({**META, "generator.w": wrong}))
        with pytest.raises(InputError, match="malformed"):
            checkpoint.load(path, TENSORS)


def test_a_training_goes_on_only_from_exactly_its_tensors(saved: Path) -> None:
    few = {"generator.w": TENSORS["generator.w"]}
    assert set(checkpoint.load(saved, few)) == {"generator.w"}
    with pytest.raises(InputError, match="holds the tensor steps"):
        checkpoint.load(saved, few, exact=True)


def test_matching_takes_what_fits(saved: Path) -> None:
    wanted: dict[str, Tensor] = {"generator.w": torch.zeros(2, 3), "steps": torch.zeros(4), "other": torch.zeros(1)}
    assert list(checkpoint.matching(saved, wanted)) == ["generator.w"]


def test_the_file_is_plain_safetensors(saved: Path) -> None:
    assert set(safetensors.torch.load_file(saved)) == set(TENSORS)
