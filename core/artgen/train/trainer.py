"""The adversarial training step and everything it owns: networks, averaged generator, optimizers, controls.

Time is counted in items seen. Every draw, and the order of the data, is a function of (seed, items seen, process), so a resumed
run equals an uninterrupted one. Figures are summed on the device and read once a report.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from artgen.contract.networks import Growing, Networks
from artgen.contract.objective import Batch, StepState, TrainableObjective
from artgen.contract.settings import RunConfig
from artgen.data.order import ShuffledPasses
from artgen.data.store import Store
from artgen.errors import InputError, PluginError, nearest
from artgen.host import Host
from artgen.inference.model import Model, module
from artgen.inference.noise import BatchNoise
from artgen.runtime.device import arithmetic, place, settled
from artgen.runtime.distributed import World
from artgen.runtime.seeds import derived_seed, seed_global
from artgen.tasks import core_objective
from artgen.tasks.adversarial import Adversarial
from artgen.tasks.forward import cropped, run_generator
from artgen.train import schedules
from artgen.train.compatibility import check_compatibility
from artgen.train.data_spec import check_given, measure
from artgen.train.feed import Feed
from artgen.train.guard import PATIENCE
from artgen.train.learner import Learner
from artgen.train.state import TrainState

_ADAPT_STEPS = 16  # steps between two changes of the augmentation strength: counted, so that runs repeat
_GENERATOR, _DISCRIMINATOR, _STYLE = 1, 2, 3


class Trainer:
    """One training. ``step()`` is one generator step with its discriminator steps; ``tensors()`` is all of its state.

    ``style``: what the task style moves the items of ``store`` toward."""

    def __init__(self, host: Host, config: RunConfig, store: Store, device: torch.device, world: World | None = None,
                 style: Store | None = None) -> None:  # fmt: skip
        self.config, self.device, self.world = config, device, world or World()
        self._train = config.train
        if self._train.batch % self.world.size:
            raise InputError(
                f"give a multiple of the {self.world.size} processes", at="--set", value=f"batch={self._train.batch}"
            )
        self.items, self.held_out = store.split(self._train.holdout)
        self.store, self.style = store, style
        self._feed = Feed(store, device)
        self._order = store.order(self.items, config.run.seed)
        self._style_order = ShuffledPasses(len(style.items), derived_seed(config.run.seed, _STYLE)) if style else None
        self._arithmetic = self._settled_arithmetic()
        torch.manual_seed(derived_seed(config.run.seed))
        self.codec = host.codec(config.domain)
        module(self.codec).to(device).requires_grad_(False)
        self.spec, seen = measure(host, config.run.task, self.codec, store, self.items, style, device)
        self.networks = self._build(host)
        host.guard.call("artgen_networks", lambda: self._try(host, seen))
        freeze(self.networks, self._train.freeze)
        self.ema = copy.deepcopy(self.networks.generator).eval().requires_grad_(False)
        self._host, self._seen = host, seen
        self.settle(config)

    def settle(self, config: RunConfig) -> None:
        """Train by ``config.train`` from now on, with fresh optimizers; networks, data and codec stay as they are. What a start
        changes about a training is known only once its networks are there to be compared."""
        host, seen = self._host, self._seen
        self.config, self._train = config, config.train
        self._arithmetic = self._settled_arithmetic()
        own = host.objective(config, self.spec)
        if own is None:
            check_compatibility(host, config, self.networks, self.spec)
        self._objective = own or core_objective(config.run.task, self._train, self.networks, seen)
        wanted = self._train.updates == "simultaneous" and self._train.d_steps == 1
        self._at_once = wanted and own is None and config.run.task == "generate"
        self._heads = self._objective.heads if isinstance(self._objective, TrainableObjective) else None
        parts = {"g": [n for n in (self.networks.generator, self._heads) if n is not None]}
        if self.networks.discriminator is not None:
            parts["d"] = [self.networks.discriminator]
        rates = {"g": self._train.lr_g, "d": self._train.lr_d}
        self._learners = {name: Learner(nets, rates[name], self._train, self.device) for name, nets in parts.items()}
        self._augments = self.networks.augment is not None and self._train.augment != "off"
        self.state = TrainState(strength=self._train.augment_strength if self._augments else 0.0)
        self._signs = torch.zeros(2, device=self.device)  # sum and count of d_sign since the strength was adapted
        self._sums: dict[str, Tensor] = {}
        self._counts: dict[str, int] = {}

    def _settled_arithmetic(self) -> AbstractContextManager[object]:
        """Context of the forward passes, as the settings ask for it."""
        return arithmetic(self.device, settled(self._train.precision, self._train.penalty, self.device))

    def _build(self, host: Host) -> Networks:
        nets = host.networks(self.config.domain, self.spec).for_codec(self.codec)
        place(nets.generator, self.device).train()
        if nets.discriminator is not None:
            place(nets.discriminator, self.device).train()
        if self._train.compile and self.device.type == "cuda":
            nets.generator.compile()
        return nets

    @torch.no_grad()
    def _try(self, host: Host, seen: Tensor) -> None:
        """Play two items once and check what comes out, so that a misfit is said before the first step. ``seen``: two real
        ones."""
        nets = self.networks
        check_given(host, self.config, nets, self.codec, self.spec)
        rng = torch.Generator(self.device).manual_seed(0)
        condition = torch.full((2, self.spec.classes), 1 / max(self.spec.classes, 1), device=self.device)
        nets.generator.eval()  # two items are too few to move running statistics
        batch = Batch(seen, condition, BatchNoise(rng, 2), rng, seen if self.style else None)
        with torch.enable_grad():
            fake = run_generator(nets, batch)
        nets.generator.train()
        self._check_start(host, "generator", fake, nets.generator)
        if tuple(fake.shape) != (2, *self.spec.shape):
            what = "a source" if nets.source_channels else "a latent"
            raise PluginError(f"{host.found}: artgen_networks: the generator made {list(fake.shape[1:])} from {what}, "
                              f"the codec's items are {list(self.spec.shape)}")  # fmt: skip
        if nets.discriminator is not None:
            nets.discriminator.eval()
            with torch.enable_grad():
                logits = nets.discriminator(fake.detach(), condition)
            nets.discriminator.train()
            self._check_start(host, "discriminator", logits, nets.discriminator)
            if logits.dim() != 2 or len(logits) != 2:
                raise PluginError(f"{host.found}: artgen_networks: the discriminator returned {list(logits.shape)} for 2 items, "
                                  "expected [2, k]")  # fmt: skip

    @staticmethod
    def _check_start(host: Host, name: str, made: Tensor, network: nn.Module) -> None:
        """Raises PluginError for a network that could never learn."""
        learns = any(parameter.requires_grad for parameter in network.parameters())
        wrong = None
        if made.dtype != torch.float32:
            wrong = f"gave {made.dtype}, expected torch.float32; half precision is artgen's own (precision=bf16)"
        elif not bool(made.isfinite().all()):
            wrong = "gave values that are not finite before anything was trained"
        elif learns and not made.requires_grad:
            wrong = "gave values without a gradient (detached, or under no_grad), so that nothing can be learned"
        if wrong:
            raise PluginError(f"{host.found}: artgen_networks: the {name} {wrong}")

    # -- the step ------------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """``d_steps`` discriminator steps on fresh data, one generator step on the last batch, then the average."""
        state, train, nets = self.state, self._train, self.networks
        self._set_learning_rates()
        self._set_progress()
        batch = self._batch(_DISCRIMINATOR)
        if self._at_once:
            self._optimize_both(batch)
            state.seen += train.batch
        else:
            for number in range(train.d_steps if nets.discriminator is not None else 0):
                batch = batch if number == 0 else self._batch(_DISCRIMINATOR)
                self._optimize("d", nets.discriminator, batch)
                state.seen += train.batch
            if nets.discriminator is None:
                state.seen += train.batch
            self._optimize("g", nets.generator, self._again(batch))
        state.steps += 1
        self._average()
        if self._augments and train.augment == "adaptive" and state.steps % _ADAPT_STEPS == 0:
            self._adapt()

    def _optimize(self, name: str, network: nn.Module | None, batch: Batch) -> None:
        assert network is not None
        learner = self._learners[name]
        state = self._moment(name)
        with _Frozen(self.networks.discriminator if name == "g" else self.networks.generator):
            with self._arithmetic:
                play = self._objective.generator_loss if name == "g" else self._objective.discriminator_loss
                loss, figures = play(self.networks, batch, state)
            learner.optimizer.forget_gradients()
            loss.backward(inputs=self._alone(name, figures))
        self._note({**figures, f"grad_norm_{name}": learner.move(self.world)})

    def _optimize_both(self, batch: Batch) -> None:
        """One step of both networks from one look of the discriminator: each moves as if the other stood still (Shen 2021). What
        the generator made is not made again, and judged once instead of twice."""
        assert isinstance(self._objective, Adversarial)
        sides = {"d": self._learners["d"], "g": self._learners["g"]}
        with self._arithmetic:
            both = self._objective.both_losses(self.networks, batch, self._moment("d"))
        for side in sides.values():
            side.optimizer.forget_gradients()
        (toward,) = torch.autograd.grad(both.generator, both.shown, retain_graph=True)
        both.discriminator.backward(inputs=sides["d"].parameters)
        torch.autograd.backward([both.made, *both.beside], [toward, *(None for _ in both.beside)])
        self._note(both.figures | {f"grad_norm_{name}": side.move(self.world) for name, side in sides.items()})

    def _alone(self, name: str, figures: Mapping[str, Tensor]) -> list[Tensor] | None:
        """The parameters that gradients are computed for; None: all that the loss depends on. A gradient penalty depends on the
        items too, which would be a fifth of the backward pass in music. Without one, gradients may go ways that torch does not
        see beforehand: networks that compute parts again instead of keeping them (``torch.utils.checkpoint``) would not learn."""
        if name != "d" or "penalty" not in figures or self._train.penalty == "first-order":
            return None
        return self._learners[name].parameters

    def _moment(self, name: str) -> StepState:
        train, state = self._train, self.state
        every = train.penalty_every if train.penalty == "lazy" else 1
        due = train.penalty != "none" and (state.seen // train.batch) % every == 0
        which = _GENERATOR if name == "g" else _DISCRIMINATOR
        seed = derived_seed(self.config.run.seed, state.seen, self.world.rank, which, 1)
        return StepState(schedules.gamma(train, state.progress) * state.gamma_scale, due, state.strength, seed)

    def _batch(self, which: int) -> Batch:
        """The batch that follows the items seen: one compact copy to the device, encoded there."""
        rng = self._rng(which)
        seen, batch = self.state.seen, self._train.batch
        share = self.world.share(batch)
        numbers = self.items[self._order.at(seen, batch)[share]]
        then = self.items[self._order.at(seen + batch, batch)[share]] if self._feed.ahead else None
        real, source = self._encoded(self._feed.take(numbers, then), rng), None
        if self.style is not None and self._style_order is not None:
            source = real
            chosen = self._style_order.at(seen, batch)[share]
            real = self._encoded(torch.from_numpy(self.style.items[chosen]).to(self.device), rng)
        return Batch(real, self._condition(numbers), BatchNoise(rng, len(real)), rng, source)

    @torch.no_grad()
    def _encoded(self, raw: Tensor, rng: torch.Generator) -> Tensor:
        x = self.codec.encode(self.codec.vary(raw, rng))
        return x.contiguous(memory_format=torch.channels_last) if x.dim() == 4 else x

    def _again(self, batch: Batch) -> Batch:
        """The same reals for the generator's step, with draws of their own."""
        rng = self._rng(_GENERATOR)
        return replace(batch, noise=BatchNoise(rng, len(batch.real)), rng=rng)

    def _rng(self, which: int) -> torch.Generator:
        seed = derived_seed(self.config.run.seed, self.state.seen, self.world.rank, which)
        seed_global(seed, self.device)  # for networks with dropout
        return torch.Generator(self.device).manual_seed(seed)

    def _condition(self, numbers: np.ndarray) -> Tensor:
        labels = torch.from_numpy(self.store.label_index[numbers]).to(self.device)
        return (labels[:, None] == torch.arange(self.spec.classes, device=self.device)).float()

    def _set_progress(self) -> None:
        """Networks that grow learn how far the training is."""
        for network in (self.networks.generator, self.networks.discriminator, self.ema):
            if isinstance(network, Growing):
                network.set_progress(self.state.progress)

    def _adapt(self) -> None:
        """Move the augmentation strength by what the discriminator made of the reals lately."""
        total, count = self.world.mean(self._signs).tolist()
        self._signs = torch.zeros_like(self._signs)
        items = round(count) * self._train.batch
        self.state.strength = schedules.adapted_strength(self._train, self.state.strength, total / max(count, 1), items)

    def _set_learning_rates(self) -> None:
        factor = schedules.learning_rate_factor(self._train, self.state.progress) * self.state.lr_scale
        for name, base in (("g", self._train.lr_g), ("d", self._train.lr_d)):
            if name in self._learners:
                self._learners[name].optimizer.lr = base * factor

    @torch.no_grad()
    def _average(self) -> None:
        decay = schedules.ema_decay(self._train, self.state.seen, self._train.batch * self._train.d_steps)
        generator = self.networks.generator
        torch._foreach_lerp_(list(self.ema.parameters()), list(generator.parameters()), 1 - decay)
        for mine, theirs in zip(self.ema.buffers(), generator.buffers(), strict=True):
            mine.copy_(theirs)

    # -- figures -------------------------------------------------------------------------------------------------------

    def _note(self, figures: Mapping[str, Tensor]) -> None:
        if "d_sign" in figures:
            self._signs = self._signs + torch.stack([figures["d_sign"].nan_to_num(), torch.ones_like(self._signs[1])])
        for name, value in figures.items():
            self._sums[name] = self._sums.get(name, torch.zeros((), device=self.device)) + value.detach()
            self._counts[name] = self._counts.get(name, 0) + 1

    def read_figures(self) -> tuple[dict[str, float], bool]:
        """Means since the last reading, and whether the guard asks for a rollback. The one synchronization of a report."""
        if not self._sums:
            return {}, False
        names = sorted(self._sums)
        stacked = torch.stack([self._sums[n].float() / self._counts[n] for n in names])
        values = dict(zip(names, self.world.mean(stacked).tolist(), strict=True))
        self._sums, self._counts = {}, {}
        bad, longest = map(max, zip(*(side.guard.read() for side in self._learners.values()), strict=True))
        self.state.skipped += bad
        if self._augments:
            values["augment"] = self.state.strength
        values |= {"skipped_steps": float(self.state.skipped), "rollbacks": float(self.state.rollbacks)}
        values["collapses"] = float(self.state.collapses)
        return values, longest >= PATIENCE

    @torch.no_grad()
    def suspect(self) -> str:
        """Where values that are not finite come from, tried once more with the weights as they are; empty: nowhere."""
        nets = self.networks
        batch = cropped(nets, self._batch(_DISCRIMINATOR))
        fake = run_generator(nets, batch)
        if not bool(fake.isfinite().all()):
            return "the generator gives values that are not finite"
        looks = (
            [] if nets.discriminator is None else [nets.discriminator(x, batch.condition) for x in (fake, batch.real)]
        )
        if not all(bool(logits.isfinite().all()) for logits in looks):
            return "the discriminator gives values that are not finite"
        with torch.enable_grad():
            losses = [self._objective.generator_loss(nets, self._again(batch), self._moment("g"))[0]]
            if looks:
                losses.append(self._objective.discriminator_loss(nets, batch, self._moment("d"))[0])
        bad = not all(bool(value.isfinite()) for value in losses)
        return "the loss is not finite, though all values of the networks are" if bad else ""

    # -- state ---------------------------------------------------------------------------------------------------------

    def model(self) -> Model:
        """The averaged generator as it is now, ready to play."""
        nets = self.networks
        return Model(
            self.ema,
            self.codec,
            self.spec,
            nets.latent,
            self.device,
            nets.source_channels,
            nets.window,
            nets.feature_sources,
        )

    def tensors(self) -> dict[str, Tensor]:
        """Every tensor of the training under its name in a checkpoint; the very tensors, not copies."""
        found: dict[str, Tensor] = {}
        modules = {"generator": self.networks.generator, "ema": self.ema, "codec": module(self.codec)}
        if self.networks.discriminator is not None:
            modules["discriminator"] = self.networks.discriminator
        if self._heads is not None:
            modules["heads"] = self._heads
        for prefix, part in modules.items():
            found |= {f"{prefix}.{name}": tensor for name, tensor in part.state_dict(keep_vars=True).items()}
        for name, learner in self._learners.items():
            found |= dict(learner.tensors(name))
        return found | {"signs": self._signs}

    @torch.no_grad()
    def restore(self, tensors: Mapping[str, Tensor], state: TrainState) -> None:
        """Go on from saved tensors, whose names and shapes fit (see checkpoint.load)."""
        for name, mine in self.tensors().items():
            mine.copy_(tensors[name])
        self.state = state
        self._sums, self._counts = {}, {}
        self._set_progress()


