"""What a domain builds for a task: generator, discriminator and what belongs to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from artgen.contract.codec import Codec, Views
from artgen.contract.deprecated import renamed_fields
from artgen.contract.options import SampleOptions

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn


class Noise(Protocol):
    """The only source of randomness of a generator; one stream per sample, so that a sample depends on its own seed only."""

    @property
    def batch(self) -> int:
        """Samples that are made at once, b."""
        ...

    def normal(self, *shape: int) -> Tensor:
        """Standard normal numbers ``[b, *shape]`` on the device of the model."""
        ...


class Generator(Protocol):
    """``nn.Module``: latent, class weights and draws to encoded items.

    One derived from ``artgen.nn.StyleGenerator`` (mapping network, then synthesis) gets truncation, style mixing, walks
    and directions from the core.
    """

    def __call__(self, z: Tensor, condition: Tensor, noise: Noise, options: SampleOptions = ...) -> Tensor:
        """Latents ``[b, z]``, class weights ``[b, k]`` that sum to one, and draws to encoded items ``[b, *shape]``."""
        ...


class Translator(Protocol):
    """The generator of a task that changes works: encoded sources ``[b, given, ...]``, class weights and draws to the channels
    of the target, as large as the source."""

    def __call__(self, source: Tensor, condition: Tensor, noise: Noise) -> Tensor:
        """``[b, given, ...]`` to ``[b, wanted, ...]``, sizes as they are."""
        ...


@runtime_checkable
class Layered(Protocol):
    """A Translator that shows what its encoder sees, which the task style compares patch by patch."""

    def features(self, x: Tensor) -> list[Tensor]:
        """``[b, c, ...]`` items to feature maps ``[b, f, ...]`` of a few layers, fine to coarse."""
        ...


@runtime_checkable
class Growing(Protocol):
    """A network that grows with the training (progressive growing, Karras 2018)."""

    def set_progress(self, progress: float) -> None:
        """``progress``: share of the budget spent, 0 to 1. Called before every step and when a run is opened."""
        ...


@runtime_checkable
class LearnsClasses(Protocol):
    """A part of a network that depends on the classes, and can start from what was learned with other classes, or with none.

    Without it such a part starts anew where the classes differ, and takes over the embeddings of classes of the same name."""

    def from_classes(self, learned: Mapping[str, Tensor], weights: Tensor) -> Mapping[str, Tensor]:
        """Its own tensors by name, made of those of the same part in the earlier run; names that are missing stay fresh.

        - ``learned``: the tensors of the earlier part.
        - ``weights``: ``[k, k of the earlier run]``, of which earlier classes each class is made, rows that sum to one;
          one row where this network has no classes, no columns where the earlier one had none."""
        ...


@runtime_checkable
class Reconstructs(Protocol):
    """A generator of the task reconstruct."""

    def reconstruct(self, x: Tensor, condition: Tensor, noise: Noise) -> tuple[Tensor, Tensor]:
        """``[b, *shape]`` through the code and back, and the KL divergence of each code in nats, ``[b]`` (zeros where there is
        none)."""
        ...


@renamed_fields(given="source_channels", glimpse="train_crop", steady="flicker")
@dataclass(frozen=True)
class Networks:
    """What a domain builds for a task.

    - ``generator``: see Generator.
    - ``discriminator``: ``(x, condition) -> [b, k]`` logits, any k >= 1 (local and global ones are averaged by the
      loss); None for reconstruction.
    - ``latent``: size of z.
    - ``augment``: differentiable ``(x, strength in [0, 1], rng) -> x`` that both reals and fakes pass before the
      discriminator; None: none.
    - ``augment_view``: it works on the view that the codec opens items to (see Views).
    - ``augment_condition``: it takes the class weights ``[b, k]`` as a fourth argument.
    - ``train_crop``: the part of real items that a training step looks at, where a generator in training mode makes no
      more than such a part (a few frames of a film); chosen by the seed that torch was given for the step.
    - ``feature_sources``: frozen networks of others through which the discriminator looks, by name. Samples are made to
      look right to them, so figures of quality from the same features would flatter.

    Where works are changed instead of made (see Translator):

    - ``source_channels``: how many leading channels of an item are the source; the others are the target; all of them
      where sources and targets are no pairs (style).
    - ``window``: sizes of the axes behind the channels over which the generator slides where a work is larger; smaller
      works pass as they are. None: exactly the trained size.
    - ``flicker``: ``(source, result) -> scalar``, how much a result flickers that its source does not (films), weighted
      by ``flicker_weight``.
    - ``content_loss``: ``(source, result) -> scalar``, how much a result lost of what its source has to keep (the rhythm
      of music), weighted by ``content_weight``.
    """

    generator: nn.Module
    discriminator: nn.Module | None
    latent: int
    augment: Callable[..., Tensor] | None = None
    train_crop: Callable[[Tensor], Tensor] | None = None
    source_channels: int = 0
    window: tuple[int, ...] | None = None
    flicker: Callable[[Tensor, Tensor], Tensor] | None = None
    feature_sources: tuple[str, ...] = ()
    augment_view: bool = False
    augment_condition: bool = False
    content_loss: Callable[[Tensor, Tensor], Tensor] | None = None

    def augmented(self, x: Tensor, strength: float, rng: torch.Generator, condition: Tensor) -> Tensor:
        """``x [b, *shape]`` as the discriminator is to see it, classes ``[b, k]``."""
        if self.augment is None:
            return x
        return self.augment(x, strength, rng, *((condition,) if self.augment_condition else ()))

    def for_codec(self, codec: Codec) -> Networks:
        """The same with an augmentation that takes encoded items, where it works on the view of them."""
        import torch

        inner = self.augment
        if inner is None or not self.augment_view or not isinstance(codec, Views):
            return self

        def augment(x: Tensor, strength: float, rng: torch.Generator, *condition: Tensor) -> Tensor:
            with torch.autocast(x.device.type, enabled=False):  # the way there and back keeps x only in full precision
                seen = codec.view(x.float())
                changed = inner(seen, strength, rng, *condition)
                return x if changed is seen else codec.unview(changed).to(x.dtype)

        return replace(self, augment=augment, augment_view=False)
