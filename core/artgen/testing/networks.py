"""Checks of the networks as they are built: shapes, independence, gradients, penalties, augmentation."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor, nn

from artgen.contract.networks import Growing
from artgen.contract.objective import Batch
from artgen.contract.options import SampleOptions
from artgen.contract.task import TASKS
from artgen.inference.noise import PerSeedNoise
from artgen.tasks.forward import run_generator
from artgen.tasks.penalties import squared_gradient_norm
from artgen.testing.case import Broken, Case, NotApplicable, ask_each

_SHARES = (0.0, 0.15, 0.3, 0.5, 0.7, 0.85, 1.0)  # of the budget, for networks that change as they train


def networks_have_the_shapes(case: Case) -> str:
    """The generator makes finite items of the measured shape and the discriminator one row of logits each, for any batch."""
    return ask_each(case.tasks, _shapes)


def _shapes(case: Case) -> str:
    nets, shape = case.networks, case.spec.shape
    with torch.no_grad(), _eval(nets.generator, nets.discriminator):
        for count in (1, 3):
            fake = _play(case, range(count))
            if tuple(fake.shape) != (count, *shape) or fake.dtype != torch.float32 or not bool(fake.isfinite().all()):
                raise Broken(f"the generator made {fake.dtype}{list(fake.shape)} for a batch of {count}, expected finite "
                             f"float32 {[count, *shape]}")  # fmt: skip
            if nets.discriminator is not None:
                logits = nets.discriminator(fake, case.condition(count))
                if logits.dim() != 2 or len(logits) != count or not bool(logits.isfinite().all()):
                    raise Broken(
                        f"the discriminator gave {list(logits.shape)} for {count} items, expected finite [{count}, k]"
                    )
    sizes = [sum(p.numel() for p in n.parameters()) for n in (nets.generator, nets.discriminator) if n is not None]
    return " and ".join(f"{size:,}" for size in sizes) + " parameters"


def items_of_a_batch_are_independent(case: Case) -> str:
    """A generator that plays (eval mode) makes the same item alone and in company."""
    return ask_each(case.tasks, _independence)


def _independence(case: Case) -> str:
    with torch.no_grad(), _eval(case.networks.generator):
        together = _play(case, range(4))
        for number in range(4):
            alone = _play(case, [number])[0]
            if not torch.allclose(alone, together[number], atol=1e-4, rtol=1e-3):
                raise Broken(f"item {number} differs by {float((alone - together[number]).abs().max()):.2g} when made alone; "
                             "in eval mode no layer may mix the items of a batch")  # fmt: skip
    return ""


def gradients_reach_every_parameter(case: Case) -> str:
    """Every parameter that wants a gradient gets one, at some share of the budget."""
    return ask_each(case.tasks, _gradients)


def _gradients(case: Case) -> str:
    nets = case.networks
    for name, network in (("generator", nets.generator), ("discriminator", nets.discriminator)):
        if network is None:
            continue
        moved = _moved(network)  # layers that begin at zero hide those before them
        reached: set[str] = set()
        for share in _SHARES if isinstance(moved, Growing) else (0.0,):
            if isinstance(moved, Growing):
                moved.set_progress(share)
            for probe in _probes(case, moved, name == "generator"):
                moved.zero_grad(set_to_none=True)
                probe.backward()
                reached |= {n for n, p in moved.named_parameters() if p.grad is not None and bool((p.grad != 0).any())}
        missed = [n for n, p in moved.named_parameters() if p.requires_grad and n not in reached]
        if missed:
            raise Broken(f"no gradient reaches {len(missed)} parameters of the {name}, the first is {missed[0]}")
    return ""


def penalty_can_be_differentiated(case: Case) -> str:
    """The discriminator allows the double backward of a gradient penalty, with the augmentation before it."""
    discriminator = _moved(case.discriminator)
    nets, batch = case.networks, case.batch()

    def score(x: Tensor) -> Tensor:
        seen = nets.augmented(x, 0.5, torch.Generator().manual_seed(3), batch.condition)
        return discriminator(seen, batch.condition)

    try:
        _, square = squared_gradient_norm(score, batch.real)
        square.mean().backward()
    except RuntimeError as error:
        raise Broken(f"the gradient penalty cannot be computed: {str(error).splitlines()[0]}") from error
    grads = [p.grad for p in discriminator.parameters() if p.grad is not None]
    if not all(bool(g.isfinite().all()) for g in grads) or not any(bool((g != 0).any()) for g in grads):
        raise Broken("the gradient of the gradient penalty is zero everywhere, or not finite")
    return ""


def augmentation_uses_its_own_dice(case: Case) -> str:
    """Augmentation keeps shapes, lets gradients through, repeats itself for the same rng and does nothing at strength 0."""
    nets = case.networks
    if nets.augment is None:
        raise NotApplicable("no augmentation")
    x, classes = case.encoded(4).requires_grad_(), case.spec.classes
    condition = torch.eye(classes)[torch.arange(4) % classes] if classes else torch.zeros(4, 0)

    def augment(x: Tensor, strength: float, rng: torch.Generator) -> Tensor:
        return nets.augmented(x, strength, rng, condition)

    torch.manual_seed(1)
    one = augment(x, 0.8, torch.Generator().manual_seed(5))
    torch.manual_seed(2)
    two = augment(x, 0.8, torch.Generator().manual_seed(5))
    if one.shape != x.shape or not torch.equal(one, two):
        raise Broken("augment changed the shape, or gave something else for the same rng; draw from rng alone")
    if not one.requires_grad or not bool(torch.autograd.grad(one.sum(), x)[0].isfinite().all()):
        raise Broken("augment lets no gradient through, so the generator would learn nothing")
    if not torch.allclose(augment(x, 0.0, torch.Generator().manual_seed(5)), x, atol=1e-5):
        raise Broken("augment changes items at strength 0")
    return ""


def _play(case: Case, numbers: range | list[int]) -> Tensor:
    """Encoded items ``[b, *shape]`` of seeds, or of the works of those numbers, each with the draws of its own."""
    noise, classes = PerSeedNoise(list(numbers), torch.device("cpu")), case.spec.classes
    condition = torch.eye(classes)[torch.tensor(list(numbers)) % classes] if classes else torch.zeros(len(numbers), 0)
    nets = case.networks
    if not nets.source_channels:
        return nets.generator(noise.normal(nets.latent), condition, noise, SampleOptions())
    real = case.encoded(4)[list(numbers)]
    source = real if TASKS[case.task].takes_style else None
    return run_generator(nets, Batch(real, condition, noise, torch.Generator(), source))


def _probes(case: Case, network: nn.Module, generator: bool) -> Iterator[Tensor]:
    """Scalars in which every output of the network has a say."""
    batch = case.batch(8, seed=1)
    if not generator:
        yield _any_sum(network(batch.real, batch.condition))
        return
    yield _any_sum(run_generator(replace(case.networks, generator=network), batch))
    if not TASKS[case.task].discriminator:
        found, kl = network.reconstruct(batch.real, batch.condition, batch.noise)  # type: ignore[operator]
        yield _any_sum(found) + kl.sum()


def _any_sum(x: Tensor) -> Tensor:
    return (x * torch.randn(x.shape, generator=torch.Generator().manual_seed(9))).sum()


def _moved(network: nn.Module) -> nn.Module:
    """A copy in training mode with every parameter moved a little, as after a few steps."""
    moved = copy.deepcopy(network).train()
    rng = torch.Generator().manual_seed(4)
    with torch.no_grad():
        for parameter in moved.parameters():
            parameter.add_(0.05 * torch.randn(parameter.shape, generator=rng))
    return moved


class _eval:  # noqa: N801  (used like torch.no_grad)
    """Eval mode while it lasts, training mode afterwards."""

    def __init__(self, *networks: nn.Module | None) -> None:
        self._networks = [n for n in networks if n is not None]

    def __enter__(self) -> None:
        for network in self._networks:
            network.eval()

    def __exit__(self, *_: object) -> None:
        for network in self._networks:
            network.train()


CHECKS = (
    networks_have_the_shapes, items_of_a_batch_are_independent, gradients_reach_every_parameter,
    penalty_can_be_differentiated, augmentation_uses_its_own_dice,
)  # fmt: skip
