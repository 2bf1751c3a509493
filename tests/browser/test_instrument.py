"""Journeys of playing live: what moves by itself, knobs, takes, the second screen, and music that goes on."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest
import soundfile
from playwright.sync_api import expect

from artgen.media.calm import CHANGES, Calm
from artgen.provenance.verify import verify
from artgen.runfolder.state import State
from artgen.studio.modulation import Mover, read_matrix
from artgen.studio.parameters import parameters
from artgen.studio.takes import read_take
from tests.browser.conftest import axe, open_run
from tests.browser.waiting import PICTURE, WAIT, moved, moves, reload, settled, stands, still, until
from tests.live.test_calm import changes
from tests.live.test_parameters import FACTS
from tests.studio.serving import Served

if TYPE_CHECKING:
    from playwright.sync_api import Page

MIDI = """navigator.requestMIDIAccess = async () => { const input = {}; window.knob = input;
    return { inputs: new Map([['one', input]]), onstatechange: null }; }"""
DARK = """() => { const c = document.querySelector('.stage canvas');
    return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.every((v, i) => i % 4 === 3 || v === 0); }"""
REST = 400  # ms without a change at the end of a take


def live(page: Page, studio: Served, run: str = "0001-image") -> Path:
    """Open a run with nothing that moves, and unfold what plays it live."""
    folder = studio.folder / "runs" / run
    (folder / "modulation.json").unlink(missing_ok=True)
    open_run(page, studio, run)
    page.locator(".live > summary").click()
    return folder


def test_what_moves_by_itself_is_kept_frozen_and_ended(page: Page, studio: Served) -> None:
    folder = live(page, studio)
    page.get_by_role("button", name="Add a row").click()
    with page.expect_response(lambda answer: '"seconds":1,' in (answer.request.post_data or "")):  # it is kept
        page.get_by_label("Seconds of LFO 1").fill("1")
        page.get_by_label("Seconds of LFO 1").press("Tab")
    assert moves(page)
    page.get_by_role("button", name="Freeze").click()
    stands(page)
    page.keyboard.press("f")
    assert moves(page)
    kept = json.loads((folder / "modulation.json").read_text())
    assert (kept["lfos"]["1"]["seconds"], [row["source"] for row in kept["rows"]]) == (1, ["lfo/1"])
    reload(page)
    page.locator(".live > summary").click()
    assert moves(page), "a reloaded page goes on"
    page.keyboard.press("x")
    stands(page)
    assert (
        axe(page, "label", "button-name", "select-name", "aria-allowed-attr", "heading-order", "color-contrast") == []
    )


def test_a_knob_is_learned(page: Page, studio: Served) -> None:
    page.add_init_script(MIDI)
    reload(page)
    live(page, studio)
    before = still(page)
    page.locator(".knob[data-address^='/direction/'] input[type=range]").first.focus()
    page.keyboard.press("m")
    until(page, "() => Boolean(window.knob.onmidimessage)")
    page.evaluate("window.knob.onmidimessage({ data: [0xb0, 74, 64] })")
    expect(page.locator("#toast")).to_contain_text("midi cc 1 74")
    for value in (64, 90, 127):
        page.evaluate(f"window.knob.onmidimessage({{ data: [0xb0, 74, {value}] }})")
    moved(page, before)
    name = page.locator(".knob[data-address^='/direction/'] input[type=range]").first
    expect(name).to_have_value("4")
    page.evaluate("window.knob.onmidimessage({ data: [0xb0, 75, 0] })")
    expect(name).to_have_value("4")


def test_a_take_holds_what_was_played_and_the_second_screen_shows_it(page: Page, studio: Served) -> None:
    folder = live(page, studio)
    first = still(page)
    with page.expect_popup() as opened:
        page.get_by_role("button", name="Second screen").click()
    stage = opened.value
    stage.wait_for_selector("canvas")
    page.keyboard.press("t")
    expect(page.get_by_role("button", name="End the take")).to_be_visible()
    page.locator(".knob[data-address='/daring'] input[type=range]").fill("0.3")
    moved(page, first)
    second = still(page)
    until(stage, f"wanted => ({PICTURE})() === wanted", second)
    page.keyboard.press("b")
    until(stage, DARK)
    page.keyboard.press("b")
    until(stage, f"wanted => ({PICTURE})() === wanted", second)
    stage.close()
    page.wait_for_timeout(REST)
    page.keyboard.press("t")
    expect(page.locator(".live .command")).to_contain_text("artgen perform")
    take = read_take(sorted((folder / "takes").glob("*.jsonl"))[-1])
    *played, end = take.events()
    assert played[0].moment.state.truncation == 1.0
    assert end.moment.state.truncation == 0.3
    assert any(event.moment.dark for event in played)
    assert take.head.model
    assert take.seconds == end.at
    assert end.at - played[-1].at >= REST / 1000 - 0.01, "the take lasts until it was ended, not until the last change"


def test_a_take_becomes_a_film_on_the_page(page: Page, studio: Served) -> None:
    folder = live(page, studio)
    page.keyboard.press("t")
    expect(page.get_by_role("button", name="End the take")).to_be_visible()
    page.locator(".knob[data-address='/daring'] input[type=range]").fill("0.3")
    page.locator("main").focus()
    page.keyboard.press("t")
    expect(page.locator(".live .command")).to_contain_text("artgen perform")
    name = sorted((folder / "takes").glob("*.jsonl"))[-1].stem
    reload(page)  # it is there for any page
    page.locator(".live > summary").click()
    page.get_by_role("combobox", name="Size of saved works").select_option("1")
    page.get_by_role("button", name=f"Make a film of {name}").click()
    box = page.get_by_role("dialog")
    expect(box.get_by_role("heading", name=name)).to_be_visible()
    expect(box.locator("video")).to_be_visible()
    (file,) = folder.glob(f"samples/film-*/{name}.mp4")
    assert verify(file).marked
    with av.open(str(file)) as film:
        assert film.streams.video[0].frames == max(1, round(read_take(folder / "takes" / f"{name}.jsonl").seconds * 30))
    assert axe(page) == []


def test_a_frozen_work_is_what_a_take_holds(page: Page, studio: Served) -> None:
    """Freeze keeps what is on the stage while the controls go on; blackout is recorded all the same."""
    folder = live(page, studio)
    page.keyboard.press("f")
    page.get_by_label("Seed", exact=True).fill("99")
    page.get_by_label("Seed", exact=True).press("Enter")
    page.locator("main").focus()
    page.keyboard.press("t")
    expect(page.get_by_role("button", name="End the take")).to_be_visible()
    for _ in range(2):
        page.keyboard.press("b")
    page.keyboard.press("t")
    expect(page.locator(".live .command")).to_contain_text("artgen perform")
    take = read_take(sorted((folder / "takes").glob("*.jsonl"))[-1])
    moments = [event.moment for event in take.events()]
    assert [moment.dark for moment in moments[:3]] == [False, True, False]
    assert 99 not in {moment.state.seed for moment in moments}
    page.keyboard.press("f")


def test_a_sound_file_moves_the_picture(page: Page, studio: Served, tmp_path: Path) -> None:
    live(page, studio)
    beat = np.tile(np.repeat([0.6, 0.0], 4000), 20) * np.sin(np.arange(160_000) * 0.2)
    soundfile.write(tmp_path / "beat.wav", beat, 16_000)
    page.get_by_role("button", name="Add a row").click()
    page.get_by_label("Row 1: source").select_option("sound/level")
    stands(page)
    page.locator(".live input[type=file]").set_input_files(tmp_path / "beat.wav")
    expect(page.locator(".live")).to_contain_text("beat.wav is heard")
    assert moves(page)
    page.get_by_role("button", name="Quiet").click()
    stands(page)


BANDS = """async (wait) => { const found = new Set(), end = performance.now() + wait;
    while (found.size < 5 && performance.now() < end) {
        const [level, bass, mid, high, onset] = [...document.querySelectorAll('.rows meter')].map((meter) => meter.value);
        for (const [name, value, ...others] of [['bass', bass, mid, high], ['mid', mid, bass, high], ['high', high, bass, mid]])
            if (others.every((other) => other < value - 0.1)) found.add(name);
        if (level < 0.01 && bass < 0.05 && mid < 0.05 && high < 0.05) found.add('silence');
        if (onset === 1) found.add('onset');
        await new Promise(requestAnimationFrame);
    }
    return [...found].sort(); }"""


def test_a_microphone_moves_the_picture(asking_page: Page, studio: Served) -> None:
    """Chromium's own microphone for tests, which hears three tones and silence in turn."""
    page = asking_page
    live(page, studio)
    for number, source in enumerate(("level", "bass", "mid", "high", "onset"), 1):
        page.get_by_role("button", name="Add a row").click()
        page.get_by_label(f"Row {number}: source").select_option(f"sound/{source}")
    stands(page)
    expect(page.locator("#toast")).to_be_hidden()
    page.get_by_role("button", name="Microphone").click()
    expect(page.locator("#toast")).to_have_text(
        re.compile("does not let this page hear the microphone. Allow it beside the address")
    )
    assert "is heard" not in page.locator(".live").inner_text()
    page.context.grant_permissions(["microphone"])
    page.get_by_role("button", name="Microphone").click()
    expect(page.locator(".live")).to_contain_text("the microphone is heard")
    assert page.evaluate(BANDS, WAIT) == ["bass", "high", "mid", "onset", "silence"]
    assert moves(page)
    page.context.clear_permissions()  # as one that is unplugged
    expect(page.locator(".live")).to_contain_text("The microphone is gone")
    stands(page)


