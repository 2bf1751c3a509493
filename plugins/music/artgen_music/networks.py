"""Build the pair of networks for the settings."""

from __future__ import annotations

from typing import Any

from artgen.types import TRANSLATION_TASKS, DataSpec, Networks
from artgen_music.augment import AugmentSound
from artgen_music.config import AugmentKind, MusicConfig
from artgen_music.spectrum import HOP, SAMPLE_RATE

WINDOW = 2  # trained lengths that the translator looks at together in a longer song


def build_networks(config: MusicConfig, spec: DataSpec) -> Networks:
    """The pair of ``config.model`` for items of ``spec.shape``: latents [c, t] or a spectrogram [1, mel, t]."""
    if config.task in TRANSLATION_TASKS:
        return _translators(config, spec)
    frames_a_second = SAMPLE_RATE / HOP
    if config.model == "latent":
        from artgen_music.latent_nets import LatentDiscriminator, LatentGenerator

        channels, steps = spec.shape
        shape = (channels, steps)
        a_second = frames_a_second / config.patch
        generator = LatentGenerator(config.latent, spec.classes, config.style, shape, config.generator_widths, a_second)
        discriminator = LatentDiscriminator(spec.classes, shape, config.discriminator_widths)
        return Networks(generator, discriminator, config.latent, **_augmentation(config))
    from artgen_music.spectrogram_nets import SpectrogramDiscriminator, SpectrogramGenerator

    _, mels, frames = spec.shape
    generator = SpectrogramGenerator(
        config.latent, spec.classes, config.style, (mels, frames), config.generator_widths, frames_a_second
    )
    discriminator = SpectrogramDiscriminator(spec.classes, mels, config.discriminator_widths)
    return Networks(generator, discriminator, config.latent, **_augmentation(config))


def _augmentation(config: MusicConfig) -> dict[str, Any]:
    """What Networks says of augmentation: on the log-mel, which a codec of components opens to. A style is what an equalizer
    changes, and has no classes to mix in."""
    kinds: list[AugmentKind] = [
        kind for kind in config.augment_kinds if config.task != "style" or kind not in ("equalizer", "mix")
    ]
    if not kinds:
        return {}
    return {"augment": AugmentSound(kinds), "augment_view": True, "augment_condition": True}


def _translators(config: MusicConfig, spec: DataSpec) -> Networks:
    """The pair of the tasks style and translate, for whole songs stretch by stretch."""
    from artgen_music.change_nets import Restyle, TrainCrop, lost_rhythm
    from artgen_music.spectrogram_nets import SpectrogramDiscriminator

    channels, mels, frames = spec.shape  # two channels are a pair
    generator = Restyle(
        mels, config.change_width, config.change_blocks, config.change_db, config.change_beats, config.change_drums
    )
    discriminator = SpectrogramDiscriminator(0, mels, config.discriminator_widths, channels)
    train_crop = TrainCrop(max(64, frames // 2))  # 64: what the discriminator can halve to the end
    return Networks(
        generator,
        discriminator,
        0,
        train_crop=train_crop,
        source_channels=1,
        window=(mels, WINDOW * frames),
        content_loss=lost_rhythm,
        **(_augmentation(config) if channels == 1 else {}),
    )
