"""Promise: the main job, from the command line, on files that are not ours: a folder in, pieces, figures and a page out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from artgen.cli import main
from tests.e2e.conftest import Call
from tests.e2e.private import found_in
from tests.music.conftest import tone

TINY = [
    *("--set", "seconds=1.0", "--set", "batch=4", "--set", "components=16", "--set", "latent=8", "--set", "style=8"),
    *("--set", "generator_widths=[16, 16, 8]", "--set", "discriminator_widths=[8, 8, 16]"),
]


ARTIST = "Tell Tale Artist"


def few(*_: object) -> list[int]:
    """A work of each of two classes: their sound and its picture take most of a short run."""
    return [0, 1]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of 64 items on a folder of two genres with one bad file."""
    root = tmp_path_factory.mktemp("e2e")
    for label, hertz in (("high", 880.0), ("low", 220.0)):
        (root / "music" / label).mkdir(parents=True)
        for number in range(4):
            sound = tone(4.0, hertz * 1.06**number, 22_050, 2)
            soundfile.write(root / "music" / label / f"{number}.{'flac' if number else 'mp3'}", sound, 22_050)
    with soundfile.SoundFile(root / "music" / "low" / "3.flac", "w", 22_050, 2) as tagged:
        tagged.artist = ARTIST
        tagged.write(tone(4.0, 260.0, 22_050, 2))
    (root / "music" / "low" / "broken.wav").write_bytes(b"RIFF")
    words = ["run", "--plugin", "music", "--data", "music", "--images", "64", "--out", "run", *TINY]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        patch.setenv("ARTGEN_CACHE", str(root / "cache"))
        patch.setattr("artgen.train.session.shown_seeds", few)
        patch.setattr("artgen.judge.judging._LEAST", 4)  # of each class
        patch.setattr("artgen.judge.long_works.WORKS", 1)
        with pytest.raises(SystemExit) as left:
            main(words)
    assert not left.value.code
    return root


def test_everything_is_in_the_run_folder(run: Path) -> None:
    folder = run / "run"
    names = {p.name for p in folder.iterdir()}
    assert {
        "config.toml",
        "metrics.jsonl",
        "quality.json",
        "report.html",
        "samples",
        "skipped.jsonl",
        "tensorboard",
    } <= names
    assert (folder / "checkpoints" / "last.safetensors").exists()
    assert json.loads((folder / "skipped.jsonl").read_text())["name"] == "low/broken.wav"
    last = json.loads((folder / "samples" / "index.jsonl").read_text().splitlines()[-1])
    assert last["kind"] == "final"
    for item in last["items"]:
        sound, picture = item["files"]
        wave, rate = soundfile.read(folder / sound)
        assert rate == 32_000
        assert len(wave) == 12 * rate
        assert np.abs(wave).max() > 0.001
        assert (folder / picture).stat().st_size > 5000


def test_figures_stand_beside_their_anchors(run: Path) -> None:
    figures = json.loads((run / "run" / "quality.json").read_text())["figures"]
    overall = figures[0]
    assert (overall["name"], overall["label"]) == ("KID", None)
    assert overall["real"] < overall["noise"]
    assert {"attacks", "change", "sustain", "variety of notes", "noisiness", "tempo steadiness"} < {
        f["name"] for f in figures
    }


def test_the_page_plays_by_itself_and_tells_nothing_private(run: Path) -> None:
    page = (run / "run" / "report.html").read_text()
    assert "<audio" in page
    assert "data:audio" in page
    seen = page.replace("http://www.w3.org", "").split("</head>")[1]  # the label in the head names schemes
    assert "http://" not in seen
    assert found_in(run / "run", [str(run), ARTIST]) == []


def test_more_samples_of_any_length_and_the_same_bytes_again(artgen: Call, run: Path) -> None:
    for out in ("one", "two"):
        words = ("sample", "run", "--seeds", "5,9", "--label", "low", "--seconds", "3.5", "--out", out)
        assert artgen(*words, cwd=run).returncode == 0
    one, two = ({p.name: p.read_bytes() for p in (run / out).glob("*.wav")} for out in ("one", "two"))
    assert set(one) == {"seed0005-low.wav", "seed0009-low.wav"}
    assert one == two
    assert soundfile.info(run / "one" / "seed0005-low.wav").frames == 112_000


def test_loops_mixes_and_truncation(artgen: Call, run: Path) -> None:
    words = (
        "sample",
        "run",
        "--count",
        "1",
        "--label",
        "high=0.5,low=0.5",
        "--loop",
        "--seconds",
        "2",
        "--truncation",
        "0.5",
    )
    done = artgen(*words, "--rate", "16000", "--stereo", "0.5", "--out", "loop", cwd=run)
    assert done.returncode == 0, done.stderr
    info = soundfile.info(next((run / "loop").glob("*loop.wav")))
    assert info.duration == pytest.approx(2, abs=0.6)
    assert (info.samplerate, info.channels) == (16_000, 2)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--label", "loww"), "did you mean low"),
        (("--seconds", "0"), "--seconds"),
        (("--seconds", "nan"), "--seconds"),
        (("--fps", "24"), "no meaning"),
        (("--count", "0"), "--count"),
        (("--truncation", "9"), "--truncation"),
    ],
)
def test_wrong_wishes_are_refused_in_one_line(artgen: Call, run: Path, words: tuple[str, ...], message: str) -> None:
    done = artgen("sample", "run", *words, cwd=run)
    assert done.returncode == 2
    assert done.stderr.startswith("artgen: error: ")
    assert done.stderr.count("\n") == 1
    assert message in done.stderr


def test_another_run_is_not_overwritten_but_resumed(artgen: Call, run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTGEN_CACHE", str(run / "cache"))
    before = (run / "run" / "checkpoints" / "last.safetensors").read_bytes()
    refused = artgen("run", "--plugin", "music", "--data", "music", "--out", "run", *TINY, cwd=run)
    assert refused.returncode == 2
    assert "--resume" in refused.stderr
    assert (run / "run" / "checkpoints" / "last.safetensors").read_bytes() == before
    monkeypatch.setattr("artgen.verbs.train._judge_or_stop", lambda _session: None)  # the run above was judged
    monkeypatch.setattr("artgen.train.session.shown_seeds", few)
    went_on = artgen("run", "--plugin", "music", "--out", "run", "--resume", "--images", "32", cwd=run)
    assert went_on.returncode == 0, went_on.stderr
    rows = [json.loads(line) for line in (run / "run" / "metrics.jsonl").read_text().splitlines()]
    assert rows[-1]["seen"] == 96


def test_three_lines_of_python_do_the_same(run: Path) -> None:
    import artgen as library

    opened = library.load(run / "run")
    samples = opened.sample(seeds=range(2), label="low", seconds=1, out=run / "python")
    assert [s.label for s in samples] == ["low", "low"]
    assert opened.labels == ("high", "low")
    assert len(list((run / "python").glob("*.wav"))) == 2
