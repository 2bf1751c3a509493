"""A person's own files through a trained run, each result beside its source."""

from __future__ import annotations

import shutil
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from artgen.contract.codec import WorkCodec
from artgen.contract.data import RawItem, Skipped, Source, SourceFile
from artgen.contract.networks import Reconstructs
from artgen.contract.writer import Opened, Sample
from artgen.data.kinds import begins_as_read, no_use
from artgen.data.names import as_file
from artgen.data.scan import given_files
from artgen.errors import InputError, PluginError
from artgen.inference.noise import PerSeedNoise
from artgen.inference.translate import translate
from artgen.provenance.label import code_of, finished, marked, refuse_foreign_sheet, stamped
from artgen.runtime.disk import make_folder, unwritable
from artgen.verbs.loaded import LoadedRun

_SHOWN = 12  # pairs on the sheet
Tell = Callable[[int, int, str], None]  # files done, of how many, the one that is next


@dataclass(frozen=True)
class Applied:
    """What became of the files.

    - ``written``: paths of the results.
    - ``skipped``: files that gave none, and why.
    - ``before``: how many were done already.
    - ``failed``: how many of the skipped are of a kind that the domain reads."""

    written: tuple[Path, ...]
    skipped: tuple[Skipped, ...]
    before: int
    failed: int = 0


def apply(run: LoadedRun, paths: Iterable[Path], out: Path, tell: Tell | None = None) -> Applied:
    """See ``Run.apply``."""
    found = given_files(paths, run.host.domain.suffixes)
    done = Applier(run).apply(list(found.files), out, tell)
    return replace(done, skipped=(*found.ignored, *done.skipped))


