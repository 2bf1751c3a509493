"""The video plugin's table of contents: what artgen asks, and which module answers; torch only when asked to build."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from artgen import hookimpl
from artgen.types import TRANSLATION_TASKS, Domain, Size, StartWeights, TaskDefaults
from artgen_video.config import Model, VideoConfig

if TYPE_CHECKING:
    import numpy as np

    from artgen.types import Codec, DataSpec, Judge, Networks, Opened, RawItem, Skipped, Source, SourceFile, Writer

HERE = Path(__file__).parent
FILMS = (
    ".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi", ".mts", ".m2ts", ".ts", ".mpg", ".mpeg", ".vob", ".3gp", ".3g2", ".wmv",
    ".asf", ".flv", ".ogv", ".qt",
)  # fmt: skip
ANIMATIONS = (".gif", ".webp", ".png", ".apng")
CHANGES = {"augment": "off", "beta1": 0.5, "flicker_weight": 10.0}
STILLS = (".png", ".webp", ".jpg", ".jpeg", ".bmp")


@hookimpl
def artgen_domain() -> Domain:
    """Films, generated and changed."""
    return Domain(
        name="video",
        api=1,
        summary="films: MP4, WebM, GIF, animated WebP and PNG, folders of numbered frames",
        config=VideoConfig,
        suffixes=tuple(dict.fromkeys(FILMS + ANIMATIONS + STILLS)),
        tasks=("generate", "colorize", "style"),
        models=get_args(Model),
        presets={file.stem: file for file in sorted((HERE / "presets").glob("*.toml"))},
        preset="small",
        sizes={
            "tiny": Size("32 pixels, two seconds, learns quickest"),
            "small": Size("64 pixels, saved at 256, two seconds, good after minutes"),
            "base": Size("128 pixels, two seconds, for a graphics card", gpu=True),
        },
        embedded=HERE / "embedded",
        start=(
            StartWeights(HERE / "weights" / "start64.safetensors", "cartoons", title="Cartoons"),
            # as for photographs: at full strength the enlarger draws lines into them
            StartWeights(
                HERE / "weights" / "filmed64.safetensors", "filmed", {"enlarge_strength": 0.4}, "Filmed views"
            ),
            StartWeights(HERE / "weights" / "start.safetensors", "cartoons32", title="Cartoons, 32 pixels"),  # of tiny
        ),
        sampling=("seconds", "loop", "fps", "motion", "moments"),
        train={"lr_g": 4e-4, "lr_d": 4e-4},  # of the preset small; the others have their own
        # Weights that ship ended at a tenth of these rates: at the full ones 3,000 clips cost them their dogs and cats (KID of
        # faces .09 -> .50), at a quarter 1,600 clips cost nothing. A long average, because by one over the last fifth of what was
        # seen the first 800 clips were farther from real ones than the start (KID .20 -> .26; so .22, then nearer with each look)
        tuning_embedded={"lr_g": 1e-4, "lr_d": 1e-4, "ema_from": 20_000, "augment_strength": 0.35},
        style=HERE / "paintings",
        output_settings=("enlarge", "enlarge_strength", "enlarger"),
        defaults={
            "colorize": TaskDefaults(preset="colorize", train=CHANGES),
            "style": TaskDefaults(preset="style", train=CHANGES),
        },
    )


@hookimpl
def artgen_prepare(source: Source, config: VideoConfig) -> Iterator[RawItem | Skipped]:
    """Files to clips ``[c, t, h, w]`` uint8."""
    from artgen_video.prepare import prepare

    return prepare(source, config)


@hookimpl
def artgen_codec(config: VideoConfig) -> Codec:
    """uint8 <-> [-1, 1]."""
    from artgen_video.change import build_codec

    return build_codec(config)


@hookimpl
def artgen_networks(config: VideoConfig, spec: DataSpec) -> Networks:
    """The networks of ``config.model``; of the task, where films are changed."""
    if config.task in TRANSLATION_TASKS:
        from artgen_video.framewise import build_changers

        return build_changers(config, spec)
    from artgen_video.networks import build

    return build(config, spec)


@hookimpl
def artgen_writer(config: VideoConfig) -> Writer:
    """MP4 and GIF files."""
    from artgen_video.writer import VideoWriter

    return VideoWriter(config.fps, config.format, config.enlarge, config.enlarge_strength, config.enlarger)


@hookimpl
def artgen_judge(config: VideoConfig) -> Judge:
    """Features of clips, and descriptors of their motion."""
    if config.task in TRANSLATION_TASKS:
        from artgen_video.judge_changes import build_changes

        return build_changes(config)
    from artgen_video.judge import build

    return build()


@hookimpl
def artgen_start_distances(items: np.ndarray, starts: Sequence[StartWeights]) -> list[np.ndarray] | None:
    """By EfficientNet-lite0, through which discriminators look and nothing is judged."""
    from artgen_video.starts import distances

    return distances(items, [start.path for start in starts])


@hookimpl
def artgen_open(file: SourceFile, config: VideoConfig) -> Opened | Skipped:
    """A film whole, at its own size and rate, with its sound."""
    from artgen_video.opening import open_film

    return open_film(file, config)
