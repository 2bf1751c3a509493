"""Checks of the tasks that change works: from any file to a changed one, and how the result is judged."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from artgen.contract.data import Skipped, SourceFile
from artgen.contract.networks import Layered
from artgen.contract.task import TASKS
from artgen.contract.writer import Opened
from artgen.inference.model import Model
from artgen.inference.tiles import tiled
from artgen.inference.translate import translate
from artgen.testing.case import Broken, Case, NotApplicable, ask_each
from artgen.verbs.apply import Applier
from artgen.verbs.loaded import LoadedRun

_APART = 0.5  # of the spread of the sources, between what the training sees of a work and what is seen of it later
_LENGTHS = 3  # of a prepared work, one after the other, are a larger one


def works_come_back_at_their_size(case: Case) -> str:
    """From part over take and the generator to give, a work of any size becomes one of its kind, as much larger as trained."""
    return ask_each(case.changes, _sizes)


def _sizes(case: Case) -> str:
    source, truth = _parted(case)
    model = _model(case)
    if (truth is None) != TASKS[case.task].takes_style:
        raise Broken("part says what is wanted where nobody knows it (style), or does not where the data shows it")
    like = source if truth is None else truth
    result = translate(model, source)
    if result.dtype != like.dtype or result.shape != like.shape:
        raise Broken(f"give made {result.dtype}{list(result.shape)}, not {like.dtype}{list(like.shape)}")
    larger = torch.cat([source[:1]] * _LENGTHS, -1)[..., 1:]  # a size that no stride divides
    shape = [*like[:1].shape[:-1], larger.shape[-1] * like.shape[-1] // source.shape[-1]]
    changed = translate(model, larger)
    if list(changed.shape) != shape:
        raise Broken(f"a work {list(larger.shape[1:])} came back as {list(changed.shape[1:])}, expected {shape[1:]}")
    return f"{list(larger.shape[1:])} to {list(changed.shape[1:])}"


def works_are_seen_as_in_training(case: Case) -> str:
    """take shows the generator the ``given`` channels of what encode shows in training."""
    return ask_each(case.changes, _seen)


def _seen(case: Case) -> str:
    codec, raw = case.work_codec, case.trainer.codec.vary(case.raw(4), torch.Generator().manual_seed(0))
    with torch.no_grad():
        trained = case.trainer.codec.encode(raw)[:, : case.networks.source_channels]
        taken = codec.take(codec.part(raw)[0])
    if taken.dtype != torch.float32 or not bool(taken.isfinite().all()):
        raise Broken(f"take gave {taken.dtype}, or values that are not finite; expected finite float32")
    if taken.shape != trained.shape:
        raise Broken(f"take gave {list(taken.shape[1:])}, training showed {list(trained.shape[1:])} of the same works")
    apart = float((taken - trained).square().mean().sqrt() / trained.std().clamp_min(1e-6))
    if apart > _APART:
        raise Broken(f"take differs by {apart:.0%} of their spread from what training showed of the same works")
    return f"{apart:.1%} apart"


def windows_keep_their_size(case: Case) -> str:
    """The generator changes each window of a larger work, up to the size that ``window`` says, to one of the same size."""
    return ask_each(case.changes, _windows)


def _windows(case: Case) -> str:
    nets, trained = case.networks, case.spec.shape[1:]
    window = nets.window or trained
    if len(window) != len(trained):
        raise Broken(f"window {window} names {len(window)} axes, an item has {len(trained)} behind its channels")
    made = case.spec.shape[0] - nets.source_channels or nets.source_channels
    x = case.encoded(1)[:, : nets.source_channels]
    tall = torch.cat([x, x.flip(-1)], -1)
    with torch.no_grad():
        model = _model(case)
        noise, condition = case.batch(1).noise, torch.zeros(1, case.spec.classes)
        whole = tiled(lambda part: model.generator(part, condition, noise), tall, window)
    if list(whole.shape) != [1, made, *tall.shape[2:]] or not bool(whole.isfinite().all()):
        raise Broken(
            f"windows of {list(tall.shape[1:])} were changed to {list(whole.shape[1:])}, or not to finite numbers"
        )
    return f"windows of {list(window)}"


def style_generators_show_their_features(case: Case) -> str:
    """The generator of the task style shows maps of what its encoder sees, fine to coarse, through which it can learn."""
    styles = [each for each in case.tasks if TASKS[each.task].takes_style]
    if not styles:
        raise NotApplicable("no task style, or no data for it")
    return ask_each(styles, _features)


def _features(case: Case) -> str:
    generator, x = case.networks.generator, case.encoded(2).requires_grad_()
    assert isinstance(generator, Layered)  # the trainer has refused others
    maps = generator.features(x)
    places = [m[0, 0].numel() for m in maps]
    if not maps or any(m.dim() < 3 for m in maps) or places != sorted(places, reverse=True):
        raise Broken(f"features gave maps {[list(m.shape) for m in maps]}, expected [b, f, ...], fine to coarse")
    learning = [parameter for parameter in generator.parameters() if parameter.requires_grad]
    grads = torch.autograd.grad(
        sum((m.square().mean() for m in maps), x.new_zeros(())), [x, *learning], allow_unused=True
    )
    deep = [g for g in grads[1:] if g is not None and bool((g != 0).any())]
    if grads[0] is None or not deep:
        raise Broken("features let no gradient through to the generator, so it would not learn what to keep")
    return f"{len(maps)} layers"


def a_file_is_changed_and_read_again(case: Case) -> str:
    """artgen apply changes a file whole and says why it cannot change a bad one; what it wrote opens again."""
    return ask_each(case.changes, _applied)


def _applied(case: Case) -> str:
    good, folder = case.source.files[0], case.fresh_folder()
    bad = folder / f"bad{good.path.suffix.lower()}"
    bad.write_bytes(np.random.default_rng(0).integers(0, 256, 997, dtype=np.uint8).tobytes())
    files = [SourceFile(good.path, good.path.name, None), SourceFile(bad, bad.name, None)]
    model = _model(case)
    run = LoadedRun(folder, case.host, case.config, model, 0, 0.0)
    done = Applier(run).apply(files, folder / "out")
    if len(done.skipped) != 1 or done.skipped[0].name != bad.name or not done.skipped[0].reason.strip():
        raise Broken(f"artgen_open gave no Skipped with a reason for {bad.name}, which holds nothing it can read")
    before, again = (_whole(case, file) for file in (files[0], SourceFile(done.written[0], done.written[0].name, None)))
    if before is None or again is None:
        raise NotApplicable("no artgen_open")
    if again.ndim != before.ndim or again.dtype != before.dtype:  # small works may be enlarged for the eye
        raise Broken(
            f"artgen_open reads {again.dtype}{list(again.shape)} from the file written for {list(before.shape)}"
        )
    return f"{list(before.shape)} to {done.written[0].suffix}"


def the_judge_knows_what_changed(case: Case) -> str:
    """closeness and content are a finite number per work, most for the truth itself; baselines make works like the wanted."""
    return ask_each(case.changes, _judged)


def _judged(case: Case) -> str:
    judge = case.host.judge(case.config.domain)
    if judge is None:
        raise NotApplicable("no judge of its own")
    source, truth = _parted(case)
    like = source if truth is None else truth
    with torch.no_grad():
        for word, way in (("closeness", judge.closeness if truth is not None else None), ("content", judge.content)):
            best = way(like, like) if way else {}
            worse = way(like.flip(0), like) if way else {}
            for name, values in best.items():
                if values.shape != (len(like),) or not bool(values.isfinite().all() and worse[name].isfinite().all()):
                    raise Broken(f"{word}: {name} is {list(values.shape)} for {len(like)} works, expected finite [b]")
                if float(values.mean()) < float(worse[name].mean()):
                    raise Broken(f"{word}: {name} is higher for another work than for the same, higher is nearer")
        for name, baseline in judge.baselines.items():
            made = baseline(source, like)
            if made.shape != like.shape or made.dtype != like.dtype:
                raise Broken(f"the baseline {name} made {made.dtype}{list(made.shape)} of {list(source.shape)}")
    return f"{len(judge.baselines)} baselines"


def _model(case: Case) -> Model:
    """The averaged generator, in eval mode."""
    return case.trainer.model()


@torch.no_grad()
def _parted(case: Case) -> tuple[Tensor, Tensor | None]:
    """Prepared items as works that are given and wanted."""
    source, truth = case.work_codec.part(case.raw(4))
    if len(source) != 4 or (truth is not None and len(truth) != 4):
        raise Broken(f"part gave {len(source)} works of 4 items")
    return source, truth


def _whole(case: Case, file: SourceFile) -> np.ndarray | None:
    """The first part of a file; None where the domain opens none. Raises Broken where it does not open."""
    opened = case.host.open(file, case.config.domain)
    if isinstance(opened, Skipped):
        raise Broken(f"artgen_open cannot open {file.name}: {opened.reason}")
    return next(opened.parts) if isinstance(opened, Opened) else None


CHECKS = (
    works_come_back_at_their_size, works_are_seen_as_in_training, windows_keep_their_size,
    style_generators_show_their_features, a_file_is_changed_and_read_again, the_judge_knows_what_changed,
)  # fmt: skip
