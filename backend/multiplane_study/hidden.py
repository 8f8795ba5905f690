"""How well what subjects hide is completed, against drawn scenes that know every hidden pixel.

Subjects are given with their true mattes, so only the completion is measured. Two questions: what
lies under all subjects (the background alone), and what a nearer subject hides of a farther one
(the scene without the nearer one). In the same run: the layers as they are built, farther subjects
left with a bite before the filled background ("plain background fill"), and the picture left as it
is ("unfilled": the subject's ghost stays).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.metrics import structural_similarity

from multiplane.contract.manifest import Comp
from multiplane.contract.storyboard import CameraMove
from multiplane.deliver.compositor import Compositor
from multiplane.deliver.film_check import check_film
from multiplane.layers.palette import Palette, flat_palette
from multiplane.layers.stack import CutSubject, Layer, build_stack, recompose
from multiplane.stage.registry import FRAMING, PRESETS
from multiplane.stage.shot import overscan_for, stage_shot
from multiplane_study import metrics
from multiplane_study.report import Report
from multiplane_study.scenes import Scene

Picture = NDArray[np.uint8]
Mask = NDArray[np.bool_]
OnScene = Callable[[int, int], None]

WAYS = ("multiplane", "plain background fill", "unfilled")
MOST_REVEALED = 0.06
"""How far behind an outline is looked at, as a share of the long side: what moves uncover."""
WIDEST = (("truck_left", 3.0), ("truck_right", 3.0), ("push_in", 2.0), ("orbit", 3.0))
"""Moves, about as strong as they go, of which the frames at the ends are looked at."""
FILMED = 6
"""Scenes of which every preset is looked at."""
LEAST = 60  # px of a hole that says something
_SAME = 24  # of 255; colours this near are the same one


@dataclass(frozen=True)
class Hole:
    """What one way made of a hole: PSNR in dB and SSIM inside of it."""

    psnr: float
    ssim: float


@dataclass(frozen=True)
class Hidden:
    """What was measured on one scene; lists are over the pairs of subjects that overlap.

    shape: IoU of the parts of farther subjects that are hidden within `MOST_REVEALED`. palette:
    share of the completed pixels in flat drawings that have a colour of the subject itself. leak:
    share of them that have one of the nearer subject's and none of their own. bite: share of what
    the widest moves uncover of farther subjects at which something else is shown.
    """

    style: str
    background: Mapping[str, Hole]
    behind: tuple[Mapping[str, Hole], ...]
    shape: tuple[float, ...]
    palette: tuple[float, ...]
    leak: tuple[float, ...]
    bite: Mapping[str, float]


@dataclass(frozen=True)
class PresetCheck:
    """How many films of a preset were looked at, how many had a fault, and the worst by kind."""

    films: int
    bad: int
    worst: Mapping[str, float]  # share of a frame's pixels


@dataclass(frozen=True)
class HiddenResult:
    """All scenes of one set, and what the film's check finds in some of them by preset."""

    name: str
    scenes: tuple[Hidden, ...]
    presets: Mapping[str, PresetCheck]

    def figures(self) -> dict[str, Any]:
        """The keys that `--json` writes."""
        pairs = [pair for one in self.scenes for pair in one.behind]
        bites: dict[str, list[float]] = defaultdict(list)
        for one in self.scenes:
            for way, share in one.bite.items():
                bites[way].append(share)
        return {
            "set": self.name,
            "scenes": len(self.scenes),
            "background": _by_way([one.background for one in self.scenes]),
            "behind": {"pairs": len(pairs), **_by_way(pairs)},
            "shape_iou": _mean(value for one in self.scenes for value in one.shape),
            "palette_kept": _mean(value for one in self.scenes for value in one.palette),
            "leak": _mean(value for one in self.scenes for value in one.leak),
            "bite": {way: _mean(values) for way, values in bites.items()},
            "worst_frames": {
                "films": sum(one.films for one in self.presets.values()),
                "bad": sum(one.bad for one in self.presets.values()),
                "by_preset": {
                    name: {"films": one.films, "bad": one.bad, **one.worst}
                    for name, one in self.presets.items()
                },
            },
        }

    def report(self) -> Report:
        """Both questions as tables."""
        read = self.figures()
        report = Report("fill", read)
        for key, title in (
            ("background", f"{self.name}: the background under all subjects, inside the hole"),
            ("behind", f"Farther subjects behind nearer ones ({read['behind']['pairs']} pairs)"),
        ):
            rows = [(way, read[key][way]["psnr"], read[key][way]["ssim"]) for way in WAYS]
            report.table(title, ("", "PSNR, dB", "SSIM"), rows)
        report.table(
            "Completed parts of subjects",
            ("", ""),
            [
                ("IoU of the hidden shape", read["shape_iou"]),
                ("pixels of flat drawings in their own colours", read["palette_kept"]),
                ("pixels in the nearer subject's colours", read["leak"]),
                *(
                    (f"uncovered by the widest moves, shown as something else: {way}", share)
                    for way, share in read["bite"].items()
                ),
            ],
        )
        report.table(
            "The worst frame of every preset: largest share of a frame",
            ("preset", "films", "with a fault", "edge", "hole", "bite", "fringe"),
            [
                (name, one.films, one.bad, *(one.worst[kind] for kind in one.worst))
                for name, one in self.presets.items()
            ],
        )
        return report


