"""The key and the certificate that sign C2PA manifests: a person's own, or made on first use. Needs ``artgen-suite[provenance]``.

C2PA refuses a certificate that signs itself, so the one made here is signed by a small authority, whose key is forgotten at once:
it says that two works have the same signer, never who that is.
"""

from __future__ import annotations

import datetime
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import filelock
import platformdirs

from artgen.errors import InputError, StorageError
from artgen.runtime.disk import write_atomic
from artgen.runtime.environment import folder as own_folder

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

KEY, CERTIFICATE = "ARTGEN_C2PA_KEY", "ARTGEN_C2PA_CERT"  # environment variables: PEM files of a person's own
_YEARS = 20  # without a time stamp a manifest is valid as long as its certificate
_LARGEST = 2**20  # bytes


@dataclass(frozen=True)
class Credentials:
    """``key`` and ``chain`` (the signer's certificate first) in PEM; ``algorithm``: C2PA's name of the signature."""

    key: bytes
    chain: bytes
    algorithm: str


def folder() -> Path:
    """Where the key is kept that artgen makes."""
    return own_folder("ARTGEN_CONFIG") or Path(platformdirs.user_config_dir("artgen", appauthor=False))


def credentials() -> Credentials:
    """The person's own (both environment variables), else those made on first use. Raises InputError for files that are no key
    and certificate that belong together, StorageError where they cannot be kept."""
    own = [os.environ.get(name) for name in (KEY, CERTIFICATE)]
    if any(own):
        if not all(own):
            raise InputError(
                f"{KEY} and {CERTIFICATE} go together: give both, or none and artgen makes its own",
                page="of the key that signs works and its certificate one is missing on this machine",
            )
        return _checked(Path(own[0] or ""), Path(own[1] or ""))
    key, chain = _kept()
    try:
        return _checked(key, chain)
    except InputError as error:
        raise InputError(
            f"{error}; remove {key.parent} and artgen makes a new pair",
            page=f"{error.page}; without the folder “{key.parent.name}” artgen makes a new key",
        ) from None


def own_chain() -> bytes | None:
    """The certificates that this person signs with, None before the first time. Nothing is made."""
    path = Path(os.environ.get(CERTIFICATE) or folder() / "c2pa-certificate.pem")
    try:
        return path.read_bytes()[:_LARGEST]
    except OSError:
        return None


def _kept() -> tuple[Path, Path]:
    """The pair in the configuration folder, made if it is not there."""
    key, chain = (folder() / f"c2pa-{name}.pem" for name in ("key", "certificate"))
    try:
        folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        with filelock.FileLock(folder() / ".c2pa.lock"):
            if not (key.exists() and chain.exists()):
                secret, public = _made()
                write_atomic(key, secret, 0o600)
                write_atomic(chain, public, 0o644)
    except (OSError, StorageError) as error:
        said = error.strerror or error if isinstance(error, OSError) else error
        raise StorageError(
            f"the key for C2PA cannot be kept there ({said}); give your own with {KEY} and {CERTIFICATE}", value=folder(),
            page="the key that signs works cannot be kept on this machine; make room on the disk, or save without signing",
        ) from None  # fmt: skip
    return key, chain


def _made() -> tuple[bytes, bytes]:
    """A key on the curve P-256 and its chain, in PEM."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    above, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = _certificate(above, above, authority=True)
    leaf = _certificate(key, above, authority=False)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return secret, b"".join(one.public_bytes(serialization.Encoding.PEM) for one in (leaf, root))


def _certificate(key: EllipticCurvePrivateKey, above: EllipticCurvePrivateKey, authority: bool) -> x509.Certificate:
    """For ``key``, signed by ``above``, as C2PA asks for (its specification 2.1, section 14.5)."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import ExtendedKeyUsageOID

    now = datetime.datetime.now(datetime.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    others = ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only",
              "decipher_only")  # fmt: skip
    use = dict.fromkeys(others, False)
    signs = {"digital_signature": not authority, "key_cert_sign": authority, "crl_sign": authority}
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name("authority" if authority else "signer"))
        .issuer_name(_name("authority"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=365 * _YEARS))
        .add_extension(x509.BasicConstraints(authority, None), critical=True)
        .add_extension(x509.KeyUsage(**use, **signs), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(above.public_key()), critical=False)
    )
    if not authority:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
    return builder.sign(above, hashes.SHA256())


def _name(what: str) -> x509.Name:
    """Says nothing about the person or the machine."""
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "artgen, made on first use, nobody vouches for it"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"artgen {what}"),
        ]
    )


def _checked(key: Path, chain: Path) -> Credentials:
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

    secret, public = _read(key), _read(chain)
    try:
        private = serialization.load_pem_private_key(secret, None)
    except (ValueError, TypeError, NotImplementedError):
        raise InputError("is no private key in PEM without a password", value=key) from None
    try:
        leaf = x509.load_pem_x509_certificates(public)[0]
    except (ValueError, IndexError):
        raise InputError("is no certificate in PEM", value=chain) from None
    if leaf.public_key() != private.public_key():
        raise InputError(f"its first certificate does not belong to the key {key.name}", value=chain)
    return Credentials(secret, public, _algorithm(private, key))


def _algorithm(private: object, path: Path) -> str:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(private, ec.EllipticCurvePrivateKey):
        sizes = {256: "es256", 384: "es384", 521: "es512"}
        if private.key_size in sizes:
            return sizes[private.key_size]
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(private, rsa.RSAPrivateKey):
        return "ps256"
    raise InputError("C2PA signs with P-256, P-384, P-521, Ed25519 or RSA keys, and this is another", value=path)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST)
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", value=path) from None
