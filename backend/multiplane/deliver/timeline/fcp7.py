"""The timeline as Final Cut Pro 7 XML (xmeml 4), which Premiere and Resolve import.

Paths. Media is named by ``./`` and a path relative to the XML file, percent-encoded: Storyboarder
has delivered to Premiere like that for years, Resolve looks beside the XML too, and a folder that
moves stays whole. Programs that want more (Final Cut Pro 7, some versions of Premiere, media on
another drive) take ``file://localhost/C%3A/...``; ``absolute=True`` writes that. A plain
``file:///C:/...`` is what they fail to find.

Rates. The format knows whole rates and those that NTSC slowed by 1000/1001. 29.97 and 59.94 are
shown as drop-frame, as in the EDL, so that the timecode tells the time; frames are what counts.
Any other rate (12.5, 120) is written at one that timecode knows (`rates`), cuts rounded in time.

Markers lie on the sequence, where every program shows them. A stereo file becomes two tracks that
are marked as one pair; a shot's film and its sound are linked, and move together.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from multiplane.deliver.timeline.build import METADATA
from multiplane.deliver.timeline.rates import drops_frames
from multiplane.deliver.timeline.texts import one_line
from multiplane.deliver.timeline.urls import absolute_url, path_of

if TYPE_CHECKING:
    import opentimelineio as otio

_FCP = "fcp_xml"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>\n'
_COLOURS = {
    "GREEN": (0, 160, 60),
    "YELLOW": (230, 190, 0),
    "BLUE": (40, 110, 220),
    "RED": (220, 40, 40),
}
_TIMECODE = ("rate", "string", "frame", "displayformat", "source", "reel")
_SEQUENCE_AUDIO = {
    "numOutputChannels": "2",
    "format": {"samplecharacteristics": {"depth": "16", "samplerate": "48000"}},
}


def fcp7_text(
    timeline: otio.schema.Timeline, out: Path, size: tuple[int, int], *, absolute: bool = False
) -> str:
    """The XML of ``timeline`` (at a `rates.timecode_rate`), written into the folder ``out``.

    size: of the film, px. absolute: name media by absolute URLs.
    """
    import opentimelineio as otio

    own = timeline.deepcopy()
    rate = Fraction(own.global_start_time.rate).limit_denominator(1001)
    own.metadata[_FCP] = {
        "media": {"video": _picture(size, rate), "audio": _SEQUENCE_AUDIO},
        "timecode": _timecode(rate),
    }
    _markers_to_sequence(own)
    for number, clip in enumerate(own.find_clips(), start=1):
        media = clip.media_reference
        facts = media.metadata[METADATA]
        if "://" not in media.target_url:
            path = path_of(media.target_url, out)
            media.target_url = absolute_url(path) if absolute else f"./{media.target_url}"
        media.metadata[_FCP] = {
            "timecode": _timecode(rate, facts.get("reel")),
            "media": _media(facts, rate),
        }
        clip.metadata[_FCP] = {
            "masterclipid": f"masterclip-{number}",
            "enabled": "TRUE",
            **_columns(clip.metadata.get(METADATA, {})),
        }
    for track in list(own.tracks):
        if track.kind == otio.schema.TrackKind.Audio:
            _one_track_a_channel(own.tracks, track)
    text: str = otio.adapters.write_to_string(own, adapter_name="fcp_xml")
    root = ElementTree.fromstring(text)
    _tidy(root)
    _link(root)
    ElementTree.indent(root)
    return f"{_HEAD}{ElementTree.tostring(root, encoding='unicode')}\n"


def _picture(size: tuple[int, int], rate: Fraction) -> dict[str, Any]:
    return {"format": {"samplecharacteristics": _samples(size, rate)}}


def _samples(size: tuple[int, int], rate: Fraction) -> dict[str, Any]:
    whole = math.ceil(rate)
    return {
        "rate": {"timebase": str(whole), "ntsc": "FALSE" if whole == rate else "TRUE"},
        "width": str(size[0]),
        "height": str(size[1]),
        "anamorphic": "FALSE",
        "pixelaspectratio": "square",
        "fielddominance": "none",
    }


def _media(facts: dict[str, Any], rate: Fraction) -> dict[str, Any]:
    if "channels" not in facts:
        size = (facts["width"], facts["height"])
        return {"video": {"samplecharacteristics": _samples(size, rate)}}
    return {
        "audio": {
            "samplecharacteristics": {"depth": "16", "samplerate": str(facts["sample_rate"])},
            "channelcount": str(facts["channels"]),
        }
    }


def _timecode(rate: Fraction, reel: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"displayformat": "DF" if drops_frames(rate) else "NDF"}
    if reel is not None:
        found |= {"source": "source", "reel": {"name": one_line(reel)}}
    return found


def _columns(facts: dict[str, Any]) -> dict[str, Any]:
    """What Premiere shows in the columns of its project panel."""
    if not facts:
        return {}
    prompt = one_line(facts.get("prompt") or "")
    layers = " ".join(layer["url"] for layer in facts.get("layers", []))
    model = " ".join(str(facts[key]) for key in ("model", "model_version") if key in facts)
    seed = f", seed {facts['seed']}" if "seed" in facts else ""
    return {
        "logginginfo": {
            "description": prompt,
            "scene": "",
            "shottake": one_line(facts["shot_id"]),
            "lognote": one_line(facts.get("notes") or ""),
        },
        "comments": {"mastercomment1": f"{model}{seed}", "mastercomment2": layers},
    }


def _markers_to_sequence(timeline: otio.schema.Timeline) -> None:
    """Move all markers to the sequence, in its time; gaps are not written and would lose theirs."""
    import opentimelineio as otio

    moved = list(timeline.tracks.markers)
    del timeline.tracks.markers[:]
    for track in timeline.tracks:
        for index, item in enumerate(track):
            start = track.range_of_child_at_index(index).start_time
            start -= item.trimmed_range().start_time  # which markers of an item count from
            for marker in item.markers:
                own = marker.deepcopy()
                own.marked_range = otio.opentime.TimeRange(
                    start + marker.marked_range.start_time, marker.marked_range.duration
                )
                moved.append(own)
            del item.markers[:]
    for marker in sorted(
        moved, key=lambda moved_marker: float(moved_marker.marked_range.start_time.value)
    ):
        red, green, blue = _COLOURS[marker.color]
        colour = {"red": str(red), "green": str(green), "blue": str(blue), "alpha": "0"}
        marker.metadata[_FCP] = {"comment": marker.comment, "color": colour}
        timeline.tracks.markers.append(marker)


def _one_track_a_channel(stack: otio.schema.Stack, track: otio.schema.Track) -> None:
    """Final Cut Pro's audio tracks are mono: each channel of a file has its own."""
    first = next(iter(track.find_clips()))
    channels = int(first.media_reference.metadata[METADATA]["channels"])
    copies = [track.deepcopy() for _ in range(channels - 1)]
    for channel, channel_track in enumerate([track, *copies]):
        if channel:
            stack.insert(stack.index(track) + channel, channel_track)
        channel_track.metadata[_FCP] = {
            "@currentExplodedTrackIndex": str(channel),
            "@totalExplodedTrackCount": str(channels),
            "outputchannelindex": str(1 + channel % 2),
        }
        source = {"mediatype": "audio", "trackindex": str(channel + 1)}
        for clip in channel_track.find_clips():
            clip.metadata[_FCP]["sourcetrack"] = source
        if channels == 2:
            channel_track.metadata[_FCP]["@premiereTrackType"] = "Stereo"
            for clip in channel_track.find_clips():
                clip.metadata[_FCP]["@premiereChannelType"] = "stereo"


