"""What of each layer a camera's move shows that nearer layers hide at rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane.stage.camera import plane_homography
from multiplane.stage.shot import Staged

Mask = NDArray[np.bool_]

_FRAMES = 9  # that are looked at: between them nothing jumps
_SOLID = 0.99  # alpha from which a layer hides what is behind it


class SeenLayer(Protocol):
    """What has to be known of a layer (`layers.stack.Layer` has it)."""

    @property
    def rgba(self) -> NDArray[np.uint8]: ...


def uncovered(staged: Staged, layers: Sequence[SeenLayer]) -> tuple[Mask, ...]:
    """For each layer, back to front, where (h, w) some frame shows it.

    layers: those that were staged. In the layers' own px. A layer that another one hides is shown
    where, in a frame, none that is nearer is solid over it; what the frame leaves out counts as
    shown, because a wider comp may show it.
    """
    path = staged.path()
    frames = np.unique(np.linspace(0, len(path) - 1, _FRAMES).round().astype(int))
    width, height = staged.comp.width, staged.comp.height
    shown = [np.zeros(layer.rgba.shape[:2], bool) for layer in layers]
    for frame in frames.tolist():
        camera = path[frame]
        to_screen = [
            plane_homography(camera, width, height, plane.position, plane.anchor, plane.scale)
            for plane in staged.planes
        ]
        for index in range(len(layers)):
            high, wide = layers[index].rgba.shape[:2]
            hidden = np.zeros((high, wide), bool)
            for nearer in range(index + 1, len(layers)):
                # From the nearer layer's px to this one's, through the screen.
                across = np.linalg.inv(to_screen[index]) @ to_screen[nearer]
                alpha = layers[nearer].rgba[..., 3].astype(np.float32) / 255.0
                # Both count from pixels' corners; OpenCV counts from their middles.
                half = np.array([[1.0, 0.0, 0.5], [0.0, 1.0, 0.5], [0.0, 0.0, 1.0]])
                warped = cv2.warpPerspective(
                    alpha, np.linalg.inv(half) @ across @ half, (wide, high), flags=cv2.INTER_LINEAR
                )
                hidden |= warped >= _SOLID
            shown[index] |= ~hidden
    return tuple(shown)
