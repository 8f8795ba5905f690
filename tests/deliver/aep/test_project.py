"""Projects read back by py-aep and compared with the manifest at every frame."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, cast

import numpy as np
import py_aep
import pytest
from py_aep import CameraLayer, CompItem, FootageItem, Project, Property, PropertyGroup
from py_aep.binary.scalar_chunks import Utf8Chunk
from py_aep.binary.utils import recursive_find
from py_aep.resolvers.transform import build_world_matrix

from multiplane.contract.errors import Failure, InputError
from multiplane.contract.manifest import Comp, Manifest, SequenceShot
from multiplane.contract.manifest import Sequence as ShotSequence
from multiplane.contract.output_folder import ShotFolder
from multiplane.contract.storyboard import CameraMove
from multiplane.deliver.aep import labels
from multiplane.deliver.aep.project import write_aep
from multiplane.deliver.aep.properties import CAMERA_OPTIONS, TRANSFORM, find
from multiplane.deliver.aep.timing import comp_rate, seconds
from multiplane.deliver.shot import FinishedShot
from multiplane.stage.easing import Key, evaluate
from multiplane.stage.path import from_keyframes
from tests.deliver.aep.read_back import keys_of, numbers
from tests.deliver.quads import COMP, MOVES, corners, put, quad_shot
from tests.jsx.conftest import set_to
from tests.jsx.host.expressions import Evaluator

CLOSE = 0.01
"""px."""
PATH_ERROR = 0.02
"""px; py-aep goes along paths as it measured After Effects to do, a little off the exact curve."""
CAMERA_PROPERTIES = {
    "position": (TRANSFORM, "ADBE Position"),
    "point_of_interest": (TRANSFORM, "ADBE Anchor Point"),
    "roll": (TRANSFORM, "ADBE Rotate Z"),
    "zoom": (CAMERA_OPTIONS, "ADBE Camera Zoom"),
    "focus_distance": (CAMERA_OPTIONS, "ADBE Camera Focus Distance"),
    "aperture": (CAMERA_OPTIONS, "ADBE Camera Aperture"),
}


@dataclass(frozen=True)
class Written:
    folder: Path  # of the project and of the shots' folders
    shots: dict[str, FinishedShot]
    manifests: dict[str, Manifest]
    sequence: ShotSequence
    project: Project  # as it was read back

    def comp(self, name: str) -> CompItem:
        return next(comp for comp in self.project.compositions if comp.name == name)

    def camera(self, name: str) -> CameraLayer:
        return self.comp(name).camera_layers[0]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """One storyboard with a shot of every move."""
    folder = tmp_path_factory.mktemp("aep") / "ordner %20 絵コンテ"
    shots = {name: quad_shot(name, move) for name, move in MOVES.items()}
    placed = [
        (folder / "shots" / name, put(folder / "shots" / name, shots[name])) for name in MOVES
    ]
    frames = COMP.duration_frames
    sequence = ShotSequence(
        title="Board: 1",
        fps=COMP.fps,
        size=(COMP.width, COMP.height),
        shots=[
            SequenceShot(id=name, start_frame=i * frames + 7, duration_frames=frames, status="made")
            for i, name in enumerate(MOVES)
        ]
        + [
            SequenceShot(
                id="lost", start_frame=len(MOVES) * frames + 7, duration_frames=3, status="failed"
            )
        ],
    )
    write_aep(folder / "storyboard.aep", placed, sequence)
    project = py_aep.parse(folder / "storyboard.aep").project
    return Written(folder, shots, {m.shot_id: m for _, m in placed}, sequence, project)


@pytest.mark.parametrize("name", MOVES)
def test_camera_is_the_manifests_at_every_frame(name: str, written: Written) -> None:
    """By our evaluation of the keys that were read back, and by py-aep's of its own.

    Where the rig has the move, the camera is keyed under it; the move itself is held against the
    manifest in `test_same_as_imported` and below, by py-aep's matrices.
    """
    entry, camera = written.manifests[name].camera, written.camera(name)
    own = {} if entry.rig is None else entry.rig.keyframes
    keyed = from_keyframes({**entry.keyframes, **own}, entry.zoom)
    frames = np.arange(COMP.duration_frames)
    for field, (group, match_name) in CAMERA_PROPERTIES.items():
        if field in ("focus_distance", "aperture") and field not in entry.keyframes:
            continue
        found = find(camera, group, match_name)
        spatial = field in ("position", "point_of_interest")
        ours = evaluate(getattr(keyed, field), frames, COMP.fps, spatial=spatial)
        keys = keys_of(found.keyframes) or (Key(0, numbers(found.value)),)
        assert len(keys) == len(getattr(keyed, field)), field
        read = evaluate(keys, frames, COMP.fps, spatial=spatial)
        np.testing.assert_allclose(read, ours, atol=CLOSE, rtol=0, err_msg=field)
        theirs = [numbers(found.value_at_time(frame / COMP.fps)) for frame in frames]
        off = PATH_ERROR if spatial else CLOSE
        np.testing.assert_allclose(theirs, ours, atol=off, rtol=0, err_msg=field)


@pytest.mark.parametrize("name", MOVES)
def test_layers_are_where_the_preview_shows_them(name: str, written: Written) -> None:
    """Corners of every plane, projected with py-aep's matrices: parent, look-at, roll and all."""
    staged, comp = written.shots[name].staged, written.comp(name)
    camera = written.camera(name)
    path = staged.path()
    layers = list(reversed(comp.layers))[: len(staged.planes)]
    for frame in (0, 6, 12, 18, 24):
        time = frame / COMP.fps
        with _as_expressed(comp, time):
            to_camera = build_world_matrix(camera, time, as_parent=True).inverse()
            to_world = [build_world_matrix(layer, time) for layer in layers]
        (zoom,) = numbers(find(camera, CAMERA_OPTIONS, "ADBE Camera Zoom").value_at_time(time))
        for layer, matrix, plane in zip(layers, to_world, staged.planes, strict=True):
            w, h = plane.size
            seen = []
            for corner in ([0.0, 0.0], [w, 0.0], [w, h], [0.0, h]):
                x, y, z = to_camera.transform_point(matrix.transform_point([*corner, 0.0]))
                seen.append([COMP.width / 2 + x * zoom / z, COMP.height / 2 + y * zoom / z])
            expected = corners(plane, path[frame], COMP)
            np.testing.assert_allclose(seen, expected, atol=2 * CLOSE, rtol=0, err_msg=layer.name)


