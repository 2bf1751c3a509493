"""What a person asks of a sample beyond its seed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SampleOptions:
    """What a person asks of a sample beyond its seed. A domain ignores what has no meaning for it.

    - ``seconds``: length; None means the length that was trained.
    - ``loop``: the end runs into the beginning without a seam.
    - ``fps``: frames a second, for films.
    - ``motion``: seed of everything that is drawn beside z (the motion of a film, the course of a piece); None: that of
      the sample.
    - ``moments``: time in seconds at each frame of a film, rising, instead of an even pace; ``fps`` frames of it are
      still shown a second.
    """

    seconds: float | None = None
    loop: bool = False
    fps: float | None = None
    motion: int | None = None
    moments: tuple[float, ...] | None = None
