"""A trained run, opened: what every verb is a function of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from artgen.contract.data import DataSpec
from artgen.contract.networks import Growing
from artgen.contract.options import SampleOptions
from artgen.contract.settings import RunConfig
from artgen.contract.writer import Sample, Writer
from artgen.data.names import same
from artgen.errors import InputError, PluginError
from artgen.host import Host, discover
from artgen.host.resolve import parse, played_with
from artgen.inference.directions import Direction, load_directions
from artgen.inference.expected_tensors import expected_tensors, played
from artgen.inference.model import Model, module
from artgen.provenance.fingerprint import fingerprint
from artgen.provenance.label import labelled
from artgen.provenance.manifest import Signer
from artgen.runfolder import checkpoint
from artgen.runfolder.fetch import local_run
from artgen.runfolder.locate import find_checkpoint
from artgen.runfolder.metadata import made_by
from artgen.runtime.device import choose_device, use_cores
from artgen.runtime.distributed import World


class LoadedRun:
    """A run that is ready to play.

    - ``folder``: the run folder or the checkpoint file.
    - ``seen``: training items seen, in ``seconds`` of training.
    - ``world``: the processes that share the work of ``sample`` and ``evaluate``.
    - ``signer``: signs all that is written (C2PA).
    """

    def __init__(self, folder: Path, host: Host, config: RunConfig, model: Model, seen: int, seconds: float,
                 world: World | None = None, signer: Signer | None = None) -> None:  # fmt: skip
        self.folder, self.config, self.host, self.model = folder, config, host, model
        self.seen, self.seconds, self.world, self.signer = seen, seconds, world or World(), signer
        model.generator.eval()

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes, in the order of the condition; empty when unconditional."""
        return self.model.spec.labels

    @property
    def home(self) -> Path:
        """The run folder; where a checkpoint was opened, the folder that it lies in."""
        return self.folder if self.folder.is_dir() else self.folder.parent

    def needs_folder(self, command: str, what: str) -> None:
        """Raises InputError where a checkpoint was opened and ``command`` keeps ``what`` in the run folder."""
        if not self.folder.is_dir():
            why = f"is a checkpoint; give a run folder, {what} kept there"
            raise InputError(why, at=f"artgen {command}", value=self.folder)

    def fingerprint(self) -> str:
        """Hash of the generator's weights: what directions and labels refer to."""
        return fingerprint(self.model.generator)

    def directions(self) -> list[Direction]:
        """The named directions that were found for this run; none before ``artgen explore``."""
        return load_directions(self.home, self.fingerprint(), self.model.latent_size)

    def current_directions(self) -> list[Direction]:
        """The same; none where those of the folder belong to an earlier state of the run."""
        try:
            return self.directions()
        except InputError:
            return []

    def discriminator(self) -> nn.Module | None:
        """The discriminator of this run's checkpoint, without gradients; None where the task has none."""
        path = find_checkpoint(self.folder)
        network = self.host.networks(self.config.domain, self.model.spec).discriminator
        if network is None:
            return None
        own = network.state_dict()
        tensors = checkpoint.load(path, {f"discriminator.{name}": tensor for name, tensor in own.items()})
        network.load_state_dict({name: tensors[f"discriminator.{name}"] for name in own})
        if isinstance(network, Growing):
            network.set_progress(checkpoint.read_header(path).state.get("progress", 1.0))
        return network.to(self.model.device).eval().requires_grad_(False)

    def writer(self, mark: bool = True) -> Writer:
        """The domain's writer for the settings of this run, which labels what it writes. ``mark``: also invisibly."""
        return labelled(self.host.writer(self.config.domain), self.metadata(), mark, self.signer)

    def metadata(self, remark: str = "") -> dict[str, str]:
        """What every file made by this run says about itself. ``remark``: added to its comment."""
        about = made_by(self.host, self.seen, self.fingerprint())
        return {**about, "comment": f"{about['comment']}, {remark}"} if remark else about

    def options(self, seconds: float | None = None, fps: float | None = None, loop: bool = False,
                motion: int | None = None, as_trained: bool = False) -> SampleOptions:  # fmt: skip
        """What is asked of a sample, the domain's usual values where nothing is said. ``as_trained``: the trained
        length instead, for which the noise of a projected work was found. Raises InputError for a wish that has no
        meaning for the domain, ``seconds`` outside [0.5, 3600] and ``fps`` outside [1, 240]."""
        for name, value in (("seconds", seconds), ("fps", fps), ("loop", loop or None), ("motion", motion)):
            self.offers(name, value)
        if seconds is not None and not 0.5 <= seconds <= 3600:
            raise InputError("give 0.5 to 3600", at="--seconds", value=seconds)
        check_fps(fps)
        usual = self.host.domain.options
        length = seconds if seconds is not None or as_trained else usual.seconds
        return SampleOptions(length, loop, fps if fps is not None else usual.fps, motion)

    @property
    def usual_fps(self) -> float:
        """Frames a second of its films where nobody asks for another number: those of the domain, of the settings, else 12."""
        own = getattr(self.config.domain, "fps", None)
        return float(self.host.domain.options.fps or (own if isinstance(own, int | float) else 12))

    def heard(self, sample: Sample) -> Sample:
        """A sample that knows how fast its sound goes, so that a notebook can play it."""
        return replace(sample, rate=self.host.domain.rate) if self.host.domain.rate else sample

    def offers(self, name: str, value: object) -> None:
        """Raises InputError where ``value`` is given and the domain has no meaning for the option ``name``."""
        if value is not None and name not in self.host.domain.sampling:
            plugin = self.host.domain.name
            page = f"{name.replace('_', ' ')} has no meaning for {plugin}"
            raise InputError(f"has no meaning for {plugin}; leave it out", at=f"--{name}", page=page)


