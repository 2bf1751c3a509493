"""A take, made again frame by frame, at any size, with sound, marks and recipe.

However slow this machine is, no frame is left out.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path

import numpy as np

from artgen.contract.options import SampleOptions
from artgen.contract.writer import Sample, Writer
from artgen.errors import InputError
from artgen.live.radio import ended, hop, joined
from artgen.media.calm import Calm
from artgen.media.film_file import film_file
from artgen.provenance.label import code_of, finished, marked, replaceable, stamped
from artgen.provenance.medium import kind_of
from artgen.provenance.packet import read_packet
from artgen.runfolder.state import State
from artgen.runtime.disk import refuse_foreign, staged
from artgen.studio.playing import Opened
from artgen.studio.takes import Moment, Take, read_take
from artgen.verbs.soundtrack import WRITTEN, listen, with_sound

FPS = 30.0
SMALLEST = 256  # pixels: a film of smaller pictures is enlarged by a whole factor, because players blur small ones
ENDINGS = (".mp4", ".webm")
Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Wishes:
    """How a take is performed.

    - ``fps``: frames a second, 1 to 120.
    - ``sound``: a sound file; or a run that makes music, for a take with a radio; None: silent.
    - ``calm``: without flashes, as it was shown.
    - ``mark``: with the invisible mark.
    """

    fps: float = FPS
    sound: Path | None = None
    calm: bool = True
    mark: bool = True


def perform(
    opened: Opened, file: Path, out: Path, wishes: Wishes, tell: Tell = lambda _done, _count: None
) -> list[Path]:
    """Make the take ``file`` of the run again and write it to ``out``: the paths, the work itself first.

    - ``opened``: the run. A take of other weights of its plugin is played with these.
    - ``out``: ends with .mp4 or .webm for pictures and films; a run of music takes the ending that its writer gives.
    - ``tell(done, count)`` hears of every frame.

    Raises InputError for a take that is none or of another plugin, a run that makes no works from nothing, and a name that a
    file of others has; StorageError."""
    if not 1 <= wishes.fps <= 120:
        raise InputError("give 1 to 120", at="--fps", value=f"{wishes.fps:g}")
    take = read_take(file)
    facts = opened.facts()
    if not facts["plays"]:
        raise InputError("this run changes works instead of making them, so it cannot be performed: artgen apply")
    if take.head.plugin and take.head.plugin != facts["plugin"]:
        raise InputError(
            f"{file}: was played with {take.head.plugin}; give a run of that plugin, not of {facts['plugin']}"
        )
    kind = kind_of(opened.sample(next(take.frames(1.0)).state).data)
    if kind is None:
        raise InputError(f"the works of {facts['plugin']} are no pictures, films or sounds", at="artgen perform")
    if kind == "sound":
        return _sounded(opened, take, out, wishes.mark)
    if out.suffix.lower() not in ENDINGS:
        raise InputError(f"give a name that ends with {' or '.join(ENDINGS)}", at="--out", value=out)
    return [_filmed(opened, take, out, wishes, tell)]


def _filmed(opened: Opened, take: Take, out: Path, wishes: Wishes, tell: Tell) -> Path:
    first = next(take.frames(wishes.fps)).state
    metadata = {**opened.metadata(first), "title": "a take"}
    refuse_foreign(out, "--out", "artgen", lambda data: read_packet(data) is not None)
    with tempfile.TemporaryDirectory() as scratch, staged(out.parent, replaceable) as folder:
        sound = _sound(wishes.sound, take, Path(scratch))
        film, count = folder / out.name, max(1, round(take.seconds * wishes.fps))
        comment = "; ".join(f"{name}={value}" for name, value in metadata.items() if value)
        with film_file(film, wishes.fps, {"title": "artgen", "comment": comment}) as write:
            for number, frame in enumerate(frames(opened, take, wishes)):
                write(_shown(frame))
                tell(number + 1, count)
        if sound is not None:
            film = with_sound(film, sound, take.seconds, "--sound")
        stamped([film], metadata, opened.run.signer)
    return out


def frames(opened: Opened, take: Take, wishes: Wishes) -> Iterator[np.ndarray]:
    """Every frame of a take, ``[h, w, 3]`` uint8, enlarged as the run writes its works, calmed and marked."""
    writer, code = opened.run.host.writer(opened.run.config.domain), code_of(opened.metadata(State()))
    calm = Calm() if wishes.calm else None
    last: tuple[Moment, np.ndarray] | None = None
    for number, moment in enumerate(take.frames(wishes.fps)):
        lit = replace(moment, dark=False)
        if last is None or last[0] != lit:
            last = lit, _work(opened, writer, lit)
        work, at = last[1], number / wishes.fps
        picture = work[int(at * opened.film_rate(lit.state)) % len(work)]
        picture = np.zeros_like(picture) if moment.dark else picture
        picture = picture if calm is None else calm.frame(picture, at)
        if wishes.mark and not moment.dark:
            picture = np.moveaxis(marked(np.ascontiguousarray(np.moveaxis(picture, -1, 0)), code), 0, -1)
        yield picture


def _work(opened: Opened, writer: Writer, moment: Moment) -> np.ndarray:
    """The frames of a work, ``[t, h, w, 3]`` uint8; a picture is one."""
    data = finished(writer, opened.sample(moment.state, moment.between).data)
    data = data[:, None] if data.ndim == 3 else data
    return np.moveaxis(data[:3] if data.shape[0] > 1 else data.repeat(3, 0), 0, -1)


def _shown(frame: np.ndarray) -> np.ndarray:
    """As a film holds it: not too small, and with even sides."""
    factor = max(1, ceil(SMALLEST / max(frame.shape[:2])))
    large = frame.repeat(factor, 0).repeat(factor, 1)
    high, wide = (max(2, side // 2 * 2) for side in large.shape[:2])
    return np.ascontiguousarray(large[:high, :wide])


def _sound(source: Path | None, take: Take, scratch: Path) -> Path | None:
    """The sound file to put beside the frames: the person's own, or the radio of a music run."""
    if source is None:
        return None
    if not source.is_dir() and source.suffix != ".safetensors":
        listen(source, take.seconds, "--sound")  # looked at in a process of its own
        return source
    if not take.pieces:
        raise InputError("no radio plays in this take; give a sound file", at="--sound", value=source)
    made = _sounded(Opened(source), take, scratch / "radio", True)
    found = [path for path in made if path.suffix.lower() in WRITTEN]
    if not found:
        raise InputError("this run makes no sound; give a music run, or a sound file", at="--sound", value=source)
    return found[0]


