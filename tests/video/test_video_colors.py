"""Promise: the colors of a film are those that a player shows, whatever its matrix, range and brightness; and what is written
says how it is to be shown."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from artgen.media import film_file
from artgen.types import Opened, SourceFile
from artgen_video.colors import BT709, BT2020, HLG, PQ, UNSAID, to_rgb
from artgen_video.config import VideoConfig
from artgen_video.opening import open_film

WHITE, RED, SKIN = (255, 255, 255), (255, 0, 0), (230, 178, 153)
TO_BT2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])


def bright(color: tuple[int, int, int], transfer: int) -> tuple[int, int, int]:
    """10-bit Y, Cb and Cr of a screen's color in BT.2020, white where BT.2408 has it."""
    signal = np.array(color) / 255
    light = TO_BT2020 @ np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4)
    if transfer == HLG:
        e = light * 0.2646
        rgb = np.where(
            e <= 1 / 12, np.sqrt(3 * e), 0.17883277 * np.log(np.maximum(12 * e - 0.28466892, 1e-9)) + 0.55991073
        )
    else:
        e = (light * 203 / 10_000) ** (2610 / 16384)
        rgb = ((3424 / 4096 + 2413 / 128 * e) / (1 + 2392 / 128 * e)) ** (2523 / 32)
    y = rgb @ (0.2627, 0.678, 0.0593)
    return round(64 + 876 * y), round(512 + 896 * (rgb[2] - y) / 1.8814), round(512 + 896 * (rgb[0] - y) / 1.4746)


def plain(values: tuple[int, int, int], form: str, size: tuple[int, int] = (64, 48)) -> av.VideoFrame:
    """A frame of one value a plane."""
    frame = av.VideoFrame(*size, form)
    for plane, value in zip(frame.planes, values, strict=True):
        deep = form.endswith("10le")
        row = np.full(plane.line_size // (2 if deep else 1), value, "<u2" if deep else "u1")
        plane.update(np.tile(row, plane.height).tobytes())
    return frame


@pytest.mark.parametrize("transfer", [HLG, PQ])
@pytest.mark.parametrize("color", [WHITE, RED, SKIN])
def test_high_dynamic_range_is_toned_down(color: tuple[int, int, int], transfer: int) -> None:
    frame = plain(bright(color, transfer), "yuv420p10le")
    frame.colorspace, frame.color_range, frame.color_trc, frame.color_primaries = BT2020, 1, transfer, BT2020
    assert np.abs(to_rgb(frame, 32, 24)[12, 16].astype(int) - color).max() <= 10


def test_what_a_film_does_not_say_is_taken_as_players_take_it() -> None:
    values = (150, 100, 180)
    for size, matrix in (((64, 48), 6), ((1280, 720), BT709)):
        said, unsaid = plain(values, "yuv420p", size), plain(values, "yuv420p", size)
        said.colorspace, unsaid.colorspace = matrix, UNSAID
        assert np.array_equal(to_rgb(said, 32, 24), to_rgb(unsaid, 32, 24))


def drawn(frames: int) -> np.ndarray:
    """``[t, 720, 1280, 3]``: green beside red."""
    picture = np.zeros((720, 1280, 3), np.uint8)
    picture[:, :640], picture[:, 640:] = (0, 200, 0), (220, 30, 30)
    return np.broadcast_to(picture, (frames, *picture.shape))


@pytest.mark.parametrize("ending", ["mp4", "webm"])
def test_films_say_their_colors_and_show_them(tmp_path: Path, ending: str) -> None:
    """Written from frames that were made, and again from a film that was opened: within 6 of 255."""
    made = tmp_path / f"made.{ending}"
    with film_file(made, 12, {}) as write:
        for picture in drawn(2):
            write(picture)
    opened = open_film(SourceFile(made, made.name, None), VideoConfig.model_validate({"format": ending}))
    assert isinstance(opened, Opened)
    assert opened.write is not None
    (again,) = opened.write(opened.parts, tmp_path / "again", {})
    for path in (made, again):
        with av.open(str(path)) as container:
            frame = next(container.decode(video=0))
        assert frame.colorspace != UNSAID
        assert (frame.color_range, frame.color_trc, frame.color_primaries) == (1, 1, 1)
        shown = to_rgb(frame, 1280, 720, smooth=False)
        for column, color in ((320, (0, 200, 0)), (960, (220, 30, 30))):
            assert np.abs(shown[360, column].astype(int) - color).max() <= 6


def test_tracks_that_nobody_knows_are_left_out_and_the_others_kept(tmp_path: Path) -> None:
    """As telephones write them: a second sound track of a codec without a decoder."""
    path = tmp_path / "two.mov"
    with av.open(str(path), "w") as out:
        picture = out.add_stream("libx264", rate=10)
        picture.width, picture.height, picture.pix_fmt = 64, 48, "yuv420p"
        sounds = [out.add_stream("aac", rate=44_100, layout="mono") for _ in range(2)]
        for number in range(12):
            frame = plain((40 + 10 * number, 128, 128), "yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 10)
            out.mux(picture.encode(frame))
        for sound in sounds:
            for start in range(0, 44_100, 1024):
                wave = av.AudioFrame.from_ndarray(np.full((1, 1024), 0.1, np.float32), "fltp", "mono")
                wave.sample_rate, wave.pts, wave.time_base = 44_100, start, Fraction(1, 44_100)
                out.mux(sound.encode(wave))
            out.mux(sound.encode(None))
        out.mux(picture.encode(None))
    data = bytearray(path.read_bytes())
    places = [match.start() for match in re.finditer(b"mp4a", data)]
    for place in places[len(places) // 2 :]:
        data[place : place + 4] = b"apac"
    tag = data.rindex(b"esds")
    data[tag : tag + 4] = b"dapa"
    path.write_bytes(data)
    with av.open(str(path)) as container:
        assert [stream.codec_context is None for stream in container.streams] == [False, False, True]
    opened = open_film(SourceFile(path, path.name, None), VideoConfig())
    assert isinstance(opened, Opened)
    assert opened.write is not None
    (again,) = opened.write(opened.parts, tmp_path / "again", {})
    with av.open(str(again)) as container:
        assert [stream.type for stream in container.streams] == ["video", "audio"]
