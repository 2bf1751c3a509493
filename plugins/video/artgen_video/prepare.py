"""Files to uint8 clips of one shape and one rate, whatever they are, in bounded memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from artgen.types import RawItem, Skipped, Source, SourceFile
from artgen_video.animations import is_animated, read_animation, read_stills
from artgen_video.clock import steady
from artgen_video.config import VideoConfig
from artgen_video.films import read_film
from artgen_video.picture import UnusableError
from artgen_video.stills import are_frames, views

PICTURES = frozenset((".png", ".apng", ".webp", ".gif", ".jpg", ".jpeg", ".bmp"))
VIVID, COLORED = 24, 0.005  # difference of channels that is color, share of a clip that has to have some
FEW = 4  # pictures of a folder from which on they are the frames of a film


@dataclass(frozen=True)
class Film:
    """One source of frames: a file, or the numbered pictures of a folder."""

    name: str
    label: str | None
    paths: tuple[Path, ...]

    @property
    def names(self) -> list[str]:
        """The files it is made of, relative to the source."""
        return [self.name] if len(self.paths) == 1 else [f"{self.name}/{path.name}" for path in self.paths]

    @property
    def origin(self) -> str:
        """Excerpts of one film whose names agree up to ``__`` are held out together."""
        return self.name.rsplit(".", 1)[0].split("__", 1)[0]


def prepare(source: Source, config: VideoConfig) -> Iterator[RawItem | Skipped]:
    """Every film of the source in order: its clips ``[c, t, h, w]`` uint8, or why not. Never raises for a file."""
    for film in films(source, config):
        if isinstance(film, Skipped):
            yield film
            continue
        got = False
        try:
            for clip in clips(film, config):
                if config.task != "colorize" or has_color(clip):
                    got = True
                    yield RawItem(clip, film.label, film.origin)
            if not got:
                raise UnusableError("black and white: colors can only be learned from films in color")
        except UnusableError as problem:
            if not got:
                yield from (Skipped(name, str(problem)) for name in film.names)
        except FileNotFoundError:
            yield Skipped(film.name, "disappeared: it was there when the folder was read")
        except (OSError, MemoryError, ValueError) as error:
            yield Skipped(film.name, f"cannot be read ({str(error)[:100] or type(error).__name__}): save it again")


def films(source: Source, config: VideoConfig) -> Iterator[Film | Skipped]:
    """The files that are films, and folders of pictures as one film each, in the order of the source. For the task style a
    picture that is no frame of a film stands for itself."""
    folders: dict[str, list[SourceFile]] = defaultdict(list)
    for file in source.files:
        folder = str(PurePosixPath(file.name).parent)
        if PurePosixPath(file.name).suffix.lower() not in PICTURES or is_animated(file.path):
            yield Film(file.name, file.label, (file.path,))
        else:
            folders[folder].append(file)
    for folder, files in folders.items():
        if config.task == "style" and not (len(files) >= FEW and are_frames([file.path for file in files])):
            yield from (Film(file.name, file.label, (file.path,)) for file in files)
            continue
        if len(files) < FEW:
            reason = "a still picture: give films, animations, or folders of numbered frames"
            yield from (Skipped(file.name, reason) for file in files)
            continue
        # a folder of frames right below the root is a film, not a class
        label = files[0].label if "/" in folder else None
        yield Film(folder, label, tuple(file.path for file in files))


def clips(film: Film, config: VideoConfig) -> Iterator[np.ndarray]:
    """``[c, t, h, w]`` every ``hop`` frames, and one at the end of the film; raises UnusableError with the reason."""
    if config.task == "style" and is_still(film):
        yield from views(film.paths[0], config)
        return
    hop = config.hop or max(1, config.frames // 4)
    window: list[np.ndarray] = []
    since = hop  # frames since the last clip began
    made = count = 0
    for frame in steady(_frames(film, config), config.fps, round(config.max_seconds * config.fps) + 1):
        count += 1
        window = [*window[-config.frames + 1 :], frame]
        since += len(window) == config.frames and made > 0
        if len(window) == config.frames and (since >= hop or not made):
            made, since = made + 1, 0
            yield _stacked(window)
    if not made:
        raise UnusableError(
            f"lasts {count / config.fps:.1f} s, a clip is {config.frames / config.fps:.1f} s: "
            "shorter clips by --set frames=N, or a higher --set fps=N"
        )
    if since > hop // 2:
        yield _stacked(window)


def has_color(clip: np.ndarray) -> bool:
    """Whether more than COLORED of the places of ``[3, t, h, w]`` are no shades of gray."""
    return bool((np.ptp(clip, axis=0) > VIVID).mean() > COLORED)


def is_still(film: Film) -> bool:
    """Whether a film is a single picture that does not move."""
    return len(film.paths) == 1 and film.paths[0].suffix.lower() in PICTURES and not is_animated(film.paths[0])


def _frames(film: Film, config: VideoConfig) -> Iterator[tuple[float, np.ndarray]]:
    if len(film.paths) > 1:
        return read_stills(film.paths, config)
    path = next(iter(film.paths))
    if not path.is_file() and path.exists():
        raise UnusableError("not a regular file")
    if path.stat().st_size == 0:
        raise UnusableError("empty file (zero bytes): copy it again")
    if path.suffix.lower() in PICTURES:
        return read_animation(path, config)
    return read_film(path, config)


def _stacked(frames: Sequence[np.ndarray]) -> np.ndarray:
    """``[t] x [h, w, c]`` to ``[c, t, h, w]``."""
    return np.ascontiguousarray(np.stack(frames).transpose(3, 0, 1, 2))
