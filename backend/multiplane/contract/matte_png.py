"""A matte that came as a PNG in Base64: what can be said of it without its pixels."""

from __future__ import annotations

import base64
import binascii
import struct

from multiplane.contract.errors import InputError

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_ASPECT_OFF = 0.02
"""A matte's aspect ratio may differ from the picture's by this share, from rounding its size."""
_MOST_PIXELS = 2**27


def matte_bytes(png: str, size: tuple[int, int]) -> bytes:
    """The PNG file, for a picture of `size` (width, height) px.

    Raises InputError `layer.matte.*`.
    """
    try:
        data = base64.b64decode(png, validate=True)
    except (binascii.Error, ValueError):
        raise InputError("layer.matte.not_base64", "This is not Base64.", field="png") from None
    if not data.startswith(_SIGNATURE) or len(data) < 33 or data[12:16] != b"IHDR":
        raise not_a_png("it does not begin as one")
    width, height = struct.unpack(">II", data[16:24])
    if not 0 < width * height <= _MOST_PIXELS:
        raise not_a_png(f"it has {width} x {height} px")
    ratio = (width / height) / (size[0] / size[1])
    if not 1.0 - _ASPECT_OFF < ratio < 1.0 + _ASPECT_OFF:
        raise InputError(
            "layer.matte.aspect",
            "The matte has another aspect ratio than the picture.",
            field="png",
            value=f"{width} x {height}",
            remedy="Paint it over the picture, at {width} x {height} px.",
            values={"width": size[0], "height": size[1]},
        )
    return data


def not_a_png(why: str) -> InputError:
    """The error for what cannot be read as a PNG."""
    return InputError(
        "layer.matte.not_png",
        "This is no PNG that can be read: {why}.",
        field="png",
        remedy="Send a PNG: its alpha, or in an opaque one its brightness, is the matte.",
        values={"why": why},
    )
