"""Animated pictures (GIF, WebP, PNG) and folders of numbered pictures, frame by frame, through Pillow."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from artgen.media import picture_trap
from artgen_video.config import VideoConfig
from artgen_video.picture import UnusableError, check_size, fitted, said_of

FORMATS = ("GIF", "WEBP", "PNG", "JPEG", "BMP")
SHORTEST = 0.011  # seconds: browsers show frames that claim 10 ms or less for USUAL seconds
USUAL = 0.1
PIXELS_MOST = 2 * 10**9  # decoded of one animation; then it ends early
MAX_BYTES = 200 * 2**20  # the decoders read an animation whole
REPEATS = 64  # of a short animation, which plays round and round


def is_animated(path: Path) -> bool:
    """Whether a picture has more than one frame; False for one that cannot be opened."""
    try:
        with open_picture(path) as picture:
            return getattr(picture, "n_frames", 1) > 1
    except Exception:  # as below: a hostile file may make the decoders raise anything
        return False


def read_animation(path: Path, config: VideoConfig) -> Iterator[tuple[float, np.ndarray]]:
    """``(moment in seconds, [h, w, 3] uint8)`` of every frame. An animation that is made to play for ever and shorter than a
    clip is played again, up to REPEATS times. Raises UnusableError with the reason."""
    if path.stat().st_size > MAX_BYTES:
        raise UnusableError(f"larger than {MAX_BYTES // 2**20} MiB: save it as MP4")
    clock, least = 0.0, config.frames / config.fps
    frames: list[tuple[float, np.ndarray]] = []
    endless = False
    try:
        with open_picture(path) as film:
            check_size(film.width, film.height, config)
            endless = film.info.get("loop", 1) == 0
            most = max(1, PIXELS_MOST // (film.width * film.height))
            for number in range(min(getattr(film, "n_frames", 1), most)):
                film.seek(number)
                frame = fitted(film, config)
                claimed = float(film.info.get("duration") or 0) / 1000
                held = claimed if claimed >= SHORTEST else USUAL
                if clock < least:
                    frames.append((held, frame))
                yield clock, frame
                clock += held
                if clock > config.max_seconds:
                    return
    except UnusableError:
        raise
    except Exception as error:  # hostile files reach every corner of the decoders; one of them must not end the run
        if not clock:
            raise UnusableError(f"cannot be decoded ({said_of(error)}): save it again") from None
        return
    for _ in range(REPEATS if endless and len(frames) > 1 else 0):
        if clock > least:
            return
        for held, frame in frames:
            yield clock, frame
            clock += held


def read_stills(paths: Sequence[Path], config: VideoConfig) -> Iterator[tuple[float, np.ndarray]]:
    """Pictures of a folder, in the order of the numbers in their names, as the frames of one film."""
    for number, path in enumerate(sorted(paths, key=by_number)):
        moment = number / config.stills_fps
        if moment > config.max_seconds:
            return
        try:
            with open_picture(path) as picture:
                check_size(picture.width, picture.height, config)
                frame = fitted(ImageOps.exif_transpose(picture), config)
        except UnusableError as problem:
            raise UnusableError(f"frame {path.name}: {problem}") from None
        except Exception as error:
            raise UnusableError(f"frame {path.name} cannot be decoded ({said_of(error)}): save it again") from None
        yield moment, frame


def by_number(path: Path) -> tuple[list[tuple[int, int, str]], str]:
    """Sorts ``frame2`` before ``frame10``."""
    parts = re.findall(r"\d{1,18}|\D+", path.stem)
    return [(1, int(part), "") if part.isdigit() else (0, 0, part) for part in parts], path.name


def open_picture(path: Path) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns about large and odd files; both are answered here
        if trap := picture_trap(path):
            raise UnusableError(trap)
        return Image.open(path, formats=FORMATS)
