"""Colours that give the picture back exactly when the layers are composited at rest.

Under soft edges the colours of a layer are not given by the picture: infinitely many pairs of
colours mix to the same pixel. `solve_colours` takes plausible colours and moves them as little as
possible (least squares) so that the composite is the picture, in 8 bits.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

_TOLERANCE = 0.45 / 255.0  # what 8-bit rounding of the colours leaves room for
_ROUNDS = 6  # projections onto the colours' range; clipped pixels need more than one
_GHOST = 16.0
"""How much dearer a change is below the nearest layer that is there than in that one: what a matte
missed of a subject shall move with it rather than stay behind as its ghost."""


def contributions(alphas: Floats) -> Floats:
    """Share of every layer in the composite.

    alphas: (L, N) 0..1, back to front. Returns (L, N); sums to 1 where the first layer is opaque.
    """
    shares = np.empty_like(alphas)
    seen_through = np.ones(alphas.shape[1:], np.float32)
    for index in range(len(alphas) - 1, -1, -1):
        shares[index] = alphas[index] * seen_through
        seen_through = seen_through * (1.0 - alphas[index])
    return shares


def composite(alphas: Bytes, colours: Bytes) -> Bytes:
    """Layers laid over each other, rounded to 8 bits after every layer, as most programs do.

    alphas: (L, N) back to front, the first one opaque; colours: (L, N, 3), straight alpha.
    """
    below = colours[0].astype(np.float32)
    for alpha, colour in zip(alphas[1:], colours[1:], strict=True):
        share = alpha[:, None].astype(np.float32) / 255.0
        below = np.rint(share * colour + (1.0 - share) * below)
    return below.astype(np.uint8)


def solve_colours(picture: Bytes, alphas: Bytes, colours: Floats) -> tuple[Bytes, Bytes]:
    """Colours (and, where nothing else helps, alphas) with which the composite is the picture.

    picture: (N, 3); alphas: (L, N) back to front, the first one 255 everywhere; colours:
    (L, N, 3) 0..1, the colours wished for. Where colours would leave their range, the alpha of
    the nearest layer that is not fully clear is raised just enough. Returns alphas and colours
    in 8 bits; the composite is within 1/255 of the picture in float and in 8-bit arithmetic.
    """
    target = picture.astype(np.float32) / 255.0
    alphas = alphas.copy()
    colours = np.clip(colours, 0.0, 1.0).astype(np.float32)
    shares = contributions(alphas.astype(np.float32) / 255.0)
    _spread(target, shares, colours)

    residual = np.abs(target - np.einsum("ln,lnc->nc", shares, colours)).max(axis=1)
    short = np.flatnonzero(residual > _TOLERANCE)
    if short.size:
        alphas[:, short], colours[:, short] = _raise_top(
            target[short], alphas[:, short], colours[:, short]
        )
    rounded = np.rint(colours * 255.0).astype(np.uint8)
    return _repair(picture, alphas, rounded)


def _spread(target: Floats, shares: Floats, colours: Floats) -> None:
    """Moves `colours` in place by the least-squares share of what is missing, within 0..1."""
    free = shares[:, :, None]
    nearest = len(shares) - 1 - np.argmax(shares[::-1] > 0, axis=0)
    below = np.arange(len(shares))[:, None] < nearest
    gain = np.where(below[..., None], free / np.float32(_GHOST), free)
    for _ in range(_ROUNDS):
        missing = target - np.einsum("ln,lnc->nc", shares, colours)
        if not missing.size or float(np.abs(missing).max()) < _TOLERANCE / 4:
            return
        weight = np.maximum((free * gain).sum(axis=0), 1e-12)
        wanted = colours + gain * (missing / weight)[None]
        np.clip(wanted, 0.0, 1.0, out=colours)


def _raise_top(target: Floats, alphas: Bytes, colours: Floats) -> tuple[Bytes, Floats]:
    """Least alpha of the nearest layer there for which a colour in range gives the target."""
    count, pixels = alphas.shape
    top = count - 1 - np.argmax(alphas[::-1] > 0, axis=0)
    here = np.arange(pixels)
    share = alphas.astype(np.float32) / 255.0
    below = colours[0].copy()
    for index in range(1, count):
        under = (index < top)[:, None]
        mixed = share[index][:, None] * colours[index] + (1 - share[index][:, None]) * below
        below = np.where(under, mixed, below)
    below = np.rint(below * 255.0) / 255.0
    room = np.where(target > below, 1.0 - below, below)
    need = np.max(np.abs(target - below) / np.maximum(room, 1e-6), axis=1)
    raised = np.ceil(np.clip(need, 0.0, 1.0) * 255.0)
    level = np.clip(np.maximum(alphas[top, here], raised), 1, 255).astype(np.uint8)
    alphas[top, here] = level
    part = level[:, None].astype(np.float32) / 255.0
    solved = np.clip((target - (1.0 - part) * below) / part, 0.0, 1.0)
    lowest = top == 0
    colours[top, here] = np.where(lowest[:, None], target, solved)
    return alphas, colours


def _repair(picture: Bytes, alphas: Bytes, colours: Bytes) -> tuple[Bytes, Bytes]:
    """The few pixels that 8-bit rounding put off by more than 1 become opaque in the top layer."""
    given = picture.astype(np.int16)
    in_bytes = np.abs(composite(alphas, colours).astype(np.int16) - given).max(axis=1)
    shares = contributions(alphas.astype(np.float32) / 255.0)
    exact = np.einsum("ln,lnc->nc", shares, colours.astype(np.float32))
    in_floats = np.abs(np.rint(exact).astype(np.int16) - given).max(axis=1)
    off = np.flatnonzero((in_bytes > 1) | (in_floats > 1))
    if off.size:
        top = len(alphas) - 1 - np.argmax(alphas[::-1, off] > 0, axis=0)
        alphas[top, off] = 255
        colours[top, off] = picture[off]
    return alphas, colours