def test_ways_to_another_place_are_gone(page: Page, studio: Served) -> None:
    live(page, studio)
    first = still(page)
    slow(page, 60)
    page.keyboard.press("r")
    assert moves(page)
    slow(page, 1)
    there = stands(page)
    slow(page, 0)
    page.keyboard.press("z")
    assert settled(page, there) == first
    page.keyboard.press("Shift+z")
    assert settled(page, first) == there, "the way led there"


def slow(page: Page, seconds: float) -> None:
    """Ways to another place take so long."""
    page.get_by_label("Seconds to another place").fill(str(seconds))
    page.get_by_label("Seconds to another place").press("Tab")
    page.locator("main").focus()


# `clocks`: how far the clock of the page is ahead of that of the sound whenever a take is told that a piece sounds
PIECES = """async () => { window.pieces = []; window.clocks = [];
    document.querySelector('.play').addEventListener('piece', ({ detail }) => window.pieces.push(detail));
    const [{ audio }, { line }] = [await import('/page/sources.js'), await import('/page/net.js')], say = line.say;
    line.say = (message) => {
        if (message.op === 'control' && message.piece) window.clocks.push(performance.now() / 1000 - audio().currentTime);
        return say.call(line, message); }; }"""


def test_the_radio_goes_on_without_a_gap_and_moves_pictures(page: Page, studio: Served) -> None:
    folder = live(page, studio)
    page.get_by_role("button", name="Add a row").click()
    page.get_by_label("Row 1: source").select_option("sound/level")
    page.evaluate(PIECES)
    page.get_by_label("Radio of").select_option(studio.run("0001-music"))
    page.get_by_role("button", name="Radio", exact=True).click()
    until(page, "() => window.pieces.length >= 1")
    assert moves(page), "the picture follows the music"
    page.locator("main").focus()
    page.keyboard.press("t")
    until(page, "() => window.pieces.length >= 2")
    pieces = page.evaluate("window.pieces")
    for before, piece in pairwise(pieces):  # where this machine made it in time; else as soon as it was there
        fades = before["start"] + before["seconds"] - 0.5
        assert piece["start"] == pytest.approx(max(fades, piece["ready"] + 0.05), abs=1e-3)
    expect(page.get_by_role("button", name="End the take")).to_be_visible()
    page.evaluate(  # until the second one sounds
        """async () => { const { audio } = await import('/page/sources.js');
        while (audio().currentTime < window.pieces[1].start + 0.1) await new Promise(requestAnimationFrame); }"""
    )
    page.keyboard.press("x")
    page.keyboard.press("t")
    expect(page.locator(".live .command")).to_contain_text("artgen perform")
    take = read_take(sorted((folder / "takes").glob("*.jsonl"))[-1])
    heard = [(event.at, event.sounds) for event in take.events() if event.sounds is not None]
    (at, first), (later, second), (_, last) = heard[0], heard[1], heard[-1]
    assert first.into > 0, "the piece that sounded already, and its place"
    gone = page.evaluate("window.clocks[1] - window.clocks[0]")  # a busy machine hears slower than time goes
    assert (later - second.into) - (at - first.into) == pytest.approx(
        pieces[1]["start"] - pieces[0]["start"] + gone, abs=0.2
    )
    assert last.piece is None, "the music ends where it was ended"


