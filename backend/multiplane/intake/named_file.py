"""What is wrong with a file that a storyboard names, told with where the name was looked for."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

from multiplane.contract.errors import InputError
from multiplane.intake.paths import DECODED, decoded_escapes

PUT_IT_THERE = "Put it there; relative paths start in {folder}."


def of_named_file(
    error: InputError, name: str, folder: Path, *, field: str, file: str | None = None
) -> InputError:
    """The error of the file called `name`, at the `field` of the storyboard `file` that names it.

    folder: where relative paths start; it is told as a whole path, for "." says nothing.
    """
    shown, remedy, values = name, error.remedy, dict(error.values)
    if not any(letter.isalnum() for letter in name):  # such as "." and "../.."
        shown = os.path.abspath(folder / name)
    if (decoded := decoded_escapes(name)) is not None:
        shown, remedy = decoded[0], DECODED
        values["meant"] = decoded[1]
    elif error.code.endswith(".missing") and remedy is None:
        remedy = PUT_IT_THERE
        values["folder"] = str(folder.absolute())
    return dataclasses.replace(
        error, file=file, field=field, value=shown, remedy=remedy, values=values
    )
