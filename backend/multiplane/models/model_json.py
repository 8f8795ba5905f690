"""The small JSON files in a model's folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from multiplane.contract.errors import InputError


def read_json(path: Path) -> dict[str, Any]:
    """The object in the file. Raises InputError `models.profile_invalid`."""
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            code="models.profile_invalid",
            message=f"The model's {path.name} could not be read: {error}",
            file=str(path),
            remedy="Get the model's files anew.",
        ) from error
    if not isinstance(read, dict):
        raise InputError(
            code="models.profile_invalid",
            message=f"The model's {path.name} is not a JSON object.",
            file=str(path),
            remedy="Get the model's files anew.",
        )
    return read
