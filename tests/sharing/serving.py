"""Servers on this machine: a plain web space with faults, and an imitation of the hub for the library of Hugging Face."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Files(BaseHTTPRequestHandler):
    """Answers from ``files``; ``asked``: every path, ``slow``: names that come byte by byte, ``endless``: those without end."""

    files: dict[str, bytes]
    asked: list[str]
    slow: set[str]
    endless: set[str]

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- its name there
        """Nothing."""

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path not in self.files:
            self.send_error(404)
            return
        data = self.files[self.path]
        self.send_response(200)
        if self.path not in self.endless | self.slow:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command == "HEAD":
            return
        try:
            for _ in range(10_000 if self.path in self.endless else 0):
                self.wfile.write(b" " * 2**16)
            for number in range(len(data) if self.path in self.slow else 0):
                self.wfile.write(data[number : number + 1])
                time.sleep(0.02)
            if self.path not in self.slow:
                self.wfile.write(data)
        except OSError:
            return  # the client has had enough

    do_HEAD = do_GET  # noqa: N815


class Hub(Files):
    """What ``create_repo`` and ``upload_folder`` ask, and what they leave is served."""

    def do_POST(self) -> None:
        body, here = self._body(), f"http://127.0.0.1:{self.server.server_address[1]}"
        self.asked.append(self.path)
        if self.headers.get("Authorization") != "Bearer hf_right":
            self.send_error(401)
        elif self.path == "/api/validate-yaml":
            self._answer({"errors": [], "warnings": []})
        elif self.path == "/api/repos/create":
            self._answer({"url": f"{here}/me/vases", "name": "me/vases", "id": "me/vases"})
        elif "/preupload/" in self.path:
            asked = json.loads(body)["files"]
            large = {file["path"]: "lfs" if file["path"].endswith(".safetensors") else "regular" for file in asked}
            self._answer(
                {"files": [{"path": p, "uploadMode": m, "shouldIgnore": False, "oid": None} for p, m in large.items()]}
            )
        elif self.path.endswith("/objects/batch"):
            wanted = json.loads(body)["objects"]
            rows = [{**one, "actions": {"upload": {"href": f"{here}/large/{one['oid']}"}}} for one in wanted]
            self._answer({"transfer": "basic", "objects": rows})
        else:
            self._commit([json.loads(line) for line in body.splitlines()])
            self._answer(
                {"commitUrl": f"{here}/me/vases/commit/{'0' * 40}", "commitOid": "0" * 40, "pullRequestUrl": None}
            )

    def _commit(self, lines: list[dict[str, Any]]) -> None:
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                self.files[f"/me/vases/resolve/main/{value['path']}"] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                self.files[f"/me/vases/resolve/main/{value['path']}"] = self.files[f"/large/{value['oid']}"]

    def do_PUT(self) -> None:
        self.files[self.path] = self._body()
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        if self.path.startswith("/api/") and self.headers.get("Authorization") != "Bearer hf_right":
            self.send_error(401)
        elif self.path.startswith("/api/"):
            self._answer({"id": "me/vases", "sha": "0" * 40, "siblings": [], "private": False})
        else:
            super().do_GET()

    def _answer(self, value: Any) -> None:
        data = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)


@contextmanager
def serving(kind: type[Files], files: dict[str, bytes] | None = None) -> Iterator[tuple[str, type[Files]]]:
    """A server's address, and its class with what it knows."""
    own = type(kind.__name__, (kind,), {"files": dict(files or {}), "asked": [], "slow": set(), "endless": set()})
    with ThreadingHTTPServer(("127.0.0.1", 0), own) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", own
        server.shutdown()
