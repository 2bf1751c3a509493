"""Samples to files, through the domain's writer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from artgen.errors import StorageError
from artgen.types import Sample, Writer


@dataclass(frozen=True)
class Sheet:
    """Where a set of samples goes: files into ``folder``, named in the result relative to ``root``."""

    root: Path
    folder: Path
    writer: Writer
    notes: Mapping[str, str]


def write_samples(where: Sheet, samples: Iterable[Sample]) -> dict[str, Any]:
    """Write every sample and a sheet of all: ``{"sheet": path, "items": [{"seed", "label", "files"}]}``, a row of the run's
    sample index without its time. Raises StorageError for a disk that is full."""
    kept: list[Sample] = []
    rows: list[dict[str, Any]] = []
    try:
        where.folder.mkdir(parents=True, exist_ok=True)
        for sample in samples:
            notes = {**where.notes, "seed": str(sample.seed), "label": sample.label or ""}
            paths = where.writer.write(sample, where.folder / stem(sample), notes)
            rows.append(
                {"seed": sample.seed, "label": sample.label, "files": [_relative(p, where.root) for p in paths]}
            )
            kept.append(sample)
        sheet = where.writer.sheet(kept, where.folder / "sheet.png") if kept else None
    except OSError as error:
        raise StorageError(f"{where.folder}: cannot be written ({error.strerror or error})") from None
    return {"sheet": _relative(sheet, where.root) if sheet else None, "items": rows}


def stem(sample: Sample) -> str:
    """File name of a sample without its ending: seed and class."""
    label = re.sub(r"[^\w+-]+", "-", sample.label or "").strip("-")
    loop = ("-loop" if sample.ask.loop else "") + (
        f"-motion{sample.ask.motion}" if sample.ask.motion is not None else ""
    )
    return f"seed{sample.seed:04d}{'-' + label if label else ''}{loop}"


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()
