"""The cut back from editing: our own timelines, changed by OpenTimelineIO as an editor would."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from multiplane.contract.errors import InputError
from multiplane.contract.layout import EDL, FCP7, OTIO
from multiplane.deliver.timeline.conform import Conformed, conform
from multiplane.deliver.timeline.cut import Cut, CutClip, read_cut
from multiplane.deliver.timeline.write import write_timelines
from tests.command_line import Multiplane
from tests.deliver.timelines import storyboard

FORMATS = {".otio": (OTIO, "otio_json"), ".xml": (FCP7, "fcp_xml"), ".edl": (EDL, "cmx_3600")}
DURATIONS = [2.0, 3.0, 1.5, 4.0]


def delivered(out: Path, fps: float = 24.0, **more: Any) -> dict[str, Any]:
    """An output folder with its timelines; the storyboard as JSON."""
    board, sequence = storyboard(out, DURATIONS, fps, **more)
    write_timelines(out, board, sequence, audio_folder=out)
    read: dict[str, Any] = json.loads(board.to_json())
    return read


def recut(out: Path, suffix: str, change: Callable[[Any], None], target: Path) -> Path:
    """The timeline of `out` (24 fps), changed on its picture track, written as another file."""
    name, adapter = FORMATS[suffix]
    options: dict[str, Any] = {"rate": 24.0} if suffix == ".edl" else {}
    timeline = otio.adapters.read_from_file(str(out / name), adapter_name=adapter, **options)
    change(timeline.video_tracks()[0])
    if suffix == ".edl":
        options["style"] = "nucoda"
    otio.adapters.write_to_file(timeline, str(target), adapter_name=adapter, **options)
    return target


def frames(count: int) -> Any:
    return otio.opentime.RationalTime(count, 24)


def changes(result: Conformed) -> list[tuple[str, str]]:
    return [(change.kind, change.shot) for change in result.changes]


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("fps", [24.0, 25.0, 29.97, 23.976])
def test_a_cut_that_was_not_touched_changes_nothing(
    tmp_path: Path, suffix: str, fps: float
) -> None:
    board = delivered(tmp_path, fps)
    result = conform(board, read_cut(tmp_path / FORMATS[suffix][0], fps))
    assert changes(result) == []
    assert result.found == len(DURATIONS)
    assert [shot["duration"] for shot in result.board["shots"]] == DURATIONS
    assert [shot["id"] for shot in result.board["shots"]] == [f"shot-{n:03d}" for n in range(4)]


@pytest.mark.parametrize("suffix", FORMATS)
def test_order_lengths_and_drops_come_back(tmp_path: Path, suffix: str) -> None:
    board = delivered(tmp_path, shots={1: {"notes": "keep me", "seed": 77}})
    board["shots"][3]["studio"] = {"unknown": "field"}

    def change(track: Any) -> None:
        clips = [clip.deepcopy() for clip in track if isinstance(clip, otio.schema.Clip)]
        start = clips[1].source_range.start_time
        clips[1].source_range = otio.opentime.TimeRange(start, frames(36))
        start = clips[0].source_range.start_time + frames(12)
        clips[0].source_range = otio.opentime.TimeRange(start, frames(36))
        track[:] = [clips[3], clips[0], clips[1]]

    cut = recut(tmp_path, suffix, change, tmp_path / f"cut{suffix}")
    result = conform(board, read_cut(cut, 24.0))
    shots = result.board["shots"]
    assert [shot["id"] for shot in shots] == ["shot-003", "shot-000", "shot-001"]
    assert [shot["duration"] for shot in shots] == [4.0, 1.5, 1.5]
    # By their place they had the seeds 3 and 0; the last has its own.
    assert [shot["seed"] for shot in shots] == [3, 0, 77]
    assert shots[2]["notes"] == "keep me"
    assert shots[0]["studio"] == {"unknown": "field"}
    assert changes(result) == [
        ("length", "shot-000"),
        ("note", "shot-000"),
        ("length", "shot-001"),
        ("moved", "shot-003"),
        ("dropped", "shot-002"),
    ]
    assert "12 frames into its film" in result.changes[1].text
    assert board["shots"][0]["duration"] == 2.0, "the storyboard itself was changed"

    kept = conform(board, read_cut(cut, 24.0), keep=True)
    assert [shot["id"] for shot in kept.board["shots"]][-1] == "shot-002"
    assert kept.board["shots"][-1]["seed"] == 2


def test_a_shot_that_is_used_twice_and_somebody_elses_clip(tmp_path: Path) -> None:
    board = delivered(tmp_path)

    def change(track: Any) -> None:
        track.append(track[0].deepcopy())
        foreign = track[1].deepcopy()
        foreign.name = "stock footage"
        foreign.media_reference = otio.schema.ExternalReference("file:///stock/sea.mov")
        foreign.metadata.clear()
        track.append(foreign)

    cut = recut(tmp_path, ".otio", change, tmp_path / "cut.otio")
    result = conform(board, read_cut(cut, 24.0))
    assert [shot["id"] for shot in result.board["shots"]][-1] == "shot-000-2"
    assert result.board["shots"][-1]["seed"] == 0
    assert changes(result) == [("again", "shot-000-2"), ("unknown", "stock footage")]
    assert result.changes[-1].text == "at 0:12.50, 3.00 s: no shot of the storyboard"


def test_a_dissolve_needs_the_frames_that_it_overlaps_and_speed_is_told(tmp_path: Path) -> None:
    board = delivered(tmp_path)

    def change(track: Any) -> None:
        track.insert(1, otio.schema.Transition("Fade", "SMPTE_Dissolve", frames(6), frames(6)))
        track[3].effects.append(otio.schema.LinearTimeWarp(time_scalar=2.0))

    cut = recut(tmp_path, ".otio", change, tmp_path / "cut.otio")
    result = conform(board, read_cut(cut, 24.0))
    assert [shot["duration"] for shot in result.board["shots"]] == [2.25, 3.25, 1.5, 4.0]
    (told,) = [change for change in result.changes if change.is_warning]
    assert told.shot == "shot-002"
    assert told.text.startswith("plays at 200 %")


def test_films_are_known_by_name_and_by_reel() -> None:
    board = {"shots": [{"id": "Ä/1", "prompt": "a"}, {"id": "b c", "prompt": "b"}]}

    def clip(*names: str) -> CutClip:
        return CutClip(names[0], names, 0.0, 4.0, 0.0, None, 1.0)

    for names in (("b_c",), ("renamed", "B C"), ("b c",)):
        found = conform(board, Cut("", (clip(*names),), 1))
        assert [shot["id"] for shot in found.board["shots"]] == ["b c"]
    assert conform(board, Cut("", (clip("sea"),), 1)).found == 0


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("cut.mov", "", "cut.format"),
        ("cut.fcpxml", "<fcpxml/>", "cut.format"),
        ("cut.xml", "<xmeml", "cut.unreadable"),
        ("cut.otio", "{}", "cut.unreadable"),
        ("cut.edl", "TITLE: nothing\n", "cut.empty"),
    ],
)
def test_what_is_no_cut_is_refused_by_name(tmp_path: Path, name: str, text: str, code: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError) as caught:
        read_cut(tmp_path / name, 24.0)
    assert caught.value.code == code
    assert name in str(caught.value.file)
    assert caught.value.remedy


def test_the_command_keeps_the_storyboard_as_it_was(multiplane: Multiplane, tmp_path: Path) -> None:
    board = delivered(tmp_path / "out")
    path = tmp_path / "board.json"
    path.write_text(json.dumps(board))
    before = path.read_bytes()

    def change(track: Any) -> None:
        del track[2]

    cut = recut(tmp_path / "out", ".xml", change, tmp_path / "cut.xml")
    said = multiplane("storyboard", "conform", cut, path, "--dry-run")
    assert said.status == 0
    assert "nothing was written" in said.out
    assert path.read_bytes() == before

    said = multiplane("storyboard", "conform", cut, path)
    assert said.status == 0
    assert "shot-002" in said.out
    assert (tmp_path / "board.before-cut.json").read_bytes() == before
    shots = json.loads(path.read_text())["shots"]
    assert [shot["id"] for shot in shots] == ["shot-000", "shot-001", "shot-003"]
    assert multiplane("storyboard", "validate", path).status == 0

    events = multiplane("storyboard", "conform", cut, path, "--json").out.splitlines()
    assert "nothing was written" in json.loads(events[-1])["text"]
    other = tmp_path / "other.json"
    other.write_text(json.dumps({"shots": [{"id": "x", "prompt": "a fox"}]}))
    said = multiplane("storyboard", "conform", cut, other)
    assert said.status == 2
    assert "None of the cut's clips is a shot of this storyboard" in said.err
