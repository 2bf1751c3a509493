"""The networks of the tasks that change pictures."""

from __future__ import annotations

from artgen.nn import Augment2d, PatchDiscriminator, ResNet, UNet
from artgen.types import DataSpec, Networks
from artgen_image.config import AugmentKind, ImageConfig

_WINDOW = (512, 512)  # pixels changed at a time: larger pictures go window by window
_COLOURS = ("colour", "cutout")  # augmentations that mean something else where channels are not red, green and blue


def build_translators(config: ImageConfig, spec: DataSpec) -> Networks:
    """Generator and discriminator for items ``[c, h, w]`` of the config's task."""
    channels = spec.shape[0]
    given = {"translate": channels // 2, "colorize": 1}.get(config.task, channels)
    made = channels - given or channels
    width = config.base_channels or 16
    most = config.max_channels or 8 * width
    if config.task == "style" or config.translator == "resnet":
        generator = ResNet(given, made, width, 6, retouch=config.task == "style")
    else:
        generator = UNet(given, made, [min(width << level, most) for level in range(5)], config.dropout)
    kinds: list[AugmentKind] = [kind for kind in config.augment_kinds if kind not in _COLOURS]
    augment = Augment2d(kinds) if kinds else None
    discriminator = PatchDiscriminator(channels, [width, 2 * width, 4 * width])
    return Networks(generator, discriminator, 0, augment, given=given, window=_WINDOW)
