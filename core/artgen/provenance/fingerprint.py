"""The hash that names a model, in labels and in files that refer to it."""

from __future__ import annotations

import hashlib

from torch import nn


def fingerprint(generator: nn.Module) -> str:
    """The first 16 hex digits of the SHA-256 of the generator's weights."""
    digest = hashlib.sha256()
    for name, tensor in sorted(generator.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]
