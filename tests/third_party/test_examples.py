"""Promise: the example packages, installed by pip into a fresh environment, are checked, trained, sampled, resumed and judged by
the same commands as any plugin, and an observer of a stranger's hears of it."""

from __future__ import annotations

import json
import os
import site
import subprocess
import sys
import threading
import venv
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

EXAMPLES = sorted(path.parent for path in (Path(__file__).parents[2] / "examples").glob("*/pyproject.toml"))
# One process for all commands of a plugin: what is tried is the command line, not how long torch takes to load.
PLAY = """
import sys
from artgen.cli import main
for words in sys.stdin.read().splitlines():
    print("$", words, flush=True)
    try:
        main(words.split())
    except SystemExit as left:
        assert not left.code, (words, left.code)
"""
COMMANDS = """check {name}
run --plugin {name} --images 64 --out {run} --set batch=16 --set width=16 --with webhook
sample {run} --count 3 --out {made}
run --resume --out {run} --images 64 --with webhook
evaluate {run} --count 8"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a fresh environment that sees what is installed here, with the examples installed by pip, offline."""
    home = tmp_path_factory.mktemp("fresh")
    venv.create(home)
    found = home / "bin" / "python"
    (packages,) = (home / "lib").glob("python*/site-packages")
    lines = [f"import site; site.addsitedir({folder!r})" for folder in site.getsitepackages()]
    (packages / "here.pth").write_text("\n".join(lines) + "\n")
    pip = [sys.executable, "-m", "pip", "--python", str(found), "install", "-q", "--disable-pip-version-check"]
    offline = ["--no-index", "--no-deps", "--no-build-isolation"]
    done = subprocess.run([*pip, *offline, *map(str, EXAMPLES)], capture_output=True, text=True, check=False, cwd=home)
    assert done.returncode == 0, done.stderr
    return found


@pytest.fixture
def inbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict]]:
    """What the webhook of the environment sends to this machine."""
    got: list[dict] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("ARTGEN_WEBHOOK", f"http://127.0.0.1:{server.server_port}/")
    yield got
    server.shutdown()
    server.server_close()


def do(python: Path, folder: Path, *words: str, given: str = "") -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([str(python), *words], input=given, cwd=folder, env=environment, capture_output=True, text=True,
                          check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_all_are_found(python: Path, tmp_path: Path) -> None:
    shown = do(python, tmp_path, "-m", "artgen", "plugins")
    assert {"sprites      artgen-sprites 0.1.0", "vases        artgen-vases 0.1.0"} <= set(shown.splitlines())


@pytest.mark.parametrize("name", ["vases", "sprites"])
def test_the_same_commands_do(python: Path, tmp_path: Path, inbox: list[dict], name: str) -> None:
    given = COMMANDS.format(name=name, run="run", made="made")
    shown = do(python, tmp_path, "-c", PLAY, given=given)
    assert "checks passed or do not apply" in shown
    assert [line.partition(" ")[2] for line in shown.splitlines() if line.startswith("$ ")] == given.splitlines()
    assert "KID" in shown
    assert len(list((tmp_path / "made").glob("seed*.png"))) == 3
    report = (tmp_path / "run" / "report.html").read_text()
    assert all(text in report for text in (name, "<html"))
    events = [message["event"] for message in inbox]
    assert events.count("start") == events.count("end") == 2
    assert {message["plugin"] for message in inbox} == {name}
    assert [message["seen"] for message in inbox if message["event"] == "end"] == [64, 128]
    assert str(tmp_path) not in json.dumps(inbox)


def test_their_own_tests_pass(python: Path, tmp_path: Path) -> None:
    tests = [str(folder / "tests") for folder in EXAMPLES]
    flags = ["-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(tmp_path)]
    do(python, tmp_path, "-m", "pytest", *flags, *tests, "-k", "not conformance")  # artgen check asked those above
