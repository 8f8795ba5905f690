"""An edit by hand from JSON, checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from multiplane.contract.layer_edits import LayerEdit
from multiplane.contract.validation import input_error

_EDIT: TypeAdapter[LayerEdit] = TypeAdapter(LayerEdit)


def edit_of(document: Mapping[str, Any], *, file: str | None = None) -> LayerEdit:
    """The edit, checked. Raises InputError `layer.edit.*`, which names the field."""
    try:
        return _EDIT.validate_python(document)
    except ValidationError as error:
        raise input_error(error, document, kind="layer.edit", file=file) from None