def measure_hidden(
    name: str, scenes: Iterable[Scene], total: int, on_scene: OnScene = lambda done, total: None
) -> HiddenResult:
    """Measure `scenes`; subjects of which nothing is seen are left out."""
    found: list[Hidden] = []
    kept: list[Scene] = []
    for done, scene in enumerate(scenes, start=1):
        found.append(score_hidden(scene))
        if len(kept) < FILMED and len(scene.subjects) > 1:
            kept.append(scene)
        on_scene(done, total)
    return HiddenResult(name, tuple(found), worst_frames_of(kept))


def worst_frames_of(
    scenes: Sequence[Scene], cuts: Sequence[Sequence[Layer]] | None = None
) -> dict[str, PresetCheck]:
    """Every preset's worst frames, of all scenes together, at its usual amount and its strongest.

    cuts: the scenes' layers; None: cut by their true mattes. A move is staged as a shot's is:
    weakened until no edge shows.
    """
    found: dict[str, PresetCheck] = {}
    if cuts is None:
        cuts = [build_stack(scene.picture, _subjects(scene)) for scene in scenes]
    for name, preset in PRESETS.items():
        if name == FRAMING:
            continue
        shares: dict[str, float] = dict.fromkeys(("edge", "hole", "bite", "fringe"), 0.0)
        films = bad = 0
        for scene, layers in zip(scenes, cuts, strict=True):
            size = (scene.picture.shape[1], scene.picture.shape[0])
            comp = Comp(width=size[0], height=size[1], fps=24, duration_frames=25)
            for amount in sorted({1.0, preset.strongest or 1.0}):
                move = CameraMove(preset=name, amount=amount)
                staged = stage_shot(layers, size, comp, move, overscan=overscan_for(move, comp))
                seen = check_film(layers, staged).found
                films += 1
                bad += bool(seen)
                for one in seen:
                    shares[one.kind] = max(shares[one.kind], one.share)
        found[name] = PresetCheck(films, bad, shares)
    return found


