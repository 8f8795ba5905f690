"""One sheet of the mattes: a row for each picture, its truth, and what every way made of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from multiplane_study.mattes.measure import Measured

_WIDTH = 400  # px of a cell
_HEAD = 26  # px of the words over a column


def write_sheet(path: Path, rows: Sequence[Measured]) -> Path:
    """Write a PNG: alpha as grey, with each way's SAD. Raises OSError where it cannot be."""
    titles = ["picture", "truth", *rows[0].mattes]
    lines = [_words(titles)]
    for row in rows:
        mattes = [row.given.drawn.alpha, *row.mattes.values()]
        notes = ["", *(f"SAD {row.errors[way].sad:.1f}" for way in row.mattes)]
        cells = [row.given.picture, *(_grey(one) for one in mattes)]
        said = [f"{row.given.kind}, {row.given.behind}", *notes]
        lines += [np.hstack([_fitted(cell) for cell in cells]), _words(said)]
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.vstack(lines)).save(path, "PNG")
    return path


def _grey(alpha: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.repeat(np.rint(alpha * 255.0).astype(np.uint8)[..., None], 3, axis=2)


def _fitted(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height = round(picture.shape[0] * _WIDTH / picture.shape[1])
    return np.asarray(cv2.resize(picture, (_WIDTH, height), interpolation=cv2.INTER_AREA), np.uint8)


def _words(texts: Sequence[str]) -> NDArray[np.uint8]:
    line = np.full((_HEAD, _WIDTH * len(texts), 3), 255, np.uint8)
    for place, text in enumerate(texts):
        at = (place * _WIDTH + 6, _HEAD - 8)
        cv2.putText(line, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.5, (20, 20, 20), 1, cv2.LINE_AA)
    return line
