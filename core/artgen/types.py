"""The values and protocols that a plugin imports. Axis names used in every docstring:

``b`` items of a batch · ``k`` classes (0 when unconditional) · ``z`` latent size · ``w`` style size ·
``c`` channels · ``h``, ``w`` rows, columns · ``t`` time steps · ``n`` samples of a waveform · ``f`` features.
"""

from artgen.contract.codec import Codec, Views, WorkCodec
from artgen.contract.data import DataSpec, Prepared, RawItem, Skipped, Source, SourceFile
from artgen.contract.domain import Domain, TaskDefaults
from artgen.contract.judge import Features, Judge
from artgen.contract.networks import Draws, Generator, Growing, Layered, Networks, Reconstructs, Translator
from artgen.contract.objective import Batch, Figures, Learns, Moment, Objective
from artgen.contract.observer import RunInfo, Stats
from artgen.contract.options import Ask
from artgen.contract.task import TRANSLATION_TASKS, Task
from artgen.contract.writer import Finishes, HeatWriter, Opened, Sample, WalkWriter, Writer

__all__ = [
    "TRANSLATION_TASKS",
    "Ask",
    "Batch",
    "Codec",
    "DataSpec",
    "Domain",
    "Draws",
    "Features",
    "Figures",
    "Finishes",
    "Generator",
    "Growing",
    "HeatWriter",
    "Judge",
    "Layered",
    "Learns",
    "Moment",
    "Networks",
    "Objective",
    "Opened",
    "Prepared",
    "RawItem",
    "Reconstructs",
    "RunInfo",
    "Sample",
    "Skipped",
    "Source",
    "SourceFile",
    "Stats",
    "Task",
    "TaskDefaults",
    "Translator",
    "Views",
    "WalkWriter",
    "WorkCodec",
    "Writer",
]
