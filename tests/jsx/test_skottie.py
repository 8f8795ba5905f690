"""What the script built, in pixels of an independent renderer: script, .aep, Lottie, Skottie."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from multiplane.deliver.shot import FinishedShot, manifest_of
from multiplane.stage.camera import rest_scale
from multiplane.stage.path import CameraPath
from tests.deliver.quads import MOVES
from tests.deliver.skottie import assert_shown, rendered
from tests.jsx import lottie
from tests.jsx.compare import dialled, named, slider, transform
from tests.jsx.conftest import Built, set_to

FRAMES = (0, 3, 6, 9, 12)


@pytest.fixture(scope="module")
def shown(built: dict[str, Built], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What Skottie shows of every preset's comp; all are rendered by one process."""
    folder = tmp_path_factory.mktemp("skottie")
    files = {
        name: lottie.write(folder / f"{number}.json", one.comp)
        for number, (name, one) in enumerate(built.items())
    }
    return rendered(files, FRAMES, folder)


@pytest.mark.parametrize("name", MOVES)
def test_skottie_shows_what_the_preview_shows(
    built: dict[str, Built], shown: dict[str, Any], name: str
) -> None:
    """Every quad's box in Skottie's pixels, in the preview's, and as it is projected."""
    shot = built[name].shot
    assert_shown(shown[name], shot, shot.staged.path(), FRAMES, name)


def _half(shot: FinishedShot) -> tuple[FinishedShot, CameraPath]:
    return shot, dialled(manifest_of(shot, {}), 0.5)


def _flat(shot: FinishedShot) -> tuple[FinishedShot, CameraPath]:
    """All planes in the comp plane, where each is as large as it is seen at rest."""
    comp, zoom = shot.staged.comp, shot.staged.zoom
    planes = []
    for plane in shot.staged.planes:
        k = rest_scale(plane.z, zoom)
        x, y = (
            half + (at - half) / k
            for at, half in zip(plane.position[:2], (comp.width / 2, comp.height / 2), strict=True)
        )
        scale = (plane.scale[0] / k, plane.scale[1] / k)
        planes.append(replace(plane, position=(x, y, 0.0), scale=scale))
    flat = replace(shot, staged=replace(shot.staged, planes=tuple(planes)))
    return flat, shot.staged.path()


@pytest.mark.parametrize("name", ["orbit", "dolly_zoom", "truck_left", "roll"])
@pytest.mark.parametrize(
    ("dial", "value", "expected"), [("Move Amount", 50.0, _half), ("Parallax", 0.0, _flat)]
)
def test_sliders_that_were_moved(
    built: dict[str, Built],
    tmp_path: Path,
    name: str,
    dial: str,
    value: float,
    expected: Callable[[FinishedShot], tuple[FinishedShot, CameraPath]],
) -> None:
    comp = built[name].comp
    with set_to(slider(comp, dial), value):
        file = lottie.write(tmp_path / "moved.json", comp)
    (seen,) = rendered({name: file}, FRAMES, tmp_path).values()
    shot, path = expected(built[name].shot)
    assert_shown(seen, shot, path, FRAMES, f"{name}, {dial} {value}")


def test_the_rig_carries_the_camera(built: dict[str, Built], tmp_path: Path) -> None:
    """A rig that was moved moves the camera and what it looks at; and these tests can fail."""
    shot, comp = built["orbit"].shot, built["orbit"].comp
    rig = transform(named(comp, "Camera Rig"), "ADBE Position")
    away = np.array([20.0, -8.0, 30.0])
    with set_to(rig, [float(value) for value in np.add(rig.value, away)]):
        file = lottie.write(tmp_path / "moved.json", comp)
    (seen,) = rendered({"moved": file}, FRAMES, tmp_path).values()
    path = shot.staged.path()
    moved = replace(
        path,
        positions=path.positions + away,
        points_of_interest=path.points_of_interest + away,
    )
    assert_shown(seen, shot, moved, FRAMES, "the rig")
    with pytest.raises(AssertionError):
        assert_shown(seen, shot, path, FRAMES, "the rig")
