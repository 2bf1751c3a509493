"""One generator of checks and its front ends for Python and pytest; the command line's is ``artgen check``."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from artgen.errors import nearest
from artgen.runtime.patience import Patience
from artgen.testing.case import Broken, Case, NotApplicable, calm

if TYPE_CHECKING:
    import pytest

Status = Literal["passed", "failed", "expected", "not applicable"]


@dataclass(frozen=True)
class Check:
    """A promise that every plugin keeps. ``run`` takes a Case, returns a figure worth showing (or ""), raises Broken when
    the promise is broken and NotApplicable where it has no meaning."""

    name: str
    promise: str
    run: Callable[[Case], str]


@dataclass(frozen=True)
class BoundCheck:
    """A check and the plugin that it is asked of; calling it raises what is wrong (Broken, or an error of artgen's)."""

    check: Check
    case: Case

    def __call__(self) -> None:
        with calm():
            self.check.run(self.case)


@dataclass(frozen=True)
class Result:
    """How a check went: ``expected`` is a failure that the caller announced. ``detail``: what is wrong, or a figure."""

    name: str
    status: Status
    detail: str
    seconds: float

    @property
    def ok(self) -> bool:
        """True for passed, expected and not applicable."""
        return self.status != "failed"


def all_checks() -> Iterator[Check]:
    """Every check, cheap ones first. The name is the function's, the promise the first line of its docstring."""
    from artgen.testing import changes, data, loading, networks, training, writing

    for module in (loading, data, networks, training, writing, changes):
        for function in module.CHECKS:
            first = (function.__doc__ or "").partition("\n")[0]
            yield Check(function.__name__.replace("_", "-"), first, function)


def check_plugin(
    name: str,
    *,
    data: str | Path | None = None,
    task: str | None = None,
    preset: str | None = None,
    sets: Sequence[str] = (),
    limit: float = 5.0,
    expected_failures: Mapping[str, str] | None = None,
    only: Sequence[str] = (),
    tell: Callable[[Result], None] | None = None,
) -> list[Result]:
    """Ask every check of the installed plugin ``name``.

    - ``data``: folder to learn from (None: the embedded data); ``task``, ``preset``, ``sets``: as in ``artgen run``.
      Where none of these is given, cheap checks are asked of every task that the embedded data can show, the others of
      the first.
    - ``limit``: seconds that a training step on 8 items may take on one core; ``expected_failures``: ``{check:
      reason}``; ``only``: names of checks; ``tell`` hears of every result at once.

    Raises InputError for a plugin that is not installed and ValueError for the name of a check that is none.
    """
    case = Case(name, data=data, task=task, preset=preset, sets=sets, limit=limit)
    excused = _known(expected_failures or {})
    chosen = set(_known(dict.fromkeys(only, "")) or _names())
    results: list[Result] = []
    causes: dict[str, str] = {}
    for check in all_checks():
        if check.name in chosen:
            found = _ask(check, case, excused)
            if found.status == "failed" and (first := causes.setdefault(found.detail, found.name)) != found.name:
                found = replace(found, detail=f"as {first}")
            results.append(found)
            if tell:
                tell(results[-1])
    return results


def parametrize_with_checks(
    name: str, *, expected_failures: Mapping[str, str] | None = None, **options: Any
) -> pytest.MarkDecorator:
    """``pytest.mark.parametrize`` of an argument ``check``, one BoundCheck each; ``options`` as in ``check_plugin``.

    A check that has no meaning for the plugin is skipped; an expected failure is a strict xfail."""
    import pytest

    excused = _known(expected_failures or {})
    case = Case(name, **options)
    marks = {check: [pytest.mark.xfail(reason=reason, strict=True)] for check, reason in excused.items()}
    params = [
        pytest.param(_Skipping(check, case), id=check.name, marks=marks.get(check.name, [])) for check in all_checks()
    ]
    return pytest.mark.parametrize("check", params)


class _Skipping(BoundCheck):
    """A bound check whose NotApplicable is pytest's skip."""

    def __call__(self) -> None:
        import pytest

        try:
            super().__call__()
        except NotApplicable as why:
            pytest.skip(str(why))


def _ask(check: Check, case: Case, excused: Mapping[str, str]) -> Result:
    start = time.monotonic()
    status: Status
    try:
        with calm(), Patience(lambda line: print(line, file=sys.stderr, flush=True))() as patience:
            patience.waiting(f"the check {check.name}")
            detail = check.run(case)
        status = "passed"
        if check.name in excused:
            status, detail = "failed", f"passes, so take it out of the expected failures ({excused[check.name]})"
    except NotApplicable as why:
        status, detail = "not applicable", str(why)
    except (Exception, SystemExit) as error:
        where = case.place(error)
        where = f" ({where}; --debug shows all)" if where else ""
        detail = str(error) if isinstance(error, Broken) else f"{type(error).__name__}: {error}{where}"
        status = "failed"
        if check.name in excused:
            status, detail = "expected", excused[check.name]
    return Result(check.name, status, " ".join(detail.split()), time.monotonic() - start)


def _names() -> list[str]:
    return [check.name for check in all_checks()]


def _known(names: Mapping[str, str]) -> Mapping[str, str]:
    known = _names()
    for name in names:
        if name not in known:
            raise ValueError(f"no check is called {name}, {nearest(name, known)}")
    return names