SHAPES = ("sine", "triangle", "square", "steps")
ROWS = {
    "lfos": {str(k): {"shape": shape, "seconds": 3, "phase": 0.1} for k, shape in enumerate(SHAPES, 1)},
    "noises": {"1": {"seconds": 7, "seed": 5}},
    "rows": [
        {"source": "lfo/1", "to": "/direction/s1", "amount": 0.5},
        {"source": "lfo/2", "to": "/daring", "amount": -0.3, "attack": 0, "release": 1},
        {"source": "lfo/4", "to": "/class/cats", "amount": 1},
        {"source": "noise/1", "to": "/seconds", "amount": 0.4},
        {"source": "sound/level", "to": "/direction/s2", "amount": 1},
        {"source": "midi/cc/1/7", "to": "/direction/s2", "mode": "set", "low": 0.2},
        {"source": "osc/a", "to": "/mix/seed", "mode": "set"},
    ],
}  # fmt: skip
HEARD = [
    ("midi/cc/1/7", 0.1),
    ("midi/cc/1/7", 0.9),
    ("osc/a", 0.5),
    ("sound/level", 0.7),
    ("midi/cc/1/7", 0.3),
    ("pad/x", 2.0),
]
PLAYED = """async ([matrix, parameters, heard]) => {
    const { Mover } = await import('/page/modulate.js'), { full } = await import('/page/state.js');
    const mover = new Mover(matrix, new Map(parameters.map((p) => [p.address, p]))), found = [];
    let state = full({ moves: { s1: 1 }, label: { cats: 0.5 } });
    heard.forEach(([source, value], k) => {
        state = { ...state, ...mover.hear(source, value, state).patch };
        for (const part of [0, 0.3]) found.push(mover.move(state, k + part));
    });
    return found; }"""
