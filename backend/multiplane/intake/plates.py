"""The plates of a storyboard: which place a shot is in, found by name."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from multiplane.contract.errors import InputError
from multiplane.contract.known_names import unknown_name
from multiplane.contract.storyboard import Plate, Shot
from multiplane.contract.style import NO_STYLE, NamedLora, Style
from multiplane.intake.named_file import of_named_file
from multiplane.intake.paths import resolve_path
from multiplane.intake.picture import check_picture
from multiplane.intake.reading import Notice


@dataclass(frozen=True)
class PlateSource:
    """What a plate is made from.

    words: what is painted, without style; "" where there is only a picture. file: a picture that
    is the plate, None where it is painted. style: its words, and loras: that it names; of the
    storyboard, so that all shots of a plate have the same. seed: of its noise.
    """

    name: str
    words: str
    file: Path | None
    style: str | None
    loras: tuple[NamedLora, ...]
    seed: int


def plate_of(
    shot: Shot,
    plates: Mapping[str, Plate],
    folder: Path,
    *,
    style: Style,
    board_seed: int,
    at: str = "shot",
) -> PlateSource | None:
    """The plate that the shot names, however its letters are written; None where it names none.

    folder: where relative paths start. at: the shot's path in its file, for errors. Raises
    InputError `storyboard.shot.plate_unknown` for a name that the storyboard has no plate of.
    """
    if shot.plate is None:
        return None
    named = {name.casefold(): (name, plate) for name, plate in plates.items()}
    found = named.get(shot.plate.casefold())
    if found is None:
        raise _unknown(shot.plate, plates, f"{at}.plate")
    name, plate = found
    return PlateSource(
        name=name,
        words=" ".join((plate.prompt or "").split()),
        file=None if plate.picture is None else resolve_path(plate.picture, folder),
        style=style.words,
        loras=style.loras,
        seed=plate_seed(name, board_seed) if plate.seed is None else plate.seed,
    )


def plate_seed(name: str, board_seed: int) -> int:
    """The seed 0 .. 2**32 - 1 of a plate without its own: by its name, not by its place."""
    digest = hashlib.sha256(f"{board_seed} plate {name.casefold()}".encode()).digest()
    return int.from_bytes(digest[:4], "big")


def check_names(plates: Mapping[str, Plate], *, file: str | None = None) -> None:
    """See that names are told apart. Raises InputError `storyboard.plates.twice`."""
    seen: dict[str, str] = {}
    for name in plates:
        if (other := seen.setdefault(name.casefold(), name)) != name:
            raise InputError(
                "storyboard.plates.twice",
                "Two plates have the same name but for capitals.",
                file=file,
                field=f"plates.{name}",
                value=other,
                remedy="Give one of them another name.",
            )


def check_plate(
    shot: Shot, plates: Mapping[str, Plate], folder: Path, *, at: str, file: str | None = None
) -> None:
    """See that the shot's plate is there, and its picture of a sane size.

    Raises InputError as `plate_of`, and with the plate's field for its picture.
    """
    try:
        plate = plate_of(shot, plates, folder, style=NO_STYLE, board_seed=0, at=at)
    except InputError as error:
        raise dataclasses.replace(error, file=file) from None
    if plate is None or plate.file is None:
        return
    try:
        check_picture(plate.file)
    except InputError as error:
        field, named = f"plates.{plate.name}.picture", str(plates[plate.name].picture)
        raise of_named_file(error, named, folder, field=field, file=file) from error


def plate_notices(plates: Mapping[str, Plate], shots: Mapping[int, Shot]) -> Iterator[Notice]:
    """Plates that no shot is in, and plates of shots that have no use for one."""
    used = {shot.plate.casefold() for shot in shots.values() if shot.plate is not None}
    for name in plates:
        if name.casefold() not in used:
            yield Notice(
                "storyboard.plates.unused",
                "No shot is in this place: {name}.",
                field=f"plates.{name}",
                remedy='Write "plate": "{name}" into the shots that are.',
                values={"name": name},
            )
    painted = {name.casefold() for name, plate in plates.items() if plate.picture is None}
    for index, shot in shots.items():
        if shot.plate is None or shot.prompt is not None:
            continue
        if shot.layers:
            text = "The shot's layers are drawn, so its plate changes nothing."
            remedy = "Draw the place as its lowest layer."
        elif shot.plate.casefold() in painted:
            text = "A drawing keeps the place that it shows, so a painted plate changes nothing."
            remedy = 'Give the plate a "picture" that the board is drawn on.'
        else:
            continue
        yield Notice("storyboard.shot.plate_without_use", text, shot=index, remedy=remedy)


def _unknown(name: str, plates: Mapping[str, Plate], field: str) -> InputError:
    code = "storyboard.shot.plate_unknown"
    if plates:
        return unknown_name(code, "plate", name, list(plates), field=field)
    return InputError(
        code,
        "The storyboard has no plates, so no place is known by this name.",
        field=field,
        value=name,
        remedy='Say what it looks like: "plates": {"{name}": "a castle hall at night"}.',
        values={"name": name},
    )
