"""The pictures that show a storyboard's cast, found and looked at before anything is painted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from multiplane.contract.errors import InputError
from multiplane.intake.cast import Role
from multiplane.intake.named_file import of_named_file
from multiplane.intake.paths import resolve_path
from multiplane.intake.picture import check_picture


@dataclass(frozen=True)
class CastPicture:
    """A file that shows somebody of the cast. name: theirs. field: that names the file."""

    name: str
    file: Path
    field: str | None = None


def cast_pictures(roles: Sequence[Role], folder: Path) -> tuple[CastPicture, ...]:
    """All pictures of those who play in a shot, in order; no pixel is decoded.

    folder: where their relative paths start. Raises InputError as `check_picture`, with a field
    such as "cast.mira.pictures[0]".
    """
    found = []
    for role in roles:
        for number, name in enumerate(role.pictures):
            field = f"cast.{role.name}.pictures[{number}]"
            try:
                path = resolve_path(name, folder)
                check_picture(path)
            except InputError as error:
                raise of_named_file(error, name, folder, field=field) from error
            found.append(CastPicture(role.name, path, field))
    return tuple(found)
