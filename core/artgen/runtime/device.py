"""Where the training runs and how its arithmetic is done there."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import nn

from artgen.errors import InputError
from artgen.runtime.environment import usable_cores


def choose_device(wanted: str, local: int = 0) -> torch.device:
    """``auto``: CUDA, then Apple's MPS, then CPU; each of several processes of a machine (``local``) takes its own GPU.
    Raises InputError for a device that is not here."""
    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    if wanted == "auto":
        wanted = "cuda" if cuda else "mps" if mps else "cpu"
    name = wanted.partition(":")[0]
    if name not in ("cpu", "cuda", "mps"):
        raise InputError("write auto, cpu, cuda, cuda:1 or mps", at="--device", value=wanted)
    if (name == "cuda" and not cuda) or (name == "mps" and not mps):
        raise InputError(
            "this machine has none that torch can use; leave --device away or write cpu",
            at="--device",
            value=wanted,
            page=f"this machine has no {wanted} that torch can use",
        )
    try:
        device = torch.device(f"cuda:{local}" if wanted == "cuda" and local else wanted)
    except RuntimeError:
        raise InputError("write auto, cpu, cuda, cuda:1 or mps", at="--device", value=wanted) from None
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise InputError(f"this machine has {torch.cuda.device_count()} CUDA devices", at="--device", value=wanted)
    return device


def use_cores(most: int = 0) -> int:
    """Let torch use the cores that this process may really use, no more than ``most`` of them (0: all); two threads that fight
    for one slow a step tenfold."""
    cores = usable_cores()
    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(min(cores, most or cores))
    return torch.get_num_threads()


def settled(precision: str, penalty: str, device: torch.device) -> str:
    """What the setting ``precision`` means for a training on ``device``: float32, tf32, bf16 or auto.

    A first-order penalty divides the difference of two nearly equal logits by 0.01, so with fewer bits than float32 it is
    rounding noise: refused when asked for, not chosen by ``auto`` and ``fast``. ``fast`` is for networks that are known to train
    well in bfloat16: on a CPU where that is faster their steps take 0.6 to 0.8 of the time. Raises InputError."""
    if penalty == "first-order":
        if precision in ("tf32", "bf16"):
            raise InputError(
                "a first-order penalty needs float32, or choose penalty=lazy",
                at="--set",
                value=f"precision={precision}",
            )
        return "float32"
    if precision == "fast":
        return "bf16" if device.type == "cpu" and has_fast_bfloat16() else "auto"
    return precision


def multiplies_bfloat16() -> bool:
    """Whether this CPU multiplies bfloat16 in hardware: by matrix units (Intel's AMX) or by AVX-512."""
    return _has_amx() or _knows("_is_avx512_bf16_supported")


def has_fast_bfloat16() -> bool:
    """Whether bfloat16 is faster than float32 on this CPU: by matrix units, or by AVX-512 on AMD's since Zen 4. Intel's AVX-512
    multiplies it no faster, and the conversions come on top: a step takes 1.2 to 1.3 times as long."""
    known = getattr(torch.cpu, "get_capabilities", dict[str, object])()
    return _has_amx() or (multiplies_bfloat16() and not str(known.get("cpu_name")).startswith("Intel"))


def _has_amx() -> bool:
    return _knows("_is_amx_tile_supported")


def _knows(question: str) -> bool:
    """What torch answers to a question about the CPU, for which it has no public name that is as old; no, where it has none."""
    return getattr(torch.cpu, question, lambda: False)()


def arithmetic(device: torch.device, precision: str) -> AbstractContextManager[object]:
    """Context of the forward passes. On a CPU float32, or bfloat16 where it multiplies that in hardware: convolutions are four to
    ten times as fast by AMX, twice as fast by AMD's AVX-512, and 400 times slower where AVX-512 lacks."""
    if device.type == "cpu" and precision == "bf16" and multiplies_bfloat16():
        return torch.autocast("cpu", torch.bfloat16)
    if device.type != "cuda":
        if precision in ("tf32", "bf16"):
            raise InputError(
                f"this {device.type} does not have it; write auto or float32",
                at="--set",
                value=f"precision={precision}",
            )
        return nullcontext()
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision != "float32"
    torch.backends.cudnn.benchmark = True
    return torch.autocast("cuda", torch.bfloat16) if precision == "bf16" else nullcontext()


def place(network: nn.Module, device: torch.device) -> nn.Module:
    """Move a network; four-dimensional weights go to channels_last, which is what both oneDNN and cuDNN are fastest with."""
    network.to(device)
    for weight in network.parameters():
        if weight.dim() == 4:  # Module.to would refuse a network that has weights of five axes too
            weight.data = weight.data.contiguous(memory_format=torch.channels_last)
    return network
