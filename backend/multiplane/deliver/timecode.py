"""Timecode of films: where each counts from, and what that is in frames.

An editing program finds a film again by its name and its timecode, so a film has one that stays the
same when the shot is made again, wherever it stands in the storyboard: it follows from the shot's
id, and where two ids of a storyboard would lead to the same one, from which ids there are.
SMPTE ST 12-1: drop-frame labels leave out the first two (at 59.94: four) numbers of every minute
but each tenth.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType

from multiplane.deliver.timeline.rates import drops_frames

_FIRST_HOUR, _MINUTES = 1, 22 * 60
"""Films begin on whole minutes from 01:00 to 22:59, which leaves room for the longest."""
_LABEL = re.compile(r"(\d\d):(\d\d):(\d\d)([:;])(\d{2,3})")


def start_timecode(shot_id: str, rate: Fraction) -> str:
    """The timecode of the first frame of a shot's film at `rate` frames per second.

    A shot with a number in its id begins as many minutes after 01:00:00:00: "shot-012" at
    01:12:00:00. Any other begins at a minute that its id always leads to.
    """
    numbers = re.findall(r"[0-9]+", shot_id)
    return _label(int(numbers[-1]) if numbers else _hashed(shot_id), 0, rate)


def _hashed(shot_id: str) -> int:
    return zlib.crc32(shot_id.encode("utf-8", "replace"))


def _label(minute: int, second: int, rate: Fraction) -> str:
    """The first frame of a second. minute: after the first hour; it begins again when all went."""
    hours, minutes = divmod(_FIRST_HOUR * 60 + minute % _MINUTES, 60)
    if not drops_frames(rate):
        return f"{hours:02d}:{minutes:02d}:{second:02d}:{0:0{3 if rate > 100 else 2}d}"
    is_dropped = minutes % 10 > 0 and second == 0
    return f"{hours:02d}:{minutes:02d}:{second:02d};{_dropped(rate) if is_dropped else 0:02d}"


@lru_cache(maxsize=4)
def start_timecodes(shot_ids: tuple[str, ...], rate: Fraction) -> Mapping[str, str]:
    """The timecodes of a storyboard's films by id, no two alike, whatever the ids' order.

    Of ids that share a start the first by name has it; the others begin where none does, from a
    minute on that their whole id leads to. Beyond 79,200 shots starts are shared again.
    """
    ids = sorted(set(shot_ids))
    starts: dict[str, str] = {}
    taken: set[str] = set()
    late = []
    for id_ in ids:
        own = start_timecode(id_, rate)
        if own in taken:
            late.append(id_)
        else:
            starts[id_] = own
            taken.add(own)
    for id_ in late:
        first = _hashed(id_)
        free = (
            label
            for count in range(_MINUTES * 60)
            if (label := _label(first + count, count // _MINUTES, rate)) not in taken
        )
        starts[id_] = next(free, start_timecode(id_, rate))
        taken.add(starts[id_])
    return MappingProxyType(starts)


def frames_at(timecode: str | None, rate: Fraction) -> int:
    """The frame at `rate` that has this label; 0 where there is none.

    The label counts, as in editing programs: at a rate that it was not made for its seconds stay,
    and its frames are cut off where the second has fewer. Raises ValueError for no timecode.
    """
    if timecode is None:
        return 0
    found = _LABEL.fullmatch(timecode)
    if found is None:
        raise ValueError(f"{timecode!r} is no timecode")
    hours, minutes, seconds, frames = (int(found[group]) for group in (1, 2, 3, 5))
    whole = math.ceil(rate)
    minute = hours * 60 + minutes
    number = (minute * 60 + seconds) * whole + min(frames, whole - 1)
    if not drops_frames(rate):
        return number if found[4] == ":" else number - frames
    number -= _dropped(rate) * (minute - minute // 10)
    # A label without drop-frame may be one that is left out.
    missing = minutes % 10 > 0 and seconds == 0 and frames < _dropped(rate)
    return number + _dropped(rate) - frames if missing else number


def _dropped(rate: Fraction) -> int:
    """Numbers that drop-frame timecode leaves out in a minute."""
    return 2 * math.ceil(rate) // 30
