"""Strips: a scene's picture, what each method cuts out of it, and the truth, side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from multiplane.deliver.folder import replacing_file
from multiplane.depth.estimate import DepthModel
from multiplane_study.bench import attention_rows
from multiplane_study.bench.answer import Answer, matched
from multiplane_study.bench.case import Case
from multiplane_study.bench.kept import source_key
from multiplane_study.bench.look import Look

if TYPE_CHECKING:
    from multiplane.models.load import Painter

Picture = NDArray[np.uint8]

CUTS: Mapping[str, Callable[[Look], Answer]] = {
    "the paper's method": attention_rows.paper,
    "DAAM-style": attention_rows.daam,
    "Multiplane": attention_rows.ours,
}
PANELS = ("picture", *CUTS, "truth")
_HEIGHT = 150  # px of a panel
_GAP = 6
_SEEN = 0.72  # of a subject's colour over the grey picture
_QUALITY = 82
_HUES = ((230, 90, 40), (40, 130, 220), (50, 170, 90), (170, 90, 200), (220, 180, 40))


@dataclass(frozen=True)
class StripMaker:
    """Makes strips, and keeps them in `folder`: made once for a model and the program's code."""

    painter: Painter
    depth_model: DepthModel
    weights: str
    folder: Path

    def strip(self, set_name: str, case: Case) -> bytes:
        """The strip of a case as WebP."""
        name = f"{set_name}-{case.tags.number}-{self.weights[:12]}-{source_key()}.webp"
        path = self.folder / name.replace("/", "_").replace(":", "_")
        if not path.is_file():
            self.folder.mkdir(parents=True, exist_ok=True)
            look = Look(self.painter, self.depth_model, case, 0)
            made = strip_of(case, [cut(look) for cut in CUTS.values()], look)
            with replacing_file(path) as fresh:
                Image.fromarray(made).save(fresh, format="WEBP", quality=_QUALITY)
        return path.read_bytes()


def strip_of(case: Case, answers: Sequence[Answer], look: Look) -> Picture:
    """The panels of `PANELS` in a row; a subject has the same colour in each."""
    truths = np.stack([one.matte for one in case.scene.subjects])
    picture = case.scene.picture
    panels = [picture]
    for answer in answers:
        panels.append(coloured(picture, matched(answer, truths, look.phrases).alphas))
    panels.append(coloured(picture, truths))
    width = max(1, round(_HEIGHT * picture.shape[1] / picture.shape[0]))
    gap = np.full((_HEIGHT, _GAP, 3), 128, np.uint8)
    row: list[Picture] = []
    for panel in panels:
        small = cv2.resize(panel, (width, _HEIGHT), interpolation=cv2.INTER_AREA)
        row += [np.asarray(small, np.uint8), gap]
    return np.concatenate(row[:-1], axis=1)


def coloured(picture: Picture, alphas: NDArray[np.float32]) -> Picture:
    """Subjects (S, H, W) in colours over the picture in light grey; what overlaps mixes."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    shown = np.repeat((90.0 + 0.6 * grey)[..., None], 3, axis=2)
    for index, alpha in enumerate(alphas):
        hue = np.array(_HUES[index % len(_HUES)], np.float32)
        tinted = hue * _SEEN + (1.0 - _SEEN) * grey[..., None]
        shown += (tinted - shown) * np.clip(alpha, 0.0, 1.0)[..., None]
    return np.asarray(np.clip(np.rint(shown), 0, 255), np.uint8)
