"""``artgen live``: play a run without a page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter


def live(
    run: Path,
    *,
    osc: str | None = None,
    osc_out: str | None = None,
    midi_file: Path | None = None,
    mjpeg: int | None = None,
    pipe: Annotated[str | None, Parameter(allow_leading_hyphen=True)] = None,
    sink: tuple[str, ...] = (),
    fps: float = 30.0,
    enlarge: Literal[1, 2, 4] = 1,
    matrix: Path | None = None,
    take: Path | None = None,
    seconds: float | None = None,
    smooth: float = 0.05,
    glide: float = 0.0,
    seed: int = 0,
    flashes: bool = False,
    follow: Annotated[bool, Parameter(negative="--no-follow")] = True,
) -> None:
    """Play a run like an instrument: controls come by OSC or from a MIDI file, frames go to other programs.

    The page of artgen studio plays by knobs, microphone and gamepad; this plays without one.

    Parameters
    ----------
    run
        A run folder or a checkpoint file.
    osc
        Hear OSC at this port of this machine, or at HOST:PORT. The addresses are printed.
    osc_out
        Tell HOST:PORT by OSC what was set.
    midi_file
        Play the knobs and notes of this MIDI file.
    mjpeg
        Serve moving pictures at this port of this machine, 0 for any free one: http://127.0.0.1:PORT/stage.mjpg.
    pipe
        Write raw frames (rgb24) into this file or named pipe, - for stdout; of music raw samples (s16le).
    sink
        Send frames to an installed sink, NAME or NAME=WORDS; may be repeated.
    fps
        Frames a second, 1 to 120; the last is repeated where no newer is ready.
    enlarge
        Sides of the frames: 1 as trained, 2 or 4 times as long, drawn by a learned enlarger (pictures, films).
    matrix
        What moves by itself or follows a source (default: the one that the studio keeps in the run folder).
    take
        Record what is played into this new file, for artgen perform.
    seconds
        End after so long (default: with Ctrl+C).
    smooth
        Seconds in which a number that was sent is followed.
    glide
        Seconds of the way to another seed or preset; 0: at once.
    seed
        Where to begin.
    flashes
        Leave flashes as they are. Without it no part flashes more than twice a second, see docs/live.md.
    follow
        Go over to newer weights while the run trains; --no-follow stays with those of the beginning.
    """
    from artgen.errors import InputError

    try:
        import aiohttp  # noqa: F401
    except ImportError:
        raise InputError("needs aiohttp; pip install 'artgen-suite[live]'", at="artgen live") from None
    from artgen.live.play import Wishes
    from artgen.live.play import live as play
    from artgen.live.sinks import say

    if seconds is not None and not 0 < seconds <= 86_400:
        raise InputError("give more than 0, at most 86400", at="--seconds", value=f"{seconds:g}")
    wishes = Wishes(
        osc,
        osc_out,
        midi_file,
        mjpeg,
        pipe,
        sink,
        fps,
        enlarge,
        matrix,
        take,
        seconds,
        not flashes,
        smooth,
        glide,
        seed,
        follow,
    )
    done = play(run, wishes)
    say(f"{done.frames:,} frames, {done.fresh:,} works, longest gap {done.longest * 1000:.0f} ms")
