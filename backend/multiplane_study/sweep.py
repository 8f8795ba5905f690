"""Where a model's attention says most: the sweep over blocks, noise and propagation.

Once per model, on scenes that are neither trained on nor held out. Many settings are tried on the
coarse grid, the best of them with the picture's edges; the winner goes into the model's
`profile.json`, beside what that file holds already.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane.attention.capture import AttentionMaps
from multiplane.layers.cut import cut_subjects
from multiplane.layers.masks import soft_masks
from multiplane.models.profiles import PROFILE_FILE, CaptureChoice
from multiplane_study import metrics
from multiplane_study.observed import (
    TUNING_SEEDS,
    Phrases,
    Propagation,
    balanced_scenes,
    block_count,
    capture_scene,
    mean_of,
    phrases_of,
)
from multiplane_study.report import Report
from multiplane_study.scenes import Scene

if TYPE_CHECKING:
    from multiplane.models.load import Painter

OnScene = Callable[[int, int], None]

SIGMAS = (0.15, 0.3, 0.45, 0.6)
PROPAGATIONS: tuple[Propagation, ...] = ((0, 1.0), (1, 1.0), (1, 2.0), (2, 1.0), (2, 2.0))
FLOORS = (-0.1, 0.0, 0.1, 0.2)
DEFAULT_LIMIT = 40
_FINALISTS = 4
_SPREAD = 0.15  # noise levels on either side of the chosen one that count while painting
_PAIR_GAIN = 0.005  # mIoU that a second block must add to be worth its time
_FINE = 4  # the coarse score is taken at so many pixels a token


@dataclass(frozen=True)
class Setting:
    """One way of reading the attention."""

    blocks: tuple[int, ...]
    sigma: float
    hops: int
    sharpness: float
    floor: float = 0.0


@dataclass(frozen=True)
class SweepResult:
    """Settings with their mIoU, best first; coarse: on the grid, fine: at the picture's edges."""

    model: str
    scenes: int
    coarse: tuple[tuple[Setting, float], ...]
    fine: tuple[tuple[Setting, float], ...]

    @property
    def best(self) -> Setting:
        return self.fine[0][0]

    def choice(self, before: CaptureChoice) -> CaptureChoice:
        """`before` with the best setting."""
        best = self.best
        return replace(
            before,
            blocks=best.blocks,
            hops=best.hops,
            sharpness=best.sharpness,
            decompose_sigma=best.sigma,
            background_floor=best.floor,
            sigma_low=max(0.05, round(best.sigma - _SPREAD, 3)),
            sigma_high=min(0.95, round(best.sigma + _SPREAD, 3)),
            source=f"`multiplane study sweep` on {self.scenes} drawn scenes.",
        )

    def report(self) -> Report:
        """The best settings on the grid, and the finalists with edges."""
        figures = {
            "model": self.model,
            "scenes": self.scenes,
            "best": asdict(self.best),
            "mean_miou": self.fine[0][1],
            "coarse": [{**asdict(setting), "miou": value} for setting, value in self.coarse],
            "fine": [{**asdict(setting), "miou": value} for setting, value in self.fine],
        }
        report = Report("sweep", figures)
        columns = ("blocks", "sigma", "hops", "sharpness", "floor", "mIoU")
        for title, some in (("on the grid", self.coarse[:12]), ("with edges", self.fine)):
            rows = [
                (" ".join(map(str, s.blocks)), s.sigma, s.hops, s.sharpness, s.floor, value)
                for s, value in some
            ]
            report.table(f"{self.model}, {self.scenes} scenes, {title}", columns, rows)
        return report


@dataclass
class _Seen:
    """A scene with all that was captured of it: maps per (sigma, hops, sharpness)."""

    scene: Scene
    phrases: Phrases
    truths: NDArray[np.bool_]  # (P, H, W) per phrase
    maps: dict[tuple[float, int, float], AttentionMaps] = field(default_factory=dict)


