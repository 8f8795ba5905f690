"""How good layers made by hand are, and how fast: strokes as somebody would draw them.

On drawn scenes with exact truth every subject gets a stroke along its middle, on a picture without
any layer, and then the strokes that mend what is most wrong: over the middle of the largest missing
or superfluous part. The truth places the strokes and judges the layers, nothing else.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane.contract.layer_edits import KeepEdit, LayerEdit, NewEdit, RemoveEdit, Stroke
from multiplane.layers.hands.history import after, replayed
from multiplane.layers.hands.operations import Scene
from multiplane.layers.hands.state import CutState, state_of
from multiplane.layers.hands.strokes import Sheet
from multiplane.layers.hands.walk import ground_of
from multiplane.layers.stack import build_stack, recomposition_error
from multiplane_study.metrics import boundary_f, iou
from multiplane_study.report import Report
from multiplane_study.scenes import HELD_OUT_SEEDS, STYLES, draw_scene

Mask = NDArray[np.bool_]

SIZE = (1024, 576)
STROKES = 4
"""Of every subject: the first, and those that mend."""
_SMALLEST = 2000  # px of a subject that is asked for
_TURNS = 12  # points of a stroke
_FIRST_SEED = HELD_OUT_SEEDS[100]


@dataclass(frozen=True)
class HandsResult:
    """ious, boundaries: per subject after each stroke; the seconds: of each edit."""

    ious: tuple[tuple[float, ...], ...]
    boundaries: tuple[tuple[float, ...], ...]
    mask_s: tuple[float, ...]  # whose pixel is whose, after a stroke
    edit_s: tuple[float, ...]  # that, colours, edges and what is hidden
    edit_cpu_s: tuple[float, ...]  # the same, of all threads: other programs hardly change it
    ready_s: tuple[float, ...]  # the picture's regions, once for a picture
    worst_at_rest: int

    def report(self) -> Report:
        """The tables, and their figures."""
        mean = [statistics.fmean(one) for one in zip(*self.ious, strict=True)]
        edges = [statistics.fmean(one) for one in zip(*self.boundaries, strict=True)]
        good = [statistics.fmean(v > 0.9 for v in one) for one in zip(*self.ious, strict=True)]
        seconds = {
            "mask": statistics.median(self.mask_s),
            "edit": statistics.median(self.edit_s),
            "edit_cpu": statistics.median(self.edit_cpu_s),
            "slowest_edit_cpu": max(self.edit_cpu_s),
            "ready": statistics.median(self.ready_s),
        }
        report = Report(
            "hands",
            {
                "size": list(SIZE),
                "subjects": len(self.ious),
                "mean_iou": mean,
                "over_0_9": good,
                "boundary_f": edges,
                "seconds": seconds,
                "recomposition_max_error": self.worst_at_rest,
            },
        )
        report.table(
            f"Layers by hand, {len(self.ious)} subjects at {SIZE[0]} x {SIZE[1]}",
            ("Strokes", "Mean IoU", "IoU over .9", "Boundary F"),
            [
                (number, *row)
                for number, row in enumerate(zip(mean, good, edges, strict=True), start=1)
            ],
        )
        report.table("Seconds", ("What", "Median"), list(seconds.items()))
        return report


def measure_hands(
    scenes: int = 10, *, on_scene: Callable[[int, int], None] = lambda done, total: None
) -> HandsResult:
    """Strokes on `scenes` held-out scenes, styles in turn, two subjects each."""
    ious: list[tuple[float, ...]] = []
    boundaries: list[tuple[float, ...]] = []
    mask_s: list[float] = []
    edit_s: list[float] = []
    edit_cpu_s: list[float] = []
    ready_s: list[float] = []
    worst = 0
    width, height = SIZE
    for number in range(scenes):
        drawn = draw_scene(
            _FIRST_SEED + number, width, height, style=STYLES[number % len(STYLES)], count=2
        )
        nearness = np.full((height, width), 0.5, np.float32)
        scene = Scene(drawn.picture, nearness, Sheet(SIZE, (0, 0, width, height)), {})
        began = time.perf_counter()
        ground_of(drawn.picture)
        ready_s.append(time.perf_counter() - began)
        layers = build_stack(drawn.picture, [])
        for subject in drawn.subjects:
            truth = np.asarray(subject.matte > 0.5)
            if truth.sum() < _SMALLEST:
                continue
            edits: list[LayerEdit] = [NewEdit(name="it", strokes=[along(truth)])]
            state = state_of(layers, SIZE)
            found, edges = [], []
            for stroke in range(STROKES):
                began = time.perf_counter()
                state, _ = after(state, edits[stroke:], scene)
                mask_s.append(time.perf_counter() - began)
                mask = _mask(state)
                found.append(iou(mask, truth))
                edges.append(boundary_f(mask, truth))
                if stroke + 1 < STROKES and (mask != truth).any():
                    edits.append(mending(mask, truth))
            ious.append(tuple(found))
            boundaries.append(tuple(edges))
            began, cpu = time.perf_counter(), time.process_time()
            result = replayed(layers, edits[:1], scene)
            edit_s.append(time.perf_counter() - began)
            edit_cpu_s.append(time.process_time() - cpu)
            worst = max(worst, recomposition_error(result.layers, drawn.picture))
        on_scene(number + 1, scenes)
    return HandsResult(
        tuple(ious),
        tuple(boundaries),
        tuple(mask_s),
        tuple(edit_s),
        tuple(edit_cpu_s),
        tuple(ready_s),
        worst,
    )


def along(mask: Mask) -> Stroke:
    """A stroke along the middle of a mask (H, W), over most of its longer side."""
    middle = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 3)
    rows, columns = np.nonzero(mask)
    upright = np.ptp(rows) >= np.ptp(columns)
    depth = middle if upright else middle.T
    lines = np.flatnonzero(depth.max(axis=1) > 0)
    first, last = np.quantile(lines, [0.1, 0.9]).astype(int)
    chosen = [line for line in np.linspace(first, last, _TURNS).astype(int) if depth[line].max()]
    points = [(int(depth[line].argmax()), int(line)) for line in chosen]
    return _stroke(points if upright else [(y, x) for x, y in points], mask.shape)


def mending(found: Mask, truth: Mask) -> LayerEdit:
    """A keep or remove edit over the middle of the largest part that is wrong."""
    missing, extra = _largest(truth & ~found), _largest(found & ~truth)
    stroke = along(missing if missing.sum() >= extra.sum() else extra)
    if missing.sum() >= extra.sum():
        return KeepEdit(layer="it", strokes=[stroke])
    return RemoveEdit(layer="it", strokes=[stroke])


def _largest(mask: Mask) -> Mask:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    if count < 2:
        return np.zeros_like(mask)
    return np.asarray(labels == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax()))


def _stroke(points: Sequence[tuple[int, int]], shape: tuple[int, ...]) -> Stroke:
    height, width = shape[:2]
    return Stroke(points=[((x + 0.5) / width, (y + 0.5) / height) for x, y in points], width=0.008)


def _mask(state: CutState) -> Mask:
    found = [part.visible for part in state.parts if part.name == "it"]
    return found[0] >= 128 if found else np.zeros(state.parts[0].visible.shape, bool)