@contextmanager
def _as_expressed(comp: CompItem, time: float) -> Iterator[None]:
    """What has an expression and no keys has the value that it gives: matrices ask for values."""
    evaluator = Evaluator()
    with ExitStack() as stack:
        for layer in comp.layers:
            for found in cast(PropertyGroup, layer[TRANSFORM]).properties:
                if isinstance(found, Property) and found.expression and not found.keyframes:
                    stack.enter_context(set_to(found, evaluator.evaluate(layer, found, time)))
        yield


def test_comps_are_as_a_host_script_builds_them(written: Written) -> None:
    for name, manifest in written.manifests.items():
        comp, camera = written.comp(name), written.camera(name)
        assert (comp.width, comp.height, comp.frame_rate) == (COMP.width, COMP.height, COMP.fps)
        assert comp.frame_duration == COMP.duration_frames
        assert (comp.pixel_aspect, comp.renderer) == (1.0, "ADBE Advanced 3d")
        back_to_front = [layer.name for layer in reversed(comp.layers)]
        over = ("Depth pass", "Original picture", "Camera Rig", "Camera")
        names = [*(entry.name for entry in manifest.layers), *over]
        assert back_to_front == [f"{name} {layer}" for layer in names]
        for layer, entry in zip(reversed(comp.layers), manifest.layers, strict=False):
            transform = {
                p: find(layer, TRANSFORM, p).value for p in ("ADBE Position", "ADBE Scale")
            }
            assert transform["ADBE Position"] == pytest.approx(list(entry.position))
            assert transform["ADBE Scale"] == pytest.approx([*entry.scale, 100.0])
            anchor = find(layer, TRANSFORM, "ADBE Anchor Point").value
            assert anchor == pytest.approx([*entry.anchor, 0.0])
            assert layer.is_3d
            assert layer.label == labels.LABEL_OF_KIND[entry.kind]
            tag = read_tag(layer.comment)
            file = written.folder / "shots" / name / entry.file
            assert (tag["shot"], tag["layer"]) == (name, entry.id)
            assert tag["hash"] == labels.file_hash(file)
        assert read_tag(comp.comment) == {**_identity(), "shot": name, "hash": "c0ffee"}
        guide = comp.layer(name=f"{name} Original picture")
        assert (guide.guide_layer, guide.enabled, guide.is_3d) == (True, False, False)
        rig = comp.layer(name=f"{name} Camera Rig")
        assert (rig.null_layer, rig.is_3d, camera.parent) == (True, True, rig)
        for layer in comp.layers:
            assert (layer.start_time, layer.in_point) == (0.0, 0.0)
            assert layer.out_point == pytest.approx(COMP.duration_frames / COMP.fps)
        focus = find(camera, CAMERA_OPTIONS, "ADBE Camera Depth of Field").value
        assert camera.auto_orient == py_aep.AutoOrientType.CAMERA_OR_POINT_OF_INTEREST
        assert bool(focus) == ("aperture" in manifest.camera.keyframes)


