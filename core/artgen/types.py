"""The values and protocols that a plugin imports. Axis names used in every docstring:

``b`` items of a batch · ``k`` classes (0 when unconditional) · ``z`` latent size · ``w`` style size ·
``c`` channels · ``h``, ``w`` rows, columns · ``t`` time steps · ``n`` samples of a waveform · ``f`` features.
"""

from typing import Any

from artgen.contract.codec import Codec, SpectralCodec, Transform, Views, WorkCodec
from artgen.contract.data import DataSpec, Prepared, RawItem, Skipped, Source, SourceFile
from artgen.contract.deprecated import old_name
from artgen.contract.domain import Domain, Size, StartWeights, TaskDefaults
from artgen.contract.judge import Features, Judge
from artgen.contract.networks import (
    Generator,
    Growing,
    Layered,
    LearnsClasses,
    Networks,
    Noise,
    Reconstructs,
    Translator,
)
from artgen.contract.objective import Batch, Figures, Objective, StepState, TrainableObjective
from artgen.contract.observer import RunInfo, Stats
from artgen.contract.options import SampleOptions
from artgen.contract.sink import Sink
from artgen.contract.task import TRANSLATION_TASKS, Task
from artgen.contract.writer import Finishes, HeatWriter, Opened, PicksMoments, Sample, SoundWriter, WalkWriter, Writer
from artgen.public import RENAMED

__all__ = [
    "TRANSLATION_TASKS",
    "SampleOptions",
    "Batch",
    "Codec",
    "DataSpec",
    "Domain",
    "Noise",
    "Features",
    "Figures",
    "Finishes",
    "Generator",
    "Growing",
    "HeatWriter",
    "Judge",
    "Layered",
    "LearnsClasses",
    "TrainableObjective",
    "StepState",
    "Networks",
    "Objective",
    "Opened",
    "PicksMoments",
    "Prepared",
    "RawItem",
    "Reconstructs",
    "RunInfo",
    "Sample",
    "Sink",
    "Size",
    "Skipped",
    "SoundWriter",
    "Source",
    "SourceFile",
    "SpectralCodec",
    "StartWeights",
    "Stats",
    "Task",
    "TaskDefaults",
    "Transform",
    "Translator",
    "Views",
    "WalkWriter",
    "WorkCodec",
    "Writer",
]


def __getattr__(name: str) -> Any:
    return old_name(__name__, RENAMED, name, globals())
