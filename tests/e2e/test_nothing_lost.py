"""Promise: nothing is lost by a slip: no foreign file is replaced, no file is half written, every signal ends with one line."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import artgen
from artgen.cli import main
from artgen.data.store import cache_folder
from artgen.errors import InputError, StorageError
from artgen.runfolder.locate import fresh_folder
from artgen.runtime.signals import said
from artgen.train.session import Session
from tests.forked import Command, until


def code(*words: object) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(word) for word in words])
    return int(left.value.code or 0)


@pytest.fixture
def run(toy: Path, curves: Path, tmp_path: Path) -> Path:
    artgen.run("toy", data=curves, images="64", out=tmp_path / "run", device="cpu")
    return tmp_path / "run"


def test_no_out_replaces_a_file_of_another_kind(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    checkpoint = run / "checkpoints" / "last.safetensors"
    mine = tmp_path / "mine.html"
    mine.write_text("<html>my page</html>")
    notes = tmp_path / "notes.json"
    notes.write_text('{"figures": "mine"}')
    for target in (checkpoint, mine, notes, tmp_path):
        before = target.read_bytes() if target.is_file() else b""
        assert code("evaluate", run, "--out", target) == 2, target
        assert code("compare", run, run, "--out", target) == 2, target
        assert code("slim", run, "--out", target) == 2, target
        assert target.is_dir() or target.read_bytes() == before
    for _ in range(2):  # its own earlier output is replaced
        assert code("evaluate", run, "--out", tmp_path / "own.json") == 0
        assert code("compare", run, run, "--out", tmp_path / "own.html") == 0
    capsys.readouterr()


def test_prepared_data_that_the_cache_forgot_is_made_anew_from_where_the_works_lie(
    toy: Path, curves: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    works, run = tmp_path / "works", tmp_path / "run"
    shutil.copytree(curves, works)
    artgen.run("toy", data=works, images="64", out=run, device="cpu")
    name = artgen.load(run).config.run.prepared

    def forgotten() -> None:
        shutil.rmtree(cache_folder() / name, ignore_errors=True)
        capsys.readouterr()

    compared = ("compare", run, run, "--count", 8, "--out", tmp_path / "page.html")
    resumed = ("run", "--resume", "--out", run, "--images", 32)
    for words in (compared, resumed):
        forgotten()
        assert code(*words) == 0, capsys.readouterr().err
    assert not [path for path in run.rglob("*") if path.is_file() and str(works).encode() in path.read_bytes()]

    for change in (lambda: next(works.rglob("*.npy")).unlink(), lambda: shutil.rmtree(works)):
        change()
        for words in (resumed, compared):
            forgotten()
            assert code(*words) == 2
            (line,) = capsys.readouterr().err.strip().splitlines()
            assert "the prepared data of works" in line
            assert f"--data '{works}' takes it as it is now" in line if works.exists() else "with --data" in line
    assert str(run) in line, "of several runs the one that is meant"


def test_paths_and_seeds_that_cannot_be_are_the_user_s(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whichever verb, one code and one line for a path that no disk can hold, and for a seed that no generator takes."""
    long = tmp_path / ("x" * 300)
    for words in (
        ("evaluate", run, "--out", long),
        ("sample", run, "--count", 1, "--out", long),
        ("slim", run, "--out", long),
        ("sample", long),
        ("run", "--plugin", "toy", "--data", long),
    ):
        assert code(*words) == 2, words
        assert "too long" in capsys.readouterr().err.lower(), words
    for words in (("sample", run, "--seeds", 2**64), ("sample", run, "--mix", 2**64), ("explore", run, "--seed", -1)):
        assert code(*words) == 2, words
        assert "a bug" not in capsys.readouterr().err
    with pytest.raises(InputError, match="seed 18446744073709551616"):
        artgen.load(run, "cpu").sample([2**64])


