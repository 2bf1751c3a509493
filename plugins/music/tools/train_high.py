"""Train the high band (artgen_music/high_band.py): a small GAN over the loudness of bands, every 4 ms.

    python train_high.py FOLDER HELD OUT [--way gan] [--minutes 7]

FOLDER, HELD: WAV files of 32 kHz or more, as `render_wide.py --rate 32000` and the same with `--held-out` write them. OUT: the
weights (safetensors, half precision). `--way regression` and `--way spread` train the baselines of
benchmarks/results/music_sound.md: the mean of the logarithm, and mean and spread of a band from which it is drawn.

Half of the given sounds went through the codec of the start weights, mel bands and components and all, because that is what
the sound of a generator is like.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F

import artgen
from artgen_music import high_band as hb
from artgen_music.config import HIGH_RATE, HOP, SAMPLE_RATE
from artgen_music.spectrum import CONTEXT

START = Path(hb.__file__).parent / "weights" / "start.safetensors"
BATCH, FRAMES = 16, 250  # items of a second
SMOOTH = 25  # frames, 100 ms, over which the level has to be right
RATE, GAMMA, LAZY = 5e-4, 0.1, 4  # of both networks; of the gradient penalty, and every how many steps
ALONE = 0.1  # of the time, without the critic
HEAD = 2 * hb.HIGH  # mean and spread


@dataclass(frozen=True)
class Track:
    """Loudness of a file's bands, float16 each: ``given`` [2, LOW, t], as it is and through the codec, and ``real`` [HIGH, t]."""

    given: Tensor
    real: Tensor


