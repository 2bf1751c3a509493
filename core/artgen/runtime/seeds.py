"""Seeds: derived from a few integers, and set for torch's own generators."""

from __future__ import annotations

import torch


def derived_seed(*numbers: int) -> int:
    """A well-spread 63-bit seed from a few integers (the finaliser of SplitMix64, Steele 2014)."""
    value = 0
    for number in numbers:
        value = (value + number + 0x9E3779B97F4A7C15) & (2**64 - 1)
        value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & (2**64 - 1)
        value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & (2**64 - 1)
        value ^= value >> 31
    return value >> 1


def seed_global(seed: int, device: torch.device) -> None:
    """Seed torch's own generators of the CPU and of ``device``.

    ``torch.manual_seed`` writes down a stack trace for every kind of device that is not here: a millisecond, twice a step."""
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        torch.cuda.manual_seed(seed)
    elif device.type == "mps":
        torch.mps.manual_seed(seed)
