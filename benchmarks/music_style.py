"""Classical music moved toward rock: ``python benchmarks/music_style.py [--budget 5m]``.

Trains on what ships with the music plugin and writes ``benchmarks/results/music_style.md``: figures on held-out music beside
their baselines, how sure musicnn is of some tags and on how many beats there are strokes before and after, and the time that
``artgen apply`` takes for a minute.

``--runs FOLDER`` keeps the run there, and takes a run that is there already instead of training anew.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile
import torch
from tables import changes, table
from torch import Tensor

import artgen
from artgen.data.store import cache_folder, open_store
from artgen.inference.translate import translate
from artgen.runfolder.records import Quality
from artgen.runtime.device import use_cores
from artgen_music.change import ChangeCodec
from artgen_music.musicnn import TAGS, load_musicnn
from artgen_music.style_metrics import equalized

SHOWN = ("rock", "metal", "guitar", "drums", "loud", "classical", "piano", "solo")
WORKS = 28
BEAT, HIGH, STROKE = 32, 90, 0.2  # frames; bands from 3.5 kHz on; 6 dB in units of the scaled log-mel
RATE, MINUTE = 44_100, 60
RESULT = Path(__file__).parent / "results" / "music_style.md"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--budget", default="5m")
    parser.add_argument("--runs", type=Path, default=Path("runs/music_style"))
    words = parser.parse_args()
    folder = words.runs / "style"
    if not (folder / "quality.json").exists():
        artgen.run("music", task="style", budget=words.budget, out=folder, device="cpu")
    run = artgen.load(folder, "cpu")
    found = Quality.model_validate_json((folder / "quality.json").read_text())
    where = f"{platform.processor() or platform.machine()}, {use_cores()} threads; `python benchmarks/music_style.py`."
    heard = f"{run.seen:,} items in {run.seconds:.0f} s; {found.items} held-out works."
    lines = ["# Classical music moved toward rock", "", where, "", heard, "", *changes(found.figures)]
    lines += ["", *_tags(run), "", _speed(run, words.runs)]
    RESULT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines), f"\n\nwritten to {RESULT}; look at the sheet in {folder}/samples/final")


@torch.inference_mode()
def _tags(run: artgen.Run) -> list[str]:
    """Mean certainty of musicnn that a tag fits, for held-out works by way, and for works of the style."""
    section = run.config.run
    store, style = (open_store(cache_folder() / name) for name in (section.prepared, section.style_prepared))
    if store is None or style is None or section.style_prepared == "":
        return ["The prepared data is no longer in the cache; no tags."]
    _, held = store.split(run.config.train.holdout)
    works = torch.from_numpy(np.array(style.items))
    given = torch.from_numpy(store.items[held[:WORKS]])
    musicnn = load_musicnn()
    sets: dict[str, Callable[[], Tensor]] = {
        "result": lambda: translate(run.model, given),
        "unchanged": lambda: given,
        "equalizer": lambda: equalized(given, works),
        "style": lambda: works[:: max(1, len(works) // WORKS)],
    }
    tags = {name: musicnn(make().float() / 32768)[1].mean(0) for name, make in sets.items()}
    rows = [[tag, *(f"{tags[n][TAGS.index(tag)]:.2f}" for n in tags)] for tag in SHOWN]
    return table(
        ["tag", *tags], [*rows, ["beats with a stroke", *(f"{_strokes(make()):.2f}" for make in sets.values())]]
    )


def _strokes(raw: Tensor) -> float:
    """Share of the beats of the common tempo at which the high bands rise like those of a drum, of int16 ``[b, n]``."""
    level = ChangeCodec().take(raw)[:, 0, HIGH:].mean(1)
    beats = range(BEAT, level.shape[1] - 4, BEAT)
    rises = [level[:, beat - 1 : beat + 5].amax(1) - level[:, beat - 6 : beat - 2].amin(1) for beat in beats]
    return float((torch.stack(rises) > STROKE).float().mean())


def _speed(run: artgen.Run, folder: Path) -> str:
    """Seconds to change a minute of music in stereo at 44.1 kHz, the first file apart, which loads what is loaded once."""
    time_axis = np.arange(MINUTE * RATE) / RATE
    wave = 0.3 * np.sin(2 * np.pi * 220 * time_axis) * np.exp(-4 * (time_axis % 0.5))
    songs = [folder / f"minute{number}.flac" for number in range(4)]
    seconds = []
    for song in songs:
        soundfile.write(song, np.stack([wave, 0.9 * wave], 1), RATE)
        (folder / "applied" / f"{song.stem}.wav").unlink(missing_ok=True)
        (folder / "applied" / f"{song.stem}.png").unlink(missing_ok=True)
        start = time.perf_counter()
        run.apply([song], folder / "applied")
        seconds.append(time.perf_counter() - start)
    return f"`artgen apply` on a minute of music: {min(seconds[1:]):.1f} s ({seconds[0]:.1f} s for the first file)."


if __name__ == "__main__":
    main()
