"""Messages between a server and its clients: one class each, JSON `{type, id, data}` on the wire.

A request's `id` is made by the client; its one answer has the same id, and an event has none.
Fields that this version does not know are ignored, so that an older side can read a newer one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import from_json

from multiplane.contract.errors import InputError
from multiplane.contract.validation import input_error

PROTOCOL: Final = 1
"""Raised when an older side could no longer follow; what is only added gets a feature's name."""
SUBPROTOCOL: Final = f"multiplane.{PROTOCOL}"
TOKEN_SUBPROTOCOL: Final = "multiplane.token."
"""A browser sets no headers on a WebSocket: it offers this with the token behind it instead."""
MAX_MESSAGE_BYTES: Final = 16 * 2**20

MessageId = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class Payload(BaseModel):
    """The `data` of one message. `TYPE` is the message's name on the wire."""

    model_config = ConfigDict(
        extra="ignore",
        frozen=True,
        allow_inf_nan=False,
        json_schema_serialization_defaults_required=True,
    )
    TYPE: ClassVar[str]


class Envelope(BaseModel):
    """What every message looks like from outside."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    type: Annotated[str, StringConstraints(max_length=64)]
    id: MessageId | None = None
    data: dict[str, Any] = Field(default={})


AnyPayload = TypeVar("AnyPayload", bound=Payload)
Kinds = Mapping[str, type[AnyPayload]]


def kinds(*classes: type[AnyPayload]) -> dict[str, type[AnyPayload]]:
    """The classes by the name that each has on the wire."""
    return {message.TYPE: message for message in classes}


def pack(payload: Payload, id_: str | None = None) -> str:
    """The message as text for a WebSocket."""
    head = Envelope(type=payload.TYPE, id=id_).model_dump_json(include={"type", "id"})
    return f'{head[:-1]},"data":{payload.model_dump_json(by_alias=True)}}}'


def open_envelope(text: str | bytes) -> Envelope:
    """The envelope of one message. Raises InputError `message.not_json`, `message.malformed`."""
    try:
        read = from_json(text, allow_inf_nan=False)
    except ValueError as error:
        raise InputError(
            "message.not_json",
            "This is not JSON: {why}.",
            remedy='Send one JSON object in UTF-8, such as {"type": "state.get", "id": "1"}.',
            values={"why": str(error)},
        ) from None
    try:
        return Envelope.model_validate(read)
    except ValidationError as error:
        if not isinstance(read, dict):
            raise InputError(
                "message.malformed",
                "A message is a JSON object with type, id and data.",
                remedy='Such as {"type": "state.get", "id": "1", "data": {}}.',
            ) from None
        raise input_error(error, read, kind="message") from None


def open_payload(envelope: Envelope, known: Kinds[AnyPayload]) -> AnyPayload:
    """What is in the envelope. Raises InputError `message.unknown` and those of its fields."""
    wanted = known.get(envelope.type)
    if wanted is None:
        raise InputError(
            "message.unknown",
            "There is no such message.",
            field="type",
            value=envelope.type,
            remedy="Known here: {known}.",
            values={"known": ", ".join(sorted(known))},
        )
    try:
        return wanted.model_validate(envelope.data)
    except ValidationError as error:
        kind = f"message.{envelope.type}"
        raise input_error(error, envelope.data, kind=kind) from None