def score_hidden(scene: Scene) -> Hidden:
    """What is made of all that one scene's subjects hide."""
    layers = build_stack(scene.picture, _subjects(scene))
    bitten = _without_completion(layers, scene)
    height, width = scene.picture.shape[:2]
    size = (width, height)
    mattes = np.stack([one.matte for one in scene.subjects])
    covered = mattes.max(axis=0) > 0.5
    truth = scene.background
    smooth = cv2.inpaint(
        np.ascontiguousarray(scene.picture), (mattes.max(axis=0) > 0).astype(np.uint8), 3,
        cv2.INPAINT_TELEA,
    )  # fmt: skip
    background = {
        way: inside_hole(made, truth, covered)
        for way, made in zip(WAYS, (layers[0].rgba[..., :3], smooth, scene.picture), strict=True)
    }
    behind, shapes, palettes, leaks = [], [], [], []
    for nearer in range(1, len(scene.subjects)):
        hider = scene.subjects[nearer].whole_matte > 0.5
        near = near_farther(scene, nearer)
        hole = hider & near
        hidden_parts = [hider & (one.whole_matte > 0.5) for one in scene.subjects[:nearer]]
        if hole.sum() < LEAST or max(part.sum() for part in hidden_parts) < LEAST:
            continue
        target = composed_without(scene, leave_out=nearer)
        ours = recompose([*layers[: nearer + 1], *layers[nearer + 2 :]], size)
        plain = recompose([*bitten[: nearer + 1], *bitten[nearer + 2 :]], size)
        behind.append(
            {
                way: inside_hole(made, target, hole)
                for way, made in zip(WAYS, (ours, plain, scene.picture), strict=True)
            }
        )
        for number, part in enumerate(hidden_parts):
            looked_at = _deep(part, scene.subjects[number].matte > 0.5, max(size))
            if (part & looked_at).sum() < LEAST:
                continue
            alpha, colours = sheet_of(layers[number + 1], size)
            made = hider & (alpha > 0.5)
            shapes.append(metrics.iou(made & looked_at, part & looked_at))
            own = flat_palette(scene.picture, scene.subjects[number].matte > 0.95)
            if made.sum() >= LEAST and own is not None:
                kept = _among(colours[made], own)
                palettes.append(float(kept.mean()))
                other = flat_palette(scene.picture, scene.subjects[nearer].matte > 0.95)
                if other is not None:
                    leaks.append(float((_among(colours[made], other) & ~kept).mean()))
    return Hidden(
        scene.style, background, tuple(behind), tuple(shapes), tuple(palettes), tuple(leaks),
        _bites(scene, layers, bitten),
    )  # fmt: skip


def _subjects(scene: Scene) -> list[CutSubject]:
    count = len(scene.subjects)
    return [
        CutSubject(f"s{index}", f"s{index}", "", one.matte, (index + 1.0) / count)
        for index, one in enumerate(scene.subjects)
    ]


def _without_completion(layers: Sequence[Layer], scene: Scene) -> list[Layer]:
    """The layers cut back to what is seen of them in the picture."""
    cut = [layers[0]]
    for layer, subject in zip(layers[1:], scene.subjects, strict=True):
        x, y, wide, high = layer.bbox
        rgba = layer.rgba.copy()
        seen = np.rint(subject.matte[y : y + high, x : x + wide] * 255.0).astype(np.uint8)
        rgba[..., 3] = np.minimum(rgba[..., 3], seen)
        cut.append(replace(layer, rgba=rgba))
    return cut


def composed_without(scene: Scene, leave_out: int) -> Picture:
    """The scene as it would be without one subject: what that hid is there."""
    picture = scene.background.astype(np.float32)
    for index, one in enumerate(scene.subjects):
        if index != leave_out:
            picture += (one.whole - picture) * one.whole_matte[..., None]
    return np.asarray(np.rint(np.clip(picture, 0.0, 255.0)), np.uint8)


def near_farther(scene: Scene, nearer: int) -> Mask:
    """Where a subject farther than `nearer` is, or within `MOST_REVEALED` of one."""
    farther = np.max([one.whole_matte for one in scene.subjects[:nearer]], axis=0) > 0.5
    away = cv2.distanceTransform((~farther).astype(np.uint8), cv2.DIST_L2, 3)
    return np.asarray(away <= MOST_REVEALED * max(away.shape))


def _deep(hidden: Mask, seen: Mask, side: int) -> Mask:
    away = cv2.distanceTransform((~seen).astype(np.uint8), cv2.DIST_L2, 3)
    return np.asarray(away <= MOST_REVEALED * side)


def sheet_of(layer: Layer, size: tuple[int, int]) -> tuple[NDArray[np.float32], Picture]:
    """Alpha 0..1 and colours of a layer on the whole picture."""
    width, height = size
    rgba = np.zeros((height, width, 4), np.uint8)
    x, y, wide, high = layer.bbox
    rgba[y : y + high, x : x + wide] = layer.rgba
    return rgba[..., 3].astype(np.float32) / np.float32(255.0), rgba[..., :3]


