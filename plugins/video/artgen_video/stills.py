"""Pictures as clips, for the task style: a camera that glides over a painting."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from artgen_video.animations import by_number, open_picture
from artgen_video.config import VideoConfig
from artgen_video.picture import UnusableError, check_size, flattened, said_of

VIEWS = 12  # clips of a picture
NEAR, FAR = 0.35, 0.95  # of what fits into the picture: sizes of the view
STEP = 0.02  # of a view, from frame to frame
THUMB = 24  # pixels a side of what is compared to learn whether pictures are frames
PAIRS = 12  # neighbors that are compared, spread over the folder
STILL = 4.0  # of 255: pictures that differ by less are alike
ALIKE = 0.75  # of the difference of pictures far apart, below which neighbors belong to one film


def are_frames(paths: Sequence[Path]) -> bool:
    """Whether pictures are the frames of one film: equal names but for their numbers, one size, and each more like the next than
    like one far away. A camera numbers its photographs too."""
    names = {re.sub(r"\d+", "#", path.stem) for path in paths}
    if len(names) != 1 or "#" not in names.pop() or len({_size(path) for path in paths}) != 1:
        return False
    ordered = sorted(paths, key=by_number)
    half = len(ordered) // 2
    firsts = np.unique(np.linspace(0, len(ordered) - 1 - max(1, half), PAIRS).round().astype(int))
    near, far = (np.median([_difference(ordered[i], ordered[i + step]) for i in firsts]) for step in (1, max(1, half)))
    return bool(near < STILL or near < ALIKE * far)


def views(path: Path, config: VideoConfig) -> Iterator[np.ndarray]:
    """``[c, t, h, w]`` uint8: views of different sizes that glide in different directions; the same for the same picture. Raises
    UnusableError with the reason."""
    _, frames, h, w = config.shape
    try:
        with open_picture(path) as found:
            check_size(found.width, found.height, config)
            picture = flattened(ImageOps.exif_transpose(found), config)
    except UnusableError:
        raise
    except Exception as error:  # hostile files reach every corner of the decoders; one of them must not end the run
        raise UnusableError(f"cannot be decoded ({said_of(error)}): save it again") from None
    rng = np.random.default_rng(0)
    whole = min(picture.width / w, picture.height / h)
    for share in np.linspace(NEAR, FAR, VIEWS):
        size = share * whole * np.array([w, h])
        room = np.array(picture.size) - size
        angle = rng.uniform(0, 2 * np.pi)
        way = STEP * (frames - 1) * size * np.array([np.cos(angle), np.sin(angle)])
        start = rng.uniform(0, 1, 2) * room
        end = np.clip(start + way, 0, room)
        boxes = [start + (end - start) * moment for moment in np.linspace(0, 1, frames)]
        seen = [
            picture.resize((w, h), Image.Resampling.LANCZOS, box=(*corner, *np.minimum(corner + size, picture.size)))
            for corner in boxes
        ]
        yield np.ascontiguousarray(np.stack([np.asarray(frame) for frame in seen]).transpose(3, 0, 1, 2))


def _difference(a: Path, b: Path) -> float:
    """Mean difference of two pictures at the size of a thumbnail, of 255; 0 where one cannot be read, which is said later."""
    try:
        small = []
        for path in (a, b):
            with open_picture(path) as picture:
                picture.draft("RGB", (2 * THUMB, 2 * THUMB))
                small.append(
                    np.asarray(picture.convert("RGB").resize((THUMB, THUMB), Image.Resampling.BOX), np.float32)
                )
        return float(np.abs(small[0] - small[1]).mean())
    except Exception:  # hostile files reach every corner of the decoders
        return 0.0


def _size(path: Path) -> tuple[int, int]:
    try:
        with open_picture(path) as picture:
            return picture.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return 0, 0
