"""Promise: the task style paints: strokes on even ground, as large beside a picture of any size, content where it was."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from artgen.errors import InputError
from artgen.host import Host
from artgen.inference.noise import PerSeedNoise
from artgen.media.looks import edges_kept
from artgen.nn import ResNet
from artgen.types import DataSpec, RawItem, Source, SourceFile, Task
from artgen.verbs.plan import TrainRequest, make_plan
from artgen_image.change import StyleCodec
from artgen_image.config import ImageConfig
from artgen_image.painter import Painter, StyleDiscriminator
from artgen_image.prepare import prepare
from artgen_image.translators import build_translators
from tests.image.conftest import as_shipped

NOTHING = torch.zeros(1, 0)


def draws(batch: int = 1) -> PerSeedNoise:
    return PerSeedNoise(list(range(batch)), torch.device("cpu"))


@pytest.mark.parametrize(("channels", "size"), [(3, (64, 64)), (1, (33, 50)), (3, (5, 70))])
def test_a_painter_begins_with_its_source_in_any_size(channels: int, size: tuple[int, int]) -> None:
    """Content is there from the first step on."""
    source = torch.rand(1, channels, *size) * 2 - 1
    for painter in (Painter(channels, 4), Painter(channels, 4).eval()):
        assert torch.allclose(painter(source, NOTHING, draws()), source, atol=1e-5)


def test_a_place_is_painted_alike_in_a_window_and_in_a_large_picture() -> None:
    """Without random numbers, and far from the borders: nothing depends on the rest of a picture, as it would with norms."""
    painter = Painter(3, 4).eval()
    for weight in (painter.leave.weight, *(block.last.weight for block in [*painter.blocks, painter.fine])):
        torch.nn.init.normal_(weight, std=0.05)
    with torch.no_grad():
        for strength in (*painter.strengths, painter.strength):
            strength.zero_()
        large = torch.rand(1, 3, 192, 192) * 2 - 1
        large[..., 128:] = 1.0
        whole, part = (painter(x, NOTHING, draws()) for x in (large, large[..., :128, :128]))
    assert float((whole - large).abs().mean()) > 0.01, "it paints"
    assert torch.allclose(whole[..., 40:72, 40:72], part[..., 40:72, 40:72], atol=1e-5)


@pytest.mark.parametrize(("channels", "side"), [(3, 64), (1, 40)])
def test_the_discriminator_looks_through_a_frozen_network(channels: int, side: int) -> None:
    """It learns by its heads alone; the painter hears of every pixel from all four kinds of logits, which weigh the same."""
    judging = StyleDiscriminator(channels, 4)
    x = (torch.rand(2, channels, side, side) * 2 - 1).requires_grad_()
    logits = judging(x, torch.zeros(2, 0))
    logits.mean().backward()
    assert all(parameter.grad is not None for parameter in judging.parameters())
    pixels = judging.pixels(x, torch.zeros(2, 0)).shape[1]
    assert logits.shape[0] == 2
    assert 0.2 <= pixels * round(max(pixels, (side // 4) ** 2) / pixels) / logits.shape[1] <= 0.4
    with torch.no_grad():
        for parameter in judging.pixels.parameters():
            parameter.zero_()
    (gradient,) = torch.autograd.grad(judging(x, torch.zeros(2, 0)).mean(), x)
    assert float(gradient.abs().amax()) > 0, "through the frozen network"


def test_a_large_picture_is_painted_at_the_canvas_and_enlarged() -> None:
    config = ImageConfig(canvas=32).for_task("style")
    codec = StyleCodec(config)
    for size, painted in (((96, 120), (32, 40)), ((20, 200), (20, 200)), ((300, 64), (150, 32))):
        raw = torch.randint(0, 256, (1, 3, *size), dtype=torch.uint8)
        x = codec.take(raw)
        assert tuple(x.shape[2:]) == painted
        given = codec.give(raw, x)
        assert (given.shape, given.dtype) == (raw.shape, torch.uint8)
        if painted == size:
            assert torch.equal(given, raw)


def test_works_of_the_style_are_seen_where_they_are_full_of_strokes(tmp_path: Path) -> None:
    """Half of the painting is even: its windows are left out. A picture that is to be changed keeps its even ground."""
    painting = Image.new("RGB", (200, 200), (120, 140, 160))
    draw = ImageDraw.Draw(painting)
    for at in range(0, 200, 7):
        draw.line((0, at, 99, at), fill=(200, 180, 40), width=3)
    painting.save(tmp_path / "a.png")
    files = (SourceFile(tmp_path / "a.png", "a.png", None),)
    config = ImageConfig(size=32, zoom=6.0).for_task("style")
    found = {
        style: [i.data for i in prepare(Source(tmp_path, files, (), style=style), config) if isinstance(i, RawItem)]
        for style in (False, True)
    }
    even = {style: np.mean([window.std() < 20 for window in windows]) for style, windows in found.items()}
    assert len(found[True]) == round(0.55 * len(found[False]))
    assert even[False] > 0.4
    assert even[True] < 0.2


def test_small_works_are_enlarged_so_that_strokes_can_be_learned(tmp_path: Path) -> None:
    Image.new("RGB", (40, 40)).save(tmp_path / "a.png")
    files = (SourceFile(tmp_path / "a.png", "a.png", None),)
    sizes = {task: len(list(prepare(Source(tmp_path, files, ()), ImageConfig(size=20, zoom=6.0).for_task(task))))
             for task in ("style", "enlarge")}  # fmt: skip
    assert sizes == {"style": 25, "enlarge": 9}, "60 pixels are five windows that overlap by half, 40 are three"


def test_runs_from_before_the_painter_have_their_networks() -> None:
    old = build_translators(ImageConfig(size=32).for_task("style"), DataSpec((3, 32, 32), ()))
    assert isinstance(old.generator, ResNet)
    assert StyleCodec(ImageConfig(size=32).for_task("style")).take(torch.zeros(1, 3, 500, 500)).shape[2] == 500


@pytest.mark.parametrize("task", ["translate", "colorize", "enlarge"])
def test_only_the_task_style_has_a_painter(task: Task) -> None:
    """Another network under that name would be a surprise."""
    with pytest.raises(InputError, match=f"translator=painter: .* not for {task}; leave it out"):
        build_translators(ImageConfig(translator="painter").for_task(task), DataSpec((51, 32, 32), ()))


@pytest.fixture(scope="module")
def shipped() -> tuple[StyleCodec, Painter]:
    """What a new run of the task style starts as."""
    codec, painter = as_shipped("style", 3)
    (path,) = Host("image").domain.of("style").starts
    assert path.stat().st_size < 3_000_000
    assert isinstance(codec, StyleCodec)
    assert isinstance(painter, Painter)
    return codec, painter


@torch.inference_mode()
def painted(shipped: tuple[StyleCodec, Painter], raw: Tensor) -> Tensor:
    codec, painter = shipped
    return codec.give(raw, painter(codec.take(raw), NOTHING, draws(len(raw))))


def test_a_new_run_begins_as_a_painter_that_keeps_what_is_shown(shipped: tuple[StyleCodec, Painter]) -> None:
    """So that the first results after half a minute are paintings."""
    folder = Host("image").domain.of("style").embedded
    assert folder is not None
    files = sorted(folder.rglob("*.webp"))[::16]
    raw = torch.stack(
        [torch.from_numpy(np.array(Image.open(file).convert("RGB").crop((0, 0, 144, 144)))) for file in files]
    )
    raw = raw.movedim(-1, 1).contiguous()
    made = painted(shipped, raw)
    assert float(edges_kept(raw, made).mean()) > 0.9
    assert float((made.float() - raw.float()).abs().mean()) > 10, "and changes it"


@pytest.mark.parametrize("color", [(120, 160, 210), (200, 170, 120)], ids=["sky", "sand"])
def test_even_ground_gets_strokes(shipped: tuple[StyleCodec, Painter], color: tuple[int, int, int]) -> None:
    """Marks that are longer than wide, as grain and the weave of a canvas are not: alike three pixels along, unlike across."""
    ground = torch.tensor(color, dtype=torch.uint8).reshape(1, 3, 1, 1).expand(1, 3, 128, 128).contiguous()
    light = painted(shipped, ground).float().mean(1)[0]
    assert float(light.std()) > 3
    light = (light - light.mean()) / light.std()
    along, across = float((light[2:, :-2] * light[:-2, 2:]).mean()), float((light[2:, 2:] * light[:-2, :-2]).mean())
    assert along > 0.3
    assert along > across + 0.3


def test_a_style_of_ones_own_is_learned_from_nothing(tmp_path: Path) -> None:
    """The weights that ship know Van Gogh; who names them gets them toward another style too."""
    Image.new("RGB", (40, 40)).save(tmp_path / "a.png")
    ways = {
        "own": {"style": tmp_path},
        "named": {"style": tmp_path, "init": "van-gogh"},
        "ships": {},
        "nothing": {"init": "scratch"},
    }
    plans = {
        way: make_plan("image", TrainRequest(task="style", out=tmp_path / way, **more)) for way, more in ways.items()
    }
    found = {way: [start.path.stem for start in plan.starts] for way, plan in plans.items()}
    assert found == {"own": [], "named": ["style64"], "ships": ["style64"], "nothing": []}
    rates = {
        way: next((tuned.train.lr_g for tuned in plan.tuned.values()), plan.config.train.lr_g)
        for way, plan in plans.items()
    }
    assert rates["ships"] < rates["own"], "it is tuned by gentler rates"
