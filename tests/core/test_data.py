"""Promise: a folder is read safely and in a stable order; prepared data is whole or not there; held-out sources stay out."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from artgen.contract.data import IN_PART
from artgen.contract.record import SkippedRow
from artgen.data.kinds import no_use
from artgen.data.names import same, shown
from artgen.data.order import ShuffledPasses
from artgen.data.places import recall, remember
from artgen.data.scan import scan
from artgen.data.store import KEPT, Store, open_store, write_store
from artgen.data.unused import OTHER, PART, UNUSABLE, counted, unused
from artgen.errors import InputError
from artgen.runtime.remarks import Remark
from artgen.types import RawItem, Skipped


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")


def test_sub_folders_are_classes_and_order_is_stable(tmp_path: Path) -> None:
    touch(tmp_path, "b/2.x", "a/deep/1.X", "b/1.x", "a/note.txt", ".hidden/3.x", "a/.4.x")
    source = scan(tmp_path, (".x",))
    assert [f.name for f in source.files] == ["a/deep/1.X", "b/1.x", "b/2.x"]
    assert source.labels == ("a", "b")
    assert [f.label for f in source.files] == ["a", "b", "b"]


@pytest.mark.parametrize("names", [("1.x", "2.x"), ("only/1.x", "only/2.x"), ("a/1.x", "b/2.x", "3.x")])
def test_flat_single_and_mixed_folders_have_no_classes(tmp_path: Path, names: tuple[str, ...]) -> None:
    touch(tmp_path, *names)
    assert scan(tmp_path, (".x",)).labels == ()


def test_link_loops_are_cut_and_pipes_never_opened(tmp_path: Path) -> None:
    touch(tmp_path, "a/1.x", "b/2.x")
    (tmp_path / "a" / "again").symlink_to(tmp_path)
    (tmp_path / "gone.x").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "b" / "pipe.x")
    assert sorted(Path(f.name).name for f in scan(tmp_path, (".x",)).files) == ["1.x", "2.x"]


def test_missing_file_and_empty_folders_are_refused(tmp_path: Path) -> None:
    touch(tmp_path, "file.x")
    (tmp_path / "empty").mkdir()
    for path, reason in (("no", "does not exist"), ("file.x", "not a folder"), ("empty", "holds no")):
        with pytest.raises(InputError, match=f"--data .*{path}.*{reason}"):
            scan(tmp_path / path, (".x",))


@pytest.mark.parametrize("names", [("1.x",), ("1.x", "note.txt"), ("a/1.x",), ("1.x", "2.x")])
def test_where_works_lie_is_remembered_as_what_they_were_given_as(tmp_path: Path, names: tuple[str, ...]) -> None:
    """A folder of a single file is a folder, as data and as a style with files besides; a style may be the file alone."""
    touch(tmp_path, *names)
    source = scan(tmp_path, (".x",))
    for name, found, place in (
        ("data", source, tmp_path),
        ("style", replace(source, style=True), tmp_path / "1.x" if names == ("1.x",) else tmp_path),
    ):
        remember(name, found)
        assert recall(name) == place, "a folder of one file and that file alone are the same style"


def items(count: int, origins: int, label: str | None = None, name: str = "file") -> list[RawItem | Skipped]:
    return [RawItem(np.full(3, i, np.uint8), label, f"{name}{i % origins}") for i in range(count)]


def test_a_store_gives_back_what_was_written(tmp_path: Path) -> None:
    made = write_store(tmp_path / "s", [*items(9, 9, "a"), Skipped("bad.x", "broken"), *items(3, 3, "b")], ("a", "b"))
    again = open_store(tmp_path / "s")
    assert again is not None
    assert again.items[:, 0].tolist() == [*range(9), *range(3)] == made.items[:, 0].tolist()
    assert again.label_index.tolist() == [0] * 9 + [1] * 3
    assert again.skipped == (Skipped("bad.x", "broken"),)


def test_too_few_items_say_what_was_wrong_with_the_rest(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"only 7 .*at least 8.*bad\.x: broken"):
        write_store(tmp_path / "s", [Skipped("bad.x", "broken"), *items(7, 7)], ())
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(InputError, match=r"^only 1 usable item, at least 8 are needed"):
        write_store(tmp_path / "s", items(1, 1), ())


def test_a_damaged_store_counts_as_none(tmp_path: Path) -> None:
    write_store(tmp_path / "s", items(9, 9), ())
    with (tmp_path / "s" / "items.bin").open("ab") as file:
        file.write(b"x")
    assert open_store(tmp_path / "s") is None


def test_the_cache_does_not_grow_without_end(tmp_path: Path) -> None:
    for number in range(KEPT + 3):
        write_store(tmp_path / f"s{number:02d}", items(9, 9), ())
        os.utime(tmp_path / f"s{number:02d}", (number, number))
    write_store(tmp_path / "last", items(9, 9), ())
    assert len(list(tmp_path.iterdir())) == KEPT
    assert (tmp_path / "last").exists()


def test_held_out_sources_are_whole_and_about_the_share(tmp_path: Path) -> None:
    store = write_store(tmp_path / "s", items(200, 20, "a") + items(200, 40, "b", "other"), ("a", "b"))
    train, held = store.split(0.1)
    assert sorted([*train, *held]) == list(range(400))
    for label in (0, 1):
        mine = store.label_index == label
        assert not set(store.origin_index[train][mine[train]]) & set(store.origin_index[held][mine[held]])
        assert 10 <= mine[held].sum() <= 30
    assert len(store.split(0.0)[1]) == 0


def test_a_source_with_items_of_two_classes_is_never_split(tmp_path: Path) -> None:
    store = write_store(tmp_path / "s", items(100, 20, "a") + items(100, 20, "b"), ("a", "b"))
    train, held = store.split(0.2)
    assert len(held)
    assert not set(store.origin_index[train]) & set(store.origin_index[held])


def test_a_class_without_a_good_file_is_none(tmp_path: Path) -> None:
    three = write_store(tmp_path / "s", items(9, 9, "a") + items(9, 9, "c"), ("a", "b", "c"))
    assert (three.labels, set(three.label_index.tolist())) == (("a", "c"), {0, 1})
    one = write_store(tmp_path / "t", items(9, 9, "a"), ("a", "b"))
    assert (one.labels, set(one.label_index.tolist())) == ((), {-1})


def test_deep_folders_do_not_exhaust_the_stack(tmp_path: Path) -> None:
    folder, here = tmp_path / "d", Path.cwd()
    folder.mkdir()
    os.chdir(folder)
    try:
        for _ in range(1100):
            Path("d").mkdir()
            os.chdir("d")
        Path("1.x").write_text("x")
    finally:
        os.chdir(here)
    assert len(scan(folder, (".x",)).files) == 1
    subprocess.run(["rm", "-r", str(folder)], check=True)  # Python's own way would exhaust it


def test_order_shows_every_item_once_a_pass_and_depends_on_seed_and_seen_alone() -> None:
    order = ShuffledPasses(10, seed=1)
    assert sorted(order.at(0, 10)) == sorted(order.at(10, 10)) == list(range(10))
    assert order.at(0, 10).tolist() != order.at(10, 10).tolist()
    whole = order.at(0, 25)
    assert np.concatenate([ShuffledPasses(10, 1).at(0, 7), ShuffledPasses(10, 1).at(7, 18)]).tolist() == whole.tolist()
    assert ShuffledPasses(10, 2).at(0, 25).tolist() != whole.tolist()
    assert ShuffledPasses(3, 0).at(5, 64).shape == (64,)


def test_store_is_memory_mapped(tmp_path: Path) -> None:
    store: Store = write_store(tmp_path / "s", items(9, 9), ())
    assert isinstance(store.items, np.memmap)


def test_prepared_data_that_is_damaged_or_foreign_is_not_opened(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    whole = write_store(folder, items(9, 9, "a") + items(9, 18, "b"), ("a", "b"))
    assert whole.labels == ("a", "b")
    index, data = (folder / "index.json").read_text(), (folder / "items.bin").read_bytes()
    known = json.loads(index)
    flipped = bytearray(data)
    flipped[5] ^= 1
    (folder / "items.bin").write_bytes(bytes(flipped))
    assert open_store(folder) is None, "a flipped byte"
    (folder / "items.bin").write_bytes(data)
    assert open_store(folder) is not None
    wrong = [
        {name: value for name, value in known.items() if name != "checksum"},
        {**known, "labels": None},
        {**known, "label_index": [99] * len(known["label_index"])},
        {**known, "origin_index": known["origin_index"][:3]},
        {**known, "shape": [2**40]},
        {**known, "dtype": "|O"},
        {**known, "skipped": [3]},
        [],
    ]
    for other in wrong:
        (folder / "index.json").write_text(json.dumps(other))
        assert open_store(folder) is None, other
    (folder / "index.json").write_text("[" * 100_000)
    assert open_store(folder) is None
    (folder / "index.json").write_text(index)
    assert open_store(folder) is not None


def test_one_long_file_is_held_out_by_its_end(tmp_path: Path) -> None:
    store = write_store(tmp_path / "s", items(100, 1, "a"), ("a",))
    train, held = store.split(0.1)
    assert held.tolist() == list(range(90, 100))
    assert len(train) == 90


def test_of_one_short_file_a_larger_share_can_be_held_out(tmp_path: Path) -> None:
    """A run that could not be judged says that a larger share helps."""
    store = write_store(tmp_path / "s", items(12, 1, "a"), ("a",))
    assert len(store.split(0.1)[1]) == 0
    assert store.split(0.4)[1].tolist() == list(range(7, 12))


def test_classes_are_said_and_chosen(tmp_path: Path) -> None:
    for name in ("00000/a.x", "00001/b.x", "2021-04-03/c.x", "train/cats/d.x", "train/dogs/e.x", "test/cats/f.x"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"1")

    def found(folder: str, classes: str = "folders") -> tuple[tuple[str, ...], str]:
        source = scan(tmp_path / folder, (".x",), classes=classes)
        return source.labels, source.about

    storage = tmp_path / "storage"
    storage.mkdir()
    for name in ("00000", "00001", "2021-04-03"):
        (tmp_path / name).rename(storage / name)
    about = (
        "no classes: the folders 00000, 00001, 2021-04-03 look like storage or dates; --classes 1 takes them as classes"
    )
    assert found("storage") == ((), about)
    assert found("storage", "1")[0] == ("00000", "00001", "2021-04-03")
    sets = tmp_path / "sets"
    sets.mkdir()
    for name in ("train", "test"):
        (tmp_path / name).rename(sets / name)
    labels, about = found("sets")
    assert labels == ("cats", "dogs")
    assert about == "test, train are parts of one set and no classes; 2 classes: cats (2), dogs (1)"
    assert isinstance(about, Remark)
    assert about.page == "test, train are parts of one set and no kinds; 2 kinds: cats, dogs", (
        "only what is used is counted there"
    )
    assert found("sets", "none") == ((), "no classes, as --classes none says")
    assert found("sets", "DOGS,cats")[0] == ("cats", "dogs")
    assert found("sets", "2")[0] == ("cats", "dogs")
    (sets / "stray.x").write_bytes(b"1")
    assert found("sets")[0] == ()
    assert "because 1 file lies beside the folders (stray.x)" in found("sets")[1]
    beside = found("sets")[1]
    assert isinstance(beside, Remark)
    assert beside.endswith("or take the folders by --classes 1")
    assert beside.page == "no kinds, because 1 file lies beside the folders (stray.x): move it into one of them"
    with pytest.raises(InputError, match="there is no folder birds"):
        found("sets", "birds")


def test_what_is_not_read_is_named_and_own_works_are_left_out(tmp_path: Path) -> None:
    for name in ("a.x", "b.heic", "c.cr2", "d.zip", "e", "notes.txt", "runs/checkpoints/z.x", "runs/samples/y.x"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"1")
    (tmp_path / "runs/config.toml").write_text("")
    (tmp_path / "own.x").write_bytes(b"some urn:artgen:1 label")
    source = scan(tmp_path, (".x",), made=False)
    assert [file.name for file in source.files] == ["a.x"]
    reasons = {one.name: one.reason for one in source.ignored}
    assert set(reasons) == {"b.heic", "c.cr2", "d.zip", "e", "notes.txt", "own.x", "runs"}
    assert "RAW" in reasons["c.cr2"]
    assert "unpack" in reasons["d.zip"]
    assert (reasons["own.x"], reasons["runs"]) == ("made by artgen", "a run folder of artgen")
    assert len(scan(tmp_path, (".x",)).files) == 4


def test_a_folder_of_made_works_alone_says_how_they_are_taken(tmp_path: Path) -> None:
    (tmp_path / "own.x").write_bytes(b"some urn:artgen:1 label")
    with pytest.raises(InputError, match=r"own\.x: made by artgen; --include-made learns from it too$") as refused:
        scan(tmp_path, (".x",), made=False)
    wanted = "artgen reads files that end in .x; own.x: made by artgen"
    assert refused.value.page == f"what you dropped holds no file that can be used; {wanted}"


@pytest.mark.parametrize(("suffixes", "said"), [
    ((".x",), "files that end in .x"),
    ((".x", ".y", ".z"), "files that end in .x, .y or .z"),
    ((".png", ".jpg"), "pictures from files that end in .png or .jpg"),
    ((".mp4", ".gif"), "films or pictures from files that end in .mp4 or .gif"),
    ((".wav", *(f".{number}" for number in range(9))),
     "sounds from files that end in .wav, .0, .1, .2, .3, .4, .5, .6 and so on"),
])  # fmt: skip
def test_what_is_wanted_is_said_in_one_plain_sentence(tmp_path: Path, suffixes: tuple[str, ...], said: str) -> None:
    with pytest.raises(InputError) as refused:
        scan(tmp_path, suffixes)
    assert refused.value.page == f"what you dropped holds no file that can be used; artgen reads {said}"
    with pytest.raises(InputError) as refused:
        scan(tmp_path / "none", suffixes)
    assert refused.value.page == f"what you dropped does not exist; drop a folder of {said.replace(' from ', ': ')}"


@pytest.mark.parametrize(("raw", "text"), [
    (b"caf\xe9", "café"), (b"cafe\xcc\x81", "café"), ("日本".encode(), "日本"), (b"a\tb\x1b[0m", "a b [0m"),
    (b"\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x8e\xa4", "👩‍🎤"),
])  # fmt: skip
def test_names_are_text_that_is_equal_where_it_looks_equal(raw: bytes, text: str) -> None:
    assert shown(os.fsdecode(raw)) == text
    assert same(os.fsdecode(raw), (text, "other")) == text


@pytest.mark.parametrize("ending", [".srt", ".VTT"])
def test_subtitles_beside_a_film_are_no_work_to_be_saved_anew(ending: str) -> None:
    assert no_use(Path(f"film{ending}"), (".mp4",)) == "text or data, not a work"


@pytest.mark.parametrize(("name", "held", "says"), [
    ("copyright", b"All rights reserved \xa9 2026\n", "text or data, not a work"),
    ("LICENSE", "Käthe, all rights".encode(), "text or data, not a work"),
    ("draw.py", b"print('hello')\n", "text or data, not a work"),
    ("empty", b"", "text or data, not a work"),
    ("index", bytes(range(64)), "no work that artgen knows, and no ending says what it is"),
    ("sunset", b"\x89PNG\r\n\x1a\n", "a picture by its first bytes, but its name does not end so: rename it to end in .png"),
    ("sunset.bak", b"\xff\xd8\xff\xe0", "a picture by its first bytes, but its name does not end so: rename it to end in .jpg"),
    ("sunset.old", b"\0\0\0\x18ftypmif1", "a picture by its first bytes, which this plugin does not read"),
    ("negative", b"\0\0\0\x18ftypcrx ", "no work that artgen knows, and no ending says what it is"),
    ("film", b"\0\0\0\x18ftypisom", "a film by its first bytes, which this plugin does not read"),
    ("book", b"\0\0\0\x18ftypM4B ", "a sound by its first bytes, which this plugin does not read"),
    ("song", b"fLaC\0\0", "a sound by its first bytes, which this plugin does not read"),
    ("sketch.kra", b"PK\3\4mimetype", "a .kra file, which this plugin does not read: "
     "save it in a format that it reads, such as .png"),
    ("sketch.psd", b"8BPS\0", "a picture, which this plugin does not read: save it in a format that it reads, such as .png"),
])  # fmt: skip
def test_only_what_looks_like_a_work_comes_with_a_hint(tmp_path: Path, name: str, held: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(held)
    (tmp_path / "good.png").write_bytes(b"")
    (ignored,) = scan(tmp_path, (".png", ".jpg")).ignored
    assert (ignored.name, ignored.reason) == (name, says)


@pytest.mark.parametrize(("held", "suffixes", "ending"), [
    (b"\0\0\0\x18ftypmif1", (".jpg", ".heic"), ".heic"), (b"\0\0\0\x18ftypisom", (".mov", ".mp4"), ".mp4"),
    (b"\xff\xd8\xff", (".jpeg",), ".jpeg"), (b"\x1aE\xdf\xa3", (".webm",), ".webm"),
    (b"II*\0", (".tiff", ".tif"), ".tif"),
])  # fmt: skip
def test_the_ending_that_is_named_is_one_that_the_plugin_reads(
    tmp_path: Path, held: bytes, suffixes: tuple[str, ...], ending: str
) -> None:
    (tmp_path / "work").write_bytes(held)
    assert no_use(tmp_path / "work", suffixes).endswith(f"rename it to end in {ending}")


def test_a_link_into_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert no_use(tmp_path / "pipe", (".png",)) == "text or data, not a work"


def test_files_that_are_not_used_are_counted_in_one_way() -> None:
    """By what a training skips, and by what it wrote of that: a file counts once, and what is no work is another thing."""
    part, odd = Skipped("a.x", f"is cut off; {IN_PART}"), Skipped("b.X", "odd")
    skipped = [
        Skipped("notes.txt", "text or data, not a work"),
        part,
        odd,
        odd,
        Skipped("runs", "a run folder of artgen"),
    ]
    found = unused(skipped, (".x",))
    assert [row.name for row in found.rows] == ["b.X", "a.x", "notes.txt", "runs"]
    assert {name: found.plain[name] for name in (UNUSABLE, PART, OTHER)} == {UNUSABLE: 1, PART: 1, OTHER: 2}
    assert found.plain["first"][PART]["name"] == "a.x"
    assert counted(SkippedRow.model_validate_json(row.model_dump_json()) for row in found.rows) == found
    old = counted(SkippedRow(name=row.name, reason=row.reason) for row in found.rows)
    assert [len(rows) for rows in (old.unusable, old.part, old.other)] == [3, 1, 0], "rows of older runs tell no kind"
