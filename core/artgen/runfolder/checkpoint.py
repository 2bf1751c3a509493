"""Checkpoints: one safetensors file with everything a run needs to go on, and a JSON header that says what it is.

Nothing is pickled. Writing is atomic (``artgen.disk``). Reading trusts nothing: size of the
header, names, shapes and dtypes are checked against the model that the validated config describes before anything is
allocated, and every value has to be finite.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor

from artgen.errors import InputError
from artgen.runtime.disk import plainly_named, write_atomic

FORMAT = 1
BETTER = "better"  # in the state of a training that has ended: 1 where its best state is another one than its last
_HEADER_LIMIT = 2**20
_TENSOR_LIMIT = 20_000
_ITEM_LIMIT = 2**26  # numbers of one encoded item
_TYPES = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "I64": torch.int64,
          "I32": torch.int32, "I16": torch.int16, "I8": torch.int8, "U8": torch.uint8, "BOOL": torch.bool}  # fmt: skip


@dataclass(frozen=True)
class Header:
    """What a checkpoint says about itself: plugin with distribution, version and API, config, data spec, training state."""

    plugin: str
    distribution: str
    version: str
    api: int
    config: Mapping[str, Any]
    labels: tuple[str, ...]
    shape: tuple[int, ...]
    state: Mapping[str, float]

    def to_json(self) -> str:
        return json.dumps({"format": FORMAT, **self.__dict__})


def save(path: Path, header: Header, tensors: Mapping[str, Tensor]) -> None:
    """Write a checkpoint; the old one stays until the new one is safely on disk. Raises StorageError."""
    data = safetensors.torch.save(
        {k: v.detach().cpu().contiguous() for k, v in tensors.items()}, {"artgen": header.to_json()}
    )
    write_atomic(path, data, remedy="choose another folder")


def read_header(path: Path) -> Header:
    """The header, after checking that the file is a checkpoint of ours. Raises InputError saying what it is instead."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(64)
            length = int.from_bytes(start[:8], "little")
            if len(start) < 16 or not 2 <= length <= _HEADER_LIMIT or length + 8 > size or start[8:9] != b"{":
                raise InputError(f"{_what(path, start)}, not an artgen checkpoint", value=path)
            file.seek(8)
            table = json.loads(file.read(length))
        meta = json.loads(table.get("__metadata__", {})["artgen"])
        if meta["format"] > FORMAT:
            raise InputError(f"written by a newer artgen (format {meta['format']}); upgrade artgen", value=path)
        return _header(meta)
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", value=path) from None
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        raise InputError("a safetensors file, but not an artgen checkpoint", value=path) from None


def _header(meta: dict[str, Any]) -> Header:
    state = {str(k): float(v) for k, v in meta["state"].items()}
    if not all(math.isfinite(v) and v >= 0 for v in state.values()):
        raise ValueError("state")
    labels = tuple(str(label) for label in meta["labels"])
    shape = tuple(int(n) for n in meta["shape"])
    if not isinstance(meta["config"], dict):
        raise TypeError("config")
    if not all(n > 0 for n in shape) or math.prod(shape) > _ITEM_LIMIT:
        raise ValueError("shape")
    return Header(str(meta["plugin"]), str(meta["distribution"]), str(meta["version"]), int(meta["api"]),
                  meta["config"], labels, shape, state)  # fmt: skip


def load(path: Path, expected: Mapping[str, Tensor], exact: bool = False) -> dict[str, Tensor]:
    """The tensors named in ``expected``, whose names, shapes and dtypes the file must match (see ``check``) and whose values
    have to be finite. Raises InputError."""
    check(path, expected, exact)
    try:
        with plainly_named(path) as place, safetensors.safe_open(place, "pt") as file:
            tensors = {name: file.get_tensor(name) for name in expected}
    except (safetensors.SafetensorError, OSError) as error:
        raise InputError(f"damaged ({error})", value=path) from None
    bad = finite(tensors)
    if bad:
        raise InputError(f"{bad} holds values that are not finite", value=path)
    return tensors


def part(path: Path, prefixes: tuple[str, ...]) -> dict[str, Tensor]:
    """The tensors whose names start so. Raises InputError."""
    names = {name: entry for name, entry in _table(path).items() if name.startswith(prefixes)}
    return load(path, {n: torch.empty(shape, dtype=dtype, device="meta") for n, (shape, dtype) in names.items()})


def check(path: Path, expected: Mapping[str, Tensor], exact: bool = False) -> None:
    """Compare the file's names, shapes and dtypes with ``expected`` (which may be on the meta device) without reading a value.

    The file may hold more (an optimizer's state is not needed for sampling) unless ``exact``; nothing may be missing.
    Raises InputError naming the first tensor that differs."""
    table = _table(path)
    extra = set(table) - set(expected)
    if exact and extra:
        raise InputError(f"holds the tensor {min(extra)}, which this training does not know", value=path)
    for name, wanted in expected.items():
        if name not in table:
            raise InputError(f"lacks the tensor {name}", value=path)
        shape, dtype = table[name]
        if shape != tuple(wanted.shape) or dtype != wanted.dtype:
            raise InputError(
                f"{name} is {dtype} {list(shape)}, expected {wanted.dtype} {list(wanted.shape)}", value=path
            )


def count(path: Path) -> int:
    """How many tensors the file says it holds. Raises InputError."""
    return len(_table(path))


def matching(path: Path, wanted: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Those of ``wanted`` that the file holds under the same name with the same shape and dtype. Raises InputError."""
    table = _table(path)
    return {n: t for n, t in wanted.items() if n in table and table[n] == (tuple(t.shape), t.dtype)}


def _table(path: Path) -> dict[str, tuple[tuple[int, ...], torch.dtype | None]]:
    """Shape and dtype of every tensor, without reading any."""
    read_header(path)
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        table = json.loads(file.read(length))
    del table["__metadata__"]
    try:
        if len(table) > _TENSOR_LIMIT:
            raise ValueError("too many tensors")
        return {name: (tuple(entry["shape"]), _TYPES.get(entry["dtype"])) for name, entry in table.items()}
    except (KeyError, TypeError, ValueError):
        raise InputError("not an artgen checkpoint (its table of tensors is malformed)", value=path) from None


def _what(path: Path, start: bytes) -> str:
    text = start.lstrip().lower()
    if not start:
        return "an empty file"
    if text.startswith((b"<!doctype", b"<html")):
        return "an HTML page (a failed download?)"
    if text.startswith(b"version https://git-lfs"):
        return "a Git LFS pointer (run: git lfs pull)"
    if start.startswith((b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")):
        return "a pickle, which artgen never opens"
    return "a damaged or foreign file"


def finite(tensors: dict[str, Tensor]) -> str | None:
    """Name of the first tensor that holds a NaN or infinity, or None."""
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            return name
    return None
