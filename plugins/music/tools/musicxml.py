"""Read the notes of a MusicXML score and write them as MIDI: parts, voices, chords, ties, transposition, tempo."""

import io
import zipfile
from fractions import Fraction
from typing import NamedTuple
from xml.etree import ElementTree

from midi_writer import Note, write_midi

STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


class Part(NamedTuple):
    """What was read from one part: notes and tempo marks, times in quarters."""

    notes: list[Note]
    tempi: list[tuple[Fraction, float]]


def musicxml_to_midi(data: bytes, tempo: float, programs: list[int]) -> bytes:
    """MIDI of a MusicXML file, packed or not; `tempo` in quarters a minute overrides the marks of the score."""
    if data[:2] == b"PK":
        archive = zipfile.ZipFile(io.BytesIO(data))
        names = [name for name in archive.namelist() if name.endswith("xml") and not name.startswith("META")]
        data = archive.read(names[0])
    parts = [read_part(part, channel) for channel, part in enumerate(ElementTree.fromstring(data).iter("part"))]
    notes = [note for part in parts for note in part.notes]
    marks = [(Fraction(0), tempo)] if tempo else sorted({mark for part in parts for mark in part.tempi})
    return write_midi(notes, marks, dict(enumerate(programs)))


def read_part(part: ElementTree.Element, channel: int) -> Part:
    """Walk the measures of a part; every measure begins where the longest voice of the one before ended."""
    result, begin, divisions, shift = Part([], []), Fraction(0), 1, 0
    for measure in part.iter("measure"):
        now = furthest = begin
        onset = begin
        for item in measure:
            if item.tag == "attributes":
                divisions = int(item.findtext("divisions", str(divisions)))
                shift = int(item.findtext("transpose/chromatic", str(shift)))
            sound = item if item.tag == "sound" else item.find("sound")
            if sound is not None and sound.get("tempo"):
                result.tempi.append((now, float(sound.get("tempo", "120"))))
            if item.tag not in ("note", "backup", "forward"):
                continue
            length = Fraction(item.findtext("duration", "0")) / divisions
            if item.tag == "backup":
                now -= length
                continue
            onset = onset if item.find("chord") is not None else now
            add_note(result.notes, item, channel, onset, length, shift)
            now = max(now, onset + length) if item.find("chord") is not None else now + length
            furthest = max(furthest, now)
        begin = furthest
    return result


def add_note(
    notes: list[Note], item: ElementTree.Element, channel: int, onset: Fraction, length: Fraction, shift: int
) -> None:
    """Append a note, or lengthen the one that is tied to it; rests and grace notes add nothing."""
    pitch = item.find("pitch")
    if pitch is None or not length:
        return
    key = 12 * (int(pitch.findtext("octave", "4")) + 1) + STEPS[pitch.findtext("step", "C")]
    key += int(float(pitch.findtext("alter", "0"))) + shift
    if any(tie.get("type") == "stop" for tie in item.iter("tie")):
        for index in range(len(notes) - 1, -1, -1):
            note = notes[index]
            if note.key == key and note.onset + note.length == onset:
                notes[index] = note._replace(length=note.length + length)
                return
    notes.append(Note(channel, onset, length, key, 72))
