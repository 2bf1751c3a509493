"""Promise: every event arrives as JSON, and an address that fails never ends a run."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from artgen.errors import PluginError
from artgen.types import RunInfo, Stats
from artgen_webhook.plugin import ADDRESS, Webhook


@pytest.fixture
def inbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict]]:
    """What a real server on this machine was sent."""
    got: list[dict] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv(ADDRESS, f"http://127.0.0.1:{server.server_port}/hook")
    yield got
    server.shutdown()
    server.server_close()


def play(hook: Webhook, folder: Path, error: BaseException | None = None) -> None:
    run = RunInfo(folder, "vases", "generate", {})
    hook.artgen_run_start(run)
    hook.artgen_report(Stats(640, 1.0, 0.5, {"loss_d": 0.25}))
    hook.artgen_snapshot(run, [folder / "samples" / "a.png"])
    hook.artgen_run_end(run, error)


def test_a_run_is_told(inbox: list[dict], tmp_path: Path) -> None:
    play(Webhook(), tmp_path / "mine", KeyboardInterrupt())
    assert [message["event"] for message in inbox] == ["start", "snapshot", "end"]
    assert inbox[1]["values"] == {"loss_d": 0.25}
    assert inbox[1]["files"] == ["samples/a.png"]
    assert inbox[1]["text"] == "mine: vases has new samples (50%, 640 items)"
    assert inbox[2]["error"] == "KeyboardInterrupt"
    assert str(tmp_path) not in json.dumps(inbox)


def test_nobody_there_is_said_and_ends_nothing(
    inbox: list[dict], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(ADDRESS, "http://127.0.0.1:9/")
    play(Webhook(), tmp_path)
    assert capsys.readouterr().err.count("did not take it") == 3
    assert inbox == []


@pytest.mark.parametrize("address", ["", "file:///etc/passwd", "example.org", "https://"])
def test_no_address_is_refused_at_the_start(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ADDRESS, address)
    with pytest.raises(PluginError, match=ADDRESS):
        Webhook().artgen_run_start(RunInfo(tmp_path, "vases", "generate", {}))
