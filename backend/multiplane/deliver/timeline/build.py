"""The timeline as OpenTimelineIO has it: one row of films, the boards' audio below it.

Every place is a whole number of frames at the exact rate (24000/1001 for 23.976). What is said,
done and noted in a shot are markers of its clip, each on a frame of its own, because Resolve keeps
one marker a frame. A shot that was not made is a gap with a red marker that says why. All that
other programs may want to know of a shot stands in the metadata under "multiplane".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multiplane.contract.errors import InputError
from multiplane.contract.manifest import Manifest
from multiplane.contract.output_folder import ShotFolder
from multiplane.deliver.timecode import frames_at
from multiplane.deliver.timeline.places import Place
from multiplane.deliver.timeline.rates import exact_rate
from multiplane.deliver.timeline.sounds import Sound
from multiplane.deliver.timeline.texts import MOST_OF_A_NAME, one_line, told
from multiplane.deliver.timeline.urls import relative_url

if TYPE_CHECKING:
    import opentimelineio as otio

METADATA = "multiplane"
REEL_OF = "cmx_3600"
COLOURS = {"Dialogue": "GREEN", "Action": "YELLOW", "Note": "BLUE", "Problem": "RED"}


def build_timeline(
    out: Path,
    title: str,
    places: Sequence[Place],
    sounds: Sequence[Sound],
    rate: Fraction,
    *,
    beside: Path,
    problems: Mapping[str | None, str],
    metadata: Mapping[str, Any],
) -> otio.schema.Timeline:
    """The timeline of ``places`` and ``sounds`` (frames at ``rate``) of an output folder.

    beside: the folder of the file that will hold it; media is named relative to it. problems: by
    shot id, what is wrong besides a missing film; becomes a red marker as well. Under None: of
    the whole.
    """
    import opentimelineio as otio

    timeline = otio.schema.Timeline(
        one_line(title), metadata={METADATA: dict(metadata)}, global_start_time=_time(0, rate)
    )
    if whole := problems.get(None):
        timeline.tracks.markers.extend(_markers([("Problem", whole)], 0, 1, rate))
    films = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    for place in places:
        manifest, why = _manifest(out, place)
        notes = told(place.shot)
        notes += [
            ("Problem", f"{place.id}: {text}") for text in (why, problems.get(place.id)) if text
        ]
        if not place.frames:
            # No length, no item to hang a marker on.
            timeline.tracks.markers.extend(_markers(notes, place.start, 1, rate))
            continue
        items = _film(out, beside, place, manifest, rate)
        shown = items[0].trimmed_range()
        start, length = int(shown.start_time.value), int(shown.duration.value)
        items[0].markers.extend(_markers(notes, start, length, rate))
        films.extend(items)
    timeline.tracks.append(films)
    timeline.tracks.extend(_audio(beside, sounds, rate))
    return timeline


def _film(
    out: Path, beside: Path, place: Place, manifest: Manifest | None, rate: Fraction
) -> list[otio.core.Item]:
    """The shot's clip, and a gap after it where an older film is shorter than its place."""
    import opentimelineio as otio

    if manifest is None or manifest.files.preview is None or place.manifest is None:
        return [_gap(place.id, place.frames, rate)]
    folder = (out / place.manifest).parent
    film = folder / manifest.files.preview
    length = _frames_of(manifest, rate)
    shown = min(length, place.frames)
    # Source times are the film's own, by its timecode: readers subtract it to get places in it.
    start = frames_at(manifest.start_timecode, rate)
    # Earlier versions called all films alike: their names tell none of them.
    reel = place.id if manifest.start_timecode is None else film.stem
    clip = otio.schema.Clip(
        name=one_line(place.id),
        media_reference=otio.schema.ExternalReference(
            target_url=relative_url(film, beside),
            available_range=_range(start, length, rate),
            metadata={METADATA: {**_size(manifest), "reel": reel}},
        ),
        source_range=_range(start, shown, rate),
        # Where OpenTimelineIO's readers and writers of other formats look for a reel.
        metadata={
            METADATA: _facts(beside, folder, place, manifest),
            REEL_OF: {"reel": reel},
        },
    )
    clip.media_reference.name = film.name
    rest = [_gap(place.id, place.frames - shown, rate)] if shown < place.frames else []
    return [clip, *rest]


