"""One builder a model: config and measured shape to generator, discriminator and augmentation."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from artgen.nn import Augment2d, FeatureHeads, level_widths, pyramid
from artgen.types import TRANSLATION_TASKS, DataSpec, Networks
from artgen_image import autoencoder, dcgan, mlp, modern, progressive, stylegan
from artgen_image.config import ImageConfig, Model
from artgen_image.featured import FeaturedDiscriminator
from artgen_image.translators import build_translators


def build(config: ImageConfig, spec: DataSpec) -> Networks:
    """The networks of ``config.model``, or of the task where works are changed, for items ``[c, h, w]``.

    channels_last, which is faster on CPUs and GPUs."""
    networks = (build_translators if config.task in TRANSLATION_TASKS else BUILDERS[config.model])(config, spec)
    for network in (networks.generator, networks.discriminator):
        if network is not None:
            network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    return networks


def _mlp(config: ImageConfig, spec: DataSpec) -> Networks:
    latent, shape = config.latent or 100, _shape(spec)
    return Networks(
        mlp.MlpGenerator(latent, spec.classes, config.mlp_generator, shape),
        mlp.MlpDiscriminator(spec.classes, config.mlp_discriminator, shape),
        latent,
        _augment(config),
    )


def _dcgan(config: ImageConfig, spec: DataSpec) -> Networks:
    latent, shape = config.latent or 100, _shape(spec)
    # the finest level is the output, which has no features of its own
    widths = _widths(config, pyramid(*shape[1:])[:-1] or [shape[1:]], base=64, most=512)
    return Networks(
        dcgan.DcganGenerator(latent, spec.classes, widths, shape),
        dcgan.DcganDiscriminator(spec.classes, widths, shape, normalize=config.dcgan_norm == "batch"),
        latent,
        _augment(config),
    )


def _progressive(config: ImageConfig, spec: DataSpec) -> Networks:
    latent, shape = config.latent or 128, _shape(spec)
    widths = _widths(config, pyramid(*shape[1:]), base=16, most=128)
    return Networks(
        progressive.ProgressiveGenerator(latent, spec.classes, widths, shape, config.final_phase),
        progressive.ProgressiveDiscriminator(spec.classes, widths, shape, config.final_phase),
        latent,
        _augment(config),
    )


def _stylegan(config: ImageConfig, spec: DataSpec) -> Networks:
    latent, shape = config.latent or 128, _shape(spec)
    widths = _widths(config, pyramid(*shape[1:]), base=16, most=128)
    settings = stylegan.StyleSettings(
        latent, spec.classes, config.style, config.mapping_layers, config.noise is not False
    )
    return Networks(
        stylegan.Stylegan(settings, widths, shape),
        stylegan.StyleganDiscriminator(spec.classes, widths, shape),
        latent,
        _augment(config),
    )


def _modern(config: ImageConfig, spec: DataSpec) -> Networks:
    latent, backbone = config.latent or 64, _backbone(config, spec)
    mapping = (latent, spec.classes, config.style, config.mapping_layers)
    return Networks(
        modern.ModernGenerator(*mapping, backbone, bool(config.noise), config.grain),
        _modern_discriminator(config, spec),
        latent,
        _augment(config),
        feature_sources=() if config.features == "none" else (FeatureHeads.source,),
    )


def _modern_discriminator(config: ImageConfig, spec: DataSpec) -> nn.Module:
    own = config.model_copy(
        update={
            "widths": config.discriminator_widths or (None if config.discriminator_patch else config.widths),
            "patch": config.discriminator_patch or config.patch,
        }
    )
    backbone = _backbone(own, spec)
    if config.features == "none":
        return modern.ModernDiscriminator(spec.classes, backbone)
    return FeaturedDiscriminator(spec.classes, backbone, config.feature_size, config.feature_share)


def _autoencoder(config: ImageConfig, spec: DataSpec) -> Networks:
    latent = config.latent or 64
    network = autoencoder.Autoencoder(
        latent, spec.classes, config.style, _backbone(config, spec), config.model == "vae"
    )
    return Networks(network, None, latent)


BUILDERS: dict[Model, Callable[[ImageConfig, DataSpec], Networks]] = {
    "mlp": _mlp,
    "dcgan": _dcgan,
    "progressive": _progressive,
    "stylegan": _stylegan,
    "modern": _modern,
    "autoencoder": _autoencoder,
    "vae": _autoencoder,
}


def _backbone(config: ImageConfig, spec: DataSpec) -> modern.Backbone:
    shape = _shape(spec)
    sizes = pyramid(shape[1] // config.patch, shape[2] // config.patch)
    widths = _widths(config, sizes, base=32, most=96)
    return modern.Backbone(shape, widths, config.patch, config.blocks, config.block)


def _shape(spec: DataSpec) -> tuple[int, int, int]:
    channels, height, width = spec.shape
    return channels, height, width


def _widths(config: ImageConfig, sizes: list[tuple[int, int]], base: int, most: int) -> tuple[int, ...]:
    """As set, or ``base`` at the finest level, doubled a level up to ``most``."""
    return level_widths(len(sizes), config.base_channels or base, config.max_channels or most, config.widths)


def _augment(config: ImageConfig) -> Callable[[Tensor, float, torch.Generator], Tensor] | None:
    if not config.augment_kinds:
        return None
    augment, share = Augment2d(config.augment_kinds), config.augment_share
    return lambda x, strength, rng: augment(x, strength * share, rng)
