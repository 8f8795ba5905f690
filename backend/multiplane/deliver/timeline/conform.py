"""A storyboard after its cut: what editing changed in order, lengths and choice, taken back.

Works on the storyboard's JSON as it is, so that fields which nobody here knows stay. What hands
and seeds made is kept: a shot keeps its id, and the seed that it had by its place.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from multiplane.contract.layout import film_name
from multiplane.contract.storyboard import MAX_DURATION_S, given_ids, shortest_s
from multiplane.deliver.timecode import frames_at, start_timecodes
from multiplane.deliver.timeline.cut import Cut, CutClip
from multiplane.deliver.timeline.edl import reel_names
from multiplane.deliver.timeline.rates import exact_rate

Kind = Literal["moved", "length", "again", "dropped", "kept", "unknown", "note"]
_SEEDS = 2**32
_A_WHOLE_FRAME = 1e-3  # nearly


@dataclass(frozen=True)
class Change:
    """One thing that the cut changed, or that could not be taken over.

    shot: the id, or the clip's name where no shot is known. text: a sentence for people.
    """

    kind: Kind
    shot: str
    text: str

    @property
    def is_warning(self) -> bool:
        """Whether something of the cut is not in the storyboard now."""
        return self.kind in ("unknown", "note")


@dataclass(frozen=True)
class Conformed:
    """The new storyboard (JSON), what changed, and how many clips were found among its shots."""

    board: dict[str, Any]
    changes: tuple[Change, ...]
    found: int


def conform(board: Mapping[str, Any], cut: Cut, *, keep: bool = False) -> Conformed:
    """The storyboard in the cut's order and lengths.

    board: a valid storyboard as JSON. keep: shots that the cut lacks stay, behind the others;
    without, they are left out. A shot that is used several times becomes as many shots.
    """
    old = list(board["shots"])
    ids = given_ids([str(shot.get("id") or "") for shot in old])
    fps = float(board.get("fps", 24.0))
    places = _known_names(ids)
    starts = start_timecodes(tuple(ids), exact_rate(fps))
    changes: list[Change] = []
    shots: list[dict[str, Any]] = []
    order: list[int] = []
    taken = set(ids)
    for clip in cut.clips:
        place = next((places[key] for name in clip.names if (key := _key(name)) in places), None)
        if place is None:
            text = f"at {_clock(clip.start_s)}, {clip.length_s:.2f} s: no shot of the storyboard"
            changes.append(Change("unknown", clip.name or "unnamed clip", text))
            continue
        id_ = ids[place]
        shot = deepcopy(old[place])
        _keep_seed(shot, board, place)
        if place in order:
            id_ = _free(id_, taken)
            text = f"a further use of {ids[place]} at {_clock(clip.start_s)}, a shot of its own now"
            changes.append(Change("again", id_, text))
        shot["id"] = id_
        changes += _fit(shot, clip, fps)
        late = _late(clip, starts[ids[place]], fps)
        if late:
            text = f"begins {late} frames into its film; made anew, the move begins with the shot"
            changes.append(Change("note", id_, text))
        order.append(place)
        shots.append(shot)
    found = len(shots)
    changes += _moves(order, ids)
    for place in range(len(old)):
        if place not in order:
            if keep:
                shot = deepcopy(old[place])
                _keep_seed(shot, board, place)
                shots.append({**shot, "id": ids[place]})
                changes.append(Change("kept", ids[place], "not in the cut, stands at the end"))
            else:
                changes.append(Change("dropped", ids[place], "not in the cut"))
    if cut.tracks > 1:
        text = f"Of {cut.tracks} picture tracks what is seen from above was taken."
        changes.append(Change("note", cut.title, text))
    return Conformed({**board, "shots": shots}, tuple(changes), found)


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _known_names(ids: Sequence[str]) -> dict[str, int]:
    """Every name by which editing programs may know a shot's film, with the shot's place."""
    stems = [Path(film_name(id_)).stem for id_ in ids]
    found: dict[str, int] = {}
    for names in (ids, stems, reel_names(stems)):
        for place, name in enumerate(names):
            found.setdefault(_key(name), place)
    return found


def _keep_seed(shot: dict[str, Any], board: Mapping[str, Any], place: int) -> None:
    """Write down the seed that the shot had by its place, so that its picture stays."""
    if shot.get("seed") is None:
        shot["seed"] = (int(board.get("seed") or 0) + place) % _SEEDS


def _fit(shot: dict[str, Any], clip: CutClip, fps: float) -> list[Change]:
    """Give the shot the clip's length; what the storyboard has no field for is told."""
    id_, found = str(shot["id"]), []
    before = float(shot.get("duration", 4.0))
    frames = max(1, _frames(clip.length_s, fps))
    # Delivered cuts are rounded along the film, so a shot may have a part of a frame more or less.
    if abs(clip.length_s - before) * fps >= 1.0 - _A_WHOLE_FRAME:
        wanted = min(max(frames / fps, shortest_s(fps)), MAX_DURATION_S)
        shot["duration"] = round(wanted, 6)
        found.append(Change("length", id_, f"{before:g} s before, {wanted:.3g} s now"))
        if wanted * fps < frames - 0.5:
            text = f"lasts {clip.length_s:.1f} s in the cut, longer than a shot may be"
            found.append(Change("note", id_, text))
    camera = shot.get("camera")
    if isinstance(camera, dict) and float(camera.get("start") or 0.0) >= float(
        shot.get("duration", 4.0)
    ):
        shot["camera"] = {**camera, "start": 0.0}
        text = "its camera would have moved after the new end: it starts at once now"
        found.append(Change("note", id_, text))
    if abs(clip.speed - 1.0) > 1e-3:
        text = f"plays at {100 * clip.speed:.0f} % in the cut; made anew, the move fills its length"
        found.append(Change("note", id_, text))
    return found


def _late(clip: CutClip, timecode: str, fps: float) -> int:
    """Frames of the film that the cut leaves out at its beginning.

    timecode: the film's first. An EDL says where a clip begins by timecode only.
    """
    rate = exact_rate(fps)
    first = clip.first_s
    if first is None and clip.timecode_s is not None:
        first = clip.timecode_s - float(frames_at(timecode, rate) / rate)
    return max(0, _frames(first or 0.0, fps))


def _moves(order: Sequence[int], ids: Sequence[str]) -> list[Change]:
    """The fewest shots that changed their place: those outside the longest rising run."""
    firsts = list(dict.fromkeys(order))
    stay = _longest_rising(firsts)
    found = []
    for number, place in enumerate(firsts):
        if place not in stay:
            behind = f"behind {ids[firsts[number - 1]]}" if number else "first"
            found.append(Change("moved", ids[place], f"{behind} now"))
    return found


def _longest_rising(numbers: Sequence[int]) -> set[int]:
    """The longest rising subsequence of different numbers, by patience sorting."""
    tops: list[int] = []
    before: dict[int, int | None] = {}
    for number in numbers:
        pile = bisect_left(tops, number)
        before[number] = tops[pile - 1] if pile else None
        tops[pile : pile + 1] = [number]
    found = set()
    last = tops[-1] if tops else None
    while last is not None:
        found.add(last)
        last = before[last]
    return found


def _free(id_: str, taken: set[str]) -> str:
    number = 2
    while f"{id_}-{number}" in taken:
        number += 1
    taken.add(f"{id_}-{number}")
    return f"{id_}-{number}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{int(minutes)}:{rest:05.2f}"


def _frames(seconds: float, fps: float) -> int:
    """Whole frames at the storyboard's own rate, the nearest."""
    return round(Fraction(seconds) * exact_rate(fps))
