"""What any picture, film or sound has: color, looks, attributes, heat maps.

What computes with tensors is loaded when it is asked for: a plugin that only reads files does without torch, which takes seconds.
"""

from typing import TYPE_CHECKING, Any

from artgen.media.carried import CarriedSound
from artgen.media.containers import NoMediaError, open_media
from artgen.media.film_file import BT709, FilmFormat, container_options, film_codec, film_file, tag_colors
from artgen.media.sound import NoSoundError, Sound, open_sound
from artgen.media.structure import picture_trap
from artgen.media.titles import set_title

if TYPE_CHECKING:
    from artgen.media.color import (
        coded_to_bytes,
        colorfulness,
        in_mean_color,
        lab_to_rgb,
        lab_to_shown,
        rgb_to_coded,
        rgb_to_lab,
    )
    from artgen.media.looks import edges_kept, luma, match_histograms, plain_looks, structural_similarity

__all__ = [
    "BT709",
    "CarriedSound",
    "FilmFormat",
    "NoMediaError",
    "NoSoundError",
    "Sound",
    "coded_to_bytes",
    "colorfulness",
    "container_options",
    "edges_kept",
    "film_codec",
    "film_file",
    "in_mean_color",
    "lab_to_rgb",
    "lab_to_shown",
    "luma",
    "match_histograms",
    "open_media",
    "open_sound",
    "picture_trap",
    "plain_looks",
    "rgb_to_coded",
    "rgb_to_lab",
    "set_title",
    "structural_similarity",
    "tag_colors",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from artgen.media import color, looks

    return getattr(color if hasattr(color, name) else looks, name)
