"""The image plugin's table of contents: what artgen asks, and which module answers; torch only when asked to build."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from artgen import hookimpl
from artgen.types import Domain, Size, StartWeights, TaskDefaults
from artgen_image.config import ImageConfig, Model

if TYPE_CHECKING:
    import numpy as np

    from artgen.types import Codec, DataSpec, Judge, Networks, Opened, RawItem, Skipped, Source, SourceFile, Writer

HERE = Path(__file__).parent
SUFFIXES = (
    ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff", ".avif", ".avifs",
    ".jp2", ".j2k", ".jpx", ".jpf", ".ppm", ".pgm", ".pbm", ".pnm", ".tga", ".qoi", ".pcx", ".apng", ".heic", ".heif",
)  # fmt: skip
HEIC = ("pillow_heif", "artgen-suite[heic]")
# pix2pix's and CUT's game, by many steps of few pictures; D without normalization is kept calm by a weak penalty
CHANGE = {"loss": "least-squares", "batch": 4, "lr_g": 1e-3, "lr_d": 1e-3, "beta1": 0.5, "gamma": 0.1, "r2": False}


@hookimpl
def artgen_domain() -> Domain:
    """Pictures: generated, reconstructed, colored, enlarged, translated, moved toward a style."""
    return Domain(
        name="image",
        api=1,
        summary="pictures: photographs, drawings, paintings, icons, of any size, shape and mode",
        config=ImageConfig,
        suffixes=SUFFIXES,
        needs={".heic": HEIC, ".heif": HEIC},
        tasks=("generate", "reconstruct", "translate", "colorize", "enlarge", "style"),
        models=get_args(Model),
        presets={file.stem: file for file in sorted((HERE / "presets").glob("*.toml"))},
        preset="small",
        sizes={
            "tiny": Size("32 pixels, learns quickest"),
            "few": Size("32 pixels, for few works (about a hundred)"),
            "small": Size("64 pixels, saved at 256, good after minutes"),
            "base": Size("128 pixels, for a graphics card", gpu=True),
            "base256": Size("256 pixels, for a large graphics card", gpu=True),
        },
        embedded=HERE / "embedded",
        start=(
            StartWeights(HERE / "weights" / "start64.safetensors", "drawings", title="Drawings"),
            # at full strength the enlarger, which knows drawings best, draws lines into photographs
            StartWeights(
                HERE / "weights" / "photographs64.safetensors", "photographs", {"enlarge_strength": 0.4}, "Photographs"
            ),
            StartWeights(HERE / "weights" / "motifs64.safetensors", "motifs", title="Many motifs"),
            StartWeights(HERE / "weights" / "start.safetensors", "drawings32", title="Drawings, 32 pixels"),  # of tiny
        ),
        style=HERE / "paintings",
        output_settings=("enlarge", "enlarge_strength", "enlarger"),
        train={"lr_g": 4e-4, "lr_d": 4e-4},  # of the preset small; the others have their own
        # Weights that ship were augmented about so. With half of it and a short average four minutes of the default lost what
        # makes its start good: KID of the embedded pictures .27 -> .34, of landscapes .54 -> .91; by these .23 and .55
        tuning={"augment_strength": 0.4, "ema_from": 20_000, "pattern_weight": 0.25},
        # the start knows of the embedded ones what minutes can teach, and large steps would only move it away. These have no such
        # pattern to lose, and few works of a class have means that differ by chance
        tuning_embedded={"lr_g": 5e-5, "lr_d": 5e-5, "ema_from": 150_000, "pattern_weight": 0.0},
        defaults={
            "colorize": TaskDefaults(
                HERE / "photographs",
                preset="colorize",
                start=StartWeights(HERE / "weights" / "colorize64.safetensors", "colors", title="Colors"),
                budget="10m",
                train=CHANGE,
                tuning={"lr_g": 2e-4, "lr_d": 2e-4},
            ),
            "enlarge": TaskDefaults(HERE / "photographs", preset="enlarge", budget="10m", train=CHANGE),
            "translate": TaskDefaults(
                HERE / "pairs",
                preset="translate",
                start=StartWeights(
                    HERE / "weights" / "translate64.safetensors", "line-drawings", title="Line drawings"
                ),
                budget="10m",
                train=CHANGE,
                tuning_embedded={"lr_g": 1e-4, "lr_d": 1e-4},
            ),
            "style": TaskDefaults(
                HERE / "photographs",
                preset="style",
                start=StartWeights(HERE / "weights" / "style64.safetensors", "van-gogh", title="Van Gogh"),
                budget="10m",
                train={**CHANGE, "lr_g": 3e-4, "lr_d": 2e-3},
                tuning={"lr_g": 2e-5, "lr_d": 2e-4, "ema": 0.3},
            ),
            # by the momentum-free steps of the GANs the autoencoder saturated to white at 9,000 items
            "reconstruct": TaskDefaults(
                preset="vae",
                train={"beta1": 0.9, "beta2": 0.999, "clip_norm": 1.0},
                sizes={
                    "vae": Size("32 pixels, in minutes"),
                    "vae-base": Size("128 pixels, for a graphics card", gpu=True),
                },
            ),
        },
    )


@hookimpl
def artgen_prepare(source: Source, config: ImageConfig) -> Iterator[RawItem | Skipped]:
    """Files to ``[c, h, w]`` uint8."""
    from artgen_image.prepare import prepare

    return prepare(source, config)


@hookimpl
def artgen_codec(config: ImageConfig) -> Codec:
    """uint8 <-> [-1, 1], or light and colors."""
    from artgen_image.change import build_codec

    return build_codec(config)


@hookimpl
def artgen_networks(config: ImageConfig, spec: DataSpec) -> Networks:
    """The networks of ``config.model``, or of the task."""
    from artgen_image.networks import build

    return build(config, spec)


@hookimpl
def artgen_writer(config: ImageConfig) -> Writer:
    """PNG files."""
    from artgen_image.writer import ImageWriter

    if config.task == "enlarge":  # its results are large as they are made
        return ImageWriter()
    return ImageWriter(config.enlarge, config.enlarge_strength, config.enlarger)


@hookimpl
def artgen_judge(config: ImageConfig) -> Judge:
    """MobileNetV2's features; light, color, detail; nearness to the truth, edges kept, and baselines of the task."""
    from artgen_image.judge import judge

    return judge(config)


@hookimpl
def artgen_start_distances(items: np.ndarray, starts: Sequence[StartWeights]) -> list[np.ndarray] | None:
    """By EfficientNet-lite0, through which discriminators look and nothing is judged."""
    from artgen.nn import start_distances

    return start_distances(items, [start.path for start in starts], HERE / "weights" / "starts.safetensors")


@hookimpl
def artgen_open(file: SourceFile, config: ImageConfig) -> Opened | Skipped:
    """A picture at its own size."""
    from artgen_image.open_file import open_picture

    return open_picture(file, config)
