"""What the files that artgen keeps for itself are read and written by: frozen pydantic models of plain values."""

from __future__ import annotations

import math
import warnings
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _number(value: object) -> object:
    """A number as JSON has it: no text, no switch."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("not a number")
    if isinstance(value, int) and abs(value) > 2**63:
        raise ValueError("too large")
    return value


def _finite(value: object) -> float | None:
    """A finite number, or None for anything that is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:  # a whole number beyond every float
        return None
    return number if math.isfinite(number) else None


def _writable(value: object) -> object:
    """Text without the half characters by which Python stands for bytes of a file name that are no UTF-8."""
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else value


Text: TypeAlias = Annotated[str, BeforeValidator(_writable)]
Number: TypeAlias = Annotated[float, BeforeValidator(_number), Field(allow_inf_nan=False)]
Count: TypeAlias = Annotated[int, BeforeValidator(_number), Field(ge=0)]
Maybe: TypeAlias = Annotated[float | None, BeforeValidator(_finite)]


class Record(BaseModel):
    """Immutable. Fields that a later artgen adds are left out, so that old programs read new files."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    def __getitem__(self, name: str) -> Any:
        """``record["name"]``, as before records were values."""
        warnings.warn(f"write .{name} instead of [{name!r}]", DeprecationWarning, stacklevel=2)
        return getattr(self, name)


class SkippedRow(Record):
    """A file that could not be used, and why. ``kind``: see ``artgen.data.unused``; empty where that is not known."""

    name: Text
    reason: Text
    kind: Text = ""
