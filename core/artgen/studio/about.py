"""A process that says what the installed plugins are: a line of JSON for each, and what a folder holds for one.

Plugins are strangers' code and may import anything, so the server asks this process and never imports one itself.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any, cast

from artgen.contract.data import Skipped, Source
from artgen.contract.domain import Domain, Size
from artgen.contract.settings import RunConfig, TrainConfig
from artgen.contract.task import TASKS, TRANSLATION_TASKS, Task
from artgen.data.scan import NothingToReadError, scan
from artgen.data.sources import style_for, with_ignored
from artgen.data.unused import Unused, unused
from artgen.errors import ArtgenError, InputError
from artgen.host import Host, discover
from artgen.host.resolve import domain_of, resolve
from artgen.runfolder.title import style_title
from artgen.runtime.budget import parse_budget
from artgen.runtime.remarks import Remark
from artgen.verbs.elsewhere import naming_readers

_PATIENCE = 10.0  # seconds in which files are tried before the training; what is left is tried by the training itself
_SIMPLE = ("integer", "number", "boolean", "string")


def about(name: str) -> dict[str, Any]:
    """What the page has to know of a plugin; ``problem`` instead where it cannot be used."""
    try:
        domain = Host(name).domain
    except ArtgenError as error:
        return {"name": name, "problem": error.page}
    return {
        "name": name,
        "summary": domain.summary,
        "suffixes": list(domain.suffixes),
        "sampling": list(domain.sampling),
        "tasks": [{**_task(domain.of(task), task), "sizes": sizes_of(domain, task)} for task in domain.tasks],
        "starts": [
            {
                "name": start.name,
                "title": start.title or start.name,
                "path": str(start.path),
                "look": str(start.look) if start.look.is_file() else None,
            }
            for start in domain.named_starts
            if start.path.is_file()
        ],
        "fields": [*_fields("", domain.config.model_json_schema()), *_fields("train", TrainConfig.model_json_schema())],
    }


def look(asked: dict[str, Any]) -> dict[str, Any]:
    """What a training would do: files of the kind, classes, what cannot be read and why; the same of the style of a task that
    has one.

    ``asked``: plugin, task, folder (None: the data that ships), style (None: the works that ship), preset, budget, sets.
    Raises ArtgenError for what the command line would refuse."""
    from artgen.data.store import MINIMUM

    host = Host(str(asked["plugin"]))
    task = str(asked.get("task") or "generate")
    domain = domain_of(host.domain, task)
    config = resolve(host.domain, {"plugin": domain.name, "task": task}, asked.get("preset") or None, None,
                             [str(word) for word in asked.get("sets", ())])  # fmt: skip
    budget = parse_budget(asked.get("budget") or None, asked.get("images") or None, domain.budget)
    folder = asked.get("folder") or domain.embedded
    if folder is None:
        raise InputError(f"{domain.name} ships no works to learn {task} from; drop a folder of your own")
    style = Path(asked["style"]) if asked.get("style") else None
    with naming_readers(domain):
        source = scan(Path(folder), domain.suffixes, made=not asked.get("folder"))
        toward = style_for(config.run.task, domain, style, made=style is None)
    found = _looked(host, config, source, None if not asked.get("folder") else MINIMUM, "to learn from")
    found |= {"embedded": not asked.get("folder"), "seconds": budget.seconds, "images": budget.items}
    size = domain.sizes.get(config.run.preset or "")
    found |= {"started": bool(domain.starts), "preset": config.run.preset}
    found |= {"size": size.text if size else "", "slow": _too_large(size)}
    if toward is not None:
        found["style"] = _looked(host, config, toward, None if style is None else 1, "of the style")
        found["style"] |= {"embedded": style is None}
    return found


def _looked(host: Host, config: RunConfig, source: Source, least: int | None, what: str) -> dict[str, Any]:
    """How many files a source gives that can be used, how many items these, and which files are not used.

    ``least``: so many items are needed, else InputError; None: works that ship, which are not tried. Items are None, too,
    where there was no time for all files (``tried``). ``what``: how the error calls them."""
    found: dict[str, Any] = {"files": len(source.files), "labels": list(source.labels)}
    about = source.about.page if isinstance(source.about, Remark) and not source.labels else ""
    found |= {"items": None, "unused": Unused((), (), ()).plain, "about": about}  # about: why there are no classes
    if least is None:
        return found
    items, end, tried, skipped = 0, 0.0, True, list[Skipped]()
    for item in host.prepare(source, config.domain):
        if isinstance(item, Skipped):
            skipped.append(item)
        else:
            items += 1
        end = end or time.monotonic() + _PATIENCE  # what the plugin loads before its first item is not the files' time
        if time.monotonic() > end:
            tried = False
            break
    suffixes = host.domain.suffixes
    found |= {"files": len(source.files) - len(unused(skipped, suffixes).unusable), "tried": tried}
    every = with_ignored(source, skipped, suffixes)  # in the order in which a training names them
    lost = unused((one for one in every if isinstance(one, Skipped)), suffixes)
    found["unused"] = lost.plain
    if not tried:
        return found
    if items < least:
        why = f" ({lost.unusable[0].name}: {lost.unusable[0].reason})" if lost.unusable else ""
        needed = f"at least {least} {'is' if least == 1 else 'are'} needed"
        raise InputError(f"{items} item{'' if items == 1 else 's'} {what}{why}, {needed}; add more works")
    return {**found, "items": items}


def _task(domain: Domain, task: str) -> dict[str, Any]:
    return {
        "name": task,
        "preset": domain.preset,
        "budget": domain.budget,
        "embedded": domain.embedded is not None,
        "style": style_title(domain.style) if TASKS[cast("Task", task)].takes_style else None,
        "changes": task in TRANSLATION_TASKS or task == "reconstruct",
        "started": bool(domain.starts),
    }


def sizes_of(domain: Domain, task: Task) -> list[list[str]]:
    """The presets that a person may choose from for a task, the usual one first, each with its words.

    Of a domain that names no sizes these are its presets, by their names, but for those of its other tasks; a task with a
    preset of its own has no other one."""
    own = domain.of(task)
    words = {name: size.text for name, size in own.sizes.items()}
    if not words and own.preset == domain.preset:
        others = {domain.of(other).preset for other in domain.tasks} - {own.preset}
        words = {name: name for name in own.presets if name not in others}
    usual = own.preset or ""  # the settings as they are, where there is no such preset
    first = [usual, f"{words[usual]} (usual)" if usual in words else "as usual"]
    return [first, *([name, text] for name, text in words.items() if name != usual)]


def _too_large(size: Size | None) -> bool:
    """Whether networks of this size learn too slowly on this machine to be of use. Loads torch where that has to be asked."""
    if size is None or not size.gpu:
        return False
    from artgen.runtime.device import choose_device

    return choose_device("auto").type == "cpu"


def _fields(section: str, schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Settings as a form can show them: name, type, choices, bounds, default, text."""
    found = []
    for name, field in schema.get("properties", {}).items():
        plain = _resolved(field, schema)
        kind = plain.get("type")
        if kind not in _SIMPLE and "enum" not in plain and "const" not in plain:
            continue  # lists and tables are for the command line
        found.append(
            {
                "key": f"{section}.{name}" if section else name,
                "type": "choice" if "enum" in plain else kind,
                "choices": plain.get("enum"),
                "least": plain.get("minimum", plain.get("exclusiveMinimum")),
                "most": plain.get("maximum", plain.get("exclusiveMaximum")),
                "usual": field.get("default"),
                "text": field.get("description", ""),
            }
        )
    return found


def _resolved(field: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """A field with its reference looked up, and the first kind of several that is not null."""
    if "$ref" in field:
        return schema.get("$defs", {}).get(str(field["$ref"]).rpartition("/")[2], {})
    for one in field.get("anyOf", ()):
        if one.get("type") != "null":
            return _resolved(one, schema)
    return field


def main(words: list[str]) -> None:
    """``about``: a line for each plugin as soon as it is known. ``about look WHAT`` (JSON): one line."""
    if words[:1] == ["look"]:
        try:
            answer = look(json.loads(words[1]))
        except NothingToReadError as error:
            answer = {"problem": error.page, "reader": error.reader if error.flag == "--data" else ""}
        except ArtgenError as error:
            answer = {"problem": error.page}
        print(json.dumps(answer), flush=True)
        return
    for found in discover():
        print(
            json.dumps({"name": found.name, "problem": found.problem} if found.problem else about(found.name)),
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1:])