def check_fps(fps: float | None) -> None:
    """Raises InputError for a number of frames a second outside [1, 240]."""
    if fps is not None and not 1 <= fps <= 240:
        raise InputError("give 1 to 240", at="--fps", value=fps)


def check_truncation(truncation: float) -> None:
    """Raises InputError for a truncation outside [0, 2]."""
    if not 0 <= truncation <= 2:
        raise InputError("give 0 to 2", at="--truncation", value=truncation)


def class_weights(label: str | Mapping[str, float] | None, labels: tuple[str, ...]) -> dict[str, float] | None:
    """Class weights of what a person names a class by, under the names that the run has for them; None: classes take turns."""
    given = {label: 1.0} if isinstance(label, str) else dict(label) if label else None
    return None if given is None else {same(name, labels) or name: share for name, share in given.items()}


def open_run(path: Path, device: str = "auto", world: World | None = None, c2pa: bool = False,
             settings: Mapping[str, Any] | None = None) -> LoadedRun:  # fmt: skip
    """Open a run folder, a checkpoint file or a card elsewhere; see ``artgen.load``."""
    path = local_run(path)
    signer = Signer() if c2pa else None
    file = find_checkpoint(path)
    header = checkpoint.read_header(file)
    use_cores()
    where = choose_device(device, world.local if world else 0)
    if header.plugin not in {found.name for found in discover()}:
        raise PluginError(
            f"made by plugin {header.plugin} of {header.distribution}, which is not installed", value=file
        )
    host = Host(header.plugin)
    config = played_with(parse(host.domain, header.config), host.domain, _found(settings or {}))
    tensors = checkpoint.load(file, expected_tensors(host, config, file))  # compared before a network is allocated
    model = _model(host, config, DataSpec(header.shape, header.labels), tensors, where)
    if isinstance(model.generator, Growing):
        model.generator.set_progress(header.state.get("progress", 1.0))
    state = header.state
    return LoadedRun(
        path, host, config, model, int(state.get("seen", 0)), float(state.get("seconds", 0.0)), world, signer
    )


def _found(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """The settings with a run that is named as ``enlarger`` replaced by its checkpoint, which draws alone, at full size, where
    nothing else is said. Raises InputError for a run of another task."""
    if not settings.get("enlarger"):
        return settings
    file = find_checkpoint(Path(settings["enlarger"]))
    task = checkpoint.read_header(file).config.get("run", {}).get("task")
    if task != "enlarge":
        raise InputError(
            f"a run of the task {task}; train one of the task enlarge", at="--enlarger", value=settings["enlarger"]
        )
    said = {name: value for name, value in settings.items() if value is not None}
    return {"enlarge": 4, "enlarge_strength": 1.0, **said, "enlarger": str(file.resolve())}


def _model(
    host: Host, config: RunConfig, spec: DataSpec, tensors: Mapping[str, torch.Tensor], device: torch.device
) -> Model:
    """The averaged generator and the codec with the values of ``tensors``."""
    torch.manual_seed(0)
    codec = host.codec(config.domain)
    nets = host.networks(config.domain, spec)
    for name, mine in played(nets, codec).items():
        mine.copy_(tensors[name])
    for part in (nets.generator, module(codec)):
        part.to(device).eval().requires_grad_(False)
    return Model(
        nets.generator, codec, spec, nets.latent, device, nets.source_channels, nets.window, nets.feature_sources
    )
