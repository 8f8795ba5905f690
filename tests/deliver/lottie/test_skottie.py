"""Lottie files seen by Skottie, an independent renderer with After Effects' camera model."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from multiplane.contract.manifest import Comp
from multiplane.deliver.compositor import Compositor
from multiplane.deliver.lottie.animation import write_lottie
from multiplane.deliver.shot import FinishedShot
from tests.deliver.quads import COMP, GROUND, MOVES, QUADS, corners, put, quad_shot
from tests.outside_programs import WEB, run_node

FRAMES = (0, 6, 12, 18, 24)
CLOSE = 1.0
"""Largest difference of a side, px of the comp."""
SCALE = 1.5
"""Everything is rendered so much larger: corners of tilted quads are blunt by up to a pixel."""
LARGE = Comp(width=480, height=270, fps=24, duration_frames=25)
COLOURS: list[dict[str, Any]] = [
    {"rgb": colour, "reach": 0.5 * float(np.linalg.norm(np.subtract(colour, GROUND)))}
    for _, colour, _, _ in QUADS
]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[FinishedShot, Any]]:
    """A shot of every move and what Skottie shows of it; all are rendered by one process."""
    folder = tmp_path_factory.mktemp("skottie")
    wanted = []
    shots = [quad_shot(name, move) for name, move in MOVES.items()]
    for number, shot in enumerate(shots):
        place = folder / str(number)
        write_lottie(place / "shot.json", put(place, shot), place)
        wanted.append(
            {
                "file": str(place / "shot.json"),
                "frames": FRAMES,
                "scale": SCALE,
                "colours": COLOURS,
            }
        )
    (folder / "wanted.json").write_text(json.dumps(wanted), encoding="utf-8")
    results = run_node(WEB / "skottie_boxes.mjs", folder / "wanted.json")
    return dict(zip(MOVES, zip(shots, results, strict=True), strict=True))


@pytest.mark.parametrize("name", MOVES)
def test_skottie_sees_what_the_preview_shows(
    name: str, seen: dict[str, tuple[FinishedShot, Any]]
) -> None:
    """Every quad's box in Skottie's pixels, in the preview's, and as it is projected."""
    shot, shown = seen[name]
    planes, path = shot.staged.planes, shot.staged.path()
    compositor = Compositor(planes, shot.layers, LARGE, path)
    assert (shown["size"], shown["fps"]) == ([COMP.width, COMP.height], COMP.fps)
    assert shown["seconds"] == pytest.approx(COMP.duration_frames / COMP.fps)
    for frame, boxes in zip(FRAMES, shown["boxes"], strict=True):
        # Lottie has no lens, so the preview's is stopped down.
        camera = replace(path[frame], aperture=0.0)
        ours = compositor.frame(replace(camera, zoom=SCALE * camera.zoom))
        for number, plane in enumerate(planes[1:]):
            projected = corners(plane, camera, COMP)
            limits = (COMP.width, COMP.height)
            exact = [*projected.min(0).clip(0, limits), *projected.max(0).clip(0, limits)]
            where = f"{name}, frame {frame}, {QUADS[number][0]}"
            np.testing.assert_allclose(boxes[number], exact, atol=CLOSE, err_msg=where)
            np.testing.assert_allclose(boxes[number], _box(ours, number), atol=CLOSE, err_msg=where)


def _box(frame: NDArray[np.uint8], number: int) -> list[float]:
    off = frame[..., :3].astype(np.float64) - COLOURS[number]["rgb"]
    rows, columns = np.nonzero(np.linalg.norm(off, axis=2) <= COLOURS[number]["reach"])
    sides = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    return [float(side) / SCALE for side in sides]
