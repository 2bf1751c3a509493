"""The settings of the music plugin."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from artgen.config import DomainConfig

Model = Literal["latent", "spectrogram"]


class MusicConfig(DomainConfig):
    """``seconds``, ``minutes`` and ``normalise`` decide the prepared slices; the rest networks and sound."""

    prepare_fields: ClassVar[tuple[str, ...] | None] = ("seconds", "minutes", "normalise")

    seconds: float = Field(4.096, ge=1, le=60, description="length of a training item; slices are twice as long")
    minutes: float = Field(15.0, gt=0, le=600, description="how much of each file is used")
    normalise: bool = Field(True, description="bring every file to the same loudness (-20 dBFS RMS)")
    model: Model = Field("latent", description="latent: 1-D GAN over a closed-form autoencoder; spectrogram: 2-D GAN")