CALMED = """async ([frames, sides]) => { const { Calm } = await import('/page/calm.js'), calm = new Calm();
    return frames.map((frame, k) => [...calm.frame(Uint8Array.from(frame), sides[k], sides[k], k / 30)]); }"""


def test_the_page_and_artgen_live_move_alike(page: Page) -> None:
    """Two programs play one matrix, and limit flashes: they do the same."""
    known = parameters(FACTS)
    matrix = read_matrix(ROWS, "test")
    mover, state, wanted = Mover(matrix, known), State(moves={"s1": 1.0}, label={"cats": 0.5}), []
    for number, (source, value) in enumerate(HEARD):
        state, _ = mover.hear(source, value, state)
        wanted += [mover.move(state, number + part).model_dump() for part in (0, 0.3)]
    found = page.evaluate(PLAYED, [matrix.model_dump(), [p.plain for p in known.values()], HEARD])
    for one, other in zip(found, wanted, strict=True):
        assert set(one) == set(other)
        for name, value in other.items():
            assert one[name] == pytest.approx(value, abs=1e-6) if value is not None else one[name] is None, name
    rng = np.random.default_rng(0)
    frames = [rng.integers(0, 256, (4, 4, 3), np.uint8) if k % 3 else np.zeros((4, 4, 3), np.uint8) for k in range(40)]
    calm = Calm()
    shown = [calm.frame(frame, number / 30) for number, frame in enumerate(frames)]
    found = page.evaluate(CALMED, [[frame.ravel().tolist() for frame in frames], [4] * len(frames)])
    assert calm.held > 10
    assert (
        max(int(np.abs(np.array(a, int) - b.ravel().astype(int)).max()) for a, b in zip(found, shown, strict=True)) <= 2
    )


def test_what_is_shown_larger_at_rest_may_not_flash_more_often(page: Page) -> None:
    """Each rest would begin the count anew."""
    sides = [4 if number // 5 % 2 else 8 for number in range(60)]
    given = [np.full((side, side, 3), 255 * (number % 2), np.uint8) for number, side in enumerate(sides)]
    found = page.evaluate(CALMED, [[frame.ravel().tolist() for frame in given], sides])
    shown = [np.array(one, np.uint8).reshape(side, side, 3) for one, side in zip(found, sides, strict=True)]
    assert changes(given) > CHANGES + 1
    assert changes(shown) <= CHANGES + 1
