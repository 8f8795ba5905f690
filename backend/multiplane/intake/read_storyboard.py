"""A storyboard file becomes a Storyboard; bad shots are set aside, each with its error."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from multiplane.contract.errors import InputError, MultiplaneError
from multiplane.contract.known_names import check_model, check_preset
from multiplane.contract.names import folder_names
from multiplane.contract.storyboard import Shot, Storyboard, given_ids
from multiplane.contract.upgrades import STORYBOARD_UPGRADES
from multiplane.contract.validation import input_error
from multiplane.intake.json_file import read_json
from multiplane.intake.picture import check_picture
from multiplane.intake.subjects import check_subjects


@dataclass(frozen=True)
class LoadedStoryboard:
    """What a file gave.

    storyboard: with the good shots only, in the file's order.
    shots_errors: why a shot was set aside, by its index in the file.
    indices: the index in the file of each shot of `storyboard`.
    ids: the id of every shot in the file, good or bad, given where it was missing.
    folder: where relative paths start.
    """

    storyboard: Storyboard
    shots_errors: Mapping[int, MultiplaneError]
    indices: tuple[int, ...]
    ids: tuple[str, ...]
    folder: Path

    @cached_property
    def folders(self) -> dict[str, str]:
        """The output folder of each shot by id, unique on every file system.

        Bad shots count too, so that no folder changes its name when a shot is repaired.
        """
        return folder_names(dict.fromkeys(self.ids))

    def picture_path(self, shot: Shot) -> Path | None:
        """Where the shot's picture is; null for a shot with a prompt."""
        return None if shot.picture is None else resolve_path(shot.picture, self.folder)


def resolve_path(name: str, folder: Path) -> Path:
    """`name` as a path; a relative one starts at `folder`, written with / or with \\ alike."""
    path = folder / name
    if "\\" in name and not path.exists():
        return folder / name.replace("\\", "/")
    return path


def read_storyboard(
    path: str | Path,
    *,
    presets: Collection[str] | None = None,
    models: Collection[str] | None = None,
) -> LoadedStoryboard:
    """Reads and checks the storyboard at `path`.

    presets, models: names to check against, where the caller knows them. A picture is only
    looked at here (is it there, is its size sane); it is decoded when its shot is made.
    Raises InputError when the file as a whole is of no use, or when no shot is left.
    """
    path = Path(path)
    file = str(path)
    document = STORYBOARD_UPGRADES.apply(read_json(path, kind="storyboard"), file=file)
    return load_storyboard(document, folder=path.parent, file=file, presets=presets, models=models)


def load_storyboard(
    document: Mapping[str, Any],
    *,
    folder: Path,
    file: str | None = None,
    presets: Collection[str] | None = None,
    models: Collection[str] | None = None,
) -> LoadedStoryboard:
    """The same for a document of the current version that is in memory already."""
    raw_shots = document.get("shots")
    # A stand-in for the shots: the rest is validated on its own, so that its errors come first.
    whole = {**document, "shots": [{"prompt": "any"}]} if _has_shots(raw_shots) else document
    try:
        storyboard = Storyboard.model_validate(whole)
    except ValidationError as error:
        raise input_error(error, document, kind="storyboard", file=file) from None
    if models is not None:
        check_model(storyboard.model, models, file=file)

    assert isinstance(raw_shots, list)
    errors: dict[int, MultiplaneError] = {}
    shots: dict[int, Shot] = {}
    owners: dict[str, int] = {}
    for index, raw in enumerate(raw_shots):
        try:
            shots[index] = _load_shot(raw, index, folder, file, owners, presets)
        except InputError as error:
            errors[index] = error
    if not shots:
        first, *others = errors.values()
        first.also += tuple(others)
        raise first

    ids = given_ids(
        [_id_in(raw) if i not in shots else shots[i].id for i, raw in enumerate(raw_shots)]
    )
    good = [shot.model_copy(update={"id": ids[index]}) for index, shot in shots.items()]
    return LoadedStoryboard(
        storyboard=storyboard.model_copy(update={"shots": good}),
        shots_errors=errors,
        indices=tuple(shots),
        ids=tuple(ids),
        folder=folder,
    )


def _has_shots(raw: object) -> bool:
    return isinstance(raw, list) and 0 < len(raw) <= 10_000


def _load_shot(
    raw: object,
    index: int,
    folder: Path,
    file: str | None,
    owners: dict[str, int],
    presets: Collection[str] | None,
) -> Shot:
    at = f"shots[{index}]"
    try:
        shot = Shot.model_validate(raw)
    except ValidationError as error:
        raise input_error(error, raw, kind="storyboard", file=file, at=("shots", index)) from None
    if shot.id and owners.setdefault(shot.id, index) != index:
        raise InputError(
            "storyboard.shot.id_twice",
            f"shots[{owners[shot.id]}] has the same id.",
            file=file,
            field=f"{at}.id",
            value=shot.id,
            remedy="Give each shot its own id, or none.",
        )
    if presets is not None:
        check_preset(shot, presets, file=file, at=at)
    try:
        check_subjects(shot, at=at)
    except InputError as error:
        raise dataclasses.replace(error, file=file) from None
    if shot.picture is not None:
        try:
            check_picture(resolve_path(shot.picture, folder))
        except InputError as error:
            raise dataclasses.replace(
                error, file=file, field=f"{at}.picture", value=shot.picture
            ) from error
    return shot


def _id_in(raw: object) -> str:
    """The id of a shot that could not be read, as far as it can be made out."""
    id_ = raw.get("id") if isinstance(raw, dict) else None
    return id_.strip()[:300] if isinstance(id_, str) else ""
