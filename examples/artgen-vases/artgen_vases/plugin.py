"""Vases turned on a wheel: a picture of a silhouette is 32 numbers, the width of the vase in each of its rows."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn

import artgen
from artgen.nn import ByteCodec, StyleGenerator

ROWS = 32


class Config(artgen.DomainConfig):
    width: int = 64  # of the networks' layers; --set width=128


class Generator(StyleGenerator):
    def __init__(self, classes, width):
        super().__init__(8, classes, width, 1)  # 8 numbers of z, one layer that takes the style
        self.net = nn.Sequential(nn.Linear(width, width), nn.LeakyReLU(0.2), nn.Linear(width, ROWS), nn.Tanh())

    def synthesis(self, w, noise, options):
        return self.net(self.per_layer(w)[0])


class Discriminator(nn.Module):
    def __init__(self, classes, width):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(ROWS + classes, width), nn.LeakyReLU(0.2), nn.Linear(width, 1))

    def forward(self, x, condition):
        return self.net(torch.cat([x, condition], 1))


class Writer:
    def write(self, sample, stem, metadata):
        path = stem.with_name(stem.name + ".png")
        silhouette(sample.data).save(path)
        return [path]

    def sheet(self, samples, path, columns=None):
        row = np.hstack([silhouette(sample.data) for sample in samples])
        Image.fromarray(np.pad(row, 8, constant_values=240)).save(path)
        return path


def silhouette(widths):
    """A picture of 256 x 128 dots, four rows for each of the 32 widths."""
    across = np.abs(np.arange(-127, 129) * 2 - 1) <= widths.repeat(4)[:, None]
    return Image.fromarray(np.where(across, 60, 240).astype(np.uint8))


@artgen.hookimpl
def artgen_domain():
    home = Path(__file__).parent
    return artgen.Domain("vases", 1, "silhouettes of vases", Config, suffixes=(".png",), embedded=home / "embedded")


@artgen.hookimpl
def artgen_prepare(source, config):
    for file in source.files:
        try:
            with Image.open(file.path, formats=["PNG"]) as picture:
                dark = np.asarray(picture.convert("L").resize((256, ROWS), Image.Resampling.BOX)) < 150
        except (OSError, ValueError, Image.DecompressionBombError):
            yield artgen.Skipped(file.name, "not a PNG picture")
            continue
        yield artgen.RawItem(dark.sum(1).clip(0, 255).astype(np.uint8), file.label, file.name)


@artgen.hookimpl
def artgen_codec(config):
    return ByteCodec()


@artgen.hookimpl
def artgen_networks(config, spec):
    return artgen.Networks(Generator(spec.classes, config.width), Discriminator(spec.classes, config.width), 8)


@artgen.hookimpl
def artgen_writer(config):
    return Writer()
