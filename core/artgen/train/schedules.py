"""Everything that changes with the share of the budget spent or the items seen. Pure functions."""

from __future__ import annotations

import math

from artgen.contract.settings import TrainConfig


def learning_rate_factor(train: TrainConfig, progress: float) -> float:
    """Linear warm-up, a plateau, then a cosine down to ``decay_to``."""
    if progress < train.warmup:
        return max(progress / train.warmup, 0.02)
    if progress <= train.decay_from or train.decay_from >= 1:
        return 1.0
    return _cosine(1.0, train.decay_to, (progress - train.decay_from) / (1 - train.decay_from))


def gamma(train: TrainConfig, progress: float) -> float:
    """Weight of the gradient penalty, cosine from ``gamma`` to ``gamma * gamma_end`` (R3GAN)."""
    return train.gamma * _cosine(1.0, train.gamma_end, progress)


def ema_decay(train: TrainConfig, seen: int, batch: int) -> float:
    """Decay of the averaged generator for a step of ``batch`` items: half-life ``ema * (ema_from + seen)``, so it ramps up by
    itself, unless it begins with a start that was averaged already."""
    return 0.5 ** (batch / max(train.ema * (train.ema_from + seen), 1e-9))


def adapted_strength(train: TrainConfig, strength: float, sign: float, items: int) -> float:
    """Augmentation strength after ``items`` more items (Karras 2020): up when the discriminator is too sure of the reals,
    down when not, clipped to ``augment_max``; never so fast that 0 to 1 takes fewer than ``augment_items``."""
    if train.augment != "adaptive":
        return strength
    step = math.copysign(items / train.augment_items, sign - train.augment_target)
    return min(max(strength + step, 0.0), train.augment_max)


def _cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * 0.5 * (1 + math.cos(math.pi * min(max(share, 0.0), 1.0)))
