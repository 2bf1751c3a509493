"""What all tests share: one thread, a cache of their own, plugins that are installed for real on a path of their own."""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Generator, Iterator
from importlib import metadata
from pathlib import Path
from types import ModuleType

import pytest
from filelock import FileLock

from tests.bare import Bare
from tests.in_memory import write_in_memory

# Nothing of torch and numpy is imported up here: the process that hands the tests out would load it before its workers start.

KEPT = Path(__file__).parents[1] / ".pytest_cache"
# numba compiles what librosa and the phases of music need when they are first used: with little optimizing that takes less time,
# and with none it could not be kept, so that each process would compile anew. What is compiled so stays with the tests: beside
# librosa it would be found, and be slow, wherever else this environment is used
os.environ.setdefault("NUMBA_OPT", "1")
os.environ.setdefault("NUMBA_CACHE_DIR", str(KEPT / f"numba{os.environ['NUMBA_OPT']}"))
# Where no bytecode may lie beside the sources, as containers often say, the tests keep it here: each of their processes would
# compile torch anew, which takes as long as loading it
if sys.dont_write_bytecode:
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix = str(KEPT / "bytecode")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
write_in_memory()
pytest_plugins = ["pytester"]
# Large packages other than torch, which all workers load. The first one begins with torch, others with these: where nothing has
# been compiled to bytecode yet, each finds done what the other one did
LATER = ("scipy.stats", "matplotlib.pyplot", "numba", "hypothesis", "aiohttp", "PIL.Image")
# What commands, studios and players import once they run, whose processes are forks of a worker: each would load it anew
FORKED = ("artgen.studio.playing", "artgen.verbs.train", "artgen_music.writer", "imageio.v3", "matplotlib.pyplot", "scipy.signal",
          "tensorboard.summary.writer.event_file_writer")  # fmt: skip
TOY = Path(__file__).parent / "toy"


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is imported until all tests are found stays to the end: no collection of garbage has to look through it. Afterwards
    one comes much less often than usual, which spares a twenty-fifth of the time and more."""
    gc.disable()
    if os.environ.get("PYTEST_XDIST_WORKER", "gw0") != "gw0":
        for name in LATER:
            importlib.import_module(name)
    try:
        found = yield
        if "PYTEST_XDIST_WORKER" in os.environ:
            for name in FORKED:
                importlib.import_module(name)
        return found
    finally:
        gc.freeze()
        gc.enable()
        gc.set_threshold(200_000, 10, 10)


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """Also for what a file of tests prepares once: two threads add in another order, and wait for each other beside a second
    worker."""
    import torch

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        torch.set_num_threads(1)
        yield


@pytest.fixture(scope="session", autouse=True)
def _few_neighbors() -> Iterator[None]:
    """The end of a training shows two pairs of near works and not twelve, each of which is made, finished and drawn anew."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("artgen.judge.judging._SHOWN", 2)
        yield


@pytest.fixture(scope="session", autouse=True)
def _few_judged() -> Iterator[None]:
    """A training ends with figures of as few works as may be asked for, eight of a class, and looks for copies among 48 that it
    was shown: the networks that judge take up to ten milliseconds for each. Tests of the figures themselves name a number."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("artgen.judge.judging._MOST", 0)  # of all classes together, but of each _LEAST
        patch.setattr("artgen.judge.judging._LEAST", 8)
        patch.setattr("artgen.judge.kept.TRAIN_ITEMS", 48)
        yield


@pytest.fixture(scope="session", autouse=True)
def _the_power_stays_on() -> Iterator[None]:
    """Nobody waits until the disk has what was flushed to it, some ten milliseconds for each file and its folder: no test cuts
    the power. That files are flushed, and when, is asked by tests/core/test_disk.py."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", os.fstat)  # which also refuses a handle that is none
        yield


@pytest.fixture(scope="session", autouse=True)
def _installed_stays() -> Iterator[None]:
    """What the packages of this environment say of themselves is read once, and not some two hundred files each time that plugins
    are looked for: tests install theirs elsewhere."""
    real, here = metadata.PathDistribution.read_text, sysconfig.get_path("purelib")
    known: dict[tuple[str, str], str | None] = {}

    def read(self: metadata.PathDistribution, filename: str) -> str | None:
        place = str(self._path)  # type: ignore[attr-defined]  # where its metadata lies
        if not place.startswith(here):
            return real(self, filename)
        if (place, filename) not in known:
            known[place, filename] = real(self, filename)
        return known[place, filename]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(metadata.PathDistribution, "read_text", read)
        yield


