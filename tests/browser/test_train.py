"""Journeys of training: a dropped folder becomes a run; it goes on without the page and without the studio."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock
from playwright.sync_api import expect

from artgen.report import write_report
from artgen.studio.shelf import holder
from artgen_image.plugin import HERE as IMAGE
from tests.browser.conftest import Watched, axe, open_run
from tests.browser.test_play import drop_file
from tests.browser.waiting import WAIT, ready
from tests.conftest import TOY, install
from tests.forked import Command
from tests.studio.serving import Served, run_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

LOST = ("ERR_CONNECTION", "WebSocket connection", "Failed to fetch")  # what Chromium says of a studio that was killed


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two kinds of pictures, one file that is none, and one of another kind."""
    folder = tmp_path_factory.mktemp("works") / "my-works"
    for kind in ("animals", "faces"):
        (folder / kind).mkdir(parents=True)
        for file in sorted((IMAGE / "embedded" / kind).iterdir())[:16]:
            shutil.copy(file, folder / kind / file.name)
    (folder / "faces" / "broken.png").write_text("no picture")
    (folder / "notes.txt").write_text("not for learning")
    return folder


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("workshop")
    served = Served(folder, environment={"ARTGEN_CACHE": str(folder / "cache"), "OMP_NUM_THREADS": "1"}).start()
    yield served
    served.end()


@pytest.fixture
def desk(chromium: Browser, workshop: Served) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(WAIT)
    page = context.new_page()
    watched = Watched(page, LOST)
    page.goto(workshop.address)
    ready(page)
    yield page
    context.close()
    assert watched.wrong == []


def test_a_folder_becomes_a_run_that_survives_the_studio(desk: Page, workshop: Served, works: Path) -> None:
    expect(desk.locator("[data-plugin=image]").get_by_role("button", name="Teach it")).to_be_visible()
    desk.locator("input[webkitdirectory]").set_input_files(works)
    start = desk.get_by_role("button", name="Start")
    expect(start).to_be_enabled()
    sentence = desk.locator(".sentence")
    expect(sentence).to_contain_text("32 files of 2 kinds (animals, faces)")
    expect(sentence).to_contain_text("1 file cannot be used (faces/broken.png")
    expect(sentence).to_contain_text("1 file of a kind that nothing here reads was not copied")
    large = desk.get_by_label("How large")
    sizes = large.locator("option").all_inner_texts()
    assert sizes[0] == "64 pixels, saved at 256, good after minutes (usual)", "the usual one comes first"
    assert len(sizes) == 5
    tops = {
        desk.locator("label", has_text=name).evaluate("e => e.getBoundingClientRect().top")
        for name in ("What to learn", "How long")
    }
    assert len(tops) == 1, "labels of a row stand on one line"
    assert all("pixels" in size for size in sizes), "neither tasks nor families of networks stand among the sizes"
    expect(sentence).to_contain_text("It makes works of this size: 64 pixels, saved at 256, good after minutes.")
    desk.get_by_label("What to learn").select_option("colorize")
    expect(large).to_be_hidden()
    expect(sentence).not_to_contain_text("of this size")
    desk.get_by_label("What to learn").select_option("generate")
    expect(large).to_have_value("small")
    large.select_option("tiny")  # it learns beside all that follows, and takes less of the processor
    expect(sentence).to_contain_text("It makes works of this size: 32 pixels")
    desk.get_by_label("How long").select_option("other")
    desk.get_by_label("Another time").fill("nonsense")
    desk.get_by_label("Another time").press("Tab")
    expect(sentence).to_contain_text("90s, 3m or 1h30m")
    desk.get_by_label("Another time").fill("1h")
    desk.get_by_label("Name").fill("My works")
    expect(sentence).to_contain_text("1 h")
    assert axe(desk) == []
    start.click()
    expect(desk.get_by_role("heading", name="My works")).to_be_visible()
    expect(desk.locator(".work img").first).to_be_visible()
    run = workshop.folder / "runs" / "0001-My-works"

    workshop.post(f"/api/runs/{workshop.run('0001-My-works')}/favorites", {"state": {"seed": 3}})
    pinned = desk.get_by_role("region", name="Your stars")
    expect(pinned.get_by_role("img", name="seed 3")).to_be_visible()
    expect(pinned).to_have_attribute("data-drawn", "1")

    desk.get_by_text("Wishes while it learns").click()
    desk.get_by_role("button", name="Smaller steps").click()
    expect(desk.locator("#toast")).to_contain_text("hears this")
    expect(desk.locator(".notes")).to_contain_text("learning rates times 0.5")
    desk.get_by_role("button", name="5 minutes more").click()
    expect(desk.locator(".notes")).to_contain_text("budget plus 5m")
    assert "budget_seconds = 3900" in (run / "config.toml").read_text()

    desk.locator(".mark").click()
    desk.locator("[data-plugin=image]").get_by_role("button", name="Teach it").click()
    expect(start).to_be_enabled()
    start.click()
    expect(desk.locator("#toast")).to_contain_text("as soon as the run before it is done")
    expect(desk.get_by_role("status").first).to_contain_text("It is next")
    expect(desk.get_by_role("button", name="Throw away")).to_be_hidden()
    desk.get_by_role("button", name="Do not start").click()
    expect(desk.locator("#toast")).to_contain_text("it had made nothing")
    assert [path.name for path in run.parent.iterdir()] == [run.name]
    desk.get_by_role("link", name="My works", exact=True).click()
    expect(desk.locator(".learn h1")).to_have_text("My works")

    workshop.end(signal.SIGKILL)
    assert holder(run)
    expect(desk.locator("#trouble")).to_be_visible()
    workshop.start(workshop.port)
    expect(desk.locator("#trouble")).to_be_hidden()
    expect(desk.get_by_role("status").first).to_contain_text("learning")
    assert axe(desk) == []

    desk.get_by_role("button", name="Pause").click()
    expect(desk.get_by_role("status").first).to_contain_text("paused")
    assert holder(run) is None
    desk.get_by_role("button", name="Finish here").click()
    expect(desk.get_by_role("status").first).to_contain_text("It has learned")
    expect(desk.get_by_role("link", name="Report")).to_be_visible()
    desk.get_by_role("link", name="Play with it").click()
    desk.wait_for_selector(".play")
    ready(desk)
    desk.go_back()
    desk.get_by_role("button", name="Throw away").click()
    desk.get_by_role("button", name="Throw it away").click()
    expect(desk.get_by_role("heading", name="What shall we make?")).to_be_visible()
    expect(desk.get_by_role("link", name="My works")).to_be_hidden()
    assert (workshop.folder / "studio" / "thrown-away" / "0001-My-works" / "report.html").is_file()


