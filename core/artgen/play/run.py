"""A trained run, ready to play: sample, walk, apply, evaluate. ``load`` opens one from its folder or checkpoint."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from artgen import config as configs
from artgen.config import RunConfig
from artgen.errors import InputError, PluginError, StorageError
from artgen.host import Host, discover
from artgen.provenance.fingerprint import fingerprint
from artgen.provenance.label import labelled
from artgen.provenance.manifest import Signer
from artgen.runfolder import find_checkpoint
from artgen.sample.directions import Direction, load_directions, moved
from artgen.sample.model import Mix, Model, module
from artgen.sample.write import Sheet, write_samples
from artgen.train import checkpoint
from artgen.train.device import choose_device, use_cores
from artgen.train.outline import outline, played
from artgen.train.session import made_by
from artgen.train.world import World
from artgen.types import Ask, DataSpec, Sample

if TYPE_CHECKING:
    from artgen.sample.apply import Applied, Tell
    from artgen.sample.walk import Line
    from artgen.types import Writer


class Run:
    """A trained run, ready to play. ``folder``: the run folder or the checkpoint file. ``labels``: its classes. ``seen``:
    training items seen, in ``seconds`` of training. ``world``: the processes that share the work of ``sample`` and
    ``evaluate``. ``signer``: signs all that is written (C2PA)."""

    def __init__(self, folder: Path, host: Host, config: RunConfig, model: Model, seen: int, seconds: float,
                 world: World | None = None, signer: Signer | None = None) -> None:  # fmt: skip
        self.folder, self.config, self.host, self.model = folder, config, host, model
        self.seen, self.seconds, self.world, self.signer = seen, seconds, world or World(), signer
        model.generator.eval()

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes, in the order of the condition; empty when unconditional."""
        return self.model.spec.labels

    def sample(self, seeds: Iterable[int] = range(8), *, label: str | Mapping[str, float] | None = None,
               seconds: float | None = None, loop: bool = False, fps: float | None = None, truncation: float = 1.0,
               mix: Mix | None = None, moves: Mapping[str, float] | None = None, motion: int | None = None,
               mark: bool = True, out: str | Path | None = None) -> list[Sample]:  # fmt: skip
        """One Sample per seed; written as files into ``out`` when given. Several processes take turns with the seeds, and each
        gives back its own.

        ``label``: a class, or weights such as ``{"rock": 0.5, "classical": 0.5}``; None: classes take turns.
        ``seconds``, ``loop``, ``fps``: see Ask. ``truncation``: psi, 1 for full variety, towards 0 for the typical.
        ``mix``: some style layers take the style of another seed. ``moves``: standard deviations to go along named directions,
        which ``artgen explore`` finds. ``motion``: a seed whose motion all samples have. ``mark``: with the invisible mark.

        Raises InputError for an unknown label or direction, a seed outside [0, 2^63), ``seconds`` outside [0.5, 3600], ``fps``
        outside [1, 240], ``truncation`` outside [0, 2], or a wish that has no meaning for the domain; StorageError when
        ``out`` cannot be written.
        """
        self._offers("motion", motion)
        ask = replace(self._ask(seconds, fps, loop, truncation), motion=motion)
        known = self.directions() if moves else []
        edit = (lambda latent: moved(latent, moves, known)) if moves else None
        world, every = self.world, list(seeds)
        made = self.model.samples(every[world.rank :: world.size], _weights(label), ask, truncation, mix, edit)
        if out is None:
            return list(made)
        kept: list[Sample] = []

        def collect(mine: list[Sample]) -> list[Sample]:
            return self._together(mine, every, _weights(label), ask)

        notes = self.notes()
        where = Sheet(Path(out), Path(out), self.writer(mark), notes)
        self.host.blame("artgen_writer", lambda: write_samples(where, (kept.append(s) or s for s in made), collect))
        return kept

    def _together(
        self, mine: list[Sample], seeds: list[int], weights: dict[str, float] | None, ask: Ask
    ) -> list[Sample]:
        """The samples of all processes in the order of ``seeds``, on the first; none on the others."""
        world = self.world
        if world.size == 1:
            return mine
        shown = mine or list(self.model.samples(seeds[:1], weights, ask))  # who has none shows its shape
        parts = world.gather(torch.from_numpy(np.stack([sample.data for sample in shown]))[: len(mine)])
        if not world.first:
            return []
        labels = ["+".join(self.model.shares(seed, weights)) or None for seed in seeds]
        return [
            Sample(parts[n % world.size][n // world.size].numpy(), seed, labels[n], ask) for n, seed in enumerate(seeds)
        ]

    def discriminator(self) -> nn.Module | None:
        """The discriminator of this run's checkpoint, without gradients; None where the task has none."""
        path = find_checkpoint(self.folder)
        network = self.host.networks(self.config.domain, self.model.spec).discriminator
        if network is None:
            return None
        own = network.state_dict()
        tensors = checkpoint.load(path, {f"discriminator.{name}": tensor for name, tensor in own.items()})
        network.load_state_dict({name: tensors[f"discriminator.{name}"] for name in own})
        if hasattr(network, "set_progress"):
            network.set_progress(checkpoint.read_header(path).state.get("progress", 1.0))  # type: ignore[operator]
        return network.to(self.model.device).eval().requires_grad_(False)

    def directions(self) -> list[Direction]:
        """The named directions that were found for this run; none before ``artgen explore``."""
        return load_directions(self.folder if self.folder.is_dir() else self.folder.parent, self.fingerprint())

    def fingerprint(self) -> str:
        """Hash of the generator's weights: what directions and labels refer to."""
        return fingerprint(self.model.generator)

    def soundtrack(self, source: str | Path, out: str | Path, seeds: Iterable[int] = (0,), *,
                   label: str | Mapping[str, float] | None = None, seconds: float | None = None,
                   fps: float | None = None, truncation: float = 1.0, mark: bool = True) -> list[Path]:  # fmt: skip
        """Films with sound into the folder ``out``, one for each seed, whose motion follows the onsets and the loudness of
        ``source``: a sound file, or a run that makes sound, which then gives each film a piece of its own. The films."""
        from artgen.sample.soundtrack import films

        self._offers("soundtrack", None if "moments" in self.host.domain.sampling else source)
        ask = self._ask(seconds, fps, False, truncation)
        return films(self, Path(source), Path(out), list(seeds), _weights(label), ask, truncation, mark)

    def walk(self, seeds: Iterable[int], out: str | Path, *, steps: int | None = None, loop: bool = False,
             ease: bool = True, label: str | Mapping[str, float] | None = None, seconds: float | None = None,
             fps: float | None = None, truncation: float = 1.0, mark: bool = True, projected: Sequence[str] = (),
             line: Line | None = None) -> list[Path]:  # fmt: skip
        """Write a walk through the latent space into the folder ``out``: ``steps`` samples from each seed to the next, then to
        the works of one's own that are kept under the names ``projected``, and back to the first with ``loop``. ``fps``: samples
        a second. ``line``: see Walk. The paths written, the work itself first.

        Raises InputError where the domain cannot show a walk."""
        from artgen.play.projections import kept_stops
        from artgen.sample.walk import Walk, seed_stops, stem_of, walk
        from artgen.types import WalkWriter

        about = self.notes()
        writer = self.writer(mark)
        if not isinstance(writer, WalkWriter):
            raise InputError(
                f"artgen walk: {self.host.domain.name} has no way to show a walk: its writer has no method walk"
            )
        if fps is not None and not 1 <= fps <= 240:
            raise InputError(f"--fps {fps}: give 1 to 240")
        ask = self._ask(seconds, None, False, truncation)
        stops = [*seed_stops(self.model, list(seeds), _weights(label), truncation), *kept_stops(self, projected)]
        plan = Walk(tuple(stop.name for stop in stops), steps if steps is not None else writer.steps, loop, ease, line)
        folder = Path(out)
        notes = {**about, "seed": " to ".join(plan.stops)}
        made = walk(self.model, plan, stops, ask)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            return self.host.blame("artgen_writer", lambda: writer.walk(made, folder / stem_of(plan.stops), fps, notes))
        except OSError as error:
            raise StorageError(f"{folder}: cannot be written ({error.strerror or error})") from None

    def apply(self, paths: Iterable[str | Path], out: str | Path, tell: Tell | None = None) -> Applied:
        """Send a person's own files (or all files of folders) through the run and write the results into the folder ``out``,
        with a sheet that shows source and result side by side. Results that are there already are left as they are.
        ``tell(done, count, name)`` hears of every file."""
        from artgen.sample.apply import Applier, sources

        found = sources([Path(path) for path in paths], self.host.domain.suffixes)
        return Applier(self.host, self.config, self.model, self.notes(), self.signer).apply(found, Path(out), tell)

    def evaluate(self, *, data: str | Path | None = None, against: str | Path | None = None,
                 count: int | None = None, features: str | None = None, download: bool = False,
                 out: str | Path | None = None, style: str | Path | None = None) -> dict[str, Any]:  # fmt: skip
        """Quality figures of this run, each with its anchors, as a JSON-ready mapping.

        ``data``: the training folder, needed when its prepared form is no longer in the cache. ``against``: judge by another
        folder. ``count``: samples a class. ``features``: ``"inception"`` (with ``download``) or an own .onnx or TorchScript
        file instead of the domain's. ``out``: PNG of the samples nearest to a training item, each before that item. ``style``: of
        a run of the task style, when its prepared form is no longer in the cache."""
        from artgen.judge.features import named_features
        from artgen.judge.runs import judge_of, judge_run, nearest_sheet, reals_of, style_of

        chosen = named_features(features, download) if features else None
        judge = judge_of(self.host, self.config, self.model, chosen)
        reals = reals_of(self.host, self.config, data, against)
        figures, found = judge_run(
            self.model, judge, reals, count, style_of(self.host, self.config, to_path(style)), self.world
        )
        if out is not None and found is not None and self.world.first:
            nearest_sheet(self.model, reals, found, count or judge.count, self.writer(), Path(out), self.host.blame)
        return figures

    def writer(self, mark: bool = True) -> Writer:
        """The domain's writer for the settings of this run, which labels what it writes. ``mark``: also invisibly."""
        return labelled(self.host.writer(self.config.domain), self.notes(), mark, self.signer)

    def notes(self) -> dict[str, str]:
        """What every file made by this run says about itself."""
        return made_by(self.host, self.seen, self.fingerprint())

    def _ask(self, seconds: float | None, fps: float | None, loop: bool, truncation: float) -> Ask:
        self._check(seconds, fps, loop, truncation)
        usual = self.host.domain.ask
        return Ask(seconds if seconds is not None else usual.seconds, loop, fps if fps is not None else usual.fps)

    def _offers(self, name: str, value: object) -> None:
        if value is not None and name not in self.host.domain.sampling:
            raise InputError(f"--{name}: has no meaning for {self.host.domain.name}")

    def _check(self, seconds: float | None, fps: float | None, loop: bool, truncation: float) -> None:
        wanted = (("seconds", seconds), ("fps", fps), ("loop", loop or None))
        for name, value in wanted:
            self._offers(name, value)
        if seconds is not None and not 0.5 <= seconds <= 3600:
            raise InputError(f"--seconds {seconds}: give 0.5 to 3600")
        if fps is not None and not 1 <= fps <= 240:
            raise InputError(f"--fps {fps}: give 1 to 240")
        if not 0 <= truncation <= 2:
            raise InputError(f"--truncation {truncation}: give 0 to 2")


def load(path: str | Path, device: str = "auto", world: World | None = None, c2pa: bool = False,
         settings: Mapping[str, Any] | None = None) -> Run:  # fmt: skip
    """Open a run folder or a checkpoint file on ``device`` (auto, cpu, cuda, cuda:1, mps), ready to play; ``world``: the
    processes that share its work. ``c2pa``: whatever it writes carries a signed C2PA manifest (needs ``artgen[provenance]``).
    ``settings``: other values of settings that concern only what is written, such as ``{"enlarge": 4}``.

    Raises InputError for anything else, without running any of its content, and PluginError when the plugin that made it is
    missing or broken."""
    signer = Signer() if c2pa else None
    file = find_checkpoint(Path(path))
    header = checkpoint.read_header(file)
    use_cores()
    where = choose_device(device, world.local if world else 0)
    if header.plugin not in {found.name for found in discover()}:
        raise PluginError(f"{file}: made by plugin {header.plugin} of {header.distribution}, which is not installed")
    host = Host(header.plugin)
    config = configs.played_with(configs.parse(host.domain, header.config), host.domain, settings or {})
    tensors = checkpoint.load(file, outline(host, config, file))  # compared and bounded before a network is allocated
    spec = DataSpec(header.shape, header.labels)
    torch.manual_seed(0)
    codec = host.codec(config.domain)
    nets = host.networks(config.domain, spec)
    for name, mine in played(nets, codec).items():
        mine.copy_(tensors[name])
    for part in (nets.generator, module(codec)):
        part.to(where).eval().requires_grad_(False)
    progress = header.state.get("progress", 1.0)
    if hasattr(nets.generator, "set_progress"):
        nets.generator.set_progress(progress)  # type: ignore[operator]
    model = Model(nets.generator, codec, spec, nets.latent, where, nets.given, nets.window)
    state = header.state
    return Run(
        Path(path), host, config, model, int(state.get("seen", 0)), float(state.get("seconds", 0.0)), world, signer
    )


def to_path(value: str | Path | None) -> Path | None:
    """A path, or None."""
    return None if value is None else Path(value)


def _weights(label: str | Mapping[str, float] | None) -> dict[str, float] | None:
    """Class weights of what a person names a class by."""
    return {label: 1.0} if isinstance(label, str) else dict(label) if label else None
