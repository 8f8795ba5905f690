"""Drawings on their way: already cut, extended for the camera, or without a word about them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from psd_tools import PSDImage

from multiplane.contract.events import Log
from multiplane.contract.manifest import Comp, Manifest
from multiplane.intake.read_storyboard import load_storyboard, read_storyboard
from multiplane.produce.framing import extended_size, overscan_around, room_around
from multiplane.produce.storyboard import Outcome, produce_storyboard
from multiplane.produce.studio import Studio
from multiplane.stage.planes import overscan_of
from tests.layers.drawn import disc
from tests.test_produce import Run
from tests.tiny_folders import save_tiny_depth, save_tiny_pipeline

SIZE = (160, 90)
SIDEWAYS = {"preset": "truck_left"}


class _NoPainter(Studio):
    """Fails when anything asks for the picture model."""

    @property
    def painter(self) -> Any:
        pytest.fail("the picture model was loaded")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    folder = tmp_path_factory.mktemp("models")
    return str(save_tiny_pipeline(folder / "tiny")), str(save_tiny_depth(folder / "depth"))


@pytest.fixture
def run(folders: tuple[str, str], tmp_path: Path) -> Run:
    return Run(_NoPainter(*folders, "cpu"), tmp_path / "out")


def sky(size: tuple[int, int] = SIZE) -> np.ndarray:
    grain = np.random.default_rng(1).integers(-4, 5, (size[1], size[0], 1))
    rows = np.linspace(90, 220, size[1])[:, None, None] * [0.6, 0.8, 1.0]
    return np.clip(rows + grain, 0, 255).astype(np.uint8)


def save_layers(folder: Path, red: int = 200) -> dict[str, Any]:
    """A sky and two overlapping discs as files; the shot that lists them."""
    Image.fromarray(sky()).save(folder / "sky.png")
    for name, x, colour in (("back", 70, (red, 30, 30)), ("front", 95, (30, 180, 40))):
        alpha = np.rint(disc(SIZE, (x, 55), 22) * 255).astype(np.uint8)
        rgb = np.full((*alpha.shape, 3), colour, np.uint8)
        Image.fromarray(np.dstack([rgb, alpha])).save(folder / f"{name}.png")
    names = ["sky", "back", "front"]
    return {"id": "cut", "layers": [{"name": n, "picture": f"{n}.png"} for n in names]}


def only(outcome: Outcome) -> None:
    assert outcome.errors == {}
    assert outcome.exit_status == 0


def test_layers_that_are_already_cut(run: Run) -> None:
    shot = save_layers(run.out.parent)
    only(run(shot))
    manifest = run.manifest("cut")
    assert [(layer.name, layer.kind) for layer in manifest.layers] == [
        ("sky", "background"), ("back", "prop"), ("front", "prop"),
    ]  # fmt: skip
    assert manifest.model.name == "none"
    assert manifest.original_prompt is None
    assert manifest.checks.recomposition_max_error <= 1
    assert manifest.layers[1].depth < manifest.layers[2].depth
    assert manifest.layers[1].z > manifest.layers[2].z
    assert run.steps("cut") == ["intake", "depth", "fill", "stage", "deliver"]
    flat = Image.fromarray(sky()).convert("RGBA")
    for name in ("back", "front"):
        flat.alpha_composite(Image.open(run.out.parent / f"{name}.png"))
    wanted = np.asarray(flat)[..., :3].astype(int)
    assert np.abs(run.picture("cut").astype(int) - wanted).max() <= 1
    assert run(shot).skipped == 1
    save_layers(run.out.parent, red=150)
    assert run(shot).made == 1


def test_layers_of_one_drawing_move_together(run: Run) -> None:
    """Ink on its tone: whatever the camera does, neither slides over the other."""
    shot = save_layers(run.out.parent)
    for layer in shot["layers"][1:]:
        layer["drawing"] = "board"
    only(run({**shot, "camera": SIDEWAYS}))
    sky_layer, back, front = run.manifest("cut").layers
    assert back.depth == front.depth > sky_layer.depth
    assert back.z == front.z < sky_layer.z
    for layer in shot["layers"]:
        layer["drawing"] = "board"
    only(run({**shot, "camera": SIDEWAYS}))
    manifest = run.manifest("cut")
    assert len({one.z for one in manifest.layers}) == 1
    assert manifest.checks.recomposition_max_error <= 1


def test_the_output_folders_storyboard_can_be_rendered_where_it_lies(
    run: Run, tmp_path: Path
) -> None:
    """It says where the drawings are, so rendering it leaves the shots as they are."""
    drawings = tmp_path / "my boards"
    drawings.mkdir()
    shot = save_layers(drawings)
    path = drawings / "board.json"
    path.write_text(
        json.dumps({"size": list(SIZE), "fps": 12, "shots": [{**shot, "duration": 0.5}]})
    )
    only(produce_storyboard(read_storyboard(path), run.out, run.studio))
    again = read_storyboard(run.out / "storyboard.json")
    assert again.warnings == ()
    outcome = produce_storyboard(again, run.out, run.studio)
    assert (outcome.made, outcome.skipped, outcome.errors) == (0, 1, {})
    elsewhere = tmp_path / "elsewhere" / "deep"
    only(produce_storyboard(again, elsewhere, run.studio))
    assert read_storyboard(elsewhere / "storyboard.json").folder.samefile(drawings)


def test_they_need_no_picture_model_at_all(folders: tuple[str, str], tmp_path: Path) -> None:
    run = Run(Studio("there is no such model", folders[1], "cpu"), tmp_path / "out")
    only(run(save_layers(tmp_path)))


def test_a_layered_photoshop_file(run: Run) -> None:
    document = PSDImage.new("RGB", SIZE)
    document.create_pixel_layer(Image.fromarray(sky()), name="sky")
    kite = document.create_pixel_layer(Image.new("RGB", (30, 20), (220, 40, 40)), name="kite",
                                       left=60, top=20)  # fmt: skip
    kite.name = "凧"
    document.save(run.out.parent / "scene.psd")
    only(run({"id": "psd", "picture": "scene.psd", "camera": {**SIDEWAYS, "focus": "dragon"}}))
    manifest = run.manifest("psd")
    assert [layer.name for layer in manifest.layers] == ["sky", "凧"]
    x, y, width, height = inside(manifest)
    assert (width, height) == SIZE
    picture = run.picture("psd")[y : y + height, x : x + width]
    assert (picture[30, 70] == (220, 40, 40)).all()
    assert (picture[:15] == sky()[:15]).all()
    told = [e.text for e in run.told if isinstance(e, Log) and e.level == "warning"]
    assert any("dragon" in text for text in told)


def inside(manifest: Manifest) -> tuple[int, int, int, int]:
    assert manifest.drawing_area is not None
    return manifest.drawing_area


def test_a_move_makes_the_drawing_wider_and_the_frame_stays(run: Run) -> None:
    Image.fromarray(sky((200, 100))).save(run.out.parent / "fog.png")
    shot = {"id": "d", "picture": "fog.png"}
    only(run({**shot, "camera": "static"}))
    still = run.manifest("d")
    assert still.drawing_area is None
    assert (run.picture("d") == sky((200, 100))).all()
    assert [layer.kind for layer in still.layers] == ["background"], "nothing stands out"
    assert run.steps("d") == ["intake", "depth", "masks", "fill", "stage", "deliver"]

    only(run({**shot, "camera": SIDEWAYS}))
    wide = run.manifest("d")
    x, y, width, height = inside(wide)
    assert (width, height) == (200, 100)
    picture = run.picture("d")
    assert picture.shape[:2] == (height + 2 * y, width + 2 * x)
    assert (picture[y : y + height, x : x + width] == sky((200, 100))).all()
    assert x < y, "the drawing's own width serves first"
    assert wide.checks.recomposition_max_error <= 1
    assert wide.camera.amount == 1
    for manifest in (still, wide):
        edges = drawing_at_rest(manifest, (200, 100))
        assert edges == pytest.approx((-10.0, 0.0, 170.0, 90.0), abs=1e-6)

    # Another move that needs no more room keeps the layers.
    only(run({**shot, "camera": {"preset": "truck_right"}}))
    assert run.steps("d") == ["stage", "deliver"]
    only(run({**shot, "camera": "static"}, force=True))
    assert run.manifest("d").drawing_area is None


def drawing_at_rest(manifest: Manifest, drawing: tuple[int, int]) -> tuple[float, ...]:
    """Left, top, right, bottom of the drawing in the comp, as the rest camera sees it, px."""
    layer, comp = manifest.layers[0], manifest.comp
    corner = (manifest.drawing_area or (0, 0))[:2]
    grown = (manifest.camera.zoom + layer.z) / manifest.camera.zoom
    edges = []
    for far in (False, True):
        for axis, side in enumerate((comp.width, comp.height)):
            at = corner[axis] + far * drawing[axis]
            world = layer.position[axis] + layer.scale[axis] / 100 * (at - layer.anchor[axis])
            edges.append((world - side / 2) / grown + side / 2)
    return tuple(edges)


def test_a_storyboards_own_overscan_counts(run: Run) -> None:
    Image.fromarray(sky()).save(run.out.parent / "fog.png")
    shot = {"id": "d", "picture": "fog.png", "camera": "static", "duration": 0.5}
    document = {"size": list(SIZE), "fps": 12, "overscan": 1.25, "shots": [shot]}
    loaded = load_storyboard(document, folder=run.out.parent)
    only(produce_storyboard(loaded, run.out, run.studio))
    assert inside(run.manifest("d")) == (20, 12, *SIZE)


def test_a_drawing_is_cut_first_and_extended_then(folders: tuple[str, str], tmp_path: Path) -> None:
    drawing = np.random.default_rng(3).integers(0, 256, (*SIZE[::-1], 3), dtype=np.uint8)
    Image.fromarray(drawing).save(tmp_path / "drawing.png")
    run = Run(Studio(*folders, "cpu"), tmp_path / "out")
    only(run({"id": "d", "picture": "drawing.png", "subjects": ["cat"], "camera": SIDEWAYS}))
    x, y, width, height = inside(run.manifest("d"))
    assert (run.picture("d")[y : y + height, x : x + width] == drawing).all()
    assert run.manifest("d").checks.recomposition_max_error <= 1
    assert run.manifest("d").picture_hash
    with Image.open(run.out / "shots" / "d" / "depth.png") as depth:
        assert depth.size == (width + 2 * x, height + 2 * y)


@pytest.mark.parametrize("drawing", [(1920, 1080), (1000, 1000), (333, 210), (64, 300)])
@pytest.mark.parametrize("overscan", [1.0, 1.04, 1.3, 2.0])
def test_the_frame_is_in_the_drawings_middle(drawing: tuple[int, int], overscan: float) -> None:
    comp = Comp(width=1280, height=720, fps=24, duration_frames=24)
    size = extended_size(drawing, comp, overscan)
    x, y = room_around(drawing, comp, overscan)
    assert (size[0] - 2 * x, size[1] - 2 * y) == drawing
    real = overscan_around(drawing, size, comp)
    assert real >= overscan - 1e-9
    shown = max(comp.width * real / size[0], comp.height * real / size[1])
    assert shown == pytest.approx(max(comp.width / drawing[0], comp.height / drawing[1]))
    assert overscan_of(100 * shown, 0.0, size, comp, 1000.0) == pytest.approx(real)
