"""Are collapses found and healthy trainings left alone? Ten forced collapses and ten healthy trainings, as a table.

    python benchmarks/collapse.py [--healthy 40]

Each of ten trainings (four of pictures, three of music, three of films; small networks, embedded data) is first watched while
it is healthy, then broken: by a latent that no longer varies (odd seeds) or by
learning rates a hundred times too high (even seeds).
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from artgen.data.scan import scan
from artgen.data.store import Store, cache_folder, fingerprint, open_store, write_store
from artgen.host import Host
from artgen.host.resolve import resolve
from artgen.train.collapse import REPORTS, CollapseWatch
from artgen.train.trainer import Trainer
from artgen.types import Noise

EVERY = 4  # steps between two reports
TOTAL = 400  # steps of the budget that the schedules go by
SETS = {
    "image": ("batch=16", "size=16", "base_channels=8", "max_channels=16"),
    "music": ("batch=8", "seconds=1.0", "components=16", "latent=8", "style=8", "generator_widths=[16, 16, 8]",
              "discriminator_widths=[8, 8, 16]"),
    "video": ("batch=8", "size=16", "frames=4", "train_crop=4", "latent=8", "style=8", "motion=4", "widths=[16, 8]"),
}  # fmt: skip
RUNS = [("image", 0), ("image", 1), ("image", 2), ("image", 3), ("music", 4), ("music", 5), ("music", 6), ("video", 7),
        ("video", 8), ("video", 9)]  # fmt: skip


@dataclass(frozen=True)
class Row:
    """``flagged``: the report at which the healthy training was flagged, counted from 1. ``found``: the one at which the forced
    collapse was found."""

    plugin: str
    seed: int
    how: str
    healthy: int
    flagged: int | None
    found: int | None


class Still:
    """Noise that are the same for every item of a batch."""

    def __init__(self, noise: Noise) -> None:
        self._draws = noise
        self.batch = noise.batch

    def normal(self, *shape: int) -> Tensor:
        return self._draws.normal(*shape)[:1].expand(self.batch, *shape)


def watched(trainer: Trainer, watch: CollapseWatch, reports: int, total: int = TOTAL) -> int | None:
    """The report, counted from 1, in which a guard spoke; None for none."""
    for report in range(1, reports + 1):
        for _ in range(EVERY):
            trainer.state.progress = min(trainer.state.steps / total, 1.0)
            trainer.step()
        figures, rollback = trainer.read_figures()
        if watch.look(figures) or rollback:  # exploding gradients are another guard's to find
            return report
    return None


def collapse(trainer: Trainer, how: str) -> None:
    """Break a training: its rates a hundred times too high, or its latent constant."""
    if how == "rates x 100":
        trainer.state.lr_scale = 100.0
        return
    generator = trainer.networks.generator
    real = generator.forward
    generator.forward = lambda z, condition, noise, *options: real(
        z[:1].expand_as(z), condition, Still(noise), *options
    )


def store_of(host: Host, plugin: str) -> Store:
    config = resolve(host.domain, {"plugin": plugin}, sets=SETS[plugin])
    assert host.domain.embedded is not None
    source = scan(host.domain.embedded, host.domain.suffixes)
    source = replace(source, files=source.files[:: max(1, len(source.files) // 60)])
    folder = cache_folder() / fingerprint(source, config.domain, str(host.found))
    return open_store(folder) or write_store(folder, host.prepare(source, config.domain), source.labels)


def rows(healthy: int) -> Iterator[Row]:
    for plugin, seed in RUNS:
        host = Host(plugin)
        config = resolve(host.domain, {"plugin": plugin, "seed": seed}, sets=SETS[plugin])
        trainer = Trainer(host, config, store_of(host, plugin), torch.device("cpu"))
        watch = CollapseWatch(config.train.loss)
        how = "latent constant" if seed % 2 else "rates x 100"
        flagged = watched(trainer, watch, healthy)
        collapse(trainer, how)
        yield Row(plugin, seed, how, healthy, flagged, watched(trainer, watch, 6))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--healthy", type=int, default=40, help="reports of healthy training before it is broken")
    words = parser.parse_args()
    start = time.monotonic()
    print("plugin seed  broken by         healthy reports  flagged  found in report")
    done: list[Row] = []
    for row in rows(words.healthy):
        done.append(row)
        print(f"{row.plugin:6} {row.seed:4}  {row.how:16}  {row.healthy:15} {row.flagged or 'no':>7}  {row.found or 'never':>15}",
              flush=True)  # fmt: skip
    soon = sum(row.found is not None and row.found <= REPORTS for row in done)
    flagged = sum(row.flagged is not None for row in done)
    print(f"{soon} of {len(done)} found within {REPORTS} reports, {flagged} of {len(done)} healthy flagged, "
          f"{time.monotonic() - start:.0f} s")  # fmt: skip
    return 0 if flagged == 0 and all(row.found for row in done) else 1


if __name__ == "__main__":
    sys.exit(main())
