"""A person's own files through a trained run, each result beside its source."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from artgen.config import RunConfig
from artgen.data.scan import scan
from artgen.errors import InputError, StorageError
from artgen.host import Host
from artgen.sample.draws import SeedDraws
from artgen.sample.model import Model
from artgen.types import Ask, RawItem, Reconstructs, Sample, Skipped, Source, SourceFile, Writer

_SHOWN = 12  # pairs on the sheet


@dataclass(frozen=True)
class Applied:
    """What became of the files: paths written, files that could not be used, files done before."""

    written: tuple[Path, ...]
    skipped: tuple[Skipped, ...]
    before: int


def sources(paths: Iterable[Path], suffixes: tuple[str, ...]) -> list[SourceFile]:
    """Files, and all files of folders, that the domain reads. Raises InputError for a path that is missing or holds none."""
    found: list[SourceFile] = []
    for path in paths:
        if path.is_dir():
            found += scan(path, suffixes, "FILES").files
        elif not path.is_file():
            raise InputError(f"{path}: does not exist; give files or folders")
        else:
            found.append(SourceFile(path.resolve(), path.name, None))
    if not found:
        raise InputError("give files or folders to work on")
    return found


class Applier:
    """Encodes files as in training, sends them through the generator, and writes the results.

    Raises InputError for a run that has no way from a file to a result."""

    def __init__(self, host: Host, config: RunConfig, model: Model, writer: Writer) -> None:
        if not isinstance(model.generator, Reconstructs):
            raise InputError(
                f"artgen apply: a run of task {config.run.task} with this model makes works from nothing; "
                "train one with --task reconstruct, or play this one with artgen sample"
            )
        self._host, self._config, self._model, self._writer = host, config, model, writer

    def apply(self, files: list[SourceFile], out: Path, notes: dict[str, str]) -> Applied:
        """Write one result per prepared item of each file into ``out``. What is there already is left as it is."""
        written: list[Path] = []
        skipped: list[Skipped] = []
        pairs: list[Sample] = []
        before = 0
        try:
            out.mkdir(parents=True, exist_ok=True)
            for file in files:
                stem = out / re.sub(r"[^\w.+-]+", "-", Path(file.name).with_suffix("").as_posix())
                if file.path.parent == out.resolve():
                    raise InputError(f"--out {out}: holds the sources; give another folder")
                if any(out.glob(f"{_escaped(stem.name)}.*")) or any(out.glob(f"{_escaped(stem.name)}-[0-9]*.*")):
                    before += 1
                    continue
                for number, item in enumerate(self._items(file)):
                    if isinstance(item, Skipped):
                        skipped.append(item)
                        continue
                    source, result = self._one(item)
                    name = stem if number == 0 else stem.with_name(f"{stem.name}-{number:03d}")
                    about = {**notes, "label": item.label or ""}
                    written += self._host.blame(
                        "artgen_writer", lambda r=result, n=name, a=about: self._writer.write(r, n, a)
                    )[:1]
                    pairs += [source, result] if len(pairs) < 2 * _SHOWN else []
            if pairs:
                self._host.blame("artgen_writer", lambda: self._writer.sheet(pairs, out / "sheet.png"))
        except OSError as error:
            raise StorageError(f"{out}: cannot be written ({error.strerror or error})") from None
        return Applied(tuple(written), tuple(skipped), before)

    def _items(self, file: SourceFile) -> Iterator[RawItem | Skipped]:
        return self._host.prepare(Source(file.path.parent, (file,), ()), self._config.domain)

    @torch.inference_mode()
    def _one(self, item: RawItem) -> tuple[Sample, Sample]:
        """The item as the networks see it, and what they make of it."""
        model = self._model
        assert isinstance(model.generator, Reconstructs)
        x = model.codec.encode(torch.from_numpy(item.data[None].copy()).to(model.device))
        condition = model.condition({item.label: 1.0} if item.label in model.spec.labels else {})
        again, _ = model.generator.reconstruct(x, condition, SeedDraws([0], model.device))
        source, result = (model.codec.decode(t)[0].cpu().numpy() for t in (x, again))
        return Sample(source, 0, item.label, Ask()), Sample(result, 0, item.label, Ask())


def _escaped(name: str) -> str:
    return re.sub(r"([\[\]*?])", r"[\1]", name)
