"""Promise: recordings are moved toward others: two folders in, results beside their sources on a page, figures beside baselines;
then any song goes through, and what is none is named with its reason."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

import artgen
from tests.music.conftest import tone

TINY = ("seconds=1.0", "batch=4", "change_width=4", "change_blocks=1", "discriminator_widths=[4, 4, 8, 8]",
        "inversion_steps=2", "nce_patches=32", "holdout=0.4")  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a finished run of 16 items: tones toward tones with noise."""
    root = tmp_path_factory.mktemp("style")
    rng = np.random.default_rng(0)
    for number in range(5):
        for name, noise in (("soft", 0.0), ("rough", 0.05)):
            (root / name).mkdir(exist_ok=True)
            sound = tone(4.0, 220 * 1.06**number) + noise * rng.normal(size=(64_000, 1)).astype(np.float32)
            soundfile.write(root / name / f"{number}.wav", sound, 16_000)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARTGEN_CACHE", str(root / "cache"))
        artgen.run("music", task="style", data=root / "soft", style=root / "rough", images="16", out=root / "run",
                   device="cpu", sets=TINY)  # fmt: skip
        yield root


def test_results_stand_beside_their_sources(run: Path) -> None:
    item = json.loads((run / "run" / "samples" / "index.jsonl").read_text().splitlines()[-1])["items"][0]
    waves = [soundfile.read(run / "run" / item[side][0])[0] for side in ("source", "files")]
    assert len(waves[0]) == len(waves[1]) == 32_000
    assert np.abs(waves[1]).max() > 0.01
    page = (run / "run" / "report.html").read_text()
    assert page.count("<audio") >= 2
    figures = {f["name"]: f for f in json.loads((run / "run" / "quality.json").read_text())["figures"]}
    assert set(figures) == {"KID to the style", "rhythm kept", "pitch kept"}
    assert set(figures["KID to the style"]["baselines"]) == {"unchanged", "equalizer"}
    assert figures["pitch kept"]["baselines"]["unchanged"] == pytest.approx(1.0, abs=1e-3)


def test_songs_of_any_kind_are_changed_and_others_skipped(run: Path) -> None:
    songs = run / "songs"
    songs.mkdir()
    soundfile.write(songs / "song.flac", tone(3.0, 330.0, 44_100, 2), 44_100)
    soundfile.write(songs / "silent.wav", np.zeros(20_000), 16_000)
    soundfile.write(songs / "short.wav", tone(0.02), 16_000)
    (run / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    before = (songs / "song.flac").read_bytes()
    done = artgen.load(run / "run", "cpu").apply([songs, run / "picture.png"], run / "out")
    reasons = {skipped.name: skipped.reason for skipped in done.skipped}
    assert set(reasons) == {"silent.wav", "short.wav", "picture.png"}
    assert "silent" in reasons["silent.wav"]
    assert "shorter" in reasons["short.wav"]
    assert "a picture, which this plugin does not read" in reasons["picture.png"]
    assert {path.name for path in (run / "out").iterdir()} == {"song.wav", "song.png", "sheet.png"}
    info = soundfile.info(run / "out" / "song.wav")
    assert (info.samplerate, info.channels) == (16_000, 1)
    assert info.duration == pytest.approx(3.0, abs=0.01)
    assert (songs / "song.flac").read_bytes() == before
