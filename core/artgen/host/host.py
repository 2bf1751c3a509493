"""Discover, load and verify plugins, and call them: the only module that touches entry points and the plugin manager.

Listing reads package metadata and imports nothing. Only the plugin that is asked for is imported. Everything that is
wrong with a plugin is said before data is read, with its name, distribution and version.
"""

from __future__ import annotations

import inspect
import re
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import pluggy

from artgen.contract import hookspecs
from artgen.contract.data import RawItem, Skipped, SourceFile
from artgen.contract.domain import Domain, StartWeights
from artgen.contract.hookspecs import API
from artgen.contract.observer import RunInfo, Stats
from artgen.errors import InputError, PluginError, nearest
from artgen.host.answers import COSTS, distances, domain_fault
from artgen.host.bounded import OverrunError, Tell, bounded
from artgen.host.discovery import code_of, discover, hash_of, load, pick
from artgen.host.guarded import CODEC, NETWORK, OBJECTIVE, WRITER, Guard, one_line

if TYPE_CHECKING:
    import numpy as np

    from artgen.contract.codec import Codec
    from artgen.contract.data import DataSpec, Source
    from artgen.contract.judge import Features, Judge
    from artgen.contract.networks import Networks
    from artgen.contract.objective import Objective
    from artgen.contract.settings import DomainConfig, RunConfig
    from artgen.contract.writer import Opened, Writer

T = TypeVar("T")
_REQUIRED = ("artgen_domain", "artgen_prepare", "artgen_codec", "artgen_networks", "artgen_writer")
_OPTIONAL = ("artgen_objective", "artgen_judge", "artgen_open", "artgen_start_distances")
_COMPACT = ("uint8", "int16")


