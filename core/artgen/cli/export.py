"""``artgen export``: a run as one page that plays anywhere."""

from __future__ import annotations

from pathlib import Path


def export(
    run: Path,
    *,
    out: Path | None = None,
    title: str | None = None,
    by: str = "",
    license: str = "",  # noqa: A002 -- its flag
    note: str = "",
    seeds: str | None = None,
    device: str = "auto",
) -> None:
    """Write a run as one page: works, sliders, a walk. It opens from disk or any web space, without a network.

    The works that were starred in the studio come first. What the sliders and the pad show was rendered ahead.

    Parameters
    ----------
    run
        A run folder or a checkpoint file.
    out
        The page (default: export.html in the run folder).
    title
        Its title (default: the name of the run folder).
    by
        Who publishes it.
    license
        License of the works, in your own words.
    note
        A few sentences that stand below the title.
    seeds
        Works to show: 0-15,99 (default: as many as suit the medium).
    device
        auto, cpu, cuda or mps.
    """
    from artgen.cli.parse import parse_seeds
    from artgen.inference.model import Mix
    from artgen.studio import favorites
    from artgen.verbs.export import Words, export_page
    from artgen.verbs.loaded import open_run
    from artgen.verbs.sample import Choice

    opened = open_run(run, device)
    stars = []
    for work in favorites.read(opened.home).works:
        state = work.state
        mix = state.mix and Mix(state.mix.seed, state.mix.first, state.mix.last)
        own = [state.projected] if state.projected else []
        stars.append(Choice([] if own else [state.seed], own, state.weights, state.truncation, mix, state.moves))
    chosen = None if seeds is None else parse_seeds(seeds, None, 0)
    path = export_page(opened, out or opened.home / "export.html", Words(title, by, license, note), chosen, stars)
    print(f"{path} written, {path.stat().st_size / 1e6:.1f} MB: open it by a double click, or put it on any web space")
