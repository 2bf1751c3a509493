"""``artgen perform``: a take as a film."""

from __future__ import annotations

from pathlib import Path
from typing import Literal


def perform(
    run: Path,
    take: Path,
    *,
    out: Path,
    fps: float = 30.0,
    sound: Path | None = None,
    enlarge: Literal[1, 2, 4] | None = None,
    enlarge_strength: float | None = None,
    enlarger: Path | None = None,
    flashes: bool = False,
    unmarked: bool = False,
    c2pa: bool = False,
    device: str = "auto",
) -> None:
    """Make every frame of a take again, as large as you like, with sound.

    Parameters
    ----------
    run
        A run folder or a checkpoint file.
    take
        What was recorded in the studio or by artgen live: RUN/takes/NAME.jsonl.
    out
        The film: a name that ends with .mp4 or .webm. Of a run of music: the piece.
    fps
        Frames a second, 1 to 120.
    sound
        A sound file to put beside it; or the music run whose radio played in the take.
    enlarge
        Sides of what is written: 1 as trained, 2 or 4 times as long, drawn by a learned enlarger (default: as the run writes).
    enlarge_strength
        Share of the learned enlarger, 0 to 1; the rest is a smooth resize.
    enlarger
        A run of --task enlarge: its enlarger draws, with the texture that it learned, four times as large where nothing is said.
    flashes
        Leave flashes as they are. Without it no part flashes more than twice a second, see docs/live.md.
    unmarked
        Leave out the invisible mark that says the work is machine-made; the metadata say it still.
    c2pa
        Sign the film: a C2PA manifest says that it is machine-made (needs artgen-suite[provenance]).
    device
        auto, cpu, cuda or mps.
    """
    from artgen.cli.bars import files as bar
    from artgen.cli.parse import written_with
    from artgen.live.perform import Wishes
    from artgen.live.perform import perform as make
    from artgen.studio.playing import Opened
    from artgen.studio.takes import read_take

    found = read_take(take)
    settings = written_with(locals())
    opened = Opened(run, device=device, c2pa=c2pa, settings=settings)
    if found.head.model and not opened.run.fingerprint().startswith(found.head.model):
        print("the take was played with other weights of this run, so its works are others now")
    with bar() as tell:
        wishes = Wishes(fps, sound, not flashes, not unmarked)
        paths = make(opened, take, out, wishes, lambda done, count: tell(done, count, "frames"))
    print("\n".join(str(path) for path in paths))
    if unmarked:
        print("written without the invisible mark")
