"""Start timecodes: labels, their frames, and the track in the film that editing programs read."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import opentimelineio as otio
import pytest

from multiplane.contract.layout import film_name
from multiplane.deliver.animatic import write_animatic
from multiplane.deliver.preview import encode
from multiplane.deliver.timecode import frames_at, start_timecode, start_timecodes
from multiplane.deliver.timeline.rates import exact_rate
from tests.deliver.timelines import RATES, SIZE, storyboard

IDS = ("shot-001", "shot-010", "shot-1319", "opening", "sc02_sh0450", "森の騎士", "x99999999999")


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("shot_id", IDS)
def test_labels_are_those_of_opentimelineio(fps: float, shot_id: str) -> None:
    """OpenTimelineIO refuses labels that drop-frame leaves out."""
    rate = exact_rate(fps)
    label = start_timecode(shot_id, rate)
    frames = otio.opentime.from_timecode(label, float(rate)).value
    assert frames_at(label, rate) == frames
    assert otio.opentime.to_timecode(otio.opentime.RationalTime(frames, float(rate))) == label
    assert 1 <= int(label[:2]) <= 22


@pytest.mark.parametrize(
    ("label", "fps", "frames"),
    [
        (None, 24, 0),
        ("00:00:00:00", 24, 0),
        ("01:00:00:00", 25, 90_000),
        ("01:00:00:12", 23.976, 86_412),
        ("01:00:00;00", 29.97, 107_892),
        ("01:01:00;02", 29.97, 109_692),
        ("01:01:00:00", 29.97, 109_692),  # a label that is left out is the next one
        ("01:01:00;04", 59.94, 219_384),
        ("01:01:00;02", 24, 87_840),  # and elsewhere the minute begins with its own
        ("01:00:00:59", 24, 86_423),
        ("01:01:00:00", 12.5, 47_580),
        ("01:00:00:119", 120, 432_119),
    ],
)
def test_frames(label: str | None, fps: float, frames: int) -> None:
    assert frames_at(label, exact_rate(fps)) == frames


@pytest.mark.parametrize("label", ["", "1:00:00:00", "01:00:00.5", "01:00:00", "noon"])
def test_what_is_no_timecode(label: str) -> None:
    with pytest.raises(ValueError, match="is no timecode"):
        frames_at(label, Fraction(24))


def test_a_shot_keeps_its_timecode_and_others_have_another() -> None:
    labels = [start_timecode(f"shot-{number:03d}", Fraction(24)) for number in range(1, 1000)]
    assert labels[0] == "01:01:00:00"
    assert labels[11] == "01:12:00:00"
    assert len(set(labels)) == len(labels)
    assert start_timecode("opening", Fraction(24)) == start_timecode("opening", Fraction(25))
    assert start_timecode("opening", Fraction(24)) != start_timecode("ending", Fraction(24))


def grey(count: int, width: int = SIZE[0], height: int = SIZE[1]) -> list[np.ndarray]:
    return [np.full((height, width, 3), 40 + 3 * number, np.uint8) for number in range(count)]


@pytest.mark.parametrize("fps", [*RATES, 12.5, 48, 120])
def test_the_film_has_a_timecode_track(fps: float, tmp_path: Path) -> None:
    label = start_timecode("shot-007", exact_rate(fps))
    encode(tmp_path / "a.mp4", grey(5), fps, timecode=label)
    with av.open(str(tmp_path / "a.mp4")) as film:
        (track,) = film.streams.data
        assert track.metadata["timecode"] == label
        assert film.streams.video[0].metadata["timecode"] == label
        assert film.streams.video[0].frames == 5
        assert film.streams.video[0].average_rate == exact_rate(fps)
        assert sum(1 for _ in film.decode(video=0)) == 5
    assert (tmp_path / "a.mp4").read_bytes().count(b"tmcd") >= 1


def key_frames(path: Path) -> list[int]:
    with av.open(str(path)) as film:
        packets = [one for one in film.demux(video=0) if one.size]
    return [number for number, packet in enumerate(packets) if packet.is_keyframe]


@pytest.mark.parametrize(("fps", "apart"), [(24, 12), (29.97, 15), (60, 30), (12.5, 6), (1, 1)])
def test_a_key_frame_every_half_second(fps: float, apart: int, tmp_path: Path) -> None:
    count = 3 * apart + 2
    encode(tmp_path / "a.mp4", (frame for frame in [*grey(1)] * count), fps)
    assert key_frames(tmp_path / "a.mp4") == list(range(0, count, apart))


@pytest.mark.parametrize("names", [False, True], ids=["copied", "encoded"])
def test_the_animatic_has_key_frames_too_and_begins_at_nought(names: bool, tmp_path: Path) -> None:
    board, sequence = storyboard(tmp_path, [1.5, 1.5], 24)
    for shot in sequence.shots:
        label = start_timecode(shot.id, Fraction(24))
        film = tmp_path / "shots" / shot.id / film_name(shot.id)
        encode(film, grey(shot.duration_frames), 24, timecode=label)
    target = tmp_path / "all.mp4"
    write_animatic(
        target, tmp_path, board, sequence, burn_subtitles=False, names=names, audio_folder=tmp_path
    )
    keys = key_frames(target)
    assert max(b - a for a, b in zip(keys, [*keys[1:], 72], strict=True)) <= 12
    with av.open(str(target)) as whole:
        assert not whole.streams.data
        assert "timecode" not in whole.streams.video[0].metadata


@pytest.mark.parametrize("fps", [24.0, 29.97, 59.94, 120.0])
def test_no_two_films_of_a_storyboard_begin_alike(fps: float) -> None:
    rate = exact_rate(fps)
    ids = [f"{scene}-{number:02d}" for scene in ("1A", "1B", "2", "zz") for number in range(1, 31)]
    ids += ["shot-1", "shot-01", "shot-1321", "dog", "cat"]
    found = start_timecodes(tuple(ids), rate)
    assert set(found) == set(ids)
    assert len({frames_at(label, rate) for label in found.values()}) == len(ids)
    mixed = ids[::-1]
    assert start_timecodes(tuple(mixed), rate) == found, "whatever their order"
    alone = [id_ for id_ in ids if found[id_] == start_timecode(id_, rate)]
    assert {"1A-01", "dog", "cat"} <= set(alone)
    for label in found.values():
        again = frames_at(label, rate)
        assert again > 0


def test_more_shots_than_minutes_begin_apart() -> None:
    ids = tuple(f"s{number}" for number in range(3000))
    assert len(set(start_timecodes(ids, Fraction(24)).values())) == len(ids)
