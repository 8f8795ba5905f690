"""A camera move drawn in braille: what the frame covers of a plane at the start and at the end."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.manifest import Comp
from multiplane.contract.storyboard import CameraMove
from multiplane.stage.shot import scene_scale, stage_shot

if TYPE_CHECKING:
    from rich.table import Table

_COLUMNS, _ROWS = 38, 12
_MARGIN = 0.14
"""How much of the plane is drawn round what the frame covers at rest, in units of the frame."""
_FIRST_DOT = 0x2800
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))

Points = NDArray[np.float64]


def sketch(preset: str, direction: str | float | None = None) -> tuple[str, str]:
    """Drawings of the nearest plane and of the background, lines of equal length.

    Dotted: what the frame covers at the start; drawn through: at the end; between them the way of
    the frame's centre. Empty lines where nothing of that changes.
    """
    comp = Comp(width=1600, height=900, fps=24, duration_frames=72)
    move = CameraMove(preset=preset, direction=direction)
    path = stage_shot((), (1600, 900), comp, move).path()
    planes = []
    scene = scene_scale(comp)
    for z in (0.0, scene.depth_range):
        k = (scene.zoom + z) / scene.zoom
        size = np.array([comp.width, comp.height], dtype=np.float64)
        covered = (path.footprints(comp.width, comp.height, z) - size / 2) / (size * k) + 0.5
        planes.append(_drawn(covered))
    return planes[0], planes[1]


def sketches(preset: str, direction: str | float | None) -> Table | None:
    """Both planes side by side; None where nothing of the frame moves, or it cannot be drawn."""
    from rich.table import Table

    near, far = sketch(preset, direction)
    try:
        near.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return None
    if not (near + far).strip():
        return None
    table = Table(box=None, pad_edge=False, caption="Dotted: the start. Drawn through: the end.")
    table.add_column("\nThe frame on the nearest layer", justify="center", no_wrap=True)
    table.add_column("\n... on the background", justify="center", no_wrap=True)
    table.add_row(near, far)
    return table


def _drawn(covered: Points) -> str:
    """``covered`` (N, 4, 2): the frame's corners on the plane, fractions of the frame at rest."""
    canvas = np.zeros((_ROWS * 4, _COLUMNS * 2), bool)
    if np.ptp(covered, axis=0).max() > 1e-6:
        _outline(canvas, covered[0], gap=4)
        _outline(canvas, covered[-1], gap=1)
        for centre in covered.mean(axis=1):
            _dot(canvas, centre)
    lines = []
    for row in range(_ROWS):
        cells = []
        for column in range(_COLUMNS):
            cell = canvas[row * 4 : row * 4 + 4, column * 2 : column * 2 + 2]
            bits = sum(_DOTS[y][x] for y in range(4) for x in range(2) if cell[y, x])
            cells.append(chr(_FIRST_DOT + bits) if bits else " ")
        lines.append("".join(cells))
    return "\n".join(lines)


def _outline(canvas: NDArray[np.bool_], corners: Points, *, gap: int) -> None:
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        steps = int(np.abs((end - start) * canvas.shape[::-1]).max()) + 1
        for step in range(0, steps + 1, gap):
            _dot(canvas, start + (end - start) * step / steps)


def _dot(canvas: NDArray[np.bool_], at: Points) -> None:
    x, y = (at + _MARGIN) / (1 + 2 * _MARGIN) * (canvas.shape[1] - 1, canvas.shape[0] - 1)
    column, row = round(float(x)), round(float(y))
    if 0 <= column < canvas.shape[1] and 0 <= row < canvas.shape[0]:
        canvas[row, column] = True
