"""Promise: a performance follows what is sent, smoothly; freeze, blackout and panic do what they say; OSC and MIDI are heard."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from artgen.errors import InputError
from artgen.live.midi_file import read_midi, usual_rows
from artgen.live.osc import OscIn, messages, parse_place
from artgen.live.session import Session
from artgen.runfolder.state import State
from artgen.studio.modulation import Matrix, read_matrix
from tests.live.test_parameters import FACTS

PRESETS = {"3": State(seed=33, truncation=0.5)}


def session(**more: object) -> Session:
    return Session(FACTS, Matrix(), PRESETS, **more)  # type: ignore[arg-type]


def test_a_number_that_is_sent_is_followed_smoothly() -> None:
    told: list[tuple[str, float]] = []
    playing = session(smooth=0.1, tell=lambda address, value: told.append((address, value)))
    playing.tick(0.0)
    playing.hear("/daring", [0.0])
    seen = [playing.tick(t / 30).state.truncation for t in range(1, 60)]
    assert seen == sorted(seen, reverse=True)
    assert max(a - b for a, b in pairwise([1.0, *seen])) < 0.35
    assert seen[-1] == 0.0
    playing.hear("/seed", [12.0])
    assert playing.tick(3.0).state.seed == 12
    assert told == [("/daring", 0.0), ("/seed", 12.0)]
    playing.hear("/nowhere", [1.0])
    playing.hear("/daring", [])
    assert playing.tick(9.0).state.truncation == pytest.approx(1.0, abs=0.01), "a message without a number means 1"


def test_newer_weights_keep_the_place_and_its_addresses() -> None:
    playing = session(smooth=0, state=State(seed=4, moves={"s1": 1.5, "s2": 1.0}))
    playing.tick(0.0)
    heard = set(playing.known)
    directions = [{"name": "s1", "number": 1}, {"name": "s2", "number": 2}]  # nobody has measured what these change
    playing.renewed({**FACTS, "directions": directions, "turned": ["s1"]})
    assert heard <= set(playing.known), "an address of a controller stays"
    assert playing.tick(0.1).state == State(seed=4, moves={"s1": -1.5, "s2": 1.0}), "the same place"


def test_a_preset_is_gone_to_on_a_way() -> None:
    playing = session()
    playing.tick(0.0)
    playing.hear("/play/glide", [2.0])
    playing.hear("/preset", [3.0])
    way = [playing.tick(t / 10) for t in range(21)]
    assert way[0].between is not None
    shares = [moment.between.share for moment in way if moment.between]
    assert shares == sorted(shares)
    assert (way[10].state, way[10].between and way[10].between.toward) == (State(), PRESETS["3"])
    assert (way[20].between, way[20].state) == (None, PRESETS["3"])
    playing.hear("/preset", [7.0])
    assert playing.tick(2.1).state == PRESETS["3"], "nothing is kept under 7"


def test_a_place_that_is_asked_for_on_the_way_comes_after_it() -> None:
    playing = session()
    playing.glide = 1.0
    playing.tick(0.0)
    playing.hear("/seed", [1.0])
    playing.tick(0.5)
    playing.hear("/seed", [2.0])
    seen = [playing.tick(t / 10) for t in range(6, 30)]
    ends = list(dict.fromkeys(moment.between.toward.seed for moment in seen if moment.between))
    assert ends == [1, 2]
    assert seen[-1].state.seed == 2
    steps = [m.between.share if m.between and m.between.toward.seed == 2 else 0.0 for m in seen]
    assert max(b - a for a, b in pairwise(steps) if b > a) < 0.2, "no jump"


def test_freeze_blackout_and_panic() -> None:
    rows = {"rows": [{"source": "lfo/1", "to": "/daring"}], "lfos": {"1": {"seconds": 1}}}
    told: list[str] = []
    playing = Session(FACTS, read_matrix(rows, "test"), {}, tell=lambda address, _: told.append(address))
    moving = {playing.tick(t / 10).state.truncation for t in range(10)}
    assert len(moving) > 4
    playing.tick(1.01)
    assert told == ["/pulse/lfo/1"]
    playing.hear("/play/freeze", [1.0])
    frozen = {playing.tick(1 + t / 10).state.truncation for t in range(10)}
    assert len(frozen) == 1
    playing.hear("/play/dark", [1.0])
    assert playing.tick(2.1).dark
    playing.hear("/play/panic", [1.0])
    still = [playing.tick(3 + t / 10) for t in range(10)]
    assert all(moment.state == State() and not moment.dark for moment in still)
    playing.hear("/play/speed", [1e300])
    assert playing.speed == 8.0


def test_packets_are_messages_or_nothing(caplog: pytest.LogCaptureFixture) -> None:
    from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
    from pythonosc.osc_message_builder import OscMessageBuilder

    message = OscMessageBuilder("/daring")
    for value in (0.5, 3, True, "word"):
        message.add_arg(value)
    bundle = OscBundleBuilder(IMMEDIATELY)
    bundle.add_content(message.build())
    bundle.add_content(message.build())
    assert messages(message.build().dgram) == [("/daring", [0.5, 3.0, 1.0])]
    assert messages(bundle.build().dgram) == [("/daring", [0.5, 3.0, 1.0])] * 2
    heard: list[tuple[str, list[float]]] = []
    hearing = OscIn(lambda address, values: heard.append((address, values)))
    for packet in (b"", b"x", b"/a", b"#bundle\0" + b"\xff" * 40, b"\0" * 9000, message.build().dgram):
        hearing.datagram_received(packet, None)
    assert len(heard) == 1
    assert caplog.records == [], "what strangers send does not fill the terminal"
    assert hearing.refused >= 3
    assert hearing.plain == [{"address": "/daring", "count": 1, "last": [0.5, 3.0, 1.0]}]
    for number in range(2000):
        hearing.datagram_received(OscMessageBuilder(f"/{number}").build().dgram, None)
    assert len(hearing.received) == 500, "a flood of addresses is not remembered"


@pytest.mark.parametrize("wrong", ["", "x", "0", "70000", "host:", "1.5", "-3"])
def test_a_wrong_port_is_refused(wrong: str) -> None:
    assert parse_place("9000", "--osc") == ("127.0.0.1", 9000)
    assert parse_place("[::1]:9", "--osc") == ("::1", 9)
    with pytest.raises(InputError, match="--osc"):
        parse_place(wrong, "--osc")


def midi(path: Path) -> Path:
    import mido

    file = mido.MidiFile(ticks_per_beat=480)
    track = mido.MidiTrack()
    file.tracks.append(track)
    track.append(mido.Message("control_change", control=1, value=0, time=0))
    track.append(mido.Message("control_change", control=16, value=127, time=480))
    track.append(mido.Message("note_on", note=60, velocity=90, time=480))
    track.append(mido.Message("note_off", note=60, time=240))
    track.append(mido.Message("pitchwheel", pitch=0, time=0))
    file.save(path)
    return path


def test_a_midi_file_plays_knobs_and_notes(tmp_path: Path) -> None:
    events = read_midi(midi(tmp_path / "a.mid"))
    assert [(round(at, 2), source, round(value, 2)) for at, source, value in events] == [
        (0.0, "midi/cc/1/1", 0.0), (0.5, "midi/cc/1/16", 1.0), (1.0, "midi/note/1/60", 0.71), (1.25, "midi/note/1/60", 0.0),
        (1.25, "midi/bend/1", 0.5),
    ]  # fmt: skip
    playing = session()
    playing = Session(FACTS, usual_rows(Matrix(), playing.known), {})
    for _, source, value in events:
        playing.source(source, value)
    assert playing.state.seed == 60


def test_what_is_no_midi_file_is_refused(tmp_path: Path) -> None:
    good = midi(tmp_path / "a.mid").read_bytes()
    for number, data in enumerate((b"", b"MThd", good[:30], good.replace(b"MTrk", b"MTrx"), b"MThd" + b"\xff" * 400)):
        path = tmp_path / f"{number}.mid"
        path.write_bytes(data)
        with pytest.raises(InputError, match=f"{number}.mid"):
            read_midi(path)
