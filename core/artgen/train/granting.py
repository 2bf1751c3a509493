"""What a wish changes about a training that runs (``runfolder/wishes.py``)."""

from __future__ import annotations

from artgen.contract.settings import RunConfig
from artgen.errors import InputError
from artgen.runfolder.wishes import Wish
from artgen.runtime.budget import Budget, parse_budget
from artgen.train.trainer import Trainer

_LEAST, _MOST = 1e-4, 1e4  # of all factors together


def grant(wish: Wish, trainer: Trainer) -> None:
    """Change the controls of the training, which are part of its state. Raises InputError for what has no meaning here."""
    state = trainer.state
    if wish.lr is not None:
        state.lr_scale = _within(state.lr_scale * wish.lr)
    if wish.gamma is not None:
        if trainer.networks.discriminator is None or trainer.config.train.penalty == "none":
            raise InputError("gamma: this training has no gradient penalty")
        state.gamma_scale = _within(state.gamma_scale * wish.gamma)
    if wish.augment_strength is not None:
        if trainer.networks.augment is None or trainer.config.train.augment == "off":
            raise InputError("augment_strength: this training augments nothing")
        state.strength = wish.augment_strength


def larger(wish: Wish, config: RunConfig) -> RunConfig | None:
    """The config with the budget that a wish adds to; None where it adds nothing.

    Raises InputError for a time where the budget counts items, and the other way round."""
    if wish.budget is None and wish.images is None:
        return None
    more, run = parse_budget(wish.budget, wish.images, ""), config.run
    if more.seconds is not None and run.budget_seconds is not None:
        update = {"budget_seconds": run.budget_seconds + more.seconds}
    elif more.items is not None and run.budget_items is not None:
        update = {"budget_items": run.budget_items + more.items}
    else:
        raise InputError(
            f"{'budget' if wish.budget else 'images'}: the budget of this run counts {'items' if run.budget_items else 'time'}"
        )
    return config.model_copy(update={"run": run.model_copy(update=update)})


def budget_of(config: RunConfig) -> Budget:
    """The budget that a config names."""
    return Budget(config.run.budget_seconds, config.run.budget_items)


def _within(factor: float) -> float:
    return min(_MOST, max(_LEAST, factor))
