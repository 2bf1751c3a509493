"""What a person starred in the studio, as places that the verbs of publishing show first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from artgen.verbs.loaded import LoadedRun
    from artgen.verbs.sample import Choice


def starred(run: LoadedRun) -> list[Choice]:
    """The works that were starred, in their order."""
    from artgen.inference.model import Mix
    from artgen.studio import favorites
    from artgen.verbs.sample import Choice

    found = []
    for work in favorites.read(run.home).works:
        state = work.state
        mix = state.mix and Mix(state.mix.seed, state.mix.first, state.mix.last)
        own = [state.projected] if state.projected else []
        found.append(Choice([] if own else [state.seed], own, state.weights, state.truncation, mix, state.moves))
    return found
