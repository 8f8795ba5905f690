"""A storyboard of any format becomes a Storyboard; bad shots are set aside, each with its error."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from multiplane.contract.errors import InputError, MultiplaneError
from multiplane.contract.known_names import check_model, unknown_preset
from multiplane.contract.names import folder_names
from multiplane.contract.shot_files import named_files
from multiplane.contract.storyboard import Shot, Storyboard, given_ids, shortest_s
from multiplane.contract.validation import input_error
from multiplane.intake.artboards import one_shot_per_artboard
from multiplane.intake.as_meant import board_as_meant, shot_as_meant
from multiplane.intake.cast import with_cast
from multiplane.intake.cast_pictures import cast_pictures
from multiplane.intake.known_keys import OddKey, key_errors, key_notices, odd_keys
from multiplane.intake.named_file import of_named_file
from multiplane.intake.paths import composed_path, resolve_path
from multiplane.intake.picture import MIN_SIDE_PX, check_picture
from multiplane.intake.plates import check_names, check_plate, plate_notices
from multiplane.intake.reach import check_reach
from multiplane.intake.reading import Notice, find_format, place_in_json
from multiplane.intake.shot_notices import shot_notices, soundtrack_notices
from multiplane.intake.subjects import check_subjects

Place = Callable[[int, str], str]
AnyError = TypeVar("AnyError", bound=MultiplaneError)
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

    def placed(self, error: AnyError) -> AnyError:
        """The error with its ``shots[2].picture`` as the file calls that place."""
        return _placed(error, self.place)


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
    is_ours = place is place_in_json  # readers of other formats tell of what they do not know
    if _shots_in(document):
        apart = one_shot_per_artboard(
            document, folder, found=found or {}, notices=notices, place=place
        )
        document, found = apart.document, apart.found
        notices, place = apart.notices, apart.place
    document = board_as_meant(document)
    raw_shots = _shots_in(document)
    keys: dict[int | None, list[OddKey]] = {}  # by shot
    for key in odd_keys(document) if is_ours else ():
        keys.setdefault(key.shot, []).append(key)
    beside_shots = key_errors(keys.get(None, ()), file)
    # A stand-in for the shots: the rest is validated on its own, so that its errors come first.
    whole = {**document, "shots": [{"prompt": "any"}]} if raw_shots else document
    try:
        storyboard = Storyboard.model_validate(whole)
    except ValidationError as error:
        first = input_error(error, document, kind="storyboard", file=file)
        inside = _faults_of_shots(raw_shots, folder, presets, place, file)
        raise InputError.joined([first, *beside_shots, *inside]) from None
    faults = _faults_of_board(storyboard, folder, models, file)

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
            odd = key_errors(keys.get(index, ()), file)
            error = _placed(InputError.joined([error, *odd]), place)
            earlier = (found or {}).get(index)
            errors[index] = error if earlier is None else _with(earlier, error)
        else:
            if found and index in found:
                errors[index] = found[index]
            else:
                shots[index] = shot
    if faults or not shots:
        raise MultiplaneError.joined([*faults, *errors.values(), *beside_shots])
    if storyboard.soundtrack is not None:
        film_s = sum(shot.duration for shot in shots.values())
        notices += soundtrack_notices(storyboard.soundtrack, film_s, folder)

    told = (key for shot, odd in keys.items() if shot is None or shot in shots for key in odd)
    notices += key_notices(told, place, file)
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
    shot = _valid_shot(raw, index, folder, presets, file)
    faults = list(_faults(shot, index, folder, owners, presets, board, at=at, file=file))
    if faults:
        raise InputError.joined(faults) from faults[0].__cause__
    return shot


def _faults_of_shots(
    raw_shots: Sequence[object],
    folder: Path,
    presets: Collection[str] | None,
    place: Place,
    file: str | None,
) -> Iterator[InputError]:
    """What is wrong with shots of a storyboard that is not valid: its rate and cast are unknown."""
    for index, raw in enumerate(raw_shots):
        meant, _ = shot_as_meant(raw, index, fps=24.0, presets=presets, place=place)
        try:
            _valid_shot(meant, index, folder, presets, file)
        except InputError as error:
            yield _placed(error, place)


def _valid_shot(
    raw: object, index: int, folder: Path, presets: Collection[str] | None, file: str | None
) -> Shot:
    try:
        return Shot.model_validate(raw)
    except ValidationError as error:
        first = input_error(error, raw, kind="storyboard", file=file, at=("shots", index))
        told = {fault.field for fault in first.each()}
        beside = _faults_beside(raw, folder, presets, at=f"shots[{index}]", file=file)
        more = [fault for fault in beside if fault.field not in told]
        raise InputError.joined([first, *more]) from None


def _faults_of_board(
    board: Storyboard, folder: Path, models: Collection[str] | None, file: str | None
) -> list[InputError]:
    """What is wrong with a valid storyboard as a whole, where its names and files are looked at."""
    faults = []
    if (track := board.soundtrack) is not None:
        try:
            check_reach(resolve_path(track.file, folder))
        except InputError as error:
            field = "soundtrack.file"
            faults.append(dataclasses.replace(error, file=file, field=field, value=track.file))
    try:
        check_names(board.plates, file=file)
    except InputError as error:
        faults.append(error)
    if models is not None:
        try:
            check_model(board.model, models, file=file)
        except InputError as error:
            faults.append(error)
    return faults


def _faults(
    shot: Shot,
    index: int,
    folder: Path,
    owners: dict[str, int],
    presets: Collection[str] | None,
    board: Storyboard,
    *,
    at: str,
    file: str | None,
) -> Iterator[InputError]:
    """All that is wrong with a valid shot where its names, words and files are looked at."""
    if shot.id and owners.setdefault(shot.id, index) != index:
        yield InputError(
            "storyboard.shot.id_twice",
            "shots[{index}] has the same id.",
            file=file,
            field=f"{at}.id",
            value=shot.id,
            remedy="Give each shot its own id, or none.",
            values={"index": owners[shot.id]},
        )
    if presets is not None and shot.camera.preset not in presets:
        yield unknown_preset(shot.camera.preset, presets, file=file, at=at)
    try:
        played = with_cast(shot, board.cast, at=at)
        if shot.prompt is not None:
            check_subjects(played.shot.prompt or "", played.shot.subjects, at=at)
        cast_pictures(played.roles, folder)
    except InputError as error:
        yield _in_file(error, file)
    try:
        check_plate(shot, board.plates, folder, at=at, file=file)
    except InputError as error:
        yield error
    yield from _faults_of_files(shot.files(), folder, at=at, file=file)


def _faults_beside(
    raw: object, folder: Path, presets: Collection[str] | None, *, at: str, file: str | None
) -> Iterator[InputError]:
    """What is wrong with a shot that is not valid in those of its fields that can be read."""
    if not isinstance(raw, Mapping):
        return
    camera = raw.get("camera")
    preset = camera.get("preset") if isinstance(camera, Mapping) else camera
    if isinstance(preset, str) and presets is not None and preset.strip() not in presets:
        yield unknown_preset(preset, presets, file=file, at=at)
    yield from _faults_of_files(named_files(raw), folder, at=at, file=file)


def _faults_of_files(
    files: Iterable[tuple[str, str]], folder: Path, *, at: str, file: str | None
) -> Iterator[InputError]:
    """files: (field, name). Of audio only whether it may be read: without it a shot is silent."""
    for field, name in files:
        try:
            path = resolve_path(name, folder)
            if field == "audio":
                check_reach(path)
            else:
                # A small layer, such as one eye, is as good as a large one.
                check_picture(path, min_side=MIN_SIDE_PX if field == "picture" else 1)
        except InputError as error:
            yield of_named_file(error, name, folder, field=f"{at}.{field}", file=file)


def _in_file(error: InputError, file: str | None) -> InputError:
    return dataclasses.replace(error, file=file)


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


def _placed(error: AnyError, place: Place) -> AnyError:
    """The same error with its fields as the file calls them."""
    if place is place_in_json:
        return error
    match = _SHOT_FIELD.match(error.field or "")
    field, message = error.field, error.message
    if match is not None:
        field = place(int(match[1]), (error.field or "")[match.end() :])
        message = _SHOT_FIELD.sub(lambda other: place(int(other[1]), ""), message)
    also = (_placed(one, place) for one in error.also)
    return dataclasses.replace(error, field=field, message=message, also=tuple(also))


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
