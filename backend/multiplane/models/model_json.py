"""The small JSON files in a model's folder."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from multiplane.contract.errors import InputError
from multiplane.contract.regular_file import read_regular

MAX_JSON_BYTES = 256 * 2**20
"""Of a configuration or an index; the largest known, a tokenizer of many languages, has 35 MB."""


def read_json(path: Path) -> dict[str, Any]:
    """The object in the file. Raises InputError `models.profile_invalid`."""
    try:
        read = json.loads(read_regular(path, MAX_JSON_BYTES))
    except (OSError, ValueError) as error:
        raise InputError(
            code="models.profile_invalid",
            message="The model's {file} could not be read: {why}",
            file=str(path),
            remedy="Get the model's files anew.",
            values={"file": path.name, "why": str(error)},
        ) from error
    if not isinstance(read, dict):
        raise InputError(
            code="models.profile_invalid",
            message="The model's {file} is not a JSON object.",
            file=str(path),
            remedy="Get the model's files anew.",
            values={"file": path.name},
        )
    return read


def model_type(folder: Path, known: Collection[str], lacks: str) -> str:
    """The kind of model that `folder` holds, by its config.json, as transformers names it.

    known: kinds that may be there. lacks: a sentence for any other. Raises InputError
    `models.kind_unknown`, and as `read_json`.
    """
    config = folder / "config.json"
    kind = read_json(config).get("model_type")
    if kind not in known:
        raise InputError(
            "models.kind_unknown",
            lacks,
            file=str(config),
            field="model_type",
            value=kind,
            remedy="Known kinds are {known}.",
            values={"known": ", ".join(sorted(known))},
        )
    return str(kind)
