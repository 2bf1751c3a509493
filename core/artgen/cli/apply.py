"""``artgen apply``: a person's own files through a run."""

from __future__ import annotations

from pathlib import Path


def apply(run: Path, *files: Path, out: Path, device: str = "auto") -> None:
    """Send files, or all files of folders, through a run: reconstruct them. The files themselves are never changed.

    Parameters
    ----------
    run
        A run folder or a checkpoint file.
    files
        Files or folders.
    out
        Folder to write to. Results that are there already are left as they are.
    device
        auto, cpu, cuda or mps.
    """
    from artgen import play

    done = play.load(run, device).apply(files, out)
    for skipped in done.skipped:
        print(f"skipped {skipped.name}: {skipped.reason}")
    before = f", {done.before} were there already" if done.before else ""
    print(f"{len(done.written)} written to {out}{before}")
