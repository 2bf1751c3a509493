"""Every kind of file a folder may hold: cut into clips at a stated rate, or skipped with a reason a user can act on."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from artgen.data.scan import scan
from artgen.types import RawItem, Skipped, Source
from artgen_video import films
from artgen_video.clock import LONGEST_HOLD, steady
from artgen_video.config import VideoConfig
from artgen_video.plugin import artgen_domain
from artgen_video.prepare import prepare
from tests.video.conftest import moving_dot, write_mp4

CONFIG = VideoConfig(size=16, frames=8, fps=12.0)
SourceOf = Callable[[Path], Source]


def items(source: Source, config: VideoConfig = CONFIG) -> tuple[list[RawItem], list[Skipped]]:
    everything = list(prepare(source, config))
    return [i for i in everything if isinstance(i, RawItem)], [i for i in everything if isinstance(i, Skipped)]


def reason(source: Source, config: VideoConfig = CONFIG) -> str:
    good, bad = items(source, config)
    assert not good
    assert len(bad) == 1
    return bad[0].reason


def red_column(clip: np.ndarray) -> list[float]:
    """Where the red square is in each frame, 0 left to 1 right."""
    red = (clip[0].astype(int) - clip[1] > 100).sum(1)  # [t, w]
    return [float((row * np.arange(len(row))).sum() / max(row.sum(), 1) / len(row)) for row in red]


def as_animation(path: Path, film: np.ndarray, **options: object) -> Path:
    pictures = [Image.fromarray(frame) for frame in film]
    pictures[0].save(path, save_all=True, append_images=pictures[1:], **options)
    return path


@pytest.mark.parametrize(
    ("name", "codec"), [("a.mp4", "libx264"), ("a.webm", "libvpx-vp9"), ("a.mkv", "mpeg4"), ("a.avi", "mpeg4")]
)
def test_films_become_clips_of_the_stated_rate(tmp_path: Path, source_of: SourceOf, name: str, codec: str) -> None:
    write_mp4(tmp_path / name, moving_dot(24), fps=24, codec=codec)  # a second, at twice the rate
    good, bad = items(source_of(tmp_path))
    assert not bad
    assert [item.data.shape for item in good] == [(3, 8, 16, 16)] * 3  # frames 0-7, 2-9, 4-11
    assert good[0].data.dtype == np.uint8
    columns = red_column(good[0].data)
    assert columns[:6] == sorted(columns[:6])
    assert columns[6] < columns[5]  # the square is back at the left after half a second: the speed is right
    assert {item.origin for item in good} == {"a"}


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.png"])
def test_animated_pictures_become_clips(tmp_path: Path, source_of: SourceOf, name: str) -> None:
    as_animation(tmp_path / name, moving_dot(12), duration=80, loop=0, **({"lossless": True} if "webp" in name else {}))
    good, bad = items(source_of(tmp_path))
    assert not bad
    columns = red_column(good[0].data)
    assert columns == sorted(columns)
    assert columns[-1] > columns[0] + 0.3


def test_transparent_animations_show_the_background(tmp_path: Path, source_of: SourceOf) -> None:
    clear = [Image.new("RGBA", (32, 32), (200, 0, 0, alpha)) for alpha in (0, 0, 255, 255)]
    clear[0].save(tmp_path / "a.webp", save_all=True, append_images=clear[1:], duration=200, loop=0, lossless=True)
    for background, value in (("white", 255), ("black", 0)):
        good, _ = items(source_of(tmp_path), CONFIG.model_copy(update={"background": background}))
        assert (good[0].data[:, 0] == value).all()


def test_a_short_endless_animation_plays_round(tmp_path: Path, source_of: SourceOf) -> None:
    as_animation(tmp_path / "a.gif", moving_dot(4, period=4), duration=80, loop=0)
    good, _ = items(source_of(tmp_path))
    columns = red_column(good[0].data)
    assert columns[:4] == pytest.approx(columns[4:], abs=0.02)
    as_animation(tmp_path / "a.gif", moving_dot(4, period=4), duration=80)  # plays once
    assert "lasts 0.3 s, a clip is 0.7 s" in reason(source_of(tmp_path))


def test_folders_of_numbered_frames_are_films_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for film in ("walk", "run"):
        (tmp_path / film).mkdir()
        for number, frame in enumerate(moving_dot(12)):
            Image.fromarray(frame).save(
                tmp_path / film / f"frame{number + 1}.png"
            )  # frame10 follows frame9, not frame1
    source = scan(tmp_path, artgen_domain().suffixes)
    good, bad = items(source)
    assert not bad
    assert {item.origin for item in good} == {"walk", "run"}
    assert {item.label for item in good} == {None}  # two films, not two classes
    columns = red_column(good[0].data)
    assert columns == sorted(columns)


def test_a_broken_frame_is_named_without_its_folder(tmp_path: Path) -> None:
    """The reason travels in the run folder."""
    for number, frame in enumerate(moving_dot(12)):
        Image.fromarray(frame).save(tmp_path / f"frame{number}.png")
    (tmp_path / "frame5.png").write_text("no picture")
    config = CONFIG.model_copy(update={"stills": "frames"})
    good, bad = items(scan(tmp_path, artgen_domain().suffixes), config)
    assert not good
    assert {skipped.reason for skipped in bad} == {
        "frame frame5.png cannot be decoded (it is of no known format): save it again"
    }


def test_classes_of_frame_folders_and_of_films(tmp_path: Path) -> None:
    for label in ("cats", "dogs"):
        (tmp_path / label / "one").mkdir(parents=True)
        for number, frame in enumerate(moving_dot(8)):
            Image.fromarray(frame).save(tmp_path / label / "one" / f"{number}.jpg")
        write_mp4(tmp_path / label / "two.mp4", moving_dot(10))
    good, bad = items(scan(tmp_path, artgen_domain().suffixes))
    assert not bad
    assert {(item.label, item.origin) for item in good} == {
        *(("cats", "cats/one"), ("dogs", "dogs/one"), ("cats", "cats/two"), ("dogs", "dogs/two"))
    }


def test_variable_frame_rates_are_resampled_by_their_moments(tmp_path: Path, source_of: SourceOf) -> None:
    moments = [0.0, 0.25, 0.5, 0.5 + 1 / 24, 0.5 + 2 / 24, 0.5 + 3 / 24, 0.5 + 4 / 24, 0.7]
    write_mp4(tmp_path / "a.mp4", moving_dot(8), fps=24, moments=moments)
    good, _ = items(source_of(tmp_path))
    columns = red_column(good[0].data)
    assert columns[0] == pytest.approx(columns[2], abs=0.02)  # the first frame stands for a quarter of a second
    assert columns[3] == pytest.approx(columns[5], abs=0.02)
    assert columns[6] < columns[7]  # then two frames a step


def rotate(path: Path) -> None:
    """Write a quarter turn into the film's header, as phones do: the matrix of 'tkhd' says how to hold the picture."""
    data = bytearray(path.read_bytes())
    start = data.index(b"tkhd") + 4 + 40
    assert struct.unpack(">9i", data[start : start + 36])[0] == 65536
    data[start : start + 36] = struct.pack(">9i", 0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30)
    path.write_bytes(data)


