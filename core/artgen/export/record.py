"""``network.json``: what stands beside exported graphs, so that they can be played without artgen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from artgen.contract.record import Count, Number, Record, Text

FILE = "network.json"
Holds = Literal["latent", "classes", "noise", "style"]


class InputRow(Record):
    """What a graph takes, float32.

    - ``shape``: behind the batch.
    - ``holds``: ``latent`` standard normal numbers, ``classes`` weights that sum to one, ``noise`` standard normal numbers
      too, ``style`` what the mapping network gives, the same for every layer or mixed.
    """

    name: Text
    shape: tuple[Count, ...]
    holds: Holds


class OutputRow(Record):
    """What a graph gives. ``shape``: behind the batch. ``low``, ``high``: the range of its values."""

    name: Text
    shape: tuple[Count, ...]
    dtype: Text
    low: Number
    high: Number


class GraphRow(Record):
    """One file: its name, and what goes in and comes out."""

    file: Text
    inputs: tuple[InputRow, ...]
    output: OutputRow


class WorkKind(Record):
    """What a work is, and how it comes of the last graph.

    - ``medium``: what the values are.
    - ``fps``: of a film.
    - ``rate``, ``n_fft``, ``hop``, ``steps``: of a sound, which is made of magnitudes [f, t] of a short-time Fourier transform
      with a Hann window by so many steps of the algorithm of Griffin and Lim, from phases along the ridges of the spectrogram.
    - ``how``: in words.
    """

    medium: Literal["picture", "film", "sound", "values"]
    how: Text
    fps: Number | None = None
    rate: Count | None = None
    n_fft: Count | None = None
    hop: Count | None = None
    steps: Count | None = None


class DirectionEntry(Record):
    """``vector``: added to every layer of w (or to z), times standard deviations. ``effect``: what it changes, in words."""

    name: Text
    effect: Text
    vector: tuple[Number, ...]


class Difference(Record):
    """ONNX against PyTorch for some seeds: ``largest`` difference, ``mean``, and the share of values that differ by more than is
    allowed."""

    case: Text
    works: Count
    largest: Number
    mean: Number
    beyond: Number


class NetworkRecord(Record):
    """The whole file.

    - ``about``: who made it, as every file of the run says.
    - ``batch``: ``any`` number of works at once, or ``one``.
    - ``latent``: numbers of z, which a seed draws first.
    - ``classes``: in the order of the weights; without a wish, seed s has class s modulo their number.
    - ``seeds``: in words, what a seed draws.
    - ``truncation``: the mean w of every class (one row without classes); None: z itself is scaled.
    - ``unit``: of ``differences``.
    """

    format: Literal[1] = 1
    about: Mapping[str, str]
    batch: Literal["any", "one"]
    latent: Count
    classes: tuple[Text, ...]
    graphs: tuple[GraphRow, ...]
    work: WorkKind
    seeds: Text
    truncation: tuple[tuple[Number, ...], ...] | None = None
    directions: tuple[DirectionEntry, ...]
    unit: Text
    differences: tuple[Difference, ...]
