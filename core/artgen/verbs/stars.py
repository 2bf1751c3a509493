"""Places that a person kept in the studio, as choices for the verbs."""

from __future__ import annotations

from artgen.inference.model import Mix
from artgen.runfolder import favorites
from artgen.runfolder.state import State
from artgen.verbs.loaded import LoadedRun
from artgen.verbs.sample import Choice


def starred(run: LoadedRun) -> list[Choice]:
    """The works that were starred, in their order."""
    return [choice_of(work.state) for work in favorites.read(run.home).works]


def choice_of(state: State) -> Choice:
    """The place that a state names."""
    mix = state.mix and Mix(state.mix.seed, state.mix.first, state.mix.last)
    own = [state.projected] if state.projected else []
    return Choice([] if own else [state.seed], own, state.weights, state.truncation, mix, state.moves)
