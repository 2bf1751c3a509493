"""A generator as functions of tensors alone: what a seed draws comes in, a work goes out."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from artgen.contract.codec import SpectralCodec, Views
from artgen.contract.options import SampleOptions
from artgen.errors import ArtgenError, PluginError
from artgen.inference.latent import recorded_noise, seed_latent
from artgen.inference.model import Model, module
from artgen.inference.noise import GivenNoise
from artgen.nn.style import StyleGenerator

OPSET = 18
Ends = Literal[
    "work", "magnitude", "view", "encoded"
]  # how far a graph goes: to the work, or to what a work is made of


@dataclass(frozen=True)
class Graph:
    """A traced network.

    - ``name``: of its file, without suffix.
    - ``inputs``: their names in order, with shapes behind the batch.
    - ``output``: the name of what comes out.
    - ``program``: the network as ``torch.onnx`` has it.
    - ``any_batch``: it takes any number of works at once; False: one.
    """

    name: str
    inputs: dict[str, tuple[int, ...]]
    output: str
    program: Any
    any_batch: bool


class Mapping(nn.Module):
    """``(z [b, z], condition [b, k]) -> w [b, w]``."""

    def __init__(self, generator: StyleGenerator) -> None:
        super().__init__()
        self.mapping = generator.mapping

    def forward(self, z: Tensor, condition: Tensor) -> Tensor:
        return self.mapping(z, condition)


class Player(nn.Module):
    """``(w [b, style_layers, w], *noise)`` of a generator with a mapping network, else ``(z [b, z], condition [b, k], *noise)``,
    to decoded works ``[b, *item]``, or as far toward them as a graph can go (``ends``)."""

    def __init__(self, model: Model, options: SampleOptions, ends: Ends) -> None:
        super().__init__()
        self.generator, self.codec = model.generator, module(model.codec)
        self.model, self.options, self.ends = model, options, ends
        self.styled = isinstance(model.generator, StyleGenerator)

    def forward(self, latent: Tensor, *rest: Tensor) -> Tensor:
        condition, noise = (latent, rest) if self.styled else (rest[0], rest[1:])  # a synthesis reads no classes
        return self.ended(self.model.play(latent, condition, GivenNoise(noise, latent.shape[0]), self.options))

    def ended(self, x: Tensor) -> Tensor:
        """Encoded items ``[b, *shape]`` to what the graph gives."""
        codec: Any = self.codec
        if self.ends == "magnitude":
            return codec.magnitude(x)
        if self.ends == "view":
            return codec.view(x)
        return codec.decode(x) if self.ends == "work" else x


@dataclass(frozen=True)
class Traced:
    """A generator as graphs.

    - ``ends``: where the last of them does; ``why``: no further, or empty.
    - ``player``: the network behind it.
    """

    graphs: list[Graph]
    ends: Ends
    why: str
    player: Player

    def ended(self, x: Tensor) -> Tensor:
        """What the last graph makes of encoded items ``[b, *shape]``, by PyTorch."""
        return self.player.ended(x)


def trace(model: Model, options: SampleOptions, any_batch: bool = True) -> Traced:
    """The mapping network, where there is one, and the generator as far as a graph can go.

    - ``options``: of the works that it makes, which a graph cannot change.
    - ``any_batch``: for any number of works at once where that can be; False: for one, which takes a third less time.

    Raises PluginError, one line with the reason, for a generator that is no graph."""
    latent = seed_latent(model, 0)
    noise = {f"noise_{number}": tensor for number, tensor in enumerate(recorded_noise(model, latent, options))}
    graphs = list[Graph]()
    if isinstance(model.generator, StyleGenerator):
        z = {"z": torch.zeros(1, model.latent), "condition": latent.condition}
        graphs.append(_traced("mapping", Mapping(model.generator), z, "w", any_batch))
        first = {"w": latent.vector[:, None].expand(-1, model.generator.style_layers, -1)}
    else:
        first = {"z": latent.vector, "condition": latent.condition}
    name, why = ("synthesis" if graphs else "generator"), ""
    for ends in _ends(model):
        try:
            player = Player(model, options, ends)
            return Traced([*graphs, _traced(name, player, first | noise, ends, any_batch)], ends, why, player)
        except Unwritten as error:
            why = str(error)
    raise PluginError(
        f"this run is no graph that ONNX can hold ({why}); artgen export RUN --out PAGE.html shows it", at="--onnx"
    )


def _ends(model: Model) -> list[Ends]:
    """How far to go, the furthest first."""
    spectral: list[Ends] = ["magnitude"] if isinstance(model.codec, SpectralCodec) else []
    views: list[Ends] = ["view"] if isinstance(model.codec, Views) else []
    return [*(spectral or ["work"]), *views, "encoded"]


class Unwritten(Exception):
    """Why a network cannot be written as a graph, in one line."""


def written(network: nn.Module, names: tuple[str, str], given: Tensor) -> Any:
    """A network of one input for one item, as ``torch.onnx`` has it. ``names``: of input and output. Raises Unwritten."""
    return _program(network.eval(), ([names[0]], names[1]), (given,), 1)


def _traced(name: str, network: nn.Module, inputs: dict[str, Tensor], output: str, any_batch: bool) -> Graph:
    """For ``any_batch``, or one work at a time; for one also where the network was written so."""
    network.eval()
    shapes = {key: tuple(tensor.shape[1:]) for key, tensor in inputs.items()}
    names, given = (list(inputs), output), tuple(inputs.values())
    if any_batch:
        with contextlib.suppress(Unwritten):
            return Graph(name, shapes, output, _program(network, names, given, 2), True)
    return Graph(name, shapes, output, _program(network, names, given, 1), False)


def _program(network: nn.Module, names: tuple[list[str], str], given: tuple[Tensor, ...], batch: int) -> Any:
    """The graph as ``torch.onnx`` has it."""
    given = tuple(tensor.expand(batch, *tensor.shape[1:]).clone() for tensor in given)
    free = {0: torch.export.Dim("batch")} if batch > 1 else None
    named = 1 if isinstance(network, Player) else len(given)  # the others come as a tuple
    shapes = (*[free] * named, *([tuple([free] * (len(given) - named))] if len(given) > named else []))
    try:
        with torch.no_grad():
            traced = torch.export.export(network, given, dynamic_shapes=shapes, strict=False)
            program: Any = torch.onnx.export(
                traced, dynamo=True, opset_version=OPSET, input_names=names[0], output_names=[names[1]], verbose=False
            )
    except Exception as error:  # every operator has errors of its own
        raise Unwritten(_reason(error)) from None
    for value in (*program.model.graph.inputs, *program.model.graph.outputs):
        value.shape = type(value.shape)(["batch" if batch > 1 else 1, *list(value.shape)[1:]])
    return program


def _reason(error: Exception) -> str:
    """The first line that says something, without the library's advice."""
    cause = error.__cause__ or error
    text = str(cause) if isinstance(cause, ArtgenError) else f"{type(cause).__name__}: {cause}"
    return " ".join(text.split())[:200]
