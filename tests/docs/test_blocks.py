"""Promise: what the documentation says can be typed: every block of its pages runs as it stands, or says why it does not."""

from __future__ import annotations

import functools
import hashlib
import re
import shutil
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
import soundfile
from PIL import Image
from torch.nn import functional as F

import artgen
from artgen.cli import app, main
from artgen.contract.options import SampleOptions
from artgen.export import networks
from artgen.export.graph import Traced
from artgen.host import Host
from artgen.inference.model import Model
from artgen.nn.enlarger import Enlarger
from artgen.provenance.credentials import credentials
from tests.core.test_shards import Server
from tests.docs.blocks import (
    DEFAULT,
    INSTALLERS,
    PAGES,
    ROOT,
    TINY,
    blocks,
    commands,
    lines,
    shortened,
    shortened_python,
)
from tests.third_party.test_examples import PAGES as ELSEWHERE

SECONDS = 4  # of each piece of music, which last 40 and more
EMBEDDED = {"image": 6, "music": 3, "video": 3}  # works of each class
FOLDERS = {
    "image": ("my-pictures", "other-pictures", "my-photos", "more-photos", "my-paintings"),
    "music": ("my-recordings", "my-songs", "my-metal"),
    "video": ("my-films",),
}
PICTURES = ("my-cat.png", "holiday.jpg", "one-painting.jpg")
ADDRESS = "https://example.org"


def runs(page: Path) -> bool:
    return page not in ELSEWHERE and any(not block.excuse for block in blocks(page))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_command_on_the_page_parses(page: Path) -> None:
    for block in blocks(page):
        for words in commands(block.text) if block.language == "sh" else ():
            app.parse_args(words, exit_on_error=False, print_error=False)


@pytest.fixture(autouse=True)
def _traced_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page and a folder to share hold the same graphs of the same networks, which take four seconds of the processor."""
    real, known = networks.trace, dict[object, Traced]()

    def trace(model: Model, options: SampleOptions, any_batch: bool) -> Traced:
        weights = b"".join(tensor.numpy().tobytes() for tensor in model.generator.state_dict().values())
        key = (hashlib.sha256(weights).digest(), options, any_batch)
        if key not in known:
            known[key] = real(model, options, any_batch)
        return known[key]

    monkeypatch.setattr(networks, "trace", trace)


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch, quick_graphs: None) -> None:
    """What takes longest has tests of its own: works are looked at as the core does where a plugin brings no judge,
    spectrograms, of which a page of music makes dozens, stay empty, the enlarger has two layers of its eighteen, few works are
    shown and rendered ahead, and walks are short."""
    monkeypatch.setattr(Host, "judge", lambda *_: None)
    monkeypatch.setattr("artgen_music.writer.show", lambda _wave, axes, *_: axes.set_axis_off())
    monkeypatch.setattr("artgen_image.writer.ImageWriter.steps", 4)
    monkeypatch.setattr(Enlarger, "_added", lambda self, x: self.last(F.prelu(self.first(x), self.slopes[0])))
    monkeypatch.setattr("artgen.train.session._SHOWN", 2)
    monkeypatch.setattr("artgen.train.session.shown_seeds", lambda *_: [0, 1])
    monkeypatch.setattr("artgen.verbs.export._SLIDERS", 1)
    for name, few in (("_SIDES", (2, 2)), ("_WORKS", 2)):
        monkeypatch.setattr(f"artgen.verbs.export.{name}", dict.fromkeys(("picture", "film", "sound", None), few))
    monkeypatch.setattr("artgen.verbs.export._SIDES_LIVE", (2, 1))
    monkeypatch.setattr("artgen.verbs.explain._POOL", 4)
    monkeypatch.setattr("artgen.verbs.explain._PAIRS", 2)


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the pages speak of and do not make: works of others, and a run ``mine`` of each plugin that asks for it."""
    folder = tmp_path_factory.mktemp("stock")
    for plugin, count in EMBEDDED.items():
        source = ROOT / f"plugins/{plugin}/artgen_{plugin}/embedded"
        for label in (path for path in sorted(source.iterdir()) if path.is_dir()):
            (folder / plugin / label.name).mkdir(parents=True)
            for file in sorted(label.iterdir())[:count]:
                copied = shutil.copy(file, folder / plugin / label.name)
                if plugin == "music":
                    wave, rate = soundfile.read(file, frames=SECONDS * 16_000)
                    soundfile.write(copied, wave, rate)
    (folder / "album").symlink_to(folder / "music/rock")
    for name in PICTURES:
        Image.open(min((folder / "image/animals").iterdir())).convert("RGB").save(folder / name)
    for side in ("a", "b"):
        for kind in ("animals", "faces"):  # the pictures of one are too few to train
            shutil.copytree(folder / "image" / kind, folder / "my-pairs" / side, dirs_exist_ok=True)
    for side in ("dry", "loud"):
        shutil.copytree(folder / "music/rock", folder / "my-sound-pairs" / side)
    wave, rate = soundfile.read(min((folder / "music/rock").iterdir()), frames=40_000)
    soundfile.write(folder / "song.flac", wave, rate)
    (folder / "my-settings.toml").write_text("[train]\nbatch = 4\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARTGEN_CONFIG", str(folder / "config"))
        own = credentials()
    (folder / "key.pem").write_bytes(own.key)
    (folder / "chain.pem").write_bytes(own.chain)
    return folder


