"""The settings of a run as frozen pydantic models: the source of the help texts, of config.toml and of a checkpoint's JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from artgen.contract.task import TASKS, Task

Share = Annotated[float, Field(ge=0, le=1)]
Loss = Literal["relativistic", "hinge", "non-saturating", "minimax", "least-squares", "wgan-gp"]
Penalty = Literal["exact", "lazy", "first-order", "none"]
Updates = Literal["alternating", "simultaneous"]


class Frozen(BaseModel):
    """Immutable, strict about unknown keys, and free of NaN and infinity."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    old_names: ClassVar[Mapping[str, str]] = {}  # of fields, as older files have them, to those of today
    old_values: ClassVar[Mapping[str, Mapping[str, str]]] = {}  # of a field, likewise

    @model_validator(mode="before")
    @classmethod
    def _today(cls, values: Any) -> Any:
        return cls.renewed(values) if isinstance(values, Mapping) else values

    @classmethod
    def renewed(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """Plain values with the names of today."""
        named = {cls.old_names.get(name, name): value for name, value in values.items()}
        return {name: cls._renewed(name, value) for name, value in named.items()}

    @classmethod
    def _renewed(cls, name: str, value: Any) -> Any:
        words = cls.old_values.get(name, {})
        if isinstance(value, list | tuple):
            return [cls._renewed(name, item) for item in value]
        return words.get(value, value) if isinstance(value, str) else value


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
        return fields | ({"task": self.task} if TASKS[self.task].changes_works else {})


class TrainConfig(Frozen):
    """How the two networks are trained. Sizes of steps are per item seen, so that a batch size can be changed alone."""

    old_names = {"steady_weight": "flicker_weight"}
    # What suits the machine and says nothing of what is learned, so that a resumed run may have it otherwise
    machine_fields: ClassVar[tuple[str, ...]] = (
        *("threads", "compile", "report_seconds", "snapshot_seconds", "checkpoint_seconds"),
    )

    batch: int = Field(32, ge=2, le=65536, description="items per step, over all processes")
    loss: Loss = Field("relativistic", description="adversarial loss")
    lr_g: float = Field(1e-3, gt=0, le=1, description="learning rate of the generator")
    lr_d: float = Field(1e-3, gt=0, le=1, description="learning rate of the discriminator")
    beta1: float = Field(0.0, ge=0, lt=1, description="Adam: decay of the first moment")
    beta2: float = Field(0.99, ge=0, lt=1, description="Adam: decay of the second moment")
    warmup: float = Field(0.01, ge=0, lt=1, description="share of the budget over which the learning rates rise")
    decay_from: Share = Field(0.5, description="share of the budget after which the learning rates fall (cosine)")
    decay_to: float = Field(0.1, gt=0, le=1, description="share of the learning rates that is left at the end")
    updates: Updates = Field(
        "alternating",
        description="generate: alternating steps of the two networks, or, where d_steps is 1, simultaneous ones from one look at "
        "the same items, which take less time",
    )
    d_steps: int = Field(1, ge=1, le=100, description="discriminator steps for each generator step")
    penalty: Penalty = Field("lazy", description="gradient penalty R1 + R2; lazy: every penalty_every steps")
    gamma: float = Field(1.0, ge=0, le=1e6, description="weight of the penalty at the start")
    gamma_end: float = Field(0.1, gt=0, le=10, description="share of gamma that is left at the end (cosine)")
    r2: bool = Field(True, description="penalize the gradient at fakes too")
    penalty_every: int = Field(4, ge=1, le=64, description="steps between two lazy penalties")
    kl_weight: float = Field(1.0, ge=0, le=1e6, description="reconstruct: weight of a VAE's KL divergence")
    l1_weight: float = Field(
        100.0,
        ge=0,
        le=1e6,
        description="translate, colorize, enlarge: weight of the mean absolute difference to the target",
    )
    nce_weight: float = Field(10.0, ge=0, le=1e6, description="style: weight of keeping each patch recognizable")
    nce_identity: float = Field(
        0.0, ge=0, le=1e6, description="style: the same for works of the style, which should stay as they are"
    )
    nce_patches: int = Field(256, ge=2, le=4096, description="style: places of a feature map that are compared")
    nce_tau: float = Field(0.07, gt=0, le=10, description="style: temperature of that comparison")
    nce_flip: bool = Field(
        True, description="style: a mirrored source has to give the mirrored result (along the last axis)"
    )
    flicker_weight: float = Field(
        0.0, ge=0, le=1e6, description="films: weight of changes in a result that its source does not have"
    )
    content_weight: float = Field(
        0.0, ge=0, le=1e6, description="music: weight of the rhythm of the source in the result"
    )
    pattern_weight: float = Field(
        0.0, ge=0, le=1e6, description="generate: weight of fine marks that all samples have at the same places"
    )
    ema: Share = Field(0.05, description="half-life of the averaged generator, as a share of the items seen")
    ema_from: int = Field(
        0,
        ge=0,
        description="items that the average counts as seen before the first one: those of the start, for instance",
    )
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
    c2pa: bool = Field(False, description="signed C2PA manifest in them too (needs artgen-suite[provenance])")
    precision: Literal["auto", "fast", "float32", "tf32", "bf16"] = Field(
        "auto",
        description="auto: tf32 on CUDA, float32 on CPU; fast: bf16 on a CPU where it is faster, else auto",
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


SHIPPED = "shipped: "  # begins the name of a start that ships with the plugin
EMBEDDED = "embedded"  # what the data or the style is called that ships with the plugin


class RunSection(Frozen):
    """What is trained on what."""

    plugin: str = Field(description="domain plugin")
    task: Task = Field("generate", description="what is learned")
    preset: str | None = Field(None, description="preset that the settings started from")
    seed: int = Field(0, ge=0, lt=2**63, description="seed of everything random")
    data: str = Field(EMBEDDED, description="name of the data folder, or 'embedded'")
    classes: str = Field("folders", description="where classes come from: folders, none, a level, or names of folders")
    include_made: bool = Field(False, description="learn from works and run folders of artgen too")
    prepared: str = Field("", pattern="^[0-9a-f]*$", description="name of the prepared data in the cache")
    style: str | None = Field(None, description="style: name of the folder or file of the style, or 'embedded'")
    style_prepared: str = Field("", pattern="^[0-9a-f]*$", description="style: name of its prepared data in the cache")
    start: str | None = Field(
        None,
        description="what the networks started from: a run, or 'shipped: NAME' with the plugin; none: from nothing",
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
