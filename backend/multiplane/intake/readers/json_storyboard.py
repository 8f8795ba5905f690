"""Our own JSON."""

from __future__ import annotations

from pathlib import Path

from multiplane.contract.upgrades import STORYBOARD_UPGRADES
from multiplane.intake.json_file import read_json
from multiplane.intake.paths import resolve_path
from multiplane.intake.reading import Reading, reader


@reader("json", "Multiplane's own storyboard", suffixes=(".json",))
def read_json_storyboard(path: Path) -> Reading:
    """The document at `path`, upgraded to the current version.

    Without a title it has its file's name. Its own `folder` says where its paths start (an output
    folder's storyboard names the drawings where they are); it counts where there is such a folder.
    """
    document = STORYBOARD_UPGRADES.apply(read_json(path, kind="storyboard"), file=str(path))
    document = {"title": path.stem[:300], **document}
    named = document.get("folder")
    if not isinstance(named, str):
        return Reading(document, path.parent)
    del document["folder"]
    folder = resolve_path(named, path.parent)
    return Reading(document, folder if _is_folder(folder) else path.parent)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False
