"""Samples to files, through the domain's writer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from artgen.contract.writer import Sample, Writer
from artgen.provenance.label import refuse_foreign_sheet
from artgen.runfolder.records import SnapshotRow, WorkRow
from artgen.runtime.disk import make_folder

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Destination:
    """Where works go: files into ``folder``, named in the records relative to ``root``. ``metadata``: how they were made."""

    root: Path
    folder: Path
    writer: Writer
    metadata: Mapping[str, str]

    def relative(self, paths: Iterable[Path]) -> tuple[str, ...]:
        return tuple(path.relative_to(self.root).as_posix() for path in paths)


@dataclass(frozen=True)
class Written:
    """What was written: ``works`` in their order, and ``sheet``, the PNG of all (None: there was nothing to show)."""

    works: tuple[WorkRow, ...]
    sheet: str | None

    def row(self, seen: int, seconds: float, kind: Literal["snapshot", "final"]) -> SnapshotRow:
        """A row of the sample index of a run."""
        return SnapshotRow(seen=seen, seconds=round(seconds, 1), kind=kind, sheet=self.sheet, items=self.works)


def write_samples(
    where: Destination, samples: Iterable[Sample], together: Callable[[list[Sample]], list[Sample]] = list
) -> Written:
    """Write every sample and a sheet of all. ``together``: the samples of the sheet, where several processes write. Raises
    StorageError for a disk that is full, InputError where a file
    stands that artgen did not make."""
    kept: list[Sample] = []
    works: list[WorkRow] = []
    make_folder(where.folder)
    refuse_foreign_sheet(where.folder)
    for sample in samples:
        metadata = {**where.metadata, "seed": str(sample.seed), "label": sample.label or ""}
        paths = where.writer.write(sample, where.folder / stem(sample), metadata)
        works.append(WorkRow(seed=sample.seed, label=sample.label, files=where.relative(paths)))
        kept.append(sample)
    shown = together(kept)
    sheet = where.writer.sheet(shown, where.folder / "sheet.png") if shown else None
    return Written(tuple(works), where.relative([sheet])[0] if sheet else None)


def write_changed(
    where: Destination, plain: Writer, numbers: Sequence[int], source: Tensor, results: Tensor, truth: Tensor | None
) -> Written:
    """The same for works that were changed: ``source``, ``results`` and, where it is known, ``truth``, raw works ``[b, *work]``
    by ``numbers``. Source and truth are real works: ``plain``, which does not label them as made, writes each of them once."""
    works: list[WorkRow] = []
    row_of: list[Sample] = []
    given = where.root / "samples" / "sources"
    for folder in (where.folder, given):
        make_folder(folder)
    for index, number in enumerate(numbers):
        sides = {"source": source, "target": truth}
        real = {name: _sample(raw[index], number) for name, raw in sides.items() if raw is not None}
        result = _sample(results[index], number)
        made = where.writer.write(result, where.folder / f"item{number:05d}", {**where.metadata, "seed": str(number)})
        beside = {
            name: where.relative(_written_once(plain, work, given / f"{name}{number:05d}"))
            for name, work in real.items()
        }
        files = where.relative(made)
        works.append(WorkRow(seed=number, files=files, source=beside["source"], target=beside.get("target", ())))
        row_of += [real["source"], result, *([real["target"]] if "target" in real else [])]
    sheet = where.writer.sheet(row_of, where.folder / "sheet.png", 2 if truth is None else 3)
    return Written(tuple(works), where.relative([sheet])[0])


def _sample(raw: Tensor, number: int) -> Sample:
    return Sample(raw.cpu().numpy(), number, None)


def _written_once(writer: Writer, sample: Sample, stem: Path) -> list[Path]:
    there = sorted(path for path in stem.parent.glob(f"{stem.name}.*"))
    return there or writer.write(sample, stem, {})


def stem(sample: Sample) -> str:
    """File name of a sample without its ending: its name, or seed and class."""
    if sample.name is not None:
        return sample.name
    label = re.sub(r"[^\w+-]+", "-", sample.label or "").strip("-")
    loop = ("-loop" if sample.options.loop else "") + (
        f"-motion{sample.options.motion}" if sample.options.motion is not None else ""
    )
    return f"seed{sample.seed:04d}{'-' + label if label else ''}{loop}"
