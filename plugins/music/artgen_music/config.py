"""The settings of the music plugin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from artgen import DomainConfig
from artgen.types import TRANSLATION_TASKS

AugmentKind = Literal["gain", "equalizer", "pitch", "stretch", "mix", "mask"]
SoundFormat = Literal["wav", "wav24", "flac", "ogg", "mp3"]
Model = Literal["latent", "spectrogram"]
SoundRate = Literal[16_000, 32_000]
Width = Annotated[int, Field(ge=4, le=4096)]
# Hz; samples (16 ms) between spectrogram frames; Hz of sound with a high band. Here, because this module needs no torch
SAMPLE_RATE, HOP, HIGH_RATE = 16_000, 256, 32_000


class MusicConfig(DomainConfig):
    """``seconds``, ``minutes`` and ``normalize`` decide the prepared slices; the rest networks and sound."""

    prepare_fields: ClassVar[tuple[str, ...] | None] = ("seconds", "minutes", "normalize")
    old_names: ClassVar[Mapping[str, str]] = {"normalise": "normalize"}

    seconds: float = Field(4.096, ge=1, le=60, description="length of a training item; slices are twice as long")
    minutes: float = Field(15.0, gt=0, le=600, description="how much of each file is used")
    normalize: bool = Field(True, description="bring every file to the same loudness (-20 dBFS RMS)")
    model: Model = Field(
        "latent", description="generate: latent (1-D GAN over a closed-form autoencoder) or spectrogram (2-D)"
    )
    latent: int = Field(64, ge=1, le=4096, description="size of z")
    style: int = Field(64, ge=1, le=1024, description="size of the style w")
    generator_widths: tuple[Width, ...] = Field(
        (192, 192, 144, 144), min_length=2, max_length=6, description="channels of the stages, coarse to fine"
    )
    discriminator_widths: tuple[Width, ...] = Field(
        (144, 144, 192, 192), min_length=2, max_length=5, description="channels of the stages, fine to coarse"
    )
    patch: Literal[1, 2, 4, 8] = Field(4, description="latent: frames (16 ms each) that become one step")
    components: int = Field(64, ge=4, le=512, description="latent: principal components kept of a patch")
    whiten: float = Field(0.7, ge=0, le=1, description="latent: 0 keeps the components' sizes, 1 makes them equal")
    augment_kinds: tuple[AugmentKind, ...] = Field(
        ("gain", "equalizer", "pitch", "stretch", "mix", "mask"), description="augmentations before the discriminator"
    )
    change_width: Width = Field(
        16, description="style, translate: channels of the translator where it is widest in time"
    )
    change_blocks: int = Field(4, ge=1, le=16, description="style, translate: residual blocks of the translator")
    change_db: float = Field(
        24.0, gt=0, le=60, description="style, translate: how far a band may be turned up or down at a moment"
    )
    change_beats: bool = Field(
        False, description="style, translate: every band is told of the beat, also where it is silent"
    )
    change_drums: bool = Field(False, description="style, translate: the drummer that ships plays along")
    inversion_steps: int = Field(16, ge=0, le=500, description="Griffin-Lim steps from spectrogram to sound")
    format: SoundFormat = Field("wav", description="files that are written; wav24: 24 bit")
    rate: SoundRate | None = Field(
        None,
        description="samples a second of what is written; with 32000 a learned high band is added. Default: 32000 for pieces, "
        "16000 for sounds that are changed",
    )
    stereo: float = Field(
        0.0, ge=0, le=1, description="width of a piece: 0 is mono, with 0.5 the sides are half as strong as the middle"
    )
    loudness: float = Field(
        -14.0, ge=-40, le=-5, description="LUFS of a piece that is written, less where its true peak would pass -1 dB"
    )

    @property
    def output_rate(self) -> SoundRate:
        """``rate``, or what suits the task: pieces get a high band, works of others that are changed do not."""
        return self.rate or (16_000 if self.task in TRANSLATION_TASKS else 32_000)

    @property
    def frames(self) -> int:
        """Spectrogram frames of a training item: a multiple of 64, so that every stage can halve it."""
        return max(64, round(self.seconds * SAMPLE_RATE / HOP / 64) * 64)
