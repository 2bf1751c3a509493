"""Feature extractors that are named on the command line, and the core's own for domains that bring none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from artgen.contract.judge import Features
from artgen.errors import InputError
from artgen.judge.i3d import I3D, I3dFeatures

_PARTS, _QUANTILES, _FILTERS, _WAVES = 64, 16, 24, 32
_WAVE_NUMBER = 4.0  # of the random waves, for values in [-1, 1]
INCEPTION = "inception"
_INCEPTION_SIDE = 299


class EncodedFeatures:
    """Features of a domain that brings none of its own, for encoded items of any shape: what they are on average (pooled), how
    their values are spread (quantiles), how they swing (log spectrum), and what fixed random filters find in them (mean and
    spread of the responses, as in Rahimi & Recht 2007 and random networks for textures, Ustyuzhaninov 2017).

    Good enough to tell noise and collapse from works, not to rank good models; the figures say its name. ``[b, f]``, f about
    250, each part of about the same weight."""

    name = "pooled values, quantiles, spectra and random filters of the encoded items (the plugin offers no features)"
    of_run = True  # what a codec has learned belongs to its run

    def __init__(self, encode: Callable[[Tensor], Tensor]) -> None:
        self._encode = encode
        self._filters: dict[tuple[int, int], Tensor] = {}

    def __call__(self, raw: Tensor) -> Tensor:
        x = self._encode(raw).float()
        if x.dim() == 2:
            x = x[:, None]
        flat = x.flatten(1)
        pooled = F.adaptive_avg_pool1d(flat[:, None], min(_PARTS, flat.shape[1]))[:, 0]
        levels = torch.linspace(0, 1, _QUANTILES, device=x.device)
        quantiles = torch.quantile(flat[:, :: max(1, flat.shape[1] // 65_536)], levels, dim=1).T
        spectrum = torch.fft.rfft(x.flatten(2), norm="ortho").abs().mean(1)
        spectrum = F.adaptive_avg_pool1d(spectrum.log1p()[:, None], min(_PARTS, spectrum.shape[1]))[:, 0]
        return torch.cat([pooled, quantiles, spectrum, self._found(x), _places(x)], 1)

    def _found(self, x: Tensor) -> Tensor:
        """Mean and spread of what random filters of two sizes, three values wide on each axis of places, answer."""
        x = x.flatten(2) if x.dim() > 5 else x
        axes = x.dim() - 2
        key = (axes, x.shape[1])
        if key not in self._filters:
            rng = torch.Generator().manual_seed(0)
            shape = (_FILTERS, x.shape[1], *[3] * axes)
            made = torch.randn(shape, generator=rng)
            self._filters[key] = made / made.flatten(1).norm(dim=1).view(-1, *[1] * (axes + 1))
        filters = self._filters[key]
        convolve = (F.conv1d, F.conv2d, F.conv3d)[axes - 1]
        parts = []
        for step in (1, 4):  # near and far
            padded = F.pad(x, [step, step] * axes) if min(x.shape[2:]) <= 2 * step else x
            answer = convolve(padded, filters.to(x), dilation=step).relu().flatten(2)
            parts += [answer.mean(2), answer.std(2, unbiased=False)]
        return torch.cat(parts, 1)


def _places(x: Tensor) -> Tensor:
    """How the values of one place go together, whatever the order of places: the mean over places of random waves over the
    channels (a mean embedding of their distribution, Rahimi & Recht 2007), ``[b, _WAVES]``."""
    rng = torch.Generator().manual_seed(0)
    waves = torch.randn(_WAVES, x.shape[1], generator=rng) * _WAVE_NUMBER / x.shape[1] ** 0.5
    shift = torch.rand(_WAVES, 1, generator=rng) * 2 * torch.pi
    return 2 * (waves.to(x) @ x.flatten(2) + shift.to(x)).cos().mean(2)


def named_features(word: str, download: bool) -> Features:
    """What ``--features`` means: ``inception``, ``i3d``, or a user's own ``.onnx`` or TorchScript ``.pt`` file.

    Raises InputError for anything else, and for a named network without the permission to download."""
    if word == INCEPTION:
        return InceptionFeatures(download)
    if word == I3D:
        return I3dFeatures(download)
    path = Path(word)
    if not path.is_file():
        raise InputError(
            f"give {INCEPTION}, {I3D}, or an existing .onnx or TorchScript .pt file", at="--features", value=word
        )
    if path.suffix == ".onnx":
        return OnnxFeatures(path)
    if path.suffix in (".pt", ".ts"):
        return ScriptFeatures(path)
    raise InputError("an extractor is a .onnx file or a TorchScript .pt file", at="--features", value=word)


class OnnxFeatures:
    """A user's own network: float32 in, ``[b, ...]`` out, flattened. See ``fit_input`` for what it is fed."""

    def __init__(self, path: Path) -> None:
        try:
            import onnxruntime
        except ImportError:
            raise InputError("needs onnxruntime, install artgen-suite[onnx]", at="--features", value=path) from None
        try:
            self._session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime has an exception for every kind of damage
            raise InputError(f"not an ONNX network ({str(error)[:120]})", at="--features", value=path) from None
        self._input = self._session.get_inputs()[0]
        self.name = f"{path.name} (ONNX), bicubic antialiased resize where its input has a fixed size"

    def __call__(self, raw: Tensor) -> Tensor:
        shape = [side if isinstance(side, int) else None for side in self._input.shape]
        x = fit_input(raw, shape)
        try:
            outputs: Any = self._session.run(None, {self._input.name: x.cpu().numpy()})
        except Exception as error:
            raise InputError(
                f"{self.name} does not take {list(x.shape)} ({str(error)[:120]})", at="--features"
            ) from None
        return torch.from_numpy(outputs[0]).float().flatten(1)


