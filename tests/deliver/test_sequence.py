"""The deliverables of a whole storyboard: each by itself, and only as often as needed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from multiplane.contract.errors import Failure
from multiplane.contract.events import Event, Log
from multiplane.contract.manifest import Sequence, SequenceShot
from multiplane.contract.storyboard import Storyboard
from multiplane.deliver import sequence as module
from multiplane.deliver.sequence import WholeStoryboard, deliver_sequence

BOARD = Storyboard.model_validate({"title": "T", "shots": [{"id": "a", "prompt": "fog"}]})
SHOTS = [SequenceShot(id="a", start_frame=0, duration_frames=96, status="missing")]
SEQUENCE = Sequence(title="T", fps=24, size=(1920, 1080), shots=SHOTS)


def _deliver(out: Path, *, only_stale: bool = False) -> list[str]:
    told: list[Event] = []
    deliver_sequence(
        out, BOARD, SEQUENCE, audio_folder=out, on_event=told.append, only_stale=only_stale
    )
    return [one.text for one in told if isinstance(one, Log) and one.level == "warning"]


def test_a_deliverable_that_fails_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(whole: WholeStoryboard) -> None:
        raise Failure(code="deliver.disk_full", message="The disk is full.")

    def faulty(whole: WholeStoryboard) -> None:
        raise ZeroDivisionError("division by zero")

    rows = (("a.edl", full), ("b.otio", faulty), *module.DELIVERABLES)
    monkeypatch.setattr(module, "DELIVERABLES", rows)
    first, second = _deliver(tmp_path)
    assert "a.edl" in first
    assert "The disk is full." in first
    assert "b.otio" in second
    assert "ZeroDivisionError" in second
    written = {path.name for path in tmp_path.iterdir()}
    assert {"sequence.json", *(name for name, _ in rows[2:])} - written == {
        "subtitles.srt"  # nobody speaks
    }


def test_only_what_is_older_than_the_storyboard_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "storyboard.json").write_text(BOARD.to_json())
    sheet = tmp_path / "contact.png"
    _deliver(tmp_path, only_stale=True)
    sheet.write_bytes(b"kept")
    _deliver(tmp_path, only_stale=True)
    assert sheet.read_bytes() == b"kept"
    os.utime(sheet, (1, 1))
    _deliver(tmp_path, only_stale=True)
    assert sheet.read_bytes() != b"kept"
    sheet.write_bytes(b"replaced")
    _deliver(tmp_path)
    assert sheet.read_bytes() != b"replaced"
