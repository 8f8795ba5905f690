"""A drawing in strokes on paper, as if it had been painted: what they mean, not what they are.

In ink and pencil most of a picture is paper, and steps in colour say little: a horizon is as strong
an edge as a figure's contour, and a face is as white as the sky. So hatching becomes the tone that
it stands for, what strokes enclose gets a tone of its own, and a line with open ground on both
sides goes.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Bytes = NDArray[np.uint8]

_REFERENCE = 256.0  # px: lengths below are for a picture of this short side
_LIGHT = 0.6  # quantile of the lightness above which pixels tell the paper's colour
_PAPER, _INK = 8.0, 12.0  # CIELAB units up to which a pixel is paper, from which it is ink
# Of drawings of the project's and of one artist's, 85 of the 88 in ink and pencil have these four,
# 1 of the 48 in flat colour, watercolour and oil paint, none of 60 flat ones on textured grounds.
_LEAST_PAPER = 0.45  # share of the picture
_LEAST_LIGHT, _MOST_TINT = 80.0, 15.0  # CIELAB lightness and chroma of the paper
_LEAST_THIN = 0.3  # share of the ink that is in thin strokes
_THIN = 3  # px, radius within which they are thin
_HATCH = 3  # px, radius that fills what lies between two strokes of a hatching
_GAP = 1  # px, radius: contours may be open so far twice
_ALONG = 3  # px, within which strokes belong to what they enclose
_WISP = 2  # px, radius of what is too thin to be a tone
_OPEN = 1.3  # px of the frame per root of area, from which an area of paper is open ground
_WIDE = 0.15  # share of the picture from which it is that wherever it touches the frame
_BLUR = 2.5  # px, over which strokes become a tone
_ENCLOSED = 4.0  # CIELAB units by which what is enclosed is darker than paper
_COLOURFUL = 60.0  # CIELAB chroma that the colours of the strokes are brought to ...
_MOST_COLOURFUL = 6.0  # ... by at most so much
_GREY = 3.0  # CIELAB chroma up to which there is no colour


def as_painted(lab: Floats) -> Floats | None:
    """The drawing (H, W, 3) in CIELAB as paint; None for a picture that is none in strokes."""
    paper = np.median(lab[lab[..., 0] >= np.quantile(lab[..., 0], _LIGHT)], axis=0)
    off = np.linalg.norm(lab - paper, axis=2)
    ink = off > _INK
    is_paper = paper[0] >= _LEAST_LIGHT and float(np.linalg.norm(paper[1:])) <= _MOST_TINT
    if not is_paper or not ink.any() or float((off < _PAPER).mean()) < _LEAST_PAPER:
        return None
    unit = min(lab.shape[:2]) / _REFERENCE
    thick = cv2.morphologyEx(_bytes(ink), cv2.MORPH_OPEN, _disk(_THIN * unit))
    if 1.0 - float(thick.sum()) / float(ink.sum()) < _LEAST_THIN:
        return None
    figure = _figures(ink, unit)
    return _in_tones(lab, paper, ink, figure, unit)


def _figures(ink: Mask, unit: float) -> Mask:
    """Hatched and filled areas, what strokes enclose, and these strokes: (H, W)."""
    hatch = _disk(_HATCH * unit)
    room = 4 * len(hatch)
    # The frame is no stroke: a hatching goes on behind it.
    wide = cv2.copyMakeBorder(_bytes(ink), room, room, room, room, cv2.BORDER_REPLICATE)
    filled = cv2.morphologyEx(cv2.morphologyEx(wide, cv2.MORPH_CLOSE, hatch), cv2.MORPH_OPEN, hatch)
    toned = filled[room:-room, room:-room] > 0
    figure = toned | _enclosed(ink, unit)
    along = cv2.dilate(_bytes(figure), _disk(_ALONG * unit)) > 0
    figure |= along & ink
    return np.asarray(cv2.morphologyEx(_bytes(figure), cv2.MORPH_OPEN, _disk(_WISP * unit)) > 0)


def _enclosed(ink: Mask, unit: float) -> Mask:
    """Paper that strokes go round, with small gaps: (H, W)."""
    reach = max(1, round(_GAP * unit))
    calm = _bytes(cv2.dilate(_bytes(ink), _disk(reach)) == 0)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(calm, connectivity=4)
    edges = (labels[0], labels[-1], labels[1:-1, 0], labels[1:-1, -1])
    frame = np.bincount(np.concatenate(edges), minlength=count)
    area = stats[:, cv2.CC_STAT_AREA].astype(np.float64)
    is_open = (frame > _OPEN * np.sqrt(area)) | ((frame > 0) & (area > _WIDE * ink.size))
    is_open[0] = False
    ground, inside = is_open[labels], ~is_open[labels] & (labels > 0)
    square = np.ones((3, 3), np.uint8)
    for _ in range(reach + 1):  # back to the strokes, both at the same pace
        ground |= (cv2.dilate(_bytes(ground), square) > 0) & ~ink & ~inside
        inside |= (cv2.dilate(_bytes(inside), square) > 0) & ~ink & ~ground
    return np.asarray(inside)


def _in_tones(
    lab: Floats, paper: NDArray[np.floating], ink: Mask, figure: Mask, unit: float
) -> Floats:
    weight = figure.astype(np.float32)
    blur = _BLUR * unit
    summed = cv2.GaussianBlur(lab * weight[..., None], (0, 0), blur)
    tone = summed / np.maximum(cv2.GaussianBlur(weight, (0, 0), blur), 1e-4)[..., None]
    # A pale hatching in colour is a colour; how much of it is only the pen's own does not count.
    darkest = lab[ink][lab[..., 0][ink] <= np.quantile(lab[..., 0][ink], 0.1)]
    pen = np.median(darkest, axis=0)
    covered = np.clip((paper[0] - tone[..., 0]) / max(float(paper[0] - pen[0]), 1.0), 0.0, 1.0)
    colour = tone[..., 1:] - paper[1:] - covered[..., None] * (pen[1:] - paper[1:])
    if figure.any():
        usual = float(np.quantile(np.linalg.norm(colour[figure], axis=1), 0.9))
        if usual > _GREY:
            colour = colour * np.clip(_COLOURFUL / usual, 1.0, _MOST_COLOURFUL)
    painted = np.empty_like(lab)
    painted[:] = paper
    painted[figure, 0] = tone[figure, 0] - _ENCLOSED
    painted[figure, 1:] = (paper[1:] + colour)[figure]
    return painted


def _bytes(mask: NDArray[np.generic]) -> Bytes:
    return np.ascontiguousarray(mask, np.uint8)


def _disk(radius: float) -> Bytes:
    reach = max(1, round(radius))
    shape = (2 * reach + 1,) * 2
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, shape), np.uint8)
