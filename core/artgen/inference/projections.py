"""Works of a person's own in the latent space of a run, kept under a name in its folder."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from artgen.errors import InputError
from artgen.inference.latent import Latent
from artgen.inference.model import Model
from artgen.nn.style import StyleGenerator
from artgen.runtime.disk import plainly_named, write_atomic

FOLDER = "projections"
_MOST = 2**24  # bytes of a file


def save_projection(folder: Path, name: str, latent: Latent, owner: str) -> Path:
    """Keep a place under ``name`` in ``folder``: a run in its folder ``FOLDER``. ``owner``: hash of the generator that it belongs
    to."""
    tensors = {"latent": latent.vector[0], "condition": latent.condition[0]}
    tensors |= {f"draws{number:03d}": tensor for number, tensor in enumerate(latent.noise)}
    path = folder / f"{name}.safetensors"
    write_atomic(
        path, save({key: tensor.detach().cpu().contiguous() for key, tensor in tensors.items()}, {"owner": owner})
    )
    return path


def load_projection(run: Path, name: str, model: Model, owner: str) -> Latent:
    """The place kept under ``name``. Raises InputError for an unknown name, a damaged file, one that does not fit the model, and
    one that belongs to another state of the run."""
    known = sorted(path.stem for path in (run / FOLDER).glob("*.safetensors"))
    if name not in known:
        hint = f"there is {', '.join(known)}" if known else "run artgen project first"
        raise InputError(
            f"nothing was projected under this name, {hint}", at="--projected", value=name,
            page=f"“{name}” is no longer among the works that were found in this run",
        )  # fmt: skip
    path = run / FOLDER / f"{name}.safetensors"
    try:
        if path.stat().st_size > _MOST:
            raise ValueError("too large")
        with plainly_named(path) as place, safe_open(place, "pt") as file:
            held = (file.metadata() or {}).get("owner")
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118  (no mapping)
        latent, condition = tensors.pop("latent"), tensors.pop("condition")
        noise = tuple(tensors[key] for key in sorted(tensors) if key.startswith("draws"))
        _check(model, latent, condition, noise)
    except (OSError, SafetensorError, ValueError, KeyError) as error:
        raise InputError(f"not a projection ({str(error)[:80]}); project the file again", value=path) from None
    if held != owner:
        raise InputError("belongs to an earlier state of this run; project the file again", value=path)
    shares = {label: float(condition[number]) for number, label in enumerate(model.spec.labels)}
    vector, row = latent[None].to(model.device), condition[None].to(model.device)
    return Latent(vector, row, {label: share for label, share in shares.items() if share > 0}, 0, noise, name)


def _check(model: Model, latent: Tensor, condition: Tensor, noise: tuple[Tensor, ...]) -> None:
    """Raises ValueError for tensors that this model cannot play."""
    layers = (model.generator.style_layers,) if isinstance(model.generator, StyleGenerator) else ()
    wanted = ((*layers, model.latent_size), (model.spec.classes,))
    if (tuple(latent.shape), tuple(condition.shape)) != wanted:
        raise ValueError(
            f"shapes {list(latent.shape)}, {list(condition.shape)}, expected {[list(one) for one in wanted]}"
        )
    for tensor in (latent, condition, *noise):
        if tensor.dtype != torch.float32 or not bool(tensor.isfinite().all()):
            raise ValueError("values that are not finite 32-bit floats")
    if any(tensor.dim() < 1 or tensor.shape[0] != 1 for tensor in noise):
        raise ValueError("recorded noise of another shape")
    if bool((condition < 0).any()):
        raise ValueError("class weights below 0")
