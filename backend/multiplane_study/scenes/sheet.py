"""Contact sheets: many scenes side by side, to judge whether the styles earn their names."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from .draw import draw_scene
from .model import Scene
from .vocabulary import STYLES

Image = NDArray[np.uint8]

_MARKS = np.asarray([(230, 60, 60), (60, 110, 240), (70, 190, 90), (240, 190, 40)], np.float32)


def matte_view(scene: Scene) -> Image:
    """The visible mattes, one colour per subject, over a pale grey picture (H, W, 3)."""
    view = scene.picture.mean(axis=2, keepdims=True).repeat(3, axis=2) * 0.25 + 180
    for index, subject in enumerate(scene.subjects):
        view += (_MARKS[index % len(_MARKS)] - view) * (0.85 * subject.matte[..., None])
    return np.asarray(np.clip(view, 0, 255), np.uint8)


def depth_view(scene: Scene) -> Image:
    """Nearness as grey, near is white (H, W, 3)."""
    grey = np.asarray(np.rint(np.clip(scene.depth, 0, 1) * 255), np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def draw_sheet(
    path: str | Path,
    count: int = 50,
    seed: int = 0,
    *,
    width: int = 256,
    height: int = 256,
    mattes: bool = False,
    depth: bool = False,
    captions: bool = True,
    kinds: list[str] | None = None,
) -> list[str]:
    """Write a PNG of `count` scenes of seeds from `seed` on, styles by rows of at most ten.

    `mattes` and `depth` show that truth under every picture; with `kinds`, scenes have one
    subject each, of these kinds in turn. Returns the captions, in order. Raises OSError where
    `path` cannot be written.
    """
    per_style = -(-count // len(STYLES))
    cells: list[Image] = []
    texts: list[str] = []
    for index in range(count):
        style = STYLES[min(index // per_style, len(STYLES) - 1)]
        only = None if kinds is None else [kinds[index % len(kinds)]]
        scene = draw_scene(seed + index, width, height, style=style,
                           count=None if kinds is None else 1,
                           kinds=only)  # fmt: skip
        stack: list[Image] = [scene.picture]
        if mattes:
            stack.append(matte_view(scene))
        if depth:
            stack.append(depth_view(scene))
        cell = np.concatenate(stack, axis=0)
        if captions:
            cell = np.concatenate([cell, _label(scene.caption, width)], axis=0)
        cells.append(np.pad(cell, ((2, 2), (2, 2), (0, 0)), constant_values=255))
        texts.append(scene.caption)
    columns = min(10, per_style)
    blank = np.full_like(cells[0], 255)
    cells += [blank] * (-len(cells) % columns)
    rows = [np.concatenate(cells[i : i + columns], axis=1) for i in range(0, len(cells), columns)]
    image = cv2.cvtColor(np.concatenate(rows, axis=0), cv2.COLOR_RGB2BGR)
    # Encoded here: OpenCV's own writer fails silently and knows no Unicode paths on Windows.
    Path(path).write_bytes(cv2.imencode(".png", image)[1].tobytes())
    return texts


def _label(text: str, width: int) -> Image:
    """The caption in small type, wrapped to `width` pixels."""
    strip = np.full((44, width, 3), 255, np.uint8)
    letters = max(8, int(width / 5.6))
    lines, line = [], ""
    for word in text.split():
        if len(line) + 1 + len(word) > letters:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    for index, part in enumerate([*lines, line][:3]):
        at = (2, 12 + 13 * index)
        cv2.putText(strip, part, at, cv2.FONT_HERSHEY_SIMPLEX, 0.33, (30,) * 3, 1, cv2.LINE_AA)
    return strip