def test_works_replace_only_works(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "works"
    folder.mkdir()
    (folder / "sheet.png").write_bytes(b"a photograph of mine")
    assert code("sample", run, "--count", 2, "--out", folder) == 2
    assert (
        "was not made by artgen" in capsys.readouterr().err
        or (folder / "sheet.png").read_bytes() == b"a photograph of mine"
    )
    (folder / "sheet.png").rename(folder / "seed0001-low.npy")
    assert code("sample", run, "--count", 2, "--out", folder) == 2
    assert (folder / "seed0001-low.npy").read_bytes() == b"a photograph of mine"
    (folder / "seed0001-low.npy").unlink()
    assert [code("sample", run, "--count", 2, "--out", folder) for _ in range(2)] == [0, 0], "the same works again"
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def test_new_folders_belong_to_one_command(tmp_path: Path) -> None:
    made: list[Path] = []

    def take() -> None:
        with fresh_folder(tmp_path, "made") as folder:
            (folder / "work").touch()
            made.append(folder)

    (tmp_path / "samples").mkdir()
    threads = [threading.Thread(target=take) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 16
    with fresh_folder(tmp_path, "empty") as folder:
        pass
    assert not folder.exists()


@pytest.mark.parametrize("moved", [True, False])
def test_a_run_folder_that_goes_away_while_it_trains(toy: Path, curves: Path, tmp_path: Path, moved: bool,
                                                     monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    out, elsewhere = tmp_path / "run", tmp_path / "elsewhere"
    report = Session._report
    gone: list[bool] = []

    def then(session: Session, rollback: object) -> None:
        report(session, rollback)  # type: ignore[arg-type]
        if not gone:
            gone.append(True)
            out.rename(elsewhere) if moved else shutil.rmtree(out)

    monkeypatch.setattr(Session, "_report", then)
    with pytest.raises(StorageError, match="was moved to" if moved else "was removed") as caught:
        artgen.run("toy", data=curves, images="100k", out=out, device="cpu")
    kept = elsewhere if moved else out
    assert str(caught.value).endswith(f"; it is saved; go on with artgen run --resume --out {kept}")
    assert (caught.value.page or "").endswith(" while it trained; it is saved")
    monkeypatch.setattr(Session, "_report", report)
    again = artgen.run(out=kept, resume=True, images="64", device="cpu")
    assert again.seen > 64


def slow(*_arguments: object, **_named: object) -> None:
    """In the place of what takes long."""
    print("ready", flush=True)
    time.sleep(60)


@pytest.mark.parametrize(("number", "left"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
@pytest.mark.parametrize(("module", "name", "words"), [
    ("judge.judging", "judge_run", ("evaluate", "RUN")),
    ("runfolder.samples", "write_samples", ("sample", "RUN")),
])  # fmt: skip
def test_every_signal_ends_with_one_line(run: Path, tmp_path: Path, number: int, left: int, module: str, name: str,
                                         words: tuple[str, ...]) -> None:  # fmt: skip
    # verbs have imported what is slow here by name, so that it is replaced where it is used
    used = {"judge_run": "verbs.evaluate", "write_samples": "verbs.sample"}.get(name, module)
    process = Command(
        *(str(run) if word == "RUN" else word for word in words),
        cwd=tmp_path,
        before=lambda: setattr(importlib.import_module(f"artgen.{used}"), name, slow),
    )
    until(lambda: process.read() == "ready\n")
    os.kill(process.pid, number)
    done = process.end()
    assert done.returncode == left, done.stderr
    assert done.stderr.strip().splitlines()[-1] == f"artgen: error: {said(number)}"
    assert "SIG" not in done.stderr
    assert "Traceback" not in done.stderr
    assert not list((run / "samples").glob("made-*"))


NOTHING, KEPT = (
    "before anything was learned; the same command begins again",
    "what was learned is saved; go on with artgen run",
)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize(("slows", "resumes", "what"), [
    ("verbs.train.make_plan", False, f" {NOTHING}"),
    ("data.store._fill", False, f" {NOTHING}"),
    ("verbs.train.Session", False, f" {NOTHING}"),  # its config is there by then
    ("verbs.train.make_plan", True, f"; {KEPT} --resume --out run"),  # earlier sessions have learned
    ("verbs.train.Trainer", True, f"; {KEPT} --resume --out run"),
    ("verbs.train._judge_or_stop", False, f"; {KEPT} --resume --out run"),
])  # fmt: skip
def test_a_run_that_is_stopped_says_what_there_is(toy: Path, curves: Path, tmp_path: Path, number: int, slows: str,
                                                  resumes: bool, what: str) -> None:  # fmt: skip
    """Of one that has learned nothing nothing is left, and the same command begins again."""
    new = ("run", "--plugin", "toy", "--data", str(curves), "--images", "32", "--out", "run", "--set", "batch=8")
    words = ("run", "--resume", "--out", "run", "--images", "8") if resumes else new
    cache = str(tmp_path / "cache")
    if resumes:
        assert Command(*new, cwd=tmp_path, ARTGEN_CACHE=cache).end().returncode == 0
    before = sorted(tmp_path.rglob("*"))
    module, _, name = slows.rpartition(".")
    process = Command(
        *words,
        cwd=tmp_path,
        before=lambda: setattr(importlib.import_module(f"artgen.{module}"), name, slow),
        ARTGEN_CACHE=cache,
    )
    until(lambda: process.read() == "ready\n")
    os.kill(process.pid, number)
    done = process.end()
    assert done.stderr.strip().splitlines()[-1] == f"artgen: error: {said(number)}{what}"
    assert "SIG" not in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 128 + number
    assert list((tmp_path / "cache").rglob(".new-*")) == []
    if NOTHING in what:
        assert not (tmp_path / "run").exists()
        assert Command(*words, cwd=tmp_path, ARTGEN_CACHE=cache).end().returncode == 0
    elif resumes:
        assert sorted(tmp_path.rglob("*")) == before


def test_one_package_with_broken_metadata_hides_no_plugin(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = toy / "bad_package-1.0.dist-info"
    bad.mkdir()
    (bad / "METADATA").write_bytes(b"\xff\xfe\x00")
    (bad / "entry_points.txt").write_bytes(b"[artgen\n\xff")
    assert code("plugins") == 0
    assert "toy" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["raise KeyboardInterrupt", "import os\nos._exit(0)"])
def test_an_import_that_would_end_artgen_is_blamed(toy: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    from tests.conftest import install

    install(toy, "artgen-rude", {"rude": "rude_plugin"}, {"rude_plugin": text})
    assert code("run", "--plugin", "rude") == 3
    assert "cannot be imported" in capsys.readouterr().err


def test_an_environment_that_cannot_be(run: Path, tmp_path: Path) -> None:
    words = ("sample", str(run), "--count", "1", "--out", str(tmp_path / "made"))
    done = Command(*words, cwd=tmp_path, WORLD_SIZE="abc").end()
    assert done.returncode == 2, done.stderr
    assert "WORLD_SIZE=abc" in done.stderr
    # In a fresh process, as libraries read these while they are imported
    values = {"SOURCE_DATE_EPOCH": "abc", "OMP_NUM_THREADS": "0", "COLUMNS": "0"}
    fresh = subprocess.run([sys.executable, "-m", "artgen", *words], env={**os.environ, **values}, capture_output=True, text=True,
                           check=False)  # fmt: skip
    assert fresh.returncode == 0, fresh.stderr
    lines = fresh.stderr.splitlines()
    assert all(any(name in line and "is ignored" in line for line in lines) for name in values), lines


def test_names_that_are_no_utf8_work_in_every_verb(toy: Path, curves: Path, tmp_path: Path) -> None:
    root = os.fsencode(tmp_path)
    for label, center in ((b"caf\xe9", 60), (b"-dash", 200)):
        folder = root + b"/odd/" + label
        os.makedirs(folder)  # noqa: PTH103 -- bytes
        for number in range(12):
            with open(folder + b"/%02d\xff.npy" % number, "wb") as file:  # noqa: PTH123 -- bytes
                np.save(file, np.full(16, center + number, np.uint8))
    out = Path(os.fsdecode(root + b"/run\xff"))
    run = artgen.run("toy", data=tmp_path / "odd", images="64", out=out, device="cpu")
    assert run.labels == ("-dash", "café")
    file = os.fsdecode(root + b"/odd/caf\xe9/00\xff.npy")
    for words in (("sample", out, "--label", "CAFE\u0301", "--count", 1), ("sample", out, "--label=-dash=0.5,café=0.5", "--count", 1),  # noqa: E501
                  ("evaluate", out), ("report", out), ("explore", out, "--count", 1), ("project", out, file, "--steps", 10),
                  ("dream", out, file, "--steps", 2), ("compare", out, out, "--out", os.fsdecode(root + b"/c\xff.html"))):  # fmt: skip  # noqa: E501
        assert code(*words) == 0, words
    rows = [json.loads(line) for line in (out / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    assert rows
