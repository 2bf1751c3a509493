"""The tasks: the game that is played in a domain."""

from __future__ import annotations

from typing import Literal

Task = Literal["generate", "translate", "colorize", "style", "reconstruct"]
GIVEN: tuple[Task, ...] = ("translate", "colorize", "style")  # their generator is given a work instead of a latent
