"""Promise: what artgen writes says that it is machine-made, survives being looked at, and a change of content is noticed."""

from __future__ import annotations

import io
import weakref
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from PIL import Image

from artgen.cli import main
from artgen.provenance import picture, sound
from artgen.provenance.containers import content_hash, ends_early, insert
from artgen.provenance.label import labelled, with_packet
from artgen.provenance.packet import SOURCE, packet, read_packet
from artgen.report.render import render, write_page
from artgen.types import Sample
from artgen_image.writer import ImageWriter
from tests.provenance import files

FIELDS = {"seed": "7", "model": "ab12", "label": "a \"b\" <c> & 'd'", "comment": "made by\x00 artgen"}
PAGE = render("page.html", title="t").encode()
PLAIN = {kind: files.picture(kind) for kind in ("PNG", "GIF", "WEBP", "JPEG")} | {
    "WAV": files.sound("WAV"), "FLAC": files.sound("FLAC"), "MP4": files.film("mp4"), "WEBM": files.film("webm"), "HTML": PAGE,
}  # fmt: skip


@pytest.mark.parametrize("kind", PLAIN)
def test_the_label_goes_in_and_comes_out_and_leaves_the_work_alone(kind: str) -> None:
    plain = PLAIN[kind]
    done = insert(plain, packet(FIELDS))
    assert done is not None
    fields = read_packet(done)
    assert fields == {**FIELDS, "comment": "made by artgen"}
    assert SOURCE.encode() in done
    if kind != "JPEG":
        assert content_hash(done) == content_hash(plain) is not None
    if kind != "HTML":
        assert np.array_equal(_decoded(kind, done), _decoded(kind, plain))


def _decoded(kind: str, data: bytes) -> np.ndarray:
    if kind in ("WAV", "FLAC"):
        return soundfile.read(io.BytesIO(data))[0]
    if kind in ("MP4", "WEBM"):
        with av.open(io.BytesIO(data)) as film:
            return np.stack([frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)])
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def _verify(path: Path, *words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["verify", str(path), *words])
    return int(ended.value.code or 0)


