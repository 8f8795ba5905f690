"""A model's folder is untrusted input: ordinary files only, and no code of its own."""

from __future__ import annotations

import json
import os
from pathlib import Path

from multiplane.contract.errors import InputError
from multiplane.contract.regular_file import (
    NotRegularError,
    TooLargeError,
    in_words,
    open_regular,
    read_regular,
)
from multiplane.intake.reach import check_reach
from multiplane.models.model_json import MAX_JSON_BYTES

MAX_WEIGHTS_BYTES = 2**40
INDEX = "model_index.json"
_LIBRARIES = {"diffusers", "transformers", None}


def check_model_folder(folder: Path) -> None:
    """See that nothing in `folder` can block a loader, or have it import something else.

    Raises InputError: `path.out_of_reach`, `models.not_a_file` for a pipe, a device, a socket or
    a link that leads nowhere, `models.foreign_code` for a pipeline with a component that neither
    diffusers nor transformers has.
    """
    check_reach(folder)
    for here, _, names in os.walk(folder):
        for name in names:
            _check_file(Path(here, name))
    try:
        read = json.loads(read_regular(folder / INDEX, MAX_JSON_BYTES))
    except (OSError, ValueError):
        return  # a loader says better what is missing
    parts = read.items() if isinstance(read, dict) else ()
    for name, part in parts:
        if isinstance(part, list) and part and part[0] not in _LIBRARIES:
            raise InputError(
                "models.foreign_code",
                "A component of this model wants code that is not diffusers' nor transformers'.",
                file=str(folder / INDEX),
                field=name,
                value=part,
                remedy="Only models without code of their own are loaded.",
            )


def _check_file(path: Path) -> None:
    try:
        open_regular(path, MAX_WEIGHTS_BYTES).close()
    except NotRegularError as error:
        why = f"This is {error.what}"
    except FileNotFoundError:
        why = "This link leads nowhere"
    except TooLargeError as error:
        why = f"This is larger than {in_words(error.limit)}"
    except OSError:
        return  # no permission, say: whoever needs it says so
    else:
        return
    raise InputError(
        "models.not_a_file",
        f"{why}; a model's folder holds ordinary files only.",
        file=str(path),
        remedy="Copy the model's files there anew.",
    )
