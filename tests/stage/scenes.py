"""Cut pictures for the tests of the stage: boxes with a nearness, no pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.storyboard import CameraMove
from multiplane.stage.camera import plane_homography
from multiplane.stage.planes import Plane
from multiplane.stage.shot import Staged

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Cutout:
    id: str
    kind: str
    bbox: tuple[int, int, int, int]
    nearness: float
    name: str = ""


def move(preset: str, **more: object) -> CameraMove:
    return CameraMove.model_validate({"preset": preset, **more})


def frame_on(staged: Staged, plane: Plane) -> Floats:
    """The frame's corners, clockwise from the top left, in the layer's own px at every frame.

    (N, 4, 3): x, y and the sign of the distance, by inverting what the compositor draws with.
    """
    width, height = staged.comp.width, staged.comp.height
    corners = np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1]], float)
    frames = []
    for camera in staged.path():
        to_screen = plane_homography(
            camera, width, height, plane.position, plane.anchor, plane.scale
        )
        own = corners @ np.linalg.inv(to_screen).T
        frames.append(np.column_stack([own[:, :2] / own[:, 2:], own[:, 2]]))
    return np.array(frames)
