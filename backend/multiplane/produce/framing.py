"""How large pictures have to be: one to paint for its camera, a drawing with room around it."""

from __future__ import annotations

import math

from multiplane.contract.manifest import Comp
from multiplane.models.paint import picture_size
from multiplane.models.profiles import ModelProfile

MAX_ENLARGEMENT = 6.0
"""A painted picture is not enlarged more than this: there is no more in it."""
_SIZE_STEP = 0.125

Size = tuple[int, int]


def layer_size(painted: Size, comp: Comp, overscan: float) -> Size:
    """Size (width, height) px at which a painted picture is cut.

    It covers the comp times `overscan`, so that no layer is enlarged in the comp; the overscan is
    rounded up to eighths, so that a slightly stronger move needs no new layers. Of an enlarged
    picture each side is odd where the comp's is: the picture lies centred, and with an odd surplus
    all its layers would lie on half pixels of the comp.
    """
    roomy = _roomy(overscan)
    width, height = painted
    wanted = max(comp.width * roomy / width, comp.height * roomy / height)
    factor = min(max(wanted, 1.0), MAX_ENLARGEMENT)
    if factor == 1.0:
        return painted
    wide, high = round(width * factor), round(height * factor)
    return wide + (comp.width - wide) % 2, high + (comp.height - high) % 2


def painted_size(profile: ModelProfile, comp: Comp, overscan: float) -> Size:
    """`layer_size` of a picture before it is painted."""
    return layer_size(picture_size(profile, comp.width / comp.height), comp, overscan)


def room_around(drawing: Size, comp: Comp, overscan: float) -> Size:
    """Room (x, y) px to add on every side of a drawing of `drawing` px.

    The drawing covers the frame at rest; where it is wider or higher than the frame its own
    pixels serve first. The overscan is rounded up as in `layer_size`.
    """
    frame, roomy = _frame_in(drawing, comp), _roomy(overscan)
    x, y = (
        max(0, math.ceil((part * roomy - side) / 2.0 - 1e-6))
        for part, side in zip(frame, drawing, strict=True)
    )
    return x, y


def odd_surplus(drawing: Size, comp: Comp) -> Size:
    """How much (0 or 1 px, right and below) a drawing needs more to lie on whole pixels.

    It lies centred, so where it is shown pixel for pixel and one side is larger than the comp's by
    an odd number, all of it would lie on half pixels of the comp, and be softened.
    """
    if max(comp.width / drawing[0], comp.height / drawing[1]) != 1.0:
        return 0, 0
    return (drawing[0] - comp.width) % 2, (drawing[1] - comp.height) % 2


def extended_size(drawing: Size, comp: Comp, overscan: float) -> Size:
    """Size (width, height) px of a drawing with the room that it needs."""
    x, y = room_around(drawing, comp, overscan)
    more = odd_surplus(drawing, comp)
    return drawing[0] + 2 * x + more[0], drawing[1] + 2 * y + more[1]


def overscan_around(drawing: Size, picture: Size, comp: Comp) -> float:
    """The overscan with which the frame shows the drawing inside `picture` as it was drawn."""
    frame = _frame_in(drawing, comp)
    return min(side / part for part, side in zip(frame, picture, strict=True))


def _frame_in(drawing: Size, comp: Comp) -> tuple[float, float]:
    """Width and height of the frame in px of a drawing that covers it."""
    scale = max(comp.width / drawing[0], comp.height / drawing[1])
    return comp.width / scale, comp.height / scale


def _roomy(overscan: float) -> float:
    return max(1.0, math.ceil(overscan / _SIZE_STEP - 1e-9) * _SIZE_STEP)
