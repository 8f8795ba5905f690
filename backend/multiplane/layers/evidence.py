"""What speaks for and against a layer: numbers from the model's maps, their draws and the picture.

None of them knows the truth. How much each says is learnt once per model, on drawings whose truth
is known, and stored with its profile (`multiplane.models.calibration`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane.attention.heatmaps import FloatMaps
from multiplane.attention.presence import presence
from multiplane.layers.mask_measures import iou
from multiplane.layers.masks import contrast, peak, soft_masks
from multiplane.layers.regions import edge_strength

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

_FINE = 4  # px a token: enough for shapes, and quick
_TINY = 1e-6
_RING = 5  # px of the fine grid round a mask in which its surroundings are


@dataclass(frozen=True)
class Observation:
    """What a model attended to in one picture; G phrases, the subjects first, then the place's.

    maps (G, h, w): image-to-text as it is cut by. draws (D, G, h, w): the same, each from its own
    noise or noise level; D may be 1. text_to_image (G, h, w): the other way round. subjects: how
    many of the G name subjects.
    """

    maps: FloatMaps
    draws: FloatMaps
    text_to_image: FloatMaps
    subjects: int


@dataclass(frozen=True)
class Claim:
    """A matte that claims to show a subject.

    of: the subject's phrase, an index into the maps. alpha: (H, W) 0..1. count: how many of the
    kind were asked for; separate: whether it stands apart from them. rule: how clearly it won
    (`layers.masks`), 0..1. unknown: share 0..1 of the phrase's words that the model never learnt.
    """

    of: int
    alpha: Floats
    count: int = 1
    separate: bool = True
    rule: float = 0.0
    unknown: float = 0.0


def gather(
    picture: NDArray[np.uint8],
    seen: Observation,
    claims: Sequence[Claim],
    *,
    background_floor: float = 0.0,
    novelty: float = 0.0,
) -> list[Mapping[str, float]]:
    """The evidence on every claim, by name; finite whatever the maps hold.

    picture: (H, W, 3) sRGB. novelty: how far the picture is from what the model knows, 0 = at
    home, 1 = at the edge of it.
    """
    height, width = seen.maps.shape[1:]
    size = (width * _FINE, height * _FINE)
    places = len(seen.maps) - seen.subjects

    def shares(maps: FloatMaps) -> Floats:
        subjects = len(maps) - places
        place = [number >= subjects for number in range(len(maps))]
        return soft_masks(maps, place, size, background_floor=background_floor).values

    whole, back = shares(seen.maps), shares(seen.text_to_image)
    each = [shares(draw) for draw in seen.draws]
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small.astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB)
    scenery = _Scenery(lab, edge_strength(lab))
    found = presence(seen.maps, seen.subjects)
    steady = [_steadiness(index, whole, each) for index in range(seen.subjects)]
    masks = [cv2.resize(claim.alpha, size, interpolation=cv2.INTER_AREA) > 0.5 for claim in claims]
    together = [
        np.logical_or.reduce([m for m, other in zip(masks, claims, strict=True)
                              if other.of == claim.of])
        for claim in claims
    ]  # fmt: skip
    foreground = np.logical_or.reduce(masks) if masks else np.zeros(size[::-1], bool)
    result: list[Mapping[str, float]] = []
    for claim, mask, of_all in zip(claims, masks, together, strict=True):
        index = claim.of
        features = {
            "rule": claim.rule,
            "unknown": claim.unknown,
            "novelty": min(novelty, 4.0),
            "others": float(np.log(seen.subjects)),
            "several": float(np.log(claim.count)),
            "apart": float(claim.separate),
            "steady": steady[index],
            "steady_others": min(steady),
            "presence": found[index],
            "presence_others": min(found),
            "mutual": iou(back.argmax(axis=0) == index, of_all),
            "kept": iou(whole.argmax(axis=0) == index, of_all),
            **_strength(seen, index),
            **_without(shares, seen, index, mask),
            **_competition(whole, index, mask),
            **_rivals(seen.maps[: seen.subjects], index),
            **_shape(mask),
            **scenery.around(mask),
            "of_foreground": float(mask.sum() / max(foreground.sum(), 1)),
        }
        result.append({name: float(np.nan_to_num(value)) for name, value in features.items()})
    return result


def _steadiness(index: int, whole: Floats, each: Sequence[Floats]) -> float:
    """Mean IoU of what single draws give a subject with what all of them give it."""
    mine = whole.argmax(axis=0) == index
    return float(np.mean([iou(draw.argmax(axis=0) == index, mine) for draw in each]))


def _strength(seen: Observation, index: int) -> dict[str, float]:
    """How much attention the phrase gets at its best, and how much the draws differ in it."""
    heat = seen.maps[index].astype(np.float64)
    drawn = np.log(seen.draws[:, index].astype(np.float64) + _TINY)
    shares = heat / max(heat.sum(), 1e-12)
    spread = -(shares * np.log(shares + 1e-12)).sum() / np.log(heat.size)
    return {
        "peak": float(np.log(peak(heat) + _TINY)),
        "contrast": contrast(heat),
        "spread": float(spread),
        "noise": float(drawn.std(axis=0).mean()),
    }


def _without(
    shares: Callable[[FloatMaps], Floats], seen: Observation, index: int, mask: Mask
) -> dict[str, float]:
    """Who would have the mask if nobody had asked for the subject; and how loud its word is."""
    peaks = [np.log(peak(heat.astype(np.float64)) + _TINY) for heat in seen.maps[: seen.subjects]]
    others = np.delete(peaks, index)
    if not len(others):
        return {"given_up": 0.0, "louder": 0.0}
    left = shares(np.delete(seen.maps, index, axis=0))
    place = len(left) - 1
    given_up = float((left.argmax(axis=0)[mask] != place).mean()) if mask.any() else 0.0
    return {"given_up": given_up, "louder": float(peaks[index] - np.mean(others))}


def _competition(whole: Floats, index: int, mask: Mask) -> dict[str, float]:
    """How far ahead the subject is, inside its mask, of the others and of the background."""
    if not mask.any():
        return {"margin": 0.0, "ahead": 0.0, "entropy": 1.0}
    inside = whole[:, mask].astype(np.float64)
    others = np.delete(inside[:-1], index, axis=0)
    rival = others.max(axis=0) if len(others) else np.zeros(inside.shape[1])
    entropy = -(inside * np.log(inside + 1e-9)).sum(axis=0) / np.log(len(inside))
    return {
        "margin": float((inside[index] - rival).mean()),
        "ahead": float((inside[index] - inside[-1]).mean()),
        "entropy": float(entropy.mean()),
    }


def _rivals(maps: FloatMaps, index: int) -> dict[str, float]:
    """How alike the subject's map is to the most similar other one: correlation of logarithms."""
    if len(maps) == 1:
        return {"alike": 0.0}
    logs = np.log(maps.reshape(len(maps), -1).astype(np.float64) + _TINY)
    logs -= logs.mean(axis=1, keepdims=True)
    logs /= np.maximum(np.linalg.norm(logs, axis=1, keepdims=True), 1e-9)
    return {"alike": float(np.delete(logs @ logs[index], index).max())}


