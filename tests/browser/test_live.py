"""Promise: a page makes pictures of any seed itself, the same as the command line's, and goes on without where it cannot."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import sys
from collections.abc import Iterator
from copy import copy
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile
import torch
from PIL import Image, ImageSequence
from playwright.sync_api import expect

from artgen.contract.options import SampleOptions
from artgen.errors import InputError
from artgen.export import networks
from artgen.export.graph import Traced, trace
from artgen.host.resolve import played_with
from artgen.inference.latent import edited, render, seed_latent
from artgen.provenance.verify import verify
from artgen.verbs import export
from artgen.verbs.export import Words, as_trained, export_page
from artgen.verbs.export_networks import export_networks
from artgen.verbs.loaded import LoadedRun, open_run
from tests.browser.conftest import axe
from tests.browser.test_export import PIXELS
from tests.browser.waiting import until
from tests.studio.serving import STARTS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

SIDE = 128  # pixels: four times the 32 that the start makes


@cache
def run() -> LoadedRun:
    return open_run(STARTS["image"], "cpu", settings={"enlarge": 4})


@cache
def graphs(options: SampleOptions) -> Traced:
    return trace(run().model, options)


@pytest.fixture(scope="module", autouse=True)
def _traced_once(quick_graphs: None) -> Iterator[None]:
    """A page and other programs get the same graphs of that run, which take five seconds of the processor; those of the other
    plugins are for one work at a time, as a page has them. The walk of a page of pictures, all enlarged, is short."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("artgen_image.writer.ImageWriter.steps", 4)
        patch.setattr(
            networks,
            "trace",
            lambda model, options, any_batch: (
                graphs(options) if model is run().model else trace(model, options, any_batch)
            ),
        )
        yield


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("live") / "page.html"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export, "_SLIDERS", 2)
        patch.setattr(export, "_SIDES_LIVE", (2, 2))
        return export_page(run(), path, Words("Mine"), [0, 3], layers="live")


def shown(page: Page, title: str, side: int = SIDE) -> np.ndarray:
    """The enlarged picture under a title, once it is there: ``[h, w, 3]``."""
    until(
        page,
        "([title, side]) => { const at = document.documentElement.dataset; "
        "return at.artgenShown === title && at.artgenSize === side; }",
        [title, str(side)],
    )
    return np.asarray(page.evaluate(PIXELS), np.uint8).reshape(side, side, 4)[:, :, :3]


def wanted(
    seed: int,
    label: str | None,
    truncation: float,
    moves: list[tuple[list[float], float]],
    opened: LoadedRun | None = None,
) -> np.ndarray:
    opened = opened or run()
    latent = seed_latent(opened.model, seed, {label: 1.0} if label else None, truncation)
    for vector, amount in moves:
        latent = edited(latent, lambda w, v=vector, a=amount: w + a * torch.tensor(v))
    made: Any = opened.host.writer(opened.config.domain)
    return np.moveaxis(made.finish(next(render(opened.model, [latent])).data), 0, -1)


def near(got: np.ndarray, true: np.ndarray) -> bool:
    gap = np.abs(got.astype(int) - true.astype(int))
    return gap.max() <= 4 and (gap > 1).mean() < 0.001


def test_a_seed_of_the_page_is_the_seed_of_the_command_line(
    lonely: BrowserContext, page_file: Path, tmp_path: Path
) -> None:
    assert page_file.stat().st_size < 10e6
    page = lonely.new_page()
    page.goto(f"{page_file.as_uri()}#seed=7")
    page.wait_for_selector("html[data-artgen-state=live]")
    assert near(shown(page, "seed 7, buildings"), wanted(7, None, 1.0, []))

    directions = json.loads(page.locator("#live").text_content() or "")["record"]["directions"]
    page.locator("#seed").fill("12345678901")
    page.get_by_label("Class").select_option("faces")
    page.locator("#psi").fill("0.5")
    page.locator("#slider-0").fill("2")
    page.locator("#slider-1").fill("-1")
    caption = page.locator("#caption")
    expect(caption).to_contain_text(re.compile(r"seed 12345678901, faces, variety 0\.5, .*\+2\.0, .*\u22121\.0"))
    moves = [(directions[0]["vector"], 2.0), (directions[1]["vector"], -1.0)]
    assert near(shown(page, caption.text_content() or ""), wanted(12345678901, "faces", 0.5, moves))
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save").click()
    saved.value.save_as(tmp_path / "work.png")
    assert "generative adversarial network" in (verify(tmp_path / "work.png").fields or {})["comment"]

    page.locator("#works button").nth(1).click()  # a work of its own file, and from there by the generator
    until(page, "() => document.documentElement.dataset.artgenShown.startsWith('seed 3')")
    page.locator("#slider-0").fill("1")
    assert near(shown(page, caption.text_content() or ""), wanted(3, None, 1.0, [(directions[0]["vector"], 1.0)]))
    page.get_by_role("button", name="Another work").click()
    expect(caption).to_contain_text(re.compile(r"seed \d+, "))
    assert axe(page) == []