def test_guide_lies_over_the_planes_at_rest(written: Written) -> None:
    comp = written.comp("static")
    guide = comp.layer(name="static Original picture")
    matrix = build_world_matrix(guide, 0.0)
    width, height = guide.width, guide.height
    expected = corners(written.shots["static"].staged.planes[0], _rest(written), COMP)
    for corner, at in zip(
        ([0, 0], [width, 0], [width, height], [0, height]), expected, strict=True
    ):
        point = matrix.transform_point([float(corner[0]), float(corner[1]), 0.0])
        assert point[:2] == pytest.approx(list(at), abs=CLOSE)


def test_markers_and_master_comp(written: Written) -> None:
    comp = written.comp("push_in")
    (marker,) = comp.markers
    assert marker.comment == "Dialogue: Halt! 戦士\nAction: they stop"
    assert marker.duration == pytest.approx(COMP.duration_frames / COMP.fps)
    master = written.comp("Board: 1")
    shots = written.sequence.shots
    assert master.frame_duration == shots[-1].start_frame + 3
    layers = master.layers
    assert [layer.source.name for layer in layers] == [shot.id for shot in shots[:-1]]
    for layer, shot in zip(layers, shots, strict=False):
        assert layer.frame_start_time == shot.start_frame
        assert layer.frame_in_point == shot.start_frame
        assert layer.frame_out_point == shot.start_frame + shot.duration_frames
    assert [m.comment.splitlines()[0] for m in master.markers] == [shot.id for shot in shots]


def test_folders(written: Written) -> None:
    assert {_path(comp) for comp in written.project.compositions} == {
        "Multiplane/Board: 1/Comps",
        *(f"Multiplane/Board: 1/{name}/Comps" for name in MOVES),
    }
    files = [item for item in written.project.footages if _file(item)]
    assert {_path(item) for item in files} == {f"Multiplane/Board: 1/{n}/Layers" for n in MOVES}
    assert len(files) == 6 * len(MOVES)
    alpha = {item.main_source.alpha_mode for item in files if item.main_source.has_alpha}
    assert alpha == {py_aep.AlphaMode.STRAIGHT}


def test_footage_is_found_beside_the_project_after_a_move(written: Written, tmp_path: Path) -> None:
    """By the counts that After Effects falls back to: up from the project, down to the file."""
    moved = tmp_path / "elsewhere"
    shutil.copytree(written.folder, moved)
    assert _footage_from(moved / "storyboard.aep") == 6 * len(MOVES)


def test_footage_is_found_through_a_link(tmp_path: Path) -> None:
    put(tmp_path / "real" / "shot", quad_shot("a", CameraMove()))
    link = tmp_path / "a" / "b" / "link"
    link.parent.mkdir(parents=True)
    try:
        link.symlink_to(tmp_path / "real", target_is_directory=True)
    except OSError:
        pytest.skip("links need a right here that this user has not")
    write_aep(link / "x.aep", [(link / "shot", ShotFolder.open(link / "shot").manifest)])
    (tmp_path / "real").rename(tmp_path / "renamed")
    assert _footage_from(tmp_path / "renamed" / "x.aep") == 6


def _footage_from(aep: Path) -> int:
    """How many files the project has; each must be found from where the project lies."""
    records = [
        json.loads(chunk.value)
        for chunk in recursive_find(py_aep.parse(aep).project._rifx.chunks, chunk_type="alas")
        if isinstance(chunk, Utf8Chunk)
    ]
    for record in records:
        full = record["fullpath"]
        parts = (PurePosixPath if full.startswith("/") else PureWindowsPath)(full).parts
        up, down = record["ascendcount_base"], record["ascendcount_target"]
        assert aep.parents[up - 1].joinpath(*parts[-down:]).is_file(), record
    return len(records)


