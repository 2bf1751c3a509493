"""Promise: exported networks make what artgen makes, can be played without it, and what is no graph is said in a line."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from artgen.cli import main
from artgen.contract.data import DataSpec
from artgen.contract.options import SampleOptions
from artgen.errors import InputError, PluginError
from artgen.export.graph import Player
from artgen.export.networks import Extras, write_networks
from artgen.export.player.play import Draws, Networks, griffin_lim
from artgen.export.record import FILE, NetworkRecord
from artgen.host import Host
from artgen.host.resolve import resolve
from artgen.inference.directions import Direction, save_directions
from artgen.inference.latent import encode, recorded_noise, seed_latent
from artgen.inference.model import Model
from artgen.nn import StyleGenerator
from artgen.types import Noise
from artgen.verbs.loaded import open_run
from artgen.verbs.sample import Choice, sample
from artgen_music.codec import SpectrogramCodec
from tests.forked import Forked
from tests.studio.serving import run_of

pytestmark = pytest.mark.usefixtures("quick_graphs")
ALONE = """import sys, runpy
sys.modules["torch"] = sys.modules["artgen"] = None
runpy.run_path(sys.argv.pop(1), run_name="__main__")"""


def fresh(plugin: str, shape: tuple[int, ...], *sets: str) -> Model:
    """Untrained networks of a plugin for two classes."""
    host = Host(plugin)
    config = resolve(host.domain, {"plugin": plugin, "task": "generate"}, sets=sets)
    torch.manual_seed(1)
    spec = DataSpec(shape, ("a", "b"))
    nets = host.networks(config.domain, spec)
    for parameter in nets.generator.parameters():  # layers that begin at zero would hide what is behind them
        nn.init.normal_(parameter, std=0.1)
    return Model(
        nets.generator.eval().requires_grad_(False), host.codec(config.domain), spec, nets.latent, torch.device("cpu")
    )


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A run with a direction, and the folder that the command line wrote of it."""
    folder = tmp_path_factory.mktemp("onnx")
    run = run_of(folder, "mine", "image")
    opened = open_run(run, "cpu")
    vector = torch.linspace(-1, 1, opened.model.latent_size)
    save_directions(run, [Direction("s1", vector, "SeFa")], opened.fingerprint())
    with pytest.raises(SystemExit) as ended:
        main(["export", str(run), "--onnx", str(folder / "networks")])
    assert ended.value.code == 0
    return run, folder / "networks"


def test_a_picture_is_the_same_without_artgen(pictures: tuple[Path, Path], tmp_path: Path) -> None:
    run, folder = pictures
    shutil.copytree(folder, tmp_path / "elsewhere")
    words = ["--seed", "7", "--label", "faces", "--truncation", "0.6", "--move", "s1=1.5", "--out", "work"]
    subprocess.run(
        [sys.executable, "-I", "-c", ALONE, str(tmp_path / "elsewhere" / "play.py"), *words], check=True, cwd=tmp_path
    )
    choice = Choice([7], weights={"faces": 1.0}, truncation=0.6, moves={"s1": 1.5})
    (wanted,) = sample(open_run(run, "cpu"), choice, SampleOptions())
    with Image.open(tmp_path / "work.png") as made:
        got = np.moveaxis(np.asarray(made), -1, 0)
    gap = np.abs(got.astype(int) - wanted.data)
    assert gap.max() <= 1
    assert (gap > 0).mean() < 0.001


def test_the_description_says_everything(pictures: tuple[Path, Path]) -> None:
    _, folder = pictures
    record = NetworkRecord.model_validate_json((folder / FILE).read_bytes())
    assert [graph.file for graph in record.graphs] == ["mapping.onnx", "synthesis.onnx"]
    assert [row.holds for row in record.graphs[0].inputs] == ["latent", "classes"]
    assert (record.batch, record.work.medium, record.graphs[1].output.dtype) == ("any", "picture", "uint8")
    assert "generative adversarial network" in record.about["comment"]
    assert [row.case for row in record.differences] == ["as drawn", "truncation 0.7", "s1 +2"]
    assert max(row.largest for row in record.differences) <= 1
    names = ["README.md", "mapping.onnx", FILE, "play.html", "play.py", "sketch.js", "synthesis.onnx"]
    assert sorted(path.name for path in folder.iterdir()) == names
    assert sum(path.stat().st_size for path in folder.iterdir() if path.name != "play.html") < 3e6