@pytest.fixture(autouse=True)
def _calm(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    torch.set_num_threads(1)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("ARTGEN_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.setenv("ARTGEN_CONFIG", str(tmp_path_factory.getbasetemp() / "config"))
    monkeypatch.delenv("WORLD_SIZE", raising=False)


@pytest.fixture(scope="session")
def quick_graphs() -> Iterator[None]:
    """``torch.onnx.export`` reads the sources of all functions that it knows each time, for half a second: once will do."""
    with pytest.MonkeyPatch.context() as patch:
        with contextlib.suppress(ImportError):
            from torch.onnx._internal.exporter._registration import ONNXRegistry

            patch.setattr(ONNXRegistry, "from_torchlib", staticmethod(functools.cache(ONNXRegistry.from_torchlib)))
        yield


@pytest.fixture(scope="session")
def librosa() -> ModuleType:
    """librosa as it is written, in Python: what it compiles when it is imported, each function for all types, takes
    twenty seconds."""
    import numba
    import numpy as np

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numba, "guvectorize", lambda *_, **__: lambda function: function)
        patch.setattr(numba, "vectorize", lambda *_, **__: np.vectorize)
        for name in ("librosa.feature", "librosa.filters", "librosa.onset"):
            importlib.import_module(name)
    return sys.modules["librosa"]


@pytest.fixture(scope="session")
def bare() -> Iterator[Bare]:
    """``bare(code)`` runs a program in an interpreter that has loaded torch alone."""
    found = Bare()
    yield found
    found.end()


@pytest.fixture(scope="session", autouse=True)
def _kit_watches_in_a_fork(bare: Bare) -> Iterator[None]:
    """The kit imports each plugin in an interpreter of its own, behind torch; tests/third_party starts it, as a person does."""

    def alone(folder: Path, code: str, *words: str) -> subprocess.CompletedProcess[str]:
        return bare(f"import os, sys\nos.chdir({str(folder)!r})\nsys.dont_write_bytecode = True\n{code}", *words)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("artgen.testing.loading._alone", alone)
        yield


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that all workers share: whoever asks first lets ``make`` fill it, and nobody changes what lies there."""
    root = factory.getbasetemp()
    root = root.parent if "PYTEST_XDIST_WORKER" in os.environ else root
    with FileLock(root / f"{name}.lock"):
        if not (root / name).exists():
            (root / f"{name}.new").mkdir(exist_ok=True)
            make(root / f"{name}.new")
            (root / f"{name}.new").rename(root / name)
    return root / name


def install(site: Path, distribution: str, points: dict[str, str], modules: dict[str, str]) -> None:
    """Lay out an installed package as pip would: modules and a ``.dist-info`` with entry points of group artgen."""
    info = site / f"{distribution.replace('-', '_')}-1.2.3.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2.3\n")
    lines = [f"{name} = {target}" for name, target in points.items()]
    (info / "entry_points.txt").write_text("[artgen]\n" + "\n".join(lines) + "\n")
    for name, text in modules.items():
        (site / f"{name}.py").write_text(text)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on ``sys.path`` into which ``install`` puts packages; what is imported from it is forgotten afterwards."""
    folder = tmp_path / "site"
    folder.mkdir()
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("PYTHONPATH", str(folder))
    importlib.invalidate_caches()
    yield folder
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(folder)):
            del sys.modules[name]


@pytest.fixture
def toy(site: Path) -> Path:
    """The toy domain, installed as a stranger's package."""
    install(site, "artgen-toy", {"toy": "toy_plugin"}, {"toy_plugin": (TOY / "toy_plugin.py").read_text()})
    return site


@pytest.fixture
def curves(tmp_path: Path) -> Path:
    """A folder of data for the toy domain: two classes of curves, 40 files each."""
    import numpy as np

    rng = np.random.default_rng(0)
    for label, center in (("high", 180), ("low", 60)):
        (tmp_path / "curves" / label).mkdir(parents=True)
        for number in range(40):
            values = np.clip(center + rng.normal(0, 20) + rng.normal(0, 5, 16), 0, 255).astype(np.uint8)
            np.save(tmp_path / "curves" / label / f"{number:02d}.npy", values)
    return tmp_path / "curves"


Install = Callable[[Path, str, dict[str, str], dict[str, str]], None]