@pytest.mark.parametrize("fps", [23.976, 24000 / 1001, 24, 25, 29.97, 30, 59.94, 60, 12.5])
def test_frames_are_exact_at_every_rate(fps: float, tmp_path: Path) -> None:
    """Lengths, keys and starts are whole frames of After Effects' own grid."""
    frames = 1001
    comp = Comp(width=64, height=64, fps=fps, duration_frames=frames)
    shot = quad_shot("a", CameraMove(preset="push_in", start=3.3), comp)
    sequence = ShotSequence(
        title="t",
        fps=fps,
        size=(64, 64),
        shots=[
            SequenceShot(id="lost", start_frame=0, duration_frames=9_001, status="failed"),
            SequenceShot(id="a", start_frame=9_001, duration_frames=frames, status="made"),
        ],
    )
    write_aep(tmp_path / "x.aep", [(tmp_path, put(tmp_path, shot))], sequence)
    project = py_aep.parse(tmp_path / "x.aep").project
    comps = {comp.name: comp for comp in project.compositions}
    grid = comps["a"]._cdta
    ticks = round(grid.internal_timebase / comp_rate(fps))
    assert grid.duration_dividend * grid.internal_timebase % grid.duration_divisor == 0
    assert comps["a"].frame_duration == frames
    assert comps["t"].frame_duration == 9_001 + frames
    keys = find(comps["a"].camera_layers[0], TRANSFORM, "ADBE Position").keyframes
    expected = [key.frame for key in shot.staged.camera.position]
    assert [key.time_units for key in keys] == [frame * ticks for frame in expected]
    (layer,) = comps["t"].layers
    assert layer._ldta.start_time_dividend == 9_001 * ticks


def test_one_shot_alone(tmp_path: Path) -> None:
    manifest = put(tmp_path, quad_shot("shot-001", CameraMove()))
    write_aep(tmp_path / "shot.aep", [(tmp_path, manifest)])
    write_aep(tmp_path / "shot.aep", [(tmp_path, manifest)])  # replaces the first
    project = py_aep.parse(tmp_path / "shot.aep").project
    assert [_path(comp) for comp in project.compositions] == ["Multiplane/shot-001/Comps"]
    assert [file.name for file in tmp_path.glob("*.aep")] == ["shot.aep"]


def test_what_a_comp_cannot_have(tmp_path: Path) -> None:
    manifest = put(tmp_path, quad_shot("a", CameraMove()))
    quick = manifest.model_copy(update={"comp": COMP.model_copy(update={"fps": 120.0})})
    with pytest.raises(InputError, match="frames per second") as problem:
        write_aep(tmp_path / "x.aep", [(tmp_path, quick)])
    assert (problem.value.field, problem.value.value) == ("comp.fps", 120.0)
    with pytest.raises(InputError, match="three hours"):
        seconds(24 * 3600 * 3 + 1, comp_rate(24))
    (tmp_path / manifest.layers[1].file).unlink()
    with pytest.raises(Failure, match="missing") as missing:
        write_aep(tmp_path / "x.aep", [(tmp_path, manifest)])
    assert missing.value.file == str(tmp_path / manifest.layers[1].file)
    assert not list(tmp_path.glob("*.aep"))


def test_long_names_stay_whole_characters(tmp_path: Path) -> None:
    shot = quad_shot("戦" * 150, CameraMove())
    write_aep(tmp_path / "x.aep", [(tmp_path, put(tmp_path, shot))])
    (comp,) = py_aep.parse(tmp_path / "x.aep").project.compositions
    assert comp.name == "戦" * 85
    tag = read_tag(comp.comment)
    assert tag["shot"] == "戦" * 150


def _path(item: Any) -> str:
    names = []
    while item.parent_folder is not None and item.parent_folder.parent_folder is not None:
        item = item.parent_folder
        names.append(item.name)
    return "/".join(reversed(names))


def _file(item: FootageItem) -> str:
    return str(getattr(item.main_source, "file", "") or "")


def _identity() -> dict[str, str]:
    return read_tag(labels.tag())


def read_tag(comment: str) -> dict[str, str]:
    """What `labels.tag` wrote."""
    start = comment.index(f"{labels.TAG}{{") + len(labels.TAG)
    found: dict[str, str] = json.loads(comment[start:])
    return found


def _rest(written: Written) -> Any:
    return written.shots["static"].staged.path()[0]
