"""The conformance kit for plugin authors: named checks, asked in three ways.

``check_plugin("curves")`` returns a list of results; ``@parametrize_with_checks("curves")`` makes a pytest test of each check;
``artgen check curves`` prints them. All three run the checks of ``all_checks`` in the same order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from artgen.testing.kit import BoundCheck, Check, Result, all_checks, check_plugin, parametrize_with_checks

__all__ = ["BoundCheck", "Check", "Result", "all_checks", "check_plugin", "parametrize_with_checks"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'artgen.testing' has no attribute {name!r}")
    from artgen.testing import kit

    return getattr(kit, name)
