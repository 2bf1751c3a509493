"""``artgen dream``: the discriminator sees more and more of what it sees in a file."""

from __future__ import annotations

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
    from artgen import play
    from artgen.play.dream import dream_file
    from artgen.progress import on_terminal
    from artgen.runfolder import fresh_folder
    from artgen.sample.words import parse_label

    opened = play.load(run, device)
    target = out or fresh_folder(opened.folder, "dream")
    found, path = dream_file(opened, file, layer, steps, parse_label(label), target, on_terminal())
    print(f"{path}: layer {found.layer} reacts {found.grew:.3g} times as strongly; {target / 'sheet.png'} shows both")
