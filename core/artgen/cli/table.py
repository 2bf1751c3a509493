"""Every command: its name, what it does in one line, and examples for the end of its help page.

The texts stand here and not beside the functions, because reading them from there would import what the commands need.
"""

from __future__ import annotations

from typing import NamedTuple


class Command(NamedTuple):
    """``name`` on the command line; the function of the same name lies in the module of the same name (dashes as
    underscores)."""

    name: str
    help: str
    examples: tuple[str, ...]

    @property
    def target(self) -> str:
        word = self.name.replace("-", "_")
        return f"artgen.cli.{word}:{word}"


COMMANDS = (
    Command(
        "studio",
        "Open a page in the browser: train on your works, watch, and play.",
        ("artgen studio", "artgen studio my-pictures", "artgen studio runs/mine"),
    ),
    Command(
        "run",
        "Train on a folder, make samples, judge them, write a report page.",
        (
            "artgen run --plugin image",
            "artgen run --plugin music --data my-recordings --budget 20m --out runs/mine",
            "artgen run --resume --budget 10m",
        ),
    ),
    Command(
        "sample",
        "Make new works from a run: pictures, pieces, films.",
        (
            "artgen sample runs/mine --count 16 --label rock",
            "artgen sample runs/mine --seeds 7 --seconds 8 --loop",
        ),
    ),
    Command(
        "walk",
        "Change one work into the next, step by step: a film, or a long piece of music.",
        ("artgen walk runs/mine --seeds 3,14,15 --loop",),
    ),
    Command(
        "live",
        "Play a run like an instrument: by OSC and MIDI, with frames for other programs at a steady rate.",
        ("artgen live runs/mine --osc 9000 --mjpeg 9001", "artgen live runs/mine --take set.jsonl --seconds 60"),
    ),
    Command(
        "perform",
        "Make a take again, every frame, as large as you like: a film with sound.",
        ("artgen perform runs/mine runs/mine/takes/take-001.jsonl --out film.mp4 --sound song.wav",),
    ),
    Command(
        "explore",
        "Find what can be changed in the works of a run, as named directions, and show them on a page.",
        ("artgen explore runs/mine", "artgen explore runs/mine --rename s1=brighter"),
    ),
    Command(
        "project",
        "Find the nearest work that a run can make to a file of your own, to be varied from there.",
        ("artgen project runs/mine my-cat.png", "artgen sample runs/mine --projected my-cat --move s1=2"),
    ),
    Command(
        "explain",
        "Show why the networks of a run do what they do, on one page: where the discriminator looks, what carries a class.",
        ("artgen explain runs/mine", "artgen explain runs/mine my-cat.png"),
    ),
    Command(
        "dream",
        "Let the discriminator of a run dream on a file of your own (DeepDream).",
        ("artgen dream runs/mine my-cat.png", "artgen dream runs/mine my-cat.png --layer 2 --steps 80"),
    ),
    Command(
        "apply",
        "Send your own files through a run that changes works: colorize, enlarge, translate, style, reconstruct.",
        ("artgen apply runs/mine my-photos --out results",),
    ),
    Command(
        "evaluate",
        "Measure how good a run is, beside what real works and noise would score.",
        ("artgen evaluate runs/mine", "artgen evaluate runs/mine --against other-folder"),
    ),
    Command(
        "compare",
        "Put two or more runs side by side on one page.",
        ("artgen compare runs/mine runs/other --out compare.html",),
    ),
    Command(
        "export",
        "Write a run as one page that plays anywhere, or its networks as ONNX for other programs.",
        (
            'artgen export runs/mine --out vases.html --title "My vases" --by "A. Potter"',
            "artgen export runs/mine --onnx networks",
        ),
    ),
    Command(
        "share",
        "Write a run for others to play: a folder for any web space, or a repository of Hugging Face.",
        (
            'artgen share runs/mine --to shared --license "CC BY 4.0" --about-data "My own drawings, 2019 to 2026"',
            "artgen share runs/mine --to hf:me/vases",
        ),
    ),
    Command(
        "get",
        "Bring a run here that somebody shared; nothing of it runs.",
        ("artgen get https://example.org/vases --out runs/vases", "artgen sample hf:somebody/vases"),
    ),
    Command("report", "Write the report page of a run anew.", ("artgen report runs/mine",)),
    Command(
        "pack",
        "Write prepared data as shards, to be streamed from elsewhere.",
        (
            "artgen pack --plugin image --data my-pictures --out shards",
            "artgen run --plugin image --data https://example.org/shards",
        ),
    ),
    Command(
        "slim",
        "Write the networks of a run alone, to be given to others.",
        ("artgen slim runs/mine --out mine.safetensors", "artgen run --plugin image --init mine.safetensors"),
    ),
    Command(
        "verify",
        "Say whether a file was made by artgen, and whether it was changed since.",
        ("artgen verify a-picture.png", "artgen verify a-picture.png --run runs/mine"),
    ),
    Command(
        "doctor",
        "Say what this machine and installation can read, write and train on, and how to get the rest.",
        ("artgen doctor",),
    ),
    Command(
        "plugins",
        "List the installed plugins: what artgen can make here.",
        ("artgen plugins", "artgen plugins --check"),
    ),
    Command(
        "check",
        "For plugin authors: check that a plugin keeps every promise.",
        ("artgen check music", "artgen check glyphs --data my-glyphs --only codec-finds-its-way-back"),
    ),
    Command(
        "new-plugin",
        "For plugin authors: write a working plugin to start from.",
        ("artgen new-plugin glyphs", "pip install -e artgen-glyphs && artgen check glyphs"),
    ),
)
