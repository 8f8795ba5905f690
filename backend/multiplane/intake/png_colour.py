"""What a PNG says of its colours without an ICC profile: cICP, and gAMA with cHRM.

PNG, third edition, 4.3: cICP counts before iCCP, and that before sRGB, and that before gAMA.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_D65 = (0.3127, 0.3290)
_SRGB = (*_D65, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
# ITU-T H.273: white and red, green, blue, x and y each.
_PRIMARIES = {
    1: _SRGB,
    9: (*_D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    11: (0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    12: (*_D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
}
_SRGB_CURVE, _LINEAR = 13, 8
_GAMMAS = {4: 2.2, 5: 2.8, _LINEAR: 1.0}
_LIKE_SRGB = {1, 6, 14, 15, _SRGB_CURVE}
"""Curves of cameras are shown as sRGB is: what they were graded on had its curve."""
_USUAL_GAMMA = 1 / 2.2
_CLOSE = 0.03


class UnknownColours(ValueError):
    """The file's colours cannot be shown: high dynamic range, or codes that nobody knows."""


def coding(stream: BinaryIO) -> tuple[tuple[float, ...], float | None] | None:
    """(white and primaries, gamma; null for sRGB's curve) of a PNG; null for plain sRGB.

    stream: at the file's start; where it stands afterwards is not defined. Raises UnknownColours.
    """
    chunks = _chunks(stream)
    if "cICP" in chunks:
        primaries, curve, matrix, _ = chunks["cICP"][:4]
        if primaries not in _PRIMARIES or curve not in _GAMMAS.keys() | _LIKE_SRGB or matrix:
            raise UnknownColours(f"cICP {primaries}, {curve}, {matrix}")
        found = _PRIMARIES[primaries], _GAMMAS.get(curve)
        return None if found == (_SRGB, None) else found
    if "gAMA" not in chunks or "iCCP" in chunks or "sRGB" in chunks:
        return None
    gamma = struct.unpack(">I", chunks["gAMA"][:4])[0] / 100_000
    points = _SRGB
    if len(chunks.get("cHRM", b"")) >= 32:
        points = tuple(value / 100_000 for value in struct.unpack(">8I", chunks["cHRM"][:32]))
    plain = abs(gamma - _USUAL_GAMMA) < _CLOSE
    if not 0.1 < gamma < 5.0 or (plain and np.allclose(points, _SRGB, atol=2e-3)):
        return None
    return points, None if plain else 1.0 / gamma


def to_srgb(
    pixels: NDArray[np.uint8], points: tuple[float, ...], gamma: float | None
) -> NDArray[np.uint8]:
    """Pixels (H, W, 3) of these primaries and this curve as sRGB; what is beyond it is clipped."""
    values = np.arange(256) / 255.0
    curve = _from_srgb(values) if gamma is None else values**gamma
    matrix = np.linalg.inv(_to_xyz(_SRGB)) @ _to_xyz(points)
    if np.allclose(points, _SRGB, atol=2e-3):
        table = np.rint(_as_srgb(curve) * 255.0).astype(np.uint8)
        return np.asarray(table[pixels])
    result = np.empty_like(pixels)
    for row in range(len(pixels)):  # rows, so that a large picture needs no large floats
        light = curve[pixels[row]] @ matrix.T
        result[row] = np.rint(_as_srgb(np.clip(light, 0.0, 1.0)) * 255.0)
    return result


def _chunks(stream: BinaryIO) -> dict[str, bytes]:
    """The chunks before the pixels; of long ones the first bytes."""
    found: dict[str, bytes] = {}
    stream.seek(8)
    while len(head := stream.read(8)) == 8:
        length, name = struct.unpack(">I4s", head)
        if name in (b"IDAT", b"IEND"):
            break
        found.setdefault(name.decode("latin-1"), stream.read(min(length, 64)))
        stream.seek(max(0, length - 64) + 4, 1)
    return found


def _to_xyz(points: tuple[float, ...]) -> Floats:
    """Linear RGB to XYZ, its white adapted to D65 by the shares of X, Y and Z."""
    columns = [_xyz(*points[at : at + 2]) for at in (2, 4, 6)]
    primaries = np.stack(columns, axis=1)
    white = _xyz(*points[:2])
    scaled = primaries * np.linalg.solve(primaries, white)
    return np.asarray(scaled * (_xyz(*_D65) / white)[:, None])


def _xyz(x: float, y: float) -> Floats:
    return np.array([x / y, 1.0, (1.0 - x - y) / y])


def _from_srgb(values: Floats) -> Floats:
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def _as_srgb(light: Floats) -> Floats:
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
