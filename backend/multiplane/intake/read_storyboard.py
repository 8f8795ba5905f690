"""A storyboard of any format becomes a Storyboard; bad shots are set aside, each with its error."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from multiplane.contract.errors import InputError, MultiplaneError
from multiplane.contract.known_names import check_model, check_preset
from multiplane.contract.names import folder_names
from multiplane.contract.storyboard import Shot, Storyboard, given_ids, shortest_s
from multiplane.contract.validation import input_error
from multiplane.intake.artboards import one_shot_per_artboard
from multiplane.intake.as_meant import board_as_meant, shot_as_meant
from multiplane.intake.cast import with_cast
from multiplane.intake.cast_pictures import cast_pictures
from multiplane.intake.paths import DECODED, composed_path, decoded_escapes, resolve_path
from multiplane.intake.picture import MIN_SIDE_PX, check_picture
from multiplane.intake.plates import check_names, check_plate, plate_notices
from multiplane.intake.reach import check_reach
from multiplane.intake.reading import Notice, find_format, place_in_json
from multiplane.intake.shot_notices import shot_notices, soundtrack_notices
from multiplane.intake.subjects import check_subjects

Place = Callable[[int, str], str]
_ONE_FRAME = 0.95
"""Frames. 0.04 s is how people write one frame of 24 in a second."""
_SHOT_FIELD = re.compile(r"shots\[(\d+)\]\.?")


@dataclass(frozen=True)
class LoadedStoryboard:
    """What a file gave.

    storyboard: with the good shots only, in the file's order.
    shots_errors: why a shot was set aside, by its index in the file.
    indices: the index in the file of each shot of `storyboard`.
    ids: the id of every shot in the file, good or bad, given where it was missing.
    folder: where relative paths start.
    warnings: what the user should know and stops nothing, in the file's order.
    place: (index of a shot, field inside it) to what the file calls that place.
    """

    storyboard: Storyboard
    shots_errors: Mapping[int, MultiplaneError]
    indices: tuple[int, ...]
    ids: tuple[str, ...]
    folder: Path
    warnings: tuple[Notice, ...] = ()
    place: Place = place_in_json

    @cached_property
    def folders(self) -> dict[str, str]:
        """The output folder of each shot by id, unique on every file system.

        Bad shots count too, so that no folder changes its name when a shot is repaired.
        """
        return folder_names(dict.fromkeys(self.ids))


def read_storyboard(
    path: str | Path,
    *,
    presets: Collection[str] | None = None,
    models: Collection[str] | None = None,
) -> LoadedStoryboard:
    """Reads and checks the storyboard at `path`: a file of any format in `FORMATS`, or a folder.

    presets, models: names to check against, where the caller knows them. A picture is only
    looked at here (is it there, is its size sane); it is decoded when its shot is made.
    Raises InputError when the file as a whole is of no use, or when no shot is left.
    """
    path = composed_path(Path(path))
    reading = find_format(path).read(path)
    return load_storyboard(
        reading.document,
        folder=reading.folder,
        file=str(path),
        presets=presets,
        models=models,
        found=reading.errors,
        notices=reading.notices,
        place=reading.place,
    )


def load_storyboard(
    document: Mapping[str, Any],
    *,
    folder: Path,
    file: str | None = None,
    presets: Collection[str] | None = None,
    models: Collection[str] | None = None,
    found: Mapping[int, InputError] | None = None,
    notices: Sequence[Notice] = (),
    place: Place = place_in_json,
) -> LoadedStoryboard:
    """The same for a document of the current version that is in memory already.

    found, notices, place: as in `Reading`, for a document that is made from another format.
    """
    if _shots_in(document):
        apart = one_shot_per_artboard(
            document, folder, found=found or {}, notices=notices, place=place
        )
        document, found = apart.document, apart.found
        notices, place = apart.notices, apart.place
    document = board_as_meant(document)
    raw_shots = _shots_in(document)
    # A stand-in for the shots: the rest is validated on its own, so that its errors come first.
    whole = {**document, "shots": [{"prompt": "any"}]} if raw_shots else document
    try:
        storyboard = Storyboard.model_validate(whole)
    except ValidationError as error:
        raise input_error(error, document, kind="storyboard", file=file) from None
    if (track := storyboard.soundtrack) is not None:
        try:
            check_reach(resolve_path(track.file, folder))
        except InputError as error:
            field = "soundtrack.file"
            raise dataclasses.replace(error, file=file, field=field, value=track.file) from error
    check_names(storyboard.plates, file=file)
    if models is not None:
        check_model(storyboard.model, models, file=file)

    notices = [*notices]
    errors: dict[int, MultiplaneError] = {}
    shots: dict[int, Shot] = {}
    owners: dict[str, int] = {}
    for index, raw in enumerate(raw_shots):
        try:
            meant, said = shot_as_meant(
                raw,
                index,
                fps=storyboard.fps,
                presets=presets,
                place=place,
                above=shots[index - 1].camera if index - 1 in shots else None,
            )
            notices += said
            shot = _load_shot(meant, index, folder, file, owners, presets, storyboard)
            notices += _under_a_frame(shot, index, storyboard.fps, place)
        except InputError as error:
            error = _placed(error, place)
            earlier = (found or {}).get(index)
            errors[index] = error if earlier is None else _with(earlier, error)
        else:
            if found and index in found:
                errors[index] = found[index]
            else:
                shots[index] = shot
    if not shots:
        raise MultiplaneError.joined(errors.values())
    if storyboard.soundtrack is not None:
        film_s = sum(shot.duration for shot in shots.values())
        notices += soundtrack_notices(storyboard.soundtrack, film_s, folder)

    notices += plate_notices(storyboard.plates, shots)

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
        warnings=tuple(_in_order([*notices, *shot_notices(shots, folder, place)])),
        place=place,
    )


def _shots_in(document: Mapping[str, Any]) -> list[Any]:
    """The document's shots, none where there are none, too many, or something else."""
    raw = document.get("shots")
    return raw if isinstance(raw, list) and len(raw) <= 10_000 else []


