"""The report page of a run: self-contained, escaped, tolerant, honest about what it leaves out, repeatable."""

from __future__ import annotations

import base64
import json
import re
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PIL import Image

from artgen.errors import InputError, StorageError
from artgen.report import write_report
from artgen.report.charts import Scale
from artgen.report.curves import charts, current
from artgen.report.facts import happened
from artgen.report.gallery import frames
from artgen.report.tensorboard import TensorBoardLog
from artgen.report.words import count, duration, number, short
from artgen.runfolder.records import SnapshotRow
from artgen.runfolder.title import title_of
from artgen.types import RunInfo, Stats

HOSTILE = "<script>alert('1')</script>\"&"


@dataclass
class Page(HTMLParser):
    """What a browser would see."""

    text: str
    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.feed(self.text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self.open):
            self.words.append(data)

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag == name]

    @property
    def says(self) -> str:
        return " ".join(" ".join(self.words).split())


def read(folder: Path, **options: int) -> Page:
    return Page(write_report(folder, **options).read_text(encoding="utf-8"))


def lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def picture(path: Path, size: tuple[int, int] = (24, 16), shade: int = 90) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (shade, 40, 200)).save(path)


def tone(path: Path, rate: int = 22050) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, 0.3 * np.sin(np.arange(rate // 4) / 9).astype("float32"), rate)


def index(folder: Path, *rows: Mapping[str, Any]) -> None:
    plain = {"seen": 100, "seconds": 5.0, "kind": "final", "sheet": None, "items": []}
    lines(folder / "samples/index.jsonl", [{**plain, **row} for row in rows])


def item(*files: str, label: str | None = None) -> dict[str, Any]:
    return {"seed": 3, "label": label, "files": list(files)}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run folder with everything in it, text as hostile as can be."""
    folder = tmp_path / "0007-music"
    rows = []
    for step in range(15):
        picture(folder / f"samples/{step}/sheet.png", shade=step * 9)
        rows.append({"seen": step * 10, "seconds": step, "kind": "snapshot", "sheet": f"samples/{step}/sheet.png"})
    tone(folder / "samples/final/a.wav")
    picture(folder / "samples/final/a.png")
    (folder / "samples/final/b.mp4").write_bytes(b"not really a film")
    works = [item("samples/final/a.wav", "samples/final/a.png", label=HOSTILE), item("samples/final/b.mp4")]
    index(folder, *rows, {"items": works})
    (folder / "config.toml").write_text(f"[run]\nplugin = 'music'\ndata = '''{HOSTILE}'''\n[domain.mel]\nhop = 256\n")
    names = ("loss_d", "loss_g", "speed<b>")
    lines(folder / "metrics.jsonl", (report(n, dict.fromkeys(names, 1 / n)) for n in range(1, 400)))
    lines(folder / "skipped.jsonl", [{"name": HOSTILE, "reason": f"cannot open /home/joe/{HOSTILE}"}])
    figure = {"name": HOSTILE, "label": HOSTILE, "value": 4.0, "real": 1.0, "noise": 11.0, "help": HOSTILE}
    (folder / "quality.json").write_text(json.dumps({"features": HOSTILE, "items": 9, "figures": [figure]}))
    return folder


def report(seen: int, values: Mapping[str, float]) -> dict[str, Any]:
    return {"seen": seen, "seconds": seen / 2, "progress": 0.5, "values": dict(values)}


def test_page_is_one_file_without_requests(run: Path) -> None:
    page = read(run)
    for name, attributes in page.tags:
        assert not {"style", "srcset", "background"} & set(attributes), name  # the policy forbids inline styles
        assert not [key for key in attributes if key.startswith("on")], name
        assert name not in ("link", "iframe", "object", "embed", "base", "form")
        if "src" in attributes:
            assert (attributes["src"] or "").startswith("data:")
        if "href" in attributes:
            assert re.match(r"#|\./", attributes["href"] or "")
    label = r"<script type=.application/rdf.xml.>.*?</script>"  # its names look like addresses
    assert "http" not in re.sub(rf"data:[^\"]+|http-equiv|{label}", "", page.text)
    policy = next(meta["content"] for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert page.all("html") == [{"lang": "en"}]
    assert page.open == []


def test_page_shows_players_pictures_films_and_curves(run: Path) -> None:
    page = read(run)
    (player,) = page.all("audio")
    assert (player["src"] or "").startswith("data:audio/mpeg;base64,")
    assert "controls" in player
    (film,) = page.all("video")
    assert {"loop", "muted", "playsinline", "controls"} <= set(film)
    assert len(page.all("img")) == 1 + 12  # the sound's picture and the strip
    assert all(image["alt"] for image in page.all("img"))
    figures = [figure for figure in page.all("figure") if figure.get("class") == "chart"]
    assert len(figures) == 2
    assert len(json.loads(figures[0]["data-points"] or "")) == 160
    drawings = [svg for svg in page.all("svg") if svg.get("role") == "img"]
    assert len(drawings) == 3
    assert all(svg["aria-label"] for svg in drawings)
    assert "Losses over 399 items: generator from" in (drawings[1]["aria-label"] or "")
    assert "30% of the way from real to noise" in page.says
    assert "mel.hop 256" in page.says


def test_text_of_files_is_escaped(run: Path) -> None:
    page = read(run)
    assert [script.get("type") for script in page.all("script")] == ["application/rdf+xml", None]
    assert not page.all("b<")
    assert page.says.count("<script>alert('1')</script>\"&") >= 7
    assert "alert('1')" not in page.text.split("</body>")[0].split("<body>")[1].replace("&#39;", "")


def test_nothing_private(run: Path) -> None:
    text = write_report(run).read_text()
    assert "/home/joe" not in text
    assert str(run.parent) not in text
    assert socket.gethostname() not in text
    assert "cannot open ~/" in text


def test_same_folder_same_bytes(run: Path) -> None:
    first = write_report(run).read_bytes()
    assert write_report(run).read_bytes() == first
    assert sorted(path.name for path in run.iterdir() if path.name.startswith(".")) == []


def test_empty_folder_gives_a_page(tmp_path: Path) -> None:
    assert "No samples have been written yet" in read(tmp_path).says


def test_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a run folder"):
        write_report(tmp_path / "missing")


def test_facts_of_a_run_that_changes_works_name_its_style_and_no_model(tmp_path: Path) -> None:
    for task, style, said in (("style", 'style = "monet"', "monet style"), ("generate", "", "dcgan model")):
        text = f'[run]\nplugin = "image"\ntask = "{task}"\n{style}\n[domain]\nmodel = "dcgan"\nstyle = 128\n'
        (tmp_path / "config.toml").write_text(text)
        facts = read(tmp_path).text.split('<dl class="facts">')[1].split("</dl>")[0]
        found = {f"{value} {name}" for name, value in re.findall(r"<dt>(.*?)</dt><dd><bdi>(.*?)</bdi>", facts)}
        assert found == {said}, found


def test_failed_write_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "report.html").mkdir()
    with pytest.raises(StorageError):
        write_report(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_half_written_and_broken_lines_are_noted(tmp_path: Path) -> None:
    good = json.dumps(report(1, {"loss_d": 1.0}))
    (tmp_path / "metrics.jsonl").write_text(f'{good}\nnot json\n[]\n{{"seen": -1}}\n{good[:20]}')
    (tmp_path / "skipped.jsonl").write_text('{"name": "\\ud83c", "reason": "b"}\n{"name"')
    page = read(tmp_path)
    assert "metrics.jsonl: the last line was only half written" in page.says
    assert "metrics.jsonl: 3 line(s) cannot be read and are left out (line 2, 3, 4)" in page.says
    assert "1 file could not be used" in page.says
    assert "discriminator" in page.says


def test_broken_config_quality_and_values_are_noted(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[run")
    (tmp_path / "quality.json").write_text('{"figures": [{"name": "KID"}]}')
    lines(
        tmp_path / "metrics.jsonl", [report(1, {"loss_d": 1.0, "loss_g": float("nan")}), report(2, {"loss_g": 10**400})]
    )
    says = read(tmp_path).says
    assert "Settings are left out. config.toml: not valid TOML" in says
    assert "quality.json: cannot be read" in says
    assert "not finite numbers are gaps" in says


@pytest.mark.parametrize(
    "name", ["../secret.png", "/etc/hostname", "a/../../secret.png", "link.png", "C:\\x.png", "", "a\0b"]
)
def test_paths_that_leave_the_folder_are_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "run"
    picture(tmp_path / "secret.png")
    index(folder, {"items": [item(name)], "sheet": name})
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    page = read(folder)
    assert "refused" in page.says
    assert not page.all("img")
    assert "Their files are missing." in page.says


def test_missing_and_unreadable_media_are_noted(tmp_path: Path) -> None:
    (tmp_path / "fake.png").write_text("<html>")
    (tmp_path / "fake.wav").write_bytes(b"RIFF")
    (tmp_path / "song.mid").write_bytes(b"MThd")
    soundfile.write(tmp_path / "nan.wav", np.full(99, np.nan, "float32"), 8000, subtype="FLOAT")
    names = ("gone.png", "fake.png", "fake.wav", "nan.wav", "song.mid")
    index(tmp_path, {"items": [item(name) for name in names]})
    page = read(tmp_path)
    for words in ("gone.png: missing", "fake.png: cannot be read as a picture", "fake.wav: cannot be read as a sound"):
        assert words in page.says
    assert "nan.wav: holds samples that are not finite" in page.says
    links = [link["href"] for link in page.all("a")]
    assert {"./fake.png", "./fake.wav", "./nan.wav", "./song.mid"} <= set(links)
    assert "./gone.png" not in links


def test_cap_links_what_does_not_fit(run: Path) -> None:
    page = read(run, cap=600)
    assert sum(len(attributes.get("src") or "") for _, attributes in page.tags) <= 600
    assert "linked, not embedded" in page.says
    assert "./samples/final/a.wav" in [a["href"] for a in page.all("a")]


def test_large_sheets_shrink_and_camera_data_goes(tmp_path: Path) -> None:
    picture(tmp_path / "sheet.png", (2000, 1000))
    index(tmp_path, {"sheet": "sheet.png"})
    (image,) = read(tmp_path).all("img")
    assert (image["width"], image["height"]) == ("1600", "800")
    exif = Image.Exif()
    exif[0x010F] = "maker of the camera"
    Image.new("RGB", (20, 20)).save(tmp_path / "photo.jpg", exif=exif)
    index(tmp_path, {"sheet": "photo.jpg"})
    (image,) = read(tmp_path).all("img")
    assert b"maker" not in base64.b64decode((image["src"] or "").partition(",")[2])


def test_sound_of_a_rate_that_mp3_does_not_know_is_wav(tmp_path: Path) -> None:
    tone(tmp_path / "odd.wav", 12345)
    index(tmp_path, {"items": [item("odd.wav")]})
    (player,) = read(tmp_path).all("audio")
    assert (player["src"] or "").startswith("data:audio/wav;")


def test_last_final_is_shown_large_else_the_last_snapshot(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    row = {"items": [item("a.png")]}
    index(tmp_path, {**row, "seen": 1}, {**row, "seen": 2}, {**row, "seen": 3, "kind": "snapshot"})
    assert "Made after 2 items" in read(tmp_path).says
    index(tmp_path, {**row, "seen": 7, "kind": "snapshot"}, {**row, "seen": 8, "kind": "snapshot"})
    assert "Newest works Made after 8 items" in read(tmp_path).says


def test_strip_is_evenly_spread_and_ordered() -> None:
    rows = [SnapshotRow(seen=seen, seconds=1.0, kind="snapshot", sheet="a.png") for seen in [*range(100), 50]]
    seen = [row.seen for row in frames(rows, None)]
    assert seen == [0, 9, 18, 27, 36, 45, 54, 63, 72, 81, 90, 99]


def test_curves_keep_the_later_of_two_histories_and_break_at_gaps() -> None:
    seen = [10, 20, 30, 20, 25]
    rows = [Stats(s, float(i), 0.0, {"a": float(i)} if i != 3 else {"b": 1.0}) for i, s in enumerate(seen)]
    assert [row.seen for row in current(rows)] == [10, 20, 25]
    chart = charts(current(rows))[0]
    assert [bucket.seen for bucket in chart.buckets] == [10, 25]
    assert chart.last == (4.0,)


def test_guard_counts_rises_only() -> None:
    counts = [0, 2, 2, 1, 1, 4]
    rows = [Stats(i, 0.0, 0.0, {"rollbacks": float(value)}) for i, value in enumerate(counts)]
    assert [(row.seen, rise) for row, rise in happened(rows, "rollbacks") or []] == [(1, 2), (5, 3)]
    assert happened(rows, "skipped_steps") is None


def test_features_that_cannot_tell_noise_from_real_works_are_said_to(run: Path) -> None:
    kid = {"name": "KID", "value": 0.2, "real": 0.5, "noise": 0.4}
    (run / "quality.json").write_text(json.dumps({"features": "f", "items": 9, "figures": [kid]}))
    says = read(run).says
    assert "These features cannot judge this run: noise scores better than real works (KID 0.4 against 0.5)." in says
    assert "as close as real works are" not in says


def test_scales_and_words() -> None:
    assert Scale(0, 120_000, 0, 100).ticks() == [0, 50_000, 100_000]
    assert Scale(0, 10, 0, 100)(5) == 50
    assert Scale(0.01, 1000, 0, 100, log=True).ticks() == [0.01, 0.1, 1, 10, 100, 1000]
    assert [number(v) for v in (0, 0.5, 12345.6, 1e-9, -3)] == ["0", "0.5", "12,346", "1e-09", "-3"]
    assert [duration(v) for v in (3, 182, 3900, 200_000)] == ["3 s", "3 min 2 s", "1 h 5 min", "2 d 7 h"]
    assert (short(20_000), short(0.25), count(1, "file"), count(2000, "file")) == (
        "20k",
        "0.25",
        "1 file",
        "2,000 files",
    )


@pytest.mark.parametrize(("folder", "lines", "called"), [
    ("0001-image", 'data = "My Kites"', "My Kites · Nov 14, 2023, TIME"),
    ("0002-image", 'data = "embedded"', "Pictures · Nov 14, 2023, TIME"),
    ("0003-image", 'data = "dropped works"\nstart = "shipped: motifs"', "Many motifs · Nov 14, 2023, TIME"),
    ("0004-image", 'task = "style"\ndata = "Tea"\nstyle = "embedded"', "Tea toward Van Gogh · Nov 14, 2023, TIME"),
    ("0005-my-kites", 'data = "My Kites"', "my kites"),
])  # fmt: skip
def test_a_run_without_a_name_is_called_by_what_it_learns_from(
    folder: str, lines: str, called: str, tmp_path: Path
) -> None:
    run = tmp_path / folder
    (run / "tensorboard").mkdir(parents=True)
    (run / "tensorboard" / "events.out.tfevents.1700000000.x.1.0").touch()
    (run / "config.toml").write_text(f'[run]\nplugin = "image"\n{lines}\n')
    words = [word.replace("\u00a0", " ") for word in Page(write_report(run).read_text(encoding="utf-8")).words]
    heads = [re.sub(r"1\d, 2023, \d\d:13", "14, 2023, TIME", word) for word in words]
    assert {called, f"{called} · artgen"} <= set(heads), "the heading and the title of the window"
    assert f"folder {folder}" in next(word for word in words if word.startswith("artgen · image")), "where it lies"
    assert title_of(run, when=False).replace("\u00a0", " ") == called.partition(" · ")[0]


def test_colors_have_enough_contrast() -> None:
    style = resources.files("artgen.report").joinpath("templates/style.css").read_text()
    for block in re.findall(r":root \{(.*?)\}", style, re.S):
        colors = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})\b", block))
        for text in ("ink", "quiet", "accent", "s0", "s1"):
            for ground in ("paper", "card"):
                light, dark = sorted((_luminance(colors[text]), _luminance(colors[ground])), reverse=True)
                assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, ground)


def _luminance(color: str) -> float:
    digits = color[1:] if len(color) == 7 else "".join(digit * 2 for digit in color[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_tensorboard_gets_scalars_pictures_and_sounds(tmp_path: Path) -> None:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    picture(tmp_path / "sheet.png")
    tone(tmp_path / "seed0.wav")
    run, log = RunInfo(tmp_path, "music", "generate", {}), TensorBoardLog()
    log.artgen_report(run, Stats(1, 1.0, 0.1, {"loss_d": 9.0}))  # before the start: nothing to write to
    log.artgen_run_start(run)
    log.artgen_report(run, Stats(640, 1.0, 0.1, {"loss_d": 0.5}))
    log.artgen_snapshot(run, [tmp_path / "sheet.png", tmp_path / "seed0.wav"])
    log.artgen_run_end(run, None)
    (file,) = (tmp_path / "tensorboard").iterdir()
    assert ".artgen." in file.name
    assert socket.gethostname() not in file.name
    events = accumulator.EventAccumulator(str(file)).Reload()
    assert [(event.step, event.value) for event in events.Scalars("loss_d")] == [(640, 0.5)]
    assert events.Images("samples/sheet")[0].width == 24
    assert events.Audio("samples/seed0")[0].sample_rate == 22050
