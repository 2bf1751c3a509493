"""Write what the judge of a plugin measures on its embedded data, so that a run on it measures its samples only.

    python benchmarks/keep_judged.py RUN OUT

RUN is a run of the plugin on its embedded data with the settings that are usual there. OUT is the file that ``Judge.kept``
names. A changed judge, embedded set or held-out share makes the file worthless, but never wrong: see artgen.judge.kept.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

import artgen
from artgen.judge.judging import judge_of
from artgen.judge.kept import KnownReals
from artgen.judge.real_items import reals_of
from artgen.judge.reference_sets import Meter
from artgen.runtime.distributed import World


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    run = artgen.load(options.run, "cpu")
    judge = judge_of(run.host, run.config, run.model)
    known = KnownReals(run.model, judge, reals_of(run.host, run.config, None, None), judge.count, World())
    known.measure(Meter())
    known.write(options.out, torch.float16)
    print(f"{options.out}: {options.out.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
