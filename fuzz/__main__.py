"""``python -m fuzz [TARGET...] [--seconds 60] [--seed 0]``: fuzz for a while; findings are written to ``fuzz/findings``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from fuzz.run import fuzz
from fuzz.targets import TARGETS


def main() -> int:
    """The number of findings, at most 100, as the exit code."""
    parser = argparse.ArgumentParser(prog="python -m fuzz")
    parser.add_argument("targets", nargs="*", choices=[[], *TARGETS], metavar="TARGET", default=[])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    words = parser.parse_args()
    folder, total = Path(__file__).parent / "findings", 0
    for name in words.targets or TARGETS:
        count, found = fuzz(name, 10**9, words.seed, words.seconds)
        print(f"{name}: {count} inputs, {len(found)} findings")
        for finding in found:
            folder.mkdir(exist_ok=True)
            path = folder / f"{name}-{words.seed}-{finding.number}{finding.suffix}"
            path.write_bytes(finding.data)
            print(f"  {path.name}: {finding.what[:200]}")
        total += len(found)
    return min(total, 100)


if __name__ == "__main__":
    sys.exit(main())