def sweep(
    painter: Painter,
    *,
    limit: int | None = None,
    seeds: Sequence[int] = TUNING_SEEDS,
    sigmas: Sequence[float] = SIGMAS,
    propagations: Sequence[Propagation] = PROPAGATIONS,
    on_scene: OnScene = lambda done, total: None,
) -> SweepResult:
    """Try all blocks and pairs of the best ones, noise levels and propagations."""
    total = limit or DEFAULT_LIMIT
    blocks = range(block_count(painter))
    seen = []
    for done, scene in enumerate(balanced_scenes(total, seeds), start=1):
        seen.append(_look(painter, scene, blocks, sigmas, propagations))
        on_scene(done, total)
    singles = [
        Setting((block,), sigma, hops, sharpness)
        for block in blocks
        for sigma in sigmas
        for hops, sharpness in propagations
    ]
    coarse = _ranked(singles, seen, _coarse_score)
    best_blocks = list(dict.fromkeys(setting.blocks[0] for setting, _ in coarse))[:3]
    pairs = [
        replace(setting, blocks=tuple(sorted(pair)))
        for setting, _ in coarse[:6]
        for pair in combinations(best_blocks, 2)
    ]
    worth = coarse[0][1] + _PAIR_GAIN
    better = [one for one in _ranked(pairs, seen, _coarse_score) if one[1] > worth]
    coarse = sorted([*coarse, *better], key=lambda one: -one[1])
    finalists = _ranked([setting for setting, _ in coarse[:_FINALISTS]], seen, _fine_score)
    floors = [replace(finalists[0][0], floor=floor) for floor in FLOORS if floor]
    fine = sorted([*finalists, *_ranked(floors, seen, _fine_score)], key=lambda one: -one[1])
    return SweepResult(painter.profile.name, total, tuple(coarse), tuple(fine))


def write_choice(folder: Path, choice: CaptureChoice, measured: dict[str, Any]) -> Path:
    """Writes `choice` into `folder/profile.json`, keeping all else that the file says.

    A calibration is not kept where the choice is another one: it was measured with the old.

    measured: free facts about the sweep (scenes, mIoU, commit), kept under `measured`.
    """
    path = folder / PROFILE_FILE
    held = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    before = held.get("capture", {})
    held["capture"] = {**before, **asdict(choice)}
    if json.loads(json.dumps(held["capture"])) != before:
        held.pop("calibration", None)
    notes = held.get("measured")
    held["measured"] = {**notes, **measured} if isinstance(notes, dict) else measured
    temporary = path.with_name(path.name + ".part")
    temporary.write_text(json.dumps(held, indent=2) + "\n", encoding="utf-8")
    temporary.replace(path)
    return path


def _look(
    painter: Painter,
    scene: Scene,
    blocks: Sequence[int],
    sigmas: Sequence[float],
    propagations: Sequence[Propagation],
) -> _Seen:
    phrases = phrases_of(scene)
    seen = _Seen(scene, phrases, truths_of(scene, phrases))
    for sigma in sigmas:
        captured = capture_scene(
            painter,
            scene,
            phrases,
            blocks=blocks,
            sigma=sigma,
            draws=1,
            propagations=propagations,
        )
        for (hops, sharpness), maps in captured.items():
            seen.maps[sigma, hops, sharpness] = maps
    return seen


def truths_of(scene: Scene, phrases: Phrases) -> NDArray[np.bool_]:
    """(P, H, W): where what each phrase names is seen."""
    mattes = [subject.matte for subject in scene.subjects]
    return np.stack([np.sum([mattes[k] for k in some], axis=0) > 0.5 for some in phrases.members])


def _ranked(
    settings: Sequence[Setting], seen: Sequence[_Seen], score: Callable[[Setting, _Seen], float]
) -> list[tuple[Setting, float]]:
    scored = [
        (setting, float(np.mean([score(setting, scene) for scene in seen]))) for setting in settings
    ]
    return sorted(scored, key=lambda pair: -pair[1])


def _heat(setting: Setting, seen: _Seen) -> NDArray[np.float32]:
    maps = seen.maps[setting.sigma, setting.hops, setting.sharpness]
    return mean_of(maps, "propagated", setting.blocks)


def _coarse_score(setting: Setting, seen: _Seen) -> float:
    return coarse_iou(_heat(setting, seen), seen.truths)


def coarse_iou(heat: NDArray[np.float32], truths: NDArray[np.bool_]) -> float:
    """Mean IoU of maps (P + 1, h, w), the place last, with truths (P, H, W), on the coarse grid."""
    size = (heat.shape[2] * _FINE, heat.shape[1] * _FINE)
    flags = [False] * len(truths) + [True]
    won = soft_masks(heat, flags, size).values.argmax(axis=0)
    scores = []
    for index, truth in enumerate(truths):
        area = cv2.resize(truth.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        scores.append(metrics.iou(won == index, area > 0.5))
    return float(np.mean(scores))


def _fine_score(setting: Setting, seen: _Seen) -> float:
    wanted = [replace(phrase, count=1) for phrase in seen.phrases.wanted]
    cut = cut_subjects(
        seen.scene.picture, _heat(setting, seen), wanted, background_floor=setting.floor
    )
    return metrics.mean_subject_iou(cut.alphas > 0.5, seen.truths)
