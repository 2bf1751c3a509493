#!/usr/bin/env python3
"""Play the networks of this folder: works from seeds, without artgen.

Needs numpy and onnxruntime, and Pillow for pictures and films:

    python play.py --seed 7
    python play.py --seed 7 --label faces --truncation 0.7 --move s1=2 --out work.png

The same seed gives the same work as ``artgen sample --seeds 7``. This file may be copied and changed freely.
"""

from __future__ import annotations

import argparse
import json
import wave
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime


class Draws:
    """The standard normal numbers of a seed, as PyTorch draws them on a CPU."""

    def __init__(self, seed: int) -> None:
        self._bits = np.random.MT19937()
        self._bits._legacy_seeding(seed & 0xFFFFFFFF)  # pyright: ignore[reportAttributeAccessIssue]
        self._second: float | None = None

    def normal(self, *shape: int) -> np.ndarray:
        """Float32 numbers of a shape. Sixteen and more come in blocks of eight pairs, fewer one by one."""
        count = int(np.prod(shape))
        if count < 16:
            return np.array([self._one() for _ in range(count)], np.float32).reshape(shape)
        numbers = self._pairs(self._uniform(count)[: count // 16 * 16])
        if count % 16:
            numbers = np.concatenate([numbers[: count - 16], self._pairs(self._uniform(16))])  # the last sixteen anew
        return numbers.reshape(shape)

    def _uniform(self, count: int) -> np.ndarray:
        """Float32 in [0, 1), 24 bits each."""
        return (self._bits.random_raw(count) & 0xFFFFFF).astype(np.float32) * np.float32(2**-24)

    @staticmethod
    def _pairs(uniform: np.ndarray) -> np.ndarray:
        """Box and Muller: the first eight of sixteen give lengths, the others angles."""
        length, angle = uniform.reshape(-1, 2, 8).swapaxes(0, 1)
        length, angle = np.sqrt(-2 * np.log(1 - length)), np.float32(2 * np.pi) * angle
        return np.stack([length * np.cos(angle), length * np.sin(angle)], 1).reshape(-1)

    def _one(self) -> float:
        """One number of double precision; its partner is kept for the next."""
        if self._second is not None:
            kept, self._second = self._second, None
            return kept
        turn, length = self._fine(), self._fine()
        length, turn = np.sqrt(-2 * np.log1p(-length)), 2 * np.pi * turn
        self._second = float(length * np.sin(turn))
        return float(length * np.cos(turn))

    def _fine(self) -> float:
        """A number in [0, 1) of 53 bits."""
        high, low = (int(part) for part in self._bits.random_raw(2))
        return ((high << 32 | low) & (2**53 - 1)) * 2.0**-53


class Networks:
    """The graphs of a folder, ready to play."""

    def __init__(self, folder: Path) -> None:
        self.about: dict[str, Any] = json.loads((folder / "network.json").read_text(encoding="utf-8"))
        self.classes: list[str] = self.about["classes"]
        self._directions = {row["name"]: np.array(row["vector"], np.float32) for row in self.about["directions"]}
        self._sessions = [
            onnxruntime.InferenceSession(folder / graph["file"], providers=["CPUExecutionProvider"])
            for graph in self.about["graphs"]
        ]

    def values(
        self,
        seeds: Sequence[int],
        label: str | None = None,
        truncation: float = 1.0,
        moves: Mapping[str, float] | None = None,
    ) -> np.ndarray:
        """What the last graph gives for seeds, ``[seeds, ...]``.

        - ``label``: a class; None: seed s has class s modulo their number.
        - ``truncation``: 1 as drawn, toward 0 the typical.
        - ``moves``: standard deviations along directions, by their names.
        """
        parts = [seeds] if self.about["batch"] == "any" else [[seed] for seed in seeds]
        return np.concatenate([self._values(part, label, truncation, moves or {}) for part in parts])

    def _values(
        self, seeds: Sequence[int], label: str | None, truncation: float, moves: Mapping[str, float]
    ) -> np.ndarray:
        draws = [Draws(seed) for seed in seeds]
        count = len(self.classes)
        turns = [self.classes.index(label) if label is not None else seed % max(count, 1) for seed in seeds]
        z = np.stack([one.normal(self.about["latent"]) for one in draws])
        condition = np.eye(count, dtype=np.float32)[turns] if count else np.zeros((len(seeds), 0), np.float32)
        latent, means = z, self.about.get("truncation")
        if means is not None:
            mean = np.array(means, np.float32)[turns if count else [0] * len(seeds)]
            latent = mean + np.float32(truncation) * (self._run(0, {"z": z, "condition": condition}) - mean)
        elif truncation != 1:
            latent = z * np.float32(truncation)
        for name, amount in moves.items():
            latent = latent + np.float32(amount) * self._directions[name]
        feed: dict[str, np.ndarray] = {}
        for row in self.about["graphs"][-1]["inputs"]:
            if row["holds"] == "noise":
                feed[row["name"]] = np.stack([one.normal(*row["shape"]) for one in draws])
            elif row["holds"] == "style":
                feed[row["name"]] = np.repeat(latent[:, None], row["shape"][0], 1)
            else:
                feed[row["name"]] = condition if row["holds"] == "classes" else latent
        return self._run(-1, feed)

    def _run(self, number: int, feed: Mapping[str, np.ndarray]) -> np.ndarray:
        session = self._sessions[number]
        taken = {given.name for given in session.get_inputs()}  # a graph without classes has no input for them
        return np.asarray(session.run(None, {name: value for name, value in feed.items() if name in taken})[0])

    def write(self, values: np.ndarray, path: Path) -> Path:
        """One work of ``values`` as a file: PNG, animated WebP, WAV, or NPY for what is none of these."""
        work = self.about["work"]
        if work["medium"] == "picture":
            picture(values).save(path := path.with_suffix(".png"))
        elif work["medium"] == "film":
            frames = [picture(values[:, moment]) for moment in range(values.shape[1])]
            pace = round(1000 / (work.get("fps") or 8))
            frames[0].save(
                path := path.with_suffix(".webp"), save_all=True, append_images=frames[1:], duration=pace, loop=0
            )
        elif work["medium"] == "sound" and "n_fft" in work:
            sound = griffin_lim(values, work["n_fft"], work["hop"], work["steps"])
            with wave.open(str(path := path.with_suffix(".wav")), "wb") as file:
                file.setparams((1, 2, work["rate"], len(sound), "NONE", ""))
                file.writeframes((sound * (32767 / max(1.0, float(np.abs(sound).max())))).astype("<i2").tobytes())
        else:
            np.save(path := path.with_suffix(".npy"), values)
        return path


def picture(values: np.ndarray) -> Any:
    """``[c, h, w]`` uint8 as a picture of Pillow."""
    from PIL import Image

    return Image.fromarray(values[0] if values.shape[0] == 1 else np.ascontiguousarray(np.moveaxis(values, 0, -1)))


def griffin_lim(magnitude: np.ndarray, n_fft: int, hop: int, steps: int = 16, momentum: float = 0.99) -> np.ndarray:
    """A sound in about [-1, 1] whose spectrogram comes near ``magnitude [f, t]``: Griffin and Lim (1984), fast as Perraudin
    (2013), from phases along the ridges. Frame i lies around sample (i + 1/2) * hop."""
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)).astype(np.float32)
    target, edge = magnitude.T.astype(np.float32), (n_fft - hop) // 2

    def spectrum(sound: np.ndarray) -> np.ndarray:
        padded = np.pad(sound, edge)
        return np.fft.rfft(np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::hop] * window)

    def signal(frames: np.ndarray) -> np.ndarray:
        parts = np.fft.irfft(frames, n_fft) * window
        sound = np.zeros((len(parts) - 1) * hop + n_fft)
        for number, part in enumerate(parts):
            sound[number * hop : number * hop + n_fft] += part
        return sound[edge:-edge] * (hop / np.square(window).sum())

    guess, before = target * np.exp(1j * ridge_phase(np.log(np.maximum(target, 1e-9)), n_fft, hop)), None
    for _ in range(steps):
        now = spectrum(signal(guess))
        ahead = now if before is None else now + momentum * (now - before)
        guess, before = target * ahead / np.maximum(np.abs(ahead), 1e-9), now
    return signal(guess)


