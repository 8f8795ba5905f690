"""The timeline as an edit decision list (CMX 3600), the form that every program reads.

What it holds: the row of films with exact source and record timecodes, clip names, and what is
said, done and noted as comments. Record timecode starts at 00:00:00:00, so it is the place in the
film. Timecode is drop-frame at 29.97 and 59.94 ("FCM: DROP FRAME", a semicolon before the
frames), as such material is counted and as Premiere shows it; all other rates count every frame.

What is lost: the audio (tracks may overlap, an EDL's channels may not), colours and lengths of
markers, layers and all metadata, the size of the picture, and the rate itself: the program that
reads it has to be told. Reels are the names of the films' files without their ending, by which
programs find them again, and unique; they are longer than the eight characters of old, as today's
programs write them. Only gaps, which cut a line apart, are another character there. A shot that
was not made is a hole, and a comment of the event before or after it. A rate that has no timecode
(12.5) is written at the next one that has, cuts rounded in time.

CMX 3600 numbers events with three digits. A film of more events is several lists, each numbered
from 001, whose titles say which part they are; record timecode and reels go on through all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from itertools import count, pairwise
from typing import TYPE_CHECKING

from multiplane.deliver.timeline.build import METADATA, REEL_OF
from multiplane.deliver.timeline.rates import drops_frames
from multiplane.deliver.timeline.texts import one_line

if TYPE_CHECKING:
    import opentimelineio as otio

RESERVED = ("AX", "BL", "BLACK", "BARS")
"""Reels that mean no film."""
MAX_EVENTS = 999
_EVENT = re.compile(r"^\d{3,}  ", re.MULTILINE)
_PART_TITLE = re.compile(r"TITLE: .*\(part \d+ of \d+\)\nFCM: ")
# A comment that begins with FROM makes Premiere call clips UNKNOWN; readers of OpenTimelineIO
# know this one.
_FILE, _FILE_FOR_ALL = "* FROM FILE: ", "* OTIO REFERENCE FROM: "


def edl_texts(timeline: otio.schema.Timeline) -> list[str]:
    """The EDL of ``timeline`` (at a rate of `rates.timecode_rate`), in as many parts as needed."""
    import opentimelineio as otio

    own = otio.schema.Timeline(timeline.name)
    films = timeline.tracks[0].deepcopy()
    own.tracks.append(films)
    rate = Fraction(timeline.global_start_time.rate).limit_denominator(1001)
    clips = list(films.find_clips())
    reels = reel_names(clip.metadata[REEL_OF]["reel"] for clip in clips)
    for clip, reel in zip(clips, reels, strict=True):
        clip.metadata[REEL_OF] = {"reel": reel, "comments": _comments(clip)}
        del clip.markers[:]
    _say_what_is_missing(films, timeline.tracks)
    text: str = otio.adapters.write_to_string(
        own, adapter_name="cmx_3600", rate=float(rate), style="nucoda"
    )
    mode = "DROP FRAME" if drops_frames(rate) else "NON-DROP FRAME"
    body = text.partition("\n\n")[2] if own.name else text
    parts = _parts(body.replace(_FILE, _FILE_FOR_ALL))
    return [
        f"TITLE: {own.name}{_part_of(number, len(parts))}\nFCM: {mode}\n\n{part}"
        for number, part in enumerate(parts, start=1)
    ]


def is_part(text: str) -> bool:
    """Whether ``text`` is one of several parts that `edl_texts` gave."""
    return _PART_TITLE.match(text) is not None


def _part_of(number: int, parts: int) -> str:
    return f" (part {number} of {parts})" if parts > 1 else ""


def _parts(body: str) -> list[str]:
    """The events in lists of `MAX_EVENTS` at most, each numbered from 001."""
    starts = [found.start() for found in _EVENT.finditer(body)]
    if len(starts) <= MAX_EVENTS:
        return [body]
    bounds = [*starts[::MAX_EVENTS], len(body)]
    return [_numbered(body[first:last]) for first, last in pairwise(bounds)]


def _numbered(events: str) -> str:
    numbers = count(1)
    return _EVENT.sub(lambda event: f"{next(numbers):03d}  ", events)


def reel_names(stems: Iterable[str]) -> list[str]:
    """A reel for each film: the stem of its file, without gaps; none twice, none reserved."""
    taken = {"", *RESERVED}
    found = []
    for stem in stems:
        plain = re.sub(r"\s", "_", one_line(stem))
        reel, number = plain, 1
        # Programs compare them without minding capitals.
        while reel.upper() in taken:
            number += 1
            reel = f"{plain}_{number}"
        taken.add(reel.upper())
        found.append(reel)
    return found


def _comments(item: otio.core.Item, of: str = "") -> list[str]:
    """The markers' texts, every line as one comment; ``of``: whose they are, if not the clip's."""
    found = []
    for marker in item.markers:
        kind = str(marker.metadata[METADATA]["kind"])
        head = kind.upper() + (f" OF {of}" if of and kind != "problem" else "")
        found += [f"{head}: {line}" for line in marker.comment.splitlines() if line]
    return found


def _say_what_is_missing(films: otio.schema.Track, sequence: otio.schema.Stack) -> None:
    """A hole has no line of its own: the clip before it, or else after it, speaks for it.

    What the whole sequence is marked with, shots without a length, the first clip says.
    """
    import opentimelineio as otio

    speaker: otio.schema.Clip | None = None
    waiting = _comments(sequence)
    for item in films:
        if isinstance(item, otio.schema.Gap):
            waiting += _comments(item, of=item.name)
        else:
            speaker = item
        if speaker is not None:
            speaker.metadata[REEL_OF]["comments"].extend(waiting)
            waiting = []
