"""What a scene is drawn as, in a line that a file can keep, and whether another is the same.

A processor with other instructions rounds otherwise: with OpenCV's AVX2 turned off, three of nine
watercolours have one value of one pixel that is one level off. So beside a checksum of everything
the line has means of coarse cells, which such roundings do not move.
"""

from __future__ import annotations

import hashlib

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane_study.scenes.model import Scene

_CELLS = (4, 3)  # across, down
_TOLERANCE = 1  # levels of 255: a mean that lies between two is rounded to either


def drawn_as(scene: Scene) -> str:
    """Three hexadecimal words: twelve digits of the SHA-256 of a scene's picture, truth and words;
    eight of its words alone; and the means of 4 x 3 cells of picture, background and each subject's
    matte, two digits each.
    """
    told = f"{scene.caption} {[one.phrase for one in scene.subjects]}".encode()
    digest = hashlib.sha256(scene.picture.tobytes())
    digest.update(scene.background.tobytes())
    for subject in scene.subjects:
        digest.update(np.packbits(subject.matte > 0.5).tobytes())
    digest.update(told)
    cells = _means(scene.picture) + _means(scene.background)
    cells += b"".join(_means(subject.matte * np.float32(255)) for subject in scene.subjects)
    words = hashlib.sha256(told).hexdigest()[:8]
    return f"{digest.hexdigest()[:12]} {words} {cells.hex()}"


def as_pinned(pinned: str, found: str) -> bool:
    """Whether `found` is the drawing that was pinned, but for how it was rounded."""
    if pinned == found:
        return True
    (_, words, cells), (_, other_words, other_cells) = pinned.split(), found.split()
    if words != other_words or len(cells) != len(other_cells):
        return False
    far = np.abs(_levels(cells) - _levels(other_cells))
    return bool(far.max() <= _TOLERANCE)


def _means(picture: NDArray[np.uint8] | NDArray[np.float32]) -> bytes:
    means = cv2.resize(picture.astype(np.float32), _CELLS, interpolation=cv2.INTER_AREA)
    return np.asarray(np.rint(np.clip(means, 0, 255)), np.uint8).tobytes()


def _levels(cells: str) -> NDArray[np.int16]:
    return np.frombuffer(bytes.fromhex(cells), np.uint8).astype(np.int16)
