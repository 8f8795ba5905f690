"""Comp markers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from py_aep import CompItem, Label, MarkerValue

from multiplane.contract.manifest import Marker
from multiplane.deliver.aep import labels
from multiplane.deliver.aep.timing import seconds


@dataclass(frozen=True)
class Note:
    """A text at a frame of the comp; ``frames``: how long it lasts.

    label: its colour's number. is_protected: stretching the comp's layer leaves its time alone.
    """

    frame: int
    frames: int
    text: str
    label: int = 0
    is_protected: bool = False


def note_of(marker: Marker, *, start: int = 0, protect: bool = False) -> Note:
    """A shot's marker, ``start`` frames later; with ``protect``, time is kept where one speaks."""
    return Note(
        start + marker.frame,
        marker.duration_frames,
        marker.text,
        label=labels.LABEL_OF_MARKER.get(marker.kind or "", 0),
        is_protected=protect and marker.kind == "dialogue" and marker.duration_frames > 0,
    )


def add_markers(comp: CompItem, notes: Iterable[Note], rate: Fraction) -> None:
    """Put ``notes`` on the comp. It keeps one marker a time, so notes of one frame are joined."""
    together: dict[int, list[Note]] = {}
    for note in notes:
        together.setdefault(note.frame, []).append(note)
    found = comp.marker_property
    assert found is not None
    for frame, joined in sorted(together.items()):
        value = MarkerValue("\n".join(note.text for note in joined))
        value.duration = seconds(max(note.frames for note in joined), rate)
        found_labels = [note.label for note in joined if note.label]
        if labels.PROBLEM in found_labels:
            value.label = Label(labels.PROBLEM)
        elif found_labels:
            value.label = Label(found_labels[0])
        value.protected_region = any(note.is_protected for note in joined)
        found.set_value_at_time(seconds(frame, rate), value)
