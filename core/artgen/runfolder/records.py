"""What the files of a run folder hold, a model for each kind of row: written and read by the same model.

``metrics.jsonl`` MetricsRow · ``samples/index.jsonl`` SnapshotRow · ``skipped.jsonl`` SkippedRow · ``quality.json`` Quality ·
the header of ``directions.safetensors`` DirectionRow.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from artgen.contract.observer import Stats
from artgen.contract.record import Count, Maybe, Number, Record, Text


class MetricsRow(Record):
    """One report of the training: ``seen`` items, ``seconds`` of training, share of the budget spent, named figures. A figure
    that is no finite number is None."""

    seen: Count
    seconds: Number
    progress: Maybe = None
    values: Mapping[str, Maybe]

    @classmethod
    def of(cls, stats: Stats) -> MetricsRow:
        """The row of a report, with six significant digits."""
        values = {name: float(f"{v:.6g}") for name, v in stats.values.items() if math.isfinite(v)}
        return cls(seen=stats.seen, seconds=round(stats.seconds, 2), progress=round(stats.progress, 5), values=values)

    @property
    def stats(self) -> Stats:
        """The report, without figures that are no finite numbers."""
        values = {name: value for name, value in self.values.items() if value is not None}
        return Stats(self.seen, self.seconds, self.progress or 0.0, values)


class WorkRow(Record):
    """One work: ``files`` relative to the run folder, the work itself first. ``source``, ``target``: files of the work that was
    changed and of the one that was wanted; empty where there is none."""

    seed: Count
    label: Text | None = None
    files: tuple[Text, ...]
    source: tuple[Text, ...] = ()
    target: tuple[Text, ...] = ()

    @model_serializer(mode="wrap")
    def _brief(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without ``source`` and ``target`` where there are none."""
        return {name: value for name, value in whole(self).items() if value or name not in ("source", "target")}


class SnapshotRow(Record):
    """Works of one moment of the training, or those written after it (``final``). ``sheet``: PNG of all."""

    seen: Count
    seconds: Number
    kind: Literal["snapshot", "final"]
    sheet: Text | None = None
    items: tuple[WorkRow, ...] = ()

    @property
    def final(self) -> bool:
        return self.kind == "final"


COPIES = "copies"  # the figure of samples that come too near to a training item


class Figure(Record):
    """One measured quantity.

    - ``label``: its class, None for all.
    - ``real``, ``noise``: its anchors, what held-out real works and noise reach (None: it has none).
    - ``baselines``: what simple ways to do the same reach, by name.
    """

    name: str
    label: Text | None = None
    value: Maybe
    real: Maybe = None
    noise: Maybe = None
    lower_is_better: bool = True
    help: str = ""
    baselines: Mapping[str, Maybe] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _no_noise(cls, values: Any) -> Any:
        """Noise copies nothing, so it is no anchor of that figure; runs of before have it."""
        if isinstance(values, Mapping) and values.get("name") == COPIES:
            return {**values, "noise": None}
        return values

    @property
    def fault(self) -> str | None:
        """Why the figure cannot judge: noise does better than real works do, or nearly as well. None: it can, or has no
        anchors."""
        if self.real is None or self.noise is None:
            return None
        gain = self.noise - self.real if self.lower_is_better else self.real - self.noise
        if gain < 0:
            return "noise scores better than real works"
        alike = gain <= _ALIKE * max(abs(self.real), abs(self.noise))
        return "noise scores as well as real works" if alike else None

    def rounded(self) -> Figure:
        """The same with four significant digits."""
        numbers = {
            name: _short(value) for name in ("value", "real", "noise") if (value := getattr(self, name)) is not None
        }
        baselines = {name: None if value is None else _short(value) for name, value in self.baselines.items()}
        return self.model_copy(update={**numbers, "baselines": baselines})


class Quality(Record):
    """All figures of a run.

    - ``features``: the name of what they were measured with.
    - ``items``: how many works were judged.
    """

    features: str = ""
    items: Count | None = None
    note: str = ""
    figures: tuple[Figure, ...] = ()

    @classmethod
    def holds(cls, data: bytes) -> bool:
        """Whether these are the bytes of a file of figures."""
        try:
            return bool(cls.model_validate_json(data).figures)
        except ValueError:
            return False

    @property
    def warning(self) -> str | None:
        """What to know before reading the figures: that these features cannot tell noise from real works. None: they can."""
        for figure in self.figures:
            if figure.name in _DISTANCES and figure.label is None and figure.fault:
                return (
                    f"These features cannot judge this run: {figure.fault} ({figure.name} {figure.noise:.4g} against "
                    f"{figure.real:.4g}). Judge with others: those of a file, or of the plugin (artgen_judge)."
                )
        return None


class EffectRow(Record):
    """See ``artgen.inference.directions.Effect``."""

    name: str
    slope: Number
    strength: Number
    agree: Number


class DirectionRow(Record):
    """A direction without its vector, which is the tensor of the same name."""

    name: str
    kind: str
    effects: tuple[EffectRow, ...] = ()


_ALIKE = 0.1  # anchors that lie closer together than this share of the larger one are nearly equal
_DISTANCES = ("KID", "FID")  # the figures of the whole set of features


def _short(value: float) -> float:
    return float(f"{value:.4g}")
