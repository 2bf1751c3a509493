"""The classic for comparison: MoCoGAN (Tulyakov 2018). A fixed content code, a recurrent motion code, a DCGAN that draws frame
by frame; one discriminator for single frames, one with 3-D convolutions for the film."""

from __future__ import annotations

import itertools
from math import prod

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from artgen.nn import ProjectionHead
from artgen.types import Noise, SampleOptions
from artgen_video.continuous import chunks, pick_frames, take_frames
from artgen_video.timeline import Timeline, timeline


class MocoganGenerator(nn.Module):
    """``(z [b, z], condition [b, k], draws, ask) -> [b, c, t, h, w]`` in [-1, 1].

    The recurrent code steps at the rate of the training; other rates see it interpolated, a loop blends its end into what came
    before its beginning."""

    def __init__(
        self,
        latent: int,
        motion: int,
        classes: int,
        widths: tuple[int, ...],
        shape: tuple[int, int, int, int],
        fps: float,
    ) -> None:
        super().__init__()
        self.shape, self.fps, self.size = shape, fps, motion
        self.cell = nn.GRUCell(motion, motion)
        coarse = tuple(side >> len(widths) for side in shape[2:])
        self.corner = (widths[0], *coarse)
        self.enter = nn.Linear(latent + classes + motion, prod(self.corner))
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for width in widths)
        plan = [*itertools.pairwise(widths), (widths[-1], shape[0])]
        self.ups = nn.ModuleList(nn.ConvTranspose2d(a, b, 4, 2, 1) for a, b in plan)
        for layer in self.ups:
            nn.init.normal_(layer.weight, std=0.02)  # pyright: ignore[reportArgumentType]

    def forward(self, z: Tensor, condition: Tensor, noise: Noise, options: SampleOptions | None = None) -> Tensor:
        line = timeline(options or SampleOptions(), self.shape, self.fps, z.device)
        content = torch.cat([z, condition], 1)
        motion = self._motion(noise, line)
        if self.training:
            return self._draw(content, motion)
        return torch.cat([self._draw(content, part) for part in chunks(motion)], 2)

    def _motion(self, noise: Noise, line: Timeline) -> Tensor:
        """``[b, t, m]``: the recurrent code at every moment."""
        steps = int(line.end * self.fps) + 2
        state, codes = noise.normal(self.size), list[Tensor]()
        for _ in range(steps if line.loop is None else 2 * steps):
            state = self.cell(noise.normal(self.size), state)
            codes.append(state)
        track = torch.stack(codes, 1)
        if line.loop is None:
            return _at(track, line.moments * self.fps)
        share = (line.moments / line.loop)[None, :, None]
        before, after = (_at(track, (line.moments + shift) * self.fps) for shift in (0.0, line.loop))
        return after + (before - after) * share  # its end is `before` at the loop's length, as is its beginning

    def _draw(self, content: Tensor, motion: Tensor) -> Tensor:
        b, t, _ = motion.shape
        codes = torch.cat([content[:, None].expand(-1, t, -1), motion], 2).flatten(0, 1)
        x = self.enter(codes).unflatten(1, self.corner).contiguous(memory_format=torch.channels_last)
        for norm, up in zip(self.norms, self.ups, strict=True):
            x = up(F.relu(norm(x)))
        return torch.tanh(x).unflatten(0, (b, t)).movedim(1, 2)


class ImageAndVideo(nn.Module):
    """``(x [b, c, t, h, w], condition [b, k]) -> [b, 2]``: a logit for one frame, one for the film."""

    def __init__(self, classes: int, widths: tuple[int, ...], shape: tuple[int, int, int, int]) -> None:
        super().__init__()
        c, t, h, w = shape
        fine = widths[::-1]
        corner = prod(side >> len(fine) for side in (h, w))
        thin = [max(8, width // 2) for width in fine]
        self.image = nn.ModuleList(nn.Conv2d(a, b, 4, 2, 1) for a, b in itertools.pairwise((c, *fine)))
        self.video = nn.ModuleList(nn.Conv3d(a, b, 4, 2, 1) for a, b in itertools.pairwise((c, *thin[:2])))
        self.rest = nn.ModuleList(nn.Conv3d(a, b, (3, 4, 4), (1, 2, 2), 1) for a, b in itertools.pairwise(thin[1:]))
        self.image_head = ProjectionHead(fine[-1] * corner, classes)
        self.video_head = ProjectionHead(thin[-1] * corner * (t // 4), classes)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        b, _, t, _, _ = x.shape
        frame = take_frames(x, pick_frames(b, t, 1, x.device))[:, 0].contiguous(memory_format=torch.channels_last)
        for layer in self.image:
            frame = F.leaky_relu(layer(frame), 0.2)
        for layer in (*self.video, *self.rest):
            x = F.leaky_relu(layer(x), 0.2)
        logits = self.image_head(frame.flatten(1), condition), self.video_head(x.flatten(1), condition)
        return torch.cat(logits, 1)


def _at(track: Tensor, places: Tensor) -> Tensor:
    """``track [b, s, m]`` read between its steps at ``places [t]``: ``[b, t, m]``."""
    first = places.floor().long().clamp(0, track.shape[1] - 2)
    share = (places - first)[None, :, None]
    return track[:, first] + (track[:, first + 1] - track[:, first]) * share
