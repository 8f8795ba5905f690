"""Contact sheets of the artwork: a row for every concept, a column for every artist."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane_study.artwork.catalogue import Catalogue
from multiplane_study.artwork.concepts import Concept
from multiplane_study.artwork.raster import rasterise

CELL = 72  # px
NAME_WIDTH = 190  # px
PANELS = 3
"""Concepts stand side by side in so many panels."""
_PAPER = 236


def draw_sheet(
    path: Path, catalogue: Catalogue, concepts: Sequence[Concept], artists: Sequence[str]
) -> None:
    """Write a PNG of the concepts as each of the artists has drawn them; blank = not drawn.

    Raises OSError where `path` cannot be written.
    """
    heading = _row("", [_words(name, CELL) for name in artists])
    rows = []
    for concept in concepts:
        name = f"{concept.name} (unseen)" if concept.unseen else concept.name
        rows.append(_row(name, [_cell(catalogue, artist, concept) for artist in artists]))
    blank = np.full_like(heading, _PAPER)
    height = -(-len(rows) // PANELS)
    rows += [blank] * (height * PANELS - len(rows))
    panels = [
        np.concatenate([heading, *rows[start : start + height]])
        for start in range(0, len(rows), height)
    ]
    image = cv2.cvtColor(np.concatenate(panels, axis=1), cv2.COLOR_RGB2BGR)
    # Encoded here: OpenCV's own writer fails silently and knows no Unicode paths on Windows.
    path.write_bytes(cv2.imencode(".png", image)[1].tobytes())


def _cell(catalogue: Catalogue, artist: str, concept: Concept) -> NDArray[np.uint8]:
    cell = np.full((CELL, CELL, 3), _PAPER, np.uint8)
    for drawing in catalogue.drawings(artist, concept)[:1]:
        rgba = rasterise(drawing.svg, CELL - 8)
        height, width = rgba.shape[:2]
        top, left = (CELL - height) // 2, (CELL - width) // 2
        under = cell[top : top + height, left : left + width]
        alpha = rgba[..., 3:] / 255.0
        under[:] = np.rint(under + (rgba[..., :3] - under.astype(np.float32)) * alpha)
    return cell


def _row(name: str, cells: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    return np.concatenate([_words(name, NAME_WIDTH), *cells], axis=1)


def _words(text: str, width: int) -> NDArray[np.uint8]:
    cell = np.full((CELL, width, 3), _PAPER, np.uint8)
    at = (4, CELL // 2 + 4)
    cv2.putText(cell, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.4, (30,) * 3, 1, cv2.LINE_AA)
    return cell
