"""The music plugin's table of contents: what artgen asks, and which module answers. Imports torch only when asked to build."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from artgen import hookimpl
from artgen.types import TRANSLATION_TASKS, Domain, SampleOptions, Size, StartWeights, TaskDefaults
from artgen_music.config import SAMPLE_RATE, Model, MusicConfig

if TYPE_CHECKING:
    import numpy as np

    from artgen.types import Codec, DataSpec, Judge, Networks, Opened, RawItem, Skipped, Source, SourceFile, Writer

HERE = Path(__file__).parent
SUFFIXES = (
    ".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".aifc", ".m4a", ".m4b", ".mp4", ".aac", ".wma", ".mka",
    ".caf", ".au", ".snd", ".w64", ".rf64", ".mp2", ".mpga", ".amr", ".3ga", ".ape", ".wv", ".tta", ".ac3", ".webm", ".weba",
)  # fmt: skip


@hookimpl
def artgen_domain() -> Domain:
    """Music of any length."""
    return Domain(
        name="music",
        api=1,
        summary="music: pieces of any length and seamless loops, from a folder of recordings",
        config=MusicConfig,
        suffixes=SUFFIXES,
        tasks=("generate", "style", "translate"),
        models=get_args(Model),
        presets={file.stem: file for file in sorted((HERE / "presets").glob("*.toml"))},
        preset="tiny",
        sizes={"tiny": Size("pieces of any length")},  # the other presets are designs of before, for comparisons
        embedded=HERE / "embedded",
        start=(
            StartWeights(HERE / "weights" / "start.safetensors", "genres", title="Classical, pop, rock"),
            StartWeights(HERE / "weights" / "recordings.safetensors", "recordings", title="Recordings"),
        ),
        budget="3m",  # with installation and judging less than five minutes, on slow processors too
        rate=SAMPLE_RATE,
        options=SampleOptions(seconds=12.0),
        sampling=("seconds", "loop"),
        output_settings=("format", "loudness", "rate", "stereo"),
        # a strong penalty makes notes hold (with gamma 1 they flicker); small batches buy steps, which is what is short.
        # More augmentation than this shows in what is made: at strength .58 rock became a wall of noise
        train={
            "batch": 16,
            "precision": "fast",
            "warmup": 0.03,
            "gamma": 2.0,
            "gamma_end": 0.3,
            "augment_strength": 0.3,
            "augment_max": 0.4,
            "augment_target": 0.8,
        },
        tuning={"lr_g": 5e-4, "lr_d": 5e-4},
        # a long average, because single states differ by chance in what they can: KID of pop 1.9 to 2.7 within two minutes
        tuning_embedded={"lr_g": 1e-4, "lr_d": 1e-4, "ema_from": 30_000},
        defaults={
            "style": TaskDefaults(
                embedded=HERE / "embedded" / "classical",
                style=HERE / "embedded" / "rock",
                preset="style",
                start=StartWeights(HERE / "weights" / "rock.safetensors", "rock", title="Rock"),
                budget="5m",
                # time has a direction: no mirroring
                train={
                    "batch": 4,
                    "gamma": 3.0,
                    "nce_flip": False,
                    "nce_weight": 2.0,
                    "content_weight": 5.0,
                    "holdout": 0.15,
                },
                # very gentle: at rates of 2e-5 two thousand items led back toward the source (KID 11.3 to 14.7)
                tuning={"lr_g": 5e-6, "lr_d": 1e-4, "nce_weight": 1.0, "ema": 0.3},
            ),
            "translate": TaskDefaults(
                preset="pairs",
                budget="10m",
                train={"batch": 4, "l1_weight": 20.0, "content_weight": 5.0, "gamma": 3.0},
            ),
        },
    )


@hookimpl
def artgen_prepare(source: Source, config: MusicConfig) -> Iterator[RawItem | Skipped]:
    """Files to slices ``[n]`` int16 at 16 kHz."""
    from artgen_music.prepare import prepare

    return prepare(source, config)


@hookimpl
def artgen_codec(config: MusicConfig) -> Codec:
    """Sound <-> latent sequence or spectrogram."""
    from artgen_music.codec import build_codec

    return build_codec(config)


@hookimpl
def artgen_networks(config: MusicConfig, spec: DataSpec) -> Networks:
    """The networks of ``config.model``."""
    from artgen_music.networks import build_networks

    return build_networks(config, spec)


@hookimpl
def artgen_writer(config: MusicConfig) -> Writer:
    """WAV and spectrogram files."""
    from artgen_music.writer import MusicWriter

    changes = config.task in TRANSLATION_TASKS
    return MusicWriter(changes, config.format, config.loudness, config.output_rate, config.stereo)


@hookimpl
def artgen_judge(config: MusicConfig) -> Judge:
    """musicnn features, statistics of sound texture, descriptors of rhythm and harmony, what a change keeps, what a listener
    would name."""
    from artgen.types import Judge
    from artgen_music.judge import MusicnnFeatures, attributes, statistics
    from artgen_music.rhythm import SECONDS, joined, steadiness
    from artgen_music.style_metrics import content, equalized
    from artgen_music.texture import TextureFeatures

    return Judge(
        MusicnnFeatures(),
        statistics,
        count=32,
        content=content,
        baselines={"equalizer": equalized},
        attributes=attributes,
        kept=HERE / "weights" / "judged.safetensors",
        second=TextureFeatures(),
        long_statistics=steadiness,
        joined=joined,
        long_seconds=SECONDS,
    )


@hookimpl
def artgen_start_distances(items: np.ndarray, starts: Sequence[StartWeights]) -> list[np.ndarray] | None:
    """By how loud, lively, steady and tonal the bands of the spectrum are, by which nothing is judged."""
    from artgen_music.starts import distances

    return distances(items, [start.path for start in starts])


@hookimpl
def artgen_open(file: SourceFile, config: MusicConfig) -> Opened | Skipped:
    """A whole song at 16 kHz, a minute at a time."""
    from artgen_music.open_file import open_song

    return open_song(file, config)
