"""Screenplays become shots, of either kind of file."""

from __future__ import annotations

from pathlib import Path

from multiplane.contract.errors import InputError
from multiplane.intake.reading import Notice, Reading, reader
from multiplane.intake.screenplay import shots_of
from multiplane.intake.script_file import SUFFIXES, read_script
from multiplane.intake.storyboarder_project import is_project

_REMEDY = "Give a screenplay with scene headings (INT. CASTLE - NIGHT) and action."


@reader(
    "screenplay",
    "a screenplay, a shot for each paragraph of action",
    suffixes=SUFFIXES,
)
def read_screenplay(path: Path) -> Reading:
    """The shots of the screenplay at `path`; see `shots_of`.

    Raises InputError `storyboard.script.unreadable`, or `storyboard.script.empty`.
    """
    title, elements, notices = read_script(path)
    shots = shots_of(elements)
    if not shots:
        raise InputError(
            "storyboard.script.empty",
            "The screenplay has no scene and no action.",
            file=str(path),
            remedy=_REMEDY,
        )
    if is_project(path.parent):
        text = "Boards are drawn for this script already; its words are painted here."
        remedy = "Give the folder {folder} to take the boards."
        values = {"folder": path.parent.name or str(path.parent)}
        notices.append(Notice("storyboard.script.has_boards", text, remedy=remedy, values=values))
    return Reading(
        {"title": title[:300] or path.stem[:300], "shots": shots},
        folder=path.parent,
        notices=tuple(notices),
        place=lambda shot, field: f"{shots[shot]['id']}, {field}",
    )