def test_runs_without_a_name_are_told_apart(desk: Page, workshop: Served) -> None:
    lines = ('data = "my photos"', 'data = "my photos"', 'data = "embedded"\nstart = "shipped: photographs"')
    for number, line in enumerate(lines, 71):
        run = run_of(workshop.folder, f"00{number}-image", "image", still=True)
        (run / "config.toml").write_text(f'[run]\nplugin = "image"\n{line}\n')
        (run / "tensorboard").mkdir()
        (run / "tensorboard" / "events.out.tfevents.1700000000.x.1.0").touch()
    copies = {"name": "copies", "value": 0.3, "real": 0.01}
    (run / "quality.json").write_text(json.dumps({"features": "f", "figures": [copies]}))
    log = workshop.folder / "studio" / "logs" / f"{run.name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("artgen: no quality figures: too few held-out items to judge with; add files\n")
    expect(desk.locator(".run").nth(2)).to_be_visible()
    titles = [title.replace("\u00a0", " ") for title in desk.locator(".run h3").all_inner_texts() if "2023" in title]
    assert len(set(titles)) == 3
    assert [re.sub(r"Nov 1\d, 2023, \d\d:13", "DATE", title) for title in sorted(titles)] == [
        "Photographs · DATE", "my photos · DATE (71)", "my photos · DATE (72)"
    ]  # fmt: skip
    name = next(title for title in titles if title.startswith("Photographs"))
    for title, number in ((name, 73), *((title[:-5], int(title[-3:-1])) for title in titles if title != name)):
        report = write_report(workshop.folder / "runs" / f"00{number}-image").read_text(encoding="utf-8")
        assert f"<h1><bdi>{title}</bdi></h1>" in report.replace("\u00a0", " "), "one name everywhere"
    desk.goto(f"{workshop.address.partition('?')[0]}#/learn/{workshop.run('0073-image')}")
    expect(desk.get_by_role("heading", name=name)).to_be_visible()
    expect(desk.locator(".notes")).to_contain_text("comes close to works that it has seen")
    expect(desk.locator(".notes")).to_contain_text("It started from Photographs")
    expect(desk.locator(".notes")).to_contain_text("too few held-out items to judge with; add files.")
    open_run(desk, workshop, "0073-image")
    expect(desk).to_have_title(re.compile(name.replace(" ", r"\s")))
    measured = workshop.folder / "runs" / "0071-image"
    (measured / "metrics.jsonl").write_text('{"seen": 9, "seconds": 60, "progress": 1, "values": {}}\n')
    (measured / "samples").mkdir()
    (measured / "samples" / "index.jsonl").write_text('{"kind": "final", "seen": 9, "seconds": 60, "items": []}\n')
    with FileLock(measured / ".lock"):  # as while its works are judged
        desk.goto(f"{workshop.address.partition('?')[0]}#/learn/{workshop.run('0071-image')}")
        expect(desk.get_by_role("status").first).to_contain_text("Now it is measured")
        expect(desk.get_by_role("button", name="Do not measure")).to_be_visible()
        expect(desk.get_by_role("button", name="Finish now")).to_be_hidden()
        expect(desk.get_by_text("Wishes while it learns")).to_be_hidden()
    for number in (71, 72, 73):
        shutil.rmtree(workshop.folder / "runs" / f"00{number}-image")


