"""Promise: data that is too large for one disk is streamed from shards, here or over HTTP, in an order that depends on seed and
items seen alone: a run resumed inside a pass ends with the same bits. Shards are trusted no more than any file."""

from __future__ import annotations

import gzip
import json
import socket
import tarfile
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import artgen
from artgen.data import remote, stream
from artgen.data.shards import INDEX, Shards, find_shards, unpack
from artgen.data.stream import KEPT, WINDOW, ShardedStore, ShardOrder
from artgen.errors import InputError, StorageError
from artgen.host import Host
from artgen.host.resolve import resolve
from artgen.runfolder import checkpoint
from artgen.train.session import resume
from artgen.train.trainer import Trainer
from tests.core.test_trainer import CPU, digest, save

SMALL = 570  # bytes: four curves a shard


class Server(SimpleHTTPRequestHandler):
    """A folder on loopback; ``asked`` notes what was asked for."""

    asked: list[str] = []  # noqa: RUF012

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def do_GET(self) -> None:
        self.asked.append(self.path)
        super().do_GET()

    def send_head(self) -> Any:
        word = self.path.split("/")[1]
        if word == "silent":
            time.sleep(2.0)
        elif word.isdecimal():
            self.send_error(int(word))
        else:
            return super().send_head()
        return None


@pytest.fixture
def packed(toy: Path, curves: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ARTGEN_CACHE", str(tmp_path / "cache"))
    (curves / "low" / "bad.npy").write_text("no array")
    done = artgen.pack("toy", tmp_path / "shards", data=curves, shard_bytes=SMALL)
    assert [skipped.name for skipped in done.skipped] == ["low/bad.npy"]
    return tmp_path / "shards"


@pytest.fixture
def address(packed: Path) -> Iterator[str]:
    Server.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Server, directory=str(packed.parent))) as server:
        worker = threading.Thread(target=server.serve_forever, args=(0.01,))
        worker.start()
        yield f"http://127.0.0.1:{server.server_port}/shards"
        server.shutdown()
        worker.join()


def found(data: str | Path) -> Shards:
    shards = find_shards(data)
    assert shards is not None
    return shards


def trainer_on(data: str | Path, seed: int = 0) -> Trainer:
    host = Host("toy")
    config = resolve(host.domain, {"plugin": "toy", "seed": seed}, sets=["batch=8", "augment=adaptive"])
    return Trainer(host, config, stream.stream(found(data)), CPU)


def steps(trainer: Trainer, count: int) -> None:
    for _ in range(count):
        trainer.state.progress = trainer.state.steps / 24
        trainer.step()


def test_every_item_arrives_and_other_readers_open_the_shards_too(packed: Path, curves: Path) -> None:
    import webdataset

    store = stream.stream(found(packed))
    assert len(store.items) == 80
    assert len(list(packed.glob("*.tar"))) > 2 * WINDOW
    wanted = sorted(np.load(path).tobytes() for path in curves.rglob("[0-9]*.npy"))
    assert sorted(item.tobytes() for item in store.items[np.arange(80)]) == wanted
    assert store.labels == ("high", "low")
    high = {np.load(path).tobytes() for path in (curves / "high").iterdir()}
    assert all((store.items[n].tobytes() in high) == (store.label_index[n] == 0) for n in range(80))
    assert len({tuple(store.label_index[i : i + 8]) for i in range(0, 80, 8)}) > 1, "classes are mixed in a shard"
    urls = sorted(str(path) for path in packed.glob("*.tar"))
    theirs = list(webdataset.WebDataset(urls, shardshuffle=False).decode())
    assert np.array_equal(theirs[9]["npy"], store.items[9])
    assert theirs[9]["json"] == {"label": int(store.label_index[9]), "origin": int(store.origin_index[9])}


