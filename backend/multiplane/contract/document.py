"""What all documents of the contract share: a schema label, and that unknown fields are kept."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from multiplane.contract.told_values import Value

STORYBOARD_SCHEMA: Final = "multiplane/storyboard/1"
MANIFEST_SCHEMA: Final = "multiplane/manifest/1"
SEQUENCE_SCHEMA: Final = "multiplane/sequence/1"


class Entry(BaseModel):
    """A part of a document. Immutable; fields that this version does not know survive.

    Numbers must be finite, because JSON has no NaN.
    """

    model_config = ConfigDict(
        extra="allow",
        frozen=True,
        populate_by_name=True,
        allow_inf_nan=False,
        json_schema_serialization_defaults_required=True,
    )

    def to_json(self) -> str:
        """The document as people read it: indented UTF-8 JSON, fields in their own order."""
        return self.model_dump_json(by_alias=True, indent=2) + "\n"


class ErrorEntry(Entry):
    """The same fields as `contract.errors.MultiplaneError.as_dict` gives."""

    code: str
    message: str
    file: str | None = None
    field: str | None = None
    value: str | None = None
    remedy: str | None = None
    also: list[ErrorEntry] = Field(default=[])
    values: dict[str, Value] = Field(
        default={}, description="what the sentences were told with, by name, for other languages"
    )
