"""The settings of a new run, filled from defaults <- domain <- preset <- config file <- ``--set``.

Parsed once at the edge; inside artgen there are no loose dicts.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from artgen.contract.domain import Domain
from artgen.contract.settings import EMBEDDED, RunConfig, RunSection, TrainConfig
from artgen.errors import InputError, nearest


def domain_of(domain: Domain, task: str) -> Domain:
    """The domain as it is for ``--task``. Raises InputError naming the tasks where it does not offer this one."""
    if task not in domain.tasks:
        raise InputError(f"{domain.name} offers {', '.join(domain.tasks)}", at="--task", value=task)
    return domain.of(task)


def resolve(
    domain: Domain,
    run: Mapping[str, Any],
    preset: str | None = None,
    config_file: Path | None = None,
    sets: Sequence[str] = (),
    started: bool = False,
    output: Mapping[str, Any] | None = None,
) -> RunConfig:
    """Build the config of a new run; later sources win.

    ``started``: it starts from weights, so the domain's ``tuning`` counts too, and its ``tuning_embedded`` where ``run`` names
    the embedded data. ``output``: settings that suit these weights, see StartWeights.
    ``run``: fields of RunSection; ``sets``: ``key=value`` words, keys bare (``lr_g``) or dotted (``train.lr_g``).
    Raises InputError naming the key, the reason and the nearest known keys.
    """
    domain = domain.of(run.get("task", "generate"))
    tuning = {**domain.tuning, **(domain.tuning_embedded if run.get("data") == EMBEDDED else {})}
    sections: dict[str, dict[str, Any]] = {
        "train": {**domain.train, **(tuning if started else {})},
        "domain": dict(output or {}),
    }
    name = domain.preset if preset is None else preset
    if name is not None:
        _merge(sections, domain, read_toml(_preset_file(domain, name)), f"preset {name}")
    if config_file is not None:
        _merge(sections, domain, read_toml(config_file), str(config_file))
    for word in sets:
        _merge_word(sections, domain, word)
    return parse(domain, {"run": {**run, "preset": name}, **sections})


def on_this_machine(config: RunConfig, domain: Domain, sets: Sequence[str]) -> RunConfig:
    """The config of a resumed run with other settings of the machine (``TrainConfig.machine_fields``).

    - ``sets``: ``key=value`` words, as for ``resolve``.

    Raises InputError for any other setting, which what was learned depends on."""
    plain = config.plain()
    for word in sets:
        sections: dict[str, dict[str, Any]] = {"train": {}, "domain": {}}
        _merge_word(sections, domain, word)
        known = TrainConfig.machine_fields
        if not set(sections["train"]) <= set(known) or sections["domain"]:
            allowed = f"{', '.join(known[:-1])} and {known[-1]}"
            raise InputError(
                f"a resumed run keeps its settings but those of the machine: {allowed}; start a new one to change others",
                at="--set with --resume",
                value=word,
            )
        plain["train"] |= sections["train"]
    return parse(domain, plain)


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
        raise _explained(error, domain) from None
    except RecursionError:
        raise InputError("the config is nested too deeply") from None


def played_with(config: RunConfig, domain: Domain, settings: Mapping[str, Any]) -> RunConfig:
    """The config of a trained run with other ``settings`` for what it writes; None: as the run has it. Raises InputError for one
    that the domain does not let be changed (see ``Domain.output_settings``), or a value that is not valid."""
    wanted = {name: value for name, value in settings.items() if value is not None}
    for name in wanted:
        if name not in domain.output_settings:
            flag = f"--{name.replace('_', '-')}"
            page = f"{name.replace('_', ' ')} has no meaning for {domain.name}"
            raise InputError(f"has no meaning for {domain.name}", at=flag, page=page)
    if not wanted:
        return config
    plain = config.plain()
    return parse(domain, {**plain, "domain": {**plain["domain"], **wanted}})


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file; InputError when it is missing, no regular file, too large (1 MiB), or not TOML."""
    try:
        if path.exists() and not path.is_file():  # a pipe would wait for its writer, a device has no end
            raise InputError("cannot be read (not a regular file)", value=path)
        if path.stat().st_size > 2**20:
            raise InputError("larger than 1 MiB, not a config file", value=path)
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", value=path) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"not valid TOML ({error})", value=path) from None
    except RecursionError:
        raise InputError("nested too deeply", value=path) from None


def _preset_file(domain: Domain, name: str) -> Path:
    if name not in domain.presets:
        raise InputError(
            f"{domain.name} has no such preset, {nearest(name, domain.presets)}", at="--preset", value=name
        )
    return domain.presets[name]


def _merge_word(sections: dict[str, dict[str, Any]], domain: Domain, word: str) -> None:
    key, sep, value = word.partition("=")
    if not sep:
        raise InputError("write it as key=value", at="--set", value=word)
    _merge(sections, domain, _nest(key.strip(), _value(value)), "--set", word)


def _merge(
    sections: dict[str, dict[str, Any]], domain: Domain, update: Mapping[str, Any], at: str, word: str | None = None
) -> None:
    for key, value in update.items():
        if key in sections and isinstance(value, Mapping):
            for inner, item in value.items():
                _place(sections, domain, f"{key}.{inner}", item, at, word)
        else:
            _place(sections, domain, key, value, at, word)


def _place(
    sections: dict[str, dict[str, Any]], domain: Domain, key: str, value: Any, at: str, word: str | None
) -> None:
    fields = {"train": TrainConfig.model_fields, "domain": domain.config.model_fields}
    section, _, name = key.rpartition(".")
    if not any(name in known for known in fields.values()):
        old = {"train": TrainConfig.old_names, "domain": domain.config.old_names}
        name = next((names[name] for part, names in old.items() if section in ("", part) and name in names), name)
    homes = [s for s in fields if name in fields[s] and section in ("", s)]
    if not homes:
        names = [*fields["train"], *fields["domain"]]
        raise InputError(f"{domain.name} has no setting {key}, {nearest(name, names)}", at=at, value=word)
    if len(homes) > 1:
        raise InputError(f"both train.{name} and domain.{name} exist, write which one", at=at, value=word)
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


def _explained(error: ValidationError, domain: Domain) -> InputError:
    """The first of what is wrong, in a line."""
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    hint, reason = "", str(first["msg"]).removeprefix("Value error, ").replace("Input should", "should", 1)
    if first["type"] == "extra_forbidden":
        hint = ", " + nearest(name, [*TrainConfig.model_fields, *domain.config.model_fields])
    what = f"setting {name} = {str(first['input'])[:60]}"
    if first["type"] != "tuple_type":
        return InputError(f"{what}: {reason}{hint}")
    word = f"{name.rpartition('.')[2]}={json.dumps([first['input']])}"
    return InputError(f"{what}: should be a list; write --set '{word}'", page=f"{what}: should be a list, as in {word}")


def to_toml(sections: Mapping[str, Mapping[str, Any]]) -> str:
    """Nested plain values as TOML text (tables of scalars and lists, which is all that a config holds)."""
    import tomlkit

    return tomlkit.dumps(sections)
