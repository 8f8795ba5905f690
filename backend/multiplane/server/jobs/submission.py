"""A submitted storyboard: checked, its uploads found, and turned into rows."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multiplane.contract.errors import InputError, MultiplaneError
from multiplane.contract.messages_client import Submit
from multiplane.contract.shot_files import with_board_files, with_cast_pictures, with_files
from multiplane.contract.upgrades import STORYBOARD_UPGRADES

if TYPE_CHECKING:
    from multiplane.intake.read_storyboard import LoadedStoryboard

UPLOAD = "upload:"
NO_FOLDER = Path("/") / "no-folder-was-given"
"""Where relative paths of a storyboard start that came without its folder."""


@dataclass(frozen=True)
class Checked:
    """What a submit means. content: hash of it, to know the same again. rows: of its shots."""

    loaded: LoadedStoryboard
    content: str
    uploads: frozenset[str]
    rows: tuple[dict[str, Any], ...]


def check(
    submit: Submit, *, find_upload: Callable[[str], Path], presets: list[str], models: list[str]
) -> Checked:
    """Read the storyboard as the command line does. find_upload raises for what is not there.

    Raises InputError when nothing in it can be made; single bad shots are in `loaded`.
    """
    # Not before there is something to read: a server that waits needs no pictures.
    from multiplane.intake.reach import check_reach
    from multiplane.intake.read_storyboard import load_storyboard

    document = STORYBOARD_UPGRADES.apply(board_of(submit), file="storyboard")
    wanted = submit.model or document.get("model", "auto")
    for field, name in (("model", str(wanted)), ("depth_model", submit.depth_model)):
        if "/" in name or "\\" in name or _is_folder(name):
            try:
                check_reach(Path(name).expanduser())
            except InputError as error:
                raise dataclasses.replace(error, field=field, value=name) from None
    resolved, uploads = with_uploads(document, find_upload)
    loaded = load_storyboard(
        resolved,
        folder=start_folder(submit.folder),
        presets=presets,
        # A model may be named by a folder, too.
        models=None if submit.model or _is_folder(str(wanted)) else models,
    )
    if loaded.storyboard.cut not in (None, "auto"):
        from multiplane.layers.cutters.choice import cutter_choice

        cutter_choice(str(loaded.storyboard.cut))
    same = [board_of(submit), submit.folder, submit.model, submit.depth_model]
    text = json.dumps(same, sort_keys=True, ensure_ascii=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Checked(loaded, digest, frozenset(uploads), tuple(shot_rows(loaded)))


def board_of(submit: Submit) -> dict[str, Any]:
    """The storyboard's document with what the request says instead of it."""
    return submit.storyboard if submit.cut is None else {**submit.storyboard, "cut": submit.cut}


def start_folder(given: str | None) -> Path:
    """Where a storyboard's relative paths start. Raises InputError for a relative one."""
    if given is None:
        return NO_FOLDER
    folder = Path(given)
    if "\0" in given or not folder.is_absolute():
        raise InputError(
            "submit.folder",
            "This folder is not an absolute path.",
            field="folder",
            value=given,
            remedy="Send the storyboard's folder as it is on the server's computer.",
        )
    return folder


def with_uploads(
    document: dict[str, Any], find_upload: Callable[[str], Path]
) -> tuple[dict[str, Any], set[str]]:
    """The document with each "upload:<sha256>" replaced by its file, and the uploads named."""
    shots = document.get("shots")
    if not isinstance(shots, list):
        return document, set()
    found: set[str] = set()

    def placed(at: str, field: str, name: str) -> str:
        if not name.startswith(UPLOAD):
            return name
        sha256 = name.removeprefix(UPLOAD)
        try:
            path = find_upload(sha256)
        except MultiplaneError as error:
            raise dataclasses.replace(error, field=f"{at}{field}", value=name) from None
        found.add(sha256)
        return str(path)

    fresh = [
        with_files(shot, functools.partial(placed, f"shots[{number}]."))
        for number, shot in enumerate(shots)
    ]
    whole = with_board_files(document, functools.partial(placed, ""))
    whole = with_cast_pictures(whole, functools.partial(placed, ""))
    return {**whole, "shots": fresh}, found


def shot_rows(loaded: LoadedStoryboard) -> Iterator[dict[str, Any]]:
    """One row for each shot, good or bad; a bad one has its error.

    A bad one whose id another shot has gets a name of its own: clients have to tell them apart.
    """
    from multiplane.intake.cast import seed_of

    good = dict(zip(loaded.indices, loaded.storyboard.shots, strict=True))
    taken = {loaded.ids[number] for number in good}
    attempts: dict[str, int] = {}
    board = loaded.storyboard
    for number, id_ in enumerate(loaded.ids):
        shot, error = good.get(number), loaded.shots_errors.get(number)
        name = id_
        while shot is None and name in taken:
            attempts[id_] = attempts.get(id_, 1) + 1
            name = f"{id_}-{attempts[id_]}"
        taken.add(name)
        by_place = (board.seed + number) % 2**32
        yield {
            "name": name,
            "number": number,
            "folder": loaded.folders[id_],
            "prompt": None if shot is None else shot.prompt,
            "seed": by_place if shot is None else seed_of(shot, number, board.seed, board.cast),
            "error": None if error is None else json.dumps(error.as_dict()),
        }


def _is_folder(name: str) -> bool:
    try:
        return Path(name).is_dir()
    except (OSError, ValueError):  # longer than any name, say
        return False