def split(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """A file as what 16 kHz keep of it, [n] at SAMPLE_RATE, and what they lose, [2 n] at HIGH_RATE."""
    sound, rate = soundfile.read(path, dtype="float32", always_2d=True)
    whole = soxr.resample(sound.mean(1), rate, HIGH_RATE, "VHQ")
    whole = whole[: len(whole) // (2 * HOP) * 2 * HOP]
    low = soxr.resample(whole, HIGH_RATE, SAMPLE_RATE, "VHQ")
    return low, whole - soxr.resample(low, SAMPLE_RATE, HIGH_RATE, "VHQ")[: len(whole)]


@torch.inference_mode()
def through(codec, low: np.ndarray) -> np.ndarray:  # noqa: ANN001 (a LatentCodec)
    """The same sound as the codec gives it back, a minute at a time."""
    parts = []
    for at in range(0, len(low), 60 * SAMPLE_RATE):
        wave = torch.from_numpy(low[at : at + 60 * SAMPLE_RATE])[None]
        spare = -len(wave[0]) % (4 * HOP)
        mel = codec.logmel(F.pad(wave, (CONTEXT // 2, CONTEXT // 2 + spare)))[:, None]
        made = codec.decode(codec.compress(mel))[0].float() / 32768
        parts.append(made[: wave.shape[1]].numpy())
    return np.concatenate(parts)


@torch.inference_mode()
def bands(wave: np.ndarray, step: int, first: int, count: int) -> Tensor:
    return hb.loudness(hb.frames(torch.from_numpy(wave)[None], step), first, count)[0]


def read(folder: Path) -> list[Track]:
    """Every WAV below a folder; what was found is kept in the folder, for the next training."""
    kept = folder / "bands.safetensors"
    if not kept.exists():
        codec, found = artgen.load(START).model.codec, {}
        for number, path in enumerate(sorted(folder.rglob("*.wav"))):
            low, lack = split(path)
            given = torch.stack([bands(wave, hb.STEP, 0, hb.LOW) for wave in (low, through(codec, low))])
            found[f"given{number}"] = given.half().contiguous()
            found[f"real{number}"] = bands(lack, 2 * hb.STEP, hb.FIRST, hb.HIGH).half().contiguous()
        save_file(found, kept)
    found = load_file(kept)
    return [Track(found[f"given{n}"], found[f"real{n}"]) for n in range(len(found) // 2)]


class Critic(nn.Module):
    """Low bands [b, LOW, t + 2 EDGE] and high ones [b, HIGH, t] to logits [b, less than t]: whether both belong together, and to
    music."""

    def __init__(self) -> None:
        super().__init__()
        self.enter = nn.Conv1d(hb.LOW + 2 * hb.HIGH, 64, 3)
        self.layers = nn.ModuleList(nn.Conv1d(64, 64, 3, dilation=span) for span in (1, 2, 4, 8))
        self.leave = nn.Conv1d(64, 1, 1)

    def forward(self, low: Tensor, high: Tensor) -> Tensor:
        low = low[..., hb.EDGE + 1 : -hb.EDGE]
        x = self.enter(torch.cat([low, high[..., 1:], 4 * high.diff(dim=2)], 1))
        for layer, span in zip(self.layers, (1, 2, 4, 8), strict=True):
            x = x[..., span:-span] + layer(F.leaky_relu(x, 0.2))
        return self.leave(F.leaky_relu(x, 0.2))[:, 0]


def batches(tracks: list[Track], rng: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
    """Low and real high bands of stretches from anywhere, at other levels."""
    weights = torch.tensor([float(track.real.shape[1]) for track in tracks])
    while True:
        low, high = [], []
        for index in torch.multinomial(weights, BATCH, replacement=True, generator=rng).tolist():
            track = tracks[index]
            at = int(torch.randint(track.real.shape[1] - FRAMES - 2 * hb.EDGE, (), generator=rng))
            kind = int(torch.randint(2, (), generator=rng))
            low.append(track.given[kind, :, at : at + FRAMES + 2 * hb.EDGE])
            high.append(track.real[:, at + hb.EDGE :][:, :FRAMES])
        level = (torch.rand(BATCH, 1, 1, generator=rng) ** 2 * -40 + 6) * (
            math.log(10) / 10
        )  # 6 to -34 dB, mostly the first
        yield tuple(_louder(torch.stack(x).float(), level) for x in (low, high))  # pyright: ignore[reportReturnType]


def _louder(bands: Tensor, nepers: Tensor) -> Tensor:
    return torch.log1p(torch.expm1(bands * hb.SCALE) * nepers.exp()) / hb.SCALE


def drawn_loudness(high: Tensor) -> Tensor:
    """Loudness that noise of the wanted loudness has, band by band: what is heard is one draw of it."""
    noise = torch.randn(len(high), (high.shape[2] - 1) * 2 * hb.STEP)
    spectra = hb.frames(noise, 2 * hb.STEP)[..., hb.FIRST : hb.FIRST + hb.GROUP * hb.HIGH]
    drawn = (spectra.abs().square() * (2 / hb.WINDOW)).unflatten(2, (hb.HIGH, hb.GROUP)).mean(3).transpose(1, 2)
    return torch.log1p(torch.expm1(high.clamp(0, hb.LOUDEST) * hb.SCALE) * drawn) / hb.SCALE


def smooth(high: Tensor) -> Tensor:
    return F.avg_pool1d(high, SMOOTH, 5)


def chance(low: Tensor) -> Tensor:
    return torch.randn(len(low), hb.CHANCE, low.shape[2])


def train_gan(tracks: list[Track], seconds: float) -> nn.Module:
    """The generator that ships: its running average."""
    made, critic = hb.HighBand(), Critic()
    average = hb.HighBand()
    average.load_state_dict(made.state_dict())
    steps_g, steps_d = (torch.optim.Adam(net.parameters(), RATE, (0.0, 0.99)) for net in (made, critic))
    started = time.process_time()
    for number, (low, real) in enumerate(batches(tracks, torch.Generator().manual_seed(0))):
        share = (time.process_time() - started) / seconds
        if share >= 1:
            break
        for group in (*steps_g.param_groups, *steps_d.param_groups):
            group["lr"] = RATE * min(1.0, 4 * (1 - share))
        fake = drawn_loudness(made(low, chance(low)))
        level = (smooth(fake) - smooth(real)).abs().mean()
        if share < ALONE:  # the level first: a critic learns nothing from what is wrong everywhere
            steps_g.zero_grad()
            (10 * level + (fake - real).abs().mean()).backward()
            steps_g.step()
            continue
        lazy = number % LAZY == 0
        shown = [x.detach().requires_grad_(lazy) for x in (real, fake)]
        logits = [critic(low, x) for x in shown]
        loss = F.softplus(logits[1] - logits[0]).mean()
        if lazy:
            for x, logit in zip(shown, logits, strict=True):
                (slope,) = torch.autograd.grad(logit.sum(), x, create_graph=True)
                loss = loss + GAMMA / 2 * LAZY * slope.square().sum((1, 2)).mean() / logit.shape[1]
        steps_d.zero_grad()
        loss.backward()
        steps_d.step()
        critic.requires_grad_(False)
        with torch.no_grad():
            wanted = critic(low, real)
        teased = F.softplus(wanted - critic(low, fake)).mean()
        steps_g.zero_grad()
        (teased + 10 * level).backward()
        steps_g.step()
        critic.requires_grad_(True)
        with torch.no_grad():
            for mine, new in zip(average.parameters(), made.parameters(), strict=True):
                mine.lerp_(new, max(0.002, 1 / (number + 1)))
        if number % 200 == 0:
            print(f"{number:6d} critic {float(loss):.3f} level {float(level) * 43.4:.2f} dB", flush=True)
    return average


class Spread(nn.Module):
    """The baseline that draws each band by itself: mean and spread."""

    def __init__(self, drawn: bool) -> None:
        super().__init__()
        self.net, self.drawn = hb.HighBand(), drawn
        self.net.leave = nn.Conv1d(hb.WIDTH, HEAD, 1)

    def both(self, low: Tensor) -> tuple[Tensor, Tensor]:
        mean, spread = self.net(low, low.new_zeros(len(low), hb.CHANCE, low.shape[2])).chunk(2, 1)
        return mean, spread.clamp(-6, 2)

    def forward(self, low: Tensor, noise: Tensor) -> Tensor:
        mean, spread = self.both(low)
        drawn = noise.repeat(1, 3, 1)[:, : hb.HIGH, hb.EDGE : -hb.EDGE] * spread.exp() if self.drawn else 0
        return mean + drawn


def train_baseline(tracks: list[Track], seconds: float, drawn: bool) -> nn.Module:
    net = Spread(drawn)
    optimizer = torch.optim.Adam(net.parameters(), 1e-3)
    started = time.process_time()
    for low, real in batches(tracks, torch.Generator().manual_seed(0)):
        share = (time.process_time() - started) / seconds
        if share >= 1:
            break
        optimizer.param_groups[0]["lr"] = 1e-3 * min(1.0, 4 * (1 - share))
        mean, spread = net.both(low)
        away = (real - mean) * torch.exp(-spread) if drawn else (real - mean) * 10
        optimizer.zero_grad()
        (away.square() / 2 + (spread if drawn else 0)).mean().backward()
        optimizer.step()
    return net


@torch.inference_mode()
def judged(net: nn.Module | None, tracks: list[Track]) -> dict[str, float]:
    """Held-out figures: error of the level over 100 ms in dB, its bias, and spread in time of made over real."""
    torch.manual_seed(0)
    errors, biases, ratios = [], [], []
    for track in tracks:
        for kind in (0, 1):
            low, real = track.given[kind : kind + 1].float(), track.real[None, :, hb.EDGE : -hb.EDGE].float()
            high = drawn_loudness(net(low, chance(low)) if net is not None else real)
            errors.append(float((smooth(high) - smooth(real)).abs().mean()) * 43.4)
            biases.append(float((high - real).mean()) * 43.4)
            ratios.append(float(high.diff(dim=2).std() / real.diff(dim=2).std()))
    found = {"level error dB": errors, "bias dB": biases, "change made / real": ratios}
    return {name: float(np.mean(values)) for name, values in found.items()}


def main() -> None:
    """Train, print held-out figures, write the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("held", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--way", choices=("gan", "regression", "spread"), default="gan")
    parser.add_argument("--minutes", type=float, default=7.0, help="of processor time")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    tracks, held = read(options.folder), read(options.held)
    seconds = 60 * options.minutes
    net = (
        train_gan(tracks, seconds) if options.way == "gan" else train_baseline(tracks, seconds, options.way == "spread")
    )
    print({name: round(value, 3) for name, value in judged(net, held).items()})
    save_file({name: tensor.half().contiguous() for name, tensor in net.state_dict().items()}, options.out)


if __name__ == "__main__":
    main()
