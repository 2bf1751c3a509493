"""The plugin's table of contents, its presets, and the embedded pictures."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from artgen.host.resolve import resolve
from artgen.types import DataSpec, RawItem, Source, SourceFile
from artgen_image import plugin
from artgen_image.config import ImageConfig
from artgen_image.prepare import FORMATS
from tests.patience import PATIENCE

DOMAIN = plugin.artgen_domain()
RUN = {"plugin": "image"}


def embedded() -> Source:
    root = DOMAIN.embedded
    assert root is not None
    paths = sorted(path for path in root.rglob("*") if path.suffix in DOMAIN.suffixes)
    files = tuple(SourceFile(path, path.relative_to(root).as_posix(), path.parent.name) for path in paths)
    return Source(root, files, tuple(sorted({file.label for file in files if file.label})))


def test_domain_is_answered_without_torch() -> None:
    code = (
        "import sys; from artgen_image.plugin import artgen_domain; artgen_domain();"
        "heavy = {'torch', 'numpy', 'PIL'} & set(sys.modules); assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": ":".join(sys.path)}, timeout=PATIENCE)


@pytest.mark.parametrize("name", sorted(DOMAIN.presets))
def test_presets_are_valid_diffs(name: str) -> None:
    config = resolve(DOMAIN, RUN, preset=name)
    assert isinstance(config.domain, ImageConfig)
    text = DOMAIN.presets[name].read_text()
    assert text.startswith("# ")
    assert len(text.splitlines()) <= 16


def test_every_model_has_a_small_and_most_a_large_preset() -> None:
    models = {name: resolve(DOMAIN, RUN, preset=name).domain for name in DOMAIN.presets}
    small = {c.model for c in models.values() if isinstance(c, ImageConfig) and max(c.shape) <= 32}
    assert small == set(DOMAIN.models)


@pytest.mark.parametrize("preset", ["tiny", "small"])
def test_networks_of_the_presets_fit_their_codec(preset: str) -> None:
    config = resolve(DOMAIN, RUN, preset=preset).domain
    assert isinstance(config, ImageConfig)
    networks = plugin.artgen_networks(config, DataSpec(config.shape, ("a", "b")))
    assert networks.discriminator is not None
    assert networks.augment is not None
    assert sum(p.numel() for p in networks.generator.parameters()) < 2e6


def test_embedded_pictures_are_prepared_without_loss() -> None:
    """All classes, no file skipped, a white ground, no picture twice, small enough to ship."""
    source = embedded()
    assert source.labels == ("animals", "buildings", "faces")
    assert len(source.files) >= 180
    assert sum(file.path.stat().st_size for file in source.files) < 4e6
    items = list(plugin.artgen_prepare(source, ImageConfig()))
    assert all(isinstance(item, RawItem) and item.data.shape == (3, 32, 32) for item in items)
    data = np.stack([item.data for item in items if isinstance(item, RawItem)])
    assert np.median(data[:, :, 0, 0]) == 255
    assert len(np.unique(data.reshape(len(data), -1), axis=0)) == len(data)


def test_every_embedded_source_has_its_licence_line() -> None:
    assert DOMAIN.embedded is not None
    notice = (DOMAIN.embedded / "NOTICE").read_text()
    assert all(word in notice for word in ("Microsoft", "LobeHub", "Cal Henderson", "MIT"))


def test_suffixes_belong_to_allowed_formats() -> None:
    from PIL import Image

    Image.init()
    phones = {".heic", ".heif"}  # with pillow-heif
    known = {Image.registered_extensions()[suffix] for suffix in set(DOMAIN.suffixes) - phones}
    assert known - {"MPO", "TGA"} == set(FORMATS)


def test_the_core_hears_of_a_foreign_config() -> None:
    from artgen.contract.settings import DomainConfig
    from artgen.host import Host

    with pytest.raises(TypeError, match="settings of type DomainConfig, its own are ImageConfig"):
        Host("image").codec(DomainConfig())


def test_build_tool_names_no_machine() -> None:
    tool = Path(plugin.__file__).parents[1] / "tools" / "build_embedded.py"
    text = tool.read_text()
    assert "http" not in text
    assert "/home" not in text
    assert "/tmp" not in text
