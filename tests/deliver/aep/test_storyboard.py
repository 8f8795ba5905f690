"""A whole output folder as a project: with sound, and with shots that are not whole."""

from __future__ import annotations

import wave
from pathlib import Path

import py_aep
import pytest

from multiplane.contract.document import ErrorEntry
from multiplane.contract.layout import AFTER_EFFECTS
from multiplane.contract.manifest import Comp, SequenceShot
from multiplane.contract.manifest import Sequence as ShotSequence
from multiplane.contract.storyboard import CameraMove, Soundtrack, Storyboard
from multiplane.deliver.aep import labels
from multiplane.deliver.aep.storyboard import write_storyboard_aep
from tests.deliver.quads import put, quad_shot

COMP = Comp(width=64, height=64, fps=25, duration_frames=10)
IDS = ("whole", "no picture", "broken", "failed", "other size")


def test_sound_and_shots_that_are_not_whole(tmp_path: Path) -> None:
    out, boards = tmp_path / "out", tmp_path / "boards"
    for id_ in IDS[:3]:
        manifest = put(out / id_, quad_shot(id_, CameraMove(), COMP))
        if id_ == "no picture":
            (out / id_ / manifest.layers[2].file).unlink()
    (out / "broken" / "manifest.json").write_text("{", encoding="utf-8")
    small = COMP.model_copy(update={"width": 32, "height": 32})
    put(out / "other size", quad_shot("other size", CameraMove(), small))
    boards.mkdir()
    _tone(boards / "ä 1.wav", seconds=0.5)
    (boards / "noise.mp3").write_bytes(b"nothing")
    shots = [{"id": id_, "prompt": "a hill"} for id_ in IDS]
    shots[0]["audio"] = shots[3]["audio"] = "ä 1.wav"
    shots[1]["audio"], shots[4]["audio"] = "noise.mp3", "gone.wav"
    board = Storyboard.model_validate({"title": "Board", "shots": shots})
    failure = ErrorEntry(code="x", message="The model ran out of memory.")
    sequence = ShotSequence(
        title="Board",
        fps=25,
        size=(64, 64),
        shots=[
            SequenceShot(
                id=id_,
                manifest=None if id_ == "failed" else f"{id_}/manifest.json",
                start_frame=10 * i,
                duration_frames=10,
                status="failed" if id_ == "failed" else "made",
                error=failure if id_ == "failed" else None,
            )
            for i, id_ in enumerate(IDS)
        ],
    )
    board = board.model_copy(update={"soundtrack": Soundtrack(file="ä 1.wav", offset=-0.25)})
    write_storyboard_aep(out / AFTER_EFFECTS, out, board, sequence, audio_folder=boards)

    project = py_aep.parse(out / AFTER_EFFECTS).project
    comps = {comp.name: comp for comp in project.compositions}
    assert set(comps) == {"Board", "whole", "other size"}
    master = comps["Board"]
    layers = [(layer.name, layer.frame_start_time) for layer in master.layers]
    assert layers[:-1] == [("whole", 0), ("other size", 40), ("ä 1.wav", 0), ("ä 1.wav", 30)]
    name, start = layers[-1]
    assert name == "ä 1.wav", "the soundtrack"
    assert start == pytest.approx(-0.25 * 25, abs=0.3)
    assert [layer.has_audio for layer in master.layers] == [False, False, True, True, True]
    assert master.layers[2].out_point == pytest.approx(0.5)
    scale = master.layers[1].transform["ADBE Scale"]
    assert isinstance(scale, py_aep.Property)
    assert scale.value == [200.0, 200.0, 100.0]
    said = {m.comment.splitlines()[0]: m for m in master.markers}
    assert list(said) == list(IDS)
    for id_, words in (
        ("no picture", "02-middle post.png is missing"),
        ("no picture", "noise.mp3 could not be imported"),
        ("broken", "broken/manifest.json cannot be read"),
        ("failed", "Problem: The model ran out of memory."),
        ("other size", "gone.wav could not be imported"),
    ):
        assert words in said[id_].comment
        assert said[id_].label == labels.PROBLEM
    assert "Problem" not in said["whole"].comment
    assert said["whole"].label != labels.PROBLEM
    assert len([item for item in project.footages if item.has_audio]) == 1


def _tone(path: Path, seconds: float) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(int(2 * 8000 * seconds)))