def test_phone_films_are_turned_upright(tmp_path: Path, source_of: SourceOf) -> None:
    upright = moving_dot(10)
    lying = np.rot90(upright, 1, axes=(1, 2))  # as the sensor saw it; playing turns it clockwise
    rotate(write_mp4(tmp_path / "a.mp4", np.ascontiguousarray(lying)))
    (first, *_), _ = items(source_of(tmp_path))
    assert (first.data[2, :, -3:] > 150).all()  # the blue ground is below
    assert (first.data[0, :, -3:] < 80).all()
    columns = red_column(first.data)
    assert columns == sorted(columns)


@pytest.mark.parametrize(("fit", "white"), [("crop", False), ("pad", True)])
def test_oblong_films_are_cropped_or_padded(tmp_path: Path, source_of: SourceOf, fit: str, white: bool) -> None:
    film = np.full((10, 32, 64, 3), 60, np.uint8)
    write_mp4(tmp_path / "a.mp4", film)
    good, _ = items(source_of(tmp_path), CONFIG.model_copy(update={"fit": fit}))
    assert (good[0].data[:, :, 0].min() > 200) == white
    assert abs(int(good[0].data[0, 0, 8, 8]) - 60) < 8


def test_what_is_no_film_is_skipped_with_a_reason(tmp_path: Path, source_of: SourceOf) -> None:
    (tmp_path / "a.mp4").write_text("hello, I am a text")
    assert "not a film of a known format" in reason(source_of(tmp_path))
    (tmp_path / "a.mp4").write_bytes(b"")
    assert "empty file" in reason(source_of(tmp_path))
    whole = write_mp4(tmp_path / "a.mp4", moving_dot(24)).read_bytes()
    (tmp_path / "a.mp4").write_bytes(whole[: len(whole) // 2])  # its index stood at the end
    assert "cut off" in reason(source_of(tmp_path))
    (tmp_path / "a.mp4").unlink()
    Image.fromarray(moving_dot(1)[0]).save(tmp_path / "a.png")
    assert "a still picture" in reason(source_of(tmp_path))


def test_a_film_that_breaks_off_gives_what_comes_before(tmp_path: Path, source_of: SourceOf) -> None:
    whole = write_mp4(tmp_path / "a.mkv", moving_dot(240), codec="mpeg4").read_bytes()
    (tmp_path / "a.mkv").write_bytes(whole[: len(whole) // 2])
    good, bad = items(source_of(tmp_path))
    assert len(good) > 3
    assert not bad


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.avi"])
def test_playlists_open_no_socket(tmp_path: Path, source_of: SourceOf, name: str) -> None:
    text = "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:1/film.ts\n"
    (tmp_path / name).write_text(text)
    assert "playlist" in reason(source_of(tmp_path))


def test_sound_alone_is_no_film(tmp_path: Path, source_of: SourceOf) -> None:
    import av

    with av.open(str(tmp_path / "a.mp4"), "w") as out:
        stream = out.add_stream("aac", rate=16000)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 16000), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 16000
        out.mux(stream.encode(frame))
        out.mux(stream.encode())
    assert "no video stream" in reason(source_of(tmp_path))


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "libx264"), ("a.webm", "libvpx-vp9"), ("a.avi", "mpeg4")])
def test_films_without_a_frame_are_skipped(tmp_path: Path, source_of: SourceOf, name: str, codec: str) -> None:
    import av

    with av.open(str(tmp_path / name), "w") as out:
        stream = out.add_stream(codec, rate=12)
        stream.width = stream.height = 32
        stream.pix_fmt = "yuv420p"
        out.start_encoding()
    assert any(word in reason(source_of(tmp_path)) for word in ("no frames", "no video stream", "lasts 0.0 s"))


