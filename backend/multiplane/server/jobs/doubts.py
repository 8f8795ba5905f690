"""What may be wrong in a finished shot, as the database keeps it beside the shot."""

from __future__ import annotations

from pathlib import Path

from pydantic import TypeAdapter

from multiplane.contract.errors import InputError
from multiplane.contract.manifest import Manifest, NoticeEntry
from multiplane.contract.output_folder import ShotFolder

_DOUBTS = TypeAdapter(list[NoticeEntry])


def doubts_in(folder: Path) -> str | None:
    """The doubts of the finished shot in `folder`, as JSON; None for none, or an unreadable one."""
    try:
        return doubts_as_json(ShotFolder.open(folder).manifest)
    except (InputError, OSError):
        return None


def doubts_as_json(manifest: Manifest) -> str | None:
    """None where there are none."""
    return _DOUBTS.dump_json(manifest.doubts).decode() if manifest.doubts else None


def doubts_of(text: str | None) -> list[NoticeEntry]:
    """What `doubts_as_json` wrote. Raises ValueError for anything else."""
    return [] if text is None else _DOUBTS.validate_json(text)
