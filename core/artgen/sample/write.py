"""Samples to files, through the domain's writer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artgen.errors import StorageError
from artgen.types import Sample, Writer

if TYPE_CHECKING:
    from torch import Tensor

    from artgen.sample.translate import Translated


@dataclass(frozen=True)
class Sheet:
    """Where a set of samples goes: files into ``folder``, named in the result relative to ``root``."""

    root: Path
    folder: Path
    writer: Writer
    notes: Mapping[str, str]


def write_samples(
    where: Sheet, samples: Iterable[Sample], together: Callable[[list[Sample]], list[Sample]] = list
) -> dict[str, Any]:
    """Write every sample and a sheet of all: ``{"sheet": path, "items": [{"seed", "label", "files"}]}``, a row of the run's
    sample index without its time. ``together``: the samples of the sheet, where several processes write. Raises StorageError for
    a disk that is full."""
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
        shown = together(kept)
        sheet = where.writer.sheet(shown, where.folder / "sheet.png") if shown else None
    except OSError as error:
        raise StorageError(f"{where.folder}: cannot be written ({error.strerror or error})") from None
    return {"sheet": _relative(sheet, where.root) if sheet else None, "items": rows}


def write_changed(where: Sheet, plain: Writer, numbers: Sequence[int], shown: Translated) -> dict[str, Any]:
    """The same for works that were changed, with their ``source`` and, where it is known, the ``target`` beside ``files``; these
    are real works, written once by ``plain``, which does not label them as made."""
    rows: list[dict[str, Any]] = []
    row_of: list[Sample] = []
    given = where.root / "samples" / "sources"
    try:
        for folder in (where.folder, given):
            folder.mkdir(parents=True, exist_ok=True)
        for index, number in enumerate(numbers):
            sides = {"source": shown.source, "target": shown.truth}
            works = {name: _sample(raw[index], number) for name, raw in sides.items() if raw is not None}
            result = _sample(shown.result[index], number)
            made = where.writer.write(result, where.folder / f"item{number:05d}", {**where.notes, "seed": str(number)})
            beside = {name: _written_once(plain, work, given / f"{name}{number:05d}") for name, work in works.items()}
            rows.append({"seed": number, "label": None, "files": [_relative(path, where.root) for path in made]}
                        | {name: [_relative(path, where.root) for path in paths] for name, paths in beside.items()})  # fmt: skip
            row_of += [works["source"], result, *([works["target"]] if "target" in works else [])]
        sheet = where.writer.sheet(row_of, where.folder / "sheet.png", 2 if shown.truth is None else 3)
    except OSError as error:
        raise StorageError(f"{where.folder}: cannot be written ({error.strerror or error})") from None
    return {"sheet": _relative(sheet, where.root), "items": rows}


def _sample(raw: Tensor, number: int) -> Sample:
    return Sample(raw.cpu().numpy(), number, None)


def _written_once(writer: Writer, sample: Sample, stem: Path) -> list[Path]:
    there = sorted(path for path in stem.parent.glob(f"{stem.name}.*"))
    return there or writer.write(sample, stem, {})


def stem(sample: Sample) -> str:
    """File name of a sample without its ending: seed and class."""
    label = re.sub(r"[^\w+-]+", "-", sample.label or "").strip("-")
    loop = ("-loop" if sample.ask.loop else "") + (
        f"-motion{sample.ask.motion}" if sample.ask.motion is not None else ""
    )
    return f"seed{sample.seed:04d}{'-' + label if label else ''}{loop}"


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()
