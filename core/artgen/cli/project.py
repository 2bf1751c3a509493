"""``artgen project``: a file of one's own in the latent space of a run."""

from __future__ import annotations

from pathlib import Path


def project(run: Path, *files: Path, steps: int = 1000, label: str | None = None, device: str = "auto") -> None:
    """Find the latents of your own files, ready to be moved and walked to: artgen sample RUN --projected NAME --move s1=2.

    Parameters
    ----------
    run
        A run folder.
    files
        Files of the run's medium.
    steps
        Steps of the search.
    label
        The class, or a mix of classes (default: the one that comes nearest).
    device
        auto, cpu, cuda or mps.
    """
    from artgen.cli.bars import steps as bar
    from artgen.cli.parse import parse_label
    from artgen.errors import InputError
    from artgen.verbs.loaded import open_run
    from artgen.verbs.project import project_file

    if not files:
        raise InputError("give a file", at="artgen project")
    opened = open_run(run, device)
    weights = parse_label(label, opened.labels)
    for file in files:
        with bar("projecting", steps) as step_done:
            found, sheet = project_file(opened, file, steps, weights, step_done)
        print(f"{sheet.stem.removesuffix('-sheet')}: error {found.start:.3f} -> {found.error:.3f}, see {sheet}")
