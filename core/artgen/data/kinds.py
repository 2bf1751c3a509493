"""What files that a domain does not read are, in words that say what helps."""

from __future__ import annotations

from pathlib import Path

_RAW = frozenset({
    ".3fr", ".arw", ".cr2", ".cr3", ".crw", ".dcr", ".dng", ".erf", ".iiq", ".kdc", ".mef", ".mos", ".mrw",
    ".nef", ".nrw", ".orf", ".pef", ".raf", ".raw", ".rw2", ".rwl", ".sr2", ".srf", ".srw", ".x3f",
})  # fmt: skip
_PICTURES = frozenset({
    ".avif", ".bmp", ".gif", ".heic", ".heif", ".jpeg", ".jpg", ".jxl", ".png", ".psd", ".svg", ".tif", ".tiff",
    ".webp",
})  # fmt: skip
_SOUNDS = frozenset({
    ".aac", ".aif", ".aiff", ".flac", ".m4a", ".mid", ".midi", ".mp3", ".ogg", ".opus", ".wav", ".wma",
})  # fmt: skip
_FILMS = frozenset({
    ".3gp", ".avi", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpg", ".mts", ".ts", ".webm", ".wmv",
})  # fmt: skip
_NO_MEDIA = frozenset({
    ".csv", ".db", ".doc", ".docx", ".htm", ".html", ".ini", ".json", ".md", ".pdf", ".rtf", ".toml", ".txt",
    ".srt", ".url", ".vtt", ".xml", ".xmp", ".yaml", ".yml",
})  # fmt: skip
_ARCHIVES = frozenset({
    ".7z", ".gz", ".rar", ".tar", ".tgz", ".xz", ".zip",
})  # fmt: skip


# How files of these formats begin: where, the bytes, and the endings that say so, the usual one first
_BEGINNINGS = (
    (0, b"\x89PNG\r\n", (".png",)), (0, b"\xff\xd8\xff", (".jpg", ".jpeg")), (0, b"GIF8", (".gif",)), (8, b"WEBP", (".webp",)),
    (0, b"8BPS", (".psd",)), (0, b"II*\0", (".tif", ".tiff")), (0, b"MM\0*", (".tif", ".tiff")), (4, b"ftypavi", (".avif",)),
    *((4, b"ftyp" + brand, (".heic", ".heif")) for brand in (b"hei", b"hev", b"mif1", b"msf1")),
    (8, b"WAVE", (".wav",)), (0, b"fLaC", (".flac",)), (0, b"OggS", (".ogg", ".opus")), (0, b"ID3", (".mp3",)),
    (8, b"AIFF", (".aiff", ".aif")), (0, b"MThd", (".mid", ".midi")), (4, b"ftypM4A", (".m4a",)), (4, b"ftypM4B", (".m4a",)),
    (8, b"AVI ", (".avi",)), (0, b"\x1aE\xdf\xa3", (".mkv", ".webm")), (4, b"ftypqt", (".mov",)),
    *((4, b"ftyp" + brand, (".mp4", ".m4v")) for brand in (b"iso", b"mp4", b"avc1", b"M4V", b"MSNV", b"dash", b"3g")),
)  # fmt: skip
_HEAD = 512  # bytes of a file that are looked at
_NAMED = 8  # endings
_CONTROL = frozenset(range(32)) - frozenset(b"\t\n\v\f\r\x1b")  # what no text holds


def no_use(path: Path, suffixes: tuple[str, ...]) -> str:
    """Why a file is not used by a domain that reads ``suffixes``. What its ending does not tell its first bytes may: only what
    looks like a work comes with a hint."""
    ending = path.suffix.lower()
    if ending in _RAW:
        return "a camera's RAW file: export it as JPEG, TIFF or PNG"
    if ending in _ARCHIVES:
        return "an archive: unpack it"
    if ending in _NO_MEDIA:
        return "text or data, not a work"
    kind = _kind(ending)
    if kind:
        return f"a {kind}, which this plugin does not read: save it in a format that it reads, such as {suffixes[0]}"
    head = _head(path)
    meant = _endings(head)
    if meant:
        what = f"a {_kind(meant[0])} by its first bytes"
        if read := _first_read(meant, suffixes):
            return f"{what}, but its name does not end so: rename it to end in {read}"
        return f"{what}, which this plugin does not read"
    if _is_text(head):
        return "text or data, not a work"
    if not ending:
        return "no work that artgen knows, and no ending says what it is"
    return f"a {ending} file, which this plugin does not read: save it in a format that it reads, such as {suffixes[0]}"


def begins_as_read(path: Path, suffixes: tuple[str, ...]) -> bool:
    """Whether a file begins as those do that a domain of ``suffixes`` reads, whatever its name says."""
    return bool(_first_read(_endings(_head(path)), suffixes))


def wanted(suffixes: tuple[str, ...]) -> str:
    """Which files a domain of ``suffixes`` reads: *pictures: files that end in .png or .jpg*."""
    kinds = _kinds(suffixes)
    return f"{kinds}{': ' if kinds else ''}{_files(suffixes)}"


def reads(suffixes: tuple[str, ...]) -> str:
    """The same as a sentence: *artgen reads pictures from files that end in .png or .jpg*."""
    kinds = _kinds(suffixes)
    return f"artgen reads {kinds}{' from ' if kinds else ''}{_files(suffixes)}"


def _kinds(suffixes: tuple[str, ...]) -> str:
    return " or ".join(dict.fromkeys(f"{kind}s" for kind in map(_kind, suffixes) if kind))


def _files(suffixes: tuple[str, ...]) -> str:
    *most, last = (*suffixes[:_NAMED], "and so on") if len(suffixes) > _NAMED else suffixes
    ends = f"{', '.join(most)} {'' if len(suffixes) > _NAMED else 'or '}{last}" if most else last
    return f"files that end in {ends}"


def _endings(head: bytes) -> tuple[str, ...]:
    """The endings that the first bytes of a file stand for; none where they are no work's."""
    return next((ends for at, begins, ends in _BEGINNINGS if head[at:].startswith(begins)), ())


def _first_read(endings: tuple[str, ...], suffixes: tuple[str, ...]) -> str:
    return next((end for end in endings if end in suffixes), "")


def _kind(ending: str) -> str:
    kinds = (("picture", _PICTURES), ("sound", _SOUNDS), ("film", _FILMS))
    return next((kind for kind, endings in kinds if ending in endings), "")


def _head(path: Path) -> bytes:
    """The first bytes; none of what is no file or cannot be read."""
    try:
        if not path.is_file():  # a pipe would wait for its writer
            return b""
        with path.open("rb") as file:
            return file.read(_HEAD)
    except OSError:
        return b""


def _is_text(head: bytes) -> bool:
    """Whether these are the first bytes of a text in any encoding that keeps ASCII; an empty file is one."""
    return _CONTROL.isdisjoint(head)
