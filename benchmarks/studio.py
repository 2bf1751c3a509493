"""The studio measured in a real Chromium: ``python benchmarks/studio.py`` prints a table and writes ``results/studio.md``.

Needs ``pip install 'artgen-suite[studio,browser]'`` and Chromium. Times are those of the page's own clock, from what a person
does to what is painted.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright
from tables import table

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.browser.conftest import FLAGS, Watched, open_run
from tests.browser.waiting import ready, reload, until
from tests.studio.serving import PROGRAM, Served, furnish, run_of
from tests.studio.test_playing import players

RESULTS = Path(__file__).parent / "results" / "studio.md"
PAGE = Path(__file__).parents[1] / "core" / "artgen" / "studio" / "page"
Row = tuple[str, str, str]  # what, measured, wanted

MOVES = """async ([count, knob]) => {
  const main = document.querySelector('main'), range = document.querySelectorAll('.knob input[type=range]')[knob], took = [];
  for (let i = 0; i < count; i++) {
    await new Promise((done) => setTimeout(done, 40));
    const painted = new Promise((done) => main.addEventListener('painted', done, { once: true }));
    range.value = String(((i * 7 + 3) % 150 - 75) * 0.05); // never where it is
    const start = performance.now();
    range.dispatchEvent(new Event('input'));
    await painted;
    took.push(performance.now() - start);
  }
  return took;
}"""
STREAM = """async (seconds) => {
  const main = document.querySelector('main'), at = [], order = [];
  const range = document.querySelectorAll('.knob input[type=range]')[4];
  main.addEventListener('painted', ({ detail }) => { at.push(performance.now()); order.push(detail.seq); });
  const end = performance.now() + seconds * 1000;
  for (let i = 0; performance.now() < end; i++) {
    range.value = String(Math.abs((i * 0.1 + 3.9) % 15.6 - 7.8) - 3.9); // a step in every frame, at the turns too
    range.dispatchEvent(new Event('input'));
    await new Promise((done) => requestAnimationFrame(done));
  }
  return { gaps: at.slice(1).map((t, i) => t - at[i]), order };
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moves", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60, help="of live playing")
    parser.add_argument("--note", default="", help="what else this machine did meanwhile")
    wishes = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, sync_playwright() as play:
        folder = furnish(Path(name))
        for run, plugin in (("picture32", "image"), ("picture64", "image64"), ("music", "music"), ("film", "video")):
            run_of(folder, run, plugin)
        program = shutil.which("chromium") or shutil.which("google-chrome")
        browser = play.chromium.launch(executable_path=program, args=FLAGS)
        rows = measured(folder, browser, wishes)
        browser.close()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    head = f"Python {platform.python_version()}, Chromium {browser.version}, {cores} core(s), {platform.machine()}. {wishes.note}"
    lines = ["# Studio", "", head.strip(), "", *table(["what", "measured", "wanted"], rows), ""]
    RESULTS.write_text("\n".join(lines))
    print("\n".join(lines))


class Rows(list[Row]):
    """Rows of the table, printed as they come."""

    def append(self, row: Row) -> None:
        print("  ".join(row), flush=True)
        super().append(row)


def measured(folder: Path, browser: Any, wishes: argparse.Namespace) -> list[Row]:
    served = Served(folder, environment={"ARTGEN_CACHE": str(folder / "cache")})
    rows = Rows()
    start = time.monotonic()
    served.start()
    printed = time.monotonic() - start
    page = browser.new_page()
    page.set_default_timeout(120_000)
    watched = Watched(page)
    page.goto(served.address)
    ready(page)
    shown = time.monotonic() - start
    rows.append(("A1: command to the printed address", f"{printed:.2f} s", ""))
    rows.append(("A1: command to a page that answers", f"{shown:.2f} s", "1.0 s"))
    page.locator("[data-plugin=image]").get_by_role("button", name="Play at once").click()
    begun = time.monotonic()
    page.wait_for_selector(".play")
    ready(page)
    rows.append(("A1: Play at once to the first work", f"{time.monotonic() - begun:.2f} s", "6 s"))
    for run, least, name, wanted in (
        ("picture32", 4, "A2: 32 px, slider to picture", "25, 40 ms"),
        ("picture64", 4, "A2: 64 px, slider to picture", "35, 50 ms"),
        ("film", 4, "A6: film of 32 px, slider to the first frame", "300 ms"),
        ("music", 4, "A5: four seconds of music, slider to sound", "250 ms"),
    ):
        open_run(page, served, run)
        at_rest(page)
        took = page.evaluate(MOVES, [max(20, wishes.moves // (1 if run.startswith("picture") else 5)), least])
        rows.append((f"{name}: median, 95%", f"{statistics.median(took):.1f}, {quantile(took):.1f} ms", wanted))
    open_run(page, served, "picture64")
    at_rest(page)
    before = processor()
    live = page.evaluate(STREAM, wishes.seconds)
    gaps, order = live["gaps"], live["order"]
    spent = {name: (at - before.get(name, 0.0)) / len(order) for name, at in processor().items()}
    shares = ", ".join(
        f"{name} {1000 * spent.get(name, 0.0):.0f}" for name in ("player", "server", "page", "compositor")
    )
    rows.append(("A4: processor a picture", f"{shares} ms", ""))
    rows.append(
        (
            f"A4: 64 px live for {wishes.seconds:g} s",
            f"{1000 / statistics.mean(gaps):.1f} frames/s, longest gap {max(gaps):.0f} ms",
            "30, 100 ms",
        )
    )
    rows.append(
        (
            f"A7: painted out of order, of {len(order)}",
            str(sum(b <= a for a, b in pairwise(order))),
            "0",
        )
    )
    rows.append(("A9: player killed to a new picture", f"{revived(page, served):.2f} s", "5 s"))
    took = beside(page, served, wishes.moves)
    rows.append(
        (
            "A3: 64 px, slider to picture beside a training: median, 95%",
            f"{statistics.median(took):.1f}, {quantile(took):.1f} ms",
            "120 ms",
        )
    )
    rows += survived(page, served)
    rows.append(
        (
            "A10: requests elsewhere and errors of the page",
            str(len([w for w in watched.wrong if "ERR_CONNECTION" not in w and "WebSocket" not in w])),
            "0",
        )
    )
    rows.append(
        ("A16: the page, all files", f"{sum(f.stat().st_size for f in PAGE.iterdir()) / 1000:.0f} KB", "200 KB")
    )
    served.end()
    return rows


def processor() -> dict[str, float]:
    """Seconds of the processor used by the parts of the studio and of the browser."""
    import psutil

    kinds = {
        "studio.player": "player",
        "--type=renderer": "page",
        "--type=gpu": "compositor",
        "studio --no-open": "server",
    }
    found = dict[str, float]()
    for process in psutil.Process().children(recursive=True):
        words = " ".join(process.cmdline())
        kind = next((name for part, name in kinds.items() if part in words), "other")
        times = process.cpu_times()
        found[kind] = found.get(kind, 0.0) + times.user + times.system
    return found


def at_rest(page: Page) -> None:
    """When small works are drawn and directions are measured, which is done once for a run, beside playing."""
    page.wait_for_selector(".near[data-busy=false]")
    until(page, "() => !document.body.innerText.includes('is being measured')")
    page.wait_for_timeout(1000)


def quantile(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]


def revived(page: Page, served: Served) -> float:
    """Seconds from the death of the player to a picture of the new one."""
    import psutil

    waits = max(
        players(served), key=lambda pid: psutil.Process(pid).create_time()
    )  # for the next run, or for this moment
    for pid in players(served):
        if pid != waits:
            os.kill(pid, signal.SIGKILL)
    start = time.monotonic()
    page.evaluate(
        "() => { window.seen = 0; document.querySelector('main').addEventListener('painted', () => { window.seen += 1; }); }"
    )
    page.keyboard.press("r")
    while not page.evaluate("window.seen"):
        page.wait_for_timeout(20)
    return time.monotonic() - start


def beside(page: Page, served: Served, moves: int) -> list[float]:
    """Times of moves while a run of the folder trains, as a person starts one from the page: with less priority."""
    run = served.folder / "runs" / "beside"
    words = ["run", "--plugin", "image", "--preset", "tiny", "--budget", "10m", "--out", str(run)]
    training = subprocess.Popen(
        ["nice", "-n", "5", *PROGRAM, *words], cwd=served.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while not (run / "metrics.jsonl").is_file():
        time.sleep(0.2)
    open_run(page, served, "picture64")
    page.wait_for_selector(".near[data-busy=false]")
    took = page.evaluate(MOVES, [moves, 4])
    training.terminate()
    training.wait()
    return took


def survived(page: Page, served: Served) -> list[Row]:
    """The studio is killed during a training, twenty times: the run goes on and the page shows it again."""
    words = ["run", "--plugin", "image", "--budget", "10m", "--out", "runs/lives"]
    training = subprocess.Popen(
        [*PROGRAM, *words], cwd=served.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    page.goto(served.address.partition("?")[0])
    page.get_by_role("link", name="lives").click(timeout=120_000)
    page.wait_for_selector(".learn .lead")
    took = []
    for _ in range(20):
        served.end(signal.SIGKILL)
        page.wait_for_timeout(300)
        start = time.monotonic()
        served.start(served.port)
        up = time.monotonic()
        page.wait_for_selector("#trouble", state="hidden")
        reload(page)
        page.wait_for_selector(".learn .lead:has-text('learning')")
        took.append((time.monotonic() - start, time.monotonic() - up))
    alive = training.poll() is None
    training.terminate()
    training.wait()
    whole, page_only = (max(column) for column in zip(*took, strict=True))
    return [
        (
            "A8: the studio killed 20 times in a training",
            f"run goes on: {alive}; page is back {page_only:.2f} s after the studio, {whole:.2f} s after its start",
            "2 s, 20 of 20",
        )
    ]


if __name__ == "__main__":
    main()
