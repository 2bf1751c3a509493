"""Latent GAN against spectrogram GAN at equal wall-clock: ``python benchmarks/music_designs.py --budget 4m``.

Trains both one after the other with the same data, seed, budget and judge, and prints their figures beside the anchors. The runs
stay in ``--out`` to be listened to and looked at (report.html of each).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import artgen

MODELS = ("latent", "spectrogram")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--budget", default="4m")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("runs/music-designs"))
    words = parser.parse_args()
    figures: dict[str, dict[tuple[str, str], dict[str, float]]] = {}
    for model in MODELS:
        folder = words.out / model
        artgen.run("music", budget=words.budget, seed=words.seed, preset=model, out=folder)
        rows = json.loads((folder / "quality.json").read_text())["figures"]
        figures[model] = {(row["name"], row["label"] or "all"): row for row in rows}
        last = json.loads((folder / "metrics.jsonl").read_text().splitlines()[-1])
        print(f"{model}: {last['seen']} items in {last['seconds']:.0f} s")
    print(
        "\n| figure | class | real | " + " | ".join(MODELS) + " | noise |\n|---|---|---|" + "---|" * (len(MODELS) + 1)
    )
    for key, row in figures[MODELS[0]].items():
        values = " | ".join(f"{figures[m][key]['value']:.3g}" for m in MODELS)
        print(f"| {key[0]} | {key[1]} | {row['real']:.3g} | {values} | {row['noise']:.3g} |")


if __name__ == "__main__":
    main()
