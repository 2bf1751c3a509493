"""The settings of a run: frozen pydantic models, filled from defaults <- domain <- preset <- config file <- ``--set``.

Parsed once at the edge; inside artgen there are no loose dicts. The same models give the help, the TOML file of the
run folder and the JSON in a checkpoint.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError

from artgen.errors import InputError, nearest
from artgen.types import GIVEN, Domain, Task

Share = Annotated[float, Field(ge=0, le=1)]
Loss = Literal["relativistic", "hinge", "non-saturating", "minimax", "least-squares", "wgan-gp"]
Penalty = Literal["exact", "lazy", "first-order", "none"]


class Frozen(BaseModel):
    """Immutable, strict about unknown keys, and free of NaN and infinity."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class DomainConfig(Frozen):
    """Base of a plugin's own settings. ``prepare_fields`` names those that change the prepared data; None: all do."""

    prepare_fields: ClassVar[tuple[str, ...] | None] = None
    _task: Task = PrivateAttr("generate")

    @property
    def task(self) -> Task:
        """The task of the run that these settings belong to; a plugin prepares and builds what it needs."""
        return self._task

    def for_task(self, task: Task) -> Self:
        """The same settings for a run of ``task``."""
        own = self.model_copy()
        own._task = task
        return own

    def prepared_by(self) -> dict[str, Any]:
        """The settings on which the prepared data depends, as plain values."""
        fields = self.model_dump(mode="json", include=None if self.prepare_fields is None else set(self.prepare_fields))
        return fields | ({"task": self.task} if self.task in GIVEN else {})


class TrainConfig(Frozen):
    """How the two networks are trained. Sizes of steps are per item seen, so that a batch size can be changed alone."""

    batch: int = Field(32, ge=2, le=65536, description="items per step, over all processes")
    loss: Loss = Field("relativistic", description="adversarial loss")
    lr_g: float = Field(1e-3, gt=0, le=1, description="learning rate of the generator")
    lr_d: float = Field(1e-3, gt=0, le=1, description="learning rate of the discriminator")
    beta1: float = Field(0.0, ge=0, lt=1, description="Adam: decay of the first moment")
    beta2: float = Field(0.99, ge=0, lt=1, description="Adam: decay of the second moment")
    warmup: float = Field(0.01, ge=0, lt=1, description="share of the budget over which the learning rates rise")
    decay_from: Share = Field(0.5, description="share of the budget after which the learning rates fall (cosine)")
    decay_to: float = Field(0.1, gt=0, le=1, description="share of the learning rates that is left at the end")
    d_steps: int = Field(1, ge=1, le=100, description="discriminator steps for each generator step")
    penalty: Penalty = Field("lazy", description="gradient penalty R1 + R2; lazy: every penalty_every steps")
    gamma: float = Field(1.0, ge=0, le=1e6, description="weight of the penalty at the start")
    gamma_end: float = Field(0.1, gt=0, le=10, description="share of gamma that is left at the end (cosine)")
    r2: bool = Field(True, description="penalise the gradient at fakes too")
    penalty_every: int = Field(4, ge=1, le=64, description="steps between two lazy penalties")
    kl_weight: float = Field(1.0, ge=0, le=1e6, description="reconstruct: weight of a VAE's KL divergence")
    l1_weight: float = Field(
        100.0, ge=0, le=1e6, description="translate, colorize: weight of the mean absolute difference to the target"
    )
    nce_weight: float = Field(10.0, ge=0, le=1e6, description="style: weight of keeping each patch recognisable")
    nce_identity: float = Field(
        0.0, ge=0, le=1e6, description="style: the same for works of the style, which should stay as they are"
    )
    nce_patches: int = Field(256, ge=2, le=4096, description="style: places of a feature map that are compared")
    nce_tau: float = Field(0.07, gt=0, le=10, description="style: temperature of that comparison")
    nce_flip: bool = Field(
        True, description="style: a mirrored source has to give the mirrored result (along the last axis)"
    )
    steady_weight: float = Field(
        0.0, ge=0, le=1e6, description="films: weight of changes in a result that its source does not have"
    )
    ema: Share = Field(0.05, description="half-life of the averaged generator, as a share of the items seen")
    clip_norm: float = Field(10.0, gt=0, le=1e9, description="largest norm of a gradient step")
    augment: Literal["off", "fixed", "adaptive"] = Field(
        "adaptive", description="augmentation before the discriminator"
    )
    augment_strength: Share = Field(0.2, description="probability of each augmentation: constant, or at the start")
    augment_target: float = Field(0.6, ge=-1, le=1, description="adaptive: wanted E[sign D(real)]")
    augment_max: Share = Field(
        0.8, description="adaptive: never more than this (above, augmentations leak into samples)"
    )
    augment_items: int = Field(100_000, ge=1, description="adaptive: items in which the strength may go from 0 to 1")
    freeze: tuple[str, ...] = Field(
        (), description="with --init: parts that are not trained, such as discriminator.trunk.levels.0"
    )
    holdout: float = Field(
        0.1, ge=0, le=0.5, description="share of the sources that is kept out of training, for judging"
    )
    mark: bool = Field(
        True, description="invisible mark in what a run and artgen apply write; they say so in metadata anyway"
    )
    c2pa: bool = Field(False, description="signed C2PA manifest in them too (needs artgen[provenance])")
    precision: Literal["auto", "float32", "tf32", "bf16"] = Field(
        "auto", description="auto: tf32 on CUDA, float32 on CPU"
    )
    compile: bool = Field(False, description="torch.compile the generator on CUDA")
    threads: int = Field(
        0, ge=0, le=1024, description="most threads of the training on a CPU; 0: as many as it has cores"
    )
    report_seconds: float = Field(2.0, gt=0, description="seconds between two reports")
    snapshot_seconds: float = Field(
        30.0, gt=0, description="seconds between two sets of samples; the first comes sooner"
    )
    checkpoint_seconds: float = Field(60.0, gt=0, description="seconds between two checkpoints")


