"""Whether boards of one scene agree: same subjects, same place, the camera a little to the side.

Two windows of one picture are two boards, each cut by itself under its own noise. Where both show
the same, their background plates (what belongs to no subject) should be the same: IoU, at best 1.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from multiplane_study import metrics
from multiplane_study.ablations.reading import own
from multiplane_study.bench.kept import Kept, source_key
from multiplane_study.bench.look import Look
from multiplane_study.bench.run import Run
from multiplane_study.bench.statistics import Interval, interval_of
from multiplane_study.scenes import Scene

PAN = 1 / 16
"""Of the picture's width, from one board to the next."""
_NEXT = 50
"""Added to the noise's seed of the second board."""


def plates_agree(look: Look) -> float:
    """IoU of the background plates of a scene's two boards, where both show the same."""
    scene = look.case.scene
    width = scene.picture.shape[1]
    pan = max(1, round(PAN * width))
    first = _plate(look, slice(0, width - pan), look.seed)
    second = _plate(look, slice(pan, width), look.seed + _NEXT)
    return metrics.iou(first[:, pan:], second[:, : width - 2 * pan])


def place_of(alphas: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(H, W) of a board: what belongs to none of its subjects, whose mattes are (S, H, W)."""
    return np.asarray(~(alphas > 0.5).any(axis=0))


def boards_agree(run: Run) -> Interval | None:
    """Over the run's scenes, under its first seed, kept as it goes; None where none can be used."""
    version = hashlib.sha256(f"{source_key()} {run.weights}".encode()).hexdigest()[:16]
    kept = Kept(run.kept_in / f"{run.set_.name}-{run.set_.protocol}" / "boards.jsonl", version)
    found: list[float | None] = []
    for number in run.set_.numbers:
        if len(found) == run.scenes:
            break
        if str(number) not in kept:
            case = run.set_.case(number)
            look = case and Look(run.painter, run.depth_model, case, run.seeds[0])
            kept.keep(str(number), look and plates_agree(look))
        if kept[str(number)] is not None:
            found.append(kept[str(number)])
    return interval_of(found)


def _plate(look: Look, columns: slice, seed: int) -> NDArray[np.bool_]:
    """(H, W) of one board: what belongs to no subject."""
    board = replace(look.case, scene=_window(look.case.scene, columns))
    answer = own(Look(look.painter, look.depth_model, board, seed))
    return place_of(answer.alphas)


def _window(scene: Scene, columns: slice) -> Scene:
    subjects = tuple(
        replace(
            one, matte=one.matte[:, columns], whole_matte=one.whole_matte[:, columns],
            whole=one.whole[:, columns],
        )
        for one in scene.subjects
    )  # fmt: skip
    return replace(
        scene,
        picture=np.ascontiguousarray(scene.picture[:, columns]),
        background=scene.background[:, columns],
        depth=scene.depth[:, columns],
        subjects=subjects,
    )
