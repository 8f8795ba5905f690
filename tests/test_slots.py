"""Where shots stand in time, and what each is made from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from multiplane.intake.read_storyboard import load_storyboard
from multiplane.produce.slots import job_of, slots_of


def _spans(durations: list[float | None], fps: float) -> list[tuple[int, int]]:
    """(start, frames) per shot; a duration of None is a bad shot."""
    shots: list[dict[str, Any]] = [
        {"prompt": "a fox", "duration": duration} if duration is not None else {"duration": 1}
        for duration in durations
    ]
    loaded = load_storyboard({"fps": fps, "shots": shots}, folder=Path())
    return [(slot.start_frame, slot.duration_frames) for slot in slots_of(loaded)]


def test_time_is_rounded_as_a_whole() -> None:
    spans = _spans([0.35] * 6, 10)
    assert spans == [(0, 4), (4, 3), (7, 3), (10, 4), (14, 4), (18, 3)]
    assert sum(frames for _, frames in spans) == 21


@pytest.mark.parametrize("fps", [1.0, 2.0])
def test_shots_shorter_than_a_frame_do_not_overlap(fps: float) -> None:
    spans = _spans([0.3 / fps] * 5 + [None] + [3.0 / fps] * 4, fps)
    # Five slivers take five frames where one and a half are due; what follows pays them back.
    assert spans[:6] == [(0, 1), (1, 1), (2, 1), (3, 1), (4, 1), (5, 0)]
    assert spans[6:] == [(5, 1), (6, 2), (8, 2), (10, 4)]
    assert sum(spans[-1]) == round(5 * 0.3 + 4 * 3)


def test_a_shot_without_its_own_seed_or_style_has_the_storyboards() -> None:
    shots = [{"prompt": "x"}, {"prompt": "y", "seed": 5, "style": "pencil"}, {"prompt": "z"}]
    document = {"seed": 2**32 - 1, "style": "oil paint", "shots": shots}
    loaded = load_storyboard(document, folder=Path())
    jobs = [job_of(slot, loaded) for slot in slots_of(loaded)]
    assert [job.seed for job in jobs] == [2**32 - 1, 5, 1]
    assert [job.style for job in jobs] == ["oil paint", "pencil", "oil paint"]


def test_a_shot_shorter_than_a_frame_is_told_with_what_is_taken() -> None:
    shots = [{"prompt": "a fox", "duration": seconds} for seconds in (0.3, 0.96, 2.0)]
    (notice,) = load_storyboard({"fps": 1, "shots": shots}, folder=Path()).warnings
    assert (notice.code, notice.shot) == ("storyboard.shot.duration.under_a_frame", 0)
    assert "0.3 s is shorter than one frame at 1 frames per second; one frame is" in str(notice)
