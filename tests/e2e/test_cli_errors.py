"""Promise: whatever is wrong with flags, folders and checkpoints is said in one line with the way out and the right exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from artgen import run as train
from tests.e2e.conftest import Call, Done

RUN = ("run", "--plugin", "music")


def refused(done: Done, code: int, *parts: str) -> None:
    lines = done.stderr.strip().splitlines()
    assert done.returncode == code, done.stderr
    assert lines[-1].startswith("artgen: error: "), done.stderr
    assert len(lines) == 1, done.stderr
    for part in parts:
        assert part in lines[0]


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (("run",), ("--plugin", "music")),
        (("run", "--plugin", "musik"), ("did you mean music?",)),
        (("run", "--plugin", "os:system"), ("--plugin os:system",)),
        (("run", "--plugin", "../x.py"), ("--plugin",)),
        ((*RUN, "--budget", "-1"), ("--budget",)),
        ((*RUN, "--images", "1e99"), ("--images",)),
        ((*RUN, "--budget", "1m", "--images", "9"), ("--budget", "--images")),
        ((*RUN, "--set", "lr_g=nan"), ("lr_g",)),
        ((*RUN, "--set", "batch=0"), ("batch",)),
        ((*RUN, "--set", "lrg=1"), ("did you mean", "lr_g")),
        ((*RUN, "--seed", str(2**64)), ("--seed",)),
        ((*RUN, "--seed", "x"), ("seed",)),
        ((*RUN, "--seed", "1.5"), ("--seed", "1.5", "whole number")),
        ((*RUN, "--data", ""), ("--data", "empty")),
        ((*RUN, "--preset", ""), ("--preset", "empty")),
        ((*RUN, "--device", "cuda:99"), ("--device cuda:99",)),
        ((*RUN, "--device", "tpu"), ("--device tpu",)),
        ((*RUN, "--preset", "huge"), ("tiny",)),
        ((*RUN, "--task", "paint"), ("--task paint", "generate")),
        ((*RUN, "--data", "missing"), ("--data missing", "does not exist")),
        ((*RUN, "--data", "~nobody-of-this-name/works"), ("~nobody-of-this-name", "does not exist")),
        ((*RUN, "--data", "file.wav"), ("not a folder",)),
        ((*RUN, "--data", "empty"), ("artgen reads sounds or films from files that end in .wav",)),
        ((*RUN, "--out", "file.wav"), ("--out file.wav", "is a file")),
        ((*RUN, "--out", "file.wav/run"), ("--out file.wav/run", "a file is in the way")),
        ((*RUN, "--out", "o" * 300), ("File name too long",)),
        ((*RUN, "--data", "d" * 300), ("File name too long",)),
        ((*RUN, "--config", "deep.toml"), ("deep.toml", "nested too deeply")),
        ((*RUN, "--config", "pipe"), ("pipe", "not a regular file")),
        ((*RUN, "--config", "/dev/zero"), ("/dev/zero", "not a regular file")),
        ((*RUN, "--data", "pipe"), ("pipe", "is not a folder")),
        ((*RUN, "--with", "music"), ("--with music",)),
        ((*RUN, "--resume", "--out", "empty"), ("holds no run",)),
        ((*RUN, "--resume"), ("no run in",)),
        ((*RUN, "--config", "missing.toml"), ("missing.toml",)),
        ((*RUN, "--with", "nobody"), ("--with nobody",)),
        ((*RUN, "--init", "missing"), ("missing",)),
        (("run", "--plugin", "image", "--set", "size=99999"), ("99999", "GiB")),
        (("sample", "missing"), ("no such run",)),
        (("sample", "pipe"), ("pipe", "not a run folder")),
        (("slim", "/dev/zero", "--out", "x"), ("/dev/zero", "not a run folder")),
        (("verify", "pipe"), ("pipe", "a pipe or a device")),
        (("verify", "/dev/zero"), ("/dev/zero", "a pipe or a device")),
        (("sample", "empty"), ("not a run folder",)),
        (("sample", "file.wav"), ("file.wav", "not an artgen checkpoint")),
        (("report", "empty"), ("not a run folder",)),
        (("no-such-command",), ("no-such-command",)),
    ],
)  # fmt: skip
def test_wrong_input(artgen: Call, tmp_path: Path, words: tuple[str, ...], parts: tuple[str, ...]) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.wav").write_bytes(b"RIFF")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "deep.toml").write_text("x = " + "[" * 10_000 + "]" * 10_000)
    before = sorted(p.name for p in tmp_path.iterdir())
    light = words[0] == "run" and not {"--out", "--init"} & set(words)  # what a dry run refuses, a run does
    refused(artgen(*words, *(["--dry-run"] if light else [])), 2, *parts)
    if "--init" not in words:  # a checkpoint is looked at when the networks are there
        assert sorted(p.name for p in tmp_path.iterdir()) == before


def test_what_has_no_end_is_refused_where_a_run_takes_a_file(artgen: Call, tmp_path: Path) -> None:
    """Else a pipe waits for its writer for ever, and a device fills the memory."""
    small = ("model=mlp", "size=8", "latent=4", "mlp_generator=[8]", "mlp_discriminator=[8]", "batch=4", "holdout=0")
    data = Path(__file__).parents[2] / "plugins/image/artgen_image/embedded/faces"
    train("image", data=data, images="8", out=tmp_path / "run", sets=small)
    os.mkfifo(tmp_path / "pipe.png")
    for file in ("pipe.png", "/dev/zero"):
        for words in (
            ("apply", "run", file, "--out", "o"),
            ("sample", "run", "--like", file),
            ("project", "run", file),
        ):
            refused(artgen(*words), 2, file, "a pipe or a device")
        refused(artgen("evaluate", "run", "--features", file), 2, f"--features {file}", "existing")


def test_a_folder_of_bad_files_says_what_is_wrong_with_the_first(artgen: Call, tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    for number in range(3):
        (tmp_path / "bad" / f"{number}.wav").write_text("no sound")
    refused(artgen(*RUN, "--data", "bad"), 2, "--data ", "bad: only 0", "at least 8", "0.wav", "cannot be decoded")


def test_of_a_folder_for_another_plugin_that_one_is_named(artgen: Call, tmp_path: Path) -> None:
    for folder, file in (("films", "a.MP4"), ("more films", "a.mkv"), ("songs", "b.flac"), ("notes", "c.txt")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / file).write_bytes(b"whatever")
    image = ("run", "--plugin", "image", "--data")
    refused(artgen(*image, "films"), 2, "--data films", "video reads its files (music too): --plugin video")
    refused(artgen(*RUN, "--data", "more films"), 2, "holds nothing that music reads", ": --plugin video")
    refused(artgen("run", "--plugin", "video", "--data", "songs"), 2, "video reads, but music reads", "--plugin music")
    refused(
        artgen("run", "--plugin", "image", "--task", "style", "--style", "songs"), 2, "--style songs", "--plugin music"
    )
    refused(
        artgen(*image, "notes"),
        2,
        "notes: holds no file",
        "artgen reads pictures from files that end in .png",
        "text or data, not a work",
    )


def test_of_a_run_that_is_refused_nothing_stays(artgen: Call, tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "0.wav").write_text("no sound")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    for out in ((), ("--out", "deep/er"), ("--out", "mine")):
        refused(artgen(*RUN, "--data", "bad", *out), 2, "at least 8")
        assert sorted(tmp_path.rglob("*")) == before, "what was there stays, and what was made goes"


def test_a_run_folder_in_use_is_left_alone(artgen: Call, tmp_path: Path) -> None:
    import filelock

    (tmp_path / "run").mkdir()
    with filelock.FileLock(tmp_path / "run" / ".lock"):
        refused(artgen(*RUN, "--out", "run"), 2, "another run is writing")


def test_a_folder_that_cannot_be_written_is_said_before_the_first_step(artgen: Call, tmp_path: Path) -> None:
    refused(artgen(*RUN, "--out", "/proc/run"), 5, "--out /proc/run")


def test_a_cuda_device_is_refused_where_there_is_none(artgen: Call, tmp_path: Path) -> None:
    import torch

    if not torch.cuda.is_available():
        refused(artgen(*RUN, "--device", "cuda"), 2, "--device cuda", "leave --device away")


def test_dry_run_prints_the_settings_and_leaves_no_trace(artgen: Call, tmp_path: Path) -> None:
    done = artgen(*RUN, "--dry-run", "--set", "gamma=2.5")
    assert done.returncode == 0
    assert "gamma = 2.5" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_closed_pipe_is_no_error(tmp_path: Path) -> None:
    command = f"{sys.executable} -m artgen plugins | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.returncode == 0


def test_a_full_disk_under_stdout_is_no_bug_of_ours(tmp_path: Path) -> None:
    command = f"{sys.executable} -m artgen plugins > /dev/full"
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
    refused(Done(done.returncode, done.stdout, done.stderr), 5, "No space left")


def test_numbers_that_are_no_sound_do_not_hang(artgen: Call, tmp_path: Path) -> None:
    (tmp_path / "music").mkdir()
    os.mkfifo(tmp_path / "music" / "pipe.wav")
    soundfile.write(tmp_path / "music" / "a.wav", np.zeros(8000), 8000)
    refused(artgen(*RUN, "--data", "music"), 2, "first of 2 skipped files", "pipe.wav", "a pipe or a device")


def test_a_terminal_that_knows_only_ascii_gets_plain_text(tmp_path: Path) -> None:
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "artgen", "check", "mu\u00dfik\u202e"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False)
    refused(Done(done.returncode, "", done.stderr.decode("ascii")), 2, "no such plugin")
