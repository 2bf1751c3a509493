"""Checks of what leaves the plugin: files, and figures of how good they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor

from artgen.contract.data import RawItem, Skipped
from artgen.contract.writer import Sample
from artgen.data.scan import scan
from artgen.runfolder.samples import stem
from artgen.testing.case import Broken, Case, NotApplicable
from artgen.testing.data import mistaken

T = TypeVar("T")
_COUNT = 4


def what_is_written_can_be_prepared(case: Case) -> str:
    """Real items, written as samples, come back through artgen_prepare, each as itself."""
    given = case.raw(_COUNT)
    samples = [Sample(raw.numpy(), number, None) for number, raw in enumerate(given)]
    writer = case.host.writer(case.config.domain)
    items: list[RawItem] = []
    for sample in samples:
        folder = case.fresh_folder()
        paths = writer.write(sample, folder / stem(sample), {"comment": "a check", "seed": str(sample.seed)})
        _check_paths(paths, folder / stem(sample), case)
        answers = list(case.host.prepare(scan(folder, case.host.domain.suffixes), case.config.domain))
        items += [item for item in answers if isinstance(item, RawItem)][:1]
        if len(items) <= sample.seed:
            why = answers[0].reason if answers and isinstance(answers[0], Skipped) else "no item came"
            raise Broken(f"artgen_prepare cannot read {paths[0].name}, which the writer wrote: {why}")
    raw = torch.stack([torch.from_numpy(item.data.copy()) for item in items])
    if raw.dtype != given.dtype or raw.shape != given.shape:
        raise Broken(f"written and prepared again, an item is {raw.dtype}{list(raw.shape[1:])}")
    with torch.no_grad():
        wrong = mistaken(case.trainer.codec.encode(raw), case.encoded(_COUNT))
    if wrong:
        raise Broken(f"{wrong} of {len(samples)} items came back nearer to another: writer and prepare do not agree")
    return f"{len(samples)} files"


def a_sheet_shows_all(case: Case) -> str:
    """The sheet is a PNG picture that opens, for one sample and for several."""
    from PIL import Image

    with torch.no_grad():
        decoded = case.trainer.codec.decode(case.encoded(_COUNT))
    samples = [Sample(d.numpy(), number, None) for number, d in enumerate(decoded)]
    writer = case.host.writer(case.config.domain)
    for count in (1, _COUNT):
        path = case.fresh_folder() / "sheet.png"
        given = writer.sheet(samples[:count], path, None if count == 1 else 2)
        if given != path or not path.is_file():
            raise Broken(f"sheet returned {given}, asked was {path}")
        try:
            with Image.open(path, formats=("PNG",)) as picture:
                picture.load()
        except OSError as error:
            raise Broken(f"the sheet of {count} is no PNG picture: {error}") from error
    return ""


def the_judge_answers_in_numbers(case: Case) -> str:
    """Features are a finite row per item, statistics and attributes a finite number per item, the same when asked again."""
    judge = case.host.judge(case.config.domain)
    if judge is None:
        raise NotApplicable("no judge of its own")
    with torch.no_grad():
        raw = case.trainer.codec.decode(case.encoded(2))
        rows = _twice("features", lambda: judge.features(raw))
        if rows.dim() != 2 or len(rows) != 2 or rows.dtype != torch.float32:
            raise Broken(f"features gave {rows.dtype}{list(rows.shape)} for 2 items, expected float32 [2, f]")
        for describe in filter(None, (judge.statistics, judge.attributes)):
            for name in describe(raw):
                values = _twice(name, lambda name=name, describe=describe: describe(raw)[name])
                if values.shape != (2,):
                    raise Broken(f"the statistic {name} gave {list(values.shape)} for 2 items, expected [2]")
    return f"{rows.shape[1]} features"


def _twice(name: str, options: Callable[[], Tensor]) -> Tensor:
    torch.manual_seed(1)
    one = options()
    torch.manual_seed(2)
    if not bool(one.isfinite().all()) or not torch.equal(one, options()):
        raise Broken(f"{name} of the judge are not finite, or others when asked again")
    return one


def _check_paths(paths: list[Path], wanted: Path, case: Case) -> None:
    """Make sure that the files are where they were asked for, the first of a kind that prepare reads."""
    if not paths or not all(p.is_file() for p in paths):
        raise Broken(f"write returned {paths}, expected the files that it wrote")
    if not all(p.parent == wanted.parent and p.name.startswith(wanted.name) for p in paths):
        raise Broken(f"write wrote {paths[0].name}, expected {wanted.name} plus a suffix")
    if paths[0].suffix not in case.host.domain.suffixes:
        raise Broken(
            f"write wrote a {paths[0].suffix} file first, artgen_prepare reads {', '.join(case.host.domain.suffixes)}"
        )


CHECKS = (what_is_written_can_be_prepared, a_sheet_shows_all, the_judge_answers_in_numbers)
