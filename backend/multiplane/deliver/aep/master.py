"""The master comp: all shots' comps one after another, their sound and their markers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from py_aep import CompItem, FolderItem, FootageItem, Label, Project

from multiplane.contract.manifest import Manifest
from multiplane.contract.manifest import Sequence as ShotSequence
from multiplane.deliver.aep import labels
from multiplane.deliver.aep.footage import import_footage
from multiplane.deliver.aep.markers import Note, add_markers, note_of
from multiplane.deliver.aep.properties import SCALE, TRANSFORM, find
from multiplane.deliver.aep.shot import COMPS
from multiplane.deliver.aep.timing import comp_rate, seconds

AUDIO = "Audio"


def add_master(
    project: Project,
    place: FolderItem,
    comps: Mapping[str, tuple[CompItem, Manifest]],
    sequence: ShotSequence,
    audio: Mapping[str, Path],
    problems: Mapping[str, str],
    soundtrack: tuple[Path, float] | None = None,
) -> CompItem:
    """Build <place>/Comps/<title> from ``comps`` (by shot id); the first shot on top.

    A shot without a comp is a gap. Every shot has a marker with its id; ``problems`` (by shot id,
    sentences) become red ones, as does audio that After Effects does not import.
    """
    rate = comp_rate(sequence.fps)
    frames = max(shot.start_frame + shot.duration_frames for shot in sequence.shots)
    width, height = sequence.size
    master = place.add_folder(COMPS).add_comp(
        labels.item_name(sequence.title), width, height, 1.0, seconds(frames, rate), float(rate)
    )
    master.label = Label(labels.COMP)
    master.comment = labels.tag(sequence=sequence.title)
    unheard, without = _add_audio(project, place, master, sequence, audio, soundtrack)
    for shot in reversed(sequence.shots):
        if shot.id in comps:
            comp, _ = comps[shot.id]
            layer = master.add(comp)
            layer.start_time = seconds(shot.start_frame, rate)
            layer.label = Label(labels.COMP)
            layer.comment = labels.tag(shot=shot.id)
            if (comp.width, comp.height) != (width, height):
                fit = 100.0 * min(width / comp.width, height / comp.height)
                find(layer, TRANSFORM, SCALE).value = [fit, fit, 100.0]
    notes: list[Note] = []
    if without:
        notes.append(Note(0, 0, f"Problem: {without}", label=labels.PROBLEM))
    for shot in sequence.shots:
        notes.append(Note(shot.start_frame, shot.duration_frames, shot.id, label=labels.COMP))
        if shot.id in comps:
            notes += [
                note_of(marker, start=shot.start_frame) for marker in comps[shot.id][1].markers
            ]
        for said in (problems.get(shot.id), unheard.get(shot.id)):
            if said:
                notes.append(Note(shot.start_frame, 0, f"Problem: {said}", label=labels.PROBLEM))
    add_markers(master, notes, rate)
    return master


def _add_audio(
    project: Project,
    place: FolderItem,
    master: CompItem,
    sequence: ShotSequence,
    audio: Mapping[str, Path],
    soundtrack: tuple[Path, float] | None,
) -> tuple[dict[str, str], str | None]:
    """Sound layers, each starting with its shot; returns why a shot's sound, and the soundtrack,
    are missing."""
    rate = comp_rate(sequence.fps)
    folder = place.add_folder(AUDIO) if audio or soundtrack else place
    without = None
    items: dict[Path, FootageItem] = {}
    if soundtrack is not None:
        file, start_s = soundtrack
        try:
            items[file] = _sound(project, folder, file)
            layer = master.add(items[file])
            layer.start_time = start_s
            layer.comment = labels.tag(shot="", layer="audio")
        except Exception as error:
            without = f"The soundtrack {file.name} could not be imported: {error}"
    unheard = {}
    for shot in reversed(sequence.shots):
        path = audio.get(shot.id)
        if path is None:
            continue
        try:
            item = items.get(path) or _sound(project, folder, path)
        # What py-aep raises for a broken file is not documented, and one sound stops nothing.
        except Exception as error:
            unheard[shot.id] = f"The audio {path.name} could not be imported: {error}"
            continue
        items[path] = item
        layer = master.add(item)
        layer.start_time = seconds(shot.start_frame, rate)
        layer.comment = labels.tag(shot=shot.id, layer="audio")
    return unheard, without


def _sound(project: Project, folder: FolderItem, path: Path) -> FootageItem:
    item = import_footage(project, folder, path)
    if not item.has_audio:
        item.remove()
        raise ValueError("there is no audio in it")
    return item
