"""Copy the embedded films so that each class is shown about as often: ``python plugins/video/tools/balance.py OUT``, then
``artgen run --plugin video --data OUT --set holdout=0``.

Of the embedded films a fifth are animals, and a training that takes them as they are learns animals a fifth of the time. What a
run with its usual settings holds out is left out, so that start weights can be judged by it.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import numpy as np

from artgen.contract.settings import TrainConfig
from artgen.data.scan import scan
from artgen.data.store import Store
from artgen.types import RawItem
from artgen_video.config import VideoConfig
from artgen_video.plugin import artgen_domain
from artgen_video.prepare import Film, films, prepare

SIZE = 16  # of the clips that are prepared to see what is held out, which the size of their frames does not change


def balance(out: Path) -> None:
    """Write the films to a new folder ``out``/CLASS, those of each class so many times that it is about as large as the largest.
    Raises FileExistsError where ``out`` exists."""
    kept = trained()
    most = max(map(len, kept.values()))
    out.mkdir(parents=True)
    for label, found in kept.items():
        (out / label).mkdir()
        for number in range(round(most / len(found))):
            for file in found:  # whatever stands behind __ in a name stays behind it: looks of one motif
                shutil.copy(file, out / label / f"{number}_{file.name}")


def trained() -> dict[str, list[Path]]:
    """The embedded films of each class that a run with its usual settings does not hold out."""
    domain = artgen_domain()
    assert domain.embedded is not None
    source = scan(domain.embedded, domain.suffixes)
    items = [item for item in prepare(source, VideoConfig(size=SIZE)) if isinstance(item, RawItem)]
    label_index = np.array([source.labels.index(str(item.label)) for item in items])
    numbers: dict[str, int] = {}
    origin_index = np.array([numbers.setdefault(item.origin, len(numbers)) for item in items])
    _, held = Store(label_index, source.labels, label_index, origin_index, ()).split(TrainConfig().holdout)
    away = {items[number].origin for number in held}
    found: dict[str, list[Path]] = {label: [] for label in source.labels}
    for film in films(source, VideoConfig(size=SIZE)):
        if isinstance(film, Film) and film.origin not in away:
            found[str(film.label)].extend(film.paths)
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    balance(parser.parse_args().out)
