"""Promise: a drummer adds strokes where the music is silent, for moments only, and the rest stays silent."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from artgen_music.change_nets import Restyle
from artgen_music.drummer import AHEAD, LENGTH, Drummer, onsets, played
from artgen_music.spectra import correlation
from artgen_music.spectrum import NEPERS

MELS = 128
SILENT = torch.full((1, 1, MELS, 128), -1.0)


def drummer(hit: int) -> Drummer:
    """One that hits its first drum as hard as it can at frame ``hit``, whatever it hears."""
    made = Drummer.shipped().eval()
    strokes = torch.zeros(1, len(made.sounds), SILENT.shape[3])
    strokes[:, 0, hit] = 1.0
    made.strokes = lambda x: strokes  # type: ignore[method-assign]
    return made


def test_a_stroke_is_loud_for_moments_only() -> None:
    """Its sound is that of the drum, from a little before the stroke on, and is over when the drum has ended."""
    made = drummer(40)
    with torch.no_grad():
        x = played(SILENT, torch.zeros_like(SILENT), made(SILENT))
    first, last = 40 - AHEAD, 40 - AHEAD + LENGTH
    assert float((x[..., :first] + 1).abs().max()) < 1e-5
    assert float((x[..., last:] + 1).abs().max()) < 1e-5
    loudest = int(made.sounds[0].mean(0).argmax()) + first
    assert float(x[0, 0, :, loudest].max()) > 0.3
    assert torch.allclose(x[0, 0, :, first:last], made.sounds[0].detach().clamp_min(-1), atol=1e-4)


def test_what_is_silent_is_not_turned_up() -> None:
    """Not by sixty decibels; what sounds is, and drums do not change it elsewhere. Else silent bands fill with hiss."""
    source = SILENT.clone()
    source[:, :, 20] = 0.0
    x = played(source, torch.full_like(source, 0.5), torch.zeros(1, MELS, source.shape[3]))
    assert float((x[:, :, 21:] + 1).abs().max()) < 1e-5
    assert abs(float(x[0, 0, 20].mean()) - 0.5) < 0.02


def beats(level: float) -> Tensor:
    """Low strokes of notes every 32 frames, every second one softer, silent above, as soft piano music is."""
    x = torch.full((1, 1, MELS, 256), -1.0)
    for number, begin in enumerate(range(16, 240, 32)):
        x[:, :, :30, begin : begin + 32] = level - 0.2 * (number % 2) - torch.linspace(0, 0.8, 32)
    return x


def test_the_drummer_that_ships_plays_along() -> None:
    """Where the notes begin there are strokes in bands that were silent, between there are none, and the rhythm is kept."""
    drummer, x = Drummer.shipped().eval(), beats(0.5)
    with torch.no_grad():
        made = played(x, torch.zeros(1), drummer(x))
    above = made[0, 0, 60:].mean(0)
    for begin in range(16, 240, 32):
        assert float(above[begin : begin + 4].max()) > -0.8, "6 dB above silence"
        assert float(above[begin + 26 : begin + 28].max()) < float(above[begin : begin + 4].max()) - 0.1
    rise, risen = (one[0, 0].diff(dim=1).clamp_min(0).mean(0)[None] for one in (x, made))
    assert float(correlation(rise, risen, dim=1)) > 0.7


def test_a_training_changes_only_how_loud_drums_are() -> None:
    """A style without drums turns them down; when they are hit stays what was learned from pairs."""
    torch.manual_seed(0)
    net = Restyle(MELS, 4, 1, 24.0, beats=True, drums=True)
    x = beats(0.5)
    made = net(x, torch.zeros(1, 0), None)  # type: ignore[arg-type]
    assert made.shape == x.shape
    made.square().mean().backward()
    assert net.drummer is not None
    learning = {name: p for name, p in net.drummer.named_parameters() if p.requires_grad}
    assert list(learning) == ["loudness"]
    slope = learning["loudness"].grad
    assert slope is not None
    assert bool(slope.isfinite().all() & slope.any())
    with torch.no_grad():
        before = net.drummer(x)
        net.drummer.loudness.sub_(1)
        assert torch.allclose(net.drummer(x), before * math.exp(-NEPERS), rtol=1e-3)


def test_strokes_fall_where_something_begins() -> None:
    """On its frame or the next, as strong as it is beside the others around; nowhere in a tone that only lasts or in silence."""
    x = SILENT.clone()
    x[:, :, 10:60, 20:] = 0.5
    x[:, :, 60:85, 60:] = 0.5
    found = onsets(x)[0, 0]
    first, second = (float(found[begin : begin + 2].max()) for begin in (20, 60))
    assert 0.8 < first <= 1
    assert 0.2 < second < 0.5
    found[19:22] = found[59:62] = 0
    assert not found.any()
    assert not onsets(SILENT).any()


def test_runs_of_before_have_no_drummer() -> None:
    """Their weights have to fit the networks that are built for them."""
    assert not any("drummer" in name for name in Restyle(MELS, 4, 1, 24.0, beats=True).state_dict())
