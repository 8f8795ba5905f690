"""How fast previews are filmed: planes against warping one picture by its depth, pixel by pixel.

Both film the same shot of a drawn scene, layers and depth exact, through the same encoder, turn
about in one run. The baseline is what single-picture parallax programs (DepthFlow) do on a GPU:
for every pixel of the frame the surface that it sees is found in the depth map by iteration, then
the picture is sampled there. It fills nothing behind edges, it stretches them.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane.contract.manifest import Comp
from multiplane.contract.storyboard import CameraMove
from multiplane.deliver.compositor import Compositor
from multiplane.deliver.preview import encode, write_preview
from multiplane.layers.stack import Layer, bounding_box
from multiplane.stage.camera import Camera
from multiplane.stage.planes import covering_scale
from multiplane.stage.shot import Staged, overscan_for, scene_scale, stage_shot
from multiplane_study.report import Report
from multiplane_study.scenes import Scene, draw_scene

SUBJECTS = 3
"""With the background they make the four layers that the figures are about."""
WARP_STEPS = 6
"""Iterations of the baseline per frame; fewer leave visible errors at edges."""
_SEED, _PAINTED = 11, (1024, 576)


WAYS = {
    "film": "planes, film",
    "compositing": "planes, frames only",
    "full_layers": "planes, film, all layers full frame",
    "baseline": f"depth warping, film, {WARP_STEPS} steps",
}


@dataclass(frozen=True)
class Timed:
    """One way to film, measured in every round."""

    frames_per_second: tuple[float, ...]  # by the clock on the wall
    cpu_ms_per_frame: tuple[float, ...]  # of all threads; other programs hardly change it

    def figures(self) -> dict[str, object]:
        """The medians over the rounds, and what they are of."""
        return {
            "frames_per_second": statistics.median(self.frames_per_second),
            "cpu_ms_per_frame": statistics.median(self.cpu_ms_per_frame),
            "rounds": list(self.frames_per_second),
        }


@dataclass(frozen=True)
class Measured:
    """What the bench found: a time for each of `WAYS`."""

    size: tuple[int, int]
    frames: int
    layers: int
    times: dict[str, Timed]

    def report(self) -> Report:
        """As a table and JSON figures; the medians over the rounds count."""
        figures = {way: timed.figures() for way, timed in self.times.items()}
        report = Report(
            "preview",
            {
                **figures.pop("film"),
                **figures,
                "size": list(self.size),
                "layers": self.layers,
                "frames": self.frames,
            },
        )
        report.table(
            f"{self.size[0]} x {self.size[1]}, {self.layers} layers, {self.frames} frames",
            ("", "frames/s", "lowest", "highest", "CPU ms/frame"),
            [
                (
                    WAYS[way],
                    statistics.median(timed.frames_per_second),
                    min(timed.frames_per_second),
                    max(timed.frames_per_second),
                    statistics.median(timed.cpu_ms_per_frame),
                )
                for way, timed in self.times.items()
            ],
        )
        return report


def measure_preview(
    *, frames: int = 48, rounds: int = 3, size: tuple[int, int] = (1920, 1080)
) -> Measured:
    """Film a shot of ``frames`` frames ``rounds`` times in every way, turn about.

    Times run from the first frame's making to the closed file; resampling the layers is part of
    the film.
    """
    scene = draw_scene(_SEED, *_PAINTED, count=SUBJECTS)
    comp = Comp(width=size[0], height=size[1], fps=24, duration_frames=frames)
    move = CameraMove(preset="truck_left")
    layers = true_layers(scene)
    staged = _stage(layers, comp, move)
    large = [_whole_frame(layer) for layer in layers]
    staged_large = _stage(large, comp, move)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "film.mp4"
        ways: dict[str, Callable[[], object]] = {
            "film": lambda: write_preview(file, staged, layers),
            "compositing": lambda: _composite(staged, layers),
            "full_layers": lambda: write_preview(file, staged_large, large),
            "baseline": lambda: encode(file, _warped(scene, staged), comp.fps),
        }
        speeds: dict[str, list[float]] = {way: [] for way in WAYS}
        costs: dict[str, list[float]] = {way: [] for way in WAYS}
        for _ in range(rounds):
            for way, film in ways.items():
                began, spent = time.perf_counter(), time.process_time()
                film()
                speeds[way].append(frames / (time.perf_counter() - began))
                costs[way].append((time.process_time() - spent) / frames * 1e3)
    times = {way: Timed(tuple(speeds[way]), tuple(costs[way])) for way in WAYS}
    return Measured(size=size, frames=frames, layers=len(layers), times=times)


def true_layers(scene: Scene) -> list[Layer]:
    """The scene's own truth as layers: clean background, whole subjects, exact soft mattes."""
    height, width = scene.picture.shape[:2]
    background = np.dstack([scene.background, np.full((height, width), 255, np.uint8)])
    layers = [
        Layer("background", "background", "background", background, (0, 0, width, height),
              scene.place, (), 0.0, 1.0)
    ]  # fmt: skip
    for number, subject in enumerate(scene.subjects):
        alpha = np.rint(subject.whole_matte * 255.0).astype(np.uint8)
        x, y, wide, high = bounding_box(alpha)
        rgba = np.dstack([subject.whole, alpha])[y : y + high, x : x + wide]
        layers.append(
            Layer(f"subject-{number}", f"{subject.colour} {subject.kind}", "prop",
                  np.ascontiguousarray(rgba), (x, y, wide, high), subject.kind, (),
                  float(subject.depth), 1.0)
        )  # fmt: skip
    return layers


