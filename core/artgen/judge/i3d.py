"""The I3D network by which published Frechet video distances are measured: fetched once, only when the user allows it."""

from __future__ import annotations

import hashlib
import urllib.error
import urllib.request

import torch
from torch import Tensor

from artgen.data.store import cache_folder
from artgen.errors import InputError, StorageError
from artgen.runtime.disk import write_atomic

I3D = "i3d"
URL = (
    "https://huggingface.co/flateon/FVD-I3D-torchscript/resolve/"
    "1c2d61711c52571ad617a1063e6fa691b212e184/i3d_torchscript.pt"
)
SHA256 = "bec6519f66ea534e953026b4ae2c65553c17bf105611c746d904657e5860a5e2"
MOST_BYTES = 128 * 2**20
FEWEST = 10  # frames: the network halves time three times
TIMEOUT = 30.0  # seconds of silence


class I3dFeatures:
    """uint8 films ``[b, 3, t, h, w]`` to ``[b, 400]``: the logits of I3D trained on Kinetics-400 (Carreira 2017), as the
    TorchScript that StyleGAN-V's FVD uses, with its own scaling and bilinear resize to 224 x 224.

    Raises InputError without the permission to download, without a network, and for a file that is not the one known."""

    name = "I3D (Kinetics-400, TorchScript of StyleGAN-V's FVD), 400 logits, bilinear resize to 224 x 224"

    def __init__(self, download: bool) -> None:
        place = cache_folder() / "i3d_torchscript.pt"
        known = place.is_file() and _hash(place.read_bytes()) == SHA256
        if not known and not download:
            raise InputError(f"its weights (about 50 MB) are fetched from {URL}; add --allow-download, "
                             f"or put the file at {place}", at="--features", value=I3D)  # fmt: skip
        if not known:
            data = _fetch()
            try:
                place.parent.mkdir(parents=True, exist_ok=True)
                write_atomic(place, data)
            except OSError as error:
                raise StorageError(f"{place}: cannot be written ({error.strerror or error})") from None
        self._net = torch.jit.load(place, map_location="cpu").eval()  # a program; it is the one whose hash is known

    @torch.no_grad()
    def __call__(self, raw: Tensor) -> Tensor:
        if raw.dim() != 5 or raw.dtype != torch.uint8 or raw.shape[1] != 3 or raw.shape[2] < FEWEST:
            raise InputError(f"looks at color films of {FEWEST} frames or more; "
                             f"this domain's items are {raw.dtype}{list(raw.shape[1:])}", at="--features", value=I3D)  # fmt: skip
        return self._net(raw.cpu().float(), rescale=True, resize=True, return_features=True).flatten(1)


def _fetch() -> bytes:
    try:
        with urllib.request.urlopen(URL, timeout=TIMEOUT) as answer:
            data = answer.read(MOST_BYTES)
    except (OSError, urllib.error.URLError) as error:
        reason = getattr(error, "reason", error)
        raise InputError(f"{URL} cannot be fetched ({str(reason)[:100]})", at="--features", value=I3D) from None
    if _hash(data) != SHA256:
        raise InputError(
            f"what {URL} sent is not the file known (SHA-256 differs); nothing was kept", at="--features", value=I3D
        )
    return data


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