@pytest.mark.parametrize("kind", PLAIN)
def test_verify_answers_marked_not_marked_altered(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{kind.lower()}"
    path.write_bytes(PLAIN[kind])
    assert _verify(path) == 6
    labelled = with_packet(PLAIN[kind], {"seed": "1"})
    assert labelled is not None
    path.write_bytes(labelled)
    assert _verify(path) == 0
    if kind == "JPEG":
        return  # artgen writes none, so it keeps no hash of its content
    place = {"HTML": b"works", "MP4": b"mdat", "WEBM": b"\x1f\x43\xb6\x75"}.get(kind, labelled[len(labelled) // 2 :])
    at = labelled.index(place) + (3 if kind == "HTML" else 60)  # in the work itself
    path.write_bytes(labelled[:at] + bytes([labelled[at] ^ 1]) + labelled[at + 1 :])
    assert _verify(path) == 7


def test_a_labelled_file_that_was_cut_off_is_altered(tmp_path: Path) -> None:
    for kind in ("PNG", "GIF", "WEBP", "MP4", "WEBM", "WAV"):
        labelled = with_packet(PLAIN[kind], {"seed": "1"})
        assert labelled is not None
        assert not ends_early(labelled)
        assert ends_early(labelled[:-700])
    path = tmp_path / "cut.png"
    path.write_bytes((with_packet(PLAIN["PNG"], {"seed": "1"}) or b"")[:-700])
    assert _verify(path) == 7


def test_what_is_no_work_is_said_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, data in (("notes.txt", b"hello"), ("empty.png", b""), ("list.mp4", b"#EXTM3U\nhttp://x/y.ts\n"),
                       ("cut.wav", PLAIN["WAV"][:30]), ("cut.mp4", PLAIN["MP4"][:40])):  # fmt: skip
        (tmp_path / name).write_bytes(data)
    for name, part in (("notes.txt", "cannot be read as a picture"), ("empty.png", "it is empty"), ("list.mp4", "cannot be read"),
                       ("cut.wav", "cannot be read"), ("cut.mp4", "cannot be read"), ("missing.png", "does not exist"),
                       ("", "is a folder, give a file")):  # fmt: skip
        assert _verify(tmp_path / name) == 2, name
        error = capsys.readouterr().err
        assert error.count("\n") == 1
        assert part in error


def test_a_page_is_labelled(tmp_path: Path) -> None:
    write_page(tmp_path / "page.html", PAGE.decode())
    fields = read_packet((tmp_path / "page.html").read_bytes())
    assert fields is not None
    assert fields["software"].startswith("artgen ")
    assert _verify(tmp_path / "page.html") == 0


def test_a_sound_keeps_its_mark_through_mp3_and_an_unmarked_one_has_none() -> None:
    rng = np.random.default_rng(1)
    tone = np.cumsum(rng.normal(0, 1, 160_000))  # brown noise: loud below, faint above, as music is
    wave = (np.diff(tone, prepend=0) * 1500 + np.sin(np.arange(160_000) / 7) * 4000).astype(np.int16)
    marked = sound.mark_sound(wave, 201)
    out = io.BytesIO()
    soundfile.write(out, marked, 16000, format="MP3", bitrate_mode="CONSTANT", compression_level=0.6)
    out.seek(0)
    found = sound.find_mark(soundfile.read(out)[0])
    assert found.found
    assert found.code == 201
    assert not sound.find_mark(wave / 32768).found


def test_a_picture_keeps_its_mark_through_jpeg_half_size_a_crop_and_a_mirror() -> None:
    noise = np.random.default_rng(3).normal(0, 1, (3, 128, 128))
    ramp = np.linspace(40, 200, 128)
    plain = np.clip(ramp + 6 * noise, 0, 255).astype(np.uint8)
    marked = picture.mark_picture(plain, 90).transpose(1, 2, 0)
    out = io.BytesIO()
    Image.fromarray(marked).save(out, "JPEG", quality=50)
    half = Image.fromarray(marked).resize((64, 64), Image.Resampling.LANCZOS)
    edits = (marked, np.asarray(Image.open(out)), np.asarray(half), marked[19:109, 19:109], marked[:, ::-1])
    for edited in edits:
        found = picture.find_mark([edited.astype(np.float32).mean(-1)])
        assert (found.found, found.code) == (True, 90)
    assert not picture.find_mark([plain.astype(np.float32).mean(0)]).found


def test_a_larger_picture_hides_a_fainter_mark_as_well() -> None:
    """Drawings on white, where the mark is seen first: 6 dB fainter at 256 pixels than at 128, and found well after JPEG."""
    noises, heights = [], []
    for side in (128, 256):
        ground = np.full((3, side, side), 255, np.uint8)
        at = np.hypot(*np.ogrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j])
        ground[:, at < 0.7] = np.array([250, 190, 40], np.uint8)[:, None]
        marked = picture.mark_picture(ground, 201)
        noises.append(np.square(marked.astype(float) - ground).mean())
        memory = io.BytesIO()
        Image.fromarray(marked.transpose(1, 2, 0)).save(memory, "JPEG", quality=75)
        found = picture.find_mark([np.asarray(Image.open(memory)).astype(np.float32).mean(-1)])
        assert (found.found, found.code) == (True, 201)
        heights.append(found.z)
    assert 10 * np.log10(noises[0] / noises[1]) > 6
    assert min(heights) > 1.4 * picture.THRESHOLD


def test_every_frame_of_a_film_is_marked_as_a_picture_is() -> None:
    film = np.random.default_rng(4).integers(60, 200, (3, 3, 128, 128), np.uint8)
    marked = picture.mark_film(film, 17)
    assert np.array_equal(marked[:, 1], picture.mark_film(film, 17)[:, 1])
    for frame in marked.swapaxes(0, 1):
        assert picture.find_mark([frame.astype(np.float32).mean(0)]).code == 17


def test_a_work_is_finished_once_for_its_file_and_the_sheet_and_then_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A learned enlarger takes longer than the generator, and large works fill the memory."""
    made: list[weakref.ref[np.ndarray]] = []

    def finish(_: ImageWriter, data: np.ndarray) -> np.ndarray:
        made.append(weakref.ref(larger := data.repeat(4, 1).repeat(4, 2)))
        return larger

    monkeypatch.setattr(ImageWriter, "finish", finish)
    writer = labelled(ImageWriter(4), {}, mark=False)
    works = [Sample(np.full((3, 24, 24), 60 * seed, np.uint8), seed, None) for seed in range(3)]
    files = [writer.write(work, tmp_path / f"{work.seed}", {})[0] for work in works]
    sheet = np.asarray(Image.open(writer.sheet(works, tmp_path / "sheet.png", 1)))
    assert len(made) == 3
    for number, file in enumerate(files):
        one = np.asarray(Image.open(file))
        assert one.shape == (96, 96, 3)
        assert (sheet[2 + 98 * number :][:96, 2:98] == one).all()
    assert all(work() is not None for work in made), "the writer goes on with works that are there"
    works.clear()
    assert all(work() is None for work in made)


def test_what_a_writer_gives_back_as_it_is_is_not_kept(tmp_path: Path) -> None:
    work = Sample(np.zeros((3, 24, 24), np.uint8), 0, None)
    raw = weakref.ref(work.data)
    labelled(ImageWriter(1), {}).write(work, tmp_path / "0", {})
    del work
    assert raw() is None
