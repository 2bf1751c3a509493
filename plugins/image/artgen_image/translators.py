"""The networks of the tasks that change pictures."""

from __future__ import annotations

from artgen.errors import InputError
from artgen.nn import Augment2d, PatchDiscriminator, ResNet, UNet
from artgen.types import DataSpec, Networks
from artgen_image.colorizer import Colorist
from artgen_image.config import AugmentKind, ImageConfig
from artgen_image.enlarging import SCALE, EnlargingDiscriminator, EnlargingGenerator
from artgen_image.painter import Painter, StyleDiscriminator

_WINDOW = (512, 512)  # pixels changed at a time: larger pictures go window by window
_SMALL = (256, 256)  # of those that become four times as large
_COLORS = ("color", "cutout")  # augmentations that mean something else where channels are not red, green and blue


def build_translators(config: ImageConfig, spec: DataSpec) -> Networks:
    """Generator and discriminator for items ``[c, h, w]`` of the config's task. Raises InputError for a painter of another task
    than style."""
    if config.translator == "painter" and config.task != "style":
        raise InputError(
            f"paints for the task style, not for {config.task}; leave it out", at="--set", value="translator=painter"
        )
    channels = spec.shape[0]
    if config.task == "enlarge":
        given = channels // (SCALE**2 + 1)
        judging = EnlargingDiscriminator(given, config.base_channels or 32)
        return Networks(EnlargingGenerator(given), judging, 0, source_channels=given, window=_SMALL)
    if config.task == "style" and config.translator == "painter":
        width = config.base_channels or 16
        judging, sources = StyleDiscriminator(channels, 2 * width), (StyleDiscriminator.source,)
        return Networks(
            Painter(channels, width), judging, 0, source_channels=channels, window=_WINDOW, feature_sources=sources
        )
    given = {"translate": channels // 2, "colorize": 1}.get(config.task, channels)
    made = channels - given or channels
    width = config.base_channels or 16
    most = config.max_channels or 8 * width
    levels = [min(width << level, most) for level in range(5)]
    if config.task == "style":  # of runs from before there was a painter
        generator = ResNet(given, made, width, 4, retouch=True, folded=True)
    elif config.translator == "resnet":
        generator = ResNet(given, made, width, 6)
    elif config.task == "colorize" and config.translator is None:
        generator = Colorist(made, 3 * width)
    else:
        generator = UNet(given, made, levels, config.dropout, retouch=given == made)
    kinds: list[AugmentKind] = [kind for kind in config.augment_kinds if kind not in _COLORS]
    augment = Augment2d(kinds) if kinds else None
    # cheap beside the generator, and only as much style is learned as it sees
    patch = 3 * width if config.task == "style" else width
    discriminator = PatchDiscriminator(channels, [patch, 2 * patch, 4 * patch])
    return Networks(generator, discriminator, 0, augment, source_channels=given, window=_WINDOW)
