"""Checks of prepare and codec: from a file to what the networks see, and back."""

from __future__ import annotations

import shutil

import numpy as np
import torch
from torch import Tensor

from artgen.contract.data import RawItem, Skipped
from artgen.data.scan import scan
from artgen.inference.model import module
from artgen.testing.case import Broken, Case, state_of

_LARGEST_CODE = 20.0  # whitened codes reach about 6
_LOSS = 0.7  # of the spread of the data; a codec that keeps less than half of the variance is no codec


def prepare_repeats_itself(case: Case) -> str:
    """The same files and settings give the same items, whatever the state of the random numbers."""
    first = case.answers
    torch.manual_seed(1)
    np.random.seed(1)
    second = list(case.host.prepare(case.source, case.config.domain))
    if len(first) != len(second):
        raise Broken(f"artgen_prepare gave {len(first)} items, then {len(second)}")
    for one, two in zip(first, second, strict=True):
        same = one == two if isinstance(one, Skipped) or isinstance(two, Skipped) else _same(one, two)
        if not same:
            raise Broken(
                f"artgen_prepare gave something else for {_name(one)} when asked again; draw nothing at random there"
            )
    items = [item for item in first if isinstance(item, RawItem)]
    strange = {item.label for item in items} - {None, *case.source.labels}
    if strange:
        raise Broken(f"artgen_prepare gave the label {min(map(str, strange))}, the source has {case.source.labels}")
    return f"{len(items)} items {items[0].data.dtype}{list(items[0].data.shape)}" if items else "no items"


def prepare_skips_bad_files(case: Case) -> str:
    """An empty file and one of random bytes become Skipped with a reason, and cost no good file."""
    folder = case.fresh_folder()
    good = case.source.files[0]
    shutil.copyfile(good.path, folder / f"b{good.path.suffix.lower()}")
    alone = _items(case, folder)
    noise = np.random.default_rng(0).integers(0, 256, 997, dtype=np.uint8).tobytes()
    for suffix in case.host.domain.suffixes:
        (folder / f"a-empty{suffix}").touch()
        (folder / f"c-noise{suffix}").write_bytes(noise)
    answers = list(case.host.prepare(scan(folder, case.host.domain.suffixes), case.config.domain))
    bad = [a for a in answers if isinstance(a, RawItem) and a.origin.startswith(("a-empty", "c-noise"))]
    if bad:
        raise Broken(f"artgen_prepare made an item of {bad[0].origin}, which holds nothing it can read")
    kept = [a for a in answers if isinstance(a, RawItem)]
    if len(kept) != len(alone) or not all(_same(a, b) for a, b in zip(kept, alone, strict=True)):
        raise Broken("artgen_prepare gave other items for a good file because bad ones lay beside it")
    skipped = [a for a in answers if isinstance(a, Skipped)]
    if len(skipped) < 2 * len(case.host.domain.suffixes) or not all(a.reason.strip() for a in skipped):
        raise Broken("artgen_prepare left out a bad file without a Skipped that says why")
    return f"{len(skipped)} skipped"


def codec_stays_in_range(case: Case) -> str:
    """Encoded items, and noise, are finite float32; items have the size that networks like; any code decodes to raw integers."""
    x, raw = case.encoded(16), case.raw(16)
    if x.dtype != torch.float32 or not bool(x.isfinite().all()):
        raise Broken(f"encode gave {x.dtype}, or values that are not finite; expected finite float32")
    size, largest = float(x.square().mean().sqrt()), float(x.abs().max())
    if not 0.02 <= size <= 3 or largest > _LARGEST_CODE:
        raise Broken(
            f"encoded items have a root mean square of {size:.3g} and reach {largest:.3g}; the scale is [-1, 1]"
        )
    info = torch.iinfo(raw.dtype)
    rng = torch.Generator().manual_seed(0)
    noise = torch.randint(info.min, info.max + 1, raw.shape, generator=rng, dtype=raw.dtype)
    with torch.no_grad():
        if not bool(case.trainer.codec.encode(noise).isfinite().all()):
            raise Broken(
                f"encode is not finite for noise over all of {raw.dtype}, which is judged too: clamp raw values first"
            )
        wild = case.trainer.codec.decode(torch.randn(2, *case.spec.shape) * 3)
    if wild.dtype != raw.dtype or len(wild) != 2 or wild.dim() != raw.dim():
        raise Broken(
            f"decode gave {wild.dtype}{list(wild.shape)} for 2 codes, raw items are {raw.dtype}{list(raw.shape[1:])}"
        )
    return f"rms {size:.2f}, largest {largest:.2f}"


