"""Promise: no media file can use up memory or time, and one bad file never kills a run.

Thirty-eight bombs and a small film, made here, go through the plugins' own preparation, each in a process whose peak memory
is measured: each is answered within 20 seconds of the processor, raises the peak by at most 100 MiB beyond that of a usual
file, and no decoder writes to the terminal.
"""

from __future__ import annotations

import functools
import io
import json
import struct
import zlib
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from PIL import Image

from tests.bare import Bare
from tests.conftest import made_once
from tests.e2e.conftest import Call
from tests.image.test_image_prepare import png
from tests.video.conftest import write_mp4

TURNED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))  # each byte with its bits from the last to the first
MEASURE = """
import json, os, resource, sys
from pathlib import Path
import torch
torch.set_num_threads(1)
from artgen.host import Host
from artgen.types import Skipped, Source, SourceFile
HOSTS = {name: Host(name) for name in ("image", "music", "video")}
root = Path(sys.argv[1])
def said_of(plugin, path):
    file = SourceFile(path, path.name, None)
    found = HOSTS[plugin].prepare(Source(path.parent, (file,), ()), HOSTS[plugin].domain.config())
    return ([item.reason if isinstance(item, Skipped) else "used" for item in found] or ["nothing"])[0]
def measured(plugin, path):  # seconds of the processor and peak MiB of the process that decodes this one file
    here, there = os.pipe()
    if not os.fork():
        said = said_of(plugin, path)
        use = resource.getrusage(resource.RUSAGE_CHILDREN)
        os.write(there, json.dumps([said, use.ru_utime + use.ru_stime, use.ru_maxrss / 1024]).encode())
        os._exit(0)
    os.close(there)
    data = b""
    while block := os.read(here, 65536):
        data += block
    os.wait()
    os.close(here)
    return json.loads(data)
rows = []
for plugin in HOSTS:
    good = sorted((root / "good" / plugin).iterdir())
    for path in good:  # libraries and tables are not the bomb's
        said_of(plugin, path)
    usual = max(measured(plugin, path)[2] for path in good)
    for path in sorted((root / plugin).iterdir()):
        said, seconds, peak = measured(plugin, path)
        rows.append([path.name, said, seconds, peak - usual])
print(json.dumps(rows))
"""


def zeros(size: int) -> bytes:
    """``size`` zero bytes, deflated: a MiB is, once, and stands there as often as needed."""

    def packed(data: bytes, end: int) -> bytes:
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        return packer.compress(data) + packer.flush(end)

    whole, rest = divmod(size, 2**20)
    check = (size % 65_521) << 16 | 1  # Adler-32
    parts = [packed(bytes(2**20), zlib.Z_FULL_FLUSH) * whole, packed(bytes(rest), zlib.Z_FINISH)]
    return b"".join([b"\x78\xda", *parts, struct.pack(">I", check)])


def pictures(folder: Path) -> None:
    black = zeros(20_000 * 2_501)  # one bit a pixel
    (folder / "01-20000-bits.png").write_bytes(png(20_000, 20_000, 1, 0, black))
    (folder / "02-13000-gray.png").write_bytes(png(13_000, 13_000, 8, 0, zeros(13_000 * 13_001)))
    (folder / "03-8000-rgb.png").write_bytes(png(8_000, 8_000, 8, 2, zeros(8_000 * 24_001)))
    (folder / "04-4000-rgba16.png").write_bytes(png(4_000, 4_000, 16, 6, zeros(4_000 * 32_001)))
    (folder / "05-claims.png").write_bytes(png(2**31 - 1, 2**31 - 1, 8, 2, zlib.compress(b"")))
    (folder / "06-wide.png").write_bytes(png(2**24, 9, 8, 0, zlib.compress(b"")))
    (folder / "07-tall.png").write_bytes(png(9, 2**24, 8, 0, zlib.compress(b"")))
    text = zeros(200 * 2**20)
    whole = png(64, 64, 8, 0, zlib.compress(bytes(64 * 65)))
    chunk = b"zTXtcomment\0\0" + text
    (folder / "08-text.png").write_bytes(whole[:33] + struct.pack(">I", len(chunk) - 4) + chunk
                                         + struct.pack(">I", zlib.crc32(chunk)) + whole[33:])  # fmt: skip
    (folder / "09-huge.bmp").write_bytes(
        b"BM" + struct.pack("<IIIIiiHHIIiiII", 54, 0, 54, 40, 30_000, 30_000, 1, 24, 0, 0, 0, 0, 0, 0)
    )
    sizes = (90, 0, 54, 40, 16_000, 16_000, 1, 8, 1, 0, 0, 0, 0, 0)
    (folder / "10-rle.bmp").write_bytes(b"BM" + struct.pack("<IIIIiiHHIIiiII", *sizes) + bytes(36))
    (folder / "11-gif.gif").write_bytes(b"GIF89a" + struct.pack("<HHBBB", 65_535, 65_535, 0, 0, 0) + b","
                                        + struct.pack("<HHHHB", 0, 0, 65_535, 65_535, 0) + b"\x02\x02L\x01\0;")  # fmt: skip
    (folder / "12-frames.gif").write_bytes(frames(3000))
    (folder / "13-fax.tif").write_bytes(fax(20_000))
    Image.new("L", (12_000, 12_000)).save(folder / "14-packed.tif", compression="tiff_adobe_deflate")
    Image.new("L", (12_000, 12_000)).save(folder / "15-large.jpg", progressive=True)
    Image.new("RGB", (8_000, 8_000)).save(folder / "16-large.webp", quality=1, method=0)
    traps(folder)