def test_absurd_rates_are_bounded(tmp_path: Path, source_of: SourceOf) -> None:
    far = [0.0, 4e4, 4e4 + 1, 4e4 + 2]  # the second frame comes after half a day
    write_mp4(tmp_path / "a.mp4", moving_dot(4), fps=12, moments=far)
    good, bad = items(source_of(tmp_path))
    assert len(good) + len(bad) < 60
    write_mp4(tmp_path / "a.mp4", moving_dot(30), fps=1200)  # all over in a fortieth of a second
    assert "lasts 0.1 s" in reason(source_of(tmp_path))


def test_large_frames_are_refused_by_the_header(tmp_path: Path, source_of: SourceOf) -> None:
    write_mp4(tmp_path / "a.mp4", np.zeros((2, 512, 512, 3), np.uint8))
    assert "above max_pixels=200000" in reason(source_of(tmp_path), CONFIG.model_copy(update={"max_pixels": 200_000}))


def test_a_film_bomb_ends_early(tmp_path: Path, source_of: SourceOf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Black frames cost a few bytes each; what is decoded of a file is bounded by its size."""
    path = write_mp4(tmp_path / "a.mp4", np.zeros((120, 360, 640, 3), np.uint8))
    monkeypatch.setattr(films, "PIXELS_START", 0)
    monkeypatch.setattr(films, "PIXELS_PER_BYTE", 60 * 360 * 640 / path.stat().st_size)
    good, bad = items(source_of(tmp_path))
    assert not bad
    assert len(good) == 1 + (60 - 8) // 2


def test_a_file_that_disappears_is_skipped(tmp_path: Path, source_of: SourceOf) -> None:
    write_mp4(tmp_path / "a.mp4", moving_dot(10))
    source = source_of(tmp_path)
    (tmp_path / "a.mp4").unlink()
    assert "disappeared" in reason(source)


def test_same_files_same_clips(tmp_path: Path, source_of: SourceOf) -> None:
    write_mp4(tmp_path / "a.mp4", moving_dot(30))
    first, second = (items(source_of(tmp_path))[0] for _ in range(2))
    assert all((a.data == b.data).all() for a, b in zip(first, second, strict=True))


def test_the_last_frames_of_a_film_are_used(tmp_path: Path, source_of: SourceOf) -> None:
    write_mp4(tmp_path / "a.mp4", moving_dot(23))
    ends, _ = items(source_of(tmp_path), CONFIG.model_copy(update={"hop": 8}))
    assert len(ends) == 3  # 0-7, 8-15, and 15-22 at the end


def test_the_clock_holds_skips_and_bounds() -> None:
    def shown(moments: list[float], fps: float) -> list[int]:
        return list(steady([(m, n) for n, m in enumerate(moments)], fps, 1000))

    assert shown([0, 0.5, 1.0, 1.5], 2) == [0, 1, 2, 3]
    assert shown([0, 0.5, 1.0, 1.5], 1) == [0, 2]
    assert shown([0, 1], 3) == [0, 0, 0, 1, 1, 1]
    assert shown([5, 5.5, 5.25, float("nan"), 6], 2) == [0, 1, 4]  # backward and missing moments are dropped
    assert len(shown([0, 1e9, 1e9 + 0.5], 10)) == round(LONGEST_HOLD * 10) + 10
    assert list(steady([(0.0, 0), (1000.0, 1)], 10, 3)) == [0, 0, 0]


def test_settings_out_of_range_say_why() -> None:
    for settings, word in (
        ({"size": 9999}, "GiB"),
        ({"size": 20}, "multiple of 8"),
        ({"frames": 4, "sparse": 5}, "sparse"),
    ):
        with pytest.raises(ValueError, match=word):
            VideoConfig.model_validate(settings)


def test_photographs_beside_films_are_named_and_not_filmed(tmp_path: Path, source_of: SourceOf) -> None:
    """A camera numbers its photographs too: pictures of one size that are nothing like each other are no film."""
    rng = np.random.default_rng(0)
    for number in range(10):
        coarse = Image.fromarray(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8))
        coarse.resize((64, 48), Image.Resampling.NEAREST).save(tmp_path / f"IMG_{number:04d}.JPG")
    write_mp4(tmp_path / "MVI_0001.mov", moving_dot(12))
    good, bad = items(source_of(tmp_path))
    assert {item.origin for item in good} == {"MVI_0001"}
    assert len(bad) == 10
    assert "stills=frames" in bad[0].reason
    good, bad = items(source_of(tmp_path), CONFIG.model_copy(update={"stills": "frames"}))
    assert not bad
    assert len({item.origin for item in good}) == 2


def test_a_long_film_is_used_all_over_its_length(tmp_path: Path, source_of: SourceOf) -> None:
    film = np.concatenate([np.full((600, 32, 32, 3), shade, np.uint8) for shade in (0, 120, 250)])
    write_mp4(tmp_path / "long.mp4", film)  # 150 s
    good, bad = items(source_of(tmp_path), CONFIG.model_copy(update={"max_seconds": 60.0}))
    shades = [int(item.data[0, 0].mean()) for item in good]
    assert shades == sorted(shades)
    assert [
        sum(abs(shade - wanted) < 12 for shade in shades) / len(shades) for wanted in (0, 120, 250)
    ] == pytest.approx([1 / 3] * 3, abs=0.1)
    assert bad[0].reason == "lasts 2 min, of which 2 min are left out here and there; the rest is used"