def codec_finds_its_way_back(case: Case) -> str:
    """Encode, decode and encode again: each item comes back as itself and not as another."""
    x = case.encoded(16)
    with torch.no_grad():
        back = case.trainer.codec.encode(case.trainer.codec.decode(x))
    if back.shape != x.shape:
        raise Broken(f"an item is {list(x.shape[1:])} before and {list(back.shape[1:])} after decode and encode")
    loss = float((back - x).square().mean().sqrt() / (x - x.mean(0)).square().mean().sqrt().clamp_min(1e-9))
    wrong = mistaken(back, x)
    if wrong or loss > _LOSS:
        raise Broken(f"decode and encode lose {loss:.0%} of the spread of the data, and {wrong} of {len(x)} items come back "
                     "nearer to another")  # fmt: skip
    return f"{loss:.1%} of the spread lost"


def codec_travels_in_its_buffers(case: Case) -> str:
    """A codec that only got the checkpoint encodes and decodes as the one that saw the data."""
    ours = case.trainer.codec
    theirs = case.host.codec(case.config.domain)
    module(theirs).load_state_dict(state_of(ours))
    x = case.encoded(2)
    with torch.no_grad():
        if not torch.equal(ours.decode(x), theirs.decode(x)):
            raise Broken("a codec restored from a checkpoint decodes differently; keep what fit learns in buffers")
        raw = case.raw(2)
        if not torch.equal(ours.encode(raw), theirs.encode(raw)):
            raise Broken("a codec restored from a checkpoint encodes differently; keep what fit learns in buffers")
    if any(p.requires_grad for p in module(ours).parameters()):
        raise Broken("the codec has parameters that want gradients; it is not trained")
    return ""


def vary_uses_its_own_dice(case: Case) -> str:
    """vary keeps shape and kind, repeats itself for the same rng, and leaves the global random numbers alone."""
    codec, raw = case.trainer.codec, case.raw(4)
    torch.manual_seed(1)
    one = codec.vary(raw.clone(), torch.Generator().manual_seed(5))
    torch.manual_seed(2)
    two = codec.vary(raw.clone(), torch.Generator().manual_seed(5))
    if one.dtype != raw.dtype or len(one) != len(raw):
        raise Broken(f"vary made {one.dtype}{list(one.shape)} of {raw.dtype}{list(raw.shape)}")
    if not torch.equal(one, two):
        raise Broken("vary gave something else for the same rng; draw from rng alone")
    if tuple(codec.encode(one).shape[1:]) != case.spec.shape:
        raise Broken("vary gave items that encode to another shape")
    return ""


def mistaken(found: Tensor, wanted: Tensor) -> int:
    """How many of ``found [b, *shape]`` lie nearer to another of ``wanted`` than to their own."""
    distance = torch.cdist(found.flatten(1), wanted.flatten(1))
    return int((distance.argmin(1) != torch.arange(len(found))).sum())


def _items(case: Case, folder: object) -> list[RawItem]:
    source = scan(folder, case.host.domain.suffixes)  # type: ignore[arg-type]
    return [a for a in case.host.prepare(source, case.config.domain) if isinstance(a, RawItem)]


def _same(one: object, two: object) -> bool:
    if not (isinstance(one, RawItem) and isinstance(two, RawItem)):
        return False
    return (one.label, one.origin) == (two.label, two.origin) and np.array_equal(one.data, two.data)


def _name(item: RawItem | Skipped) -> str:
    return item.origin if isinstance(item, RawItem) else item.name


CHECKS = (
    prepare_repeats_itself, prepare_skips_bad_files, codec_stays_in_range, codec_finds_its_way_back,
    codec_travels_in_its_buffers, vary_uses_its_own_dice,
)  # fmt: skip