@pytest.mark.parametrize(("strength", "factor"), [(0.4, 2), (0.0, 4)])
def test_a_page_enlarges_at_the_strength_of_its_run(
    lonely: BrowserContext, strength: float, factor: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Photographs keep their grain at a lower one."""
    monkeypatch.setattr(export, "_SLIDERS", 0)
    opened = copy(run())
    opened.config = played_with(run().config, run().host.domain, {"enlarge": factor, "enlarge_strength": strength})
    path = export_page(opened, tmp_path / "page.html", seeds=[0], layers="live")
    page = lonely.new_page()
    page.goto(f"{path.as_uri()}#seed=7")
    page.wait_for_selector("html[data-artgen-state=live]")
    assert near(shown(page, "seed 7, buildings", 32 * factor), wanted(7, None, 1.0, [], opened))


def test_without_the_generator_the_page_goes_on(chromium: Browser, page_file: Path) -> None:
    """A worker that finds no memory, as on a small phone."""
    page = chromium.new_page()
    page.add_init_script(
        "globalThis.Worker = class { postMessage() {} "
        "constructor() { setTimeout(() => this.onerror({ message: 'no memory' }), 9); } };"
    )
    warned: list[str] = []
    page.on("console", lambda said: warned.append(said.text) if said.type == "warning" else None)
    with page.expect_console_message(lambda said: "plays what was rendered ahead" in said.text):
        page.goto(page_file.as_uri())
    assert page.locator("html").get_attribute("data-artgen-state") == "atlas"
    page.locator("#slider-0").fill("3")
    until(page, "() => document.documentElement.dataset.artgenShown.endsWith('+3.0')")
    expect(page.locator("#seed")).to_be_hidden()
    page.close()


def test_the_runtime_is_the_one_that_its_notice_names() -> None:
    web = resources.files("artgen.export").joinpath("web")
    notice = web.joinpath("NOTICE").read_text()
    for data in (web.joinpath("ort.mjs").read_bytes(), gzip.decompress(web.joinpath("ort.wasm.gz").read_bytes())):
        assert hashlib.sha256(data).hexdigest() in notice


def test_a_sketch_beside_the_networks_plays_them(lonely: BrowserContext, tmp_path: Path) -> None:
    mine = "function setup() {} function draw() { if (!artgen.latest) artgen.want({ seed: 7 }); }"
    (tmp_path / "sketch.js").write_text(mine)
    export_networks(run(), tmp_path)
    assert (tmp_path / "sketch.js").read_text() == mine
    page = lonely.new_page()
    page.goto((tmp_path / "play.html").as_uri())
    until(page, "() => globalThis.artgen.latest !== null")
    got = np.asarray(page.evaluate("[...artgen.latest.frames[0].data]"), np.uint8).reshape(32, 32, 4)[:, :, :3]
    true = next(render(run().model, [seed_latent(run().model, 7)])).data
    assert near(got, np.moveaxis(true, 0, -1))
    (tmp_path / "play.html").write_text("mine")
    with pytest.raises(InputError, match=r"play\.html"):
        export_networks(run(), tmp_path)


@pytest.mark.parametrize("plugin", ["video", "music"])
def test_films_and_sounds_are_those_of_the_command_line(
    lonely: BrowserContext, plugin: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "_SLIDERS", 1)
    monkeypatch.setattr(export, "_SIDES_LIVE", (2, 1))
    settings = (
        {"enlarge": 2} if plugin == "video" else {}
    )  # as files are written; the page plays what the generator makes
    opened = open_run(STARTS[plugin], "cpu", settings=settings)
    path = export_page(opened, tmp_path / "page.html", seeds=[0], layers="live")
    assert path.stat().st_size < 10e6
    page = lonely.new_page()
    page.goto(f"{path.as_uri()}#seed=7")
    page.wait_for_selector("html[data-artgen-state=live]")
    until(page, "() => document.documentElement.dataset.artgenShown.startsWith('seed 7')")
    expect(page.get_by_role("button", name="Hold still")).to_be_visible(visible=plugin == "video")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save").click()
    kept = tmp_path / saved.value.suggested_filename
    saved.value.save_as(kept)
    assert "generative adversarial network" in (verify(kept).fields or {})["comment"]
    true = next(render(opened.model, [seed_latent(opened.model, 7)], as_trained(opened))).data
    if plugin == "video":
        with Image.open(kept) as film:
            got = np.stack([np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(film)])
            assert film.info["duration"] == 125
        gap = np.abs(got.astype(int) - np.moveaxis(true, 0, -1))
        assert (gap > 1).mean() < 0.001
    else:
        got, rate = soundfile.read(kept)
        wanted = true / 32767 * (got @ true / (true.astype(float) @ true) * 32767)  # as loud as the writer's files
        assert (rate, got.shape) == (16000, true.shape)
        expect(
            page.get_by_text("Sound goes up to 8 kHz on this page, and to 16 kHz in files that artgen saves.")
        ).to_be_visible()
        assert np.square(got - wanted).mean() < 0.02 * np.square(wanted).mean(), "a tone may begin in another phase"
        assert np.square(loudness(got) - loudness(wanted)).mean() < 5e-4 * np.square(loudness(wanted)).mean()
    assert axe(page) == []


def loudness(sound: np.ndarray) -> np.ndarray:
    """How loud which frequencies are when, which is what is heard: ``[f, t]`` of a sound ``[n]``."""
    window = torch.hann_window(1024, dtype=torch.float64)
    return torch.stft(torch.from_numpy(sound), 1024, 256, window=window, return_complex=True).abs().numpy()


def test_what_cannot_be_live_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "_SLIDERS", 0)
    monkeypatch.setattr(export, "_SIDES", dict.fromkeys(("picture", "film", "sound", None), (2, 2)))
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    said = list[str]()
    path = export_page(
        open_run(STARTS["image"], "cpu"), tmp_path / "page.html", seeds=[0], layers="auto", tell=said.append
    )
    reason = "needs another package: pip install artgen-suite[export] (onnxscript)"
    assert said == [f"the page shows what was rendered ahead, and no more: {reason}"]
    assert b'id="live' not in path.read_bytes()