def depth_warp(
    picture: NDArray[np.uint8],
    inverse_distance: NDArray[np.float32],
    rest: Camera,
    camera: Camera,
    steps: int = WARP_STEPS,
) -> NDArray[np.uint8]:
    """The picture as an unrotated ``camera`` sees it, each pixel moved by its own distance.

    picture (H, W, 3) as ``rest`` sees it; inverse_distance (H, W) 1/px. A frame pixel q shows the
    picture at p = c + (q - c)(1 - dz / d) + Z (dx, dy) / d with d the distance at p itself: a
    fixed point, found by ``steps`` iterations from the pixel's own distance.
    """
    height, width = picture.shape[:2]
    dx, dy, dz = (float(b - a) for a, b in zip(rest.position, camera.position, strict=True))
    x, y = np.meshgrid(
        np.arange(width, dtype=np.float32) + 0.5 - width / 2,
        np.arange(height, dtype=np.float32) + 0.5 - height / 2,
    )
    inverse = inverse_distance
    for _ in range(steps):
        at_x = x + inverse * (rest.zoom * dx - dz * x) + np.float32(width / 2 - 0.5)
        at_y = y + inverse * (rest.zoom * dy - dz * y) + np.float32(height / 2 - 0.5)
        inverse = cv2.remap(
            inverse_distance, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
    return np.asarray(
        cv2.remap(picture, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    )


def _warped(scene: Scene, staged: Staged) -> Iterator[NDArray[np.uint8]]:
    """Frames of the staged shot by depth warping of the scene's picture."""
    width, height = staged.comp.width, staged.comp.height
    scale = covering_scale(_PAINTED, staged.comp, staged.overscan)
    grown = (round(_PAINTED[0] * scale), round(_PAINTED[1] * scale))
    left, top = (grown[0] - width) // 2, (grown[1] - height) // 2
    picture = cv2.resize(scene.picture, grown, interpolation=cv2.INTER_CUBIC)
    nearness = cv2.resize(scene.depth, grown, interpolation=cv2.INTER_LINEAR)
    picture = np.ascontiguousarray(picture[top : top + height, left : left + width])
    nearness = nearness[top : top + height, left : left + width]
    world = scene_scale(staged.comp)
    near, far = 1.0 / world.zoom, 1.0 / (world.zoom + world.depth_range)
    inverse = (far + (near - far) * nearness).astype(np.float32)
    rest = Camera((width / 2, height / 2, -world.zoom), (width / 2, height / 2, 0.0), world.zoom)
    for camera in staged.path():
        yield depth_warp(picture, inverse, rest, camera)


def _composite(staged: Staged, layers: list[Layer]) -> None:
    path = staged.path()
    for _ in Compositor(staged.planes, layers, staged.comp, path).frames(path):
        pass


def _stage(layers: list[Layer], comp: Comp, move: CameraMove) -> Staged:
    return stage_shot(layers, _PAINTED, comp, move, overscan=overscan_for(move, comp))


def _whole_frame(layer: Layer) -> Layer:
    """The layer on the whole picture, nowhere quite transparent: the dearest there can be."""
    x, y, wide, high = layer.bbox
    rgba = np.full((_PAINTED[1], _PAINTED[0], 4), (128, 128, 128, 2), np.uint8)
    rgba[y : y + high, x : x + wide] = layer.rgba
    rgba[..., 3] = np.maximum(rgba[..., 3], 2)
    return Layer(layer.id, layer.name, layer.kind, rgba, (0, 0, *_PAINTED), layer.phrase,
                 layer.token_indices, layer.nearness, layer.confidence)  # fmt: skip
