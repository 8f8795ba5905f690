"""A cut as it comes back from editing: OpenTimelineIO, Final Cut Pro 7 XML or an EDL, as clips."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from multiplane.contract.errors import InputError
from multiplane.deliver.timeline.build import METADATA, REEL_OF
from multiplane.deliver.timeline.rates import exact_rate
from multiplane.intake.text_file import read_text

if TYPE_CHECKING:
    import opentimelineio as otio

_ADAPTERS = {".otio": "otio_json", ".xml": "fcp_xml", ".edl": "cmx_3600"}
_WRITERS = {
    ".fcpxml": "Export the sequence as Final Cut Pro 7 XML, or as OpenTimelineIO.",
    ".prproj": "In Premiere: File > Export > Final Cut Pro XML.",
    ".aaf": "Export the sequence as an EDL, as Final Cut Pro 7 XML, or as OpenTimelineIO.",
    ".drp": "In Resolve: File > Export > Timeline, as OTIO, FCP 7 XML or EDL.",
}


@dataclass(frozen=True)
class CutClip:
    """One use of a film in the cut, in its order. Times are s."""

    name: str
    names: tuple[str, ...]  # by which its film may be known, the surest first
    start_s: float  # in the cut
    length_s: float  # in the cut, what dissolves overlap among it
    first_s: float | None  # of the film, where the clip begins; None: the cut does not say
    timecode_s: float | None  # the same by the film's own timecode
    speed: float  # 1 = as the film is


@dataclass(frozen=True)
class Cut:
    """title: the sequence's. clips: of the picture, in order. tracks: of pictures that it has."""

    title: str
    clips: tuple[CutClip, ...]
    tracks: int


def read_cut(path: Path, fps: float) -> Cut:
    """What is shown, from the file at `path`; of several sequences the longest.

    fps: frames per second of an EDL, which does not say it itself.

    Raises InputError `cut.format` for a file of another kind, `cut.unreadable` for a damaged one,
    `cut.empty` for one without clips.
    """
    import opentimelineio as otio

    suffix = path.suffix.lower()
    if suffix not in _ADAPTERS:
        raise InputError(
            "cut.format",
            "This is no cut that can be read.",
            file=str(path),
            value=suffix or path.name,
            remedy=_WRITERS.get(suffix, "Give an .otio, .xml (Final Cut Pro 7) or .edl file."),
        )
    text, _ = read_text(path, kind="cut")
    options = {"rate": float(exact_rate(fps))} if suffix == ".edl" else {}
    try:
        read = otio.adapters.read_from_string(text, _ADAPTERS[suffix], **options)
        timelines = [read] if isinstance(read, otio.schema.Timeline) else list(_timelines(read))
        found = max((_cut(timeline) for timeline in timelines), key=_length, default=None)
    except Exception as error:  # the adapters raise whatever their parsers do
        raise InputError(
            "cut.unreadable",
            "The cut cannot be read: {why}",
            file=str(path),
            remedy="Export it again from the editing program.",
            values={"why": str(error).strip().splitlines()[0] or type(error).__name__},
        ) from error
    if found is None or not found.clips:
        raise InputError(
            "cut.empty",
            "The cut has no clips on its picture tracks.",
            file=str(path),
            remedy="Export the sequence with the films in it.",
        )
    return found


def _length(cut: Cut) -> float:
    return sum(clip.length_s for clip in cut.clips)


def _timelines(read: otio.core.SerializableObject) -> list[otio.schema.Timeline]:
    import opentimelineio as otio

    found: list[otio.schema.Timeline] = read.find_children(descended_from_type=otio.schema.Timeline)
    return found


def _cut(timeline: otio.schema.Timeline) -> Cut:
    import opentimelineio as otio

    tracks = [track for track in timeline.video_tracks() if track.enabled and len(track)]
    # On several tracks the upper one is seen.
    shown = tracks[0] if len(tracks) == 1 else otio.algorithms.flatten_stack(tracks)
    clips = [
        _clip(item)
        for item in shown
        if isinstance(item, otio.schema.Clip | otio.schema.Stack) and item.enabled
    ]
    return Cut(timeline.name or "", tuple(clips), len(tracks))


def _clip(item: otio.core.Item) -> CutClip:
    import opentimelineio as otio

    place = item.range_in_parent()
    length = item.visible_range().duration if isinstance(item, otio.schema.Clip) else place.duration
    speed = 1.0
    for effect in item.effects:
        if isinstance(effect, otio.schema.LinearTimeWarp):
            speed *= float(effect.time_scalar)
    media = getattr(item, "media_reference", None)
    available = getattr(media, "available_range", None)
    first = None
    if available is not None and item.source_range is not None:
        first = (item.source_range.start_time - available.start_time).to_seconds()
    return CutClip(
        name=item.name or "",
        names=tuple(_names(item, media)),
        start_s=place.start_time.to_seconds(),
        length_s=length.to_seconds(),
        first_s=first,
        timecode_s=item.source_range.start_time.to_seconds() if item.source_range else None,
        speed=speed,
    )


def _names(item: otio.core.Item, media: otio.core.MediaReference | None) -> list[str]:
    """By its own metadata, its film's file, its film's folder (of old all films had one name),
    its reel, and what it is called.
    """
    own = item.metadata.get(METADATA, {})
    found = [str(own["shot_id"])] if isinstance(own, dict) and "shot_id" in own else []
    for url in (getattr(media, "target_url", None), getattr(media, "name", None)):
        if url:
            file = Path(unquote(str(url)).replace("\\", "/"))
            found += [file.parent.name if file.stem == "preview" else file.stem]
    reel = item.metadata.get(REEL_OF, {})
    if isinstance(reel, dict) and reel.get("reel"):
        found.append(str(reel["reel"]))
    called = item.name or ""
    found += [called, Path(called).stem]
    return [name for name in dict.fromkeys(found) if name]
