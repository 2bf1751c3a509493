"""A whole domain in sixty lines: curves of 16 points from .npy files. What a plugin author's first attempt looks like."""

import numpy as np
import torch
from torch import nn

import artgen
from artgen.nn import StyleGenerator


class ToyConfig(artgen.DomainConfig):
    points: int = 16
    width: int = 32


class Codec(nn.Module):
    def fit(self, raw):
        pass

    def vary(self, raw, rng):
        return raw

    def encode(self, raw):
        return raw.float() / 127.5 - 1

    def decode(self, x):
        return ((x.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)


class Generator(StyleGenerator):
    def __init__(self, classes, width, points):
        super().__init__(8, classes, width, 1)
        self.net = nn.Sequential(nn.Linear(width + 4, width), nn.LeakyReLU(0.2), nn.Linear(width, points), nn.Tanh())

    def synthesis(self, w, noise, options):
        return self.net(torch.cat([self.per_layer(w)[0], noise.normal(4)], 1))


class Discriminator(nn.Module):
    def __init__(self, classes, width, points):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(points + classes, width), nn.LeakyReLU(0.2), nn.Linear(width, 1))

    def forward(self, x, condition):
        return self.net(torch.cat([x, condition], 1))


class Writer:
    def write(self, sample, stem, metadata):
        path = stem.with_name(stem.name + ".npy")
        np.save(path, sample.data)
        return [path]

    def sheet(self, samples, path, columns=None):
        from PIL import Image

        Image.fromarray(np.stack([s.data for s in samples])).save(path)
        return path


@artgen.hookimpl
def artgen_domain():
    return artgen.Domain(name="toy", api=artgen.API, summary="curves", config=ToyConfig, suffixes=(".npy",))


@artgen.hookimpl
def artgen_prepare(source, config):
    for file in source.files:
        try:
            data = np.load(file.path)
        except (ValueError, OSError, EOFError):
            yield artgen.Skipped(file.name, "not an array")
            continue
        yield artgen.RawItem(data[: config.points], file.label, file.name)


@artgen.hookimpl
def artgen_codec(config):
    return Codec()


@artgen.hookimpl
def artgen_networks(config, spec):
    (points,) = spec.shape
    generator = Generator(spec.classes, config.width, points)
    return artgen.Networks(generator, Discriminator(spec.classes, config.width, points), 8, augment)


def augment(x, strength, rng):
    shift = torch.randn(len(x), 1, generator=rng, device=x.device) * 0.05
    return x + shift * (torch.rand(len(x), 1, generator=rng, device=x.device) < strength)


@artgen.hookimpl
def artgen_writer(config):
    return Writer()