class ScriptFeatures:
    """A user's own TorchScript module: float32 in, ``[b, ...]`` out, flattened. Only open files that you trust."""

    def __init__(self, path: Path) -> None:
        try:
            self._module = torch.jit.load(path, map_location="cpu").eval()
        except (RuntimeError, ValueError) as error:
            raise InputError(
                f"not a TorchScript file ({str(error).splitlines()[0][:120]})", at="--features", value=path
            ) from None
        self.name = f"{path.name} (TorchScript), raw items scaled to [0, 1] or [-1, 1]"

    @torch.no_grad()
    def __call__(self, raw: Tensor) -> Tensor:
        x = fit_input(raw.cpu(), [])
        try:
            return self._module(x).float().flatten(1)
        except RuntimeError as error:
            reason = str(error).strip().splitlines()[-1][:120]
            raise InputError(f"{self.name} does not take {list(x.shape)} ({reason})", at="--features") from None


class InceptionFeatures:
    """The 2048 pooled features of the Inception v3 that published FID figures use (torch-fidelity's weights, a download)."""

    source = INCEPTION

    name = "Inception v3 (torch-fidelity), 2048 features, bicubic antialiased resize to 299 x 299"

    def __init__(self, download: bool) -> None:
        if not download:
            raise InputError(
                "its weights (91 MB) are downloaded; add --allow-download", at="--features", value=INCEPTION
            )
        try:
            from torchmetrics.image.fid import NoTrainInceptionV3

            self._net = NoTrainInceptionV3("inception-v3-compat", ["2048"])
        except ModuleNotFoundError:
            raise InputError(
                "needs torch-fidelity and torchmetrics, install artgen-suite[inception]",
                at="--features",
                value=INCEPTION,
            ) from None
        except OSError as error:
            raise InputError(f"the download failed ({error})", at="--features", value=INCEPTION) from None

    @torch.no_grad()
    def __call__(self, raw: Tensor) -> Tensor:
        if raw.dim() != 4 or raw.dtype != torch.uint8:
            raise InputError(
                f"looks at pictures; this domain's items are {raw.dtype}{list(raw.shape[1:])}",
                at="--features",
                value=INCEPTION,
            )
        x = F.interpolate(
            raw.cpu().float().expand(-1, 3, -1, -1), (_INCEPTION_SIDE, _INCEPTION_SIDE), mode="bicubic", antialias=True
        )
        return self._net(x.round().clamp(0, 255).to(torch.uint8)).flatten(1)


def fit_input(raw: Tensor, shape: list[int | None]) -> Tensor:
    """Raw integers to what a foreign network is fed: uint8 to [0, 1], int16 to [-1, 1]; gray pictures as color where
    three channels are declared, pictures and frames resized (bicubic, antialiased) where ``shape`` (``[b, c, h, w]`` or ``[b, c,
    t, h, w]``) fixes their sides."""
    x = raw.float() / (255 if raw.dtype == torch.uint8 else 32768)
    if x.dim() == 4 and len(shape) == 4:
        if shape[1] == 3 and x.shape[1] == 1:
            x = x.expand(-1, 3, -1, -1)
        if shape[2] and shape[3]:
            x = F.interpolate(x, (shape[2], shape[3]), mode="bicubic", antialias=True).clamp(0, 1)
    if x.dim() == 5 and len(shape) == 5 and shape[3] and shape[4]:
        frames = x.transpose(1, 2).flatten(0, 1)
        frames = F.interpolate(frames, (shape[3], shape[4]), mode="bicubic", antialias=True).clamp(0, 1)
        x = frames.unflatten(0, (len(x), -1)).transpose(1, 2)
    return x.contiguous()