def _audio(beside: Path, sounds: Sequence[Sound], rate: Fraction) -> list[otio.schema.Track]:
    import opentimelineio as otio

    tracks = []
    for number in range(1 + max((sound.track for sound in sounds), default=-1)):
        track = otio.schema.Track(f"A{number + 1}", kind=otio.schema.TrackKind.Audio)
        end = 0
        for sound in (placed for placed in sounds if placed.track == number):
            if sound.start > end:
                track.append(_gap("", sound.start - end, rate))
            length, shown = sound.frames(rate), sound.shown(rate)
            facts = {
                "seconds": float(sound.seconds),
                "sample_rate": sound.sample_rate,
                "channels": sound.channels,
            }
            clip = otio.schema.Clip(
                name=one_line(sound.name),
                media_reference=otio.schema.ExternalReference(
                    target_url=relative_url(sound.path, beside),
                    available_range=_range(0, length, rate),
                    metadata={METADATA: facts},
                ),
                source_range=_range(sound.into, shown, rate),
            )
            clip.media_reference.name = one_line(sound.path.name)
            track.append(clip)
            end = sound.start + shown
        tracks.append(track)
    return tracks


def _manifest(out: Path, place: Place) -> tuple[Manifest | None, str | None]:
    if place.manifest is None:
        return None, place.why
    try:
        manifest = ShotFolder.open((out / place.manifest).parent).manifest
    except InputError:
        return None, f"{place.manifest} cannot be read."
    return manifest, None if manifest.files.preview else "The shot has no film."


def _facts(beside: Path, folder: Path, place: Place, manifest: Manifest) -> dict[str, Any]:
    """The clip's metadata; files are URLs relative to ``beside``."""

    def url(file: str | None) -> str | None:
        return relative_url(folder / file, beside) if file else None

    shot = place.shot
    found = {
        "shot_id": place.id,
        "manifest": url(Path(place.manifest or "").name),
        "prompt": manifest.original_prompt,
        "style": manifest.style,
        "model": manifest.model.name,
        "model_version": manifest.model.version,
        "seed": manifest.model.seed,
        "camera": {"preset": manifest.camera.preset, "amount": manifest.camera.amount},
        "dialogue": shot.dialogue if shot else None,
        "action": shot.action if shot else None,
        "notes": shot.notes if shot else None,
        "picture": url(manifest.files.picture),
        "depth": url(manifest.files.depth),
        "psd": url(manifest.files.psd),
        "layers": [
            {
                "id": layer.id,
                "name": layer.name,
                "kind": layer.kind,
                "url": url(layer.file),
                "z": layer.z,
            }
            for layer in manifest.layers
        ],
    }
    return {name: value for name, value in found.items() if value is not None}


def _size(manifest: Manifest) -> dict[str, Any]:
    # H.264 in 4:2:0 has even sides.
    comp = manifest.comp
    return {"width": comp.width + comp.width % 2, "height": comp.height + comp.height % 2}


def _frames_of(manifest: Manifest, rate: Fraction) -> int:
    """Whole frames at ``rate`` that the film fills; a film at another rate is conformed."""
    own = exact_rate(manifest.comp.fps)
    return max(1, int(manifest.comp.duration_frames * rate / own))


def _markers(
    notes: Sequence[tuple[str, str]], start: int, length: int, rate: Fraction
) -> list[otio.schema.Marker]:
    """One frame each, side by side; dialogue lasts as long as the shot."""
    import opentimelineio as otio

    found = []
    for place, (kind, text) in enumerate(notes):
        frame = min(place, length - 1)
        lasts = length - frame if kind == "Dialogue" else 1
        marker = otio.schema.Marker(
            name=one_line(f"{kind}: {text}", MOST_OF_A_NAME),
            marked_range=_range(start + frame, lasts, rate),
            color=COLOURS[kind],
            metadata={METADATA: {"kind": kind.lower()}},
        )
        marker.comment = text
        found.append(marker)
    return found


def _gap(name: str, frames: int, rate: Fraction) -> otio.schema.Gap:
    import opentimelineio as otio

    return otio.schema.Gap(name=one_line(name), source_range=_range(0, frames, rate))


def _range(start: int, frames: int, rate: Fraction) -> otio.opentime.TimeRange:
    import opentimelineio as otio

    return otio.opentime.TimeRange(_time(start, rate), _time(frames, rate))


def _time(frame: int, rate: Fraction) -> otio.opentime.RationalTime:
    import opentimelineio as otio

    return otio.opentime.RationalTime(frame, float(rate))