def traps(folder: Path) -> None:
    """Structures on which a decoder would spend its time, whatever the size of the picture."""
    noise = np.random.default_rng(0).integers(0, 255, (1500, 1500), dtype=np.uint8)
    Image.fromarray(noise).save(folder / "36-scans.jpg", progressive=True, quality=5)
    data = (folder / "36-scans.jpg").read_bytes()
    scans = [at for at in range(len(data) - 1) if data[at : at + 2] == b"\xff\xda"]
    (folder / "36-scans.jpg").write_bytes(data[:-2] + data[scans[-1] : -2] * 250 + b"\xff\xd9")
    whole = png(64, 64, 8, 0, zlib.compress(bytes(64 * 65)))
    empty = struct.pack(">I", 0) + b"abCd" + struct.pack(">I", zlib.crc32(b"abCd"))
    (folder / "37-chunks.png").write_bytes(whole[:33] + empty * 400_000 + whole[33:])
    Image.new("P", (64, 64)).save(folder / "38-comment.gif")
    data = (folder / "38-comment.gif").read_bytes()
    head = 13 + 3 * 2 ** ((data[10] & 7) + 1)
    comment = b"\x21\xfe" + (b"\xff" + b"x" * 255) * 200_000 + b"\0"
    (folder / "38-comment.gif").write_bytes(data[:head] + comment + data[head:])