def test_a_run_that_was_refused_says_why_and_goes_without_a_trace(desk: Page, workshop: Served) -> None:
    run = workshop.post("/api/runs", {"plugin": "image", "sets": ["nonsense=1"], "name": "refused"})["id"]
    desk.goto(f"{workshop.address.partition('?')[0]}#/learn/{run}")
    expect(desk.get_by_role("status").first).to_contain_text("It stopped because of a problem")
    expect(desk.locator(".notes li")).to_contain_text("“nonsense=1”: image has no setting nonsense")
    assert not list((workshop.folder / "runs").glob("*-refused"))
    desk.get_by_role("button", name="Throw away").click()
    desk.get_by_role("button", name="Throw it away").click()
    expect(desk.locator("#toast")).to_contain_text("it had made nothing")
    expect(desk.get_by_role("heading", name="What shall we make?")).to_be_visible()
    expect(desk.get_by_role("link", name="refused")).to_be_hidden()


def test_works_are_taken_for_what_most_of_them_are_meant_for(desk: Page, tmp_path: Path) -> None:
    """Several plugins read the same kinds: a film has a sound, and a picture may be a frame."""
    expect(desk.locator("[data-plugin=image]").get_by_role("button", name="Teach it")).to_be_visible()
    for names, kind in (
        (("a.mp4", "b.mp4"), "video"),
        (("a.png", "b.jpg", "c.mp4", "d.mp3"), "image"),
        (("a.mp3",), "music"),
    ):
        folder = tmp_path / kind
        folder.mkdir()
        for name in (*names, ".hidden.png"):
            (folder / name).write_bytes(b"nothing")
        desk.locator("input[webkitdirectory]").first.set_input_files(folder)
        expect(desk.get_by_role("heading", name=re.compile(kind))).to_be_visible()
        expect(desk.get_by_label("What they are")).to_have_value(kind)


def test_works_are_moved_toward_the_paintings_that_are_meant(desk: Page, workshop: Served, works: Path) -> None:
    expect(desk.locator("[data-plugin=image]").get_by_role("button", name="Teach it")).to_be_visible()
    desk.locator("input[webkitdirectory]").set_input_files(works)
    style = desk.get_by_role("group", name="The works of the style")
    expect(desk.get_by_role("button", name="Start")).to_be_enabled()
    expect(style).to_be_hidden()
    desk.get_by_label("What to learn").select_option("style")
    sentence, start = desk.locator(".sentence"), desk.get_by_role("button", name="Start")
    expect(sentence).to_contain_text("The style is that of Van Gogh: 8 works that ship with artgen.")

    paintings = works.parent / "my paintings"
    shutil.copytree(works / "animals", paintings)
    (paintings / "spoiled.png").write_text("no picture")
    style.locator("input[webkitdirectory]").set_input_files(paintings)
    expect(sentence).to_contain_text("The style is that of 16 files in my paintings, which give")
    expect(sentence).to_contain_text("1 file of the style cannot be used (spoiled.png: not a picture")
    assert style.locator(".looks img").count() == 8
    assert axe(desk) == []
    style.get_by_role("button", name="Take Van Gogh instead").click()
    expect(sentence).to_contain_text("of Van Gogh")

    style.locator("input[type=file]").last.set_input_files(paintings / "spoiled.png")
    expect(sentence).to_contain_text("0 items of the style (spoiled.png: not a picture")
    expect(start).to_be_disabled()
    style.locator("input[type=file]").last.set_input_files(works / "notes.txt")
    expect(style.get_by_role("alert")).to_have_text("No plugin reads any of these files.")
    expect(start).to_be_enabled()  # by what ships
    drop_file(desk, ".toward .zone", sorted(paintings.glob("*.webp"))[0], "image/webp")
    expect(sentence).to_contain_text("The style is that of bear, which gives ")
    expect(start).to_be_enabled()
    desk.get_by_label("How long").select_option("other")
    desk.get_by_label("Another time").fill("1s")
    desk.get_by_label("Another time").press("Tab")
    expect(sentence).to_contain_text("for 1 s")
    desk.get_by_label("Name").fill("moved")
    start.click()
    expect(desk.get_by_role("status").first).to_contain_text("It has learned")
    (run,) = (workshop.folder / "runs").glob("*-moved")
    config = tomllib.loads((run / "config.toml").read_text())["run"]
    assert (config["data"], config["style"]) == ("my-works", sorted(paintings.glob("*.webp"))[0].stem)
    assert "start" not in config, "weights that ship know the style that ships"


