"""One builder a model: config and measured shape to generator, discriminator and augmentation."""

from __future__ import annotations

from dataclasses import replace

from artgen.nn import Augment2d, FeatureHeads, level_widths, pyramid
from artgen.types import DataSpec, Networks
from artgen_video import continuous, mocogan
from artgen_video.config import VideoConfig


def build(config: VideoConfig, spec: DataSpec) -> Networks:
    """The networks of ``config.model`` for clips ``[c, t, h, w]``."""
    return _continuous(config, spec) if config.model == "continuous" else _mocogan(config, spec)


def _continuous(config: VideoConfig, spec: DataSpec) -> Networks:
    shape = _shape(spec)
    sizes = pyramid(shape[2] // config.patch, shape[3] // config.patch)
    plan = continuous.Plan(
        shape,
        config.fps,
        _widths(config, sizes, config.widths),
        config.patch,
        config.detail_kernel,
        config.train_crop,
        config.sparse,
        config.dense_size,
        config.grain,
    )
    looks = (
        replace(plan, widths=_widths(config, sizes, config.discriminator_widths))
        if config.discriminator_widths
        else plan
    )
    codes = continuous.Codes(
        config.latent,
        spec.classes,
        config.style,
        config.mapping_layers,
        config.motion,
        config.anchor_seconds,
        config.moving or 1 + len(plan.widths),
    )
    return Networks(
        continuous.ContinuousGenerator(codes, plan),
        _looks(config, spec, looks),
        config.latent,
        _augment(config),
        continuous.TrainCrop(config.frames, config.train_crop),
        feature_sources=() if config.features == "none" else (FeatureHeads.source,),
    )


def _looks(config: VideoConfig, spec: DataSpec, plan: continuous.Plan) -> continuous.TwoLooks:
    if config.features == "none":
        return continuous.TwoLooks(spec.classes, plan)
    return continuous.FeaturedLooks(spec.classes, plan, config.feature_share)


def _mocogan(config: VideoConfig, spec: DataSpec) -> Networks:
    shape = _shape(spec)
    widths = _widths(config, pyramid(*shape[2:])[:-1] or [shape[2:]], config.widths)
    return Networks(
        mocogan.MocoganGenerator(config.latent, config.motion, spec.classes, widths, shape, config.fps),
        mocogan.ImageAndVideo(spec.classes, widths, shape),
        config.latent,
        _augment(config),
    )


def _shape(spec: DataSpec) -> tuple[int, int, int, int]:
    channels, frames, height, width = spec.shape
    return channels, frames, height, width


def _widths(config: VideoConfig, sizes: list[tuple[int, int]], given: tuple[int, ...] | None) -> tuple[int, ...]:
    return level_widths(len(sizes), config.base_channels, config.max_channels, given)


def _augment(config: VideoConfig) -> Augment2d | None:
    return Augment2d(config.augment_kinds) if config.augment_kinds else None
