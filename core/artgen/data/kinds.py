"""What files that a domain does not read are, in words that say what helps."""

from __future__ import annotations

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


def no_use(suffix: str, suffixes: tuple[str, ...]) -> str:
    """Why a file of this ending is not used by a domain that reads ``suffixes``."""
    ending = suffix.lower()
    if not ending:
        return "has no ending that says what it is: rename it"
    if ending in _RAW:
        return "a camera's RAW file: export it as JPEG, TIFF or PNG"
    if ending in _ARCHIVES:
        return "an archive: unpack it"
    if ending in _NO_MEDIA:
        return "text or data, not a work"
    own = {
        kind for kind, endings in (("picture", _PICTURES), ("sound", _SOUNDS), ("film", _FILMS)) if ending in endings
    }
    what = f"a {own.pop()}" if own else f"a {ending} file"
    return f"{what}, which this plugin does not read: save it in a format that it reads, such as {suffixes[0]}"
