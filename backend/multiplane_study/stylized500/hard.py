"""Which kinds of hard a scene is, measured of its truth."""

from __future__ import annotations

from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane_study.scenes import Scene

Mask = NDArray[np.bool_]

SMALL = 0.02
"""Of the picture: a subject that shows less is small."""
_ALIKE = 14.0  # CIE76 difference of two mean colours
_TOUCHING = 0.01  # of the diagonal: nearer subjects are neighbours
_OVERLAP = 0.03  # of the smaller subject
_THIN = 0.012  # of the diagonal: what is not wider is thin
_MUCH_THIN = 0.2  # of the subject
_ON_FRAME = 0.06  # of the picture's height, along its frame


def kinds_of_hard(scene: Scene) -> tuple[str, ...]:
    """Some of "same colour", "overlapping", "two of a noun", "thin", "cut off", "small".

    same colour: two neighbours whose mean colours are hardly told apart. overlapping: three or more
    subjects that hang together by overlaps. two of a noun: subjects that share a phrase. thin: a
    fifth of a subject is thinner than an opening by 1.2 % of the diagonal leaves. cut off: by the
    frame. small: under 2 % of the picture.
    """
    seen = [subject.matte > 0.5 for subject in scene.subjects]
    wholes = [subject.whole_matte > 0.5 for subject in scene.subjects]
    phrases = [subject.phrase for subject in scene.subjects]
    found = {
        "same colour": _same_colour(scene, seen),
        "overlapping": _largest_group(wholes) >= 3,
        "two of a noun": len(set(phrases)) < len(phrases),
        "thin": any(thin_share(mask) > _MUCH_THIN for mask in seen),
        "cut off": any(_on_frame(mask) > _ON_FRAME * mask.shape[0] for mask in seen),
        "small": any(mask.mean() < SMALL for mask in seen),
    }
    return tuple(kind for kind, holds in found.items() if holds)


def thin_share(mask: Mask) -> float:
    """Share of a mask that a morphological opening takes away; 0 for an empty one."""
    side = 2 * round(_THIN * float(np.hypot(*mask.shape)) / 2) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, kernel)
    return 1.0 - float(opened.sum()) / float(mask.sum()) if mask.any() else 0.0


def _same_colour(scene: Scene, seen: list[Mask]) -> bool:
    lab = cv2.cvtColor(scene.picture.astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB)
    colours = [lab[mask].mean(axis=0) if mask.any() else None for mask in seen]
    reach = _TOUCHING * float(np.hypot(*scene.picture.shape[:2]))
    for one, other in combinations(range(len(seen)), 2):
        a, b = colours[one], colours[other]
        if a is None or b is None or float(np.linalg.norm(a - b)) > _ALIKE:
            continue
        away = cv2.distanceTransform((~seen[one]).astype(np.uint8), cv2.DIST_L2, 5)
        if float(away[seen[other]].min()) <= reach:
            return True
    return False


def _largest_group(wholes: list[Mask]) -> int:
    """How many subjects hang together by overlaps."""
    group = list(range(len(wholes)))
    for one, other in combinations(range(len(wholes)), 2):
        shared = float((wholes[one] & wholes[other]).sum())
        if shared > _OVERLAP * min(float(wholes[one].sum()), float(wholes[other].sum())):
            old, new = group[other], group[one]
            group = [new if member == old else member for member in group]
    return max(group.count(member) for member in group)


def _on_frame(mask: Mask) -> int:
    """Pixels of the mask on the picture's left, right and upper edge, and on its lower one."""
    edges = (mask[0], mask[-1], mask[:, 0], mask[:, -1])
    return max(int(edge.sum()) for edge in edges)