def test_a_run_of_a_terminal_appears_and_changes_works(
    desk: Page, workshop: Served, works: Path, tmp_path: Path
) -> None:
    words = [
        "run",
        "--plugin",
        "image",
        "--task",
        "colorize",
        "--images",
        "4",
        "--out",
        "runs/colors",
        "--data",
        str(works),
    ]
    done = Command(*words, "--set", "size=32", cwd=workshop.folder, ARTGEN_CACHE=str(workshop.folder / "cache")).end()
    assert done.returncode == 0, done.stderr
    card = desk.locator(".run", has=desk.get_by_role("link", name="colors"))
    expect(card).to_contain_text("ready")  # before that, the link leads to the learning
    card.get_by_role("link", name="colors").click()
    desk.wait_for_selector(".change")
    picture = tmp_path / "my picture हिन्दी.webp"  # as people call their files: its result is found by its name
    shutil.copyfile(next(path for path in sorted((IMAGE / "photographs").rglob("*.webp"))), picture)
    drop_file(desk, ".zone", picture, "image/webp")
    expect(desk.locator(".wipe img.before")).to_be_visible()
    desk.get_by_label("How much of").fill("80")
    assert axe(desk) == []
    desk.set_viewport_size({"width": 390, "height": 800})
    assert (
        desk.locator(".wipe .tag").evaluate_all("tags => tags.map((tag) => getComputedStyle(tag).display)")
        == ["block"] * 2
    )
    tall = "(name) => document.querySelector(name).getBoundingClientRect().height"
    assert desk.evaluate(tall, ".layers") == desk.evaluate(tall, ".layers .after"), "nothing stands below the picture"


def test_a_stranger_s_plugin_needs_no_line(chromium: Browser, tmp_path: Path, curves: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    install(site, "artgen-toy", {"toy": "toy_plugin"}, {"toy_plugin": (TOY / "toy_plugin.py").read_text()})
    folder = tmp_path / "studio-of-toy"
    folder.mkdir()

    environment = {
        "PYTHONPATH": f"{site}{os.pathsep}{os.environ.get('PYTHONPATH', '')}",
        "ARTGEN_CACHE": str(tmp_path / "cache"),
    }
    served = Served(folder, str(curves), environment=environment).start()
    context = chromium.new_context()
    context.set_default_timeout(WAIT)
    try:
        page = context.new_page()
        watched = Watched(page)
        page.goto(served.address)
        ready(page)
        expect(page.locator("[data-plugin=toy]").get_by_role("button", name="Teach it")).to_be_visible()
        expect(page.get_by_role("heading", name="curves")).to_be_visible()
        expect(page.get_by_label("What they are")).to_have_value("toy")
        page.get_by_label("How long").select_option("other")
        page.get_by_label("Another time").fill("2s")
        page.get_by_label("Another time").press("Tab")
        expect(page.locator(".sentence")).to_contain_text("80 files of 2 kinds (high, low) for 2 s")
        page.get_by_role("button", name="Start").click()
        expect(page.get_by_role("status").first).to_contain_text("It has learned")
        page.get_by_role("link", name="Play with it").click()
        page.wait_for_selector(".play")
        ready(page)
        expect(page.locator(".stage img")).to_be_visible()
        page.keyboard.press("r")
        page.wait_for_selector(".play[data-busy=false]")
        with page.expect_download():
            page.keyboard.press("s")
        assert watched.wrong == []
    finally:
        context.close()
        served.end()
