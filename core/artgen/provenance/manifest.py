"""C2PA manifests: a signed statement inside the file that it is machine-made and how. Needs ``artgen-suite[provenance]``.

Written by c2pa-python, the library of the standard's own authors. Nothing is fetched: no time stamp, no remote manifest, no list
of revoked certificates.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from artgen.errors import InputError
from artgen.provenance.packet import SOURCE
from artgen.runtime.disk import write_atomic
from artgen.runtime.version import version

if TYPE_CHECKING:
    from artgen.provenance.credentials import Credentials

FORMATS = {
    ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp", ".gif": "image/gif",
    ".wav": "audio/wav", ".mp3": "audio/mpeg", ".flac": "audio/flac", ".mp4": "video/mp4",
}  # fmt: skip
_LABEL = "artgen.work"
_TOLD = ("plugin", "model", "seed")  # never a label or a comment: they may hold names of a person's folders
_SETTINGS = {
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
    "builder": {"thumbnail": {"enabled": False}},
}
_MANIFEST = b"jumdc2pa"  # a description box of C2PA's type: a manifest is in the file


@dataclass(frozen=True)
class Claim:
    """What a manifest says.

    - ``sound``: it fits the file and its signature, None where that could not be checked for want of the library.
    - ``problems``: what does not fit.
    - ``generator``: the program that wrote it.
    - ``made``: it says machine-made.
    - ``signer``: name in the certificate, which nobody vouches for; ``mine``: it is the certificate of this person.
    - ``fields``: plugin, model, seed of a work of artgen.
    """

    sound: bool | None
    problems: tuple[str, ...] = ()
    generator: str = ""
    made: bool = False
    signer: str = ""
    mine: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def ours(self) -> bool:
        """A work of artgen, by its own word."""
        return self.made and self.generator.split("/")[0] == "artgen"


class Signer:
    """Signs files. Raises InputError without the library, or with a key that cannot be used."""

    def __init__(self) -> None:
        self._c2pa = _library()
        if self._c2pa is None:
            raise InputError(
                "needs other packages: pip install 'artgen-suite[provenance]'", at="--c2pa",
                page="works cannot be signed here: packages for it are missing on this machine; go on without signing",
            )  # fmt: skip
        from artgen.provenance.credentials import credentials

        self._credentials: Credentials = credentials()

    def sign(self, paths: list[Path], metadata: Mapping[str, str]) -> None:
        """Put a manifest into each file whose format holds one. Raises InputError where the first, the work itself, cannot hold
        one."""
        if paths and paths[0].suffix.lower() not in FORMATS:
            raise InputError(f"{paths[0].name} can hold no C2PA manifest ({paths[0].suffix} files know none); it is "
                             "written with the other labels", at="--c2pa")  # fmt: skip
        for path in paths:
            kind = FORMATS.get(path.suffix.lower())
            if kind is not None and path.is_file():
                self._sign(path, kind, metadata)

    def _sign(self, path: Path, kind: str, metadata: Mapping[str, str]) -> None:
        c2pa, mine = self._c2pa, self._credentials
        assert c2pa is not None
        out = io.BytesIO()
        try:
            signer = c2pa.Signer.from_info(c2pa.C2paSignerInfo(mine.algorithm, mine.chain, mine.key, None))
            with (
                c2pa.Context.from_dict(_SETTINGS) as context,
                c2pa.Builder(json.dumps(statement(kind, metadata)), context=context) as builder,
                path.open("rb") as source,
            ):
                builder.sign(signer, kind, source, out)
        except c2pa.C2paError as error:
            raise InputError(f"{path} cannot be signed ({_short(error)})", at="--c2pa") from None
        write_atomic(path, out.getvalue())


def statement(kind: str, metadata: Mapping[str, str]) -> dict[str, Any]:
    """The manifest: made by a trained algorithm, by which program, plugin, model and seed. No names, no paths, no title."""
    agent = {"name": "artgen", "version": version()}
    made = {"action": "c2pa.created", "digitalSourceType": SOURCE, "softwareAgent": agent}
    told = {name: metadata[name] for name in _TOLD if metadata.get(name)}
    return {
        "claim_generator_info": [agent],
        "format": kind,
        "assertions": [
            {"label": "c2pa.actions", "data": {"actions": [made]}},
            {"label": _LABEL, "data": {"version": agent["version"], **told}},
        ],
    }


def read_claim(path: Path, data: bytes) -> Claim | None:
    """What the manifest in a file says, and whether it fits; None without one."""
    if _MANIFEST not in data:
        return None
    c2pa, kind = _library(), FORMATS.get(path.suffix.lower())
    if c2pa is None:
        return Claim(None)
    own, number = _own()
    settings = {**_SETTINGS, "trust": {"user_anchors": own}} if own else _SETTINGS
    try:
        with (
            c2pa.Context.from_dict(settings) as context,
            c2pa.Reader(kind, io.BytesIO(data), context=context) as reader,
        ):
            return _claim(json.loads(reader.json()), number)
    except (c2pa.C2paError, ValueError, KeyError, TypeError, AttributeError) as error:
        return Claim(False, (_short(error),))


def _claim(store: Mapping[str, Any], own: str) -> Claim:
    """``own``: number of this person's certificate, which is unique below the authority that makes a claim trusted here."""
    manifest = store["manifests"][store["active_manifest"]]
    generator = (manifest.get("claim_generator_info") or [{}])[0]
    found = {one["label"]: one["data"] for one in manifest.get("assertions", ())}
    actions = [a for label, data in found.items() if label.startswith("c2pa.actions") for a in data.get("actions", ())]
    told = found.get(_LABEL, {})
    about = manifest.get("signature_info", {})
    results = store.get("validation_results", {}).get("activeManifest", {}).get("failure", ())
    problems = [str(one.get("code")) for one in results if one.get("code") != "signingCredential.untrusted"]
    state = store.get("validation_state")
    return Claim(
        state in ("Valid", "Trusted"),
        tuple(problems),
        "/".join(str(generator[key]) for key in ("name", "version") if key in generator),
        any(str(action.get("digitalSourceType", "")).endswith("/trainedAlgorithmicMedia") for action in actions),
        str(about.get("common_name") or about.get("issuer") or "an unnamed certificate"),
        state == "Trusted" and about.get("cert_serial_number") == own,
        {name: str(told[name]) for name in _TOLD if name in told},
    )


def _own() -> tuple[str, str]:
    """This person's certificates, and the number of the first; empty before there are any."""
    from cryptography import x509

    from artgen.provenance.credentials import own_chain

    chain = own_chain()
    try:
        return (chain or b"").decode("ascii"), str(x509.load_pem_x509_certificates(chain or b"")[0].serial_number)
    except (ValueError, IndexError):
        return "", ""


def _library() -> ModuleType | None:
    try:
        import c2pa
        import cryptography  # noqa: F401  c2pa-python needs it too
    except ImportError:
        return None
    return c2pa


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__
