"""Comp markers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from py_aep import CompItem, Label, MarkerValue

from multiplane.deliver.aep import labels
from multiplane.deliver.aep.timing import seconds


@dataclass(frozen=True)
class Note:
    """A text at a frame of the comp; ``frames``: how long it lasts."""

    frame: int
    frames: int
    text: str
    is_problem: bool = False


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
        if any(note.is_problem for note in joined):
            value.label = Label(labels.PROBLEM)
        found.set_value_at_time(seconds(frame, rate), value)
