"""Build the pair of networks for the settings."""

from __future__ import annotations

from artgen.types import DataSpec, Networks
from artgen_music.config import MusicConfig
from artgen_music.spectrum import HOP, SAMPLE_RATE


def build_networks(config: MusicConfig, spec: DataSpec) -> Networks:
    """The pair of ``config.model`` for items of ``spec.shape``: latents [c, t] or a spectrogram [1, mel, t]."""
    frames_a_second = SAMPLE_RATE / HOP
    if config.model == "latent":
        from artgen_music.latent_nets import LatentDiscriminator, LatentGenerator

        channels, steps = spec.shape
        shape = (channels, steps)
        a_second = frames_a_second / config.patch
        generator = LatentGenerator(config.latent, spec.classes, config.style, shape, config.generator_widths, a_second)
        return Networks(generator, LatentDiscriminator(spec.classes, shape, config.discriminator_widths), config.latent)
    from artgen_music.spectrogram_nets import SpectrogramDiscriminator, SpectrogramGenerator

    _, mels, frames = spec.shape
    generator = SpectrogramGenerator(
        config.latent, spec.classes, config.style, (mels, frames), config.generator_widths, frames_a_second
    )
    discriminator = SpectrogramDiscriminator(spec.classes, mels, config.discriminator_widths)
    return Networks(generator, discriminator, config.latent)
