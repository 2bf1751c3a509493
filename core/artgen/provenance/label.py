"""A writer that labels what another writer writes: the mark goes into the raw item (finished, where the writer has a last step),
the packet into the files. It sits in the core, so that a stranger's plugin is labelled too."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from artgen.contract.writer import Finishes, PicksMoments, Sample, WalkWriter, Writer
from artgen.errors import StorageError
from artgen.provenance.containers import content_hash, insert
from artgen.provenance.medium import medium_of
from artgen.provenance.packet import packet, read_packet
from artgen.runtime.disk import refuse_foreign, staged, write_atomic

if TYPE_CHECKING:
    from artgen.provenance.manifest import Signer

_FIELDS = ("comment", "label", "model", "plugin", "recipe", "seed", "software")
_LARGEST = 2**30  # bytes of a file that is labelled in memory


def labelled(writer: Writer, metadata: Mapping[str, str], mark: bool = True, signer: Signer | None = None) -> Writer:
    """``writer`` with labels; a WalkWriter stays one.

    - ``metadata``: what a sheet says about itself.
    - ``mark``: also the invisible one.
    - ``signer``: also a C2PA manifest.
    """
    return (_Walks if isinstance(writer, WalkWriter) else _Works)(writer, metadata, mark, signer)


class _Works:
    """Every file appears under its name when it is whole and labelled, and replaces none that artgen did not make."""

    def __init__(self, writer: Writer, metadata: Mapping[str, str], mark: bool, signer: Signer | None) -> None:
        self._writer, self._metadata, self._mark, self._signer = writer, metadata, mark, signer
        self._done = dict[int, np.ndarray]()  # finished works by the id of their raw item, for as long as that lives

    def write(self, sample: Sample, stem: Path, metadata: Mapping[str, str]) -> list[Path]:
        data = self._marked(sample, metadata)
        return self._placed(stem, metadata, lambda place: self._writer.write(data, place, metadata))

    def sheet(self, samples: Sequence[Sample], path: Path, columns: int | None = None) -> Path:
        shown = [replace(sample, data=self._finished(sample.data)) for sample in samples]
        return self._placed(path, self._metadata, lambda place: [self._writer.sheet(shown, place, columns)])[0]

    def _marked(self, sample: Sample, metadata: Mapping[str, str]) -> Sample:
        data = self._finished(sample.data)
        return replace(sample, data=marked(data, code_of(metadata)) if self._mark else data)

    def _finished(self, data: np.ndarray) -> np.ndarray:
        """A raw item as the writer finishes it; once for its file and for its place on a sheet, because a learned enlarger takes
        longer than the generator."""
        key = id(data)
        if key in self._done:
            return self._done[key]
        done = finished(self._writer, data)
        if not np.may_share_memory(done, data):  # what holds on to the raw item would never be let go
            self._done[key] = done
            weakref.finalize(data, self._done.pop, key).atexit = False
        return done

    def _placed(self, stem: Path, metadata: Mapping[str, str], write: Callable[[Path], list[Path]]) -> list[Path]:
        """``write`` into a folder of its own, label the files, then move them to where they belong."""
        with staged(stem.parent, replaceable) as folder:
            made = stamped(write(folder / stem.name), metadata, self._signer)
        return [stem.parent / path.relative_to(folder) if path.is_relative_to(folder) else path for path in made]


class _Walks(_Works):
    @property
    def steps(self) -> int:
        assert isinstance(self._writer, WalkWriter)
        return self._writer.steps

    def walk(self, samples: Iterator[Sample], stem: Path, fps: float | None, metadata: Mapping[str, str]) -> list[Path]:
        assert isinstance(self._writer, WalkWriter)
        writer = self._writer
        if isinstance(writer, PicksMoments):
            samples = (writer.moment(sample, number, fps) for number, sample in enumerate(samples))
        shown = (self._marked(sample, metadata) for sample in samples)
        return self._placed(stem, metadata, lambda place: writer.walk(shown, place, fps, metadata))


def refuse_foreign_sheet(folder: Path) -> None:
    """Raises InputError, before anything is made, where the sheet of all works would replace a file that artgen did not make."""
    refuse_foreign(folder / "sheet.png", "--out", "artgen", lambda data: read_packet(data) is not None)


def replaceable(old: Path, new: Path) -> bool:
    """Whether artgen made the old file; of a format that holds no label, whether the new one is the same."""
    if old.stat().st_size <= _LARGEST and read_packet(old.read_bytes()) is not None:
        return True
    return old.stat().st_size == new.stat().st_size and old.read_bytes() == new.read_bytes()


def finished(writer: Writer, data: np.ndarray) -> np.ndarray:
    """A raw item as the writer finishes it."""
    return writer.finish(data) if isinstance(writer, Finishes) else data


def marked(data: np.ndarray, code: int) -> np.ndarray:
    """A raw item with the invisible mark of its medium; unchanged where there is none for it."""
    from artgen.provenance.picture import mark_film, mark_picture
    from artgen.provenance.sound import mark_sound

    ways = {"picture": mark_picture, "film": mark_film, "sound": mark_sound}
    medium = medium_of(data)
    return ways[medium](data, code) if medium else data


def code_of(metadata: Mapping[str, str]) -> int:
    """The byte that the mark carries: the first of the model's hash."""
    return int(metadata.get("model", "0")[:2], 16)


def stamped(paths: list[Path], metadata: Mapping[str, str], signer: Signer | None = None) -> list[Path]:
    """The same files, with a packet that says how they were made where their format holds one, and signed by ``signer``."""
    fields = {name: metadata[name] for name in _FIELDS if name in metadata}
    for path in paths:
        try:
            done = (
                with_packet(path.read_bytes(), fields) if path.is_file() and path.stat().st_size <= _LARGEST else None
            )
        except OSError as error:
            raise StorageError(f"cannot be read again ({error.strerror or error})", value=path) from None
        if done is not None:
            write_atomic(path, done)
    if signer is not None:
        signer.sign(paths, metadata)  # last: a signature covers all that came before
    return paths


def with_packet(data: bytes, fields: Mapping[str, str]) -> bytes | None:
    """A file's bytes with the packet and the hash of its content; None for a format without a place for it."""
    return insert(data, packet({**fields, "content": content_hash(data) or ""}))
