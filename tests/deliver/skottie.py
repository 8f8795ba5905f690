"""Shots of quads as Skottie shows them, held against the preview and against the geometry.

Skottie is an independent renderer of Lottie files with After Effects' camera model.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.manifest import Comp
from multiplane.deliver.compositor import Compositor
from multiplane.deliver.shot import FinishedShot
from multiplane.stage.path import CameraPath
from tests.deliver.quads import GROUND, QUADS, corners
from tests.outside_programs import WEB, run_node

CLOSE = 1.0
"""Largest difference of a side, px of the comp."""
SCALE = 1.5
"""Everything is rendered so much larger: corners of tilted quads are blunt by up to a pixel."""
COLOURS: list[dict[str, Any]] = [
    {"rgb": colour, "reach": 0.5 * float(np.linalg.norm(np.subtract(colour, GROUND)))}
    for _, colour, _, _ in QUADS
]


def rendered(files: Mapping[str, Path], frames: Sequence[int], scratch: Path) -> dict[str, Any]:
    """What Skottie shows of each file: rate, length, size, and every quad's box at ``frames``.

    One process renders all. ``scratch``: a folder for what it is told.
    """
    wanted = [
        {"file": str(file), "frames": list(frames), "scale": SCALE, "colours": COLOURS}
        for file in files.values()
    ]
    (scratch / "wanted.json").write_text(json.dumps(wanted), encoding="utf-8")
    results = run_node(WEB / "skottie_boxes.mjs", scratch / "wanted.json")
    return dict(zip(files, results, strict=True))


def assert_shown(
    shown: Any, shot: FinishedShot, path: CameraPath, frames: Sequence[int], name: str
) -> None:
    """Every quad's box in Skottie's pixels is that in the preview's, and as it is projected."""
    comp, planes = shot.staged.comp, shot.staged.planes
    large = Comp(
        width=round(SCALE * comp.width),
        height=round(SCALE * comp.height),
        fps=comp.fps,
        duration_frames=comp.duration_frames,
    )
    compositor = Compositor(planes, shot.layers, large, path)
    assert (shown["size"], shown["fps"]) == ([comp.width, comp.height], comp.fps)
    np.testing.assert_allclose(shown["seconds"], comp.duration_frames / comp.fps, rtol=1e-6)
    for frame, boxes in zip(frames, shown["boxes"], strict=True):
        # Lottie has no lens, so the preview's is stopped down.
        camera = replace(path[frame], aperture=0.0)
        ours = compositor.frame(replace(camera, zoom=SCALE * camera.zoom))
        for number, plane in enumerate(planes[1:]):
            projected = corners(plane, camera, comp)
            limits = (comp.width, comp.height)
            exact = [*projected.min(0).clip(0, limits), *projected.max(0).clip(0, limits)]
            where = f"{name}, frame {frame}, {QUADS[number][0]}"
            np.testing.assert_allclose(boxes[number], exact, atol=CLOSE, err_msg=where)
            np.testing.assert_allclose(boxes[number], _box(ours, number), atol=CLOSE, err_msg=where)


def _box(frame: NDArray[np.uint8], number: int) -> list[float]:
    off = frame[..., :3].astype(np.float64) - COLOURS[number]["rgb"]
    rows, columns = np.nonzero(np.linalg.norm(off, axis=2) <= COLOURS[number]["reach"])
    sides = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    return [float(side) / SCALE for side in sides]
