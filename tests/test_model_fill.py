"""What layers hide, painted by the picture model: on the whole way, and against the truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from multiplane.layers.fill import covered_by, fill_behind
from multiplane.layers.painted_fill import in_tone
from multiplane.models.load import load_painter
from multiplane.models.paint import repaint
from multiplane.models.profiles import profile
from multiplane.produce.model_fill import STRENGTH
from multiplane.produce.studio import Studio
from multiplane_study.scenes import HELD_OUT_SEEDS, STYLES, draw_scene
from tests.command_line import Multiplane
from tests.test_produce import Run
from tests.test_produce_drawn import only
from tests.test_produce_found import DISCS, save
from tests.tiny_vision import save_tiny_grounding_dino, save_tiny_sam2, saved_models


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("models")
    boxes, masks = save_tiny_grounding_dino(folder / "boxes"), save_tiny_sam2(folder / "masks")
    return saved_models(folder) | {"cutter": f"{boxes}+{masks}"}


def sheet(run: Run, layer: int) -> np.ndarray:
    manifest = run.manifest("d")
    return np.asarray(Image.open(run.out / "shots" / "d" / manifest.layers[layer].file)).copy()


def test_the_move_decides_what_is_painted(models: dict[str, str], tmp_path: Path) -> None:
    """A drawing cut without attention; the painter is loaded for what it hides."""
    run = Run(Studio(models["tiny"], models["depth"], "cpu"), tmp_path / "out")
    drawn = save(tmp_path / "discs.png")
    still = {**DISCS, "cut": models["cutter"], "camera": "static"}
    only(run(still))
    plain, first = sheet(run, 0), run.manifest("d")
    assert first.filled_by is None
    only(run({**still, "fill": "model"}))
    assert run.manifest("d").picture_hash != first.picture_hash
    assert np.array_equal(sheet(run, 0), plain), "nothing moves, so nothing hidden is shown"

    moving = {**still, "camera": {"preset": "truck_left", "amount": 2.0}}
    only(run(moving))
    before = sheet(run, 0)
    only(run({**moving, "fill": "model"}))
    manifest, after = run.manifest("d"), sheet(run, 0)
    assert manifest.filled_by == "tiny"
    assert manifest.checks.recomposition_max_error <= 1
    x, y, wide, high = manifest.drawing_area or (0, 0, *drawn.shape[1::-1])
    inside = run.picture("d")[y : y + high, x : x + wide]
    assert np.abs(inside.astype(int) - drawn).max() <= 1
    changed = (before != after).any(axis=2)
    assert changed.any()
    covers = np.zeros(changed.shape, bool)
    for number, layer in enumerate(manifest.layers[1:], start=1):
        x, y, wide, high = layer.bbox
        covers[y : y + high, x : x + wide] |= sheet(run, number)[..., 3] == 255
    assert not (changed & ~covers).any()
    # other words beside the picture: the painted layers stay, and are told of
    only(run({**moving, "fill": "model", "dialogue": "Look!"}))
    assert np.array_equal(sheet(run, 0), after)
    assert run.manifest("d").filled_by == "tiny"


def test_a_wider_move_has_more_painted_and_what_is_painted_stays(
    models: dict[str, str], tmp_path: Path
) -> None:
    run = Run(Studio(models["tiny"], models["depth"], "cpu"), tmp_path / "out")
    save(tmp_path / "discs.png")
    shot = {**DISCS, "cut": models["cutter"]}

    def moving(amount: float) -> dict[str, object]:
        return {**shot, "camera": {"preset": "truck_left", "amount": amount}}

    only(run(moving(0.3)))
    plain = sheet(run, 0)
    only(run({**moving(0.3), "fill": "model"}))
    first = sheet(run, 0)
    only(run({**moving(0.9), "fill": "model"}))
    assert "masks" not in run.steps("d"), "the layers are those of the earlier move"
    wider = sheet(run, 0)
    painted = (first != plain).any(axis=2)
    more = (wider != first).any(axis=2)
    assert painted.any()
    assert more.any()
    assert not (painted & more).any()
    assert run.manifest("d").filled_by == "tiny"
    only(run({**moving(0.3), "fill": "model"}))
    assert np.array_equal(sheet(run, 0), wider)


def test_a_painted_shots_hidden_parts_are_painted_too(
    models: dict[str, str], tmp_path: Path
) -> None:
    run = Run(Studio(models["tiny"], models["depth"], "cpu"), tmp_path / "out")
    shot = {"id": "d", "prompt": "a **warrior** in front of a **castle** in a forest", "takes": 1}
    shot |= {"camera": "truck_left", "cut": models["cutter"]}
    only(run(shot))
    picture = run.picture("d")
    only(run({**shot, "fill": "model"}))
    assert run.manifest("d").filled_by == "tiny"
    assert np.array_equal(run.picture("d"), picture)
    assert run({**shot, "fill": "model"}).skipped == 1


def test_a_fill_that_is_none_is_refused(multiplane: Multiplane, tmp_path: Path) -> None:
    save(tmp_path / "discs.png")
    said = multiplane("decompose", "discs.png", "-s", "ball", "--fill", "putty")
    assert said.status == 2
    assert 'Known are "model", "pixels"' in said.all


def _psnr(filled: np.ndarray, truth: np.ndarray, hidden: np.ndarray) -> float:
    return float(-10.0 * np.log10(np.mean((filled - truth)[hidden] ** 2) + 1e-9))


def test_the_bundled_models_default_is_what_comes_nearer_to_the_truth() -> None:
    """What lies under the subjects of drawn scenes is known: pixels around it, or its own painting.

    Pixels are the default as long as they win here.
    """
    painter = load_painter(profile("storyboard-mini"), "cpu")
    scores = []
    for number, style in enumerate(STYLES):
        scene = draw_scene(HELD_OUT_SEEDS[number], 256, 256, style=style, count=2)
        mattes = np.stack([subject.matte for subject in scene.subjects])
        visible = mattes / np.maximum(mattes.sum(axis=0), 1.0)
        hidden, truth = covered_by(visible), scene.background / np.float32(255.0)
        behind = fill_behind(scene.picture, visible)
        pixels = behind.under(scene.picture, hidden)
        start = np.rint(pixels * 255.0).astype(np.uint8)
        place = scene.caption[slice(*scene.place_phrase)]
        painted = repaint(painter, start, hidden, f"{place}, {scene.style}", 1, strength=STRENGTH)
        model = in_tone(start, painted, hidden) / np.float32(255.0)
        scores.append((_psnr(pixels, truth, hidden), _psnr(model, truth, hidden)))
    by_pixels, by_model = np.mean(scores, axis=0)
    print(f"hidden truth: pixels {by_pixels:.2f} dB, {painter.profile.name} {by_model:.2f} dB")
    assert by_pixels > by_model + 0.5
