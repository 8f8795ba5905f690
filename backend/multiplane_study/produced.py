"""Storyboards that a bench makes in this process, and the shots that come out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from multiplane.contract.errors import Failure
from multiplane.contract.layout import SHOTS
from multiplane.contract.output_folder import ShotFolder
from multiplane.intake.read_storyboard import load_storyboard
from multiplane.produce.storyboard import produce_storyboard
from multiplane.produce.studio import Studio


def produced(board: Mapping[str, Any], out: Path, studio: Studio) -> dict[str, ShotFolder]:
    """Make a storyboard into `out`, one shot after the other; its shots by their ids, in order.

    Relative paths start beside `out`. Raises what the first of its shots raised, and Failure
    `study.shot_unreadable` for one that cannot be read.
    """
    loaded = load_storyboard({**board}, folder=out.parent)
    done = produce_storyboard(loaded, out, studio, ahead=False)
    for error in done.errors.values():
        raise error
    return {id_: _shot(out / SHOTS / loaded.folders[id_]) for id_ in loaded.ids}


def _shot(folder: Path) -> ShotFolder:
    shot = ShotFolder.whole(folder)
    if shot is None:
        raise Failure("study.shot_unreadable", "What was made cannot be read.", file=str(folder))
    return shot
