"""Our own JSON."""

from __future__ import annotations

from pathlib import Path

from multiplane.contract.upgrades import STORYBOARD_UPGRADES
from multiplane.intake.json_file import read_json
from multiplane.intake.reading import Reading, reader


@reader("json", "Multiplane's own storyboard", suffixes=(".json",))
def read_json_storyboard(path: Path) -> Reading:
    """The document at `path`, upgraded to the current version."""
    document = STORYBOARD_UPGRADES.apply(read_json(path, kind="storyboard"), file=str(path))
    return Reading(document, path.parent)
