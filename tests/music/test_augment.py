"""Promises of the augmentation of sound: what each kind does to a tone, that it repeats, and that nothing is done unasked."""

from __future__ import annotations

import math

import pytest
import torch

from artgen.types import Networks
from artgen_music.augment import GAIN_DB, KINDS, SEMITONES, AugmentSound
from artgen_music.codec import LatentCodec
from artgen_music.spectrum import CONTEXT, HOP, MELS, NEPERS, LogMel

FRAMES = 64
CLASSES = torch.eye(2)[torch.arange(8) % 2]


def tones(hertz: float = 440.0, count: int = 8) -> torch.Tensor:
    """Log-mels ``[count, 1, MELS, FRAMES]`` of a steady tone."""
    seconds = torch.arange(FRAMES * HOP + CONTEXT) / 16_000
    return LogMel()((0.3 * torch.sin(2 * math.pi * hertz * seconds)).expand(count, -1).contiguous())[:, None]


def rng(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_nothing_is_done_at_strength_zero_and_the_dice_are_thrown_all_the_same() -> None:
    x, dice, others = tones(), rng(), rng()
    assert AugmentSound()(x, 0.0, dice, CLASSES) is x
    AugmentSound(("gain",))(x, 1.0, others, CLASSES)
    assert torch.equal(dice.get_state(), others.get_state())


def test_items_that_are_not_hit_stay_exactly_as_they_are() -> None:
    x = torch.rand(64, 1, MELS, FRAMES, generator=rng()) * 2 - 1
    seen = AugmentSound()(x, 0.1, rng(), torch.zeros(64, 0))
    untouched = (seen == x).flatten(1).all(1).float().mean()
    assert 0.9**6 - 0.25 < untouched < 0.9**6 + 0.25


def test_pitch_moves_a_tone_by_semitones_and_leaves_its_loudness() -> None:
    x = tones()
    seen = AugmentSound(("pitch",))(x, 1.0, rng(), CLASSES)
    before, after = x[:, 0].mean(2).argmax(1), seen[:, 0].mean(2).argmax(1)
    assert len(set(after.tolist())) > 3  # each item by an amount of its own
    width = 440 * (2 ** (SEMITONES / 12) - 1) / 23.2  # bands: 23 Hz apart below 1 kHz
    assert int((after - before).abs().max()) <= math.ceil(width)
    assert float((seen.amax((1, 2, 3)) - x.amax((1, 2, 3))).abs().max()) < 0.1  # of the scale: 3 dB


def test_gain_is_what_it_says_for_loud_sound_and_spares_the_floor() -> None:
    x = tones()
    seen = AugmentSound(("gain",))(x, 1.0, rng(), CLASSES)
    loud, quiet = x.amax((1, 2, 3)), x.amin((1, 2, 3))
    change = (seen.amax((1, 2, 3)) - loud) * NEPERS / (math.log(10) / 20)
    assert float(change.abs().max()) <= GAIN_DB + 0.1
    assert float(change.abs().max()) > 2
    silence = torch.full_like(x, -1.0)
    assert torch.allclose(AugmentSound(("gain", "equalizer"))(silence, 1.0, rng(), CLASSES), silence, atol=1e-6)
    assert float(quiet.min()) >= -1.001


def test_what_no_sound_is_as_loud_as_is_moved_by_the_same_gain() -> None:
    x = torch.full((8, 1, MELS, FRAMES), 40.0)  # e to the power of its nepers is beyond float32
    moved = (AugmentSound(("gain",))(x, 1.0, rng(), CLASSES) - x) * NEPERS / (math.log(10) / 20)
    assert 2 < float(moved.abs().max()) <= GAIN_DB + 0.1


def test_the_layout_in_memory_changes_nothing() -> None:
    """Spectrograms lie by band, what the codec of components gives lies by frame."""
    by_frame = tones() + 0.1 * torch.rand(8, 1, FRAMES, MELS, generator=rng()).transpose(2, 3)
    by_band = by_frame.contiguous()
    assert by_frame.stride() != by_band.stride()
    one, two = (AugmentSound()(x, 0.5, rng(), CLASSES) for x in (by_frame, by_band))
    assert torch.allclose(one, two, atol=1e-5)
    codec = LatentCodec(frames=FRAMES, components=16)
    codec.basis.normal_(generator=rng())
    assert torch.allclose(codec.compress(by_frame), codec.compress(by_band), atol=1e-4)
    one_component = torch.eye(16)[None, :, 3:4]
    assert torch.allclose(codec.expand(one_component)[0, 0], codec.basis[3].view(MELS, 4), atol=1e-5)


def test_stretch_keeps_a_steady_sound_and_moves_a_click() -> None:
    steady = tones()[..., 8:40]
    assert torch.allclose(AugmentSound(("stretch",))(steady, 1.0, rng(), CLASSES), steady, atol=0.05)
    click = torch.full((8, 1, MELS, FRAMES), -1.0)
    click[..., 8] = 0.5
    places = AugmentSound(("stretch",))(click, 1.0, rng(), CLASSES)[:, 0].mean(1).argmax(1)
    assert len(set(places.tolist())) > 2
    assert int((places - 8).abs().max()) <= 5  # 15% of the 24 frames to the middle


def test_only_items_of_the_same_class_are_mixed() -> None:
    x = torch.full((8, 1, MELS, FRAMES), -1.0)
    for index in range(8):
        x[index, 0, 40 * (index % 2)] = 0.5  # one class at band 0, the other at band 40
    seen = AugmentSound(("mix",))(x, 1.0, rng(), CLASSES)
    assert float(seen[::2, 0, 40].max()) < -0.999
    assert float(seen[::2, 0, 0].min()) > 0.5
    alone = torch.eye(8)  # a class of one has nobody to be mixed with
    assert torch.equal(AugmentSound(("mix",))(x, 1.0, rng(), alone), x)


def test_a_mask_silences_a_stripe_and_nothing_else() -> None:
    x = torch.full((8, 1, MELS, FRAMES), 0.5)
    seen = AugmentSound(("mask",))(x, 1.0, rng(), CLASSES)
    assert set(seen.unique().tolist()) == {-1.0, 0.5}
    assert 0.4 < float((seen == 0.5).float().mean()) < 1


@pytest.mark.parametrize("strength", [0.3, 1.0])
def test_gradients_pass_twice_and_the_same_dice_give_the_same(strength: float) -> None:
    x = (torch.rand(4, 1, MELS, FRAMES, generator=rng()) * 2 - 1.2).requires_grad_()  # below the floor too
    classes = torch.zeros(4, 0)
    one, two = (AugmentSound()(x, strength, rng(3), classes) for _ in range(2))
    assert torch.equal(one, two)
    (slope,) = torch.autograd.grad(one.square().sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(slope.square().sum(), x)
    assert bool(slope.isfinite().all())
    assert bool(second.isfinite().all())
    assert float(second.abs().max()) > 0


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_half_precision_changes_nothing_but_the_last_digits(dtype: torch.dtype) -> None:
    x = tones()
    exact = AugmentSound()(x, 0.5, rng(), CLASSES)
    codec = LatentCodec(frames=FRAMES, components=16)
    nets = Networks(torch.nn.Identity(), None, 1, AugmentSound(), augment_view=True, augment_condition=True)
    with torch.autocast("cpu", torch.bfloat16):
        seen = AugmentSound()(x.to(dtype), 0.5, rng(), CLASSES)
        codes = nets.for_codec(codec).augmented(torch.zeros(8, 16, FRAMES // 4, dtype=dtype), 0.5, rng(), CLASSES)
    assert seen.dtype == codes.dtype == dtype
    assert float((seen.float() - exact).abs().mean()) < 0.01


def test_all_kinds_are_settings() -> None:
    from artgen_music.config import MusicConfig

    assert MusicConfig.model_validate({}).augment_kinds == KINDS


def test_components_are_opened_for_the_augmentation() -> None:
    """Networks.for_codec: an augmentation that works on the view is given the view, and its result goes back."""
    codec = LatentCodec(frames=FRAMES, components=16)
    seen: list[torch.Size] = []

    def augment(view: torch.Tensor, strength: float, dice: torch.Generator, classes: torch.Tensor) -> torch.Tensor:
        seen.append(view.shape)
        return view + 0.25 if strength else view

    nets = Networks(torch.nn.Identity(), None, 1, augment, augment_view=True, augment_condition=True).for_codec(codec)
    x = torch.randn(2, 16, FRAMES // 4, generator=rng())
    assert nets.augmented(x, 0.0, rng(), CLASSES[:2]) is x
    changed = nets.augmented(x, 1.0, rng(), CLASSES[:2])
    assert seen[-1] == (2, 1, MELS, FRAMES)
    assert torch.allclose(changed, codec.unview(codec.view(x) + 0.25))