def test_a_pass_shows_every_item_once_from_few_shards_at_a_time() -> None:
    groups, told = np.repeat(np.arange(10), 7), []
    order = ShardOrder(groups, 3, lambda shards: told.append(sorted(shards)))
    whole = np.concatenate([order.at(seen, 5) for seen in range(0, 70, 5)])
    assert sorted(whole) == list(range(70))
    assert all(len(set(groups[whole[i : i + 7 * WINDOW]])) == WINDOW for i in (0, 7 * WINDOW))
    assert ShardOrder(groups, 3, lambda _: None).at(33, 40).tolist() == np.r_[whole[33:], order.at(70, 3)].tolist()
    assert ShardOrder(groups, 4, lambda _: None).at(0, 70).tolist() != whole.tolist()
    assert len(told[0]) == 2 * WINDOW, "those of this window and of the next"


def test_a_run_over_http_resumed_inside_a_pass_ends_with_the_bits_of_one_from_the_folder(
    packed: Path, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    straight = trainer_on(packed)
    steps(straight, 24)  # almost three passes
    monkeypatch.setenv("ARTGEN_CACHE", str(tmp_path / "elsewhere"))
    first = trainer_on(address)
    steps(first, 13)  # in the middle of the second
    save(first, tmp_path / "c.safetensors")
    monkeypatch.setenv("ARTGEN_CACHE", str(tmp_path / "another machine"))
    second = trainer_on(address)
    resume(second, tmp_path / "c.safetensors")
    steps(second, 11)
    assert digest(second) == digest(straight)
    assert digest(trainer_on(address, seed=1)) != digest(trainer_on(address))


def test_the_commands_work_on_an_address(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "run"
    run = artgen.run("toy", data=address, out=out, images="96", sets=["batch=8"])
    assert run.config.run.data == "shards"
    assert (out / "quality.json").exists()
    artgen.run(out=out, resume=True, data=address, images="32")
    assert artgen.load(out, "cpu").evaluate(data=address, count=8)["figures"]
    with pytest.raises(InputError, match="give it again with --data"):
        artgen.run(out=out, resume=True)
    monkeypatch.setattr(remote, "_PAUSE", 0.01)
    with pytest.raises(InputError, match=r"--data .*nowhere: index.json cannot be read .no such|there is no such file"):
        artgen.run("toy", data=f"{address}/nowhere", out=tmp_path / "other")


def test_a_server_that_does_not_give_is_told_from_a_file_that_is_not_there(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "_PAUSE", 0.01)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}"
    root = address.removesuffix("/shards")
    told = {nobody: "refused the connection or cannot be reached.*check the address and that the server runs",
            nobody.replace("http", "https"): "refused the connection or cannot be reached",
            f"{root}/silent": "cannot be reached.*check the address",
            f"{root}/403": "refuses to give it, 403: ask its owner",
            f"{root}/404": r"\(there is no such file\)",
            f"{root}/500": "answers 500: try again later"}  # fmt: skip
    for data, words in told.items():
        with monkeypatch.context() as patch:
            if data.endswith("silent"):  # the others answer, however long that takes on a busy machine
                patch.setattr(remote, "_SILENCE", 0.1)
            with pytest.raises(InputError, match=f"--data {data}: index.json cannot be read .*{words}"):
                artgen.run("toy", data=data, out=tmp_path / "other")


def test_few_shards_are_on_this_machine_and_each_is_fetched_once_a_pass(packed: Path, address: str) -> None:
    store = stream.stream(found(address))
    assert isinstance(store, ShardedStore)
    count = len(list(packed.glob("*.tar")))
    order = store.order(np.arange(80), 0)
    for seen in range(0, 160, 8):
        store.items[order.at(seen, 8)]
    kept = list((stream.cache_folder().parent / "shards").glob("*/*.bin"))
    assert count > KEPT, "or nothing was tried"
    assert len(kept) <= KEPT
    tars = [path for path in Server.asked if path.endswith(".tar")]
    assert set(tars) == {f"/shards/{number:06d}.tar" for number in range(count)}
    assert len(tars) <= 3 * count


def test_a_shard_that_changed_is_refused_and_one_that_is_gone_leaves_the_checkpoint(
    packed: Path, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "_PAUSE", 0.01)
    store = stream.stream(found(address))
    data = (packed / "000001.tar").read_bytes()
    (packed / "000001.tar").write_bytes(data[:600] + bytes([data[600] ^ 1]) + data[601:])
    with pytest.raises(InputError, match=r"000001.tar is not the shard that was packed"):
        store.items[np.arange(80)]
    (packed / "000001.tar").write_bytes(data[:-600])
    with pytest.raises(StorageError, match=r"only \d+ of \d+ bytes came.*--resume"):
        store.items[np.arange(80)]
    (packed / "000001.tar").write_bytes(data + bytes(99))
    with pytest.raises(StorageError, match="larger than the"):
        store.items[np.arange(80)]
    assert not list((stream.cache_folder().parent / "shards").glob("*/.new-*")), "nothing half done stays"
    (packed / "000001.tar").unlink()
    with pytest.raises(StorageError, match="no such file"):
        store.items[np.arange(80)]
    (packed / "000001.tar").write_bytes(data)
    assert len(store.items[np.arange(80)]) == 80, "and it goes on when it is back"


WRONG: dict[str, dict[str, Any]] = {
    "another plugin": {"plugin": "image"},
    "other settings": {"settings": {"points": 8, "width": 32}},
    "newer": {"artgen_shards": 2},
    "dtype": {"dtype": "|O"},
    "huge items": {"shape": [2**30]},
    "no shards": {"shards": []},
    "unknown key": {"command": "rm"},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_an_index_that_does_not_fit_is_named(packed: Path, tmp_path: Path, wrong: str) -> None:
    index = json.loads((packed / INDEX).read_text())
    (packed / INDEX).write_text(json.dumps({**index, **WRONG[wrong]}))
    with pytest.raises(InputError, match="--data"):
        artgen.run("toy", data=packed, out=tmp_path / "run", images="16")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("change", [{"name": "../x.tar"}, {"labels": [9] * 4}, {"origins": [0]}, {"bytes": 5}])
def test_a_shard_entry_that_cannot_be_is_refused(packed: Path, change: dict[str, Any]) -> None:
    index = json.loads((packed / INDEX).read_text())
    index["shards"][0] |= change
    (packed / INDEX).write_text(json.dumps(index))
    with pytest.raises(InputError, match="index"):
        find_shards(packed)


def test_a_forged_tar_is_no_bomb(packed: Path, tmp_path: Path) -> None:
    """Its hash may be right, since who forges a shard forges the index: no more is read than the items that it says."""
    shards = found(packed)
    about, tar = shards.index.shards[0], tmp_path / "x.tar"
    for forge in ("sparse", "gzip", "large"):
        with tarfile.open(tar, "w") as archive:
            info = tarfile.TarInfo("000000000000.npy")
            info.size = 10_000 if forge == "large" else 0
            info.type = tarfile.GNUTYPE_SPARSE if forge == "sparse" else tarfile.REGTYPE
            archive.addfile(info, (packed / "000000.tar").open("rb"))
        if forge == "gzip":
            tar.write_bytes(gzip.compress(bytes(10**6)))
        with pytest.raises(InputError, match=r"000000.tar: does not hold"):
            unpack(tar, about, shards.index, tmp_path / "out.bin")


def test_what_cannot_be_packed_or_read_is_said(packed: Path, toy: Path, curves: Path, tmp_path: Path) -> None:
    for data in ("ftp://x/y", "pipe:// cat", "file:///etc"):
        with pytest.raises(InputError, match="an address starts with http"):
            artgen.run("toy", data=data)
    with pytest.raises(InputError, match=r"--out .*holds shards already"):
        artgen.pack("toy", packed, data=curves)
    with pytest.raises(InputError, match=r"--data .*holds shards already"):
        artgen.pack("toy", tmp_path / "again", data=packed)
    assert str(remote.Place("https://me:secret@host/a/shards/")) == "https://host/a/shards/"


def test_nothing_private_is_in_shards(packed: Path, curves: Path) -> None:
    for path in packed.iterdir():
        data = path.read_bytes()
        assert str(curves.parent).encode() not in data
        assert b"root" not in data
    assert checkpoint.FORMAT == 1
