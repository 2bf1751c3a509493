"""A MIDI file as controls: its knobs and notes, at their times."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from artgen.errors import InputError
from artgen.studio.modulation import Matrix, Row
from artgen.studio.parameters import Parameter

LARGEST = 2**22  # bytes
MOST = 200_000  # events
LONGEST = 3600.0  # seconds
_DIRECTION_KNOBS = range(16, 24)  # CCs without a meaning of their own, for directions where nothing else is said

Event = tuple[float, str, float]  # seconds, source, value in [0, 1]


def read_midi(path: Path) -> list[Event]:
    """The events of a MIDI file in order. Raises InputError for a file that is none, too large, or too long."""
    try:
        import mido
    except ImportError:
        raise InputError("needs mido; pip install 'artgen-suite[live]'", at="--midi-file") from None
    try:
        if not path.is_file():
            raise InputError("no such file", at="--midi-file", value=path)
        if path.stat().st_size > LARGEST:
            raise InputError("larger than 4 MiB", at="--midi-file", value=path)
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror or error})", at="--midi-file", value=path) from None
    try:
        found = list(islice(_events(mido.MidiFile(file=io.BytesIO(data), clip=True)), MOST + 1))
    except (Exception, RecursionError) as error:  # the parser raises whatever its parts raise
        raise InputError(f"not a MIDI file ({type(error).__name__})", at="--midi-file", value=path) from None
    if len(found) > MOST:
        raise InputError(f"more than {MOST:,} events", at="--midi-file", value=path)
    if not found:
        raise InputError("holds no knob, note or bend within an hour", at="--midi-file", value=path)
    return found


def _events(file: object) -> Iterator[Event]:
    time = 0.0
    for message in file:  # type: ignore[attr-defined]
        time += max(0.0, float(message.time))
        if time > LONGEST:
            return
        channel = getattr(message, "channel", 0) + 1
        if message.type == "control_change":
            yield time, f"midi/cc/{channel}/{message.control}", message.value / 127
        elif message.type in ("note_on", "note_off"):
            value = message.velocity / 127 if message.type == "note_on" else 0.0
            yield time, f"midi/note/{channel}/{message.note}", value
        elif message.type == "pitchwheel":
            yield time, f"midi/bend/{channel}", (message.pitch + 8192) / 16383


def usual_rows(matrix: Matrix, known: dict[str, Parameter]) -> Matrix:
    """``matrix``; where no row of it hears MIDI, with rows for the first channel: knob 1 is the daring, knobs 16 to 23 are the
    directions in their order. Notes then are seeds (``session.py``)."""
    if any(row.source.startswith("midi/") for row in matrix.rows):
        return matrix
    directions = dict.fromkeys(parameter.key for parameter in known.values() if parameter.field == "moves")
    addresses = ["/daring", *(f"/direction/{name}" for name in directions)]
    rows = [
        Row(source=f"midi/cc/1/{knob}", to=address, mode="set")
        for knob, address in zip((1, *_DIRECTION_KNOBS), addresses, strict=False)
        if address in known
    ]
    return matrix.model_copy(update={"rows": (*matrix.rows, *rows)[:64]})
