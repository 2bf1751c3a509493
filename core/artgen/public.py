"""What is public: the one list that ``artgen``, ``docs/stability.md`` and the tests of the architecture share."""

from __future__ import annotations

# the modules that plugins and scripts may import; nothing deeper is promised
MODULES = (
    "artgen", "artgen.types", "artgen.nn", "artgen.media", "artgen.testing", "artgen.errors", "artgen.hookspecs",
    "artgen.objectives",
)  # fmt: skip

# where each name of ``artgen`` itself comes from
HOMES = {
    "artgen.api": ("Run", "compare", "load", "run"),
    "artgen.contract.hookspecs": ("API",),
    "artgen.contract.settings": ("DomainConfig",),
    "artgen.data.pairs": ("pair_files",),
    "artgen.types": (
        "Codec", "DataSpec", "Domain", "Judge", "Networks", "Noise", "Opened", "RawItem", "Sample",
        "SampleOptions", "Skipped", "Source", "TaskDefaults", "WalkWriter", "Writer",
    ),
    "artgen.verbs.pack": ("pack",),
}  # fmt: skip

# old names of artgen and artgen.types, which go on working with a warning
RENAMED = {"Ask": "SampleOptions", "Draws": "Noise", "GIVEN": "TRANSLATION_TASKS"}
