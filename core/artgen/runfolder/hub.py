"""Put a card on a hub that speaks as Hugging Face does."""

from __future__ import annotations

import os
from pathlib import Path

from artgen.errors import InputError, StorageError


def hub() -> str:
    """The address of the hub: ``HF_ENDPOINT``, or Hugging Face."""
    return os.environ.get("HF_ENDPOINT", "").rstrip("/") or "https://huggingface.co"


def upload(folder: Path, name: str) -> str:
    """Put the card in ``folder`` into the repository ``USER/NAME``, which is made where it is missing; its address.

    The key is that of ``hf auth login`` or ``HF_TOKEN``. Raises InputError where huggingface_hub is missing, StorageError where
    the hub refuses."""
    try:
        from huggingface_hub import HfApi
        from huggingface_hub.utils import disable_progress_bars
    except ImportError:
        raise InputError("needs another package: pip install artgen-suite[hub]", at="--to hf:...") from None
    disable_progress_bars()
    api = HfApi(hub())
    try:
        api.create_repo(name, exist_ok=True)
        api.upload_folder(repo_id=name, folder_path=folder, commit_message="artgen share")
    except Exception as error:  # of the library, of its own for HTTP, of the system
        reason = " ".join(str(error).split())[:200]
        raise StorageError(
            f"the hub does not take it ({reason}); log in with: hf auth login", at="--to", value=f"hf:{name}"
        ) from None
    return f"{hub()}/{name}"
