"""Explain a run: look with its discriminator, exchange units of its generator between classes, find the nearest training
items; one page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from artgen.contract.judge import Features
from artgen.contract.options import SampleOptions
from artgen.contract.writer import HeatWriter, Sample
from artgen.data.store import Store
from artgen.errors import InputError
from artgen.explain.saliency import Look
from artgen.explain.units import Carried, carriers
from artgen.judge.judging import judge_of
from artgen.judge.memorization import nearest
from artgen.judge.real_items import learned_of
from artgen.judge.reference_sets import BATCH, Reals, held_out
from artgen.media.heatmap import draw
from artgen.provenance.label import stamped
from artgen.provenance.packet import read_packet
from artgen.report.explanation import Explanation, Near, Seen, write_explanation
from artgen.runtime.disk import empty_folder
from artgen.verbs.loaded import LoadedRun
from artgen.verbs.project import read_item

_POOL = 32  # works of which the most and the least convincing are looked at
_MOST = 160  # training items that are measured
_PAIRS = 6


def explain_run(
    run: LoadedRun, file: Path | None = None, data: Path | None = None, stage: Callable[[str], None] = lambda _: None
) -> tuple[Path, list[str]]:
    """Write ``explain.html`` and its pictures into the run folder; the page, and the findings in words. ``stage`` hears what is
    done next.

    Raises InputError for a run that is no folder or changes works, and a file that the domain cannot read."""
    run.needs_folder("explain", "the page is")
    run.model.check_latent()
    raw = None if file is None else torch.from_numpy(read_item(run, file).data[None].copy()).to(run.model.device)
    folder = run.folder / "explain"
    empty_folder(folder)
    return _Explainer(run, folder, data, stage).explain(file, raw)


class _Explainer:
    def __init__(self, run: LoadedRun, folder: Path, data: Path | None, stage: Callable[[str], None]) -> None:
        self._run, self._folder, self._stage = run, folder, stage
        self._features = judge_of(run.host, run.config, run.model).features
        self._lines: list[str] = []
        self._reals: Reals | None = None
        try:
            self._reals = held_out(learned_of(run.host, run.config, data), run.config.train.holdout)
        except InputError as error:
            if data is not None:
                raise
            self._lines.append(f"left out what needs the training items: {error}")

    def explain(self, file: Path | None, raw: Tensor | None) -> tuple[Path, list[str]]:
        self._stage("looking")
        seen = self._looks(file, raw)
        self._stage("exchanging units")
        units = self._units()
        self._stage("searching training items")
        near = None if self._reals is None else self._near(*self._measured(self._reals), raw)
        if file is not None:
            self._whose(file)
        found = Explanation(seen, units, self._features.name, near, tuple(self._lines))
        return write_explanation(self._run.folder, found), self._lines

    def _whose(self, file: Path) -> None:
        """Say whether a file that is labelled comes from this very model."""
        fields = read_packet(file.read_bytes()[: 2**26]) or {}
        theirs, mine = fields.get("model"), self._run.fingerprint()
        if theirs:
            same = "this very model" if theirs == mine else f"another model ({theirs}; this one is {mine})"
            self._lines.append(f"{file.name}: its label says that it was made by {same}")

    def _looks(self, file: Path | None, raw: Tensor | None) -> tuple[Seen, ...]:
        """The file, the works that convince the discriminator most and least, and a real training item."""
        model, discriminator = self._run.model, self._run.discriminator()
        if discriminator is None:
            self._lines.append("this run was trained without a discriminator, so nothing judges its works")
            return ()
        look = Look(model.codec, discriminator)
        items: list[tuple[str, Tensor, Tensor]] = []
        first = model.condition(model.shares(0, None))
        with torch.no_grad():
            if file is not None and raw is not None:
                items.append((f"your file {file.name}", model.codec.encode(raw), first))
            rows = [model.condition(model.shares(seed, None)) for seed in range(_POOL)]
            works = [model.encoded([seed], row, SampleOptions()).clone() for seed, row in enumerate(rows)]
            scores = [float(discriminator(x, row).mean()) for x, row in zip(works, rows, strict=True)]
            order = np.argsort(scores, kind="stable").tolist()
            for what, seed in (("the most convincing", order[-1]), ("the least convincing", order[0])):
                items.append((f"{what} of {_POOL} works, seed {seed}", works[seed], rows[seed]))
            if self._reals is not None:
                store, number = self._reals.store, int(self._reals.reference[0])
                label = store.label_index[number]
                row = model.condition({store.labels[label]: 1.0}) if store.labels and label >= 0 else first
                items.append(("a real training item", model.codec.encode(self._item(store, number)), row))
        return tuple(self._look(look, *item, number) for number, item in enumerate(items))

    def _look(self, look: Look, name: str, x: Tensor, condition: Tensor, number: int) -> Seen:
        found = look(x, condition)
        self._lines.append(f"{name}: score {found.score:.3g}")
        heats = {
            "looks here (gradient)": found.gradient.cpu().numpy(),
            "red says fake, blue real (cover)": found.occlusion.cpu().numpy(),
        }
        path, view = self._folder / f"look{number}.png", found.view.cpu().float().numpy()
        writer = self._run.host.writer(self._run.config.domain)
        if isinstance(writer, HeatWriter):
            writer.heat(view, heats, path)
        else:
            draw(view, heats, path)
        stamped([path], self._run.metadata(), self._run.signer)
        return Seen(name, found.score, path.relative_to(self._run.folder).as_posix())

    def _measured(self, reals: Reals) -> tuple[Tensor, np.ndarray]:
        """Features of at most 160 training items evenly spread, and their numbers."""
        numbers = reals.reference
        numbers = numbers[np.linspace(0, len(numbers) - 1, min(_MOST, len(numbers))).astype(int)]
        parts = [
            _of(self._features, self._seen(reals.store, numbers[i : i + BATCH])) for i in range(0, len(numbers), BATCH)
        ]
        return torch.cat(parts), numbers

    def _units(self) -> list[Carried]:
        """What carries the classes, said in words."""
        found = carriers(self._run.model, self._features)
        for row in found:
            step = row.few
            told = step or row.steps[-1]
            self._lines.append(
                f"{row.label}: {told.count} of {row.total} units, acting as in another class, take works "
                f"{told.moved:.0%} of the way "
                f"to it, as many random ones {told.random:.0%}{'' if step else ': few units do not carry it'}"
            )
        return found

    def _near(self, train: Tensor, numbers: np.ndarray, raw: Tensor | None) -> Near:
        """Works, the file first, each before the training item nearest to it, as a sheet."""
        model = self._run.model
        assert self._reals is not None
        with torch.no_grad():
            works = [model.codec.decode(model.codec.encode(raw))] if raw is not None else []
            works += [model.raw([seed], [model.label_of(seed)]) for seed in range(_PAIRS - len(works))]
            found = nearest(train, torch.cat([_of(self._features, work) for work in works]))
        pairs: list[Sample] = []
        for seed, (work, item) in enumerate(zip(works, found.item, strict=True)):
            real = self._seen(self._reals.store, numbers[int(item)][None])
            pairs += [Sample(w[0].cpu().numpy(), seed, None, SampleOptions()) for w in (work, real)]
        path = self._folder / "nearest.png"
        writer = self._run.writer()
        writer.sheet(pairs, path, 2)
        names = [
            ("your file" if raw is not None and k == 0 else f"seed {k - (raw is not None)}") for k in range(len(works))
        ]
        return Near(
            path.relative_to(self._run.folder).as_posix(), tuple(zip(names, found.closeness.tolist(), strict=True))
        )

    @torch.no_grad()
    def _seen(self, store: Store, numbers: Sequence[int] | np.ndarray) -> Tensor:
        """Training items as the networks see them."""
        codec = self._run.model.codec
        raw = torch.from_numpy(store.items[np.asarray(numbers)].copy()).to(self._run.model.device)
        return codec.decode(codec.encode(raw))

    def _item(self, store: Store, number: int) -> Tensor:
        return torch.from_numpy(store.items[number][None].copy()).to(self._run.model.device)


@torch.no_grad()
def _of(features: Features, raw: Tensor) -> Tensor:
    return features(raw).cpu().float()
