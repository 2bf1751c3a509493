"""Promise: nobody speaks to the studio but its own page, and nothing that is sent makes it fall."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.studio.serving import Served


def test_the_server_never_imports_torch() -> None:
    code = "import sys, artgen.studio.server, artgen.cli.studio; assert not {'torch', 'numpy', 'librosa'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "example.org"}, 421),
        ({"Host": "127.0.0.1"}, 421),
        ({"Host": "127.0.0.1.example.org:1"}, 421),
        ({"Origin": "http://example.org"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ""}, 403),
        ({"Cookie": ""}, 403),
        ({"Cookie": "artgen-1=0"}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Sec_Fetch_Site": "same-site"}, 403),
    ],
)
def test_a_stranger_is_refused(served: Served, headers: dict[str, str], status: int) -> None:
    got, _, body = served.options("POST", "/api/play", {"run": "x", "state": {}}, **headers)
    assert got == status
    assert list(json.loads(body)) == ["problem"]


def test_the_token_opens_once_for_the_browser(served: Served) -> None:
    status, headers, _ = served.options("GET", f"/?token={served.token}", Cookie="", Origin="")
    assert (status, headers["location"]) == (303, "/")
    assert "HttpOnly" in headers["set-cookie"]
    assert "SameSite=Strict" in headers["set-cookie"]
    assert "set-cookie" not in served.options("GET", "/?token=0", Cookie="", Origin="")[1]
    assert served.options("GET", "/", Cookie="", Origin="")[0] == 200
    assert served.options("GET", "/api/hello", Cookie="", Origin="")[0] == 403
    assert (served.folder / "studio" / "token").stat().st_mode & 0o077 == 0


def test_a_script_may_speak_with_the_token(served: Served) -> None:
    bearer = {"Cookie": "", "Origin": "", "Authorization": f"Bearer {served.token}"}
    status, _, body = served.options("POST", "/api/play", {"run": served.run("0001-image"), "state": {}}, **bearer)
    assert (status, len(body) > 3072) == (200, True)
    assert served.options("POST", "/api/play", {}, **{**bearer, "Origin": "http://example.org"})[0] == 403


def test_every_answer_is_shut_off_from_elsewhere(served: Served) -> None:
    for path in ("/", "/page/main.js", "/api/hello", "/nowhere"):
        headers = served.options("GET", path)[1]
        assert "default-src 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert not [name for name in headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "path",
    [
        "/page/../server.py",
        "/page/..%2fserver.py",
        "/page/%2e%2e%2fguard.py",
        "/page/index.html%00.js",
        "/files/{run}/../../../etc/passwd",
        "/files/{run}/samples/..%2f..%2fconfig.toml",
        "/files/{run}/checkpoints/last.safetensors",
        "/files/{run}/samples/%2fetc%2fpasswd",
        "/drops/000000000000/x.png",
        "/drops/..%2f..%2f/x.png",
        "/files/nothing/samples/x.png",
    ],
)
def test_no_other_file_is_given_out(served: Served, path: str) -> None:
    status, _, body = served.options("GET", path.format(run=served.run("0001-image")))
    assert status in (400, 403, 404)
    assert b"import" not in body
    assert b"root:" not in body


@pytest.mark.parametrize(
    "body",
    [
        b"{" * 100_000,
        b'{"state": ' + b"[" * 50_000,
        b"\xff\xfe",
        b'{"run": 7}',
        b"[]",
        b'{"state": {"truncation": NaN}}',
        b'{"state": {"seconds": 1e308}}',
        b'{"a": "' + b"x" * 10**6 + b'"}',
        json.dumps({"state": {"moves": {"s1": 1e300}}}).encode(),
    ],
)
def test_a_wrong_request_is_one_line(served: Served, body: bytes) -> None:
    for path in (
        "/api/play",
        f"/api/runs/{served.run('0001-image')}/save",
        f"/api/runs/{served.run('0001-image')}/favorites",
        "/api/runs",
        "/api/starts",
    ):
        status, _, answer = served.options("POST", path, body)
        assert 400 <= status < 500, (path, status, answer)
        said: Any = json.loads(answer)
        assert len(said["problem"].splitlines()) == 1
        assert len(said["problem"]) < 600


def test_dropped_names_stay_in_their_folder(served: Served) -> None:
    served.get("/api/hello")
    drop = served.post("/api/drops")["drop"]
    for name, kept in (
        ("a/b.png", "a/b.png"),
        ("..%2f..%2fevil.png", "evil.png"),
        ("%2e%2e/%2e%2e/worse.png", "worse.png"),
        ("x%00y.png", "x y.png"),
        ("C%3A%5Cwin.png", "C-/win.png"),
        ("-rf%20~.png", "-rf ~.png"),
        (f"{'long' * 50}/{'name' * 60}.png", f"{'long' * 50}/{'name' * 50}.png"),
        ("%E7%95%AB" * 99 + "/x.png", "\u756b" * 66 + "/x.png"),  # three bytes each
    ):
        status, _, body = served.options("PUT", f"/api/drops/{drop}/{name}", b"picture")
        assert (status, json.loads(body).get("name")) == (200, kept)
    for name in ("evil.py", "noend", ".png", "a.png.exe"):
        assert served.options("PUT", f"/api/drops/{drop}/{name}", b"x")[0] == 400
    assert served.options("PUT", "/api/drops/..%2f..%2fruns/x.png", b"x")[0] in (400, 404)
    (folder,) = (served.folder / "studio/drops" / drop).iterdir()
    inside = {path.relative_to(folder).parts[0] for path in folder.rglob("*")}
    assert inside == {"a", "evil.png", "worse.png", "x y.png", "C-", "-rf ~.png", "long" * 50, "\u756b" * 66}


def test_it_is_alive_after_all_that(served: Served) -> None:
    head, data = served.play(served.run("0001-image"), {"seed": 3})
    assert (head["kind"], len(data)) == ("picture", 32 * 32 * 3)
