"""A studio that runs for real in a folder of a test, and requests to it."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from safetensors import safe_open
from safetensors.torch import save_file

from artgen.studio.wire import unpack
from artgen_image.plugin import HERE as IMAGE
from artgen_music.plugin import HERE as MUSIC
from artgen_video.plugin import HERE as VIDEO
from tests.forked import Family
from tests.patience import PATIENCE

T = TypeVar("T")
PROGRAM = [sys.executable, "-c", "from artgen.cli import main; main()"]
STARTS = {"image": IMAGE / "weights/start.safetensors", "image64": IMAGE / "weights/start64.safetensors",
          "colors": IMAGE / "weights/colorize64.safetensors",
          "music": MUSIC / "weights/start.safetensors",
          "video": VIDEO / "weights/start.safetensors", "video64": VIDEO / "weights/start64.safetensors"}  # fmt: skip
DOT = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
                    "0000000c49444154789c63f8ffff3f0005fe02fe0def46b80000000049454e44ae426082")  # fmt: skip  # a PNG of one pixel


def run_of(folder: Path, name: str, plugin: str, still: bool = False) -> Path:
    """A run folder that holds the weights that ship. ``still``: the studio measures no directions of it, which takes a process
    seconds, and minutes for music, of which it never does here."""
    run = folder / "runs" / name
    (run / "checkpoints").mkdir(parents=True)
    shutil.copyfile(STARTS[plugin], run / "checkpoints" / "last.safetensors")
    if still or plugin in ("music", "video"):
        (run / "directions.safetensors").write_bytes(b"")  # a file that is there already stays
    return run


def train_on(run: Path) -> None:
    """Newer weights in a run folder, as a training writes them: whole, under another name first."""
    path = run / "checkpoints" / "last.safetensors"
    with safe_open(path, "pt") as file:
        metadata, tensors = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    newer = {name: tensor * 1.2 if name.startswith("ema.") else tensor for name, tensor in tensors.items()}
    save_file(newer, path.with_suffix(".new"), metadata)
    path.with_suffix(".new").replace(path)


@dataclass
class Served:
    """A studio that serves ``folder``. ``anew``: it and what it starts are interpreters of their own, which load all that they
    need, and not forks of the process of the tests."""

    folder: Path
    place: str = ""
    address: str = ""
    process: subprocess.Popen[str] | None = None
    environment: dict[str, str] = field(default_factory=dict)
    anew: bool = False

    def start(self, port: int = 0) -> Served:
        words = [*PROGRAM, "studio", *([self.place] if self.place else []), "--no-open", "--port", str(port)]
        self.process = (subprocess.Popen if self.anew else Family)(
            words,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | self.environment,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("http://127.0.0.1:"), line or self.process.communicate()[1]
        self.address = line.split()[0]
        return self

    def end(self, how: int = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(how)
        code = self.process.wait(PATIENCE)
        for pipe in (self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()
        return code

    @property
    def port(self) -> int:
        return urlsplit(self.address).port or 0

    @property
    def token(self) -> str:
        return self.address.partition("token=")[2]

    def options(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body; as the page itself asks, unless ``headers`` say otherwise ("" leaves one away)."""
        own = {
            "Host": f"127.0.0.1:{self.port}",
            "Origin": f"http://127.0.0.1:{self.port}",
            "Cookie": f"artgen-{self.port}={self.token}",
        }
        own |= {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            line.request(method, path, data, {name: value for name, value in own.items() if value})
            answer = line.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            line.close()

    def get(self, path: str) -> Any:
        status, _, body = self.options("GET", path)
        assert status == 200, body
        return json.loads(body)

    def post(self, path: str, body: Any = None) -> Any:
        status, _, answer = self.options("POST", path, body or {})
        assert status == 200, answer
        return json.loads(answer)

    def play(self, run: str, state: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        status, _, body = self.options("POST", "/api/play", {"run": run, "state": state})
        assert status == 200, body
        return unpack(body)

    def run(self, name: str) -> str:
        """The id of a run."""
        return next(row["id"] for row in self.get("/api/runs")["runs"] if row["name"] == name)


def done(work: Coroutine[Any, Any, T]) -> T:
    """What a coroutine gives; in a thread, as a test of the page may have left a loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()
