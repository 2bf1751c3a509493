"""What a checkpoint's tensors have to look like, found without allocating them: the file's config may ask for anything.

The networks are built on torch's meta device, where a tensor has a shape and no memory, and building stops as soon as it
makes more or larger tensors than the file could fill.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.module import (
    register_module_buffer_registration_hook,
    register_module_parameter_registration_hook,
)
from torch.overrides import TorchFunctionMode

from artgen.contract.codec import Codec
from artgen.contract.data import DataSpec
from artgen.contract.networks import Networks
from artgen.contract.settings import RunConfig
from artgen.errors import InputError, PluginError
from artgen.host import Host
from artgen.inference.model import module
from artgen.runfolder import checkpoint

_SPARE_BYTES = 64 * 2**20  # a discriminator and constants that a checkpoint for sampling does not hold
_SPARE_TENSORS = 1000


def expected_tensors(host: Host, config: RunConfig, path: Path) -> dict[str, Tensor]:
    """Names, shapes and dtypes of the averaged generator and the codec for ``config``, as tensors without memory; the file's
    own are compared with them. Raises InputError where they differ, or where the config asks for more than the file holds."""
    header = checkpoint.read_header(path)
    spec = DataSpec(header.shape, header.labels)
    with bounded(path):
        try:
            codec = host.codec(config.domain)  # constants in closed form, made for real: on meta some import a compiler
            with torch.device("meta"), NoNoise():
                nets = host.networks(config.domain, spec)
        except PluginError:  # its code may not know the meta device
            try:
                codec, nets = host.codec(config.domain), host.networks(config.domain, spec)
            except PluginError as error:
                raise InputError(f"no networks fit what it says it holds ({error})", value=path) from None
    expected = played(nets, codec)
    checkpoint.check(path, expected)
    return expected


def played(nets: Networks, codec: Codec) -> dict[str, Tensor]:
    """The tensors that playing needs, under their names in a checkpoint."""
    parts = {"ema": nets.generator, "codec": module(codec)}
    return {f"{prefix}.{name}": t for prefix, part in parts.items() for name, t in part.state_dict().items()}


@contextmanager
def bounded(path: Path) -> Iterator[None]:
    """Inside, modules may not register more tensors, or more bytes, than a training with this checkpoint could have."""
    left = [8 * path.stat().st_size + _SPARE_BYTES, 4 * checkpoint.count(path) + _SPARE_TENSORS]

    def note(_module: nn.Module, _name: str, tensor: Any) -> None:
        if isinstance(tensor, Tensor):
            left[0] -= tensor.numel() * tensor.element_size()
            left[1] -= 1
        if min(left) < 0:
            raise InputError(
                "its config asks for far larger networks than it holds; the file is damaged or forged", value=path
            )

    hooks = [register_module_parameter_registration_hook(note), register_module_buffer_registration_hook(note)]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


_ARITHMETIC = {"add", "radd", "sub", "rsub", "mul", "rmul", "div", "truediv", "rdiv"}


def _number(side: object) -> bool:
    return isinstance(side, int | float) or (isinstance(side, Tensor) and side.dim() == 0)


class NoNoise(TorchFunctionMode):
    """Normal draws, even steps, lengths made one (of spectral normalization) and arithmetic with a number are left out, which
    keeps the shape: on the meta device the first of them imports a compiler for some seconds and 70 MiB."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        words, name = kwargs or {}, getattr(func, "__name__", "").strip("_")
        if func is torch.Tensor.normal_ or getattr(func, "__module__", "") == "torch.nn.init":
            return args[0] if args else words["tensor"]
        if func is nn.functional.normalize:
            return args[0]
        if func in (torch.mv, torch.vdot):  # of spectral normalization
            return torch.empty(args[0].shape[:1] if func is torch.mv else (), dtype=args[0].dtype)
        if func in (torch.randn, torch.rand):
            return torch.empty(*args, **{key: value for key, value in words.items() if key != "generator"})
        if func is torch.linspace and len(args) == 3:
            return torch.empty(args[2], **words)
        if name in _ARITHMETIC and len(args) == 2 and any(_number(side) for side in args):
            return max((side for side in args if isinstance(side, Tensor)), key=Tensor.dim)
        return func(*args, **words)
