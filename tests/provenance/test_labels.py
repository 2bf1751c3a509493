"""Promise: what artgen writes says that it is machine-made, survives being looked at, and a change of content is noticed."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from artgen.cli import main
from artgen.provenance import picture, sound
from artgen.provenance.containers import content_hash, insert
from artgen.provenance.packet import SOURCE, packet, read_packet

FIELDS = {"seed": "7", "model": "ab12", "label": "a \"b\" <c> & 'd'", "comment": "made by\x00 artgen"}


def _picture(kind: str) -> bytes:
    out = io.BytesIO()
    pixels = np.random.default_rng(0).integers(0, 256, (40, 48, 3), np.uint8)
    Image.fromarray(pixels).save(out, kind)
    return out.getvalue()


def _sound(kind: str) -> bytes:
    out = io.BytesIO()
    soundfile.write(out, np.random.default_rng(0).normal(0, 0.1, 8001), 16000, format=kind)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP", "JPEG", "WAV", "FLAC"])
def test_the_label_goes_in_and_comes_out_and_leaves_the_work_alone(kind: str) -> None:
    is_sound = kind in ("WAV", "FLAC")
    plain = _sound(kind) if is_sound else _picture(kind)
    done = insert(plain, packet(FIELDS))
    assert done is not None
    fields = read_packet(done)
    assert fields == {**FIELDS, "comment": "made by artgen"}
    assert SOURCE.encode() in done
    if kind != "JPEG":
        assert content_hash(done) == content_hash(plain) is not None
    if is_sound:
        assert np.array_equal(soundfile.read(io.BytesIO(done))[0], soundfile.read(io.BytesIO(plain))[0])
    else:
        again, before = (np.asarray(Image.open(io.BytesIO(data)).convert("RGB")) for data in (done, plain))
        assert np.array_equal(again, before)


def _verify(path: Path) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["verify", str(path)])
    return int(ended.value.code or 0)


def test_verify_answers_marked_not_marked_altered(tmp_path: Path) -> None:
    plain = _sound("WAV")
    path = tmp_path / "a.wav"
    path.write_bytes(plain)
    assert _verify(path) == 6
    labelled = insert(plain, packet({"seed": "1", "content": content_hash(plain) or ""}))
    assert labelled is not None
    path.write_bytes(labelled)
    assert _verify(path) == 0
    path.write_bytes(labelled[:2000] + bytes([labelled[2000] ^ 1]) + labelled[2001:])
    assert _verify(path) == 7
    assert _verify(tmp_path / "missing.wav") == 2


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


def test_a_picture_keeps_its_mark_through_jpeg_half_size_and_a_crop() -> None:
    noise = np.random.default_rng(3).normal(0, 1, (3, 128, 128))
    ramp = np.linspace(40, 200, 128)
    plain = np.clip(ramp + 6 * noise, 0, 255).astype(np.uint8)
    marked = picture.mark_picture(plain, 90).transpose(1, 2, 0)
    out = io.BytesIO()
    Image.fromarray(marked).save(out, "JPEG", quality=50)
    half = Image.fromarray(marked).resize((64, 64), Image.Resampling.LANCZOS)
    for edited in (marked, np.asarray(Image.open(out)), np.asarray(half), marked[19:109, 19:109]):
        found = picture.find_mark([edited.astype(np.float32).mean(-1)])
        assert (found.found, found.code) == (True, 90)
    assert not picture.find_mark([plain.astype(np.float32).mean(0)]).found
