"""Promise: a changed sound keeps what was not changed, has what was asked for, and songs of any length pass in parts without
seams; the figures notice what was kept, and what was not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from artgen.host import Host
from artgen.host.resolve import resolve
from artgen.types import DataSpec, Opened, Skipped, SourceFile
from artgen_music.change import ChangeCodec
from artgen_music.change_nets import Restyle, lost_rhythm
from artgen_music.config import MusicConfig
from artgen_music.open_file import OVERLAP, PART, joined, open_song, parts
from artgen_music.style_metrics import content, equalized
from tests.core.test_trainer import CPU
from tests.music.conftest import RATE, tone

CODEC = ChangeCodec(steps=4)
LENGTH = 40_001  # samples: no whole number of frames


def raw(wave: np.ndarray) -> Tensor:
    return torch.from_numpy((wave * 30000).astype(np.int16))[None]


NOTES = raw(0.5 * tone(3.0)[:LENGTH, 0] + 0.3 * tone(3.0, 1320.0)[:LENGTH, 0])


def test_what_is_not_changed_comes_back() -> None:
    x = CODEC.take(NOTES)
    assert x.shape == (1, 1, 128, -(-LENGTH // 256))
    again = CODEC.give(NOTES, x)
    assert (again.shape, again.dtype) == (NOTES.shape, torch.int16)
    error = (again - NOTES).float().square().mean() / NOTES.float().square().mean()
    assert 10 * torch.log10(error) < -40


@pytest.mark.parametrize("beat", [False, True])
def test_what_is_asked_for_is_heard(beat: bool) -> None:
    """Louder trebles where there are some, and strokes of noise where there was nothing."""
    x = CODEC.take(NOTES)
    wanted = x.clone()
    if beat:
        wanted[..., 20:23] = wanted[..., 20:23].clamp(min=0.1)
    else:
        wanted[:, :, 60:] += 0.2
    found = CODEC.take(CODEC.give(NOTES, wanted))
    assert (found - wanted).abs().mean() < 0.4 * (x - wanted).abs().mean()


def test_silence_stays_silent_and_loud_wishes_do_not_clip() -> None:
    silence = torch.zeros(1, 8000, dtype=torch.int16)
    assert int(CODEC.give(silence, CODEC.take(silence)).abs().max()) < 40
    loud = CODEC.give(NOTES, torch.full_like(CODEC.take(NOTES), 1.3))
    assert 30000 < int(loud.abs().max()) <= 32767
    assert float((loud.abs() >= 32767).float().mean()) < 1e-3


@pytest.mark.parametrize("frames", [64, 65, 130])
def test_the_translator_takes_any_length_and_changes_within_its_bounds(frames: int) -> None:
    torch.manual_seed(0)
    net = Restyle(128, 4, 1, 12.0).eval()
    torch.nn.init.constant_(net.tilt, 100.0)
    x = torch.rand(2, 1, 128, frames) - 0.5
    made = net(x, torch.zeros(2, 0), None)  # type: ignore[arg-type]
    assert made.shape == x.shape
    decibels = (made - x) * 30.8
    assert float(decibels.min()) > -0.01, "12 dB down by the net, 12 up by the equalizer"
    assert float(decibels.max()) < 24.1


@pytest.mark.parametrize("beats", [True, False])
def test_a_silent_band_is_told_of_a_beat_far_below(beats: bool) -> None:
    """What the translator is given of the highest bands says when there was a stroke in the lowest; without the setting, as
    runs of before are, it says nothing."""
    silence = torch.full((1, 1, 128, 64), -1.0)
    stroke = silence.clone()
    stroke[:, :, :4, 32] = 1.0
    net = Restyle(128, 4, 1, 24.0, beats)
    given = [net.features(x)[0] for x in (silence, stroke)]
    told = (given[0] - given[1]).abs().amax((0, 1))[50:]  # halved bands
    assert told.any() == beats
    if beats:
        assert told.nonzero()[:, 1].unique().tolist() == [16], "at its moment, of two frames"
    assert not MusicConfig().change_beats


def test_lost_rhythm_counts_beats_that_moved_and_not_how_they_sound() -> None:
    """Louder, brighter beats at the same times lose nothing, the same beats a little later nearly all; with a slope to follow."""
    beats = torch.full((2, 1, 128, 96), -1.0)
    beats[..., 4::16] = 0.2
    other = torch.full_like(beats, -0.9)
    other[:, :, 64:, 4::16] = 1.2
    later = beats.roll(5, 3).requires_grad_()
    assert float(lost_rhythm(beats, beats)) == pytest.approx(0, abs=1e-5)
    assert float(lost_rhythm(beats, other)) == pytest.approx(0, abs=1e-5)
    lost = lost_rhythm(beats, later)
    assert lost.item() > 0.9
    lost.backward()
    assert later.grad is not None
    assert bool(later.grad.isfinite().all() & later.grad.any())
    silence = torch.full_like(beats, -1.0)
    assert float(lost_rhythm(silence, silence)) == 1


@pytest.mark.parametrize("length", [9000, PART, PART + OVERLAP - 1, PART + OVERLAP, 3 * PART + 12345])
def test_parts_put_together_again_are_the_whole(length: int) -> None:
    wave = np.random.default_rng(0).integers(-30000, 30000, length, dtype=np.int16)
    cut = list(parts(iter(np.array_split(wave, 7))))
    assert all(len(part) < PART + OVERLAP for part in cut)
    assert len(cut) == 1 + max(0, length - 2 * OVERLAP) // (PART - OVERLAP)
    assert np.abs(np.concatenate(list(joined(iter(cut)))).astype(int) - wave).max() <= 1


def test_a_song_of_any_rate_is_opened_whole_and_written(write: Callable[..., Path], tmp_path: Path) -> None:
    path = write("a.flac", tone(5.0, rate=44_100, channels=2), 44_100)
    opened = open_song(SourceFile(path, "a.flac", None), MusicConfig(minutes=0.05))  # type: ignore[call-arg]
    assert isinstance(opened, Opened)
    assert opened.write is not None
    sound, picture = opened.write(opened.parts, tmp_path / "out", {})
    import soundfile

    info = soundfile.info(sound)
    assert (info.samplerate, info.channels) == (RATE, 1)
    assert info.duration == pytest.approx(5.0, abs=0.01)
    assert picture.suffix == ".png"


def test_a_click_does_not_turn_the_song_down(write: Callable[..., Path], tmp_path: Path) -> None:
    """What is changed is as loud as its source, minute by minute, also where a part of it is changed to clip or to whisper."""
    import soundfile

    count = 3 * PART
    wave = 0.08 * np.sin(np.arange(count) * 0.2)
    wave[count // 2 : count // 2 + 300] += 0.85 * np.hanning(300)
    opened = open_song(SourceFile(write("a.wav", wave, RATE), "a.wav", None), MusicConfig())
    assert isinstance(opened, Opened)
    assert opened.write is not None
    changed = (np.clip(part * (3.0 if number == 1 else 0.3), -32768, 32767).astype(np.int16)
               for number, part in enumerate(opened.parts))  # fmt: skip
    made, _ = soundfile.read(opened.write(changed, tmp_path / "out", {})[0])
    assert np.abs(made).max() <= 1
    around = slice(count // 2 - RATE // 4, count // 2 + RATE // 4)
    made[around], wave[around] = 0, 0
    levels = 20 * np.log10([np.sqrt(np.square(made[at : at + RATE]).mean() / np.square(wave[at : at + RATE]).mean())
                            for at in range(0, count - RATE, RATE)])  # fmt: skip
    assert np.abs(levels).max() < 1


@pytest.mark.parametrize(
    ("name", "samples", "reason"),
    [("silent.wav", np.zeros(RATE), "silent"), ("short.wav", tone(0.02), "shorter"), ("text.wav", None, "decoded")],
)
def test_useless_songs_say_why(
    write: Callable[..., Path], tmp_path: Path, name: str, samples: np.ndarray | None, reason: str
) -> None:
    path = write(name, samples) if samples is not None else tmp_path / name
    if samples is None:
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    opened = open_song(SourceFile(path, name, None), MusicConfig())  # type: ignore[call-arg]
    assert isinstance(opened, Skipped)
    assert reason in opened.reason


def test_the_figures_notice_other_rhythm_and_other_pitch() -> None:
    t = np.arange(3 * RATE) / RATE
    slow, fast = (np.exp(-6 * (t % period)) for period in (0.5, 0.37))
    low, high = (np.sin(2 * np.pi * hertz * t) for hertz in (440.0, 622.3))
    hiss = 0.05 * np.random.default_rng(0).normal(size=len(t))
    given = raw(0.5 * slow * low + 1e-3 * hiss)
    same, rhythm, pitch, noisy = (
        content(given, raw(other))
        for other in (0.3 * slow * low, 0.5 * fast * low, 0.5 * slow * high, 0.5 * slow * (low + hiss))
    )
    assert min(float(value) for value in content(given, given).values()) > 0.999
    assert float(same["rhythm kept"]) > 0.7 > 0.5 > float(rhythm["rhythm kept"])
    assert float(same["pitch kept"]) > 0.95 > 0.3 > float(pitch["pitch kept"])
    assert min(float(value) for value in noisy.values()) > 0.6


def test_the_equalizer_gives_the_mean_spectrum_and_nothing_else() -> None:
    noise = np.random.default_rng(0).normal(size=3 * RATE)
    dark = np.convolve(noise, np.ones(8) / 8, "same")
    source, works = raw(0.1 * noise[:LENGTH]), raw(0.2 * dark).repeat(3, 1)
    result = equalized(source, works)
    assert result.shape == source.shape

    def mean(x: Tensor) -> Tensor:
        return CODEC.take(x).mean((0, 1, 3))

    assert float((mean(result) - mean(works)).abs().mean()) < 0.3 * float((mean(source) - mean(works)).abs().mean())


def test_a_run_of_the_task_gets_its_own_data_networks_and_codec() -> None:
    host = Host("music")
    domain = host.domain.of("style")
    assert domain.embedded is not None
    assert domain.style is not None
    assert (domain.embedded.name, domain.style.name) == ("classical", "rock")
    config = resolve(host.domain, {"plugin": "music", "task": "style"})
    nets = host.networks(config.domain, DataSpec((1, 128, 256), ()))
    assert isinstance(host.codec(config.domain), ChangeCodec)
    assert nets.source_channels == 1
    assert nets.generator.to(CPU).features(torch.zeros(1, 1, 128, 256))[0].shape == (1, 12, 64, 128)  # type: ignore[operator]
