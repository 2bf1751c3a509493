"""The model card of a run that is shared: ``README.md`` with a head that hubs read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from artgen.report.words import count, duration, number
from artgen.runfolder.card import Card
from artgen.runfolder.records import COPIES, Figure, Quality

_COPIES = 0.05  # share of near copies above which the card warns
_TAGS = {"picture": "unconditional-image-generation", "film": "text-to-video", "sound": "text-to-audio"}


@dataclass(frozen=True)
class Trained:
    """How a run was trained. ``config``: its settings, ``seen`` items in ``seconds``."""

    config: Mapping[str, Mapping[str, Any]]
    seen: int
    seconds: float


def copies_of(quality: Quality | None) -> Figure | None:
    """The figure of near copies, where somebody has judged the run."""
    return next((f for f in quality.figures if f.name == COPIES and f.label is None), None) if quality else None


def warn_copies(quality: Quality | None) -> str | None:
    """What a person should know before sharing; None: nothing."""
    found = copies_of(quality)
    if found is None or found.value is None:
        return "nobody has looked for copies of training items yet: artgen evaluate RUN"
    if found.value > _COPIES:
        return f"{found.value:.0%} of the works are near copies of training items: share only if the training items may be shared"
    return None


def write_card(
    card: Card, trained: Trained, quality: Quality | None, gallery: Sequence[str], medium: str | None
) -> str:
    """``README.md``. ``gallery``: files of works, ``medium``: what they are."""
    return (
        "\n".join([*_head(card, medium), *_body(card, gallery), *_quality(quality), *_training(trained), *_use(card)])
        + "\n"
    )


def _head(card: Card, medium: str | None) -> Iterator[str]:
    """YAML; a JSON text is one of YAML too."""
    yield "---"
    yield "library_name: artgen"
    yield "license: other"
    yield f"license_name: {json.dumps(card.license[:200])}"
    yield f"tags: {json.dumps(['artgen', 'gan', card.plugin, card.task])}"
    if medium == "picture":
        yield f"pipeline_tag: {_TAGS[medium]}"
    yield "---"
    yield ""


def _body(card: Card, gallery: Sequence[str]) -> Iterator[str]:
    yield f"# {_line(card.title)}"
    if card.by:
        yield f"\nby {_line(card.by)}"
    if card.note:
        yield f"\n{_quoted(card.note)}"
    classes = f" Classes: {', '.join(_line(label) for label in card.labels)}." if card.labels else ""
    yield f"\nA generative adversarial network, trained by artgen: plugin {card.plugin}, task {card.task}.{classes}"
    yield "What it makes is made by a machine. Say so where you show it.\n"
    yield from (f"![{name}]({name})" for name in gallery if name.endswith((".png", ".webp", ".gif", ".jpg")))
    yield from (f"- [{name}]({name})" for name in gallery if not name.endswith((".png", ".webp", ".gif", ".jpg")))
    yield "\n## License\n"
    yield _quoted(card.license)
    yield "\n## Trained on\n"
    yield _quoted(card.about_data)


def _quality(quality: Quality | None) -> Iterator[str]:
    yield "\n## Figures\n"
    if quality is None or not quality.figures:
        yield "Nobody has judged this run yet."
        return
    if quality.warning:
        yield f"{quality.warning}\n"
    copies = copies_of(quality)
    if copies is not None and copies.value is not None:
        yield f"**Near copies of training items: {copies.value:.0%} of the works** (real works: {_said(copies.real)}).\n"
    on = f" on {count(quality.items, 'work')}" if quality.items else ""
    yield f"Measured with {_line(quality.features)}{on}; each beside what real works and noise reach.\n"
    yield "| figure | this run | real works | noise | better |"
    yield "|---|---|---|---|---|"
    for figure in (f for f in quality.figures if f.label is None):
        better = "lower" if figure.lower_is_better else "higher"
        yield f"| {_line(figure.name)} | {_said(figure.value)} | {_said(figure.real)} | {_said(figure.noise)} | {better} |"


def _training(trained: Trained) -> Iterator[str]:
    run = trained.config["run"]
    yield "\n## How it was trained\n"
    yield f"{trained.seen:,} items in {duration(trained.seconds)}, starting from {_line(str(run.get('start') or 'nothing'))}."
    yield f"Preset {_line(str(run.get('preset') or 'none'))}, seed {run.get('seed', 0)}; all settings are in `config.toml`.\n"
    yield "## Limits\n"
    yield "It knows what it was trained on and nothing else, and what is rare there it makes badly."


def _use(card: Card) -> Iterator[str]:
    yield "\n## Play it\n"
    yield "`index.html` plays by a double click. With artgen:\n"
    yield "```sh"
    yield "artgen get PLACE --out runs/mine   # PLACE: this folder, its address, or hf:USER/NAME"
    yield "artgen sample runs/mine"
    yield "```"
    made = f"version {card.version} made it"
    yield f"\nIt needs the plugin `{card.plugin}` of `{card.distribution}` ({made}). Opening it runs no code of it."


def _said(value: float | None) -> str:
    return "" if value is None else number(value)


def _line(text: str) -> str:
    """Words of a person inside a line of Markdown, as they are."""
    flat = " ".join(text.split())
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>|#!" else sign for sign in flat)


def _quoted(text: str) -> str:
    """Words of a person as a quotation."""
    return "\n".join(f"> {_line(line)}" for line in text.splitlines() or [""])
