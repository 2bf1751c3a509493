from pathlib import Path

import av
import numpy as np
import pytest

from artgen_film_sink.sink import film


def test_frames_become_a_film(tmp_path: Path) -> None:
    sink = film(str(tmp_path / "show.mp4"))
    for size, count in ((33, 5), (64, 3)):
        sink.open(size, size, 30.0, "mine")
        for number in range(count):
            sink.send(np.full((size, size, 3), number * 40, np.uint8))
        sink.close()
    for name, size, count in (("show.mp4", 32, 5), ("show-2.mp4", 64, 3)):
        with av.open(str(tmp_path / name)) as opened:
            frames = [frame.to_ndarray(format="rgb24") for frame in opened.decode(video=0)]
        assert [frame.shape for frame in frames] == [(size, size, 3)] * count
        assert frames[0].mean() < frames[-1].mean()


def test_no_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "mine.mp4").write_text("of mine")
    for words in ("", str(tmp_path / "mine.mp4")):
        with pytest.raises(ValueError, match="give a"):
            film(words)
