"""Sliders in a notebook: a work that changes while they are moved."""

from __future__ import annotations

from typing import Any

from artgen.errors import InputError
from artgen.inference.directions import find_any, moved
from artgen.inference.latent import edited, render, seed_latent
from artgen.verbs.loaded import LoadedRun

_SLIDERS = 6
_REACH = 3.0  # standard deviations at the ends of a slider


def play(run: LoadedRun) -> Any:
    """A widget of ipywidgets: seed, class, variety, and a slider for each direction that is known or found now.

    Raises InputError where ipywidgets is missing, and for a run that makes no works from seeds."""
    run.model.check_latent()
    try:
        import ipywidgets as widgets
    except ImportError:
        raise InputError("Run.play: needs another package: pip install artgen-suite[notebook]") from None
    known = (run.current_directions() or find_any(run.model, 4))[:_SLIDERS]
    seed = widgets.BoundedIntText(0, min=0, max=2**53 - 1, description="seed")
    label = widgets.Dropdown(options=[("its own", None), *((name, name) for name in run.labels)], description="class")
    variety = widgets.FloatSlider(1.0, min=0, max=1.2, step=0.05, description="variety", continuous_update=False)
    sliders = [
        widgets.FloatSlider(0.0, min=-_REACH, max=_REACH, step=0.1, description=d.name, continuous_update=False)
        for d in known
    ]
    view = widgets.HTML()

    def show(_change: object = None) -> None:
        moves = {direction.name: slider.value for direction, slider in zip(known, sliders, strict=True)}
        weights = {label.value: 1.0} if label.value else None
        latent = seed_latent(run.model, seed.value, weights, variety.value)
        latent = edited(latent, lambda vector: moved(vector, moves, known))
        options = run.options(as_trained=True)
        view.value = run.heard(next(render(run.model, [latent], options)))._repr_html_()

    controls = [seed, *([label] if run.labels else []), variety, *sliders]
    for control in controls:
        control.observe(show, "value")
    show()
    return widgets.HBox([view, widgets.VBox(controls)])
