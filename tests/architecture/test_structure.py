"""Promise: the core has few levels and no circle; a file has one job."""

from __future__ import annotations

from functools import cache

from tests.architecture import structure

measure = cache(structure.measure)


def test_no_part_of_the_core_imports_itself_through_others() -> None:
    found = measure()
    assert found.circles == []
    assert found.types == [], "imports for types alone make no circle either"


def test_files_stay_small() -> None:
    found = measure()
    assert max(found.lines) <= 400
    assert sorted(found.lines)[len(found.lines) // 2] <= 120