def frames(count: int, **options: int) -> bytes:
    """A GIF of so many pictures in turns of two kinds: a turn is encoded, and stands there as often as needed."""

    def encoded(few: int) -> bytes:
        out = io.BytesIO()
        pictures = [Image.new("L", (64, 64), number % 2) for number in range(few)]
        pictures[0].save(out, "gif", save_all=True, append_images=pictures[1:], **options)
        return out.getvalue()

    begun = encoded(2)[:-1]
    turn = encoded(4)[len(begun) : -1]
    return begun + turn * ((count - 2) // 2) + b";"


def fax(side: int) -> bytes:
    """A white TIFF of group 4, in which a line that equals the one above it is a bit."""
    bits = b"\xff" * (side // 8) + b"\x00\x10\x01"
    entries = [
        (256, side),
        (257, side),
        (258, 1),
        (259, 4),
        (262, 0),
        (273, 8),
        (277, 1),
        (278, side),
        (279, len(bits)),
    ]
    directory = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    at = 8 + len(bits) + len(bits) % 2
    return b"II*\0" + struct.pack("<I", at) + bits.ljust(at - 8, b"\0") + struct.pack("<H", 9) + directory + bytes(4)


def hour_of_silence() -> bytes:
    """Vorbis at 8 kHz: two minutes as they are encoded, one of whose pages stands there as often as an hour needs it."""
    encoded = io.BytesIO()
    soundfile.write(encoded, np.zeros(8_000 * 120, np.float32), 8_000, "VORBIS", format="OGG")
    data, pages, end = encoded.getvalue(), list[bytes](), 0
    while end < len(data):
        start, count = end, data[end + 26]
        end += 27 + count + sum(data[start + 27 : start + 27 + count])
        pages.append(data[start:end])
    full = struct.unpack_from("<q", pages[-2], 6)[0] - struct.unpack_from("<q", pages[-3], 6)[0]  # samples of a page
    more = 3600 * 8_000 // full - len(pages) + 3
    copies = [later(pages[-2], full * number, number) for number in range(1, more + 1)]
    return b"".join([*pages[:-1], *copies, later(pages[-1], full * more, more)])


def silent_flac(seconds: int, channels: int) -> bytes:
    """FLAC at 24 kHz and 16 bits, in whole blocks of 4096 samples, each of which says once for each channel that all are 0."""
    blocks = seconds * 24_000 // 4096
    form = 24_000 << 44 | channels - 1 << 41 | 15 << 36 | blocks * 4096
    parts = [b"fLaC\x80\0\0\x22" + struct.pack(">HH", 4096, 4096) + bytes(6) + struct.pack(">Q", form) + bytes(16)]
    for number in range(blocks):
        head = bytes((0xFF, 0xF8, 0xC7, channels - 1 << 4 | 8)) + chr(number).encode()
        block = head + bytes((check(head, 8, 0x07),)) + bytes(3 * channels)
        parts.append(block + check(block, 16, 0x8005).to_bytes(2, "big"))
    return b"".join(parts)


@functools.cache
def remainders(bits: int, polynomial: int) -> list[int]:
    """What each byte leaves of a division by a polynomial of so many bits."""
    top, found = 1 << bits - 1, []
    for value in range(256):
        rest = value << bits - 8
        for _ in range(8):
            rest = (rest << 1 ^ polynomial if rest & top else rest << 1) & (top << 1) - 1
        found.append(rest)
    return found


def check(data: bytes, bits: int, polynomial: int) -> int:
    """CRC of FLAC, from the highest bit to the lowest."""
    table, rest = remainders(bits, polynomial), 0
    for byte in data:
        rest = (rest << 8 ^ table[rest >> bits - 8 ^ byte]) & (1 << bits) - 1
    return rest


def later(page: bytes, samples: int, pages: int) -> bytes:
    """An Ogg page that stands so many samples and pages farther on."""
    at, serial, number = struct.unpack_from("<qII", page, 6)
    changed = page[:6] + struct.pack("<qIII", at + samples, serial, number + pages, 0) + page[26:]
    check = zlib.crc32(changed.translate(TURNED), 0xFFFF_FFFF) ^ 0xFFFF_FFFF  # zlib takes the bits the other way round
    return changed[:22] + struct.pack("<I", int(f"{check:032b}"[::-1], 2)) + changed[26:]


def sounds(folder: Path) -> None:
    (folder / "17-hour.flac").write_bytes(silent_flac(3600, 1))  # as floats each of the two is 330 MiB
    (folder / "18-stereo.flac").write_bytes(silent_flac(1800, 2))
    (folder / "19-hour.ogg").write_bytes(hour_of_silence())
    head = b"RIFF\xff\xff\xff\xffWAVEfmt "
    for number, (channels, hertz, bits) in enumerate(
        [(1, 8_000, 16), (1024, 48_000, 16), (65_535, 1, 8), (2, 2**32 - 1, 32)]
    ):
        frame = channels * bits // 8
        form = struct.pack("<IHHIIHH", 16, 1, channels, hertz, min(hertz * frame, 2**32 - 1), min(frame, 65_535), bits)
        (folder / f"{20 + number}-lies.wav").write_bytes(head + form + b"data\xff\xff\xff\xff" + bytes(4000))
    (folder / "24-claims.flac").write_bytes(
        b"fLaC\x80\0\0\x22" + b"\x10\0\x10\0" + bytes(6) + b"\x0b\xb8\x02\xff\xff\xff\xff\xff" + bytes(16)
    )
    with (folder / "39-sparse.wav").open("wb") as out:  # a gigabyte that takes no place on the disk
        form, size = struct.pack("<IHHIIHH", 16, 1, 2, 48_000, 192_000, 4, 16), struct.pack("<I", 10**9)
        out.write(b"RIFF" + size + b"WAVEfmt " + form + b"data" + size)
        out.truncate(10**9)
    (folder / "25-tag.mp3").write_bytes(b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + bytes(10_000))


def films(folder: Path) -> None:
    """Black frames are a few bytes each; counts and sizes in a header are only claims; a playlist is no film."""
    with av.open(str(folder / "26-black.mp4"), "w") as out:
        stream = out.add_stream("libx264", rate=8)
        stream.width, stream.height, stream.pix_fmt = 1920, 1080, "yuv420p"
        stream.options = {"preset": "ultrafast", "threads": "1", "g": "9999"}
        black = av.VideoFrame.from_ndarray(np.full((1620, 1920), 16, np.uint8), format="yuv420p")
        for number in range(152):  # of 5.9 MiB each as RGB
            black.pts = number
            out.mux(stream.encode(black))
        out.mux(stream.encode())
    assert (folder / "26-black.mp4").stat().st_size < 24 * 2**10
    whole = write_mp4(folder / "35-small.mp4", np.zeros((20, 48, 48, 3), np.uint8)).read_bytes()
    for number, (box, at) in enumerate({b"stsz": 12, b"stts": 8, b"stco": 8, b"avc1": 28}.items(), 27):
        forged, start = bytearray(whole), whole.index(box, whole.index(b"moov")) + at
        forged[start : start + 4] = b"\x0f\xff\xff\xff" if box != b"avc1" else b"\xff\xf8\xff\xf8"
        (folder / f"{number}-{box.decode()}.mp4").write_bytes(forged)
    (folder / "31-playlist.mp4").write_text("#EXTM3U\n#EXTINF:9,\nhttp://127.0.0.1:1/film.ts\n")
    (folder / "32-list.mkv").write_text("ffconcat version 1.0\n" + "file 26-black.mp4\n" * 9999)
    (folder / "33-frames.gif").write_bytes(frames(3000, loop=0))
    large = [Image.new("L", (3_200, 3_200), gray) for gray in (0, 9)]
    large[0].save(folder / "34-large.webp", save_all=True, append_images=large[1:], quality=1, method=0)


def test_every_bomb(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, bare: Bare) -> None:
    kinds = {"image": pictures, "music": sounds, "video": films}
    for name, make in kinds.items():
        (tmp_path / name).symlink_to(made_once(tmp_path_factory, f"bombs-{name}", make))
        (tmp_path / "good" / name).mkdir(parents=True)
    noise = np.random.default_rng(0)
    for suffix in ("png", "jpg", "gif", "tif", "webp", "bmp"):
        picture = Image.fromarray(noise.integers(0, 255, (900, 900, 3), dtype=np.uint8))
        picture = picture.convert("P") if suffix == "gif" else picture  # whose own palette would take a second to find
        picture.save(tmp_path / f"good/image/a.{suffix}")
    for suffix in ("wav", "flac", "ogg", "mp3"):
        soundfile.write(tmp_path / f"good/music/a.{suffix}", noise.normal(0, 0.1, 48_000 * 20), 48_000)
    write_mp4(tmp_path / "good/video/a.mp4", noise.integers(0, 255, (20, 90, 160, 3), dtype=np.uint8))
    done = bare(MEASURE, str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    rows = json.loads(done.stdout.splitlines()[-1])
    print(*rows, sep="\n")
    assert len(rows) == 39
    for name, said, seconds, grown in rows:
        assert said, name
        assert seconds <= 20, name
        assert grown <= 100, name


@pytest.mark.parametrize("bad", [40])
def test_forty_bad_files_among_two_hundred_good_ones(artgen: Call, tmp_path: Path, bad: int) -> None:
    noise, folder = np.random.default_rng(0), tmp_path / "mixed"
    folder.mkdir()
    for number in range(200):
        Image.fromarray(noise.integers(0, 255, (16, 16, 3), dtype=np.uint8)).save(folder / f"good{number:03d}.png")
    whole = (folder / "good000.png").read_bytes()
    kinds = (
        b"",
        b"a text",
        whole[:60],
        whole[: len(whole) // 2],
        b"\xff\xd8\xff\xe0",
        b"GIF89a",
        bytes(100),
        b"<html>",
    )
    for number in range(bad):
        (folder / f"bad{number:02d}.png").write_bytes(kinds[number % len(kinds)])
    words = ["run", "--plugin", "image", "--data", str(folder), "--images", "16", "--out", "run", "--set", "batch=4",
             "--preset", "tiny", "--set", "size=16", "--set", "base_channels=4", "--set", "max_channels=8"]  # fmt: skip
    done = artgen(*words)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in (tmp_path / "run" / "skipped.jsonl").read_text().splitlines()]
    assert {row["name"] for row in rows} == {f"bad{number:02d}.png" for number in range(bad)}
    assert all(len(row["reason"]) > 8 for row in rows)
