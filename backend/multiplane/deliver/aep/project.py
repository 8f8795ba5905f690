"""A project (.aep) with the comps of finished shots, and a master comp of them in order.

Written by py-aep, an independent library: nobody has opened these files in After Effects yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from py_aep import CompItem, FolderItem, Label, new

from multiplane.contract.manifest import Manifest
from multiplane.contract.manifest import Sequence as ShotSequence
from multiplane.deliver.aep import labels
from multiplane.deliver.aep.properties import SCALE, TRANSFORM, find
from multiplane.deliver.aep.shot import COMPS, add_markers, add_shot
from multiplane.deliver.aep.timing import comp_rate, seconds
from multiplane.deliver.folder import replacing_file

VERSION = "22.6x64"
"""What the file says it was saved by: After Effects 2022, so that it opens there and later."""
ROOT = "Multiplane"


def write_aep(
    path: Path,
    shots: Sequence[tuple[Path, Manifest]],
    sequence: ShotSequence | None = None,
) -> None:
    """Write finished shots (each the folder it lies in, and its manifest) as one project.

    Items are in Multiplane/<storyboard>/<shot>/{Layers,Comps}; with a ``sequence``,
    Multiplane/<storyboard>/Comps has the master comp, where each shot starts at its exact frame.
    Footage is found relative to the project, so both may be moved together. Raises InputError
    for frame rates and lengths beyond After Effects', Failure for missing pictures and for what
    the disk refuses.
    """
    project = new(VERSION).project
    place = project.root_folder.add_folder(ROOT)
    if sequence is not None:
        place = place.add_folder(labels.item_name(sequence.title))
    comps = {
        manifest.shot_id: add_shot(project, place, folder, manifest) for folder, manifest in shots
    }
    if sequence is not None:
        _add_master(place, comps, sequence, {m.shot_id: m for _, m in shots})
    with replacing_file(path) as fresh:
        project.save(fresh)


def _add_master(
    place: FolderItem,
    comps: dict[str, CompItem],
    sequence: ShotSequence,
    manifests: dict[str, Manifest],
) -> None:
    rate = comp_rate(sequence.fps)
    frames = max(shot.start_frame + shot.duration_frames for shot in sequence.shots)
    width, height = sequence.size
    master = place.add_folder(COMPS).add_comp(
        labels.item_name(sequence.title), width, height, 1.0, seconds(frames, rate), float(rate)
    )
    master.label = Label(labels.COMP)
    master.comment = labels.tag(sequence=sequence.title)
    markers: list[tuple[int, int, str]] = []
    for shot in sequence.shots:
        markers.append((shot.start_frame, shot.duration_frames, shot.id))
        comp = comps.get(shot.id)
        if comp is None:
            continue
        layer = master.add(comp)
        layer.start_time = seconds(shot.start_frame, rate)
        layer.label = Label(labels.COMP)
        layer.comment = labels.tag(shot=shot.id)
        if (comp.width, comp.height) != (width, height):
            fit = 100.0 * min(width / comp.width, height / comp.height)
            find(layer, TRANSFORM, SCALE).value = [fit, fit, 100.0]
        markers += [
            (shot.start_frame + marker.frame, marker.duration_frames, marker.text)
            for marker in manifests[shot.id].markers
        ]
    add_markers(master, markers)
