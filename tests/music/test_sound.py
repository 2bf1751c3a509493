"""Promise: sound survives the way to the networks and back; a loop has no seam; the start phase is worth its time."""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from artgen_music.codec import LatentCodec, SpectrogramCodec, build_codec
from artgen_music.config import MusicConfig
from artgen_music.phase import ridge_phase
from artgen_music.spectrum import CONTEXT, HOP, MELS, N_FFT, Inversion, LogMel, start_phase
from tests.bare import Bare
from tests.music.conftest import RATE, tone


def chord(seconds: float) -> Tensor:
    """Three tones, struck twice a second, int16 [1, n]."""
    wave = sum(tone(seconds, f)[:, 0] for f in (220.0, 277.2, 329.6))
    return torch.from_numpy((wave * 18_000).astype("int16"))[None]


def logmel(wave: Tensor) -> Tensor:
    return LogMel()(wave)


@pytest.fixture(scope="module")
def music() -> Tensor:
    """48 items of different chords and loudness, int16 [48, 2 * crop]."""
    size = 2 * SpectrogramCodec(64).crop
    base = chord(size / RATE * 2)[0]
    return torch.stack([(base[i * 300 : i * 300 + size].float() * (0.3 + 0.014 * i)).short() for i in range(48)])


def loss_db(magnitude: Tensor, phase: Tensor, steps: int) -> float:
    """How far the spectrogram of the sound is from the wanted one, in dB below it."""
    inversion = Inversion(steps)
    found = inversion.analyse(inversion.griffin_lim(magnitude, phase), loop=False).abs()
    return 20 * math.log10(float((found - magnitude).norm() / magnitude.norm()))


def test_the_start_phase_beats_silence_and_chance_at_equal_steps() -> None:
    wave = chord(2.0).float() / 32768
    magnitude = Inversion().magnitude(logmel(wave))
    rng = torch.Generator().manual_seed(0)
    for steps in (0, 8, 16):
        ours = loss_db(magnitude, start_phase(magnitude), steps)
        chance = loss_db(magnitude, torch.rand(magnitude.shape, generator=rng) * 2 * math.pi, steps)
        zero = loss_db(magnitude, torch.zeros_like(magnitude), steps)
        assert ours < min(chance, zero) - 1


@pytest.mark.parametrize("loop", [False, True])
def test_inversion_gives_back_the_mel_spectrogram(loop: bool) -> None:
    wave = chord(2.0).float() / 32768
    wanted = logmel(wave)
    wave = Inversion(16)(wanted, loop)
    assert wave.shape[1] == wanted.shape[2] * HOP
    edge = CONTEXT // 2
    again = logmel(torch.nn.functional.pad(wave, (edge, edge)))
    assert float((again - wanted)[..., 4:-4].abs().mean()) < 0.12


