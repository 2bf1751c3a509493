"""Promise: films are colored and moved toward a style by the core's games, flicker is measured and trained against, and
``artgen apply`` changes whole films of any length and size with their sound and moments kept."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from PIL import Image

import artgen
from artgen.types import Opened, RawItem, Skipped, Source, SourceFile, Task
from artgen_video.change import ColorizeCodec
from artgen_video.config import VideoConfig
from artgen_video.framewise import flicker
from artgen_video.judge_changes import steadiness
from artgen_video.opening import PART, open_film
from artgen_video.prepare import prepare
from tests.video.conftest import moving_dot, write_mp4

TINY = [
    *("size=16", "frames=4", "hop=8", "fps=12", "train_crop=2", "sparse=2", "batch=4", "holdout=0.3"),
    *("unet_widths=[4, 8]", "resnet_width=4", "resnet_blocks=1", "patch_widths=[4, 8]", "nce_patches=16"),
]


def config(task: Task, **settings: object) -> VideoConfig:
    tiny: dict[str, object] = {"size": 16, "frames": 4, "train_crop": 2, "sparse": 2, "fps": 12.0}
    return VideoConfig.model_validate({**tiny, **settings}).for_task(task)


def with_sound(path: Path, film: np.ndarray, codec: str = "aac", fps: int = 12) -> Path:
    """A film with a tone of the same length."""
    with av.open(str(path), "w") as out:
        picture = out.add_stream("libx264", rate=fps)
        picture.height, picture.width, picture.pix_fmt = film.shape[1], film.shape[2], "yuv420p"
        sound = out.add_stream(codec, rate=16000)
        sound.codec_context.layout = "mono"
        count = len(film) * 16000 // fps
        tone = (8000 * np.sin(np.arange(count) * 0.2)).astype(np.int16)[None]
        for image in film:
            out.mux(picture.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        frame = av.AudioFrame.from_ndarray(tone, format="s16", layout="mono")
        frame.sample_rate = 16000
        resampler = av.AudioResampler("fltp" if codec == "aac" else "s16", "mono", 16000, frame_size=1024)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            out.mux(sound.encode(part))
        out.mux(picture.encode(None))
        out.mux(sound.encode(None))
    return path


def heard(path: Path) -> list[bytes]:
    """The packets of the sound."""
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]


def moments(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        return [float(frame.time or 0) for frame in container.decode(video=0)]


def as_is(path: Path, task: Task = "style", **settings: object) -> tuple[list[np.ndarray], list[Path]]:
    """Open a film, change nothing, write it again beside: the parts, and what was written."""
    opened = open_film(SourceFile(path, path.name, None), config(task, **settings))
    assert isinstance(opened, Opened), opened
    assert opened.write is not None
    parts: list[np.ndarray] = []

    def kept() -> list[Path]:
        assert opened.write is not None
        return opened.write((parts.append(part) or part for part in opened.parts), path.parent / "again", {})

    return parts, kept()


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("films")
    for number in range(8):
        write_mp4(folder / f"{number}.mp4", np.roll(moving_dot(10, 32, 32, 8 + number), number % 3, axis=3))
    return folder


@pytest.fixture(scope="module")
def painting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("style") / "waves.png"
    rows = np.arange(60)[:, None] + 6 * np.sin(np.arange(90) / 4)[None]
    Image.fromarray(np.stack([128 + 100 * np.sin(rows / k) for k in (2, 3, 4)], 2).astype(np.uint8)).save(path)
    return path


@pytest.mark.parametrize("task", ["colorize", "style"])
def test_a_run_is_trained_judged_and_applied(films: Path, painting: Path, tmp_path: Path, task: str) -> None:
    style = {"style": painting} if task == "style" else {}
    run = artgen.run(
        "video", task=task, data=films, out=tmp_path / "run", images="24", sets=TINY, device="cpu", **style
    )
    found = {f["name"]: f for f in json.loads((run.folder / "quality.json").read_text())["figures"]}
    names = {"edges", "KID to the style"} if task == "style" else {"PSNR", "SSIM", "colorfulness"}
    assert {"steadiness", "stillness", *names} <= set(found)
    assert set(found["steadiness"]["baselines"]) >= ({"histogram"} if task == "style" else {"mean color"})
    rows = [json.loads(line)["values"] for line in (run.folder / "metrics.jsonl").read_text().splitlines()]
    assert any(row.get("flicker", 0) > 0 for row in rows)
    clip = with_sound(tmp_path / "clip.mp4", moving_dot(40, 60, 44))
    (tmp_path / "bad.mp4").write_text("no film")
    before = clip.read_bytes()
    done = artgen.load(run.folder, "cpu").apply([clip, tmp_path / "bad.mp4"], tmp_path / "out")
    assert [path.name for path in done.written] == ["clip.mp4"]
    assert [skipped.name for skipped in done.skipped] == ["bad.mp4"]
    assert clip.read_bytes() == before
    assert heard(done.written[0]) == heard(clip)
    assert moments(done.written[0]) == moments(clip)
    assert (tmp_path / "out" / "sheet.png").is_file()


def test_long_films_come_in_small_parts_and_keep_moments_and_sound(tmp_path: Path) -> None:
    uneven = list(np.cumsum(np.random.default_rng(0).uniform(0.02, 0.2, 70)).round(3))
    path = write_mp4(tmp_path / "uneven.mp4", moving_dot(70, 64, 48), moments=uneven)
    parts, written = as_is(path)
    assert [part.shape[1] for part in parts] == [PART] * 4 + [70 - 4 * PART]
    assert np.allclose(moments(written[0]), moments(path), atol=1e-3)
    wide = write_mp4(tmp_path / "wide.mp4", moving_dot(3, 1280, 960))
    assert [part.shape for part in as_is(wide)[0]] == [(3, 1, 960, 1280)] * 3


def test_what_a_file_cannot_hold_is_turned_into_what_it_can(tmp_path: Path) -> None:
    path = with_sound(tmp_path / "old.mkv", moving_dot(24), "pcm_s16le")
    film = as_is(path)[1][0]
    with av.open(str(film)) as container:
        assert container.streams.audio[0].codec_context.name == "aac"
        sound = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    assert abs(len(sound) / 16000 - 2.0) < 0.2
    assert np.abs(sound).max() > 0.1
    film = as_is(path, format="webm")[1][0]
    with av.open(str(film)) as container:
        assert [stream.codec_context.name for stream in container.streams] == ["vp9", "opus"]
        assert not {"creation_time", "location"} & set(container.metadata)


def test_films_are_turned_upright_and_odd_sizes_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = moving_dot(5, 50, 30)
    path = write_mp4(tmp_path / "turned.mp4", film)
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 40  # the matrix of the picture's track: a quarter turn
    turn = (0, 0x10000, 0, -0x10000 & 0xFFFFFFFF, 0, 0, 0, 0, 0x40000000)
    data[at : at + 36] = b"".join(value.to_bytes(4, "big") for value in turn)
    path.write_bytes(data)
    parts, written = as_is(path)
    assert parts[0].shape == (3, 5, 50, 30)
    assert np.abs(parts[0][:, 0].transpose(1, 2, 0).astype(int) - np.rot90(film[0], -1)).mean() < 12
    gif = tmp_path / "odd.gif"
    pictures = [Image.fromarray(frame) for frame in moving_dot(6, 201, 211)]
    pictures[0].save(gif, save_all=True, append_images=pictures[1:], duration=[40, 40, 200, 40, 40, 40])
    parts, written = as_is(gif)
    assert parts[0].shape == (3, 6, 211, 201)
    assert moments(written[0]) == pytest.approx([0, 0.04, 0.08, 0.28, 0.32, 0.36], abs=2e-3)
    with av.open(str(written[0])) as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (202, 212)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("text.mp4", b"hello", "not a film"),
        ("list.mp4", b"#EXTM3U\nhttp://example.org/x.ts", "playlist"),
        ("empty.mp4", b"", "empty file"),
        ("broken.mp4", b"\0\0\0\x18ftypisom" + b"\0" * 64, "cannot be decoded|no video stream"),
        ("still.png", None, "still picture"),
    ],
)
def test_bad_films_are_skipped_with_a_reason(tmp_path: Path, name: str, content: bytes | None, reason: str) -> None:
    path = tmp_path / name
    if content is None:
        Image.new("RGB", (32, 32)).save(path)
    else:
        path.write_bytes(content)
    found = open_film(SourceFile(path, name, None), config("style"))
    assert isinstance(found, Skipped)
    assert re.search(reason, found.reason), found.reason


def test_a_film_that_breaks_off_is_changed_up_to_there(tmp_path: Path) -> None:
    path = write_mp4(tmp_path / "whole.mkv", moving_dot(60, 96, 96))
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 3 // 4])
    parts, _ = as_is(path)
    assert 8 < sum(part.shape[1] for part in parts) < 60


def test_colors_have_the_light_of_the_source_exactly() -> None:
    codec = ColorizeCodec(config("colorize"))
    raw = torch.randint(0, 256, (2, 3, 3, 70, 90), dtype=torch.uint8)
    light = codec.take(raw)
    assert light.shape[:3] == (2, 1, 3)
    assert min(light.shape[3:]) == 2 * 16
    made = codec.give(raw, torch.rand(2, 2, *light.shape[2:]) * 2 - 1)
    error = (codec.encode(made)[:, 0] - codec.encode(raw)[:, 0]).abs() * 50
    assert float(error.max()) < 0.5  # of 100: rounding to bytes
    assert codec.decode(codec.encode(raw)).int().sub(raw.int()).abs().max() <= 1


def test_flicker_counts_where_the_source_stands_still() -> None:
    source = torch.zeros(1, 3, 4, 8, 8)
    source[:, :, ::2, :, 4:] = 1  # the right half blinks, the left stands still
    calm, left, right = source.clone(), source.clone(), source.clone()
    left[:, :, ::2, :, :4] += 0.5
    right[:, :, ::2, :, 4:] += 0.5
    assert float(flicker(source, calm)) < 1e-6
    assert float(flicker(source, right)) < 1e-6
    assert float(flicker(source, left)) == pytest.approx(0.25)
    assert float(flicker(source[:, :, :1], left[:, :, :1])) == 0
    shares = [steadiness((source * 100).to(torch.uint8), (x * 100).to(torch.uint8)) for x in (calm, right, left)]
    assert [float(s["stillness"]) for s in shares] == [1, 1, 0]
    assert float(shares[2]["steadiness"]) < float(shares[0]["steadiness"]) == 1


def test_pictures_are_a_style_and_numbered_frames_are_a_film(
    tmp_path: Path, source_of: Callable[..., Source], painting: Path
) -> None:
    for number, frame in enumerate(moving_dot(8, 24, 24)):
        (tmp_path / "walk").mkdir(exist_ok=True)
        Image.fromarray(frame).save(tmp_path / "walk" / f"walk{number}.png")
    for name in ("one", "two", "three", "four"):
        (tmp_path / "art").mkdir(exist_ok=True)
        (tmp_path / "art" / f"{name}.png").write_bytes(painting.read_bytes())
    items = [item for item in prepare(source_of(tmp_path), config("style")) if isinstance(item, RawItem)]
    assert {item.origin for item in items} == {"art/one", "art/two", "art/three", "art/four", "walk"}
    views = [item.data for item in items if item.origin == "art/one"]
    assert len(views) == 12
    assert all(view.shape == (3, 4, 16, 16) and np.abs(np.diff(view.astype(int), axis=1)).max() > 0 for view in views)


def test_black_and_white_films_teach_no_colors(tmp_path: Path, source_of: Callable[..., Source]) -> None:
    write_mp4(tmp_path / "gray.mp4", moving_dot(8).mean(3, keepdims=True).repeat(3, 3).astype(np.uint8))
    found = list(prepare(source_of(tmp_path), config("colorize")))
    assert [item.reason for item in found if isinstance(item, Skipped)] == [
        "black and white: colors can only be learned from films in color"
    ]
    assert len(found) == 1


def test_the_rate_of_a_film_is_kept(tmp_path: Path) -> None:
    path = write_mp4(tmp_path / "fast.mp4", moving_dot(20), fps=25)
    with av.open(str(as_is(path)[1][0])) as container:
        assert container.streams.video[0].average_rate == Fraction(25)
