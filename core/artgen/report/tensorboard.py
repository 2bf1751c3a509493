"""An observer that writes a run for TensorBoard: scalars and samples over the items seen."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

from artgen.contract.hookspecs import hookimpl
from artgen.contract.observer import RunInfo, Stats
from artgen.errors import PluginError

if TYPE_CHECKING:
    import numpy as np
    from torch.utils.tensorboard import SummaryWriter

_MOST = 8  # pictures and sounds of one snapshot


class TensorBoardLog:
    """Writes to ``tensorboard/`` in the run folder; torch and tensorboard are imported when a run starts."""

    def __init__(self) -> None:
        self._writer: SummaryWriter | None = None
        self._seen = 0

    @hookimpl
    def artgen_run_start(self, run: RunInfo) -> None:
        """Open the event file."""
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            raise PluginError("TensorBoard is not installed: pip install tensorboard") from None
        self._close()
        self._seen = 0
        with (
            _nameless_host(),
            contextlib.suppress(UnicodeEncodeError),
        ):  # its files cannot lie in a folder whose name is no UTF-8
            self._writer = SummaryWriter(run.folder / "tensorboard")

    @hookimpl
    def artgen_report(self, run: RunInfo, stats: Stats) -> None:
        """One scalar per figure."""
        self._seen = stats.seen
        if self._writer is not None:
            for name, value in stats.values.items():
                self._writer.add_scalar(name, value, stats.seen)
            self._writer.flush()

    @hookimpl
    def artgen_snapshot(self, run: RunInfo, paths: list[Path]) -> None:
        """PNG files as pictures, WAV files as sounds."""
        if self._writer is None:
            return
        for path in [path for path in paths if path.suffix.lower() == ".png"][:_MOST]:
            self._writer.add_image(f"samples/{path.stem}", _pixels(path), self._seen, dataformats="HWC")
        for path in [path for path in paths if path.suffix.lower() == ".wav"][:_MOST]:
            samples, rate = _samples(path)
            self._writer.add_audio(f"samples/{path.stem}", samples, self._seen, sample_rate=rate)
        self._writer.flush()

    @hookimpl
    def artgen_run_end(self, run: RunInfo, error: BaseException | None) -> None:
        """Close the event file."""
        self._close()

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None


@contextlib.contextmanager
def _nameless_host() -> Iterator[None]:
    """TensorBoard puts the name of the machine into the name of its file; ours would be shared with the run folder."""
    with mock.patch("socket.gethostname", return_value="artgen"):
        yield


def _pixels(path: Path) -> np.ndarray:
    """``[h, w, 3]`` uint8."""
    import numpy as np
    from PIL import Image

    with Image.open(path, formats=("PNG",)) as image:
        return np.asarray(image.convert("RGB"))


def _samples(path: Path) -> tuple[np.ndarray, int]:
    """``[1, n]`` in [-1, 1], channels mixed to one, and the rate."""
    import soundfile

    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return samples.mean(axis=1)[None].clip(-1, 1), rate
