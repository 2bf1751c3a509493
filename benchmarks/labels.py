"""What the invisible mark survives: ``python benchmarks/labels.py [--pictures 36] [--sounds 24] [--films 12]``.

Marks pictures of 128 and of 256 pixels, sounds of 10 seconds and films of 4 seconds, edits them with the codecs that people use
(Pillow's JPEG, libmp3lame, x264), and looks for the mark. ``--run RUN`` (may be repeated): works of these runs beside real
ones. Writes ``benchmarks/results/labels.md``.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import av
import numpy as np
import soundfile
import soxr
from PIL import Image, ImageEnhance
from scipy.stats import norm
from tables import table

from artgen.provenance import picture, sound
from artgen.provenance.found import Mark
from artgen.provenance.medium import medium_of
from artgen.provenance.verify import verify

ROOT = Path(__file__).parents[1]
RESULT = Path(__file__).parent / "results" / "labels.md"
SIDE, LARGE, SECONDS, RATE, FPS = 128, 256, 10, 16_000, 12
ASKED = ("as written", "JPEG q50", "half size", "70 % crop", "MP3 64 kbit/s", "H.264 crf 23", "H.264 crf 28")
Edit = Callable[[np.ndarray, Path], Path]  # a work and a folder to the edited file


@dataclass
class Row:
    """What was found in the works of one medium after one edit."""

    found: int = 0
    count: int = 0
    bits: list[float] = field(default_factory=list)
    heights: list[float] = field(default_factory=list)

    def add(self, mark: Mark | None, code: int) -> None:
        self.count += 1
        self.heights.append(mark.z if mark else 0.0)
        self.bits.append(1 - (mark.code ^ code).bit_count() / 8 if mark else 0.5)
        self.found += mark is not None and mark.found

    def cells(self, edit: str) -> list[str]:
        found = f"{self.found} of {self.count} ({self.found / self.count:.0%})"
        heights = f"{np.median(self.heights):.1f} ({min(self.heights):.1f})"
        return [edit, found, f"{np.mean(self.bits):.0%}", heights]


# --- works -----------------------------------------------------------------------------------------------------------


def pictures(side: int = SIDE) -> Iterator[np.ndarray]:
    """Real ones, ``[3, side, side]``: photographs, paintings and drawings with flat ground in turn."""
    folder = ROOT / "plugins/image/artgen_image"
    for path in _in_turn(folder / "photographs", folder / "paintings", folder / "embedded"):
        with Image.open(path) as file:
            whole = file.convert("RGBA")
        ground = Image.new("RGBA", whole.size, "white")
        ground.alpha_composite(whole)
        cut = min(ground.size)
        left, top = (ground.width - cut) // 2, (ground.height - cut) // 2
        small = ground.convert("RGB").crop((left, top, left + cut, top + cut)).resize((side, side))
        yield np.asarray(small).transpose(2, 0, 1).copy()


def sounds() -> Iterator[np.ndarray]:
    """Real ones, int16 ``[n]`` of 10 seconds at 16 kHz: every embedded track from its start, then from further in."""
    paths = list(_in_turn(*sorted((ROOT / "plugins/music/artgen_music/embedded").glob("*/")), suffix=".ogg"))
    for start in range(0, 60, SECONDS):
        for path in paths:
            wave, rate = soundfile.read(path, start=start * RATE, frames=SECONDS * RATE, dtype="int16", always_2d=True)
            if rate == RATE and len(wave) == SECONDS * RATE and np.abs(wave).max() > 1000:
                yield wave[:, 0]


def films() -> Iterator[np.ndarray]:
    """Real ones, ``[3, 48, 128, 128]``: the embedded clips, forth and back."""
    for path in _in_turn(*sorted((ROOT / "plugins/video/artgen_video/embedded").glob("*/")), suffix=".mp4"):
        with av.open(str(path)) as file:
            frames = [frame.to_image().resize((SIDE, SIDE)) for frame in islice(file.decode(video=0), 48)]
        shown = [*frames, *frames[-2:0:-1]]
        yield np.stack([np.asarray(shown[n % len(shown)]) for n in range(4 * FPS)]).transpose(3, 0, 1, 2).copy()


def _in_turn(*folders: Path, suffix: str = ".webp") -> Iterator[Path]:
    """One file of each folder, then the next of each."""
    queues = [sorted(folder.rglob(f"*{suffix}")) for folder in folders]
    for number in range(max(map(len, queues), default=0)):
        yield from (queue[number] for queue in queues if number < len(queue))


def generated(runs: Sequence[Path], medium: str, count: int) -> Iterator[np.ndarray]:
    """Works of runs that are large enough for a mark."""
    from artgen import load

    for path in runs:
        for sample in load(path, "cpu").sample(range(count)):
            if medium_of(sample.data) == medium:
                yield sample.data


# --- edits -----------------------------------------------------------------------------------------------------------


def _to_image(data: np.ndarray) -> Image.Image:
    return Image.fromarray(data.transpose(1, 2, 0))


def _saved(image: Image.Image, folder: Path, suffix: str = ".png", **how: object) -> Path:
    path = folder / f"work{suffix}"
    image.save(path, **how)
    return path


def _resized(image: Image.Image, factor: float, how: Image.Resampling = Image.Resampling.LANCZOS) -> Image.Image:
    return image.resize((round(image.width * factor), round(image.height * factor)), how)


def _cropped(image: Image.Image, share: float = 0.7, at: float = 0.6) -> Image.Image:
    """A part with ``share`` of each side, ``at`` of what is left cut off before it."""
    wide, high = round(image.width * share), round(image.height * share)
    left, top = round((image.width - wide) * at), round((image.height - high) * at)
    return image.crop((left, top, left + wide, top + high))


PICTURE_EDITS: Mapping[str, Callable[[Image.Image, Path], Path]] = {
    "as written": lambda i, f: _saved(i, f),
    "PNG saved anew, 64 colors": lambda i, f: _saved(i.quantize(64), f),
    "JPEG q75": lambda i, f: _saved(i, f, ".jpg", quality=75),
    "JPEG q50": lambda i, f: _saved(i, f, ".jpg", quality=50),
    "WebP q60": lambda i, f: _saved(i, f, ".webp", quality=60),
    "half size": lambda i, f: _saved(_resized(i, 0.5), f),
    "70 % crop": lambda i, f: _saved(_cropped(i), f),
    "half size, then 70 % crop": lambda i, f: _saved(_cropped(_resized(i, 0.5)), f),
    "70 % crop and JPEG q50": lambda i, f: _saved(_cropped(i), f, ".jpg", quality=50),
    "screenshot (137 % bilinear, JPEG q85)": lambda i, f: _saved(
        _resized(i, 1.37, Image.Resampling.BILINEAR), f, ".jpg", quality=85
    ),
    "brightness + 20 %, contrast - 20 %": lambda i, f: _saved(
        ImageEnhance.Contrast(ImageEnhance.Brightness(i).enhance(1.2)).enhance(0.8), f
    ),
    "mirrored": lambda i, f: _saved(i.transpose(Image.Transpose.FLIP_LEFT_RIGHT), f),
    "turned by 2 degrees": lambda i, f: _saved(i.rotate(2, Image.Resampling.BICUBIC), f),
    "40 % crop": lambda i, f: _saved(_cropped(i, 0.4), f),
}


def _sound(wave: np.ndarray, folder: Path, rate: int = RATE, kind: str = "WAV") -> Path:
    path = folder / f"work.{kind.lower()}"
    soundfile.write(path, wave, rate, format=kind)
    return path


def mp3(wave: np.ndarray, folder: Path, bits: int = 64_000) -> Path:
    """libmp3lame at a constant rate."""
    path = folder / "work.mp3"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libmp3lame", rate=RATE)
        stream.bit_rate, stream.layout = bits, "mono"
        frame = av.AudioFrame.from_ndarray(wave[None], "s16p", "mono")
        frame.sample_rate = RATE
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            out.mux(packet)
    return path


def _noisy(wave: np.ndarray) -> np.ndarray:
    """White noise 25 dB below the sound."""
    level = float(np.std(wave.astype(np.float32))) * 10 ** (-25 / 20)
    return (wave + np.random.default_rng(0).normal(0, level, len(wave))).clip(-32768, 32767).astype(np.int16)


SOUND_EDITS: Mapping[str, Edit] = {
    "as written": lambda w, f: _sound(w, f),
    "MP3 128 kbit/s": lambda w, f: mp3(w, f, 128_000),
    "MP3 64 kbit/s": lambda w, f: mp3(w, f),
    "MP3 32 kbit/s": lambda w, f: mp3(w, f, 32_000),
    "Ogg Vorbis, about 40 kbit/s": lambda w, f: _sound(w, f, kind="OGG"),
    "resampled to 22.05 kHz": lambda w, f: _sound(soxr.resample(w, RATE, 22_050), f, 22_050),
    "half as loud": lambda w, f: _sound(w // 2, f),
    "cut: seconds 2.3 to 9": lambda w, f: _sound(w[int(2.3 * RATE) : 9 * RATE], f),
    "noise at 25 dB SNR": lambda w, f: _sound(_noisy(w), f),
    "2 % faster": lambda w, f: _sound(soxr.resample(w, RATE * 1.02, RATE), f),
    "a cut of 3 seconds": lambda w, f: _sound(w[: 3 * RATE], f),
}


def h264(frames: np.ndarray, folder: Path, crf: int, side: int = 0) -> Path:
    """x264 from ``[3, t, h, w]``, enlarged to 256 pixels as the writers do; ``side``: scaled to that instead."""
    path = folder / "work.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=FPS, options={"crf": str(crf), "threads": "1"})
        size = side or 2 * frames.shape[-1]
        stream.width = stream.height = size
        stream.pix_fmt = "yuv420p"
        for image in frames.transpose(1, 2, 3, 0):
            how = Image.Resampling.NEAREST if size % image.shape[0] == 0 else Image.Resampling.BICUBIC
            shown = Image.fromarray(image).resize((size, size), how)
            out.mux(stream.encode(av.VideoFrame.from_image(shown)))
        out.mux(stream.encode(None))
    return path


def gif(frames: np.ndarray, folder: Path) -> Path:
    """256 colors, every second frame."""
    path = folder / "work.gif"
    shown = [Image.fromarray(image).quantize(256) for image in frames.transpose(1, 2, 3, 0)[::2]]
    shown[0].save(path, save_all=True, append_images=shown[1:], duration=160)
    return path


FILM_EDITS: Mapping[str, Edit] = {
    "H.264 crf 18, as written": lambda v, f: h264(v, f, 18),
    "H.264 crf 23": lambda v, f: h264(v, f, 23),
    "H.264 crf 28": lambda v, f: h264(v, f, 28),
    "H.264 crf 35": lambda v, f: h264(v, f, 35),
    "half size (256 to 128 pixels), crf 23": lambda v, f: h264(v, f, 23, SIDE),
    "a quarter of the size, crf 23": lambda v, f: h264(v, f, 23, SIDE // 2),
    "GIF of 256 colors": lambda v, f: gif(v, f),
}


# --- tables ----------------------------------------------------------------------------------------------------------


@dataclass
class Medium:
    """Works of one medium, how they are marked and edited, and what came out."""

    name: str
    works: list[np.ndarray]
    unmarked: list[np.ndarray]
    mark: Callable[[np.ndarray, int], np.ndarray]
    edits: Mapping[str, Edit]
    plain: Edit
    trials: int
    threshold: float

    def table(self) -> list[str]:
        rows, loss = {name: Row() for name in self.edits}, []
        with tempfile.TemporaryDirectory() as scratch:
            for number, work in enumerate(self.works):
                code = (37 * number + 11) % 256
                done = self.mark(work, code)
                loss.append(_decibels(work, done))
                for name, edit in self.edits.items():
                    rows[name].add(verify(edit(done, Path(scratch))).mark, code)
            shown = table(
                ["edit", "found", "bits right", "height, median (lowest)"], [r.cells(n) for n, r in rows.items()]
            )
            lines = [f"## {self.name}", "", *shown, "", self._loss(loss), "", self._false(Path(scratch)), ""]
        short = [name for name, row in rows.items() if name in ASKED and row.found < 0.95 * row.count]
        return [*lines, *([f"**Below 95 %: {', '.join(short)}.**", ""] if short else [])]

    def _loss(self, loss: Sequence[float]) -> str:
        what = "SNR" if self.name == "Sounds" else "PSNR"
        low, middle = np.quantile(loss, [0.1, 0.5])
        return f"{what} of the mark: median {middle:.1f} dB, 10 % quantile {low:.1f} dB, {len(loss)} works."

    def _false(self, scratch: Path) -> str:
        heights = []
        for work in self.unmarked:
            mark = verify(self.plain(work, scratch)).mark
            heights.append(mark.z if mark else 0.0)
        found = sum(z >= self.threshold for z in heights)
        chance = self.trials * float(norm.sf(self.threshold))
        return (
            f"Unmarked: {found} of {len(heights)} taken for marked; the highest reached {max(heights):.1f} standard deviations, "
            f"median {np.median(heights):.1f}, a mark starts at {self.threshold}. By the statistic (at most {self.trials:,} "
            f"independent trials a file) one unmarked file in {1 / chance:,.0f} is taken for marked."
        )


def _decibels(before: np.ndarray, after: np.ndarray) -> float:
    """PSNR of pictures and films, SNR of sounds."""
    noise = np.mean((after.astype(np.float64) - before) ** 2) + 1e-12
    signal = 255.0**2 if before.dtype == np.uint8 else np.mean(before.astype(np.float64) ** 2)
    return float(10 * np.log10(signal / noise))


def speed() -> list[str]:
    """Single calls, the first of a process apart, on one thread."""
    rng = np.random.default_rng(0)
    smooth = np.asarray(Image.fromarray(rng.integers(0, 256, (16, 16, 3), np.uint8)).resize((1024, 1024)))
    walk = np.cumsum(rng.normal(0, 300, 60 * RATE)) % 20_000 - 10_000
    cases = {
        "a picture of 128 x 128": (picture.mark_picture, smooth[:128, :128]),
        "a picture of 512 x 512": (picture.mark_picture, smooth[:512, :512]),
        "a picture of 1024 x 1024": (picture.mark_picture, smooth),
        "10 seconds of sound": (sound.mark_sound, walk[: 10 * RATE].astype(np.int16)),
        "a minute of sound": (sound.mark_sound, walk.astype(np.int16)),
        "a film of 4 seconds (48 frames of 128 x 128)": (
            picture.mark_film, np.stack([smooth[8 * n : 8 * n + SIDE, :SIDE] for n in range(4 * FPS)])
        ),
    }  # fmt: skip
    rows = []
    for name, (mark, work) in cases.items():
        raw = np.moveaxis(work, -1, 0) if work.ndim > 1 else work
        first, times = _milliseconds(mark, raw, 200), [_milliseconds(mark, raw, 200) for _ in range(9)]
        rows.append([name, *(f"{ms:.1f}" for ms in (statistics.median(times), min(times), first))])
    head = ["work", "ms, median of 9 calls", "ms, fastest", "ms, first call with its byte"]
    return ["## Speed", "", *table(head, rows), ""]


def _milliseconds(mark: Callable[[np.ndarray, int], np.ndarray], work: np.ndarray, code: int) -> float:
    start = time.perf_counter()
    mark(work, code)
    return 1000 * (time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, count in (("pictures", 36), ("sounds", 24), ("films", 12), ("unmarked", 200)):
        parser.add_argument(f"--{name}", type=int, default=count)
    parser.add_argument("--run", type=Path, action="append", default=[])
    parser.add_argument("--speed", action="store_true", help="only how fast marks are made")
    words = parser.parse_args()
    if words.speed:
        print("\n".join(speed()))
        return
    start = time.monotonic()
    few = words.unmarked
    edits: Mapping[str, Edit] = {
        name: lambda w, f, edit=edit: edit(_to_image(w), f) for name, edit in PICTURE_EDITS.items()
    }
    media = (
        *(Medium(f"Pictures of {side} x {side} pixels",
                 [*islice(pictures(side), words.pictures), *(generated(words.run, "picture", 8) if side > SIDE else ())],
                 list(islice(pictures(side), few)), picture.mark_picture, edits,
                 lambda w, f: _saved(_to_image(w), f), picture.TRIALS, picture.THRESHOLD) for side in (SIDE, LARGE)),
        Medium("Sounds", [*islice(sounds(), words.sounds), *generated(words.run, "sound", 8)], list(islice(sounds(), few)),
               sound.mark_sound, SOUND_EDITS, lambda w, f: _sound(w, f), sound.TRIALS, sound.THRESHOLD),
        Medium("Films of 4 seconds, 128 x 128 pixels", [*islice(films(), words.films), *generated(words.run, "film", 4)],
               list(islice(films(), few // 4)), picture.mark_film, FILM_EDITS, lambda v, f: h264(v, f, 18),
               picture.TRIALS, picture.THRESHOLD),
    )  # fmt: skip
    lines = ["# What the invisible mark survives", "",
             f"`python benchmarks/labels.py`, one thread of {platform.processor() or platform.machine()}, numpy "
             f"{np.__version__}, Pillow {Image.__version__}, PyAV {av.__version__}. Real works that ship with the plugins"
             f"{' and generated ones' if words.run else ''}. Found: by `artgen verify`.", ""]  # fmt: skip
    for part in (*(medium.table for medium in media), speed):
        lines += part()
        print("\n".join(lines[-24:]), f"\n{time.monotonic() - start:.0f} s", flush=True)
    RESULT.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
    print(f"written to {RESULT}")


if __name__ == "__main__":
    main()
