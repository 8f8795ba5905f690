"""Shapes that the picture's edge cuts off, continued beyond it along their outlines."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Sides = tuple[bool, bool, bool, bool]  # left, top, right, bottom

_LOOK_BACK = 0.05  # share of the long side over which an outline's direction is read
_STEEPEST = 1.0  # px sideways for every px outwards
_MOST_RUNS = 24  # more pieces along one edge are a texture, not shapes
_SHORTEST_RUN = 2  # px
_SOFT = 4  # px beside a piece that belong to its soft edge


def continue_silhouette(
    alpha: Floats, colours: Floats, room: tuple[int, int], sides: Sides
) -> tuple[Floats, Floats]:
    """alpha (h, w) 0..1 and colours (h, w, 3) with `room` (x, y) px added all round.

    On each of `sides` every piece that is cut off goes on in the directions in which its two
    outlines leave the picture, ever less so, and closes where they meet. Its colours are those
    along the edge, continued with it: a guide for texture, not texture. A side with very many
    pieces is mirrored. Left and right go first, so corners follow from both. Returns
    (h + 2 y, w + 2 x) and (h + 2 y, w + 2 x, 3).
    """
    x, y = room
    left, top, right, bottom = sides
    peak = np.float32(max(float(alpha.max(initial=0.0)), 1e-6))
    sheet = np.dstack([alpha / peak, colours])
    sheet = np.concatenate(
        [_beyond(sheet[:, ::-1], x, left)[:, ::-1], sheet, _beyond(sheet, x, right)], axis=1
    )
    turned = sheet.transpose(1, 0, 2)
    turned = np.concatenate(
        [_beyond(turned[:, ::-1], y, top)[:, ::-1], turned, _beyond(turned, y, bottom)], axis=1
    )
    sheet = turned.transpose(1, 0, 2)
    return np.ascontiguousarray(sheet[..., 0] * peak), np.ascontiguousarray(sheet[..., 1:])


def touched_sides(alpha: Floats) -> Sides:
    """At which edges of the picture something of alpha (h, w) is cut off."""
    alpha = alpha / max(float(alpha.max(initial=0.0)), 1e-6)
    edges = (alpha[:, 0], alpha[0], alpha[:, -1], alpha[-1])
    left, top, right, bottom = (bool(_runs(edge)) for edge in edges)
    return left, top, right, bottom


def _beyond(sheet: Floats, count: int, cut: bool) -> Floats:
    """`count` columns to the right of alpha and colours (h, w, 4); empty where nothing is cut."""
    height, width = sheet.shape[:2]
    result = np.zeros((height, count, 4), np.float32)
    if not cut or not count:
        return result
    edge = sheet[:, -1]
    runs = _runs(edge[:, 0])
    if len(runs) > _MOST_RUNS:
        turns = np.arange(width, width + count) % max(2 * width - 2, 1)
        return np.ascontiguousarray(sheet[:, np.minimum(turns, 2 * width - 2 - turns)])
    rows = np.arange(height) + 0.5
    outwards = np.arange(1, count + 1)
    travelled = count * (1.0 - np.exp(-outwards / count))
    for number, (first, last) in enumerate(runs):
        before = runs[number - 1][1] if number else -height
        after = runs[number + 1][0] if number + 1 < len(runs) else 2 * height
        low = max(0, first - _SOFT, (before + first) // 2 + 1)
        high = min(height, last + _SOFT, (last + after) // 2 + 1)
        rise, fall = _directions(sheet[..., 0], first, last)
        # What reaches the picture's own corner goes on with the other side.
        tops = first + (0.0 if first == 0 else rise) * travelled
        ends = last + (0.0 if last == height else fall) * travelled
        for column, (top, end) in enumerate(zip(tops, ends, strict=True)):
            if end - top < 1.0:
                break
            # Where on the edge a row comes from: stretched inside, as wide as it is beside.
            came = first + (rows - top) * ((last - first) / (end - top))
            came = np.where(rows < top, first + rows - top, came)
            came = np.where(rows > end, last + rows - end, came)
            row = np.floor(came).astype(np.int64)
            some = (came >= low) & (came <= high)
            share = _at(edge[:, 0], came) * some
            over = share > result[:, column, 0]
            result[over, column, 0] = share[over]
            result[over, column, 1:] = edge[np.clip(row[over], first, last - 1), 1:]
    return result


def _at(values: Floats, places: NDArray[np.float64]) -> NDArray[np.float64]:
    """`values` of pixels between their centres, and the outer ones beyond the outer centres."""
    return np.interp(places - 0.5, np.arange(len(values)), values)


def _runs(edge: Floats) -> list[tuple[int, int]]:
    """Pieces (first, last + 1) of an edge where alpha is more than a half."""
    inside = np.concatenate([[False], edge > 0.5, [False]])
    changes = np.flatnonzero(inside[1:] != inside[:-1])
    pairs = zip(changes[::2].tolist(), changes[1::2].tolist(), strict=True)
    return [(first, last) for first, last in pairs if last - first >= _SHORTEST_RUN]


def _directions(alpha: Floats, first: int, last: int) -> tuple[float, float]:
    """How far the upper and the lower outline of a piece go down with every px outwards."""
    reach = min(alpha.shape[1] - 1, max(6, round(_LOOK_BACK * max(alpha.shape))))
    tops, ends = [float(first)], [float(last)]
    top, end = first, last
    for back in range(1, reach + 1):
        near = [run for run in _runs(alpha[:, -1 - back]) if run[0] < end and run[1] > top]
        # A piece that parts or joins another has no outline of its own any more.
        if len(near) != 1 or abs(near[0][0] - top) > 4 or abs(near[0][1] - end) > 4:
            break
        top, end = near[0]
        tops.append(float(top))
        ends.append(float(end))
    return _slope(tops), _slope(ends)


def _slope(values: list[float]) -> float:
    """Fall of `values`, given from the edge inwards, per step outwards, by least squares."""
    if len(values) < 4:
        return 0.0
    inwards = np.arange(len(values))
    return float(np.clip(-np.polyfit(inwards, values, 1)[0], -_STEEPEST, _STEEPEST))