def _sounded(opened: Opened, take: Take, out: Path, mark: bool) -> list[Path]:
    """The radio of a take, through the writer of the domain, which finishes and labels it."""
    pieces = list(_pieces(opened, take))
    first = pieces[0].state
    if kind_of(opened.sample(first).data) != "sound":
        raise InputError("this run makes no sound; give a music run, or a sound file", at="--sound", value=opened.path)
    wave = joined(((piece.begins, _heard(opened, piece)) for piece in pieces), opened.sound_rate(), take.seconds)
    options = SampleOptions(seconds=take.seconds) if "seconds" in opened.run.host.domain.sampling else SampleOptions()
    made = Sample(wave, first.seed, "+".join(first.weights or {}) or None, options)
    return opened.run.writer(mark).write(made, out.with_suffix(""), opened.metadata(first))


@dataclass(frozen=True)
class _Piece:
    """A piece of music: ``begins``, in seconds of the take, negative where it had begun before; ``ends``: when it was stopped."""

    begins: float
    state: State
    ends: float | None = None


def _heard(opened: Opened, piece: _Piece) -> np.ndarray:
    wave = opened.sample(piece.state).data
    return wave if piece.ends is None else ended(wave, piece.ends - piece.begins, opened.sound_rate())


def _radio(take: Take) -> Iterator[_Piece]:
    """Pieces as the radio played them."""
    sounding: list[_Piece] = []
    for event in take.events():
        if (sounds := event.sounds) is None:
            continue
        if sounds.piece is None:
            yield from (replace(piece, ends=event.at) for piece in sounding)
            sounding = []
        else:
            sounding.append(_Piece(event.at - sounds.into, sounds.piece))
    yield from sounding


def _pieces(opened: Opened, take: Take) -> Iterator[_Piece]:
    """As the radio played them, or a piece after the other of what was played."""
    if take.pieces:
        yield from _radio(take)
        return
    begin, number = 0.0, 0
    for event, until in _spans(take):
        while begin < until:
            state = event.state.model_copy(update={"seed": event.state.seed + number})
            yield _Piece(begin, state)
            length = opened.sample(state).data.shape[-1] / opened.sound_rate()
            begin, number = begin + hop(length), number + 1


def _spans(take: Take) -> Iterator[tuple[Moment, float]]:
    """What is played, and until when."""
    before: Moment | None = None
    for event in take.events():
        if before is not None:
            yield before, event.at
        before = event.moment
    if before is not None:
        yield before, take.seconds + (0.001 if take.seconds else 1.0)
