"""When each shot is on the screen, in frames, and why one is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from multiplane.contract.manifest import Sequence as ShotSequence
from multiplane.contract.storyboard import Shot, Storyboard

NOT_MADE = "This shot has not been made."


@dataclass(frozen=True)
class Place:
    """One shot in time. start, frames: of the whole film; a shot whose entry is wrong has 0."""

    id: str
    start: int
    frames: int
    shot: Shot | None  # None where the storyboard's entry was wrong
    manifest: str | None  # relative to the output folder, with forward slashes
    why: str | None  # why there is no manifest

    @property
    def end(self) -> int:
        """The first frame after the shot."""
        return self.start + self.frames


def places_of(board: Storyboard, sequence: ShotSequence) -> tuple[Place, ...]:
    """All shots of ``sequence``, one directly after the other, with what ``board`` says of them.

    Where sequence.json has two shots overlap (lengths below one frame), the later one waits.
    """
    shots = {shot.id: shot for shot in board.shots}
    found = []
    frame = 0
    for entry in sequence.shots:
        why = None
        if entry.manifest is None:
            why = entry.error.message if entry.error else NOT_MADE
        found.append(
            Place(
                id=entry.id,
                start=frame,
                frames=entry.duration_frames,
                shot=shots.get(entry.id),
                manifest=entry.manifest,
                why=why,
            )
        )
        frame += entry.duration_frames
    return tuple(found)


def at_rate(places: Sequence[Place], rate: Fraction, new_rate: Fraction) -> tuple[Place, ...]:
    """The same places in frames of another rate; the cuts are rounded, never the lengths."""
    if rate == new_rate:
        return tuple(places)
    moved = []
    for place in places:
        start, end = (round(frame * new_rate / rate) for frame in (place.start, place.end))
        moved.append(replace(place, start=start, frames=end - start))
    return tuple(moved)
