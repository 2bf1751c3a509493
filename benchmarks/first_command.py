"""Where the time goes from a clone to the end of the first command of the README, as somebody meets it on a new machine.

``python benchmarks/first_command.py`` clones this repository into an empty folder, runs the command word by word with an empty
cache, and prints the seconds of each part; ``results/first_command.md`` has them. Needs git, and what pip downloads from.
"""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tables import table

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results" / "first_command.md"
WANTED = 300.0  # seconds in all


def main() -> None:
    """Clone, run, say."""
    with tempfile.TemporaryDirectory() as scratch:
        clone, cache = Path(scratch) / "artgen", Path(scratch) / "cache"
        subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
        readme = (clone / "README.md").read_text(encoding="utf-8")
        command = re.search(r"<!-- run -->\n```sh\n(.*?)\n```", readme, re.DOTALL)
        if command is None:
            sys.exit("README.md: the first command is not marked by <!-- run -->")
        whole = {**os.environ, "XDG_CACHE_HOME": str(cache)}
        environment = {name: value for name, value in whole.items() if name != "PYTHONPATH"}
        begun, rows = time.time(), []
        for part in command[1].split(" && "):
            before, spent = time.time(), _children()
            if part.startswith(".venv/bin/artgen run"):
                part += " --out first"
            subprocess.run(part, shell=True, check=True, cwd=clone, env=environment)
            rows.append([f"`{part}`", f"{time.time() - before:.0f} s", f"{_children() - spent:.0f} s"])
            last = before
        rows += [[f"… {what}", f"{moment - last:.0f} s", ""] for what, moment in _moments(clone / "first")]
        rows.append(["in all", f"{time.time() - begun:.0f} s (wanted: {WANTED:.0f} s)", ""])
        most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        lines = table(("part", "by the clock", "of a core"), rows)
        text = "\n".join([
            "# The first command of the README", "",
            f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, `python benchmarks/first_command.py`. Most memory of a "
            f"process: {most:.0f} MiB.", "", *lines, "",
        ])  # fmt: skip
        print(text)
        RESULTS.write_text(text, encoding="utf-8")


def _children() -> float:
    """Seconds of the processor of all that was run so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _moments(run: Path) -> list[tuple[str, float]]:
    """When things that a person waits for were there."""
    first = min(path.stat().st_mtime for path in (run / "samples").glob("0*/*.wav"))
    steps = [json.loads(line) for line in (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    trained = (run / "checkpoints" / "last.safetensors").stat().st_mtime
    return [
        ("of it, the first piece can be heard after", first),
        (f"of it, trained ({steps[-1]['seen']:,} slices) after", trained),
        ("of it, the last works and figures after", (run / "quality.json").stat().st_mtime),
    ]


if __name__ == "__main__":
    main()
