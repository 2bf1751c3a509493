"""Promise: a drummer adds strokes where the music is silent, for moments only, and the rest stays silent."""

from __future__ import annotations

import torch

from artgen_music.change_nets import Restyle
from artgen_music.drummer import AHEAD, LENGTH, Drummer, onsets, played
MELS = 128
SILENT = torch.full((1, 1, MELS, 128), -1.0)


def drummer(hit: int) -> Drummer:
    """One that hits its first drum as hard as it can at frame ``hit``, whatever it hears."""
    torch.manual_seed(0)
    made = Drummer().eval()
    strokes = torch.zeros(1, len(made.sounds), SILENT.shape[3])
    strokes[:, 0, hit] = 1.0
    made.strokes = lambda x: strokes  # type: ignore[method-assign]
    return made


def test_a_stroke_is_loud_for_moments_only() -> None:
    """Its sound is that of the drum, from a little before the stroke on, and is over when the drum has ended."""
    torch.manual_seed(0)
    made = drummer(40)
    with torch.no_grad():
        x = played(SILENT, torch.zeros_like(SILENT), made(SILENT))
    first, last = 40 - AHEAD, 40 - AHEAD + LENGTH
    assert float((x[..., :first] + 1).abs().max()) < 1e-5
    assert float((x[..., last:] + 1).abs().max()) < 1e-5
    loudest = int(made.sounds[0].mean(0).argmax()) + first
    assert float(x[0, 0, :, loudest].max()) > 0.3
    assert torch.allclose(x[0, 0, :, first:last], made.sounds[0].detach(), atol=1e-5)


def test_what_is_silent_is_not_turned_up() -> None:
    """Not by sixty decibels; what sounds is, and drums do not change it elsewhere. Else silent bands fill with hiss."""
    source = SILENT.clone()
    source[:, :, 20] = 0.0
    x = played(source, torch.full_like(source, 0.5), torch.zeros(1, MELS, source.shape[3]))
    assert float((x[:, :, 21:] + 1).abs().max()) < 1e-5
    assert abs(float(x[0, 0, 20].mean()) - 0.5) < 0.02


def test_a_drummer_is_quiet_at_first_and_learns() -> None:
    """A fresh translator hardly adds anything, and each of its parts has a slope to follow."""
    torch.manual_seed(0)
    net = Restyle(MELS, 4, 1, 24.0, beats=True, drums=True)
    source = torch.rand(2, 1, MELS, 64) - 1
    made = net(source, torch.zeros(2, 0), None)  # type: ignore[arg-type]
    assert made.shape == source.shape
    assert net.drummer is not None
    quiet = net.drummer(source).detach()
    with torch.no_grad():
        net.drummer.hands.bias += 10
        assert float(quiet.mean()) < 0.1 * float(net.drummer(source).mean())
    (made - 1).square().mean().backward()
    for parameter in net.drummer.parameters():
        assert parameter.grad is not None
        assert bool(parameter.grad.isfinite().all() & parameter.grad.any())


def test_strokes_fall_where_something_begins() -> None:
    """On its frame or the next, as strong as it is beside the others around; nowhere in a tone that only lasts or in silence."""
    x = SILENT.clone()
    x[:, :, 10:60, 20:] = 0.5
    x[:, :, 60:85, 60:] = 0.5
    found = onsets(x)[0, 0]
    first, second = (float(found[begin : begin + 2].max()) for begin in (20, 60))
    assert 0.8 < first <= 1
    assert 0.2 < second < 0.5
    found[20:22] = found[60:62] = 0
    assert not found.any()
    assert not onsets(SILENT).any()


def test_runs_of_before_have_no_drummer() -> None:
    """Their weights have to fit the networks that are built for them."""
    assert not any("drummer" in name for name in Restyle(MELS, 4, 1, 24.0, beats=True).state_dict())
