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
from artgen_video.films import film_seconds, read_film
from artgen_video.picture import UnusableError, said_of
from artgen_video.stills import are_frames, views

PICTURES = frozenset((".png", ".apng", ".webp", ".gif", ".jpg", ".jpeg", ".bmp"))
VIVID, COLORED = 24, 0.005  # difference of channels that is color, share of a clip that has to have some
STRETCH = 20.0  # seconds of a long film that are read together
LITTLE_MORE = 1.1  # times max_seconds: such a film is read from its start
Timed = Iterator[tuple[float, np.ndarray]]  # moments in seconds, and frames
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
        trouble: list[str] = []
        try:
            for clip in clips(film, config, trouble):
                if config.task != "colorize" or has_color(clip):
                    got = True
                    yield RawItem(clip, film.label, film.origin)
            if not got:
                raise UnusableError("black and white: colors can only be learned from films in color")
            if trouble:
                yield Skipped(film.name, f"{' and '.join(trouble)}; the rest is used")
        except UnusableError as problem:
            if not got:
                yield from (Skipped(name, str(problem)) for name in film.names)
        except FileNotFoundError:
            yield Skipped(film.name, "disappeared: it was there when the folder was read")
        except (OSError, MemoryError, ValueError) as error:
            yield Skipped(film.name, f"cannot be read ({said_of(error)}): save it again")


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
        many, paths = len(files) >= FEW, [file.path for file in files]
        if not many or config.stills == "none" or (config.stills == "auto" and not are_frames(paths)):
            if config.task == "style":
                yield from (Film(file.name, file.label, (file.path,)) for file in files)
                continue
            reason = "a still picture: give films, animations, or folders of numbered frames"
            if many and config.stills == "auto":
                reason += " (the pictures of this folder are not like each other; stills=frames takes them for a film)"
            yield from (Skipped(file.name, reason) for file in files)
            continue
        # a folder of frames right below the root is a film, not a class
        label = files[0].label if "/" in folder else None
        yield Film(folder, label, tuple(file.path for file in files))


def clips(film: Film, config: VideoConfig, trouble: list[str]) -> Iterator[np.ndarray]:
    """``[c, t, h, w]`` every ``hop`` frames, and one at the end of the film; raises UnusableError with the reason.

    ``trouble``: filled with what was left out, in words."""
    if config.task == "style" and is_still(film):
        yield from views(film.paths[0], config)
        return
    made = count = 0
    for part in _parts(film, config, trouble):
        window: list[np.ndarray] = []
        hop = config.hop or max(1, config.frames // 4)
        since = hop  # frames since the last clip began
        inside = 0
        for frame in part:
            count += 1
            window = [*window[-config.frames + 1 :], frame]
            since += len(window) == config.frames and inside > 0
            if len(window) == config.frames and (since >= hop or not inside):
                inside, since = inside + 1, 0
                yield _stacked(window)
        if inside and since > hop // 2:
            yield _stacked(window)
        made += inside
    if not made:
        raise UnusableError(
            f"lasts {count / config.fps:.1f} s, a clip is {config.frames / config.fps:.1f} s: "
            "take shorter clips by the setting frames, or a higher fps"
        )


def has_color(clip: np.ndarray) -> bool:
    """Whether more than COLORED of the places of ``[3, t, h, w]`` are no shades of gray."""
    return bool((np.ptp(clip, axis=0) > VIVID).mean() > COLORED)


def is_still(film: Film) -> bool:
    """Whether a film is a single picture that does not move."""
    return len(film.paths) == 1 and film.paths[0].suffix.lower() in PICTURES and not is_animated(film.paths[0])


def _parts(film: Film, config: VideoConfig, trouble: list[str]) -> Iterator[Iterator[np.ndarray]]:
    """Stretches of a film at the wanted rate: one for a film that is read whole."""
    for frames, seconds in _stretches(film, config, trouble):
        yield steady(frames, config.fps, round(seconds * config.fps) + 1)


def _stretches(film: Film, config: VideoConfig, trouble: list[str]) -> Iterator[tuple[Timed, float]]:
    """``(frames with their moments in seconds, seconds at most)`` of each stretch."""
    if len(film.paths) > 1:
        yield read_stills(film.paths, config), config.max_seconds
        return
    path = next(iter(film.paths))
    if not path.is_file() and path.exists():
        raise UnusableError("not a regular file")
    if path.stat().st_size == 0:
        raise UnusableError("empty file (zero bytes): copy it again")
    if path.suffix.lower() in PICTURES:
        yield read_animation(path, config), config.max_seconds
        return
    length = film_seconds(path)
    if length <= config.max_seconds * LITTLE_MORE:
        yield read_film(path, config), config.max_seconds
        return
    number = max(1, round(config.max_seconds / STRETCH))
    seconds = config.max_seconds / number
    trouble.append(
        f"lasts {length / 60:.0f} min, of which {(length - config.max_seconds) / 60:.0f} min are left out here and there"
    )
    for start in np.linspace(0, length - seconds, number):
        yield read_film(path, config, float(start), seconds), seconds


def _stacked(frames: Sequence[np.ndarray]) -> np.ndarray:
    """``[t] x [h, w, c]`` to ``[c, t, h, w]``."""
    return np.ascontiguousarray(np.stack(frames).transpose(3, 0, 1, 2))
