"""Promise: of a folder that holds sixty kinds of file, every one is used or named with a reason, whichever plugin looks."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from PIL import Image

from artgen.data.scan import scan
from artgen.host import Host
from artgen.types import RawItem

PICTURES = "png jpg jpeg jfif webp gif bmp dib tif tiff ppm pgm tga jp2 avif pcx apng".split()  # noqa: SIM905 (read at a glance)
SOUNDS = {
    "wav": "WAV",
    "flac": "FLAC",
    "ogg": "OGG",
    "mp3": "MP3",
    "aiff": "AIFF",
    "au": "AU",
    "caf": "CAF",
    "w64": "W64",
}
CODED = {"m4a": ("aac", "ipod"), "aac": ("aac", "adts"), "opus": ("libopus", "ogg"), "mka": ("libopus", "matroska"),
         "wma": ("wmav2", "asf"), "ac3": ("ac3", "ac3")}  # fmt: skip
FILMS = {"mp4": "libx264", "mov": "libx264", "mkv": "libx264", "webm": "libvpx-vp9", "avi": "mpeg4", "mts": "libx264",
         "mpg": "mpeg2video", "wmv": "wmv2", "flv": "libx264", "3gp": "mpeg4"}  # fmt: skip
FORMATS = {"mts": "mpegts", "wmv": "asf"}
OTHERS = "txt pdf docx xlsx zip 7z svg psd cr2 nef arw dng mid midi aup3 html csv json ttf exe db ini xmp srt".split()  # noqa: SIM905


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("kinds")
    rng = np.random.default_rng(0)
    picture = Image.fromarray(rng.integers(0, 256, (4, 6, 3), dtype=np.uint8)).resize(
        (96, 64), Image.Resampling.BICUBIC
    )
    for ending in PICTURES:
        kind = {"jfif": "JPEG", "pgm": "PPM", "apng": "PNG"}.get(ending)
        (picture.convert("L") if ending == "pgm" else picture).save(place / f"picture.{ending}", format=kind)
    wave = (0.3 * np.sin(np.arange(5 * 48_000) * 0.05)).astype(np.float32)
    for ending, kind in SOUNDS.items():
        soundfile.write(place / f"sound.{ending}", wave, 48_000, format=kind)
    for ending, (codec, kind) in CODED.items():
        _encode(place / f"coded.{ending}", codec, kind, wave)
    for ending, codec in FILMS.items():
        _film(place / f"film.{ending}", codec, FORMATS.get(ending))
    for ending in OTHERS:
        (place / f"other.{ending}").write_bytes(rng.bytes(400))
    (place / "no ending").write_text("notes")
    return place


def _encode(path: Path, codec: str, kind: str, wave: np.ndarray) -> None:
    with av.open(str(path), "w", format=kind) as out:
        stream = out.add_stream(codec, rate=48_000, layout="mono", options={"b": "64000"})
        frame = av.AudioFrame.from_ndarray(wave[None], "fltp", "mono")
        frame.sample_rate = 48_000
        form = stream.codec_context.format.name
        size = stream.codec_context.frame_size or (960 if codec == "libopus" else 1024)
        for part in av.AudioResampler(form, "mono", 48_000, frame_size=size).resample(frame):
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))


def _film(path: Path, codec: str, kind: str | None) -> None:
    with av.open(str(path), "w", format=kind) as out:
        stream = out.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for number in range(75):
            picture = np.zeros((64, 96, 3), np.uint8)
            picture[:, number % 80 : number % 80 + 16] = 200
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def _used(plugin: str, folder: Path) -> Iterator[tuple[str, bool]]:
    """Every name that is heard of, and whether its file is used."""
    host = Host(plugin)
    source = scan(folder, host.domain.suffixes, "--data")
    yield from ((one.name, False) for one in source.ignored)
    for file in source.files:
        alone = type(source)(source.root, (file,), ())
        items = list(host.prepare(alone, host.domain.config()))
        used = any(isinstance(item, RawItem) for item in items)
        named = [item for item in items if not isinstance(item, RawItem)]
        assert used or [one.name for one in named] == [file.name], (plugin, file.name)
        assert all(len(one.reason) > 10 for one in named)
        yield file.name, used


@pytest.mark.parametrize(
    ("plugin", "usable"),
    [
        ("image", [f"picture.{ending}" for ending in PICTURES]),
        ("music", [*(f"sound.{ending}" for ending in SOUNDS), *(f"coded.{ending}" for ending in CODED)]),
        ("video", [f"film.{ending}" for ending in FILMS]),
    ],
)
def test_used_and_named_are_all(folder: Path, plugin: str, usable: list[str]) -> None:
    names = sorted(path.name for path in folder.iterdir())
    assert len(names) >= 60
    heard = dict(_used(plugin, folder))
    assert sorted(heard) == names
    assert {name for name, used in heard.items() if used} == set(usable)
