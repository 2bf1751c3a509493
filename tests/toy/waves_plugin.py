"""A second toy: curves of any length that are changed. ``[c, n]`` uint8 in .npy files, one channel, or two for pairs."""

import numpy as np
import torch
from torch import nn

import artgen


class WavesConfig(artgen.DomainConfig):
    points: int = 16
    width: int = 8


class Codec(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.task, self.points = config.task, config.points

    def fit(self, raw):
        pass

    def vary(self, raw, rng):
        start = int(torch.randint(raw.shape[-1] - self.points + 1, (), generator=rng))
        return raw[..., start : start + self.points]

    def encode(self, raw):
        return raw[..., : self.points].float() / 127.5 - 1

    def decode(self, x):
        return ((x.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)

    def part(self, raw):
        if self.task == "style":
            return raw, None
        if self.task == "translate":
            return raw[:, :1], raw[:, 1:]
        return torch.cat([raw[:, :1], torch.full_like(raw[:, 1:], 128)], 1), raw

    def take(self, raw):
        return raw[:, :1].float() / 127.5 - 1

    def give(self, raw, x):
        return torch.cat([raw[:, :1], self.decode(x)], 1) if self.task == "colorize" else self.decode(x)


class Generator(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.first, self.last = nn.Conv1d(1, width, 3, padding=1), nn.Conv1d(width, 1, 3, padding=1)

    def features(self, x):
        return [x, torch.relu(self.first(x))]

    def forward(self, x, condition, noise):
        return torch.tanh(self.last(self.features(x)[-1]))


class Discriminator(nn.Module):
    def __init__(self, channels, width):
        super().__init__()
        self.net = nn.Sequential(nn.Conv1d(channels, width, 3), nn.LeakyReLU(0.2), nn.Conv1d(width, 1, 3), nn.Flatten())

    def forward(self, x, condition):
        return self.net(x)


class Writer:
    def write(self, sample, stem, metadata):
        path = stem.with_name(stem.name + ".npy")
        np.save(path, sample.data)
        return [path]

    def sheet(self, samples, path, columns=None):
        from PIL import Image

        Image.fromarray(np.concatenate([s.data[:1, :16] for s in samples])).save(path)
        return path


@artgen.hookimpl
def artgen_domain():
    return artgen.Domain(
        name="waves",
        api=artgen.API,
        summary="waves",
        config=WavesConfig,
        suffixes=(".npy",),
        tasks=("translate", "colorize", "style"),
        train={"augment": "off", "loss": "least-squares"},
        defaults={"colorize": artgen.TaskDefaults(train={"l1_weight": 10.0})},
    )


def read(path):
    try:
        data = np.load(path)
    except (ValueError, OSError, EOFError):
        return None
    return data if data.ndim == 2 else None


@artgen.hookimpl
def artgen_prepare(source, config):
    for file in source.files:
        data = read(file.path)
        if data is None or data.shape[1] < config.points:
            yield artgen.Skipped(file.name, "no wave")
        else:
            yield artgen.RawItem(data[:, : 2 * config.points], file.label, file.name)


@artgen.hookimpl
def artgen_codec(config):
    return Codec(config)


@artgen.hookimpl
def artgen_networks(config, spec):
    channels, _ = spec.shape
    nets = Generator(config.width), Discriminator(channels, config.width)
    return artgen.Networks(*nets, 0, source_channels=1, window=(32,))


@artgen.hookimpl
def artgen_writer(config):
    return Writer()


@artgen.hookimpl
def artgen_open(file, config):
    data = read(file.path)
    if data is None:
        return artgen.Skipped(file.name, "no wave")
    return artgen.Opened(iter([data[:1] if config.task == "translate" else data]))