def test_any_number_of_works_at_once(pictures: tuple[Path, Path]) -> None:
    networks = Networks(pictures[1])
    together = networks.values([3, 4, 5])
    assert together.shape == (3, 3, 32, 32)
    assert np.array_equal(together[1:2], networks.values([4]))


def test_numbers_are_drawn_as_torch_draws_them() -> None:
    for seed in (*range(300), 2**32 + 5, 2**63 - 1):
        rng, own = torch.Generator().manual_seed(seed), Draws(seed)
        for shape in ((64,), (1,), (8,), (17,), (3, 7), (1, 16, 5)):
            wanted = torch.randn(shape, generator=rng).numpy()
            assert np.abs(wanted - own.normal(*shape)).max() < 1e-5, (seed, shape)


def test_a_sound_ends_at_its_magnitudes_and_is_heard(tmp_path: Path) -> None:
    model = fresh("music", (8, 32), "seconds=1.0", "components=8", "patch=2", "generator_widths=[16, 16]")
    record = write_networks(model, tmp_path / "networks", Extras({"comment": "made"}))
    assert (record.work.medium, record.work.rate, record.work.n_fft, record.batch) == ("sound", 16000, 1024, "any")
    assert max(row.largest for row in record.differences) < 1e-4
    networks = Networks(tmp_path / "networks")
    path = networks.write(networks.values([3])[0], tmp_path / "piece")
    with wave.open(str(path)) as file:
        got = np.frombuffer(file.readframes(10**6), "<i2") / 32767
        assert file.getframerate() == 16000
    wanted = model.codec.decode(encode(model, seed_latent(model, 3), SampleOptions()))[0].numpy() / 32767
    assert got.shape == wanted.shape == (64 * 256,)
    mine, theirs = (np.log(spectrogram(sound) + 0.01).ravel() for sound in (got, wanted))
    assert np.corrcoef(mine, theirs)[0, 1] > 0.7  # of works that are nearly noise, where small differences grow


def test_phases_are_those_that_artgen_finds() -> None:
    codec, t = SpectrogramCodec(64), np.arange(64 * 256 + 768) / 16000
    tones = sum(np.sin(2 * np.pi * pitch * t * (1 + 0.02 * t)) for pitch in (220, 277, 660, 1900)) * np.hanning(len(t))
    x = codec.encode(torch.from_numpy((tones * 6000).astype(np.int16))[None])
    form = codec.transform
    got = griffin_lim(codec.magnitude(x)[0].numpy(), form.n_fft, form.hop, form.steps)
    wanted = codec.decode(x)[0].numpy() / 32767
    assert np.square(got - wanted).mean() < 1e-3 * np.square(wanted).mean()


def spectrogram(sound: np.ndarray) -> np.ndarray:
    frames = np.lib.stride_tricks.sliding_window_view(sound, 1024)[::256]
    return np.abs(np.fft.rfft(frames * np.hanning(1024)))


@pytest.mark.parametrize(
    "network",
    [
        ("video", (3, 8, 16, 16), "frames=8", "size=16"),
        ("video", (3, 8, 16, 16), "frames=8", "size=16", "model=mocogan"),
        ("image", (3, 16, 16), "model=progressive"),
        ("image", (3, 16, 16), "noise=true"),
    ],
    ids=lambda network: "-".join(str(part) for part in (network[0], network[-1])),
)
def test_families_are_graphs_for_any_batch(network: tuple[Any, ...]) -> None:
    plugin, shape, *sets = network
    model, options = fresh(plugin, shape, *sets), SampleOptions(fps=8.0 if plugin == "video" else None)
    player, latent = Player(model, options, "work").eval(), seed_latent(model, 5)
    noise = recorded_noise(model, latent, options)
    styled = isinstance(model.generator, StyleGenerator)
    first = (
        latent.vector[:, None].expand(-1, getattr(model.generator, "style_layers", 1), -1) if styled else latent.vector
    )
    given = [first, *([] if styled else [latent.condition]), *noise]
    batch = {0: torch.export.Dim("batch")}
    shapes = (batch, *([tuple([batch] * (len(given) - 1))] if len(given) > 1 else []))
    two = tuple(tensor.expand(2, *tensor.shape[1:]).clone() for tensor in given)
    with torch.no_grad():
        traced = torch.export.export(player, two, dynamic_shapes=shapes, strict=False).module()
        made = traced(*(tensor.expand(3, *tensor.shape[1:]).clone() for tensor in given))
    wanted = model.codec.decode(encode(model, latent, options))
    assert int((made.int() - wanted.int()).abs().max()) <= 1


