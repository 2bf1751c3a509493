"""What a plugin's objects may answer. A check returns what is wrong, in words (``expected ..., got ...``), or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artgen.contract.domain import Domain, Size
from artgen.contract.task import TASKS
from artgen.errors import nearest

if TYPE_CHECKING:
    from torch import Tensor

Check = Callable[[Any, tuple[Any, ...]], str | None]


def said(value: object) -> str:
    """A value as errors show it: type and shape of an array, the type of anything else."""
    shape, dtype = getattr(value, "shape", None), getattr(value, "dtype", None)
    if shape is None or dtype is None:
        return f"the class {value.__name__}" if isinstance(value, type) else type(value).__name__
    kind = "" if type(value).__name__ == "Tensor" else f"{type(value).__name__} of "
    return f"{kind}{str(dtype).removeprefix('torch.')}{list(shape)}"


def domain_fault(domain: Domain) -> str | None:
    """What is wrong with what a plugin says about itself, as far as others would stumble on it."""
    odd = [suffix for suffix in domain.suffixes if not suffix.startswith(".") or suffix != suffix.lower()]
    if odd:
        return f"suffixes holds {odd[0]!r}, expected lower case with the dot"
    unknown = [task for task in domain.tasks if task not in TASKS]
    if unknown:
        return f"tasks holds {unknown[0]!r}, {nearest(unknown[0], TASKS)}"
    for sizes in (domain.sizes, *(own.sizes or {} for own in domain.defaults.values())):
        if not isinstance(sizes, Mapping) or not all(isinstance(size, Size) for size in sizes.values()):
            return f"sizes is {str(sizes)[:60]}, expected a Size for each name of a preset"
    gone = [path for path in (domain.embedded, domain.style) if path is not None and not path.exists()]
    return f"the data that it ships is missing: {gone[0]}" if gone else None


def decoded(answer: Any, arguments: tuple[Any, ...]) -> str | None:
    x: Tensor = arguments[0]
    if _traced() or not bool(x.isfinite().all()):
        return None  # the network's fault, which is looked at where it is called
    if not _is_tensor(answer) or str(answer.dtype) not in ("torch.uint8", "torch.int16") or len(answer) != len(x):
        return f"expected uint8 or int16 [{len(x)}, ...], got {said(answer)}"
    return None


def encoded(answer: Any, arguments: tuple[Any, ...]) -> str | None:
    count = len(arguments[0])
    if not _is_tensor(answer) or str(answer.dtype) != "torch.float32" or answer.dim() < 2 or len(answer) != count:
        return f"expected float32 [{count}, ...], got {said(answer)}"
    return None


def varied(answer: Any, arguments: tuple[Any, ...]) -> str | None:
    raw = arguments[0]
    if not _is_tensor(answer) or answer.dtype != raw.dtype or answer.dim() != raw.dim() or len(answer) != len(raw):
        return f"expected {said(raw)}, or a crop of it, got {said(answer)}"
    return None


def tensor(answer: Any, arguments: tuple[Any, ...]) -> str | None:
    return None if _is_tensor(answer) else f"expected a tensor, got {said(answer)}"


def reconstructed(answer: Any, arguments: tuple[Any, ...]) -> str | None:
    x: Tensor = arguments[0]
    if not isinstance(answer, tuple) or len(answer) != 2 or not all(map(_is_tensor, answer)):
        return f"expected (items, divergence of each code), got {said(answer)}"
    again, divergence = answer
    if again.shape != x.shape:
        return f"expected items {list(x.shape)}, got {said(again)}"
    return None if tuple(divergence.shape) == (len(x),) else f"expected a divergence [{len(x)}], got {said(divergence)}"


def paths(answer: Any, arguments: tuple[Any, ...]) -> str | None:
    if isinstance(answer, (str, bytes, Path)) or not isinstance(answer, Sequence):
        return f"expected the paths of the files, got {said(answer)}"
    if not answer:
        return "expected the paths of the files, got none"
    return next((wrong for one in answer if (wrong := path(one, arguments))), None)


def path(answer: Any, arguments: tuple[Any, ...]) -> str | None:
    if not isinstance(answer, Path):
        return f"expected a Path, got {said(answer)}"
    return None if answer.is_file() else f"expected the file {answer.name}, which was not written"


def sound(answer: Any, arguments: tuple[Any, ...]) -> str | None:
    if not isinstance(answer, tuple) or len(answer) != 2:
        return f"expected (sound, samples a second), got {said(answer)}"
    wave, rate = answer
    if str(getattr(wave, "dtype", "")) != "int16" or getattr(wave, "ndim", 0) not in (1, 2):
        return f"expected int16 [n] or [channels, n], got {said(wave)}"
    return None if isinstance(rate, int) and rate > 0 else f"expected samples a second, got {said(rate)}"


def loss(answer: Any, arguments: tuple[Any, ...]) -> str | None:
    if not isinstance(answer, tuple) or len(answer) != 2:
        return f"expected (loss, figures), got {said(answer)}"
    value, figures = answer
    if not _is_tensor(value) or value.dim() != 0:
        return f"expected a loss that is one number on the device, a tensor [], got {said(value)}"
    if not value.requires_grad:
        return "expected a loss with a gradient, got one that depends on no network (detached, or under no_grad)"
    if not isinstance(figures, Mapping):
        return f"expected figures by name, got {said(figures)}"
    for name, figure in figures.items():
        if not isinstance(name, str) or not _is_tensor(figure) or figure.dim() != 0:
            return f"expected figures that are tensors [] by name, got {name!r}: {said(figure)}"
    return None


def cost(answer: Any, arguments: tuple[Any, ...]) -> str | None:
    if not _is_tensor(answer) or answer.dim() != 0:
        return f"expected a cost that is one number on the device, a tensor [], got {said(answer)}"
    return None


def features(answer: Any, arguments: tuple[Any, ...]) -> str | None:
    count = len(arguments[0])
    if not _is_tensor(answer) or answer.dim() != 2 or len(answer) != count or not answer.is_floating_point():
        return f"expected float32 [{count}, f], got {said(answer)}"
    return None


def statistics(answer: Any, arguments: tuple[Any, ...]) -> str | None:
    if not isinstance(answer, Mapping):
        return f"expected statistics by name, got {said(answer)}"
    count = len(arguments[0])
    for name, value in answer.items():
        if not _is_tensor(value) or tuple(value.shape) != (count,):
            return f"expected [{count}] for {name}, got {said(value)}"
    return None


def distances(answer: Sequence[Any], items: int, starts: int) -> str | None:
    """Of ``artgen_start_distances``: an array ``[items, k]`` for each start."""
    shapes = [tuple(getattr(one, "shape", ())) for one in answer]
    if len(shapes) == starts and all(len(shape) == 2 and shape[0] == items and shape[1] for shape in shapes):
        return None
    return f"arrays of shapes {shapes}, expected [{items}, k] for each of {starts} starts"


COSTS = ("flicker", "content_loss")  # of Networks
# hook -> method -> check of its answer
ANSWERS: dict[str, dict[str, Check]] = {
    "artgen_codec": {"decode": decoded, "encode": encoded, "vary": varied},
    "artgen_networks": {"__call__": tensor, "reconstruct": reconstructed, **dict.fromkeys(COSTS, cost)},
    "artgen_objective": {"discriminator_loss": loss, "generator_loss": loss},
    "artgen_writer": {"write": paths, "walk": paths, "sheet": path, "sound": sound},
    "artgen_judge": {
        "features": features,
        "statistics": statistics,
        "attributes": statistics,
        "long_statistics": statistics,
    },
}


def _traced() -> bool:
    """Whether a graph is being written (``artgen export --onnx``): then there are no values to look at."""
    import torch

    return torch.compiler.is_exporting()


def _is_tensor(value: object) -> bool:
    from torch import Tensor

    return isinstance(value, Tensor)