def _among(colours: Picture, palette: Palette) -> Mask:
    apart = np.abs(colours[:, None].astype(np.float32) - 255.0 * palette.colours[None]).max(axis=2)
    return np.asarray(apart.min(axis=1) <= _SAME)


def inside_hole(made: Picture, truth: Picture, hole: Mask) -> Hole:
    """How alike `made` and `truth` are in `hole`; all else is taken for right."""
    patched = truth.copy()
    patched[hole] = made[hole]
    error = float(((patched.astype(np.float64) - truth)[hole] ** 2).mean())
    _, likeness = structural_similarity(
        truth, patched, channel_axis=2, gaussian_weights=True, sigma=1.5,
        use_sample_covariance=False, full=True,
    )  # fmt: skip
    psnr = 10.0 * np.log10(255.0**2 / max(error, 1e-2))
    return Hole(float(psnr), float(likeness[hole].mean()))


def _bites(scene: Scene, layers: Sequence[Layer], bitten: Sequence[Layer]) -> dict[str, float]:
    """Share of what the widest moves uncover of farther subjects where another thing is shown."""
    height, width = scene.picture.shape[:2]
    comp = Comp(width=width, height=height, fps=24, duration_frames=13)
    true = [_painted(layers[0], np.zeros((height, width), bool), (0, 0, width, height))]
    for index, one in enumerate(scene.subjects):
        hidden = one.matte < 0.5
        layer = _whole_layer(layers[index + 1], one.whole_matte)
        true.append(_painted(layer, hidden, layer.bbox))
    uncovered, missed = 0, dict.fromkeys(WAYS[:2], 0)
    for preset, amount in WIDEST:
        move = CameraMove(preset=preset, amount=amount)
        staged = stage_shot(true, (width, height), comp, move, overscan=overscan_for(move, comp))
        path = staged.path()
        for frame in (0, len(path) - 1):
            seen = _frame(staged.planes, true, comp, path, frame)[..., 0] > 127
            uncovered += int(seen.sum())
            if not seen.any():
                continue
            for way, made in zip(WAYS, (layers, bitten), strict=False):
                planes = stage_shot(
                    made, (width, height), comp, move, overscan=overscan_for(move, comp)
                ).planes
                shown = _frame(planes, [_marked(one) for one in made], comp, path, frame)
                missed[way] += int((seen & (shown[..., 0] < 127)).sum())
    if uncovered < LEAST:
        return {}
    return {way: count / uncovered for way, count in missed.items()}


def _frame(planes: Any, layers: Sequence[Layer], comp: Comp, path: Any, frame: int) -> Picture:
    return Compositor(planes, layers, comp, path).frame(path[frame])


def _painted(layer: Layer, marked: Mask, box: tuple[int, int, int, int]) -> Layer:
    x, y, wide, high = box
    rgba = layer.rgba.copy()
    rgba[..., :3] = np.where(marked[y : y + high, x : x + wide, None], 255, 0)
    return replace(layer, rgba=rgba)


def _marked(layer: Layer) -> Layer:
    """Subjects white, the background black."""
    rgba = layer.rgba.copy()
    rgba[..., :3] = 0 if layer.kind == "background" else 255
    return replace(layer, rgba=rgba)


def _whole_layer(layer: Layer, matte: NDArray[np.float32]) -> Layer:
    alpha = np.rint(matte * 255.0).astype(np.uint8)
    rgba = np.dstack([np.zeros((*alpha.shape, 3), np.uint8), alpha])
    return replace(layer, rgba=rgba, bbox=(0, 0, alpha.shape[1], alpha.shape[0]))


def _by_way(holes: Sequence[Mapping[str, Hole]]) -> dict[str, dict[str, float | None]]:
    return {
        way: {
            "psnr": _mean(one[way].psnr for one in holes),
            "ssim": _mean(one[way].ssim for one in holes),
        }
        for way in WAYS
    }


def _mean(values: Iterable[float]) -> float | None:
    given = list(values)
    return float(np.mean(given)) if given else None