def freeze(networks: Networks, names: Sequence[str]) -> None:
    """Take the parameters whose name starts with one of ``names`` (whole words between dots) out of training; lower layers of a
    transferred discriminator, for instance (FreezeD, Mo 2020). Raises InputError for a name that fits none."""
    parts = {"generator": networks.generator, "discriminator": networks.discriminator}
    known = {f"{part}.{name}": p for part, net in parts.items() if net for name, p in net.named_parameters()}
    for name in names:
        chosen = [p for full, p in known.items() if f"{full}.".startswith(f"{name}.")]
        if not chosen:
            words = {full.rsplit(".", 1)[0] for full in known}
            raise InputError(f"there is no {name} in the networks, {nearest(name, sorted(words))}", at="--set freeze")
        for parameter in chosen:
            parameter.requires_grad_(False)
    for part, net in parts.items():
        if net is not None and not any(p.requires_grad for p in net.parameters()):
            raise InputError(f"all of the {part} would be frozen, leave some of it to train", at="--set freeze")


class _Frozen:
    """The other network takes no gradients while one plays: half of the backward pass is saved."""

    def __init__(self, network: nn.Module | None) -> None:
        self._parameters: Iterable[nn.Parameter] = (
            [p for p in network.parameters() if p.requires_grad] if network else []
        )

    def __enter__(self) -> None:
        for parameter in self._parameters:
            parameter.requires_grad_(False)

    def __exit__(self, *_: object) -> None:
        for parameter in self._parameters:
            parameter.requires_grad_(True)
