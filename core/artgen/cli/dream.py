"""``artgen dream``: the discriminator sees more and more of what it sees in a file."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path


def dream(
    run: Path,
    file: Path,
    *,
    layer: int | None = None,
    steps: int = 40,
    label: str | None = None,
    out: Path | None = None,
    device: str = "auto",
) -> None:
    """Change your own file so that a layer of the discriminator reacts ever more strongly (DeepDream).

    Parameters
    ----------
    run
        A run folder or a checkpoint file.
    file
        A file of the run's medium.
    layer
        Which layer: early ones (0 is the first) see strokes and grain, late ones shapes (default: the middle one).
    steps
        How long to dream.
    label
        The class, or a mix of classes, that the discriminator is told (default: the first).
    out
        Folder to write to (default: a new folder in the run folder).
    device
        auto, cpu, cuda or mps.
    """
    from artgen.cli.bars import steps as bar
    from artgen.cli.parse import parse_label
    from artgen.runfolder.locate import fresh_folder
    from artgen.verbs.dream import dream_file
    from artgen.verbs.loaded import open_run

    opened = open_run(run, device)
    place = nullcontext(out) if out else fresh_folder(opened.folder, "dream")
    with place as target, bar("dreaming", steps) as step_done:
        found, path = dream_file(opened, file, layer, steps, parse_label(label, opened.labels), target, step_done)
    print(f"{path}: layer {found.layer} reacts {found.grew:.3g} times as strongly; {target / 'sheet.png'} shows both")