def _load_shot(
    raw: object,
    index: int,
    folder: Path,
    file: str | None,
    owners: dict[str, int],
    presets: Collection[str] | None,
    board: Storyboard,
) -> Shot:
    at = f"shots[{index}]"
    try:
        shot = Shot.model_validate(raw)
    except ValidationError as error:
        raise input_error(error, raw, kind="storyboard", file=file, at=("shots", index)) from None
    if shot.id and owners.setdefault(shot.id, index) != index:
        raise InputError(
            "storyboard.shot.id_twice",
            "shots[{index}] has the same id.",
            file=file,
            field=f"{at}.id",
            value=shot.id,
            remedy="Give each shot its own id, or none.",
            values={"index": owners[shot.id]},
        )
    if presets is not None:
        check_preset(shot, presets, file=file, at=at)
    try:
        played = with_cast(shot, board.cast, at=at)
        if shot.prompt is not None:
            check_subjects(played.shot.prompt or "", played.shot.subjects, at=at)
        cast_pictures(played.roles, folder)
    except InputError as error:
        raise dataclasses.replace(error, file=file) from None
    check_plate(shot, board.plates, folder, at=at, file=file)
    for field, picture in shot.files():
        if field == "audio":
            try:
                check_reach(resolve_path(picture, folder))
            except InputError as error:
                raise dataclasses.replace(error, field=f"{at}.audio", value=picture) from error
            continue
        try:
            # A small layer, such as one eye, is as good as a large one.
            path = resolve_path(picture, folder)
            check_picture(path, min_side=MIN_SIDE_PX if field == "picture" else 1)
        except InputError as error:
            shown, remedy, values = picture, error.remedy, dict(error.values)
            if (decoded := decoded_escapes(picture)) is not None:
                shown, remedy = decoded[0], DECODED
                values["meant"] = decoded[1]
            elif error.code.endswith(".missing") and remedy is None:
                remedy = "Put it there; relative paths start in {folder}."
                values["folder"] = str(folder)
            raise dataclasses.replace(
                error,
                file=file,
                field=f"{at}.{field}",
                value=shown,
                remedy=remedy,
                values=values,
            ) from error
    return shot


def _under_a_frame(shot: Shot, index: int, fps: float, place: Place) -> list[Notice]:
    """What is said of a shot that is shorter than a frame, but for rounding."""
    if shot.duration * fps >= _ONE_FRAME:
        return []
    return [
        Notice(
            "storyboard.shot.duration.under_a_frame",
            "{seconds} s is shorter than one frame at {fps} frames per second; one frame is taken.",
            shot=index,
            field=place(index, "duration"),
            remedy="A frame lasts {least} s.",
            values={
                "seconds": shot.duration,
                "fps": fps,
                "least": float(f"{shortest_s(fps):.4g}"),
            },
        )
    ]


def _placed(error: InputError, place: Place) -> InputError:
    """The same error with its fields as the file calls them."""
    match = _SHOT_FIELD.match(error.field or "")
    if match is None or place is place_in_json:
        return error
    return dataclasses.replace(
        error,
        field=place(int(match[1]), (error.field or "")[match.end() :]),
        message=_SHOT_FIELD.sub(lambda other: place(int(other[1]), ""), error.message),
        also=tuple(_placed(one, place) for one in error.also if isinstance(one, InputError)),
    )


def _with(first: InputError, second: InputError) -> InputError:
    told = {fault.field for fault in (first, *first.also)}
    more = [fault for fault in (second, *second.also) if fault.field not in told]
    return dataclasses.replace(
        first, also=(*first.also, *(dataclasses.replace(fault, also=()) for fault in more))
    )


def _in_order(notices: Sequence[Notice]) -> list[Notice]:
    return sorted(notices, key=lambda notice: -1 if notice.shot is None else notice.shot)


def _id_in(raw: object) -> str:
    """The id of a shot that could not be read, as far as it can be made out."""
    id_ = raw.get("id") if isinstance(raw, dict) else None
    return id_.strip()[:300] if isinstance(id_, str) else ""
