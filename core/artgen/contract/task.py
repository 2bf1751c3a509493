"""The tasks: the game that is played in a domain, and what the rest of artgen has to know of each.

A new task is a line in ``TASKS`` and a file in ``artgen.tasks``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Task = Literal["generate", "translate", "colorize", "enlarge", "style", "reconstruct"]


@dataclass(frozen=True)
class TaskRules:
    """What the rest of artgen has to know of a task.

    - ``source``: what the generator is given instead of a latent: the leading ``channels`` of an item, the rest of
      which is the target; or whole ``works``, which are moved toward those of a style; None: it makes works from a
      latent.
    - ``discriminator``: the game has one.
    """

    source: Literal["channels", "works"] | None = None
    discriminator: bool = True

    @property
    def changes_works(self) -> bool:
        """The generator changes works instead of making them."""
        return self.source is not None

    @property
    def takes_style(self) -> bool:
        """There is a second set of works: the style (``--style``)."""
        return self.source == "works"

    def source_channels(self, channels: int) -> range:
        """How many leading channels of an item, which has ``channels``, may be the source."""
        ranges = {None: range(1), "channels": range(1, channels), "works": range(channels, channels + 1)}
        return ranges[self.source]


TASKS: dict[Task, TaskRules] = {
    "generate": TaskRules(),
    "translate": TaskRules("channels"),
    "colorize": TaskRules("channels"),
    "enlarge": TaskRules("channels"),
    "style": TaskRules("works"),
    "reconstruct": TaskRules(discriminator=False),
}
TRANSLATION_TASKS: tuple[Task, ...] = tuple(task for task, rules in TASKS.items() if rules.changes_works)
