"""The stack of layers: straight alpha, back to front, and exact when put together again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.doubts import DoubtReason
from multiplane.contract.layer_kinds import LayerKind
from multiplane.layers.complete import whole_alphas
from multiplane.layers.exact import solve_colours
from multiplane.layers.fill import covered_by, fill_behind, fill_subject, plate_behind
from multiplane.layers.foreground import edge_colours, extend_colours, without_halo
from multiplane.layers.rims import with_rims

Picture = NDArray[np.uint8]
Matte = NDArray[np.float32]


@dataclass(frozen=True)
class CutSubject:
    """A subject whose matte is known."""

    id: str  # stays the same when the shot is made again: from the subject's place in the prompt
    name: str
    phrase: str
    alpha: Matte  # (H, W) visible soft matte, 0..1; all subjects together at most 1
    nearness: float  # 0 far, 1 near; strictly growing from back to front
    confidence: float = 1.0  # 0..1
    token_indices: tuple[int, ...] = ()
    kind: LayerKind = "prop"
    reason: DoubtReason | None = None  # why it is doubtful, if it is
    cut_by: str = ""  # name of the cutter; "" for none


@dataclass(frozen=True)
class Layer:
    """One layer of a shot, cropped to what it shows."""

    id: str
    name: str
    kind: LayerKind
    rgba: NDArray[np.uint8]  # (h, w, 4) sRGB, straight alpha
    bbox: tuple[int, int, int, int]  # x, y, width, height in picture px
    phrase: str
    token_indices: tuple[int, ...]
    nearness: float
    confidence: float
    reason: DoubtReason | None = None
    cut_by: str = ""  # as in `CutSubject`


def build_stack(
    picture: Picture, subjects: Sequence[CutSubject], *, plate: Picture | None = None
) -> tuple[Layer, ...]:
    """Layers back to front: the filled background, then every subject of `subjects`.

    picture: (H, W, 3) sRGB; subjects: back to front. What a subject hides is filled, in the
    background and in the subjects behind it. plate: (H, W, 3), what the background is where
    subjects hide it; without, that is continued from around them. Composited at rest the layers
    give the picture back within 1/255 (see `recomposition_error`). A subject without any matte
    gets no layer.
    """
    height, width = picture.shape[:2]
    kept = [subject for subject in subjects if float(subject.alpha.max(initial=0.0)) >= 1.0 / 255.0]
    visible = np.zeros((len(kept), height, width), np.float32)
    for index, subject in enumerate(kept):
        visible[index] = subject.alpha
    colours = np.empty((len(kept) + 1, height, width, 3), np.float32)
    behind = fill_behind(picture, visible) if plate is None else plate_behind(plate, visible)
    own = [edge_colours(picture, alpha) for alpha in visible]
    covered = covered_by(visible)
    visible = without_halo(picture, behind.colours, np.asarray(own), visible)
    visible = with_rims(picture, behind.colours, behind.hole, visible)
    colours[0] = behind.under(picture, covered | covered_by(visible))
    whole = whole_alphas(visible)
    for index, alpha in enumerate(visible):
        colours[index + 1] = fill_subject(own[index], alpha, whole[index])
    alphas = np.concatenate([np.full((1, height, width), 255, np.uint8), _bytes(whole)])

    touched = np.flatnonzero((alphas[1:] > 0).any(axis=0)) if kept else np.zeros(0, np.intp)
    rgba = np.zeros((len(alphas), height * width, 4), np.uint8)
    rgba[..., 3] = alphas.reshape(len(alphas), -1)
    rgba[0, :, :3] = picture.reshape(-1, 3)
    flat = picture.reshape(-1, 3)[touched]
    wished = colours.reshape(len(alphas), -1, 3)[:, touched]
    new_alphas, new_colours = solve_colours(flat, rgba[:, touched, 3], wished)
    rgba[:, touched, 3] = new_alphas
    rgba[:, touched, :3] = new_colours
    rgba = rgba.reshape(len(alphas), height, width, 4)

    layers = [
        Layer(
            id="background",
            name="background",
            kind="background",
            rgba=np.ascontiguousarray(rgba[0]),
            bbox=(0, 0, width, height),
            phrase="",
            token_indices=(),
            nearness=0.0,
            confidence=1.0,
        )
    ]
    for index, subject in enumerate(kept, start=1):
        x, y, wide, high = bounding_box(rgba[index, ..., 3])
        cut = rgba[index, y : y + high, x : x + wide]
        layers.append(
            Layer(
                id=subject.id,
                name=subject.name,
                kind=subject.kind,
                rgba=extend_colours(cut),
                bbox=(x, y, wide, high),
                phrase=subject.phrase,
                token_indices=subject.token_indices,
                nearness=subject.nearness,
                confidence=subject.confidence,
                reason=subject.reason,
                cut_by=subject.cut_by,
            )
        )
    return tuple(layers)


def bounding_box(alpha: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """Smallest box (x, y, width, height) round alpha (H, W) > 0; one pixel for an empty one."""
    rows = np.flatnonzero(alpha.any(axis=1))
    columns = np.flatnonzero(alpha.any(axis=0))
    if not rows.size:
        return (0, 0, 1, 1)
    x, y = int(columns[0]), int(rows[0])
    return (x, y, int(columns[-1]) - x + 1, int(rows[-1]) - y + 1)


def recompose(layers: Sequence[Layer], size: tuple[int, int]) -> Picture:
    """The layers composited back to front in 8 bits; size (width, height) px -> (H, W, 3).

    Rounded after every layer, as `exact.composite` does. Where no layer is, there is black.
    """
    width, height = size
    flat = np.zeros((height, width, 3), np.uint8)
    for layer in layers:
        x, y, wide, high = layer.bbox
        below = flat[y : y + high, x : x + wide]
        share = layer.rgba[..., 3:].astype(np.float32) / 255.0
        below[:] = np.rint(share * layer.rgba[..., :3] + (1.0 - share) * below)
    return flat


def recomposition_error(layers: Sequence[Layer], picture: Picture) -> int:
    """Greatest difference of the recomposed layers from the picture, in levels of 255."""
    height, width = picture.shape[:2]
    difference = recompose(layers, (width, height)).astype(np.int16) - picture
    return int(np.abs(difference).max(initial=0))


def _bytes(alphas: Matte) -> NDArray[np.uint8]:
    return np.rint(np.clip(alphas, 0.0, 1.0) * 255.0).astype(np.uint8)