class RunSection(Frozen):
    """What is trained on what."""

    plugin: str = Field(description="domain plugin")
    task: Task = Field("generate", description="what is learned")
    preset: str | None = Field(None, description="preset that the settings started from")
    seed: int = Field(0, ge=0, lt=2**63, description="seed of everything random")
    data: str = Field("embedded", description="name of the data folder, or 'embedded'")
    prepared: str = Field("", pattern="^[0-9a-f]*$", description="name of the prepared data in the cache")
    style: str | None = Field(None, description="style: name of the folder or file of the style, or 'embedded'")
    style_prepared: str = Field("", pattern="^[0-9a-f]*$", description="style: name of its prepared data in the cache")
    start: str | None = Field(
        None, description="what the networks started from: a run, or 'shipped' with the plugin; none: from nothing"
    )
    budget_seconds: float | None = Field(None, gt=0, description="budget by the clock, all resumes together")
    budget_items: int | None = Field(None, gt=0, description="budget by items seen, all resumes together")


class RunConfig(Frozen):
    """The whole resolved configuration. ``domain`` holds the plugin's own config class."""

    run: RunSection
    train: TrainConfig
    domain: DomainConfig

    def plain(self) -> dict[str, dict[str, Any]]:
        """Nested plain values that TOML and JSON can hold (None left out)."""
        return {
            "run": self.run.model_dump(mode="json", exclude_none=True),
            "train": self.train.model_dump(mode="json", exclude_none=True),
            "domain": self.domain.model_dump(mode="json", exclude_none=True),
        }


def domain_of(domain: Domain, task: str) -> Domain:
    """The domain as it is for ``--task``. Raises InputError naming the tasks where it does not offer this one."""
    if task not in domain.tasks:
        raise InputError(f"--task {task}: {domain.name} offers {', '.join(domain.tasks)}")
    return domain.of(task)


def resolve(
    domain: Domain,
    run: Mapping[str, Any],
    preset: str | None = None,
    config_file: Path | None = None,
    sets: Sequence[str] = (),
) -> RunConfig:
    """Build the config of a new run; later sources win.

    ``run``: fields of RunSection; ``sets``: ``key=value`` words, keys bare (``lr_g``) or dotted (``train.lr_g``).
    Raises InputError naming the key, the reason and the nearest known keys.
    """
    domain = domain.of(run.get("task", "generate"))
    sections: dict[str, dict[str, Any]] = {"train": dict(domain.train), "domain": {}}
    name = domain.preset if preset is None else preset
    if name is not None:
        _merge(sections, domain, read_toml(_preset_file(domain, name)), f"preset {name}")
    if config_file is not None:
        _merge(sections, domain, read_toml(config_file), str(config_file))
    for word in sets:
        key, sep, value = word.partition("=")
        if not sep:
            raise InputError(f"--set {word}: write it as key=value")
        _merge(sections, domain, _nest(key.strip(), _value(value)), f"--set {word}")
    return parse(domain, {"run": {**run, "preset": name}, **sections})


