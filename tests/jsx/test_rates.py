"""Storyboards at the rates that films have: every cut and dissolve on its exact frame."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import py_aep
import pytest

from multiplane.contract.manifest import Sequence
from multiplane.deliver.aep.project import write_aep
from multiplane.deliver.aep.timing import comp_rate
from tests.deliver.quads import MOVES, put, quad_shot
from tests.jsx.compare import faults, transform
from tests.jsx.compare import film as filmed
from tests.jsx.conftest import COMP, done, started
from tests.jsx.test_sequence import write_sequence

RATES = [23.976, 24000 / 1001, 29.97, 30000 / 1001, 59.94]
LENGTHS = (13, 9, 31, 2, 17)
HANDLES, DISSOLVE = 6, 8
TITLE = "Der Film"
EXACT = 1e-4
"""Frames; what an .aep keeps of a time is a fraction."""


@pytest.fixture(scope="module", params=RATES, ids=lambda rate: f"{rate:.3f}")
def film(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Any, Path, dict[str, Any]]:
    """A project read back with five shots of odd lengths, after an hour's gap, with dissolves."""
    folder, fps = tmp_path_factory.mktemp("rate"), request.param
    shots, manifests, start = [], {}, 0
    for number, frames in enumerate(LENGTHS):
        name = f"shot-{number}"
        comp = COMP.model_copy(update={"fps": fps, "duration_frames": frames})
        shot = quad_shot(name, MOVES["push_in"], comp)
        manifests[name] = put(folder / "shots" / name, shot)
        shots.append(
            {
                "id": name,
                "manifest": f"shots/{name}/manifest.json",
                "start_frame": start,
                "duration_frames": frames,
                "status": "made",
            }
        )
        start += frames + (round(3600 * fps) if number == 2 else 0)
    write_sequence(folder, shots, fps=fps)
    host = started()
    done(host, "importSequence", folder=str(folder), handles=HANDLES, dissolve=DISSOLVE)
    return host.save(folder / "film.aep"), folder, manifests


def named(project: Any, name: str) -> Any:
    return next(comp for comp in project.compositions if comp.name == name)


def grid(comp: Any) -> float:
    """Frames per second of the comp; what is read back of its rate is a binary fraction."""
    return float(comp_rate(comp.frame_rate))


def test_every_shot_has_its_frames(film: tuple[Any, Path, dict[str, Any]]) -> None:
    project, _, manifests = film
    for name, manifest in manifests.items():
        assert list(faults(named(project, name), manifest, handles=HANDLES)) == []


def test_cuts_and_dissolves_are_on_exact_frames(film: tuple[Any, Path, dict[str, Any]]) -> None:
    project, _, _ = film
    master = named(project, TITLE)
    rate = grid(master)
    starts, start = [], 0
    for number, frames in enumerate(LENGTHS):
        starts.append(start)
        start += frames + (round(3600 * rate) if number == 2 else 0)
    assert master.duration * rate == pytest.approx(start, abs=EXACT)
    half = DISSOLVE // 2
    for number, layer in enumerate(reversed(master.layers)):
        # Over the gap, and at both ends, there is nothing to dissolve with.
        into = half if number not in (0, 3) else 0
        out = DISSOLVE - half if number not in (2, 4) else 0
        begin, end = starts[number], starts[number] + LENGTHS[number]
        times = (layer.start_time, layer.in_point, layer.out_point)
        assert [time * rate for time in times] == pytest.approx(
            [begin - HANDLES, begin - into, end + out], abs=EXACT
        ), layer.source.name
        opacity = transform(layer, "ADBE Opacity")
        faded = [key.time * rate for key in opacity.keyframes]
        assert faded == pytest.approx(
            [begin - into, begin + DISSOLVE - half] if into else [], abs=EXACT
        )
        if into:
            middle = opacity.value_at_time(begin / rate)
            assert 0 < middle < 100
            assert opacity.value_at_time((begin + DISSOLVE - half) / rate) == 100


def test_markers_are_on_exact_frames(film: tuple[Any, Path, dict[str, Any]]) -> None:
    project, _, _ = film
    master = named(project, TITLE)
    keys = master.marker_property.keyframes
    rate = grid(master)
    frames = {key.value.comment.split("\n")[0]: key.time * rate for key in keys}
    start = 0
    for number, length in enumerate(LENGTHS):
        assert frames[f"shot-{number}"] == pytest.approx(start, abs=EXACT)
        start += length + (round(3600 * rate) if number == 2 else 0)


def test_the_project_written_without_after_effects_has_the_same_film(
    film: tuple[Any, Path, dict[str, Any]], tmp_path: Path
) -> None:
    """Apart from handles and dissolves, which it has not: cuts, lengths and markers."""
    project, folder, manifests = film
    sequence = Sequence.model_validate_json((folder / "sequence.json").read_text(encoding="utf-8"))
    shots = [(folder / "shots" / name, manifest) for name, manifest in manifests.items()]
    write_aep(tmp_path / "direct.aep", shots, sequence)
    other = named(py_aep.parse(tmp_path / "direct.aep").project, TITLE)
    mine = named(project, TITLE)
    rate = grid(mine)
    assert mine.duration == pytest.approx(other.duration, abs=EXACT / rate)
    # There the first shot is on top; here the next one, which fades in over the one before.
    theirs_in_order = list(reversed(other.layers))
    names = [[layer.source.name for layer in layers] for layers in (mine.layers, theirs_in_order)]
    assert names[0] == names[1]
    for ours, theirs in zip(mine.layers, theirs_in_order, strict=True):
        assert ours.start_time + HANDLES / rate == pytest.approx(
            theirs.start_time, abs=EXACT / rate
        )
    times = [sorted(key.time for key in comp.marker_property.keyframes) for comp in (mine, other)]
    assert times[0] == pytest.approx(times[1], abs=EXACT / rate)


def test_the_camera_rests_in_the_handles(film: tuple[Any, Path, dict[str, Any]]) -> None:
    project, _, manifests = film
    for name, manifest in manifests.items():
        comp = named(project, name)
        seen = filmed(comp)
        last = manifest.comp.duration_frames - 1
        for frame, same in ((0, HANDLES), (last + 2 * HANDLES, last + HANDLES)):
            for what in ("positions", "points_of_interest", "rolls"):
                assert seen[what][frame] == pytest.approx(seen[what][same], abs=1e-6), what
