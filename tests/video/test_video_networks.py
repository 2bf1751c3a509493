"""Both models: any length, rate and loop; content and motion apart; what the discriminator sees."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from artgen.errors import InputError
from artgen.types import Networks, SampleOptions
from artgen_video.continuous import CHUNK, ContinuousGenerator, FeaturedLooks, TwoLooks, pick_frames, take_frames
from artgen_video.motion import ContinuousMotion, _bspline
from artgen_video.timeline import Timeline
from tests.video.conftest import OneStream

Make = Callable[..., Networks]
MODELS = ("continuous", "mocogan")


def film(nets: Networks, options: SampleOptions, content: int = 0, motion: int = 0) -> Tensor:
    """``[c, t, h, w]`` of a content seed and a motion seed."""
    z = OneStream(1, content).normal(nets.latent)
    nets.generator.eval()
    with torch.no_grad():
        return nets.generator(z, torch.eye(3)[:1], OneStream(1, 100 + motion), options)[0]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("settings", [{}, {"size": 24}, {"height": 16, "width": 32}, {"classes": 0}, {"grain": True}])
def test_shapes_and_gradients(make_networks: Make, model: str, settings: dict[str, int]) -> None:
    nets = make_networks(model, **settings)
    classes = settings.get("classes", 3)
    condition = torch.full((4, classes), 1 / max(classes, 1))
    x = nets.generator(torch.randn(4, nets.latent), condition, OneStream(4))
    assert x.shape[2] == (4 if model == "continuous" else 8)
    nets.generator.eval()
    x = nets.generator(torch.randn(4, nets.latent), condition, OneStream(4))
    h, w = (settings.get(side, settings.get("size", 16)) for side in ("height", "width"))
    assert x.shape == (4, 3, 8, h, w)
    assert x.abs().max() <= 1
    assert nets.discriminator is not None
    logits = nets.discriminator(x, condition)
    assert logits.shape == (4, 4 if model == "continuous" else 2)
    logits.mean().backward()
    quiet = [name for name, p in nets.generator.named_parameters() if p.grad is None]
    assert not quiet
    gradients = [p.grad for p in nets.discriminator.parameters()]
    assert all(g is not None and g.isfinite().all() for g in gradients)


@pytest.mark.parametrize("model", MODELS)
def test_any_length_and_rate(make_networks: Make, model: str) -> None:
    nets = make_networks(model)
    assert film(nets, SampleOptions(seconds=4, fps=24)).shape == (3, 96, 16, 16)
    assert film(nets, SampleOptions(seconds=0.5, fps=2)).shape == (3, 1, 16, 16)
    assert film(nets, SampleOptions(fps=16)).shape == (3, 16, 16, 16)
    with pytest.raises(InputError, match="at most"):
        film(nets, SampleOptions(seconds=3600, fps=240))


@pytest.mark.parametrize("model", MODELS)
def test_no_more_frames_are_drawn_at_a_time_of_many_films_than_of_one(make_networks: Make, model: str) -> None:
    nets, drawn = make_networks(model, classes=0), list[int]()
    generator = nets.generator.eval()
    generator.get_submodule("frames.detail" if model == "continuous" else "enter").register_forward_pre_hook(
        lambda _layer, given: drawn.append(len(given[0]))
    )
    with torch.no_grad():
        for films in (1, 9):
            z = torch.randn(films, nets.latent)
            generator(z, torch.zeros(films, 0), OneStream(films), SampleOptions(seconds=10, fps=8))
    assert max(drawn) <= CHUNK
    assert sum(drawn) == (1 + 9) * 80


@pytest.mark.parametrize("model", MODELS)
def test_a_rate_is_another_look_at_the_same_motion(make_networks: Make, model: str) -> None:
    nets = make_networks(model)
    slow, fast = film(nets, SampleOptions(seconds=2, fps=8)), film(nets, SampleOptions(seconds=2, fps=24))
    assert torch.allclose(slow, fast[:, ::3], atol=1e-5)
    assert torch.allclose(
        slow, film(nets, SampleOptions(seconds=5, fps=8))[:, :16], atol=1e-5
    )  # a longer film begins alike
    assert (slow[:, 0] - slow[:, 5]).abs().max() > 1e-4  # and it moves


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("seconds", [1.0, 2.0, 5.3])
def test_a_loop_has_no_seam(make_networks: Make, model: str, seconds: float) -> None:
    loop = film(make_networks(model), SampleOptions(seconds=seconds, fps=60, loop=True))
    steps = (loop - loop.roll(1, 1)).square().mean((0, 2, 3)).sqrt()
    assert steps[0] <= 2 * steps[1:].max()  # from the last frame to the first it is a step like others
    assert steps[1:].max() > 0
    assert (loop - loop[:, :1]).abs().max() > 3 * (loop[:, 0] - loop[:, -1]).abs().max()  # though it went somewhere


def test_content_and_motion_seeds_are_apart(make_networks: Make) -> None:
    nets = make_networks()
    options = SampleOptions(seconds=1, fps=8)
    one, moved, other = film(nets, options, 0, 0), film(nets, options, 0, 1), film(nets, options, 1, 0)
    assert not torch.allclose(one, moved, atol=1e-4)
    assert not torch.allclose(one, other, atol=1e-4)
    assert torch.equal(one, film(nets, options, 0, 0))


def test_grain_is_a_film_s_own_and_the_same_in_all_of_its_frames(make_networks: Make) -> None:
    nets = make_networks(grain=True)
    generator = nets.generator
    assert isinstance(generator, ContinuousGenerator)
    with torch.no_grad():
        for parameter in generator.frames.strengths:
            parameter.fill_(0.5)
        for parameter in generator.motion.out.parameters():  # nothing moves
            parameter.zero_()
    one, other = film(nets, SampleOptions(seconds=1, fps=8)), film(nets, SampleOptions(seconds=1, fps=8), motion=1)
    assert torch.allclose(one, one[:, :1], atol=1e-5)
    assert (one - other).abs().mean() > 0.01
    longer = film(nets, SampleOptions(seconds=10, fps=8))  # more than is drawn at a time
    assert torch.allclose(longer, one[:, :1], atol=1e-5)


def test_grain_leaves_features_in_bfloat16_with_their_channels_side_by_side(make_networks: Make) -> None:
    """Broadcast, it made all that follows float32 in another order, which took a quarter longer, there and back."""
    nets = make_networks(grain=True)
    generator = nets.generator
    assert isinstance(generator, ContinuousGenerator)
    seen: dict[str, Tensor] = {}
    for name, layer in generator.frames.named_modules():
        if name.endswith(".last") or name == "detail":
            layer.register_forward_pre_hook(lambda _layer, given, name=name: seen.update({name: given[0]}))
    with torch.autocast("cpu", torch.bfloat16):
        film(nets, SampleOptions(seconds=1, fps=8))
    assert len(seen) == len(generator.frames.grains)
    for name, features in seen.items():
        assert features.dtype == torch.bfloat16, name
        assert features.is_contiguous(memory_format=torch.channels_last), name


def test_motion_is_as_loud_as_the_style_from_the_start() -> None:
    """A motion code that is faint at first is ignored by what is learnt, and films stand still."""
    torch.manual_seed(0)
    motion = ContinuousMotion(128, 32, 1.0, 8.0)
    moments = Timeline(torch.arange(16) / 8, None, 15 / 8)
    with torch.no_grad():
        code = motion(torch.randn(64, 128), OneStream(64), moments)
    assert (
        float((code - code.mean(1, keepdim=True)).std()) > 0.3
    )  # of a style of size one; layers as torch makes them: 0.07


def test_motion_reaches_only_the_coarse_layers(make_networks: Make) -> None:
    """What a film looks like is not repainted from frame to frame."""
    generator = make_networks(size=32, moving=2).generator
    reads = [block.affine.in_features for block in generator.frames.blocks]  # pyright: ignore
    assert reads[0] == generator.frames.start.in_features > reads[1] == reads[2]  # pyright: ignore


def test_mixed_styles_are_played(make_networks: Make) -> None:
    nets = make_networks()
    generator = nets.generator.eval()
    w = torch.randn(2, generator.style_layers, 10)  # pyright: ignore[reportArgumentType]
    with torch.no_grad():
        x = generator.synthesis(w, OneStream(2), SampleOptions())  # pyright: ignore[reportCallIssue]
        same = generator.synthesis(w[:, :1].expand_as(w), OneStream(2), SampleOptions())  # pyright: ignore[reportCallIssue]
    assert x.shape == (2, 3, 8, 16, 16)
    assert not torch.allclose(x, same)


def test_the_spline_is_smooth_and_whole() -> None:
    u = torch.linspace(0, 1, 11)[:, None]
    weights = _bspline(u)
    assert torch.allclose(weights.sum(1), torch.ones(11))
    assert torch.allclose(weights[-1, 1:], weights[0, :-1], atol=1e-6)  # it goes on where the next piece begins


def test_looks_of_one_step_see_the_same_frames() -> None:
    torch.manual_seed(7)
    first = pick_frames(5, 16, 3, torch.device("cpu"))
    torch.randn(9)
    assert torch.equal(first, pick_frames(5, 16, 3, torch.device("cpu")))
    torch.manual_seed(8)
    assert not torch.equal(first, pick_frames(5, 16, 3, torch.device("cpu")))
    assert (first.diff(dim=1) > 0).all()
    x = torch.randn(5, 3, 16, 4, 4)
    assert torch.equal(take_frames(x, first)[2, 1], x[2, :, first[2, 1]])


def test_a_step_makes_and_looks_at_a_glimpse(make_networks: Make) -> None:
    nets = make_networks()
    assert nets.train_crop is not None
    count = torch.arange(8.0).expand(2, 3, 16, 16, 8).movedim(-1, 2)  # the number of the frame everywhere
    strides, starts = set[float](), set[float]()
    for seed in range(40):
        torch.manual_seed(seed)
        seen = nets.train_crop(count)
        assert torch.equal(seen, nets.train_crop(count))
        assert torch.equal(seen, nets.train_crop(seen))
        moments = seen[0, 0, :, 0, 0]
        strides.add(float(moments[1] - moments[0]))
        starts.add(float(moments[0]))
        z, condition = torch.ones(1, nets.latent), torch.eye(3)[:1]
        with torch.no_grad():
            nets.generator.train()
            part = nets.generator(z, condition, OneStream(1))[0]
            nets.generator.eval()
            whole = nets.generator(z, condition, OneStream(1))[0]
        stride = int(moments[1] - moments[0])
        assert torch.allclose(part, whole[:, : 4 * stride : stride], atol=1e-5)  # fakes have the stride of the reals
    assert strides == {1.0, 2.0}
    assert starts >= {0.0, 1.0, 4.0}


def test_the_look_at_all_frames_knows_their_order(make_networks: Make) -> None:
    nets = make_networks()
    look = nets.discriminator
    assert isinstance(look, TwoLooks)
    x, condition = torch.randn(2, 3, 4, 16, 16), torch.eye(3)[:2]
    with torch.no_grad():
        plain, shuffled = look.wide(x, condition, 1), look.wide(x[:, :, [2, 0, 3, 1]], condition, 1)
    assert not torch.allclose(plain, shuffled, atol=1e-5)


def test_widths_are_counted_from_the_finest_level(make_networks: Make) -> None:
    for widths, wanted in {(12, 8, 4): (8, 4), (6,): (6, 6)}.items():
        generator = make_networks(widths=widths).generator
        assert isinstance(generator, ContinuousGenerator)
        assert generator.plan.widths == wanted


def test_a_film_can_be_seen_through_a_frozen_network(make_networks: Make) -> None:
    nets = make_networks(features="lite0", feature_share=0.5, discriminator_widths=(6, 6))
    look, (x, condition) = nets.discriminator, (torch.rand(2, 3, 4, 16, 16) * 2 - 1, torch.eye(3)[:2])
    assert isinstance(look, FeaturedLooks)
    assert nets.feature_sources
    logits = look(x, condition)
    assert logits.shape == (2, 48 + 48), "the looks weigh as much as the heads"
    before = float(look.joined)
    look(x, condition)
    assert float(look.joined) > before, "they join while they learn"
    look.requires_grad_(False)
    look(x.requires_grad_(), condition)[:, :48].sum().backward()
    assert x.grad is not None
    assert int((x.grad.abs().sum((1, 3, 4)) > 0).sum()) >= 2, "a frame of each clip"


def test_all_frames_get_the_same_augmentation(make_networks: Make) -> None:
    nets = make_networks()
    still = torch.rand(4, 3, 1, 16, 16).expand(4, 3, 8, 16, 16) * 2 - 1
    assert nets.augment is not None
    seen = nets.augment(still.contiguous(), 1.0, torch.Generator().manual_seed(3))
    assert torch.allclose(seen, seen[:, :, :1].expand_as(seen), atol=1e-5)
    assert not torch.allclose(seen, still)
