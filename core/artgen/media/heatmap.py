"""Maps drawn over items: pictures, films and curves by the core, anything else by the domain's own writer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from artgen.media.titles import set_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_FRAMES = 6  # of a film


def draw(view: np.ndarray, heats: Mapping[str, np.ndarray], path: Path) -> Path:
    """``view`` ``[c, n]``, ``[c, h, w]`` or ``[c, t, h, w]`` in about [-1, 1], and beside it every map ``[...]`` over it."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    places = view.ndim - 1
    picks = np.linspace(0, view.shape[1] - 1, min(_FRAMES, view.shape[1])).round().astype(int) if places == 3 else [0]
    names = ["", *heats]
    rows, columns = (len(names), len(picks)) if places == 3 else (1, len(names))
    size = (2.2 * columns + 0.8, 2.2 * rows) if places == 3 else (3.4 * columns, 3.1)
    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)  # no display, no global state
    axes = figure.subplots(rows, columns, squeeze=False)
    for number, name in enumerate(names):
        for index, moment in enumerate(picks):
            place = axes[number, index] if places == 3 else axes[0, number]
            item = view[:, moment] if places == 3 else view
            heat = None if not name else heats[name][moment] if places == 3 else heats[name]
            limits = None if not name else colors(heats[name])
            shown = _one(place, item, heat, limits)
            title = f"{name or 'the work'}{f', frame {moment}' if places == 3 else ''}"
            set_title(place, title if places != 3 or index == 0 else f"frame {moment}", 8)
            if shown is not None and index == len(picks) - 1:
                figure.colorbar(shown, ax=place, shrink=0.8).ax.tick_params(labelsize=6)
    figure.savefig(path, dpi=110, metadata={"Software": "artgen"})
    return path


def colors(heat: np.ndarray) -> dict[str, Any]:
    """Color map and limits: red for above zero and blue for below where there are both, else dark to light."""
    top = float(np.abs(heat).max()) or 1.0
    signed = float(heat.min()) < -1e-6
    return {"cmap": "RdBu_r", "vmin": -top, "vmax": top} if signed else {"cmap": "inferno", "vmin": 0.0, "vmax": top}


def _one(axes: Axes, item: np.ndarray, heat: np.ndarray | None, limits: dict[str, Any] | None) -> Any:
    """An item ``[c, n]`` or ``[c, h, w]``, gray under its map where there is one."""
    axes.tick_params(labelsize=6)
    if item.ndim == 2:
        for channel in item:
            axes.plot(channel, color="0.2", linewidth=1)
        if heat is None or limits is None:
            return None
        extent = (-0.5, item.shape[1] - 0.5, *axes.get_ylim())
        return axes.imshow(heat[None], aspect="auto", extent=extent, alpha=0.8, zorder=0, **limits)
    axes.set_axis_off()
    picture = (item.transpose(1, 2, 0).clip(-1, 1) + 1) / 2
    if heat is None or limits is None:
        axes.imshow(picture if picture.shape[2] == 3 else picture[..., 0], cmap="gray", vmin=0, vmax=1)
        return None
    axes.imshow(picture.mean(2), cmap="gray", vmin=0, vmax=1)
    return axes.imshow(heat, alpha=0.65, **limits)
