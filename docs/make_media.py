"""Makes every picture, sound and clip of the documentation anew, from runs, as media.toml says.

    python docs/make_media.py [--work FOLDER] [--anew]

Trains what is not trained yet (runs lie in FOLDER/runs and are kept; one that was stopped goes on), plays the runs, and writes
docs/_media. Nothing is replaced before everything has been made; those of the studio, which make_studio.py makes, stay."""

from __future__ import annotations

import argparse
import shlex
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import soundfile
from PIL import Image, ImageSequence

HERE = Path(__file__).parent
LIMIT = 60_000  # bytes of a file
SIDE, FILM, GAP = 96, 96, 6  # pixels
MOST = 8  # pictures in a row


def main() -> None:
    """Train, play, convert, replace."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--work", type=Path, default=HERE / "_build/media", help="where the runs are and stay")
    parser.add_argument("--anew", action="store_true", help="train again what is trained already")
    wishes = parser.parse_args()
    plan = tomllib.loads((HERE / "media.toml").read_text(encoding="utf-8"))
    work = wishes.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    for name, command in plan.pop("runs").items():
        train(command, work, work / "runs" / name, wishes.anew)
    made: dict[str, Path] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name, figure in plan.items():
            target = Path(scratch) / name
            files = play(figure, work, made)
            CONVERT[figure.get("as", "picture")](files, target)
            print(f"{name}: {target.stat().st_size:,} bytes", flush=True)
        replace(Path(scratch), HERE / "_media")


def train(command: str, work: Path, run: Path, anew: bool) -> None:
    """Train a run that is not there, go on with one that was stopped, keep one that is done."""
    if anew:
        shutil.rmtree(run, ignore_errors=True)
    if (run / "report.html").exists():
        print(f"{run}: kept")
    elif (run / "checkpoints/last.safetensors").exists():
        artgen(f"run --resume --out runs/{run.name}", work)
    else:
        shutil.rmtree(run, ignore_errors=True)
        artgen(command, work)


def play(figure: dict[str, Any], work: Path, made: dict[str, Path]) -> list[Path]:
    """The files that the command of a figure writes; equal commands are called once."""
    command = figure["command"]
    if command.startswith("run "):
        folder = work / shlex.split(command)[-1]
    elif command in made:
        folder = made[command]
    else:
        folder = made[command] = work / f"made-{len(made)}"
        shutil.rmtree(folder, ignore_errors=True)
        if "before" in figure:
            artgen(figure["before"], work)
        artgen(f"{command} --out {folder.name}", work)
    files = sorted(folder.glob(figure["files"]))
    if not files:
        sys.exit(f"artgen {command}: wrote no {figure['files']} in {folder}")
    return files


def artgen(command: str, work: Path) -> None:
    """Call artgen in the folder ``work``; stop where it fails."""
    print(f"artgen {command}", flush=True)
    done = subprocess.run([sys.executable, "-m", "artgen", *shlex.split(command)], cwd=work, check=False)
    if done.returncode:
        sys.exit(f"artgen {command}: exit code {done.returncode}; nothing was replaced")


def picture(files: list[Path], target: Path) -> None:
    """The first file as WebP."""
    _save([_open(files[0])], target)


def row(files: list[Path], target: Path) -> None:
    """Pictures side by side, an even choice of them."""
    _save([_beside([_open(file) for file in _choice(files)])], target)


def film(files: list[Path], target: Path) -> None:
    """The first animation as animated WebP."""
    frames, pace = _frames(files[0])
    _save([_beside([frame]) for frame in frames], target, pace)


def films(files: list[Path], target: Path) -> None:
    """Animations side by side."""
    every = [_frames(file) for file in _choice(files)]
    small = [[_reduced(frame) for frame in frames] for frames, _ in every]
    together = zip(*small, strict=False)
    _save([_beside(list(frames), FILM) for frames in together], target, every[0][1])


def sound(files: list[Path], target: Path) -> None:
    """The first sound as Ogg Vorbis, as good as the limit allows."""
    samples, rate = soundfile.read(files[0], dtype="float32")
    for squeeze in (0.5, 0.6, 0.7, 0.8, 0.9, 1.0):
        soundfile.write(target, samples, rate, format="OGG", subtype="VORBIS", compression_level=squeeze)
        if target.stat().st_size <= LIMIT:
            return
    sys.exit(f"{target.name}: more than {LIMIT:,} bytes; make it shorter")


CONVERT: dict[str, Callable[[list[Path], Path], None]] = {
    "picture": picture, "row": row, "film": film, "films": films, "sound": sound,
}  # fmt: skip


def replace(new: Path, old: Path) -> None:
    """Put the new files in the place of the old ones."""
    shutil.copytree(new, old, dirs_exist_ok=True)


def _open(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB")


def _frames(path: Path) -> tuple[list[Image.Image], int]:
    """The frames of an animation and the milliseconds that one is shown."""
    with Image.open(path) as image:
        return [frame.convert("RGB") for frame in ImageSequence.Iterator(image)], int(image.info.get("duration", 125))


def _reduced(image: Image.Image) -> Image.Image:
    """Smaller, so that all frames of several films fit."""
    return image.resize((image.width * FILM // image.height, FILM), Image.Resampling.LANCZOS)


def _choice(files: list[Path]) -> list[Path]:
    """At most MOST files, evenly spread, the first and the last among them."""
    if len(files) <= MOST:
        return files
    return [files[round(i * (len(files) - 1) / (MOST - 1))] for i in range(MOST)]


def _beside(images: list[Image.Image], side: int = SIDE) -> Image.Image:
    """Images in one row; small ones are enlarged by whole pixels, so that nothing is smoothed over."""
    scale = max(1, side // images[0].height)
    large = [image.resize((image.width * scale, image.height * scale), Image.Resampling.NEAREST) for image in images]
    sheet = Image.new("RGB", (sum(i.width + GAP for i in large) - GAP, large[0].height), "white")
    left = 0
    for image in large:
        sheet.paste(image, (left, 0))
        left += image.width + GAP
    return sheet


def _save(frames: list[Image.Image], target: Path, pace: int = 0) -> None:
    """As WebP, as good as the limit allows; a long film loses every other frame before it looks bad."""
    step = 1
    while step < len(frames) + 1:
        for quality in (90, 75, 60, 45, 30):
            first, *others = frames[::step]
            rest = {"save_all": True, "append_images": others, "duration": pace * step, "loop": 0} if others else {}
            first.save(target, "WEBP", quality=quality, method=4, **rest)
            if target.stat().st_size <= LIMIT:
                return
        step *= 2
        if len(frames) == 1:
            frames = [frames[0].resize((frames[0].width * 3 // 4, frames[0].height * 3 // 4))]
            step = 1
            if frames[0].width < 200:
                break
    sys.exit(f"{target.name}: more than {LIMIT:,} bytes; choose a smaller figure")


if __name__ == "__main__":
    main()
