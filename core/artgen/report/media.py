"""Files of a run as data URIs, within a budget of bytes; what does not fit, or cannot be read, is linked instead."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from artgen.provenance.packet import read_packet
from artgen.report.read import Notes

if TYPE_CHECKING:
    import PIL.Image

Kind = Literal["sound", "picture", "film", "other"]

_KINDS: dict[str, Kind] = {
    **dict.fromkeys((".wav", ".flac", ".ogg", ".mp3"), "sound"),
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".webp", ".gif"), "picture"),
    **dict.fromkeys((".mp4", ".webm"), "film"),
}
_FORMATS = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif"}
_CRISP = 128  # pixels on the longer side
_PRIVATE = {"exif", "xmp", "photoshop"}  # may tell who took a picture, and where
_MOST_PIXELS = 64_000_000  # a small file can claim far more and fill the memory
_MOST_SAMPLES = 100_000_000  # 15 minutes of stereo


@dataclass(frozen=True)
class Medium:
    """A file on the page.

    - ``href``: relative link.
    - ``src``: data URI, None when the file is only linked.

    ``size``: width and height of a picture in pixels.
    """

    kind: Kind
    name: str
    href: str
    src: str | None = None
    size: tuple[int, int] | None = None

    @property
    def crisp(self) -> bool:
        """Whether it is a picture so small that it is shown with hard edges."""
        return self.size is not None and max(self.size) <= _CRISP

    @property
    def visible(self) -> bool:
        """Whether there is something to see: a picture or a film that is not only linked."""
        return self.src is not None and self.kind in ("picture", "film")

    @property
    def audible(self) -> bool:
        """Whether it is a sound that is not only linked."""
        return self.src is not None and self.kind == "sound"


class UnusableError(Exception):
    """The file is not embedded, for this reason."""


@dataclass
class Media:
    """Embeds files of ``folder`` until ``cap`` characters are spent; ``linked``: how many came too late."""

    folder: Path
    notes: Notes
    cap: int
    spent: int = 0
    linked: int = 0
    _seen: dict[tuple[str, int], Medium | None] = field(default_factory=dict)

    def embed(self, name: str, largest: int = 1600) -> Medium | None:
        """The file ``name`` (relative, forward slashes); None when it is missing or lies outside the folder.

        ``largest``: pixels on the longer side above which a picture is scaled down."""
        key = (name, largest)
        if key not in self._seen:
            self._seen[key] = self._embed(name, largest)
        return self._seen[key]

    def _embed(self, name: str, largest: int) -> Medium | None:
        try:
            path = locate(self.folder, name)
        except UnusableError as error:
            self.notes.add(f"{name}: {error}")
            return None
        kind = _KINDS.get(path.suffix.lower(), "other")
        link = Medium(kind, name, "./" + quote(name))
        try:
            return self._inline(link, path, largest)
        except UnusableError as error:
            self.notes.add(f"{name}: {error}; it is linked instead of embedded.")
        except MemoryError:
            self.notes.add(f"{name}: too large to read; it is linked instead of embedded.")
        return link

    def _inline(self, link: Medium, path: Path, largest: int) -> Medium:
        size = None
        if link.kind == "other":
            return link
        if self.spent >= self.cap or (link.kind == "film" and path.stat().st_size > self.cap - self.spent):
            self.linked += 1
            return link
        if link.kind == "picture":
            mime, data, size = picture(path, largest)
        elif link.kind == "sound":
            mime, data = sound(path)
        else:
            mime, data = f"video/{path.suffix[1:].lower()}", path.read_bytes()
        uri = f"data:{mime};base64,{base64.b64encode(data).decode('ascii')}"
        if self.spent + len(uri) > self.cap:
            self.linked += 1
            return Medium(link.kind, link.name, link.href, None, size)
        self.spent += len(uri)
        return Medium(link.kind, link.name, link.href, uri, size)


def locate(folder: Path, name: str) -> Path:
    """The regular file ``name`` inside ``folder``, links followed; UnusableError when it is missing or elsewhere."""
    parts = name.split("/")
    if not name or "\0" in name or "\\" in name or ":" in parts[0] or not {"", ".", ".."}.isdisjoint(parts):
        raise UnusableError("refused, because the path is not a plain one inside the run folder.")
    root = folder.resolve()
    try:
        path = (root / name).resolve()
        if not path.is_relative_to(root):
            raise UnusableError("refused, because the path leaves the run folder.")
        found = path.is_file()
    except (OSError, RuntimeError, ValueError):  # a loop of links, a name too long
        found, path = False, root
    if not found:
        raise UnusableError("missing.")
    return path


def picture(path: Path, largest: int) -> tuple[str, bytes, tuple[int, int]]:
    """MIME type, bytes and size of a picture; scaled down above ``largest`` pixels, without camera data."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path, formats=tuple(_FORMATS)) as image:
            if image.width * image.height > _MOST_PIXELS:
                raise UnusableError(f"{image.width} x {image.height} pixels are too many")
            moves = getattr(image, "is_animated", False)
            mime = _FORMATS[image.format or ""]
            data = path.read_bytes()
            private = _PRIVATE & set(image.info) - (
                {"xmp"} if read_packet(data) else set()
            )  # artgen's own label may stay
            if (max(image.size) <= largest or moves) and not private:
                image.load()
                return mime, data, image.size
            return ("image/webp", *_smaller(image, largest))
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError, KeyError, EOFError):
        raise UnusableError("cannot be read as a picture") from None


def _smaller(image: PIL.Image.Image, largest: int) -> tuple[bytes, tuple[int, int]]:
    from PIL import Image, ImageOps

    ImageOps.exif_transpose(image, in_place=True)
    mode = "RGBA" if image.has_transparency_data else "RGB"
    small = image if image.mode == mode else image.convert(mode)  # a copy of a sheet is a hundred megabytes
    small.thumbnail((largest, largest), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "WEBP", quality=88)
    return out.getvalue(), small.size


def sound(path: Path) -> tuple[str, bytes]:
    """MIME type and bytes of a sound: MP3, which is small and plays everywhere, or else 16-bit WAV."""
    import numpy as np
    import soundfile

    try:
        info = soundfile.info(path)
        if info.channels > 2 or info.frames * info.channels > _MOST_SAMPLES or not info.frames:
            raise UnusableError(f"a sound of {info.channels} channels and {info.frames} samples is not played here")
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, OSError, ValueError, RuntimeError):
        raise UnusableError("cannot be read as a sound") from None
    if not np.isfinite(samples).all():
        raise UnusableError("holds samples that are not finite numbers")
    if path.suffix.lower() == ".mp3":
        return "audio/mpeg", path.read_bytes()
    out = io.BytesIO()
    try:
        soundfile.write(out, samples.clip(-1, 1), rate, "MPEG_LAYER_III", format="MP3")
        return "audio/mpeg", out.getvalue()
    except (
        soundfile.SoundFileError,
        OSError,
        ValueError,
        RuntimeError,
    ):  # an older libsndfile, a rate MP3 does not know
        out = io.BytesIO()
        soundfile.write(out, samples.clip(-1, 1), rate, "PCM_16", format="WAV")
        return "audio/wav", out.getvalue()
