"""Nothing grows without end: train for minutes and watch memory, open files and threads.

    python benchmarks/soak.py [--minutes 5] [--plugin image]

A run that reports, saves and shows samples at a pace at which a leak shows. Prints the figures of every tenth of the time and
what is higher in the last quarter than in the second; exit code 1 when something is.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import psutil

import artgen
from artgen.types import Stats

LIMITS = {"memory": 24.0, "files": 1.0, "threads": 0.0}  # MiB: the allocator's own play; a file that is being written
# small networks where those last; pictures take the default ones, from the weights that ship, at gentle rates: at 16 px with
# four to eight channels the samples of a class end alike after minutes, which the collapse watch rightly says
SMALL = {"image": ("lr_g=2e-4", "lr_d=2e-4"),
         "music": ("seconds=1.0", "components=16", "latent=8", "style=8", "generator_widths=[8, 8, 8]",
                   "discriminator_widths=[8, 8, 8]"),
         "video": ("size=16", "frames=4", "train_crop=4", "latent=8", "style=8", "motion=4", "widths=[8, 8]")}  # fmt: skip
# sixteen items a step: among the few of a class in a smaller one chance alone looks like a collapse now and then
BUSY = ("batch=16", "report_seconds=0.2", "snapshot_seconds=0.5", "checkpoint_seconds=0.2")


@dataclass(frozen=True)
class Moment:
    """Seconds of training, resident memory in MiB without the pages of files (the data is mapped, page by page as it is seen,
    and the system takes them back), open file descriptors, threads."""

    seconds: float
    memory: float
    files: float
    threads: float


@dataclass
class Watch:
    """The progress of a run: takes a Moment at every report."""

    moments: list[Moment] = field(default_factory=list)

    def update(self, stats: Stats) -> None:
        process = psutil.Process()
        found = process.memory_info()
        memory = (found.rss - getattr(found, "shared", 0)) / 2**20
        self.moments.append(Moment(stats.seconds, memory, process.num_fds(), process.num_threads()))

    def say(self, text: str) -> None:
        print(text, file=sys.stderr)


def grown(moments: list[Moment]) -> list[str]:
    """What is higher in the last quarter than in the second (the first is for warming up), in words. Medians, so that one
    moment in which a file is open does not count."""
    quarter = len(moments) // 4
    if not quarter:
        return ["too few moments were seen"]
    found = []
    for name, limit in LIMITS.items():
        before, after = (
            median(getattr(m, name) for m in part) for part in (moments[quarter : 2 * quarter], moments[-quarter:])
        )
        if after - before > limit:
            found.append(f"{name} grew from {before:.0f} to {after:.0f}")
    return found


def soak(plugin: str, seconds: float) -> tuple[list[Moment], int]:
    """One run of ``seconds``, watched; and how often it showed samples."""
    watch = Watch()
    with tempfile.TemporaryDirectory(prefix="artgen-soak-") as folder:
        out = Path(folder) / "run"
        artgen.run(plugin, out=out, budget=f"{seconds:g}s", sets=[*BUSY, *SMALL[plugin]], progress=watch)
        shown = len((out / "samples" / "index.jsonl").read_text().splitlines())
    return watch.moments, shown


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--plugin", default="image", choices=SMALL)
    words = parser.parse_args()
    moments, shown = soak(words.plugin, words.minutes * 60)
    print("| seconds | MiB | files | threads |\n|---|---|---|---|")
    for moment in moments[:: max(len(moments) // 10, 1)]:
        print(f"| {moment.seconds:.0f} | {moment.memory:.1f} | {moment.files} | {moment.threads} |")
    found = grown(moments)
    print(f"{words.plugin}: {len(moments)} reports, {shown} sets of samples; {'; '.join(found) or 'nothing grew'}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
