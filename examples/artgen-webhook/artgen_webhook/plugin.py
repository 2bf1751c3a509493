"""Tells a web address how a run goes: one small JSON message at the start, at each set of samples and at the end.

An observer only listens: nothing that it does changes what is trained, and an address that does not answer never ends a run.
"""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from artgen import hookimpl
from artgen.errors import PluginError
from artgen.types import RunInfo, Stats

ADDRESS = "ARTGEN_WEBHOOK"
WAIT = 3.0  # seconds that training waits for an answer, at most
PATIENCE = 3  # failures in a row, after which it is left alone


class Webhook:
    """One run's correspondence. The entry point names an instance, so that it can remember the last figures."""

    def __init__(self) -> None:
        self._address, self._failures = "", 0
        self._last: Stats | None = None

    @hookimpl
    def artgen_run_start(self, run: RunInfo) -> None:
        """Raises PluginError when the address is missing or is none; that is said before the first step."""
        self._address, self._failures, self._last = os.environ.get(ADDRESS, ""), 0, None
        if urlsplit(self._address).scheme not in ("http", "https") or not urlsplit(self._address).hostname:
            raise PluginError(f"webhook: set {ADDRESS} to an address that begins with https:// or http://")
        self._tell(run, "start", {}, "begins")

    @hookimpl
    def artgen_report(self, stats: Stats) -> None:
        self._last = stats

    @hookimpl
    def artgen_snapshot(self, run: RunInfo, paths: list[Path]) -> None:
        """Names of files, relative to the run folder; what they hold stays on this machine."""
        self._tell(run, "snapshot", {"files": [p.relative_to(run.folder).as_posix() for p in paths]}, "has new samples")

    @hookimpl
    def artgen_run_end(self, run: RunInfo, error: BaseException | None) -> None:
        self._tell(run, "end", {"error": None if error is None else type(error).__name__}, "ended well" if error is None else
                   f"ended by {type(error).__name__}")  # fmt: skip

    def _tell(self, run: RunInfo, event: str, more: Mapping[str, Any], words: str) -> None:
        if self._failures >= PATIENCE or not self._address:
            return
        last = self._last
        figures = {} if last is None else {"seen": last.seen, "progress": last.progress, "values": dict(last.values)}
        done = "" if last is None else f" ({last.progress:.0%}, {last.seen:,} items)"
        message = {"event": event, "run": run.folder.name, "plugin": run.plugin, "task": run.task, "time": time.time(),
                   "text": f"{run.folder.name}: {run.plugin} {words}{done}", **figures, **more}  # fmt: skip
        request = urllib.request.Request(
            self._address, json.dumps(message).encode(), {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=WAIT):
                self._failures = 0
        except (OSError, HTTPException) as trouble:
            self._failures += 1
            rest = "; it is left alone now" if self._failures == PATIENCE else ""
            print(f"webhook: {urlsplit(self._address).hostname} did not take it ({trouble}){rest}", file=sys.stderr)


plugin = Webhook()