class Codec(nn.Module):
    """Of a stranger: ``whole`` works come of a graph, others of a loop that looks at the values."""

    def __init__(self, whole: bool) -> None:
        super().__init__()
        self.whole = whole

    def decode(self, x: Tensor, loop: bool = False) -> Tensor:
        if not self.whole and float(x.sum()) > 1e9:
            x = -x
        return ((x + 1) * 127.5).clamp(0.0, 255.0).round().to(torch.uint8)


class Odd(nn.Module):
    """A generator of a stranger that does something a graph cannot: it reads a value where ``reads``."""

    def __init__(self, reads: bool) -> None:
        super().__init__()
        self.net, self.reads = nn.Linear(6, 12), reads

    def forward(self, z: Tensor, condition: Tensor, noise: Noise, options: SampleOptions | None = None) -> Tensor:
        x = torch.tanh(self.net(z)) + 0.1 * noise.normal(12)
        return x if not self.reads or float(x[0, 0]) < 2 else -x


def strange(reads: bool, whole: bool) -> Model:
    torch.manual_seed(3)
    codec: Any = Codec(whole)
    return Model(Odd(reads).eval().requires_grad_(False), codec, DataSpec((12,), ()), 6, torch.device("cpu"))


def test_what_a_stranger_decodes_by_hand_ends_before(tmp_path: Path) -> None:
    model = strange(reads=False, whole=False)
    record = write_networks(model, tmp_path, Extras({}))
    assert (record.work.medium, record.graphs[0].file, record.truncation) == ("values", "generator.onnx", None)
    assert "no graph: GuardOnDataDependent" in record.work.how
    got = Networks(tmp_path).values([2, 3], truncation=0.5)
    wanted = torch.cat([encode(model, seed_latent(model, seed, truncation=0.5), SampleOptions()) for seed in (2, 3)])
    assert np.abs(got - wanted.detach().numpy()).max() < 1e-5


def test_what_is_no_graph_is_said_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match=r"no graph that ONNX can hold .*PAGE\.html shows it") as found:
        write_networks(strange(reads=True, whole=True), tmp_path / "networks", Extras({}))
    assert "\n" not in str(found.value)
    assert list((tmp_path / "networks").iterdir()) == []


def test_files_of_others_stay(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(InputError, match=r"README\.md exists already"):
        write_networks(strange(reads=False, whole=True), tmp_path, Extras({}))
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]


def test_an_earlier_export_is_replaced(tmp_path: Path) -> None:
    for number in (1, 2):
        write_networks(strange(reads=False, whole=True), tmp_path, Extras({"comment": str(number)}))
    assert json.loads((tmp_path / FILE).read_text())["about"] == {"comment": "2"}


def test_flags_of_the_page_need_a_page(
    pictures: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["export", str(pictures[0]), "--onnx", str(tmp_path / "n"), "--by", "me"])
    assert ended.value.code == 2
    assert "--by without --out" in capsys.readouterr().err


def test_without_the_packages_it_is_said_and_everything_else_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("onnxruntime", "onnxscript"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(InputError, match=r"--onnx: needs another package: pip install artgen-suite\[export\]"):
        write_networks(strange(reads=False, whole=True), tmp_path, Extras({}))

    def alone() -> None:
        for name in [name for name in sys.modules if name.partition(".")[0] == "artgen"]:
            del sys.modules[name]
        import artgen.verbs.export
        import artgen.verbs.share  # noqa: F401

    done = Forked(alone, tmp_path).end()
    assert done.returncode == 0, done.stderr
