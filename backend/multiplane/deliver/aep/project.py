"""A project (.aep) with the comps of finished shots, and a master comp of them in order.

Written by py-aep, an independent library: nobody has opened these files in After Effects yet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from py_aep import new

from multiplane.contract.manifest import Manifest
from multiplane.contract.manifest import Sequence as ShotSequence
from multiplane.deliver.aep import labels
from multiplane.deliver.aep.master import add_master
from multiplane.deliver.aep.shot import add_shot
from multiplane.deliver.folder import replacing_file
from multiplane.deliver.long_paths import without_prefix

VERSION = "22.6x64"
"""What the file says it was saved by: After Effects 2022, so that it opens there and later."""
ROOT = "Multiplane"


def write_aep(
    path: Path,
    shots: Sequence[tuple[Path, Manifest]],
    sequence: ShotSequence | None = None,
    *,
    audio: Mapping[str, Path] | None = None,
    problems: Mapping[str, str] | None = None,
    soundtrack: tuple[Path, float] | None = None,
) -> None:
    """Write finished shots (each the folder it lies in, and its manifest) as one project.

    Items are in Multiplane/<storyboard>/<shot>/{Layers,Comps}; with a ``sequence``,
    Multiplane/<storyboard>/Comps has the master comp, where each shot starts at its exact frame
    with its ``audio`` (by shot id), and what is wrong with it (``problems``, by shot id) on a
    marker; ``soundtrack`` (file, seconds at which it begins) lies below all. Footage is found
    relative to the project, so both may be moved together. Raises
    InputError for frame rates and lengths beyond After Effects', Failure for missing pictures and
    for what the disk refuses.
    """
    project = new(VERSION).project
    place = project.root_folder.add_folder(ROOT)
    if sequence is not None:
        place = place.add_folder(labels.item_name(sequence.title))
    comps = {
        manifest.shot_id: (add_shot(project, place, folder, manifest), manifest)
        for folder, manifest in shots
    }
    if sequence is not None:
        add_master(project, place, comps, sequence, audio or {}, problems or {}, soundtrack)
    with replacing_file(path) as fresh:
        # With Windows' prefix for long paths, py-aep would find no way from it to the footage.
        project.save(Path(without_prefix(str(fresh))))
