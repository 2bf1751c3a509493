"""``artgen apply``: a person's own files through a run."""

from __future__ import annotations

from pathlib import Path
from typing import Literal


def apply(
    run: Path,
    *files: Path,
    out: Path,
    enlarge: Literal[1, 2, 4] | None = None,
    enlarge_strength: float | None = None,
    format: Literal["wav", "wav24", "flac", "ogg", "mp3"] | None = None,  # noqa: A002 (the name of the flag)
    loudness: float | None = None,
    rate: Literal[16_000, 32_000] | None = None,
    c2pa: bool = False,
    device: str = "auto",
) -> None:
    """Send files, or all files of folders, through a run that colors, translates, moves toward a style or reconstructs.

    Files of any size or length; the files themselves are never changed.

    Parameters
    ----------
    run
        A run folder or a checkpoint file.
    files
        Files or folders.
    out
        Folder to write to. Results that are there already are left as they are, so a stopped command goes on.
    enlarge
        Sides of what is written: 1 as trained, 2 or 4 times as long, drawn by a learned enlarger (pictures, films).
    enlarge_strength
        Share of the learned enlarger, 0 to 1; the rest is a smooth resize.
    format
        Files of music: wav, wav24 (24 bit), flac, ogg or mp3.
    loudness
        Loudness of music in LUFS; less where the true peak would pass -1 dB.
    rate
        Samples a second of music: 16000 or 32000, with a learned high band (default: 32000; of sounds that are changed 16000).
    c2pa
        Sign the results: a C2PA manifest in each file says that it is machine-made (needs artgen-suite[provenance]).
    device
        auto, cpu, cuda or mps.
    """
    from artgen.cli.bars import files as bar
    from artgen.cli.parse import written_with
    from artgen.errors import InputError
    from artgen.report.words import count
    from artgen.verbs.apply import apply as send
    from artgen.verbs.loaded import open_run

    settings = written_with(locals())
    opened = open_run(run, device, c2pa=c2pa, settings=settings)
    with bar() as tell:
        done = send(opened, files, out, tell)
    for skipped in done.skipped:
        print(f"skipped {skipped.name}: {skipped.reason}")
    # those that could have been used come last, where there are such
    first = done.skipped[-done.failed] if done.skipped else None
    if first and not (done.written or done.before):
        raise InputError(
            "nothing was written, because no file could be used",
            page=f"nothing was written, because no file could be used ({first.name}: {first.reason})",
        )
    before = f", {done.before} were there already" if done.before else ""
    print(f"{len(done.written)} written to {out}{before}")
    if first and done.failed:
        lost = f"{count(done.failed, 'file')} could not be used"
        raise InputError(
            f"{lost}, see the reasons above; the others are done",
            page=f"{lost} ({first.name}: {first.reason}); the others are done",
        )
