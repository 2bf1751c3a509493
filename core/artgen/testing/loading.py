"""Checks of what a plugin says and does before any data is there: import, hooks, domain, settings."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
import warnings
from pathlib import Path
from typing import get_args

from artgen.contract.domain import Domain
from artgen.contract.options import SampleOptions
from artgen.contract.task import Task
from artgen.errors import InputError
from artgen.host import Host
from artgen.host.resolve import parse, resolve, to_toml
from artgen.testing.case import Broken, Case

# Runs in a process of its own. What a library does at its import is not the plugin's doing, so the usual ones come first.
_WATCH = """
import json, os, random, signal, sys, threading
sys.path[:] = json.loads(sys.argv[1])
import numpy, pluggy, pydantic, torch, artgen, artgen.nn, artgen.types
deeds = []
def watch(event, args):
    if event.startswith(("socket.connect", "socket.bind", "subprocess", "os.system", "os.fork", "os.re", "os.mkdir")):
        deeds.append(event + " " + str(args[0] if args else "")[:80])
    elif event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+") and "__pycache__" not in str(args[0]):
        deeds.append("writes " + str(args[0]))
def state():
    return {
        "the random numbers of Python": random.getstate(), "the random numbers of numpy": str(numpy.random.get_state()),
        "the random numbers of torch": torch.get_rng_state().tolist(),
        "the default dtype of torch": str(torch.get_default_dtype()), "the threads of torch": torch.get_num_threads(),
        "the gradient mode of torch": torch.is_grad_enabled(),
        "the working folder": os.getcwd(), "a handler of signals": [str(signal.getsignal(s)) for s in (2, 15)],
        "threads": threading.active_count(),
    }
before = state()
sys.addaudithook(watch)
module = __import__("importlib").import_module(sys.argv[2])
after = state()
changed = ["changes " + name for name in before if before[name] != after[name]]
sys.stderr.write("\\n" + json.dumps(deeds + changed))
"""


def import_is_quiet(case: Case) -> str:
    """Importing the plugin prints, writes, starts, connects and reseeds nothing."""
    module = case.target.partition(":")[0]
    done = _alone(case.fresh_folder(), _WATCH, json.dumps(sys.path), module)
    *noise, last = done.stderr.splitlines() or [""]
    if done.returncode != 0:
        raise Broken(f"importing {module} failed: {last or f'exit code {done.returncode}'}")
    said = done.stdout.strip() or " ".join(noise).strip()
    deeds = json.loads(last) + ([f"prints {said[:80]!r}"] if said else [])
    if deeds:
        raise Broken(f"importing {module} {'; '.join(deeds[:5])}; do it in a hook, when asked")
    return ""


def _alone(folder: Path, code: str, *words: str) -> subprocess.CompletedProcess[str]:
    """A program in ``folder``, in an interpreter of its own that leaves no bytecode behind."""
    command = [sys.executable, "-B", "-c", code, *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False, cwd=folder)  # noqa: S603


def hooks_fit(case: Case) -> str:
    """Hooks have known names and arguments, none is missing, and the plugin API is this artgen's."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        Host(case.name)
    old = [str(w.message) for w in caught if issubclass(w.category, (DeprecationWarning, FutureWarning))]
    return f"warning: {old[0]}" if old else ""


def domain_is_plain(case: Case) -> str:
    """The domain says the same each time, in known words, and what it points to exists."""
    domain, again = case.host.domain, Host(case.name).domain
    if domain != again:
        raise Broken("artgen_domain answers differently when asked twice; it is pure data")
    for problem in _problems(domain) + _task_problems(domain):
        raise Broken(f"artgen_domain: {problem}")
    return ""


def _problems(domain: Domain) -> list[str]:
    found = []
    if not domain.summary.strip() or "\n" in domain.summary:
        found.append("summary is one line of text")
    if not domain.suffixes or any(s != s.lower() or not s.startswith(".") for s in domain.suffixes):
        found.append(f"suffixes {domain.suffixes} are lower case and begin with a dot")
    if not domain.tasks or not set(domain.tasks) <= set(get_args(Task)):
        found.append(f"tasks {domain.tasks} are some of {', '.join(get_args(Task))}")
    if not set(domain.sampling) <= set(SampleOptions.__dataclass_fields__):
        found.append(f"sampling {domain.sampling} names fields of SampleOptions")
    if not set(domain.output_settings) <= set(domain.config.model_fields):
        found.append(f"output_settings {domain.output_settings} names settings of its config")
    if domain.preset is not None and domain.preset not in domain.presets:
        found.append(f"preset {domain.preset} is not among its presets")
    found += [f"preset {name}: {path} does not exist" for name, path in domain.presets.items() if not path.is_file()]
    found += [f"size {name} is not among its presets" for name in domain.sizes if name not in domain.presets]
    if domain.sizes and domain.preset not in domain.sizes:
        found.append(f"preset {domain.preset} is not among its sizes")
    if domain.embedded is not None and not domain.embedded.is_dir():
        found.append(f"embedded {domain.embedded} is no folder; does the package carry its data?")
    if domain.style is not None and not domain.style.exists():
        found.append(f"style {domain.style} does not exist")
    found += [f"start {path} does not exist" for path in domain.starts if not path.is_file()]
    strange = {name for start in domain.named_starts for name in start.output} - set(domain.output_settings)
    found += [f"a start sets {name}, which is not among its output_settings" for name in sorted(strange)]
    names = [start.name for start in domain.named_starts]
    found += [f"start {name} is named twice" for name in sorted({name for name in names if names.count(name) > 1})]
    return found


def _task_problems(domain: Domain) -> list[str]:
    """What is wrong with what the domain sets otherwise for one of its tasks."""
    strange = sorted(set(domain.defaults) - set(domain.tasks))
    if strange:
        return [f"defaults name the task {strange[0]}, which is not among its tasks"]
    return [f"defaults of {task}: {problem}" for task in domain.defaults for problem in _problems(domain.of(task))]


def config_survives_a_round_trip(case: Case) -> str:
    """Settings and every preset survive TOML and JSON unchanged, cannot be altered, and unknown keys are refused."""
    domain = case.host.domain
    for preset, task in (
        *((name, domain.tasks[0]) for name in (None, *domain.presets)),
        *((None, t) for t in domain.tasks),
    ):
        config = resolve(domain, {"plugin": domain.name, "task": task}, preset)
        plain = config.plain()
        for way, back in (("TOML", tomllib.loads(to_toml(plain))), ("JSON", json.loads(json.dumps(plain)))):
            if parse(domain, back) != config:
                raise Broken(
                    f"settings (task {task}, preset {preset}) are not the same after {way}; use plain types in the config class"
                )
    try:
        parse(domain, {"run": {"plugin": domain.name}, "domain": {"surely_no_setting": 1}})
    except InputError:
        pass
    else:
        raise Broken("the config class accepts unknown keys, so a misspelt --set is lost; keep extra='forbid'")
    if not domain.config.model_config.get("frozen"):
        raise Broken("the config class is not frozen; keep model_config of artgen.DomainConfig")
    return f"{len(domain.presets)} presets"


CHECKS = (import_is_quiet, hooks_fit, domain_is_plain, config_survives_a_round_trip)
