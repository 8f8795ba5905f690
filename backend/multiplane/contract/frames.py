"""Binary WebSocket frames: a typed header, JSON about the picture, and the picture's bytes.

Layout, big-endian: 4 bytes ``MPLX``, 1 byte version, 1 byte kind, 2 bytes zero, 4 bytes length of
the JSON, the JSON in UTF-8, the rest is the picture's file.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from multiplane.contract.errors import InputError

_HEADER = struct.Struct(">4sBBHI")
_MAGIC, _VERSION = b"MPLX", 1
_MAX_JSON = 64 * 2**10


class FrameKind(IntEnum):
    PREVIEW = 1


class PreviewInfo(BaseModel):
    """What a preview shows: the picture of a shot as it is being painted."""

    model_config = ConfigDict(
        extra="ignore", frozen=True, json_schema_serialization_defaults_required=True
    )
    job: str
    shot: str
    done: int = Field(ge=0, description="steps")
    total: int = Field(ge=0, description="steps")
    width: int = Field(ge=1, description="px")
    height: int = Field(ge=1, description="px")
    media_type: Literal["image/jpeg", "image/png"] = "image/jpeg"


def pack_preview(info: PreviewInfo, picture: bytes) -> bytes:
    """The frame for a WebSocket; `picture` is a whole file of `info.media_type`."""
    text = info.model_dump_json().encode()
    return _HEADER.pack(_MAGIC, _VERSION, FrameKind.PREVIEW, 0, len(text)) + text + picture


def unpack_preview(frame: bytes) -> tuple[PreviewInfo, bytes]:
    """The reverse. Raises InputError `frame.malformed` on anything else."""
    try:
        magic, version, kind, _, length = _HEADER.unpack_from(frame)
        start = _HEADER.size
        if magic != _MAGIC or version != _VERSION or kind != FrameKind.PREVIEW:
            raise ValueError("its header is not that of a preview")
        if length > min(_MAX_JSON, len(frame) - start):
            raise ValueError("it is cut off")
        info = PreviewInfo.model_validate_json(frame[start : start + length])
    except (struct.error, ValueError, ValidationError) as error:
        raise InputError(
            "frame.malformed",
            "This binary frame cannot be read: {why}.",
            values={"why": str(error)},
        ) from None
    return info, frame[start + length :]