class Host:
    """A domain plugin and its extras, loaded and verified, behind one typed method per hook.

    ``Host("music", extras=("mlflow",))`` raises InputError for a name that is not installed and PluginError for a plugin
    that is broken. ``observers`` are plugin objects of the core itself (the TensorBoard log).
    """

    def __init__(self, name: str, extras: tuple[str, ...] = (), observers: tuple[object, ...] = ()) -> None:
        self._manager = pluggy.PluginManager("artgen")
        self._manager.add_hookspecs(hookspecs)
        self._owners: dict[str, str] = {}
        installed = {item.name: item for item in discover()}
        self.found = pick(name, installed, "--plugin")
        self.guard = Guard(str(self.found), code_of(self.found))
        if name in extras or len(set(extras)) < len(extras):
            raise InputError("name each plugin once, and not the one that trains", at="--with", value=" ".join(extras))
        for item in (self.found, *(pick(extra, installed, "--with") for extra in extras)):
            plugin = load(item)
            if item is self.found:
                self._refuse_other_api(plugin)
            self._register(item.name, str(item), plugin)
        for observer in observers:
            self._register(type(observer).__name__, f"observer {type(observer).__name__}", observer)
        self._verify()
        self.domain = self._domain()

    @property
    def code(self) -> str:
        """The plugin by name, version and a hash of its code: what prepared data depends on beside files and settings."""
        return f"{self.found} {hash_of(code_of(self.found))}"

    def _refuse_other_api(self, plugin: object) -> None:
        """Ask the domain for its API before anything else is held against it: what an older one names or lacks is no
        mistake."""
        early = pluggy.PluginManager("artgen")
        early.add_hookspecs(_OnlyDomain)
        try:
            early.register(plugin, self.found.name)
        except (pluggy.PluginValidationError, ValueError):
            return  # _register says it better
        domain = self.guard.call("artgen_domain", early.hook.artgen_domain)
        if isinstance(domain, Domain) and domain.api != API:
            raise PluginError(
                f"{self.found}: made for plugin API {domain.api}, this artgen has {API}; {_upgrade(domain.api)}"
            )

    def _register(self, name: str, owner: str, plugin: object) -> None:
        unmarked = [
            n
            for n in dir(plugin)
            if n.startswith("artgen_")
            and callable(getattr(plugin, n))
            and not hasattr(getattr(plugin, n), "artgen_impl")
        ]
        if unmarked:
            raise PluginError(f"{owner}: {unmarked[0]} lacks the @artgen.hookimpl decorator")
        try:
            self._manager.register(plugin, name)
        except (pluggy.PluginValidationError, ValueError) as error:
            raise PluginError(f"{owner}: {one_line(error)}") from error
        self._owners[name] = owner

    def _verify(self) -> None:
        try:
            self._manager.check_pending()
        except pluggy.PluginValidationError as error:
            known = [n for n in vars(hookspecs) if n.startswith("artgen_")]
            hook = re.search(r"unknown hook '(\w+)'", str(error))
            hint = f"unknown hook {hook[1]}, {nearest(hook[1], known)}" if hook else one_line(error)
            raise PluginError(f"{self._owner(error.plugin)}: {hint}") from error
        for hook in (*_REQUIRED, *_OPTIONAL):
            impls = [i for i in getattr(self._manager.hook, hook).get_hookimpls() if not (i.wrapper or i.hookwrapper)]
            if len(impls) > 1:
                owners = " and ".join(self._owners[i.plugin_name] for i in impls)
                raise PluginError(f"{owners} both supply {hook}; leave one of them out")
            if not impls and hook in _REQUIRED:
                raise PluginError(f"{self.found}: supplies no {hook}")

    def _owner(self, plugin: object) -> str:
        return self._owners.get(self._manager.get_name(plugin) or "", "a plugin")

    def _domain(self) -> Domain:
        domain = self._supply("artgen_domain", Domain)
        assert isinstance(domain, Domain)
        if domain.name != self.found.name:
            raise PluginError(f"{self.found}: artgen_domain says its name is {domain.name}")
        if wrong := domain_fault(domain):
            raise PluginError(f"{self.found}: artgen_domain: {wrong}")
        return domain

    def _supply(self, hook: str, *expected: type, **arguments: Any) -> Any:
        answer = self.guard.call(hook, lambda: getattr(self._manager.hook, hook)(**arguments))
        if not isinstance(answer, expected):
            wanted = " or ".join(kind.__name__ for kind in expected)
            raise PluginError(f"{self.found}: {hook} returned {type(answer).__name__}, expected {wanted}")
        return answer

    def _own(self, config: DomainConfig) -> DomainConfig:
        """The settings, of the plugin's own class. Others are a mistake of the caller, which no hook has to look for."""
        if not isinstance(config, self.domain.config):
            raise TypeError(
                f"{self.found} got settings of type {type(config).__name__}, its own are {self.domain.config.__name__}"
            )
        return config

    def prepare(self, source: Source, config: DomainConfig) -> Iterator[RawItem | Skipped]:
        """Prepared items, one after the other; an exception while iterating is blamed on the plugin too. A file that its decoder
        does not get through within a budget of time and memory becomes a Skipped."""
        bad: dict[str, Skipped] = {}
        given: Counter[int] = Counter()
        while True:
            rest = replace(source, files=tuple(file for file in source.files if file.name not in bad))
            try:
                before = given.copy()  # other files give the same items again; one that broke off gives none any more
                for item in bounded(partial(self._prepare, rest, self._own(config))):
                    key = _key(item)
                    if before[key]:
                        before[key] -= 1
                        continue
                    given[key] += 1
                    yield item
                break
            except OverrunError as problem:
                if problem.at not in {file.name for file in rest.files}:
                    raise PluginError(f"{self.found}: artgen_prepare opened no file and {problem.reason}") from None
                bad[problem.at] = Skipped(problem.at, problem.reason)
        yield from bad.values()

    def _prepare(self, source: Source, config: DomainConfig, tell: Tell) -> Iterator[RawItem | Skipped]:
        told = replace(source, files=tuple(_Watched.of(file, tell) for file in source.files))
        items = iter(self._supply("artgen_prepare", Iterable, source=told, config=config))
        first = end = object()
        while (item := self.guard.call("artgen_prepare", lambda: next(items, end))) is not end:
            if isinstance(item, RawItem):
                self._check_item(item)
                kind = _kind(item.data)
                first = kind if first is end else first
                if kind != first or not kind.startswith(_COMPACT):
                    wanted = " or ".join(_COMPACT) if kind == first else first
                    raise PluginError(f"{self.found}: artgen_prepare gave {kind} for {item.origin}, expected {wanted}")
            elif not isinstance(item, Skipped):
                raise PluginError(
                    f"{self.found}: artgen_prepare yielded {type(item).__name__}, expected RawItem or Skipped"
                )
            yield item

    def _check_item(self, item: RawItem) -> None:
        for name, value, kinds in (("label", item.label, (str, type(None))), ("origin", item.origin, str)):
            if not isinstance(value, kinds):
                what = type(value).__name__
                raise PluginError(f"{self.found}: artgen_prepare gave the {name} {value!r}, a {what}, expected text")

    def codec(self, config: DomainConfig) -> Codec:
        from torch import nn

        return self.guard.guarded(
            self._supply("artgen_codec", nn.Module, config=self._own(config)), "artgen_codec", CODEC
        )

    def networks(self, config: DomainConfig, spec: DataSpec) -> Networks:
        from torch import nn

        from artgen.contract.networks import Networks

        nets = self._supply("artgen_networks", Networks, config=self._own(config), spec=spec)
        for name in ("generator", "discriminator"):
            network = getattr(nets, name)
            if not isinstance(network, nn.Module) and not (name == "discriminator" and network is None):
                what = f"the class {network.__name__}" if isinstance(network, type) else type(network).__name__
                raise PluginError(f"{self.found}: artgen_networks: {name} is {what}, expected an nn.Module")
            self.guard.guarded(network, "artgen_networks", NETWORK, name)
        if not isinstance(nets.latent, int) or isinstance(nets.latent, bool) or nets.latent < 0:
            raise PluginError(f"{self.found}: artgen_networks: latent is {nets.latent!r}, expected a whole number")
        functions = {name: getattr(nets, name) for name in ("augment", "train_crop", *COSTS)}
        return replace(nets, **{name: self.guard.function(function, "artgen_networks", name)
                                for name, function in functions.items() if function is not None})  # fmt: skip

    def objective(self, config: RunConfig, spec: DataSpec) -> Objective | None:
        from artgen.contract.objective import Objective

        own = self._supply("artgen_objective", object, config=config, spec=spec)
        if isinstance(own, type) or not isinstance(own, (Objective, type(None))):
            what = f"the class {own.__name__}" if isinstance(own, type) else type(own).__name__
            raise PluginError(f"{self.found}: artgen_objective returned {what}, expected Objective or NoneType")
        played = getattr(own, "tasks", None)
        if played is not None and config.run.task not in played:
            raise PluginError(
                f"{self.found}: artgen_objective plays {', '.join(played)}, not {config.run.task}; return None for the others"
            )
        return own if own is None else self.guard.guarded(own, "artgen_objective", OBJECTIVE)

    def writer(self, config: DomainConfig) -> Writer:
        from artgen.contract.writer import Writer

        return self.guard.guarded(
            self._supply("artgen_writer", Writer, config=self._own(config)), "artgen_writer", WRITER
        )

    def judge(self, config: DomainConfig) -> Judge | None:
        from artgen.contract.judge import Judge

        judge = self._supply("artgen_judge", Judge, type(None), config=self._own(config))
        if judge is None:
            return None
        names = ("statistics", "closeness", "content", "attributes", "long_statistics", "joined")
        own = {name: function for name in names if (function := getattr(judge, name)) is not None}
        return replace(
            judge,
            features=self._features(judge.features),
            baselines={name: self._judging(f"baseline {name}", way) for name, way in judge.baselines.items()},
            **{name: self._judging(name, function) for name, function in own.items()},
        )

    def _features(self, features: Features) -> Features:
        """Features as an object; a plain function with a name is one too, and is guarded by a wrapper."""
        if inspect.isroutine(features):
            return cast("Features", self._judging("features", features))
        return self.guard.guarded(features, "artgen_judge", ("__call__",), "features")

    def _judging(self, what: str, function: Callable[..., T]) -> Callable[..., T]:
        return self.guard.function(function, "artgen_judge", what)

    def start_distances(
        self, items: np.ndarray, starts: Sequence[StartWeights], config: DomainConfig
    ) -> list[np.ndarray] | None:
        """How far the items lie from each class of each start; None where the plugin does not say."""
        given = self._supply(
            "artgen_start_distances", Sequence, type(None), items=items, starts=starts, config=self._own(config)
        )
        wrong = given is not None and distances(given, len(items), len(starts))
        if wrong:
            raise PluginError(f"{self.found}: artgen_start_distances returned {wrong}")
        return given and list(given)

    def open(self, file: SourceFile, config: DomainConfig) -> Opened | Skipped | None:
        from artgen.contract.writer import Opened

        try:
            if not all(bounded(lambda _: self._trial(file, config))):
                return None
        except OverrunError as problem:
            return Skipped(file.name, problem.reason)
        opened = self._supply("artgen_open", Opened, Skipped, type(None), file=file, config=self._own(config))
        if not isinstance(opened, Opened):
            return opened
        write = opened.write
        return Opened(self._parts(opened.parts), write and self.guard.function(write, "artgen_open", "write"))

    def _trial(self, file: SourceFile, config: DomainConfig) -> Iterator[bool]:
        """Open a file and look at all of it, as a sign of life for each part; False where the plugin opens none."""
        opened = self._supply("artgen_open", object, file=file, config=self._own(config))
        yield opened is not None
        for _ in self._parts(getattr(opened, "parts", iter(()))):
            yield True

    def _parts(self, parts: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
        """The parts of a work; an exception while iterating is blamed on the plugin too."""
        end = object()
        while (part := self.guard.call("artgen_open", lambda: next(parts, end), "parts")) is not end:
            yield cast("np.ndarray", part)

    def run_start(self, run: RunInfo) -> None:
        self._tell("artgen_run_start", run=run)

    def report(self, run: RunInfo, stats: Stats) -> None:
        self._tell("artgen_report", run=run, stats=stats)

    def snapshot(self, run: RunInfo, paths: list[Path]) -> None:
        self._tell("artgen_snapshot", run=run, paths=paths)

    def run_end(self, run: RunInfo, error: BaseException | None) -> None:
        self._tell("artgen_run_end", run=run, error=error)

    def _tell(self, hook: str, **arguments: Any) -> None:
        """Call every observer by itself, so that one that raises hides nobody; the first failure is raised at the end."""
        failure: tuple[str, BaseException] | None = None
        for impl in reversed(getattr(self._manager.hook, hook).get_hookimpls()):
            try:
                impl.function(*(arguments[name] for name in impl.argnames))
            except (Exception, SystemExit) as error:
                failure = failure or (self._owners[impl.plugin_name], error)
        if failure is not None:
            owner, error = failure
            raise PluginError(f"{owner}: {hook} failed: {type(error).__name__}: {one_line(error)}") from error


if sys.platform == "win32":
    from pathlib import WindowsPath as _Path
else:
    from pathlib import PosixPath as _Path


class _Watched(SourceFile):
    """A file that says so when somebody asks where it lies, and again when its path becomes text, which is when it is opened: a
    plugin may take all paths before it opens one."""

    @classmethod
    def of(cls, file: SourceFile, tell: Tell) -> _Watched:
        path = _Told(file.path)
        path.tell = partial(tell, file.name)
        watched = cls(path, file.name, file.label)
        object.__setattr__(watched, "tell", tell)  # the class is frozen
        return watched

    def __getattribute__(self, name: str) -> Any:
        if name == "path" and (tell := self.__dict__.get("tell")):
            tell(self.name)
        return super().__getattribute__(name)


class _Told(_Path):
    """The path of such a file; what is made of it is a path like any other."""

    tell: Callable[[], None] | None = None

    def __str__(self) -> str:
        if self.tell is not None:
            self.tell()
        return super().__str__()


class _OnlyDomain:
    """The one hook that every API keeps."""

    artgen_domain = staticmethod(hookspecs.artgen_domain)


def _key(item: RawItem | Skipped) -> int:
    """A number by which an item is known again."""
    if isinstance(item, Skipped):
        return hash((item.name, item.reason))
    return hash((item.origin, item.label, zlib.crc32(item.data.tobytes())))


def _kind(data: object) -> str:
    """Type and shape of an array, in words."""
    return f"{getattr(data, 'dtype', type(data).__name__)}{list(getattr(data, 'shape', ()))}"


def _upgrade(api: int) -> str:
    return "upgrade artgen" if api > API else "upgrade the plugin"
