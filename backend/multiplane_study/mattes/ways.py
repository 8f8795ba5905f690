"""Ways to a matte: how each finds alpha in a picture, given what is known of the truth."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane.layers.cut import Cutout, Segmentation
from multiplane.layers.cutters.fine_mattes import refined_mattes
from multiplane.layers.mattes import solve_mattes
from multiplane.models.vision.seen import Matter
from multiplane_study.bench.matte_error import unknown_band
from multiplane_study.mattes.drawn import MattePicture

Floats = NDArray[np.float32]
Way = Callable[[MattePicture], Floats]

HARD = "hard mask"
DEFAULT = "default"
CLOSED_FORM = "closed form, true trimap"
VITMATTE = "ViTMatte"
VITMATTE_TRUE = "ViTMatte, true trimap"
WITHOUT_MODEL: tuple[str, ...] = (HARD, DEFAULT, CLOSED_FORM)
WITH_MODEL: tuple[str, ...] = (VITMATTE, VITMATTE_TRUE)

_SOLVE_SIDE = 512  # px
_RIDGE = 1e-7  # where colours tie a place to nothing that is known, it is outside


def true_trimap(truth: Floats) -> Floats:
    """1 inside, 0 outside, 0.5 where nobody knows: about the band in which errors are counted.

    A solid place of a few px, such as a light on a glass, is known, although it has no width.
    """
    trimap = np.where(unknown_band(truth), np.float32(0.5), (truth > 0.5).astype(np.float32))
    solid = cv2.erode((truth >= 0.95).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    return np.where(solid, np.float32(1.0), trimap)


def ways(matter: Matter | None, name: str) -> Mapping[str, Way]:
    """By name. Those of the model are among them where there is one.

    The default and ViTMatte see the true mask and find the band by themselves, as in a shot; the
    others are told the band. name: of the model, as it stands in a manifest.
    """
    found: dict[str, Way] = {
        HARD: lambda given: given.drawn.mask.astype(np.float32),
        DEFAULT: _default,
        CLOSED_FORM: _closed_form,
    }
    if matter is not None:
        found[VITMATTE] = lambda given: _refined(given, matter, name)
        found[VITMATTE_TRUE] = lambda given: _told(given, matter)
    return found


def _default(given: MattePicture) -> Floats:
    inside = given.drawn.mask.astype(np.float32)
    return solve_mattes(given.picture, np.stack([inside, 1.0 - inside]))[0]


def _closed_form(given: MattePicture) -> Floats:
    """Levin et al. 2008 without a prior, as large as the default solves it.

    The Laplacian is PyMatting's. Where nothing is known inside, nothing is the answer.
    """
    from pymatting.laplacian.cf_laplacian import cf_laplacian
    from scipy.sparse import identity
    from scipy.sparse.linalg import spsolve

    height, width = given.drawn.alpha.shape
    scale = min(1.0, _SOLVE_SIDE / max(height, width))
    small = (round(width * scale), round(height * scale))
    colours = cv2.resize(given.picture / np.float32(255.0), small, interpolation=cv2.INTER_AREA)
    told = true_trimap(given.drawn.alpha)
    reduced = cv2.resize(told, small, interpolation=cv2.INTER_AREA)
    known = ((reduced == 0.0) | (reduced == 1.0)).ravel()
    values = np.where(known, reduced.ravel(), 0.0).astype(np.float64)
    rows = cf_laplacian(colours.astype(np.float64), 1e-5, 1, known.reshape(small[::-1]))[~known]
    system = rows[:, ~known] + _RIDGE * identity(int((~known).sum()), format="csr")
    values[~known] = spsolve(system.tocsc(), -rows[:, known] @ values[known])
    alpha = np.clip(values.reshape(small[::-1]), 0.0, 1.0).astype(np.float32)
    large = cv2.resize(alpha, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.where(told == 0.5, large, told).astype(np.float32)


def _refined(given: MattePicture, matter: Matter, name: str) -> Floats:
    cut = Segmentation((Cutout(0, 0, given.kind, _default(given), 1.0),))
    return refined_mattes(given.picture, cut, matter, name).alphas[0]


def _told(given: MattePicture, matter: Matter) -> Floats:
    trimap = true_trimap(given.drawn.alpha)
    found = np.clip(matter.alpha(given.picture, trimap), 0.0, 1.0)
    return np.where(trimap == 0.5, found, trimap).astype(np.float32)
