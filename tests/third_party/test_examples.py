"""Promise: the example packages, installed by pip into a fresh environment, do what their pages say: they are checked, trained,
sampled, resumed and judged by the same commands as any plugin, an observer hears of it, and their own tests pass."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import site
import subprocess
import sys
import threading
import venv
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT, blocks, commands

EXAMPLES = sorted(path.parent for path in (ROOT / "examples").glob("*/pyproject.toml"))
PAGES = (ROOT / "docs/plugin-guide.md", ROOT / "examples/artgen-sprites/README.md")
# One process for everything: what is tried is the command line, not how long torch takes to load.
PLAY = """
import shlex, sys
import pytest
from artgen.cli import main
for line in sys.stdin.read().splitlines():
    print("$", line, flush=True)
    words = shlex.split(line)
    try:
        code = pytest.main(words[1:]) if words[0] == "pytest" else main(words)
    except SystemExit as left:
        code = left.code
    assert not code, (line, code)
"""
SMALL = "--images 64 --set batch=16 --set width=16 --with webhook"
RESUME = "run --resume --out my-vases --images 64 --with webhook"


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
    offline = ["--no-index", "--no-deps", "--no-build-isolation", "--no-compile"]
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


def lines_of(page: Path) -> list[str]:
    """The artgen commands of a page, as they stand but for the length of a training and the sizes of its networks."""
    found = [words for language, text, _ in blocks(page) if language == "sh" for words in commands(text)]
    short = [" ".join(words) for words in found]
    return [f"{cut(line)} {SMALL}" if line.startswith("run ") else line for line in short]


def cut(line: str) -> str:
    """Without its budget."""
    words = line.split()
    return " ".join(w for w, before in zip(words, ["", *words], strict=False) if "--images" not in (w, before))


def test_what_their_pages_say_can_be_done(python: Path, tmp_path: Path, inbox: list[dict]) -> None:
    for sheet, place in (("gem", "a-sprite.png"), ("potion", "my-drawings/sheet.png")):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / f"examples/artgen-sprites/artgen_sprites/embedded/{sheet}/sheet.png", tmp_path / place)
    flags = ["-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(tmp_path)]
    tests = [*(str(folder / "tests") for folder in EXAMPLES), "-k", "not conformance"]  # artgen check asks those
    given = [*lines_of(PAGES[0]), RESUME, *lines_of(PAGES[1]), shlex.join(["pytest", *flags, *tests])]
    shown = do(python, tmp_path, "-c", PLAY, given="\n".join(given))
    assert [line.partition(" ")[2] for line in shown.splitlines() if line.startswith("$ ")] == given
    assert re.findall(r"^(\w+) +artgen-(?!suite)(\w+) 0.1.0  ok: ", shown, re.MULTILINE) == [
        (n, n) for n in ("sprites", "vases")
    ]
    assert len(re.findall(r"^(\d+) of \1 checks passed or do not apply$", shown, re.MULTILINE)) == 2
    assert "KID" in shown
    for name in ("vases", "sprites"):
        assert len(list((tmp_path / f"my-{name}").glob("samples/made*/seed*.png"))) >= 8
        assert name in (tmp_path / f"my-{name}" / "report.html").read_text()
    assert (tmp_path / "colored/sheet.png").exists()
    ends = [(message["run"], message["plugin"], message["seen"]) for message in inbox if message["event"] == "end"]
    assert ends[:3] == [("my-vases", "vases", 64), ("my-vases", "vases", 128), ("my-sprites", "sprites", 64)]
    assert str(tmp_path) not in json.dumps(inbox)
