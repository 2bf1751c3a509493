"""What is fuzzed: for each target good examples, and a function that gets broken ones. It returns when the input was answered as
promised (used, skipped, or refused by an error that names the way out); anything else that it raises is a finding."""

from __future__ import annotations

import io
import json
import struct
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from artgen.errors import InputError
from artgen.host import Host
from artgen.runfolder.state import State
from artgen.studio.modulation import Matrix
from artgen.types import RawItem, Skipped, Source, SourceFile

if TYPE_CHECKING:
    from artgen.studio.jobs import Jobs


@dataclass(frozen=True)
class Target:
    """``answer`` gets up to ``together`` paths with one of ``suffixes``, in a folder of their own in which it may write."""

    seeds: Callable[[], list[bytes]]
    answer: Callable[..., None]
    suffixes: tuple[str, ...]
    together: int = 1


@cache
def _host(plugin: str) -> Host:
    return Host(plugin)


def _checkpoints() -> list[bytes]:
    from artgen.runfolder.checkpoint import Header

    header = Header("image", "artgen", "1", 1, {"run": {"plugin": "image"}}, ("a", "b"), (3, 16, 16), {"seen": 5.0})
    table = {"__metadata__": {"artgen": header.to_json()},
             "ema.w": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
             "codec.b": {"dtype": "I64", "shape": [], "data_offsets": [24, 32]}}  # fmt: skip
    text = json.dumps(table).encode()
    return [struct.pack("<Q", len(text)) + text + bytes(32), text, struct.pack("<Q", 2**62) + text]


def _open_checkpoint(path: Path) -> None:
    import torch

    from artgen.host import resolve as configs
    from artgen.runfolder import checkpoint

    try:
        header = checkpoint.read_header(path)
        configs.parse(_host("image").domain, header.config)
        tensors = checkpoint.load(path, {"ema.w": torch.empty(2, 3, device="meta"),
                                         "codec.b": torch.empty((), dtype=torch.int64, device="meta")})  # fmt: skip
    except InputError:
        return
    assert all(bool(tensor.isfinite().all()) for tensor in tensors.values())


def _configs() -> list[bytes]:
    return [b"lr_g = 0.001\nbatch = 16\nsize = 32\n", b'[train]\nloss = "hinge"\nr2 = false\n[domain]\nmodel = "dcgan"\n',
            b"freeze = ['generator.a']\naugment_strength = 0.2\n", b"mlp_generator = [16, 32]\n"]  # fmt: skip


def _read_config(path: Path) -> None:
    from artgen.host.resolve import parse, read_toml, resolve, to_toml

    domain = _host("image").domain
    words = path.read_bytes().decode("utf-8", "replace").splitlines()
    for source in ({"config_file": path}, {"sets": words}):
        try:
            config = resolve(domain, {"plugin": "image"}, **source)  # type: ignore[arg-type]
        except InputError:
            continue
        path.write_text(to_toml(config.plain()), encoding="utf-8")
        assert parse(domain, read_toml(path)) == config, "what was accepted survives its file"


def _indexes() -> list[bytes]:
    shard = {"name": "000000.tar", "bytes": 900, "sha256": "0" * 64, "labels": [0, 1], "origins": [0, 1]}
    index = {"artgen_shards": 1, "plugin": "image", "settings": {"size": 16}, "shape": [3, 4, 4], "dtype": "|u1",
             "labels": ["a", "b"], "shards": [shard]}  # fmt: skip
    return [json.dumps(index).encode()]


def _read_index(path: Path) -> None:
    from artgen.data.shards import INDEX, find_shards

    path.replace(path.parent / INDEX)
    try:
        find_shards(path.parent)
    except InputError:
        return


def _pictures() -> list[bytes]:
    from PIL import Image

    image = Image.fromarray(np.random.default_rng(0).integers(0, 255, (24, 20, 3), np.uint8))
    kinds = (("PNG", {}), ("JPEG", {}), ("GIF", {}), ("WEBP", {}), ("BMP", {}), ("TIFF", {"compression": "tiff_lzw"}))
    return [_written(lambda out, kind=kind, words=words: image.save(out, kind, **words)) for kind, words in kinds]