class Applier:
    """Opens files, sends them through the generator, and writes the results, labelled.

    Raises InputError for a run that has no way from a file to a result."""

    def __init__(self, run: LoadedRun) -> None:
        host, config, model = run.host, run.config, run.model
        if not model.changes_works and not isinstance(model.generator, Reconstructs):
            raise InputError(
                f"a run of task {config.run.task} with this model makes works from nothing; "
                "train one with --task reconstruct, style or colorize, or play this one with artgen sample",
                at="artgen apply",
                page="this run makes works from nothing and changes none; play with it instead",
            )
        self._host, self._config, self._model, self._metadata = host, config, model, run.metadata()
        self._mark, self._signer = config.train.mark, run.signer
        self._plain = host.writer(config.domain)
        self._writer = run.writer(self._mark)

    def apply(self, files: list[SourceFile], out: Path, tell: Tell | None = None) -> Applied:
        """Write the result of each file into ``out``, under its name. What is there already is left as it is."""
        written: list[Path] = []
        skipped: list[Skipped] = []
        pairs: list[Sample] = []
        before = 0
        faults: list[PluginError] = []
        make_folder(out)
        try:
            refuse_foreign_sheet(out)
            there = {path.stem for path in out.iterdir()}
            for number, (file, name) in enumerate(zip(files, _names(files), strict=True)):
                if tell:
                    tell(number, len(files), file.name)
                if file.path.parent == out.resolve():
                    raise InputError("holds the sources; give another folder", at="--out", value=out)
                if name in there:
                    before += 1
                    continue
                try:
                    opened = self._open(file, skipped)
                    if opened is not None:
                        written += self._write(opened, file, out / name, pairs)
                except PluginError as fault:  # a decoder or an encoder that this file is too odd for; the others go on
                    faults.append(fault)
                    skipped.append(Skipped(file.name, str(fault)))
                except MemoryError:
                    skipped.append(Skipped(file.name, "needs more memory than there is: shrink it"))
            if pairs:
                self._writer.sheet(pairs, out / "sheet.png", 2)
            if tell:
                tell(len(files), len(files), "")
        except OSError as error:
            raise unwritable(out, error) from None
        if faults and len(faults) == len(skipped) and not (written or before):
            raise faults[0]  # nothing works: the plugin is to blame, and no file
        return Applied(tuple(written), tuple(skipped), before, len(skipped))

    def _open(self, file: SourceFile, skipped: list[Skipped]) -> Opened | None:
        """The file whole where the domain can open it so and the task changes works of any size, else its prepared items; None,
        and the reasons added to ``skipped``, where nothing can be used."""
        whole = self._host.open(file, self._config.domain) if self._model.changes_works else None
        if isinstance(whole, Skipped):
            skipped.append(self._named(whole, file))
            return None
        if whole is not None:
            return whole
        items = list(self._host.prepare(Source(file.path.parent, (file,), ()), self._config.domain))
        skipped += [self._named(item, file) for item in items if isinstance(item, Skipped)]
        parts = [self._given(item.data) for item in items if isinstance(item, RawItem)]
        return Opened(iter(parts)) if parts else None

    def _named(self, skipped: Skipped, file: SourceFile) -> Skipped:
        """A file of an ending that the domain does not know is tried; where that fails, what the ending says is said, as of a
        folder that is learned from. Of one that begins as a work does the damage is said: another name would not mend it."""
        suffixes, ending = self._host.domain.suffixes, file.path.suffix.lower()
        if not ending or ending in suffixes or begins_as_read(file.path, suffixes):
            return skipped
        return Skipped(skipped.name, no_use(file.path, suffixes))

    def _given(self, item: np.ndarray) -> np.ndarray:
        """The work that a prepared item stands for."""
        codec = self._model.codec
        if not self._model.changes_works or not isinstance(codec, WorkCodec):
            return item
        return codec.part(torch.from_numpy(item[None].copy()))[0][0].numpy()

    def _write(self, opened: Opened, file: SourceFile, stem: Path, pairs: list[Sample]) -> list[Path]:
        """Change every part and write the result beside, then move it into its place, so that a file that is there is whole."""
        metadata = {**self._metadata, "label": file.label or ""}
        work = Path(tempfile.mkdtemp(prefix=".new-", dir=stem.parent))
        beside = work / stem.name
        try:
            parts = self._changed(opened.parts, file.label, pairs)
            if opened.write is not None:
                code = code_of(metadata)
                whole = (finished(self._plain, part) for _, part in parts)
                made = (marked(part, code) if self._mark else part for part in whole)
                paths = stamped(opened.write(made, beside, metadata), metadata, self._signer)
            else:
                paths = []
                for number, (_, part) in enumerate(parts):
                    name = beside if number == 0 else beside.with_name(f"{stem.name}-{number:03d}")
                    paths += self._writer.write(Sample(part, 0, file.label), name, metadata)
            placed = [path.replace(stem.parent / path.name) for path in reversed(paths)]  # the work itself last
        finally:
            shutil.rmtree(work, ignore_errors=True)
        return placed[-1:]

    def _changed(
        self, parts: Iterator[np.ndarray], label: str | None, pairs: list[Sample]
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Each part and what the run makes of it; the first one of a file is kept for the sheet."""
        for number, part in enumerate(parts):
            source, result = self._change(part, label)
            if number == 0 and len(pairs) < 2 * _SHOWN:
                pairs += [Sample(source, 0, label), Sample(result, 0, label)]
            yield source, result

    @torch.inference_mode()
    def _change(self, part: np.ndarray, label: str | None) -> tuple[np.ndarray, np.ndarray]:
        """A work as the networks see it, and what they make of it."""
        model = self._model
        raw = torch.from_numpy(part[None].copy())
        if model.changes_works:
            return part, translate(model, raw)[0].cpu().numpy()
        assert isinstance(model.generator, Reconstructs)
        x = model.codec.encode(raw.to(model.device))
        condition = model.condition({label: 1.0} if label in model.spec.labels else {})
        again, _ = model.generator.reconstruct(x, condition, PerSeedNoise([0], model.device))
        source, result = (model.codec.decode(t)[0].cpu().numpy() for t in (x, again))
        return source, result


def _names(files: list[SourceFile]) -> list[str]:
    """A file name without ending for each result: that of its source, with the folder and the ending where two would be the
    same to a disk that does not tell cases and ways of writing an accent apart."""
    plain = [as_file(Path(file.name).with_suffix("").as_posix()) for file in files]
    full = [as_file(f"{file.path.parent.name}/{file.name}") for file in files]
    often = Counter(map(_same, plain))
    names = [name if often[_same(name)] == 1 else longer for name, longer in zip(plain, full, strict=True)]
    seen: Counter[str] = Counter()
    for number, name in enumerate(names):
        seen[_same(name)] += 1
        names[number] = name if seen[_same(name)] == 1 else f"{name}-again{seen[_same(name)]}"
    return names


def _same(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
