"""What a plugin's ``artgen_objective`` is built from: the core's adversarial game, its losses and its penalties."""

from artgen.tasks.adversarial import Adversarial
from artgen.tasks.forward import run_generator
from artgen.tasks.losses import LOSSES, AdversarialLoss
from artgen.tasks.penalties import first_order_square, interpolate_penalty, squared_gradient_norm

__all__ = [
    "LOSSES",
    "Adversarial",
    "AdversarialLoss",
    "first_order_square",
    "squared_gradient_norm",
    "interpolate_penalty",
    "run_generator",
]
