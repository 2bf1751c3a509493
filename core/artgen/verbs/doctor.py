"""What this machine and this installation can do, and how to get the rest: tried out, not looked up."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from artgen.contract.domain import Domain
from artgen.data.store import cache_folder
from artgen.errors import ArtgenError
from artgen.host import Host, discover
from artgen.media.carried import ENCODERS
from artgen.media.film_file import CODECS
from artgen.runtime.environment import usable_cores
from artgen.runtime.version import version

State = Literal["ok", "missing", "broken"]
_LEAST = 2 * 2**30  # bytes of free disk that prepared data and a run need about
# extra -> (module that it brings, what it is for)
_EXTRAS = {
    "studio": ("aiohttp", "the page in the browser, artgen studio"),
    "live": ("pythonosc", "playing by OSC and MIDI files, artgen live"),
    "heic": ("pillow_heif", "HEIC and HEIF, the pictures of phones"),
    "provenance": ("c2pa", "signed labels, --c2pa"),
    "onnx": ("onnxruntime", "judging by a network of your own, --features NET.onnx"),
    "shards": ("webdataset", "large data in shards, artgen pack"),
    "inception": ("torch_fidelity", "judging by Inception, --features inception"),
}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    - ``topic``: what it belongs to: machine, train, read, write, plugins.
    - ``name``: what was looked at.
    - ``state``: missing is no fault: it can be had.
    - ``text``: what was found, and the way out where something lacks."""

    topic: str
    name: str
    state: State
    text: str


def examine() -> Iterator[Finding]:
    """Everything, in the order in which a person reads it. Imports the plugins, reads and writes a few bytes."""
    yield from _machine()
    yield from _training()
    yield from _plugins()
    yield from _writing()
    for name, (module, use) in _EXTRAS.items():
        there = importlib.util.find_spec(module) is not None
        get = "" if there else f"; pip install 'artgen-suite[{name}]'"
        yield Finding("extras", name, "ok" if there else "missing", use + get)


def _machine() -> Iterator[Finding]:
    yield Finding("machine", "artgen", "ok", f"{version()}, Python {platform.python_version()}, {platform.system()}")
    cores = usable_cores()
    yield Finding("machine", "processor", "ok", f"{cores} {'core' if cores == 1 else 'cores'}{_memory()}")
    for name, folder in (("prepared data", cache_folder()), ("this folder", Path.cwd())):
        yield _disk(name, folder)


def _memory() -> str:
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return ""
    return f", {os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GiB of memory"


def _disk(name: str, folder: Path) -> Finding:
    """Whether a file can be written there, and how much room there is."""
    place = next(one for one in (folder, *folder.parents) if one.exists())
    remedy = "set ARTGEN_CACHE to another folder" if name == "prepared data" else "work in another folder"
    if not place.is_dir():
        return Finding("machine", name, "broken", f"{folder}: {place} is a file; {remedy}")
    try:
        with tempfile.TemporaryFile(dir=place) as file:
            file.write(b"artgen")
        free = shutil.disk_usage(place).free
    except OSError as error:
        return Finding("machine", name, "broken", f"{folder}: cannot be written ({error.strerror}); {remedy}")
    if free < _LEAST:
        return Finding("machine", name, "broken", f"{folder}: {free / 2**30:.1f} GiB free, free space")
    return Finding("machine", name, "ok", f"{folder}: {free / 2**30:.0f} GiB free")


def _training() -> Iterator[Finding]:
    import torch

    from artgen.runtime.device import has_fast_bfloat16

    layer = torch.nn.Conv2d(3, 4, 3)
    loss = layer(torch.ones(1, 3, 8, 8)).square().mean()
    loss.backward()  # pyright: ignore[reportUnknownMemberType] (torch's stubs)
    fast = ", fast in bfloat16 (--set precision=bf16)" if has_fast_bfloat16() else ""
    yield Finding("train", "CPU", "ok", f"torch {torch.__version__}{fast}")
    if torch.cuda.is_available():
        for number in range(torch.cuda.device_count()):
            yield Finding("train", "CUDA", "ok", f"{torch.cuda.get_device_name(number)}, --device cuda:{number}")
    elif torch.backends.mps.is_available():
        yield Finding("train", "GPU", "ok", "Apple's, --device mps")
    else:
        yield Finding("train", "GPU", "missing", "none that torch can use; everything runs on the CPU")


def _plugins() -> Iterator[Finding]:
    for found in discover():
        if found.problem:
            yield Finding("plugins", found.name, "broken", found.problem)
            continue
        try:
            domain = Host(found.name).domain
        except ArtgenError as error:
            yield Finding("plugins", found.name, "broken", str(error))
            continue
        yield Finding("plugins", found.name, "ok", f"{found.distribution} {found.version}; {_reads(domain)}")


def _reads(domain: Domain) -> str:
    """What a plugin reads here, and what else it would read with which package."""
    lacking = {
        ending: package
        for ending, (module, package) in domain.needs.items()
        if importlib.util.find_spec(module) is None
    }
    said = "reads " + " ".join(ending for ending in domain.suffixes if ending not in lacking)
    for package in dict.fromkeys(lacking.values()):
        more = " ".join(ending for ending in domain.suffixes if lacking.get(ending) == package)
        said += f"; {more} too with pip install '{package}'"
    return said


def _writing() -> Iterator[Finding]:
    import av
    import soundfile

    wanted = [(CODECS[kind], kind) for kind in CODECS] + [(ENCODERS[kind][0], f"sound of {kind}") for kind in ENCODERS]
    lacking = [f"{name} ({use})" for name, use in wanted if not _has_encoder(name)]
    what = f"FFmpeg {av.ffmpeg_version_info} through PyAV {av.__version__}"
    if lacking:
        yield Finding(
            "write", "films", "broken", f"{what} lacks {', '.join(lacking)}; pip install --force-reinstall av"
        )
    else:
        yield Finding("write", "films", "ok", f"MP4 (H.264, AAC) and WebM (VP9, Opus); {what}")
    kinds = [kind for kind in ("WAV", "FLAC", "OGG", "MP3") if kind in soundfile.available_formats()]
    state: State = "ok" if len(kinds) == 4 else "broken"
    yield Finding("write", "sounds", state, f"{', '.join(kinds)}; {soundfile.__libsndfile_version__}")


def _has_encoder(name: str) -> bool:
    import av
    import av.error

    try:
        return bool(av.Codec(name, "w"))
    except (av.error.FFmpegError, ValueError):
        return False
