"""Each figure gets worse when the frames of real films are shuffled or frozen."""

from __future__ import annotations

from functools import lru_cache

import pytest
import torch
from scipy.stats import wasserstein_distance
from torch import Tensor
from torch.nn import functional as F

from artgen.data.scan import scan
from artgen.judge.quality import kernel_distance
from artgen.types import RawItem, Source
from artgen_video.config import VideoConfig
from artgen_video.judge import ClipFeatures, FrameFeatures, statistics
from artgen_video.plugin import artgen_domain, artgen_judge
from artgen_video.prepare import prepare

MOTION = ("frame difference", "smoothness", "jerk", "loop seam")


@lru_cache
def real() -> tuple[Tensor, Tensor]:
    """Two sets of real clips from different embedded films."""
    domain = artgen_domain()
    assert domain.embedded is not None
    source = scan(domain.embedded, domain.suffixes)
    few = Source(source.root, source.files[::5], source.labels)
    found = [torch.from_numpy(i.data) for i in prepare(few, VideoConfig(hop=64)) if isinstance(i, RawItem)]
    return torch.stack(found[::2]), torch.stack(found[1::2])


def shuffled(clips: Tensor) -> Tensor:
    torch.manual_seed(0)
    return torch.stack([clip[:, torch.randperm(clip.shape[1])] for clip in clips])


def frozen(clips: Tensor) -> Tensor:
    return clips[:, :, :1].expand_as(clips).contiguous()


@pytest.mark.parametrize("spoil", [shuffled, frozen])
def test_the_distance_on_clip_features_gets_worse(spoil: object) -> None:
    reference, other = real()
    features = ClipFeatures()
    fair = kernel_distance(features(reference), features(other))
    spoiled = kernel_distance(features(reference), features(spoil(other)))  # type: ignore[operator]
    assert spoiled > fair + 0.3


@pytest.mark.parametrize("name", MOTION)
@pytest.mark.parametrize("spoil", [shuffled, frozen])
def test_every_figure_of_motion_gets_worse(name: str, spoil: object) -> None:
    reference, other = real()

    def distance(clips: Tensor) -> float:
        return float(wasserstein_distance(statistics(reference)[name].numpy(), statistics(clips)[name].numpy()))

    assert distance(spoil(other)) > 1.5 * distance(other)  # type: ignore[operator]


def test_sharpness_judges_frames_not_their_order() -> None:
    _, clips = real()
    assert torch.allclose(statistics(clips)["sharpness"], statistics(shuffled(clips))["sharpness"], rtol=1e-4)
    noise = torch.randint(0, 256, clips.shape, dtype=torch.uint8)
    assert (statistics(noise)["sharpness"] > 2 * statistics(clips)["sharpness"].max()).all()


def melted(clips: Tensor) -> Tensor:
    """Every frame without its detail: blocks of eight pixels a side, linearly in between."""
    frames = clips.float().transpose(1, 2).flatten(0, 1)
    smooth = F.interpolate(F.avg_pool2d(frames, 8), frames.shape[2:], mode="bilinear")
    return smooth.to(torch.uint8).unflatten(0, (len(clips), -1)).transpose(1, 2)


def test_frames_that_show_nothing_are_seen_by_the_second_features() -> None:
    """What chooses the best state of a training has to see what is shown, not only how it moves."""
    reference, other = real()
    judge = artgen_judge(VideoConfig())
    assert judge.second is not None
    few, rest = reference[::4], other[::4]
    fair, spoiled = (kernel_distance(judge.second(few), judge.second(clips)) for clips in (rest, melted(rest)))
    assert spoiled > fair + 1


def test_the_second_features_see_the_middle_of_a_loop() -> None:
    """Its first and last frames show the same, whatever happens in between; a clip may be one frame."""
    clip = real()[0][:1]
    loop = torch.cat([clip, clip.flip(2)], 2)
    changed = loop.clone()
    changed[:, :, 4:-4] = 255 - changed[:, :, 4:-4]
    look = FrameFeatures()
    assert float((look(loop) - look(changed)).norm()) > 0.1 * float(look(loop).norm())
    assert look(clip[:, :, :1]).shape == (1, 1280)


def test_the_judge_names_its_features_and_takes_any_length() -> None:
    judge = artgen_judge(VideoConfig())
    assert "change over" in judge.features.name
    for frames in (4, 9, 40):
        clips = torch.randint(0, 256, (2, 3, frames, 48, 64), dtype=torch.uint8)
        assert judge.features(clips).shape == (2, 320)
        assert judge.features(clips).isfinite().all()


def test_frozen_films_give_numbers() -> None:
    still = torch.full((2, 3, 8, 16, 16), 7, dtype=torch.uint8)
    assert all(bool(value.isfinite().all()) for value in statistics(still).values())
