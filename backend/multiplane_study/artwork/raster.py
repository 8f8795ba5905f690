"""SVG drawings to pixels with exact mattes."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane.contract.errors import Failure

Rgba = NDArray[np.uint8]
"""(H, W, 4) sRGB with straight alpha."""
FRAMED = 0.94
"""Opaque share of its bounding box from which on a drawing has a ground of its own."""
PINNED_OVERSAMPLING = 2.0
"""The bench's scenes are pinned with it: which of them are drawn again depends on single pixels."""
TRAINING_OVERSAMPLING = 1.3
"""Half the work, for tens of thousands of pictures."""


def rasterise(
    svg: str, side: int, cache: Path | None = None, oversampling: float = PINNED_OVERSAMPLING
) -> Rgba:
    """The drawing at `side` px along its longer side, cut to what is not transparent.

    Drawing a picture takes as long as composing a whole scene: what lies in the folder `cache` is
    read from there. It is drawn `oversampling` times larger first: the margins of the icons differ,
    and are cut off before it is shrunk.

    Raises Failure `study.artwork.unreadable` for an SVG that shows nothing.
    """
    name = hashlib.sha256(f"{side} {oversampling} {svg}".encode()).hexdigest()[:24]
    kept = None if cache is None else cache / f"{name}.png"
    if kept is not None and kept.exists():
        stored = cv2.imdecode(np.fromfile(kept, np.uint8), cv2.IMREAD_UNCHANGED)
        return np.asarray(cv2.cvtColor(stored, cv2.COLOR_BGRA2RGBA), np.uint8)
    rgba = _drawn(svg, round(oversampling * side), side)
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=kept.parent, delete=False) as unfinished:
            unfinished.write(
                cv2.imencode(".png", cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGRA))[1].tobytes()
            )
        os.replace(unfinished.name, kept)
    return rgba


def _drawn(svg: str, width: int, side: int) -> Rgba:
    import resvg_py

    png = bytes(resvg_py.svg_to_bytes(svg_string=svg, width=width, skip_system_fonts=True))
    drawn = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
    if drawn is None or drawn.ndim != 3 or drawn.shape[2] != 4 or drawn[..., 3].max() < 128:
        raise Failure(
            "study.artwork.unreadable",
            "A drawing shows nothing.",
            value=svg[:200],
            remedy="Leave this concept out of the artist's drawings.",
        )
    shown = drawn[..., 3] > 8
    rows, columns = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
    cut = drawn[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return resized(np.asarray(cv2.cvtColor(cut, cv2.COLOR_BGRA2RGBA), np.uint8), side)


def resized(rgba: Rgba, side: int) -> Rgba:
    """`rgba` at `side` px along its longer side; clear pixels lend no colour to the edge."""
    height, width = rgba.shape[:2]
    scale = side / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    alpha = rgba[..., 3:].astype(np.float32) / 255.0
    together = np.concatenate([rgba[..., :3] * alpha, alpha], axis=2).astype(np.float32)
    way = cv2.INTER_AREA if scale < 1.0 else cv2.INTER_LINEAR
    small = cv2.resize(together, size, interpolation=way)
    colour = small[..., :3] / np.maximum(small[..., 3:], 1e-4)
    return np.asarray(
        np.rint(np.clip(np.concatenate([colour, 255.0 * small[..., 3:]], axis=2), 0, 255)), np.uint8
    )


def fills_its_box(rgba: Rgba) -> bool:
    """Whether a drawing is a picture with a frame or a ground of its own, not a thing cut out."""
    return float((rgba[..., 3] > 128).mean()) > FRAMED
