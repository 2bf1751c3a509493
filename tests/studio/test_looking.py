"""Promise: what a training would do is said soon: files are looked through without what only a training needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

LOOK = """
import json, sys
from artgen.studio.about import look
found = look({"plugin": sys.argv[1], "folder": sys.argv[2], "task": sys.argv[3]})
print(json.dumps([found["items"], sorted({"torch", "librosa", "matplotlib"} & set(sys.modules))]))
"""


def test_pictures_are_looked_through_without_torch(tmp_path: Path) -> None:
    for number in range(9):
        picture = np.random.default_rng(number).integers(0, 255, (80, 90, 3), np.uint8)
        Image.fromarray(picture).save(tmp_path / f"{number}.png")
    words = [sys.executable, "-c", LOOK, "image", str(tmp_path), "generate"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[9, []]", done.stderr