def parse(domain: Domain, sections: Mapping[str, Any]) -> RunConfig:
    """Validate nested plain values (a run folder's TOML, a checkpoint's JSON) against the domain's config class."""
    unknown = set(sections) - {"run", "train", "domain"}
    if unknown:
        raise InputError(
            f"unknown section [{min(unknown)}] in the config: {nearest(min(unknown), ['run', 'train', 'domain'])}"
        )
    try:
        run = RunSection.model_validate(sections.get("run", {}))
        return RunConfig(
            run=run,
            train=TrainConfig.model_validate(sections.get("train", {})),
            domain=domain.config.model_validate(sections.get("domain", {})).for_task(run.task),
        )
    except ValidationError as error:
        raise InputError(_explain(error, domain)) from None
    except RecursionError:
        raise InputError("the config is nested too deeply") from None


def played_with(config: RunConfig, domain: Domain, settings: Mapping[str, Any]) -> RunConfig:
    """The config of a trained run with other ``settings`` for what it writes; None: as the run has it. Raises InputError for one
    that the domain does not let be changed (see ``Domain.playing``), or a value that is not valid."""
    wanted = {name: value for name, value in settings.items() if value is not None}
    for name in wanted:
        if name not in domain.playing:
            raise InputError(f"--{name.replace('_', '-')}: has no meaning for {domain.name}")
    if not wanted:
        return config
    plain = config.plain()
    return parse(domain, {**plain, "domain": {**plain["domain"], **wanted}})


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file; InputError when it is missing, no regular file, too large (1 MiB), or not TOML."""
    try:
        if path.exists() and not path.is_file():  # a pipe would wait for its writer, a device has no end
            raise InputError(f"{path}: cannot be read (not a regular file)")
        if path.stat().st_size > 2**20:
            raise InputError(f"{path}: larger than 1 MiB, not a config file")
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not valid TOML ({error})") from None
    except RecursionError:
        raise InputError(f"{path}: nested too deeply") from None


def _preset_file(domain: Domain, name: str) -> Path:
    if name not in domain.presets:
        raise InputError(f"--preset {name}: {domain.name} has no such preset, {nearest(name, domain.presets)}")
    return domain.presets[name]


def _merge(sections: dict[str, dict[str, Any]], domain: Domain, update: Mapping[str, Any], where: str) -> None:
    for key, value in update.items():
        if key in sections and isinstance(value, Mapping):
            for inner, item in value.items():
                _place(sections, domain, f"{key}.{inner}", item, where)
        else:
            _place(sections, domain, key, value, where)


def _place(sections: dict[str, dict[str, Any]], domain: Domain, key: str, value: Any, where: str) -> None:
    fields = {"train": TrainConfig.model_fields, "domain": domain.config.model_fields}
    section, _, name = key.rpartition(".")
    homes = [s for s in fields if name in fields[s] and section in ("", s)]
    if not homes:
        names = [*fields["train"], *fields["domain"]]
        raise InputError(f"{where}: {domain.name} has no setting {key}, {nearest(name, names)}")
    if len(homes) > 1:
        raise InputError(f"{where}: both train.{name} and domain.{name} exist, write which one")
    sections[homes[0]][name] = value


def _nest(key: str, value: Any) -> dict[str, Any]:
    section, dot, name = key.partition(".")
    return {section: {name: value}} if dot else {key: value}


def _value(text: str) -> Any:
    """A TOML value where it is one (numbers, true, lists), else the text itself, so that names need no quotes."""
    try:
        return tomllib.loads(f"v = {text}")["v"]
    except (tomllib.TOMLDecodeError, RecursionError):
        return text.strip()


def _explain(error: ValidationError, domain: Domain) -> str:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    hint, reason = "", str(first["msg"]).removeprefix("Value error, ").replace("Input should", "should", 1)
    if first["type"] == "extra_forbidden":
        hint = ", " + nearest(name, [*TrainConfig.model_fields, *domain.config.model_fields])
    if first["type"] == "tuple_type":
        reason, hint = "should be a list", f"; write --set '{name.rpartition('.')[2]}={json.dumps([first['input']])}'"
    return f"setting {name} = {str(first['input'])[:60]}: {reason}{hint}"


def to_toml(sections: Mapping[str, Mapping[str, Any]]) -> str:
    """Nested plain values as TOML text (tables of scalars and lists, which is all that a config holds)."""
    import tomlkit

    return tomlkit.dumps(sections)