def ridge_phase(log: np.ndarray, n_fft: int, hop: int) -> np.ndarray:
    """Phases ``[t, f]`` of a log-magnitude ``[t, f]``, counted from the first sample of a frame, by its own slopes (Prusa 2017):
    a peak follows the loudest of the three bins before it in time, what lies beside a peak follows the peak."""
    frames, bins = log.shape
    gamma = 0.25645 * n_fft**2  # of a Hann window
    numbers, empty = np.arange(bins), [False]
    in_time = 2 * np.pi * (hop * numbers / n_fft % 1) + hop * n_fft / gamma * np.gradient(log, axis=1)
    in_pitch = -gamma / (hop * n_fft) * np.gradient(log, axis=0) if frames > 1 else np.zeros_like(log)
    along = np.pad(np.cumsum((in_pitch[:, :-1] + in_pitch[:, 1:]) / 2, axis=1), ((0, 0), (1, 0)))
    phase = np.zeros(log.shape)
    for n, row in enumerate(log):
        rises = np.concatenate([row[:-1] <= row[1:], empty])
        peaks = np.flatnonzero(~rises & ~np.concatenate([empty, row[1:] < row[:-1]]))
        own = np.zeros(len(peaks))
        if n:
            past, best = np.pad(log[n - 1], 1, constant_values=-np.inf), peaks
            for near in (peaks - 1, peaks + 1):
                best = np.where(past[near + 1] > past[best + 1], near, best)
            across = (peaks - best) * (in_pitch[n - 1, best] + in_pitch[n - 1, peaks]) / 2
            own = (phase[n - 1, best] + across + (in_time[n - 1, peaks] + in_time[n, peaks]) / 2) % (2 * np.pi)
        which = np.where(rises, np.searchsorted(peaks, numbers), np.searchsorted(peaks, numbers, "right") - 1)
        phase[n] = own[which] + along[n] - along[n, peaks[which]]
    return phase + np.pi * numbers  # from the middle of a frame to its first sample


def main() -> None:
    """The command line."""
    words = argparse.ArgumentParser(description="Works from seeds, by the networks of this folder.")
    words.add_argument("--seed", type=int, default=0, help="which work")
    words.add_argument("--label", help="its class, where there are classes")
    words.add_argument("--truncation", type=float, default=1.0, help="1: as drawn; toward 0: the typical")
    words.add_argument("--move", action="append", default=[], help="a direction and standard deviations: s1=2")
    words.add_argument("--out", type=Path, help="the file to write")
    given = words.parse_args()
    networks = Networks(Path(__file__).parent)
    known = [row["name"] for row in networks.about["directions"]]
    moves = {name: float(amount) for name, _, amount in (word.partition("=") for word in given.move)}
    if given.label not in (None, *networks.classes):
        words.error(f"--label {given.label}: the classes are {', '.join(networks.classes) or 'none'}")
    if unknown := sorted(set(moves) - set(known)):
        words.error(f"--move {unknown[0]}: the directions are {', '.join(known) or 'none'}")
    values = networks.values([given.seed], given.label, given.truncation, moves)[0]
    print(networks.write(values, given.out or Path(f"seed-{given.seed}")))


if __name__ == "__main__":
    main()
