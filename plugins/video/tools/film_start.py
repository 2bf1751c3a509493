"""Films begin as pictures: ``python plugins/video/tools/film_start.py PICTURES OUT --classes faces,animals,people``, then
``artgen run --plugin video --preset small --init OUT``.

PICTURES: a run of the image plugin (preset small) or its checkpoint. Its generator becomes the frames of the film generator, its
discriminator the close look at single frames (after MoCoGAN-HD, Tian 2021, whose films move through the latents of pictures).
What only films have is drawn as in fresh networks; where it enters a layer that has learned, it begins at ``QUIET`` of its usual
size, so that the first films are pictures that sway a little.
"""

from __future__ import annotations

import argparse
import re
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from artgen.host import Host
from artgen.host import resolve as configs
from artgen.runfolder import checkpoint
from artgen.runfolder.locate import find_checkpoint
from artgen.types import DataSpec

QUIET = 0.3
FRAMES = 16  # of a clip of the preset
NAMES = (  # of a picture's network, of a film's
    (r"^ema\.net\.(basis|start|changes)", r"ema.frames.\1"),
    (r"^ema\.net\.levels\.(\d+)\.0\.layers\.0", r"ema.frames.blocks.\1.first"),
    (r"^ema\.net\.levels\.(\d+)\.0\.layers\.1", r"ema.frames.blocks.\1.last"),
    (r"^ema\.net\.levels\.(\d+)\.0\.affine", r"ema.frames.blocks.\1.affine"),
    (r"^ema\.net\.levels\.(\d+)\.0\.noise\.strength", r"ema.frames.strengths.\1"),
    (r"^ema\.net\.grain\.strength", "ema.frames.strengths.4"),
    (r"^ema\.net\.unfold", "ema.frames.detail"),
    (r"^ema\.net\.paint", "ema.frames.to_frame"),
    (r"^discriminator\.trunk\.fold", "discriminator.close.enter"),
    (r"^discriminator\.trunk\.changes", "discriminator.close.changes"),
    (r"^discriminator\.trunk\.levels\.(\d+)\.0\.layers\.0", r"discriminator.close.blocks.\1.first"),
    (r"^discriminator\.trunk\.levels\.(\d+)\.0\.layers\.1", r"discriminator.close.blocks.\1.last"),
    (r"^discriminator\.head\.", "discriminator.close.one."),  # heads and joined have the same names
)


def begin(source: Path, out: Path, classes: tuple[str, ...]) -> None:
    """Write the checkpoint ``source`` of pictures to ``out`` as one of films of ``classes``, which it has to know. Raises
    InputError where it cannot be read."""
    pictures = checkpoint.read_header(source)
    columns = [pictures.labels.index(name) for name in classes]
    learned = {
        renamed(name): tensor[:, columns] if name.endswith("embed.weight") else tensor
        for name, tensor in checkpoint.part(source, ("ema.", "discriminator.")).items()
    }
    host = Host("video")
    config = configs.resolve(host.domain, {"plugin": "video"}, preset="small")
    shape = (3, FRAMES, *pictures.shape[1:])
    torch.manual_seed(0)
    nets = host.networks(config.domain, DataSpec(shape, classes))
    assert nets.discriminator is not None
    fresh = {f"ema.{name}": tensor for name, tensor in nets.generator.state_dict().items()}
    fresh |= {f"discriminator.{name}": tensor for name, tensor in nets.discriminator.state_dict().items()}
    tensors = {name: taken(learned.get(name), tensor, name) for name, tensor in fresh.items()}
    tensors["discriminator.close.bases"][0] = learned["discriminator.basis"]
    tensors["ema.frames.ripples.mix.weight"] *= QUIET
    header = replace(pictures, plugin="video", config=config.plain(), labels=classes, shape=shape)
    checkpoint.save(out, header, tensors)
    idle = sorted(set(learned) - set(fresh))
    print(
        f"{out}: {sum(name in learned for name in fresh)} of {len(fresh)} tensors from pictures; not used: {', '.join(idle)}"
    )


def renamed(name: str) -> str:
    """What a tensor of a picture's networks is called in a film's."""
    for pattern, film in NAMES:
        name = re.sub(pattern, film, name)
    return name


def taken(learned: Tensor | None, fresh: Tensor, name: str) -> Tensor:
    """``learned`` in the first places of a tensor as large as ``fresh``; the motion's columns behind it begin quietly."""
    if learned is None:
        return fresh.clone()
    result = fresh * QUIET
    place = tuple(slice(size) for size in learned.shape)
    if any(a > b for a, b in zip(learned.shape, fresh.shape, strict=True)):
        raise SystemExit(
            f"{name}: {list(learned.shape)} of pictures, {list(fresh.shape)} of films; give both the same widths"
        )
    result[place] = learned
    return result


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--classes", default="animals,faces,people")
    words = parser.parse_args()
    begin(find_checkpoint(words.pictures), words.out, tuple(words.classes.split(",")))