def test_a_loop_is_as_smooth_at_its_seam_as_anywhere(music: Tensor) -> None:
    codec = LatentCodec(64)
    codec.fit(music)
    x = codec.encode(music[:1]).repeat(1, 1, 2)
    turning = x[..., :16]
    wave = codec.decode(turning, loop=True)[0].float()
    jumps = torch.cat([wave, wave[:1]]).diff().abs()
    assert float(jumps[-1]) <= float(jumps.quantile(0.999))
    around = torch.cat([wave[-RATE // 8 :], wave[: RATE // 8]])
    rise = logmel((around / 32768)[None]).diff(dim=2).clamp_min(0).mean(1)[0]
    everywhere = logmel((wave / 32768)[None]).diff(dim=2).clamp_min(0).mean(1)[0]
    assert float(rise.max()) <= float(everywhere.max()) * 1.2 + 0.01


def test_turning_a_loop_turns_its_sound(music: Tensor) -> None:
    codec = SpectrogramCodec(64)
    x = codec.encode(music[:1])
    straight, turned = (codec.inversion.magnitude(y[:, 0]) for y in (x, x.roll(16, 3)))
    assert torch.allclose(straight.roll(16, 2), turned)
    waves = [codec.decode(y, loop=True)[0].float() for y in (x, x.roll(16, 3))]
    energies = [w.unflatten(0, (-1, HOP)).square().mean(1) for w in (waves[0].roll(16 * HOP), waves[1])]
    assert float(torch.corrcoef(torch.stack(energies))[0, 1]) > 0.93


@pytest.mark.parametrize("model", ["latent", "spectrogram"])
def test_codec_range_shapes_and_any_length(music: Tensor, model: str) -> None:
    codec = build_codec(MusicConfig.model_validate({"model": model, "seconds": 1.0}))
    codec.fit(music)
    x = codec.encode(codec.vary(music, torch.Generator().manual_seed(0)))
    assert x.dtype == torch.float32
    assert float((x.abs() <= 3).float().mean()) > 0.98
    longer = codec.decode(torch.cat([x[:1], x[1:2], x[2:3]], -1))
    assert longer.dtype == torch.int16
    assert longer.shape == (1, 3 * codec.frames * HOP)
    if isinstance(codec, LatentCodec):
        assert codec.view(x[:0]).shape == (0, 1, MELS, codec.frames), "of no item, no spectrogram"


def test_components_keep_the_sound(music: Tensor) -> None:
    codec = LatentCodec(64, components=48)
    codec.fit(music)
    spectrogram = SpectrogramCodec.encode(codec, music[:8])
    again = codec.expand(codec.compress(spectrogram))
    error = (again - spectrogram).square().mean() / spectrogram.var()
    assert float(error) < 0.1


def test_fit_travels_in_the_buffers(music: Tensor) -> None:
    codec, other = LatentCodec(64), LatentCodec(64)
    codec.fit(music)
    other.load_state_dict(codec.state_dict())
    assert torch.equal(other.encode(music[:2]), codec.encode(music[:2]))


def test_vary_crops_anywhere_and_only_from_its_generator(music: Tensor) -> None:
    codec = SpectrogramCodec(64)
    once, twice = (codec.vary(music, torch.Generator().manual_seed(3)) for _ in range(2))
    assert once.shape == (48, codec.crop)
    assert torch.equal(once, twice)
    assert not torch.equal(once, codec.vary(music, torch.Generator().manual_seed(4)))


def likeness(item: Tensor, part: Tensor) -> Tensor:
    """Cosine of ``part [n]`` and each stretch of ``item [m]`` by its start, ``[m - n + 1]``; 0 where it is silence."""
    size, starts = 2 * len(item), len(item) - len(part) + 1
    products = torch.fft.irfft(torch.fft.rfft(item, size) * torch.fft.rfft(part, size).conj(), size)[:starts]
    power = torch.cat([item.new_zeros(1), item.square().cumsum(0)])
    power = power[len(part) :] - power[:starts]
    return (products / power.clamp_min(1e-9).sqrt() / part.norm()) * (power > 0.5)  # of whole numbers, but for rounding


def test_what_vary_gives_is_a_stretch_of_each_item_at_one_loudness_within_three_decibels(music: Tensor) -> None:
    codec = SpectrogramCodec(64)
    for item, part in zip(
        music[:6].double(), codec.vary(music[:6], torch.Generator().manual_seed(3)).double(), strict=True
    ):
        start = int(likeness(item, part).argmax())
        found = item[start : start + codec.crop]
        gain = float(found @ part / found.square().sum())
        assert abs(20 * math.log10(gain)) < 3.01
        assert float((found * gain - part).abs().max()) < 2


def test_phases_are_those_of_the_compiler_that_a_person_has(tmp_path: Path, bare: Bare) -> None:
    """The tests compile with little optimizing; what is made with all of it, as elsewhere, is the same."""
    spectrum = torch.stft(chord(1.0)[0] / 32_768, N_FFT, HOP, window=torch.hann_window(N_FFT), return_complex=True)
    log = (spectrum.abs() + 1e-4).log().T.contiguous().numpy()
    np.save(tmp_path / "log.npy", log)
    code = """import sys, numpy
from artgen_music.phase import ridge_phase
log, hop, n_fft = numpy.load(sys.argv[1]), int(sys.argv[3]), int(sys.argv[4])
numpy.save(sys.argv[2], ridge_phase(log, hop, n_fft))"""
    words = [str(tmp_path / "log.npy"), str(tmp_path / "phase.npy"), str(HOP), str(N_FFT)]
    kept = Path(os.environ["NUMBA_CACHE_DIR"]).with_name("numba3")  # what no setting means
    done = bare(code, *words, NUMBA_OPT=None, NUMBA_CACHE_DIR=str(kept))
    assert done.returncode == 0, done.stderr
    found = np.load(tmp_path / "phase.npy")
    assert np.abs(np.exp(1j * found) - np.exp(1j * ridge_phase(log, HOP, N_FFT))).max() < 1e-3
    assert np.ptp(found) > 6, "there are phases"
