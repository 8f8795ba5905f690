"""What `multiplane camera` is given: which shots, which preset, which rectangles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multiplane.contract.errors import Failure, InputError, MultiplaneError

if TYPE_CHECKING:
    from multiplane.contract.manifest import Manifest
    from multiplane.contract.storyboard import CameraMove
    from multiplane.layers.stack import Layer


def shots_and_preset(words: Sequence[str], *, every: bool) -> tuple[list[Path], str | None]:
    """The shots' folders, and the preset's name if the last word is no folder.

    Raises InputError where no shot is named, or one that is not there.
    """
    from multiplane.contract.layout import MANIFEST, SHOTS
    from multiplane.contract.output_folder import finished_shots

    places = [Path(word) for word in words]
    preset = None if places[-1].exists() or len(places[-1].parts) > 1 else words[-1]
    folders: list[Path] = []
    for place in places if preset is None else places[:-1]:
        # The manifest's own path, or the preview's, means its folder.
        folder = place.parent if place.is_file() else place
        inside = finished_shots(folder) if (folder / SHOTS).is_dir() else []
        if (folder / MANIFEST).is_file() and not every:
            folders.append(folder)
        elif every and inside:
            folders += inside
        else:
            raise _no_shot(place, inside, every)
    if not folders:
        raise InputError(
            code="cli.camera.shot_missing",
            message="No shot is named.",
            value=preset,
            remedy="Name its folder, such as out/board/shots/shot-001, before the preset.",
        )
    return list(dict.fromkeys(folders)), preset


def framing_of(text: str) -> dict[str, Any]:
    """``"x,y,w,h>x,y,w,h"`` as a framing; one rectangle alone is the end, the start is the whole.

    Raises InputError for anything else; bounds are checked by the contract.
    """
    parts = [part.split(",") for part in text.replace("->", ">").split(">")]
    try:
        rects = [[float(number) for number in part] for part in parts]
    except ValueError:
        rects = []
    if not 1 <= len(rects) <= 2 or any(len(rect) != 4 for rect in rects):
        raise InputError(
            code="cli.camera.framing_invalid",
            message="These are not two rectangles.",
            field="--framing",
            value=text,
            remedy="Write x,y,width,height of start and end in fractions of the frame, in quotes: "
            '"0,0,1,1>0.5,0.1,0.4,0.4".',
        )
    named = [dict(zip(("x", "y", "width", "height"), rect, strict=True)) for rect in rects]
    return {"end": named[0]} if len(named) == 1 else {"start": named[0], "end": named[1]}


def move_of(preset: str, **given: Any) -> CameraMove:
    """The move, checked; what is None or empty is left to the contract. Raises InputError."""
    from pydantic import ValidationError

    from multiplane.contract.storyboard import CameraMove
    from multiplane.contract.validation import input_error
    from multiplane.stage.registry import check_direction, find_preset, preset_of

    ease = {side: value for side, value in (given.pop("ease", {})).items() if value is not None}
    document = {name: value for name, value in given.items() if value not in (None, [])}
    if ease:
        document["ease"] = ease
    if "direction" in document:
        document["direction"] = direction_of(str(document["direction"]))
    if len(document.get("focus", ())) == 1:
        (document["focus"],) = document["focus"]
    document["preset"] = find_preset(preset, field="PRESET").name
    try:
        move = CameraMove.model_validate(document)
    except ValidationError as error:
        raise _by_option(input_error(error, document, kind="storyboard.shot.camera")) from None
    check_direction(preset_of(move), move)
    return move


def _by_option(error: MultiplaneError) -> MultiplaneError:
    """The same, with the options that were typed for the move's fields."""
    first, *others = (error.field or "").partition("[")[0].split(".")
    option = f"--{first}-{others[0]}" if first == "ease" and others else f"--{first}"
    return replace(error, field=option, also=tuple(_by_option(other) for other in error.also))


def direction_of(text: str) -> str | float:
    """A word, or degrees."""
    try:
        return float(text)
    except ValueError:
        return text


def finished_layers(folder: Path) -> tuple[Manifest, tuple[int, int], tuple[Layer, ...]]:
    """Manifest, picture's size (px) and layers of a finished shot. Raises InputError, Failure."""
    from multiplane.contract.output_folder import ShotFolder
    from multiplane.deliver.shot_pictures import picture_size
    from multiplane.produce.finished import reusable_cut

    found = ShotFolder.open(folder)
    manifest, size = found.manifest, picture_size(found)
    cut = reusable_cut(folder, str(manifest.picture_hash), None)
    if cut is None:
        raise Failure(
            code="cli.camera.layers_missing",
            message="The shot's pictures are not all there, or cannot be read.",
            file=str(folder),
            remedy="Render the storyboard again: it makes anew what is missing.",
        )
    return manifest, size, cut.layers


def _no_shot(place: Path, inside: Sequence[Path], every: bool) -> InputError:
    if inside:
        remedy = f"Name one of its shots, such as {inside[0]}, or all of them with --all."
    elif every:
        remedy = "With --all, name the folder that a storyboard was rendered into."
    else:
        remedy = "Name the shot's own folder, such as out/board/shots/shot-001."
    return InputError(
        code="cli.camera.shot_missing",
        message="There is no finished shot here.",
        file=str(place),
        remedy=remedy,
    )