def _shape(mask: Mask) -> dict[str, float]:
    """Size, how much of it hangs together, how compact that is, and what the frame cuts."""
    area = int(mask.sum())
    if not area:
        return {"size": float(np.log(1e-4)), "whole": 0.0, "solid": 0.0, "cut_off": 0.0}
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    piece = (labels == largest).astype(np.uint8)
    outlines, _ = cv2.findContours(piece, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(outlines, key=len)
    hull = cv2.fillConvexPoly(np.zeros_like(piece), cv2.convexHull(outline), 1)
    frame = mask[0].sum() + mask[-1].sum() + mask[:, 0].sum() + mask[:, -1].sum()
    return {
        "size": float(np.log(area / mask.size)),
        "whole": float(piece.sum() / area),
        "solid": float(piece.sum() / max(int(hull.sum()), 1)),
        "cut_off": float(frame / np.sqrt(area)),
    }


@dataclass(frozen=True)
class _Scenery:
    """The picture at the fine grid's size: CIELAB (H, W, 3) and strength of edges (H, W)."""

    lab: Floats
    edges: Floats

    def around(self, mask: Mask) -> dict[str, float]:
        """Whether the mask ends where the picture has edges, and differs from what is around."""
        square = np.ones((3, 3), np.uint8)
        bytes_ = mask.astype(np.uint8)
        wide = cv2.dilate(bytes_, np.ones((2 * _RING + 1,) * 2, np.uint8)) > 0
        rim = (cv2.dilate(bytes_, square) > 0) & ~(cv2.erode(bytes_, square) > 0)
        ring = wide & ~mask
        if not mask.any() or not ring.any():
            return {"on_edges": 0.0, "crossed": 0.0, "stands_out": 0.0}
        strength = np.log(self.edges + 0.05)
        inner, outer = self.lab[mask], self.lab[ring]
        spread = np.sqrt(inner.var(axis=0).sum() + outer.var(axis=0).sum()) + 5.0
        return {
            "on_edges": float(strength[rim].mean() - strength.mean()),
            "crossed": float(strength[mask & ~rim].mean() - strength.mean())
            if (mask & ~rim).any()
            else 0.0,
            "stands_out": float(np.linalg.norm(inner.mean(axis=0) - outer.mean(axis=0)) / spread),
        }
