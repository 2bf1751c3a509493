"""The Python API: ``artgen.run`` trains, ``artgen.load`` opens a run, and a run has a method for each verb of the command line.

run = artgen.run("music", budget="3m")
pieces = run.sample(seeds=range(8), label="rock", seconds=30, out="pieces")
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artgen.contract.writer import Sample
from artgen.runfolder.records import Quality
from artgen.runtime.distributed import World, joined
from artgen.runtime.progress import Progress, Quiet
from artgen.verbs.loaded import LoadedRun, check_truncation, class_weights, open_run

if TYPE_CHECKING:
    from artgen.explain.dream import Dream
    from artgen.inference.directions import Direction
    from artgen.inference.inversion import Projection
    from artgen.inference.model import Mix
    from artgen.inference.walk import Line
    from artgen.report.comparison import ComparedRun
    from artgen.runfolder.card import Card
    from artgen.verbs.apply import Applied, Tell
    from artgen.verbs.explore import Between
    from artgen.verbs.export import Layers
    from artgen.verbs.publish import Exported

Label = str | Mapping[str, float] | None  # a class, or weights of several; None: they take turns


def run(plugin: str | None = None, *, data: str | Path | None = None, style: str | Path | None = None,
        out: str | Path | None = None, config: str | Path | None = None, progress: Progress | None = None,
        **wishes: Any) -> Run:  # fmt: skip
    """Train ``plugin`` on ``data`` (a folder, a folder of shards or their address; None: its embedded data) and return the
    finished run. A resumed run knows its plugin. ``style``: folder or file toward which the task style moves the works of
    ``data``.

    ``wishes``: task, preset, init (a run, or "scratch"), budget (``"3m"``), images (``"200k"``), resume, seed, device,
    sets (``["lr_g=0.001"]``), extras (names of observer plugins), as on the command line.

    Raises InputError for wrong wishes or data, before anything is trained; PluginError for what a plugin does wrong;
    TrainingError when the training diverges after all recoveries; StorageError; Stopped after a signal, when all is saved.
    """
    from artgen.verbs.plan import TrainRequest
    from artgen.verbs.train import train

    request = TrainRequest(data=data, style=_path(style), out=_path(out), config=_path(config), **wishes)
    with joined() as world:
        return Run.of(train(plugin, request, progress or Quiet(), world))


def load(path: str | Path, device: str = "auto", world: World | None = None, c2pa: bool = False,
         settings: Mapping[str, Any] | None = None) -> Run:  # fmt: skip
    """Open a run folder or a checkpoint file, ready to play.

    - ``device``: auto, cpu, cuda, cuda:1, mps.
    - ``world``: the processes that share its work.
    - ``c2pa``: whatever it writes carries a signed C2PA manifest (needs ``artgen-suite[provenance]``).
    - ``settings``: other values of settings that concern only what is written, such as ``{"enlarge": 4}`` or
      ``{"enlarger": RUN}``, a run of the task enlarge.

    Raises InputError for anything else, without running any of its content, and PluginError when the plugin that made it is
    missing or broken.
    """
    return Run.of(open_run(Path(path), device, world, c2pa, settings))


def compare(runs: Sequence[LoadedRun], out: str | Path | None = None, *, data: str | Path | None = None,
            against: str | Path | None = None, count: int | None = None,
            style: str | Path | None = None) -> list[ComparedRun]:  # fmt: skip
    """Runs side by side: what each makes of equal seeds, how good it is, what it cost; as a page where ``out`` is given.

    - ``data``: the folder they were trained on, where the prepared data has left the cache and the works have moved or changed.
    - ``against``: judge all by another folder.
    - ``count``: samples a class.
    - ``style``: of runs of the task style, like ``data``.

    Raises InputError for fewer than two runs, for runs of different plugins, and for one whose works are not found again.
    """
    from artgen.report.comparison import write_comparison
    from artgen.report.render import is_own_page
    from artgen.runtime.disk import refuse_foreign
    from artgen.verbs.compare import compare_runs

    if out is not None:
        refuse_foreign(Path(out), "out", "artgen", is_own_page)
    rows = compare_runs(runs, _path(data), _path(against), count, _path(style))
    if out is not None:
        write_comparison(rows, Path(out))
    return rows


class Run(LoadedRun):
    """A trained run, ready to play.

    - ``folder``: the run folder or the checkpoint file.
    - ``labels``: its classes.
    - ``seen``: training items seen, in ``seconds`` of training.
    """

    @classmethod
    def of(cls, run: LoadedRun) -> Run:
        """The same run with a method for each verb."""
        return cls(run.folder, run.host, run.config, run.model, run.seen, run.seconds, run.world, run.signer)

    def sample(self, seeds: Iterable[int] = range(8), *, label: Label = None, seconds: float | None = None,
               loop: bool = False, fps: float | None = None, truncation: float = 1.0, mix: Mix | None = None,
               moves: Mapping[str, float] | None = None, motion: int | None = None, mark: bool = True,
               out: str | Path | None = None, projected: Sequence[str] = ()) -> list[Sample]:  # fmt: skip
        """One Sample per seed, then one for each projected work; written as files into ``out`` when given. Several processes take
        turns with the seeds, and each gives back its own.

        - ``label``: a class, or weights such as ``{"rock": 0.5, "classical": 0.5}``; None: classes take turns.
        - ``projected``: names of works that ``project`` found.
        - ``seconds``, ``loop``, ``fps``: see SampleOptions.
        - ``truncation``: psi, 1 for full variety, towards 0 for the typical.
        - ``mix``: some style layers take the style of another seed.
        - ``moves``: standard deviations to go along named directions, which ``explore`` finds.
        - ``motion``: a seed whose motion all samples have.
        - ``mark``: with the invisible mark.

        Raises InputError for an unknown label, direction or name, a seed outside [0, 2^63), ``seconds`` outside [0.5, 3600],
        ``fps`` outside [1, 240], ``truncation`` outside [0, 2], or a wish that has no meaning for the domain; StorageError when
        ``out`` cannot be written.
        """
        from artgen.verbs.sample import Choice, sample

        check_truncation(truncation)
        choice = Choice(list(seeds), projected, class_weights(label, self.labels), truncation, mix, moves or {})
        options = self.options(seconds, fps, loop, motion, as_trained=bool(projected))
        return sample(self, choice, options, _path(out), mark)

    def soundtrack(self, source: str | Path, out: str | Path, seeds: Iterable[int] = (0,), *, label: Label = None,
                   seconds: float | None = None, fps: float | None = None, truncation: float = 1.0, mark: bool = True,
                   moves: Mapping[str, float] | None = None, projected: Sequence[str] = ()) -> list[Path]:  # fmt: skip
        """Films with sound into the folder ``out``, one for each seed and projected work, whose motion follows the onsets and the
        loudness of ``source``: a sound file, or a run that makes sound, which then gives each film a piece of its own."""
        from artgen.verbs.sample import Choice
        from artgen.verbs.soundtrack import films

        check_truncation(truncation)
        choice = Choice(list(seeds), projected, class_weights(label, self.labels), truncation, None, moves or {})
        return films(self, Path(source), choice, self.options(seconds, fps), Path(out), mark)

    def walk(self, seeds: Iterable[int], out: str | Path, *, steps: int | None = None, loop: bool = False,
             ease: bool = True, label: Label = None, seconds: float | None = None, fps: float | None = None,
             truncation: float = 1.0, mark: bool = True, projected: Sequence[str] = (),
             line: Line | None = None) -> list[Path]:  # fmt: skip
        """Write a walk through the latent space into the folder ``out``: ``steps`` samples from each seed to the next,
        then to the projected works, and back to the first with ``loop``.

        - ``fps``: samples a second.
        - ``line``: see Walk. The paths written, the work itself first.

        Raises InputError where the domain cannot show a walk.
        """
        from artgen.verbs.sample import Choice
        from artgen.verbs.walk import walk_options, write_walk

        check_truncation(truncation)
        choice = Choice(list(seeds), projected, class_weights(label, self.labels), truncation)
        return write_walk(self, choice, walk_options(self, seconds), Path(out), steps=steps, loop=loop, ease=ease, line=line,
                          fps=fps, mark=mark)  # fmt: skip

    def apply(self, paths: Iterable[str | Path], out: str | Path, tell: Tell | None = None) -> Applied:
        """Send a person's own files (or all files of folders) through the run and write the results into the folder ``out``,
        with a sheet that shows source and result side by side. Results that are there already are left as they are.
        ``tell(done, count, name)`` hears of every file."""
        from artgen.verbs.apply import apply

        return apply(self, [Path(path) for path in paths], Path(out), tell)

    def project(self, file: str | Path, *, steps: int = 1000, label: Label = None) -> Projection:
        """Find the place of a file in the latent space and keep it under the file's name, ready for ``sample(projected=...)`` and
        ``walk``. ``label``: its class; None: the one that comes nearest.

        Raises InputError for a checkpoint instead of a run folder, and a file that the domain cannot read."""
        from artgen.verbs.project import project_file

        return project_file(self, Path(file), steps, class_weights(label, self.labels), lambda _: None)[0]

    def explore(self, *, count: int = 5, seed: int = 0, label: Label = None, pairs: Sequence[Between] = (),
                renames: Mapping[str, str | None] | None = None,
                amounts: Sequence[float] = (-3.0, -1.5, 0.0, 1.5, 3.0)) -> list[Direction]:  # fmt: skip
        """Find directions that change a work, measure what each changes, and write explore.html into the run folder; see
        ``artgen.verbs.explore``."""
        from artgen.verbs.explore import explore_run

        return explore_run(self, count=count, seed=seed, weights=class_weights(label, self.labels), pairs=pairs, renames=renames,
                           amounts=amounts)[1]  # fmt: skip

    def explain(self, file: str | Path | None = None, *, data: str | Path | None = None) -> list[str]:
        """Write explain.html into the run folder: where the discriminator looks, what carries a class, the nearest training
        items. The findings in words.

        - ``file``: one of your own to look at besides.
        - ``data``: the training folder, where the prepared data has left the cache and the works have moved or changed.
        """
        from artgen.verbs.explain import explain_run

        return explain_run(self, _path(file), _path(data))[1]

    def dream(self, file: str | Path, out: str | Path, *, layer: int | None = None, steps: int = 40,
              label: Label = None) -> Dream:  # fmt: skip
        """Change a file so that a layer of the discriminator reacts ever more strongly (DeepDream), and write it into
        ``out``.

        - ``layer``: None, the middle one.
        - ``label``: the class that the discriminator is told; None: the first.
        """
        from artgen.verbs.dream import dream_file

        return dream_file(self, Path(file), layer, steps, class_weights(label, self.labels), Path(out), lambda _: None)[
            0
        ]

    def evaluate(self, *, data: str | Path | None = None, against: str | Path | None = None,
                 count: int | None = None, features: str | None = None, download: bool = False,
                 out: str | Path | None = None, style: str | Path | None = None) -> Quality:  # fmt: skip
        """Quality figures of this run, each with its anchors.

        - ``data``: the training folder, where the prepared data has left the cache and the works have moved or changed.
        - ``against``: judge by another folder.
        - ``count``: samples a class.
        - ``features``: ``"inception"`` (with ``download``) or an own .onnx or TorchScript file instead of the domain's.
        - ``out``: PNG of the samples nearest to a training item, each before that item.
        - ``style``: of a run of the task style, likewise.
        """
        from artgen.verbs.evaluate import evaluate

        return evaluate(self, data=data, against=against, count=count, features=features, download=download,
                        out=_path(out), style=_path(style))  # fmt: skip

    def export(self, out: str | Path | None = None, *, onnx: str | Path | None = None, title: str | None = None, by: str = "",
               license: str = "", note: str = "", seeds: Iterable[int] | None = None, layers: Layers = "auto",  # noqa: A002
               tell: Callable[[str], object] = lambda _: None) -> Exported:  # fmt: skip
        """Write the run as one page that plays anywhere, as networks for other programs, or both; see ``artgen export``.

        - ``out``: the page, ending in .html; None: ``export.html`` in the run folder, or no page where ``onnx`` is given.
        - ``onnx``: folder for the networks as ONNX (needs ``artgen-suite[export]``).
        - ``title``: None: the name of the run folder. ``by``, ``license``, ``note``: your own words.
        - ``seeds``: works to show; None: as many as suit the medium. What was starred comes first.
        - ``layers``: ``"atlas"``, ``"live"``, or ``"auto"``: live where that is possible; ``tell`` hears why it is not.

        Raises InputError for a run that makes no works from seeds, a file of another kind, another's file in the way or a missing
        package; PluginError for a generator that is no graph; StorageError."""
        from artgen.verbs.export import Words
        from artgen.verbs.publish import export_run

        chosen = None if seeds is None else list(seeds)
        return export_run(self, _path(out), _path(onnx), Words(title, by, license, note), chosen, layers, tell)

    def share(self, to: str | Path, *, license: str, about_data: str, title: str | None = None,  # noqa: A002
              by: str = "", note: str = "") -> Card:  # fmt: skip
        """Write the run for others to play; see ``artgen share``.

        - ``to``: a folder, or ``"hf:USER/NAME"`` (needs ``artgen-suite[hub]``).
        - ``license``: of weights and works. ``about_data``: what it was trained on, and by what right. Both in your own words.
        - ``title``: None: the name of the run folder. ``by``, ``note``: your own words.

        Raises InputError where license or data are not said, for a folder with files of others, and for a run that makes no works
        from seeds; StorageError."""
        from artgen.verbs.export import Words
        from artgen.verbs.publish import share_run
        from artgen.verbs.share import Statement

        return share_run(self, str(to), Statement(Words(title, by, license, note), about_data))[0]

    def play(self) -> Any:
        """Sliders in a notebook, and the work that they make: seed, class, variety, directions. Needs ``artgen-suite[notebook]``.

        Raises InputError where ipywidgets is missing, and for a run that makes no works from seeds."""
        from artgen.verbs.play import play

        return play(self)

    def _repr_html_(self) -> str:
        """How a notebook shows it: what it is, and a work or two."""
        import html

        about = f"{self.host.domain.name}, {self.config.run.task}, {self.seen:,} training items"
        words = html.escape(
            " · ".join([self.home.resolve().name, about, *([", ".join(self.labels)] if self.labels else [])])
        )
        makes = not self.model.changes_works and self.model.latent > 0
        works = "".join(work._repr_html_() for work in self.sample(range(2))) if makes else ""
        return f'<p>{words}</p><div style="display:flex;gap:1em">{works}</div>'

    def notes(self) -> dict[str, str]:
        """The old name of ``metadata``."""
        import warnings

        warnings.warn("Run.notes is called Run.metadata now", DeprecationWarning, stacklevel=2)
        return self.metadata()


def _path(value: str | Path | None) -> Path | None:
    return None if value is None else Path(value)
