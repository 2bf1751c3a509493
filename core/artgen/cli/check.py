"""``artgen check``: ask the conformance kit about a plugin."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

if TYPE_CHECKING:
    from artgen.testing import Result


def check(
    name: str,
    *,
    data: Path | None = None,
    task: str | None = None,
    preset: str | None = None,
    set_: Annotated[tuple[str, ...], Parameter(name="--set")] = (),
    only: tuple[str, ...] = (),
) -> None:
    """Check that an installed plugin keeps every promise that artgen relies on. Exit code 3 when it does not.

    Parameters
    ----------
    name
        The name of an installed plugin, see ``artgen plugins``.
    data
        Folder of files to check with (default: the plugin's embedded data).
    task
        The task to check (default: the plugin's first).
    preset
        A named set of settings of the plugin.
    set_
        A setting as key=value; may be repeated.
    only
        The name of a check, to run it alone; may be repeated.
    """
    from artgen.errors import InputError, PluginError, nearest
    from artgen.host import discover

    names = [found.name for found in discover()]
    if name not in names:
        raise InputError(f"{name}: no such plugin is installed, {nearest(name, names)}")
    _refuse(name, data, task, preset, set_)
    from artgen.testing import check_plugin

    try:
        results = check_plugin(name, data=data, task=task, preset=preset, sets=set_, only=only, tell=_show)
    except ValueError as error:
        raise InputError(str(error), at="--only") from None
    failed = [result.name for result in results if not result.ok]
    print(f"{len(results) - len(failed)} of {len(results)} checks passed or do not apply")
    if failed:
        raise PluginError(f"plugin {name} fails {len(failed)} checks: {', '.join(failed)}")


def _refuse(name: str, data: Path | None, task: str | None, preset: str | None, sets: tuple[str, ...]) -> None:
    """Raises InputError for data, a task or settings that cannot be, which are no fault of the plugin."""
    from artgen.data.scan import scan
    from artgen.errors import PluginError
    from artgen.host import Host
    from artgen.host.resolve import domain_of, resolve

    try:
        domain = Host(name).domain
    except PluginError:
        return  # the kit says what is wrong
    if task is not None:
        domain_of(domain, task)
    if data is not None:
        scan(data, domain.suffixes)
    if preset is not None or sets:
        resolve(domain, {"plugin": name, "task": task or domain.tasks[0]}, preset, None, sets)


def _show(result: Result) -> None:
    detail = f": {result.detail}" if result.detail else ""
    print(f"{result.status:15} {result.seconds:6.2f} s  {result.name}{detail}", flush=True)