def _tidy(root: ElementTree.Element) -> None:
    """What the adapter writes otherwise than editing programs do.

    It says a clip's rate twice, which the format's DTD does not allow, and what a timecode has of
    metadata before the timecode itself.
    """
    for clip in root.iter("clipitem"):
        for rate in clip.findall("rate")[1:]:
            clip.remove(rate)
    for timecode in root.iter("timecode"):
        timecode[:] = sorted(timecode, key=lambda part: _TIMECODE.index(part.tag))


def _link(root: ElementTree.Element) -> None:
    """Link the clips of each shot with one another; the adapter leaves links out."""
    groups: dict[str, list[tuple[ElementTree.Element, list[tuple[str, str]]]]] = {}
    for clip, facts in _clips(root):
        groups.setdefault(clip.findtext("name", ""), []).append((clip, facts))
    for group in groups.values():
        if len(group) < 2:
            continue
        for clip, _own in group:
            for other, facts in group:
                link = ElementTree.SubElement(clip, "link")
                ElementTree.SubElement(link, "linkclipref").text = other.get("id")
                for tag, value in facts:
                    ElementTree.SubElement(link, tag).text = value


def _clips(
    root: ElementTree.Element,
) -> Iterator[tuple[ElementTree.Element, list[tuple[str, str]]]]:
    """Every clip item with what a link says of its place."""
    for kind in ("video", "audio"):
        for number, track in enumerate(root.iterfind(f".//sequence/media/{kind}/track"), start=1):
            for index, clip in enumerate(track.iterfind("clipitem"), start=1):
                facts = [
                    ("mediatype", kind),
                    ("trackindex", str(number)),
                    ("clipindex", str(index)),
                ]
                yield clip, facts + ([("groupindex", "1")] if kind == "audio" else [])
