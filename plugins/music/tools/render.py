"""Turn MIDI into sound and sound into small, byte-for-byte reproducible Ogg Vorbis files.

MIDI is rendered by tinysoundfont (PyPI, installed with --no-deps: it imports pyaudio only to play live, so an empty
module stands in for it).
"""

import contextlib
import io
import sys
import types
from collections.abc import Iterable
from pathlib import Path

import mido
import numpy as np
import soundfile
import soxr
from unify import DRUMS

from artgen_music.sound_files import renumbered

RATE = 16_000
SYNTH_RATE = 48_000
LOUDNESS = 0.1  # root mean square of every file: -20 dBFS
PEAK = 0.84  # Vorbis overshoots a little: what is decoded stays under 0.9

sys.modules.setdefault("pyaudio", types.ModuleType("pyaudio"))
import tinysoundfont  # noqa: E402  (needs the stand-in above)

Signal = np.ndarray


def read_midi(data: bytes) -> list[tuple[float, mido.Message]]:
    """The channel messages of a MIDI file with their times in seconds."""
    now, events = 0.0, []
    for message in mido.MidiFile(file=io.BytesIO(data), clip=True):
        now += message.time
        if not message.is_meta:
            events.append((now, message))
    return events


def send(synth: tinysoundfont.Synth, message: mido.Message) -> None:
    """Pass one MIDI message to the synthesizer; presets the sound font lacks keep the old sound."""
    match message.type:
        case "note_on" if message.velocity:
            synth.noteon(message.channel, message.note, message.velocity)
        case "note_on" | "note_off":
            synth.noteoff(message.channel, message.note)
        case "control_change":
            synth.control_change(message.channel, message.control, message.value)
        case "pitchwheel":
            synth.pitchbend(message.channel, message.pitch + 8192)
        case "program_change":
            with contextlib.suppress(tinysoundfont.SoundFontException):
                synth.program_change(message.channel, message.program, message.channel == DRUMS)


def perform(
    events: Iterable[tuple[float, mido.Message]],
    soundfont: Path,
    start: float,
    seconds: float,
    programs: dict[int, int],
) -> Signal:
    """Mono sound at SYNTH_RATE of messages with their times in seconds, in order, from `start`; `programs` overrides the
    instrument of channels."""
    synth = tinysoundfont.Synth(gain=-6, samplerate=SYNTH_RATE)
    synth.sfload(str(soundfont))
    for channel in range(16):
        synth.program_change(channel, programs.get(channel, 0), channel == DRUMS)
    lead_in = max(0.0, start - 2.0)
    now, stop, parts = lead_in, start + seconds, []
    for when, message in events:
        if when >= stop:
            break
        if message.type == "program_change" and message.channel in programs:
            continue
        if when < lead_in:
            if message.type in ("control_change", "program_change", "pitchwheel"):
                send(synth, message)
            continue
        parts.append(advance(synth, now, when))
        now = when
        send(synth, message)
    parts.append(advance(synth, now, stop))
    return np.concatenate(parts)[round((start - lead_in) * SYNTH_RATE) :]


def advance(synth: tinysoundfont.Synth, now: float, until: float) -> Signal:
    """The sound between two times, mixed to mono."""
    frames = round(until * SYNTH_RATE) - round(now * SYNTH_RATE)
    if frames <= 0:
        return np.zeros(0, np.float32)
    return np.frombuffer(synth.generate_simple(frames), np.float32).reshape(-1, 2).mean(axis=1)


def reverberate(sound: Signal, rate: int, wet: float, seconds: float) -> Signal:
    """Add a room: convolution with fixed, exponentially decaying, low-passed noise."""
    if wet == 0:
        return sound
    count = round(seconds * rate)
    noise = np.random.default_rng(7).standard_normal(count) * np.exp(-6.9 * np.arange(count) / count)
    noise = np.convolve(noise, np.hanning(9) / 4, "same")
    noise[: round(0.012 * rate)] = 0
    noise /= np.sqrt(np.sum(noise**2))
    size = 1 << (len(sound) + count - 1).bit_length()
    tail = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(noise, size), size)[: len(sound)]
    return sound + wet * tail


def trim(sound: Signal, rate: int) -> Signal:
    """Cut leading and trailing parts more than 45 dB below the loudest 20 ms."""
    hop = rate // 50
    level = np.sqrt(np.mean(sound[: len(sound) // hop * hop].reshape(-1, hop) ** 2, axis=1))
    loud = np.flatnonzero(level > level.max() * 10 ** (-45 / 20))
    return sound[loud[0] * hop : (loud[-1] + 1) * hop]


def finish(
    sound: Signal, rate: int, wet: float = 0.0, room: float = 1.2, to: int = RATE, item: float | None = None
) -> Signal:
    """Room, resampling to the rate `to`, trimming, fades, equal loudness and a soft limiter.

    Of a piece whose beats have their places, whole items of so many seconds are left instead, and it ends at once."""
    sound = reverberate(sound.astype(np.float64), rate, wet, room)
    sound = soxr.resample(sound - sound.mean(), rate, to, "VHQ")
    if item is None:
        sound, fade_out = trim(sound, to), round(1.2 * to)
    else:
        size = round(item * to)
        sound, fade_out = sound[: len(sound) // size * size].copy(), round(0.02 * to)
    fade_in = round(0.01 * to)
    sound[:fade_in] *= np.linspace(0, 1, fade_in)
    sound[-fade_out:] *= np.linspace(1, 0, fade_out) ** 2
    for _ in range(6):  # limiting lowers the loudness, so the gain is found by a few rounds
        sound = limit(sound * (LOUDNESS / np.sqrt(np.mean(sound**2))))
    return sound.astype(np.float32)


def limit(sound: Signal, knee: float = 0.6) -> Signal:
    """Bend what is louder than the knee so that nothing exceeds PEAK."""
    over = np.maximum(np.abs(sound) - knee, 0)
    return np.where(over > 0, np.sign(sound) * (knee + (PEAK - knee) * np.tanh(over / (PEAK - knee))), sound)


def write_ogg(path: Path, sound: Signal, compression: float) -> None:
    """Write mono Ogg Vorbis whose bytes depend on the sound alone (libsndfile draws a random stream number)."""
    buffer = io.BytesIO()
    with soundfile.SoundFile(
        buffer, "w", RATE, 1, format="OGG", subtype="VORBIS", compression_level=compression
    ) as file:
        for begin in range(0, len(sound), RATE):
            file.write(sound[begin : begin + RATE])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(renumbered(buffer.getvalue())))
