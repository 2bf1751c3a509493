"""Promise: with the extra, a file carries a signed C2PA manifest that says machine-made and nothing private; a change shows."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from artgen.cli import main
from artgen.errors import InputError
from artgen.provenance import manifest
from artgen.provenance.containers import content_hash
from artgen.provenance.label import stamped
from artgen.provenance.packet import SOURCE
from artgen.provenance.verify import verify
from tests.provenance.files import film, picture, sound

NOTES = {"software": "artgen 1", "plugin": "image (artgen 1)", "model": "ab12cd34ab12cd34", "seed": "7", "label": "grandmother",
         "comment": "from my-secret-folder"}  # fmt: skip
MADE: dict[str, Callable[[], bytes]] = {
    ".png": lambda: picture("PNG"), ".webp": lambda: picture("WEBP"), ".gif": lambda: picture("GIF"),
    ".jpg": lambda: picture("JPEG"), ".wav": lambda: sound("WAV"), ".flac": lambda: sound("FLAC"), ".mp4": lambda: film("mp4"),
}  # fmt: skip
needs_extra = pytest.mark.skipif(manifest._library() is None, reason="artgen-suite[provenance] is not installed")


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> manifest.Signer:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARTGEN_CONFIG", str(tmp_path_factory.mktemp("config")))
        return manifest.Signer()


def _verify(path: Path) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["verify", str(path)])
    return int(ended.value.code or 0)


@needs_extra
@pytest.mark.parametrize("suffix", MADE)
def test_a_signed_file_is_valid_and_a_changed_one_is_not(
    suffix: str, signer: manifest.Signer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"work{suffix}"
    path.write_bytes(MADE[suffix]())
    before = content_hash(path.read_bytes())
    stamped([path], NOTES, signer)
    data = path.read_bytes()
    assert content_hash(data) == before  # a manifest is no change of the work
    claim = verify(path).claim
    assert claim is not None
    assert (claim.sound, claim.problems, claim.made, claim.ours) == (True, (), True, True)
    assert claim.fields == {"plugin": "image (artgen 1)", "model": "ab12cd34ab12cd34", "seed": "7"}
    assert _verify(path) == 0
    assert "C2PA manifest:  valid, machine-made, by artgen" in capsys.readouterr().out
    place = data.index(_coded(data, suffix)) + 20
    path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
    assert _verify(path) == 7


def _coded(data: bytes, suffix: str) -> bytes:
    """Some bytes of the work itself, where a flipped bit changes it."""
    start = {
        ".png": b"IDAT",
        ".webp": b"VP8 ",
        ".gif": b",",
        ".jpg": b"\xff\xda",
        ".wav": b"data",
        ".mp4": b"mdat",
    }
    return start[suffix] if suffix in start else data[-400:-380]


@needs_extra
def test_a_manifest_alone_is_found_says_nothing_private_and_is_known_as_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTGEN_CONFIG", str(tmp_path / "config"))
    path = tmp_path / "my-secret-name.png"
    path.write_bytes(picture("PNG"))
    manifest.Signer().sign([path], NOTES)
    verdict = verify(path)
    assert verdict.claim is not None
    assert (verdict.fields, verdict.marked, verdict.altered) == (None, True, None)
    assert verdict.claim.mine
    text = path.read_bytes()
    assert SOURCE.encode() in text
    for private in (b"grandmother", b"secret", str(tmp_path).encode()):
        assert private not in text
    Image.open(path).save(tmp_path / "plain.png")
    assert verify(tmp_path / "plain.png").claim is None
    monkeypatch.setenv("ARTGEN_CONFIG", str(tmp_path / "another"))
    manifest.Signer()
    other = verify(path).claim
    assert other is not None
    assert (other.sound, other.mine) == (True, False)


@needs_extra
def test_the_key_is_made_once_and_read_by_its_owner_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from artgen.provenance.credentials import credentials

    monkeypatch.setenv("ARTGEN_CONFIG", str(tmp_path / "config"))
    first = credentials()
    key = tmp_path / "config/c2pa-key.pem"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert credentials() == first
    key.write_text("not a key")
    with pytest.raises(InputError, match=r"c2pa-key.pem: is no private key.* remove .*config"):
        credentials()


@needs_extra
def test_a_key_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from artgen.provenance.credentials import _made, credentials

    key, chain = tmp_path / "key.pem", tmp_path / "certificate.pem"
    for path, data in zip((key, chain), _made(), strict=True):
        path.write_bytes(data)
    monkeypatch.setenv("ARTGEN_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("ARTGEN_C2PA_KEY", str(key))
    with pytest.raises(InputError, match="ARTGEN_C2PA_CERT go together"):
        credentials()
    monkeypatch.setenv("ARTGEN_C2PA_CERT", str(chain))
    assert credentials().chain == chain.read_bytes()
    assert not (tmp_path / "config").exists()
    chain.write_bytes(_made()[1])
    with pytest.raises(InputError, match=r"does not belong to the key"):
        credentials()
    monkeypatch.setenv("ARTGEN_C2PA_KEY", str(tmp_path / "missing.pem"))
    with pytest.raises(InputError, match=r"missing.pem: cannot be read"):
        credentials()


@needs_extra
def test_a_format_without_a_place_is_said(signer: manifest.Signer, tmp_path: Path) -> None:
    path = tmp_path / "film.webm"
    path.write_bytes(b"")
    with pytest.raises(InputError, match=r"film.webm can hold no C2PA manifest"):
        signer.sign([path], NOTES)


def test_without_the_extra_the_way_to_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(manifest, "_library", lambda: None)
    with pytest.raises(SystemExit) as ended:
        main(["sample", str(tmp_path), "--c2pa"])
    assert ended.value.code == 2
    assert (
        capsys.readouterr().err
        == "artgen: error: --c2pa: needs other packages: pip install 'artgen-suite[provenance]'\n"
    )
    path = tmp_path / "a.png"
    path.write_bytes(picture("PNG") + b"jumdc2pa")
    assert _verify(path) == 6
    assert "to check it: pip install 'artgen-suite[provenance]'" in capsys.readouterr().out


def test_the_statement_names_no_one() -> None:
    told = manifest.statement("image/png", NOTES)
    assert json.dumps(told).count("trainedAlgorithmicMedia") == 1
    assert "grandmother" not in json.dumps(told)
    assert "title" not in told
