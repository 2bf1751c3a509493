"""The exported page in a real Chromium without a network: ``python benchmarks/page.py`` writes ``results/page.md``.

Needs ``pip install 'artgen-suite[export,browser]'`` and Chromium. Each start that ships is exported and opened from disk; then a
slider is moved. A second table says how far the exported networks are from PyTorch.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import sync_playwright
from tables import table

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.browser.conftest import FLAGS
from tests.studio.serving import STARTS

from artgen.export.record import NetworkRecord
from artgen.verbs.export import Words, export_page
from artgen.verbs.export_networks import export_networks
from artgen.verbs.loaded import open_run

RESULTS = Path(__file__).parent / "results" / "page.md"
CASES: tuple[tuple[str, str, dict[str, int] | None], ...] = (
    ("pictures, 64 px", "image64", None),
    ("pictures, 64 px, enlarged to 256", "image64", {"enlarge": 4}),
    ("films, 16 frames of 32 px", "video", None),
    ("music, 4 s", "music", None),
)
WATCH = """new MutationObserver(() => { const state = document.documentElement?.dataset.artgenState;
  if (state && !performance.getEntriesByName(state).length) performance.mark(state); })
  .observe(document, { subtree: true, attributes: true, attributeFilter: ['data-artgen-state'] })"""
MARKS = """() => Object.fromEntries(['paint', 'mark', 'measure'].flatMap((kind) => performance.getEntriesByType(kind))
  .map((entry) => [entry.name, entry.entryType === 'measure' ? entry.duration : entry.startTime]))"""
MOVES = """async (count) => {
  const range = document.getElementById('slider-0'), root = document.documentElement, took = [];
  for (let i = 0; i < count; i++) {
    await new Promise((done) => setTimeout(done, 40));
    range.value = String(((i * 7 + 3) % 150 - 75) * 0.035);
    const start = performance.now();
    range.dispatchEvent(new Event('input'));
    await new Promise((done) => { const seen = new MutationObserver(() => { seen.disconnect(); done(); });
      seen.observe(root, { attributes: true, attributeFilter: ['data-artgen-shown'] }); });
    took.push(performance.now() - start);
  }
  return took;
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moves", type=int, default=200)
    parser.add_argument("--openings", type=int, default=3, help="of each page; medians are written")
    parser.add_argument("--note", default="", help="what else this machine did meanwhile")
    wishes = parser.parse_args()
    pages, networks = list[tuple[str, ...]](), list[tuple[str, ...]]()
    with tempfile.TemporaryDirectory() as name, sync_playwright() as play:
        program = shutil.which("chromium") or shutil.which("google-chrome")
        for number, (title, start, settings) in enumerate(CASES):
            run = open_run(STARTS[start], "cpu", settings=settings)
            page = export_page(run, Path(name) / f"{number}.html", Words(title), layers="live")
            browser = play.chromium.launch(executable_path=program, args=FLAGS)
            pages.append((title, f"{page.stat().st_size / 1e6:.1f} MB", *opened(browser, page, wishes)))
            print("  ".join(pages[-1]), flush=True)
            version = browser.version
            browser.close()
            if settings is None:
                networks += differences(title, export_networks(run, Path(name) / f"networks-{number}"))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    head = (
        f"Python {platform.python_version()}, Chromium {version}, {cores} core(s), {platform.machine()}. {wishes.note}"
    )
    columns = ["page", "size", "first paint", "plays what was rendered", "live"]
    columns += ["of which: unpacked, compiled, opened", "slider to work: median, 95%", "processor a move"]
    unit = "Differences are in levels of 255, of music in shares of the range of the magnitudes."
    lines = ["# The exported page", "", head.strip(), "", *table(columns, pages), "", "## Networks beside PyTorch", "", unit, "",
             *table(["network", "case", "works", "largest", "mean", "beyond what is allowed"], networks), ""]  # fmt: skip
    RESULTS.write_text("\n".join(lines))
    print("\n".join(lines))


def opened(browser: Any, path: Path, wishes: argparse.Namespace) -> list[str]:
    """Times of a page, each the median of several openings; then those of moves of a slider."""
    found, took, spent = list[dict[str, float]](), list[float](), 0.0
    for number in range(wishes.openings):
        context = browser.new_context(offline=True)
        page = context.new_page()
        page.set_default_timeout(120_000)
        page.add_init_script(WATCH)
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-artgen-state=live]")
        found.append(page.evaluate(MARKS))
        if number == wishes.openings - 1:
            time.sleep(1)
            before = _processor()
            took = page.evaluate(MOVES, wishes.moves)
            spent = (_processor() - before) / wishes.moves
        context.close()
    at = {name: statistics.median(one[name] for one in found) / 1000 for name in found[0]}
    steps = ", ".join(f"{at[f'artgen {name}']:.2f}" for name in ("unpack", "compile", "open"))
    slow = sorted(took)[int(len(took) * 0.95)]
    return [f"{at['first-paint']:.2f} s", f"{at['atlas']:.2f} s", f"{at['live']:.2f} s", f"{steps} s",
            f"{statistics.median(took):.0f}, {slow:.0f} ms", f"{1000 * spent:.0f} ms"]  # fmt: skip


def _processor() -> float:
    """Seconds of the processor that the browser's pages have used."""
    total = 0.0
    for process in psutil.Process().children(recursive=True):
        if "--type=renderer" in process.cmdline():
            times = process.cpu_times()
            total += times.user + times.system
    return total


def differences(title: str, record: NetworkRecord) -> list[tuple[str, ...]]:
    return [
        (title, row.case, str(row.works), f"{row.largest:g}", f"{row.mean:g}", f"{row.beyond:.3%}")
        for row in record.differences
    ]


if __name__ == "__main__":
    main()
