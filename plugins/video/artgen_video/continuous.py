"""The default: a style for what is seen, a continuous motion code for what it does, and two looks at the result.

Generator: R3GAN-like residual frames from (w, motion of the moment). Discriminator: a few frames at random gaps closely, each as
a picture and then together (StyleGAN-V), and all frames at a low resolution, where a film that stands still, flickers or springs
back gives itself away.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from math import log2, pi, sqrt

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from artgen.nn import (
    DenseBlock,
    FeatureHeads,
    ProjectionHead,
    Resize,
    StyleGenerator,
    add_weighed,
    pyramid,
    scaled_conv,
    unpatch,
)
from artgen.types import Noise, SampleOptions
from artgen_video.motion import ContinuousMotion
from artgen_video.timeline import Timeline, timeline

DETAIL = 8  # channels of the only features at full resolution
RIPPLES = 16  # plane waves that the coarsest level sees of the moving coordinates; finer ones stripe the picture
CHUNK = 64  # frames drawn at a time when sampling, of all films together, which bounds memory
DENSE = 64  # channels of the dense look
SEEN = 64  # pixels a side at which a frozen network sees a frame


@dataclass(frozen=True)
class Plan:
    """The sizes of a film generator.

    - ``shape``: ``(c, t, h, w)`` of a clip at ``fps``.
    - ``widths``: channels of every level, coarsest first, the finest being at ``h / patch``.
    - ``detail_kernel``: side of the convolution that makes the features at full resolution.
    - ``train_crop``: frames that a step of the training makes.
    - ``sparse``: of these, frames looked at closely.
    - ``dense``: side in pixels of the look at all of them.
    - ``grain``: whether a film has random values at places of its own, the same in all of its frames.
    """

    shape: tuple[int, int, int, int]
    fps: float
    widths: tuple[int, ...]
    patch: int
    detail_kernel: int
    train_crop: int
    sparse: int
    dense: int
    grain: bool = False

    @property
    def sizes(self) -> list[tuple[int, int]]:
        """``(h, w)`` of every level, coarsest first."""
        return pyramid(self.shape[2] // self.patch, self.shape[3] // self.patch)


def chunks(motion: Tensor) -> tuple[Tensor, ...]:
    """Codes ``[b, t, m]`` of some films in pieces of as many moments as are drawn at a time. A graph that is written for any
    number of films (``artgen export --onnx``) has no number to divide by: its pieces are those of a single film."""
    films = 1 if torch.compiler.is_exporting() else len(motion)
    return motion.split(max(1, CHUNK // films), 1)


@dataclass(frozen=True)
class Codes:
    """Sizes of z, of the style w and of the motion code, and how they are made."""

    latent: int
    classes: int
    style: int
    mapping_layers: int
    motion: int
    anchor_seconds: float
    moving: int  # style layers, from the coarsest, that see the motion; the others keep what a film looks like


class ContinuousGenerator(StyleGenerator):
    """``(z [b, z], condition [b, k], draws, ask) -> [b, c, t, h, w]`` in [-1, 1], for any length, rate and loop."""

    def __init__(self, codes: Codes, plan: Plan) -> None:
        super().__init__(codes.latent, codes.classes, codes.style, 1 + len(plan.widths), codes.mapping_layers)
        self.plan, self.train_crop = plan, TrainCrop(plan.shape[1], plan.train_crop)
        self.motion = ContinuousMotion(codes.style, codes.motion, codes.anchor_seconds, plan.fps)
        self.moving = codes.moving
        self.frames = FrameSynthesis(codes.style, codes.motion, codes.moving, plan)

    def synthesis(self, w: Tensor, noise: Noise, options: SampleOptions) -> Tensor:
        """``w``: ``[b, w]`` or ``[b, style_layers, w]``; the motion follows the mean style."""
        ws = self.per_layer(w)
        grain = [noise.normal(1, *size) for size in self.frames.grains]  # first: the same however long the film is
        line = timeline(options, self.plan.shape, self.plan.fps, w.device)
        if self.training:
            moments = line.moments[: self.plan.train_crop] * self.train_crop.stride()
            line = Timeline(moments, None, float(moments[-1]))
        motion = self.motion(torch.stack(ws).mean(0), noise, line)
        if self.training:
            return self._draw(ws, motion, grain)
        return torch.cat([self._draw(ws, part, grain) for part in chunks(motion)], 2)

    def _draw(self, ws: tuple[Tensor, ...], motion: Tensor, grain: list[Tensor]) -> Tensor:
        b, t, _ = motion.shape
        still = [w[:, None].expand(-1, t, -1) for w in ws]
        moving = [torch.cat([w, motion], 2) for w in still[: self.moving]]
        styles = [style.flatten(0, 1) for style in (*moving, *still[self.moving :])]
        grain = [values.repeat_interleave(t, 0) for values in grain]
        return self.frames(styles, grain).unflatten(0, (b, t)).movedim(1, 2)


class FrameSynthesis(nn.Module):
    """Styles of single frames to frames: a ``[n, s + m]`` for each of the first ``moving`` style layers, a ``[n, s]`` for each of
    the others ``-> [n, c, h, w]`` in [-1, 1].

    ``grain``: random values ``[n, 1, *size]`` for each of the sizes in ``grains``: for every level and for the finest features,
    weighed by a learned strength per channel that begins at 0. Without it what is finer than a patch is the same weave in every
    film."""

    def __init__(self, style: int, motion: int, moving: int, plan: Plan) -> None:
        super().__init__()
        size, widths = style + motion, plan.widths
        self.patch = plan.patch
        self.basis = nn.Parameter(torch.randn(widths[0], *plan.sizes[0]))
        self.start = nn.Linear(size, widths[0])
        nn.init.normal_(self.start.weight, std=1 / sqrt(size))
        self.pose = Pose(size)
        self.ripples = Ripples(widths[0], plan.sizes[0])
        self.changes = nn.ModuleList(Resize(a, b, up=True) for a, b in itertools.pairwise(widths))
        self.blocks = nn.ModuleList(
            DenseBlock(width, len(widths), size if layer < moving else style) for layer, width in enumerate(widths, 1)
        )
        self.detail = scaled_conv(widths[-1], DETAIL * plan.patch**2, plan.detail_kernel)
        self.to_frame = scaled_conv(DETAIL, plan.shape[0], 3, 0.5)
        self.grains = [*plan.sizes, plan.shape[2:]] if plan.grain else []
        channels = [*widths, DETAIL][: len(self.grains)]
        self.strengths = nn.ParameterList(torch.zeros(count, 1, 1) for count in channels)

    def forward(self, styles: list[Tensor], grain: list[Tensor]) -> Tensor:
        *added, finest = zip(self.strengths, grain, strict=True) if self.grains else [None] * (1 + len(self.blocks))
        x = self.basis * self.start(styles[0])[:, :, None, None]
        x = (x + self.ripples(self.pose(styles[0]))).contiguous(memory_format=torch.channels_last)
        for level, block in enumerate(self.blocks):
            if level:
                x = self.changes[level - 1](x)
            x = block(x, styles[level + 1], added[level])
        x = unpatch(self.detail(x), self.patch)
        if finest is not None:
            x = add_weighed(x, *finest)
        return torch.tanh(self.to_frame(F.leaky_relu(x, 0.2)))


class Pose(nn.Module):
    """How a frame is moved as a whole: ``[n, s] -> [n, 2, 3]``, an affine map of the coordinates, near the identity at first."""

    def __init__(self, style: int) -> None:
        super().__init__()
        self.linear = nn.Linear(style, 6)
        nn.init.normal_(self.linear.weight, std=0.1 / sqrt(style))
        nn.init.zeros_(self.linear.bias)

    def forward(self, style: Tensor) -> Tensor:
        return self.linear(style).unflatten(1, (2, 3)) + torch.eye(2, 3, device=style.device)


class Ripples(nn.Module):
    """Learned plane waves over moved coordinates, mixed to a level's channels: ``pose [n, 2, 3] -> [n, c, h, w]``.

    They carry shifts, turns and zooms smoothly, by less than a cell of the map (after the Fourier input of Karras 2021)."""

    def __init__(self, channels: int, size: tuple[int, int]) -> None:
        super().__init__()
        rows, columns = (np.linspace(-1, 1, side) * (1 - 1 / side) for side in size)
        y, x = np.meshgrid(rows, columns, indexing="ij")
        places = np.stack([x, y, np.ones_like(x)]).reshape(3, -1).astype(np.float32)
        self.register_buffer("places", torch.from_numpy(places), persistent=False)
        self.size = size
        self.waves = nn.Parameter(torch.randn(RIPPLES, 2) * min(size) / 8)  # turns over half a side
        self.phase = nn.Parameter(torch.rand(RIPPLES))
        self.mix = nn.Linear(RIPPLES, channels, bias=False)
        nn.init.normal_(self.mix.weight, std=0.5 / sqrt(RIPPLES))

    def forward(self, pose: Tensor) -> Tensor:
        assert isinstance(self.places, Tensor)
        turns = (self.waves @ pose) @ self.places + self.phase[:, None]  # [n, waves, h * w]
        y = self.mix(torch.cos(2 * pi * turns).mT)  # [n, h * w, c]: channels last
        return y.unflatten(1, self.size).permute(0, 3, 1, 2)


class TwoLooks(nn.Module):
    """``(x [b, c, t, h, w], condition [b, k]) -> [b, sparse + 2]``: a logit for each frame looked at closely, one for them
    together, one for the look at all frames."""

    def __init__(self, classes: int, plan: Plan) -> None:
        super().__init__()
        self.train_crop = TrainCrop(plan.shape[1], plan.train_crop)
        self.close, self.wide = CloseLook(classes, plan), WideLook(classes, plan)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        x, stride = self.train_crop(x), self.train_crop.stride()
        return torch.cat([self.close(x, condition, stride), self.wide(x, condition, stride)], 1)


class FeaturedLooks(TwoLooks):
    """Two looks, and heads that see one frame of each clip through a frozen network (see FeatureHeads), which join little by
    little: ``-> [b, places + repeats (sparse + 2)]``.

    - ``share``: weight of the heads in the mean logit, in (0, 1); the others are repeated to make up the rest."""

    joined: Tensor

    def __init__(self, classes: int, plan: Plan, share: float) -> None:
        super().__init__(classes, plan)
        self.heads = FeatureHeads(classes, SEEN)
        self.repeats = max(1, round(self.heads.places * (1 - share) / share / (plan.sparse + 2)))
        self.register_buffer("joined", self.heads.beginning())

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        x = self.train_crop(x)
        looks = super().forward(x, condition)
        plan = self.close.plan
        one = pick_frames(len(x), x.shape[2], plan.sparse, x.device)[
            :, :1
        ]  # the first of those that are looked at closely
        frames = take_frames(x, one)[:, 0].contiguous(memory_format=torch.channels_last)
        logits = self.heads(frames, condition)
        return torch.cat([self.heads.join(logits, looks[:, :1], self.joined), looks.repeat(1, self.repeats)], 1)


@dataclass(frozen=True)
class TrainCrop:
    """Which ``count`` frames of a clip of ``frames`` a step looks at: neighbors, or every second one, ... anywhere in the clip.

    A function of the seed that the host gives torch before every step, not of the numbers drawn since: generator, reals and
    all looks of one step agree, which penalties need, and a resumed run sees what an uninterrupted one sees."""

    frames: int
    count: int

    def __call__(self, x: Tensor) -> Tensor:
        """``[b, c, frames, h, w]`` to ``[b, c, count, h, w]``; what is a train_crop already stays."""
        if x.shape[2] == self.count:
            return x
        stride, rng = self.stride(), step_rng(1)
        room = self.frames - stride * (self.count - 1)
        first = int(torch.randint(room, (1,), generator=rng))
        return x[:, :, first : first + stride * (self.count - 1) + 1 : stride]

    def stride(self) -> int:
        """Frames from one to the next: 1 and the most that fits, as often."""
        most = max(1, (self.frames - 1) // max(1, self.count - 1))
        return 1 + int(torch.randint(most, (1,), generator=step_rng(0)))


class CloseLook(nn.Module):
    """A few frames at full resolution: a logit for each as a picture, and one for all together with their gaps.

    ``(x [b, c, t, h, w], condition [b, k], stride) -> [b, sparse + 1]``. The frames meet behind the whole network, where a map is
    small, so that nearly all of the work goes into how a frame looks."""

    def __init__(self, classes: int, plan: Plan) -> None:
        super().__init__()
        fine, (c, _, _, _), (h, w) = plan.widths[::-1], plan.shape, plan.sizes[0]
        self.plan, top = plan, plan.widths[0]
        self.enter = scaled_conv(c * plan.patch**2, fine[0], 3, 1.0)
        self.blocks = nn.ModuleList(DenseBlock(width, len(fine)) for width in fine)
        self.changes = nn.ModuleList(Resize(a, b, up=False) for a, b in itertools.pairwise(fine))
        self.meet = scaled_conv(plan.sparse * top, top, 1)
        self.joint = DenseBlock(top, 1)
        self.gaps = nn.Sequential(nn.Linear(plan.sparse - 1, 32), nn.LeakyReLU(0.2), nn.Linear(32, top))
        self.bases = nn.Parameter(torch.randn(2, top, h, w) / sqrt(h * w))
        self.one, self.together = ProjectionHead(top, classes), ProjectionHead(top, classes)

    def forward(self, x: Tensor, condition: Tensor, stride: int) -> Tensor:
        b, _, t, _, _ = x.shape
        chosen = pick_frames(b, t, self.plan.sparse, x.device)
        frames = take_frames(x, chosen).flatten(0, 1)
        frames = F.pixel_unshuffle(frames, self.plan.patch).contiguous(memory_format=torch.channels_last)
        y = self.enter(frames)
        for level, block in enumerate(self.blocks):
            if level:
                y = self.changes[level - 1](y)
            y = block(y)
        pictures = self.one((y * self.bases[0]).sum((2, 3)), condition.repeat_interleave(self.plan.sparse, 0))
        met = self.meet(y.unflatten(0, (b, -1)).flatten(1, 2).contiguous(memory_format=torch.channels_last))
        met = met + self.gaps(stride * chosen.diff(dim=1) / self.plan.shape[1])[:, :, None, None]
        met = self.joint(F.leaky_relu(met, 0.2))
        film = self.together((met * self.bases[1]).sum((2, 3)), condition)
        return torch.cat([pictures.unflatten(0, (b, -1)).squeeze(2), film], 1)


class WideLook(nn.Module):
    """All frames at once at a low resolution: their mean and the changes from one to the next, as channels."""

    def __init__(self, classes: int, plan: Plan) -> None:
        super().__init__()
        c, _, h, w = plan.shape
        factor = max(1, min(h, w) // plan.dense)
        self.size = (h // factor, w // factor)
        self.enter = scaled_conv(c * plan.train_crop * 4, DENSE, 1, 1.0)
        self.pace = nn.Linear(1, DENSE)
        self.blocks = nn.ModuleList(DenseBlock(DENSE, 2) for _ in range(2))
        self.change = Resize(DENSE, DENSE, up=False)
        places = (self.size[0] // 4, self.size[1] // 4)
        self.basis = nn.Parameter(torch.randn(DENSE, *places) / sqrt(places[0] * places[1]))
        self.head = ProjectionHead(DENSE, classes)

    def forward(self, x: Tensor, condition: Tensor, stride: int) -> Tensor:
        small = F.adaptive_avg_pool2d(x.flatten(1, 2), self.size).unflatten(1, x.shape[1:3])
        seen = torch.cat([small.mean(2, keepdim=True), 2 * small.diff(dim=2)], 2).flatten(1, 2)
        y = self.enter(F.pixel_unshuffle(seen, 2).contiguous(memory_format=torch.channels_last))
        y = y + self.pace(y.new_full((1, 1), 1 + log2(stride)))[:, :, None, None]
        y = self.blocks[1](self.change(self.blocks[0](y)))
        return self.head((y * self.basis).sum((2, 3)), condition)


def pick_frames(b: int, t: int, count: int, device: torch.device) -> Tensor:
    """``[b, count]`` different frames of each clip, in order; the same for all looks of one step (see TrainCrop)."""
    return torch.rand(b, t, generator=step_rng(2)).topk(count, 1).indices.sort(1).values.to(device)


def take_frames(x: Tensor, chosen: Tensor) -> Tensor:
    """``x [b, c, t, h, w]`` at ``chosen [b, k]``: ``[b, k, c, h, w]``. A product with zeros and ones, whose gradients
    are products too; those of indexing are ten times slower on CPUs."""
    pick = F.one_hot(chosen, x.shape[2]).to(x.dtype)
    return (pick @ x.movedim(2, 1).flatten(2)).unflatten(2, (x.shape[1], *x.shape[3:]))


def step_rng(use: int) -> torch.Generator:
    """Random numbers of the current step for one use: the same however often they are asked for."""
    return torch.Generator().manual_seed(torch.initial_seed() ^ (use + 1) * 0x9E3779B97F4A7C15 % 2**62)