def _sounds() -> list[bytes]:
    import soundfile

    wave = np.random.default_rng(0).normal(0, 0.1, 6000).astype(np.float32)
    kinds = (("WAV", "PCM_16"), ("WAV", "FLOAT"), ("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("MP3", "MPEG_LAYER_III"), ("AIFF", "PCM_16"))  # fmt: skip  # noqa: E501
    return [_written(lambda out, f=form, s=sub: soundfile.write(out, wave, 8000, s, format=f)) for form, sub in kinds]


def _films() -> list[bytes]:
    import imageio.v3 as iio
    from PIL import Image

    frames = np.random.default_rng(0).integers(0, 255, (6, 16, 16, 3), np.uint8)
    pictures = [Image.fromarray(frame) for frame in frames]
    made = [_written(lambda out, k=kind: pictures[0].save(out, k, save_all=True, append_images=pictures[1:], duration=80))
            for kind in ("GIF", "WEBP", "PNG")]  # fmt: skip
    for extension, codec in ((".mp4", "libx264"), (".avi", "mpeg4")):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"a{extension}"
            iio.imwrite(path, frames, plugin="pyav", codec=codec, fps=8)
            made.append(path.read_bytes())
    return made


def _written(write: Callable[[io.BytesIO], object]) -> bytes:
    out = io.BytesIO()
    write(out)
    return out.getvalue()


def _prepared(plugin: str, **small: object) -> Callable[..., None]:
    def answer(*paths: Path) -> None:
        host = _host(plugin)
        config = host.domain.config.model_validate(small)
        source = Source(paths[0].parent, tuple(SourceFile(path, path.name, None) for path in paths), ())
        shapes = set()
        for item in host.prepare(source, config):
            assert isinstance(item, RawItem | Skipped)
            if isinstance(item, Skipped):
                assert len(item.reason) > 5, "in words"
                assert str(paths[0].parent) not in item.reason, "a reason travels in the run folder"
            else:
                shapes.add(item.data.shape)
        assert len(shapes) <= 1

    return answer


def _messages() -> list[bytes]:
    from artgen.provenance.packet import packet

    state = {"seed": 7, "label": {"faces": 0.5}, "truncation": 0.7, "mix": {"seed": 4, "first": 2}, "moves": {"s1": -1.5},
             "seconds": 4, "loop": True, "fps": 12, "motion": 3, "projected": "mine"}  # fmt: skip
    wish = {"op": "play", "state": state, "small": False, "between": {"first": {}, "toward": {"seed": 2}, "share": 0.5}}
    kept = {
        "format": 1,
        "works": [{"id": "0" * 8, "state": state, "seen": 5}],
        "presets": {"1": state},
        "stops": [state, {}],
    }
    order = {"plugin": "image", "task": "generate", "budget": "3m", "name": "mine", "sets": ["size=32"]}
    walk = {"op": "walk", "states": [state, {}], "steps": 4, "loop": True, "folder": "."}
    return [*(json.dumps(one).encode() for one in (wish, kept, order, walk, state)), packet({"recipe": json.dumps(state)}),
            struct.pack("<I", 12) + b'{"kind":"x"}' + bytes(8)]  # fmt: skip


def _hear(path: Path) -> None:
    """A message to the studio, wherever it may come: on the socket, as a request, to a player, in files that it reads."""
    from artgen.provenance.packet import PacketSearch
    from artgen.runfolder import favorites, state
    from artgen.studio import player, wire
    from artgen.studio.drops import cleaned
    from artgen.studio.jobs import Jobs
    from artgen.studio.shelf import Place

    data, folder = path.read_bytes(), path.parent
    answer, _ = wire.unpack(player._answered(player.Player(), data))
    assert answer["kind"] == "error", "no run is open"
    assert "bug" not in answer["message"] or "JSON" in answer["message"] or "decode" in answer["message"], answer[
        "message"
    ]
    (folder / "favorites.json").write_bytes(data)
    (folder / "studio").mkdir()
    (folder / "studio" / "queue.json").write_bytes(data)
    waiting, search = Jobs(Place(folder)), PacketSearch()
    assert isinstance(waiting.waiting(), list)
    search.feed(data)
    try:
        asked = json.loads(data)
    except (ValueError, RecursionError):
        asked = None
    for one in (
        lambda: wire.unpack(data),
        lambda: favorites.read(folder),
        lambda: state.read_recipe((search.end() or {}).get("recipe", data.decode("latin-1"))),
        lambda: state.read_between(asked),
        lambda: state.read_states(asked, 60),
        lambda: cleaned(data.decode("utf-8", "replace"), (".png",)),
        lambda: _ordered(waiting, asked) if isinstance(asked, dict) else None,
    ):
        try:
            one()
        except (InputError, ValueError):
            continue
    assert {inner.name for inner in folder.iterdir()} <= {path.name, "favorites.json", "studio", "runs"}


def _ordered(waiting: Jobs, asked: dict[str, Any]) -> None:
    """Order a training, whose words go to a program that ends at once: a training would outlive the fuzzing."""
    from artgen.studio import jobs

    program, jobs.PROGRAM = jobs.PROGRAM, ["true"]
    try:
        waiting.order(asked, None)
    finally:
        jobs.PROGRAM = program


def _performances() -> list[bytes]:
    """A packet of OSC, a bundle, a take, a matrix and a MIDI file."""
    import mido
    from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
    from pythonosc.osc_message_builder import OscMessageBuilder

    message = OscMessageBuilder("/direction/s1")
    for value in (1.5, 3, True, "word", b"blob"):
        message.add_arg(value)
    bundle = OscBundleBuilder(IMMEDIATELY)
    bundle.add_content(message.build())
    bundle.add_content(message.build())
    way = {"first": {}, "toward": {"seed": 2}, "share": 0.5}
    take = [{"artgen_take": 1, "plugin": "image"}, {"at": 0, "state": {"seed": 3, "moves": {"s1": 1.5}}},
            {"at": 1.5, "between": way}, {"at": 2, "dark": True, "piece": {}}]  # fmt: skip
    rows = [{"source": "osc/a", "to": "/daring", "mode": "set"}, {"source": "lfo/1", "to": "/direction/s1"}]
    matrix = {"lfos": {"1": {"shape": "steps", "seconds": 2}}, "noises": {"1": {}}, "rows": rows}
    file = mido.MidiFile()
    file.add_track().append(mido.Message("control_change", control=1, value=9, time=48))
    midi = _written(lambda out: file.save(file=out))
    lines = "\n".join(json.dumps(row) for row in take).encode()
    return [message.build().dgram, bundle.build().dgram, lines, json.dumps(matrix).encode(), midi]


def _perform(path: Path) -> None:
    """Whatever may reach a performance: a packet, a take, a matrix, a MIDI file."""
    from artgen.live.midi_file import read_midi
    from artgen.live.osc import OscIn
    from artgen.live.session import Session
    from artgen.studio.modulation import load_matrix
    from artgen.studio.takes import read_take

    facts = {
        "directions": [{"name": "s1"}],
        "labels": ["a"],
        "layers": 4,
        "sampling": ["seconds", "motion", "loop", "fps"],
    }
    try:
        matrix = load_matrix(path)
    except InputError:
        matrix = Matrix()
    session = Session(facts, matrix, {"1": State(seed=9)})
    OscIn(session.hear).datagram_received(path.read_bytes(), None)
    for number in range(3):
        moment = session.tick(number / 3)
        assert State.model_validate(moment.state.model_dump()) == moment.state, "what is shown is within bounds"
    for read in (read_take, read_midi):
        try:
            found = read(path)
        except InputError:
            continue
        if isinstance(found, list):
            for _, source, value in found[:100]:
                session.source(source, value)
        else:
            assert len(list(islice(found.frames(30), 50))) >= 1


_FILES = 10  # that one process decodes: forking it takes longer than a broken file

TARGETS = {
    "live": Target(_performances, _perform, (".bin",)),
    "studio": Target(_messages, _hear, (".json",)),
    "checkpoint": Target(_checkpoints, _open_checkpoint, (".safetensors",)),
    "config": Target(_configs, _read_config, (".toml",)),
    "shards": Target(_indexes, _read_index, (".json",)),
    "image": Target(_pictures, _prepared("image", size=16), (".png", ".jpg", ".gif", ".webp", ".tif"), _FILES),
    "music": Target(_sounds, _prepared("music", seconds=1.0), (".wav", ".flac", ".ogg", ".mp3"), _FILES),
    "video": Target(_films, _prepared("video", size=16, frames=4), (".mp4", ".gif", ".avi", ".webp"), _FILES),
}