@functools.cache
def trained(stock: Path, plugin: str) -> Path:
    """The run that a page plays without having made it."""
    out = stock / "runs" / plugin
    artgen.run(
        plugin,
        data=stock / plugin,
        out=out,
        images="16",
        sets=DEFAULT if plugin == "image" else TINY[plugin],
        init="scratch",
    )
    return out


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """The folder of the test at an address, in the place of example.org."""
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Server, directory=str(tmp_path))) as server:
        worker = threading.Thread(target=server.serve_forever, args=(0.01,))
        worker.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        worker.join()


@pytest.mark.parametrize(
    "page", [page for page in PAGES if runs(page)], ids=lambda page: page.relative_to(ROOT).as_posix()
)
def test_the_blocks_of_the_page_run(
    page: Path, stock: Path, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = page.read_text(encoding="utf-8")
    lay_out(stock, tmp_path, text)
    for block in blocks(page):
        if block.excuse:
            continue
        if block.language == "python":
            exec(compile(shortened_python(block.text), str(page), "exec"), {})
            continue
        assert next(commands(block.text), None), f"{page}: nothing of this block runs, say why: {block.text}"
        for first, *words in lines(block.text.replace(ADDRESS, address)):
            if first == "artgen":
                done(page, words)
            elif first == "export":
                for word in words:
                    monkeypatch.setenv(*word.split("=", 1))
            else:
                assert first in INSTALLERS, f"{page}: {first} does not run, say why"


def done(page: Path, words: list[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(shortened(words))
    assert not left.value.code, (page.name, words)


def lay_out(stock: Path, folder: Path, text: str) -> None:
    """The files and runs that the page speaks of."""
    for plugin, names in FOLDERS.items():
        for name in (n for n in names if n in text or n == names[0]):
            (folder / name).symlink_to(stock / plugin)
    for name in (
        *PICTURES,
        "song.flac",
        "album",
        "my-pairs",
        "my-sound-pairs",
        "my-settings.toml",
        "key.pem",
        "chain.pem",
    ):
        if name in text:
            (folder / name).symlink_to(stock / name)
    made = set(re.findall(r'^artgen run --plugin .* --out (runs/\S+)|out="(runs/\S+)"', text, re.MULTILINE))
    for name, plugin in (("mine", "image"), ("other", "image"), ("music", "music")):
        if f"runs/{name}" in text and not any(f"runs/{name}" in found for found in made):
            shutil.copytree(trained(stock, plugin), folder / "runs" / name)
    if "a-picture.png" in text:
        run = artgen.load(folder / "runs/mine", "cpu")
        run.sample([1], out=folder / "works")
        shutil.copy(next((folder / "works").glob("seed*.png")), folder / "a-picture.png")


def test_what_is_excused_or_run_elsewhere_says_why() -> None:
    found = [block for page in PAGES for block in blocks(page)]
    assert len(found) > 50
    assert all(len(block.excuse.split()) > 3 for block in found if block.excuse)
    assert sum(bool(block.excuse) for block in found) <= 5, (
        "an excuse is for what needs a network, a GPU or many machines"
    )
    assert set(ELSEWHERE) < set(PAGES)
