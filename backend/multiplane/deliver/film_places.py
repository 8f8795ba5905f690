"""Where in a frame something lies: a few boxes round the pixels that are concerned."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane.stage.camera import Camera, plane_homography
from multiplane.stage.planes import Plane

Mask = NDArray[np.bool_]
Place = tuple[float, float, float, float]
"""x, y, width, height, as shares of the frame's width and height, within 0..1."""

MOST_PLACES = 6
TOGETHER = 0.02  # of the mask's long side; what lies nearer than this shares a box


def places_in_frame(mask: Mask) -> tuple[Place, ...]:
    """Boxes round what is set in a mask (H, W) of a whole frame, the largest first."""
    height, width = mask.shape
    boxes = _boxes(mask)
    return _kept(np.array(boxes, np.float64).reshape(-1, 4) / (width, height, width, height))


def places_on_plane(
    mask: Mask,
    corner: tuple[int, int],
    plane: Plane,
    camera: Camera,
    frame: tuple[int, int],
) -> tuple[Place, ...]:
    """Boxes in the frame round what is set in a mask (H, W) of a plane's own pixels.

    corner: of the mask on the plane, own px. frame: width and height, px. What the frame does not
    show is left out.
    """
    width, height = frame
    to_screen = plane_homography(camera, width, height, plane.position, plane.anchor, plane.scale)
    seen = []
    for x, y, wide, high in _boxes(mask):
        left, top = x + corner[0], y + corner[1]
        corners = np.array(
            [[left, top, 1], [left + wide, top, 1], [left + wide, top + high, 1],
             [left, top + high, 1]], np.float64
        )  # fmt: skip
        points = corners @ to_screen.T
        if points[:, 2].min() <= 0.0:
            continue  # behind the camera
        points = points[:, :2] / points[:, 2:]
        low, high_ = points.min(axis=0), points.max(axis=0)
        seen.append([*low / (width, height), *(high_ - low) / (width, height)])
    return _kept(np.array(seen, np.float64).reshape(-1, 4))


def _boxes(mask: Mask) -> list[tuple[int, int, int, int]]:
    """x, y, width, height px of what hangs together about, the largest first."""
    if not mask.any():
        return []
    reach = max(1, round(TOGETHER * max(mask.shape) / 2))
    brush = np.ones((2 * reach + 1,) * 2, np.uint8)
    count, labels = cv2.connectedComponents(cv2.dilate(mask.astype(np.uint8), brush))
    rows, columns = np.nonzero(mask)
    owner = labels[rows, columns]
    sizes = np.bincount(owner, minlength=count)
    boxes = []
    for label in np.argsort(-sizes, kind="stable")[:MOST_PLACES]:
        if not sizes[label]:
            break
        mine = owner == label
        x, y = int(columns[mine].min()), int(rows[mine].min())
        boxes.append((x, y, int(columns[mine].max()) - x + 1, int(rows[mine].max()) - y + 1))
    return boxes


def _kept(boxes: NDArray[np.float64]) -> tuple[Place, ...]:
    """Within the frame, to a ten-thousandth."""
    low = np.clip(boxes[:, :2], 0.0, 1.0)
    high = np.clip(boxes[:, :2] + boxes[:, 2:], 0.0, 1.0)
    kept = np.round(np.hstack([low, high - low]), 4)
    found = [(float(x), float(y), float(w), float(h)) for x, y, w, h in kept if w > 0 and h > 0]
    return tuple(found)
