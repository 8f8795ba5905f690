"""Beats and phrases are found where they are, and cuts go to them."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate
from pathlib import Path

import numpy as np
import pytest

from multiplane.deliver.snap import MARGIN_S, out_of_phrases, snapped, to_beats
from multiplane.deliver.sound_times import beats, phrases
from multiplane.deliver.timeline.rates import exact_rate
from tests.deliver.sound_files import music, speech


@pytest.mark.parametrize(("bpm", "offset"), [(120, 0.0), (96, 1.3), (140, -2.0)])
def test_beats_are_found_where_the_drum_is(tmp_path: Path, bpm: float, offset: float) -> None:
    path = tmp_path / "song.wav"
    truth = [beat + offset for beat in music(path, 20.0, bpm, first_s=0.4)]
    found = beats(path, offset, 16.0)
    inside = [beat for beat in truth if 2.0 < beat < 14.0]
    apart = [float(np.abs(found - beat).min()) for beat in inside]
    assert len(inside) > 15
    assert max(apart) < 0.045  # about a frame
    # And no twice as many.
    assert len(found) < 1.3 * 16.0 * bpm / 60


def test_phrases_are_found_by_their_pauses(tmp_path: Path) -> None:
    spoken = [(1.0, 2.5), (3.1, 5.0), (7.0, 8.2)]
    speech(tmp_path / "said.wav", 10.0, spoken)
    found = phrases(tmp_path / "said.wav", 0.5, 10.0)
    assert found == pytest.approx(np.array(spoken) + 0.5, abs=0.06)


def test_silence_has_neither(tmp_path: Path) -> None:
    music(tmp_path / "song.wav", 2.0, 120)
    assert len(beats(tmp_path / "song.wav", 100.0, 5.0)) == 0
    assert len(phrases(tmp_path / "song.wav", -3.0, 5.0)) == 0


def test_cuts_go_to_the_nearest_beat_within_the_tolerance() -> None:
    nearest = to_beats(np.array([1.0, 2.0, 3.5]), Fraction(24))
    lengths, cuts = snapped([26, 26, 20, 28], Fraction(24), nearest, 0.2)
    assert [(cut.before, cut.at, cut.to) for cut in cuts] == [(1, 26, 24), (2, 52, 48), (3, 72, 72)]
    assert cuts[2].why == "nothing within 0.2 s"
    assert lengths == [24, 24, 24, 28]
    assert sum(lengths) == 100


def test_shots_keep_a_frame_and_the_film_its_length() -> None:
    nearest = to_beats(np.array([1.0]), Fraction(24))
    lengths, cuts = snapped([22, 4, 4, 30], Fraction(24), nearest, 1.0)
    assert min(lengths) >= 1
    assert sum(lengths) == 60
    assert [cut.to for cut in cuts] == sorted({cut.to for cut in cuts})
    assert [bool(cut.why) for cut in cuts] == [False, True, True]


def test_a_cut_leaves_the_phrase_and_stays_in_a_pause() -> None:
    nearest = out_of_phrases(np.array([[1.0, 2.0], [3.0, 4.0]]), Fraction(100))
    assert nearest(120) == 96
    assert nearest(190) == 204
    assert nearest(250) == 250
    nearest = out_of_phrases(np.array([[1.0, 2.0], [3.0, 4.0]]), Fraction(24))
    lengths, _ = snapped([29, 43, 48], Fraction(24), nearest, 0.5)
    ends = list(accumulate(lengths))[:-1]
    assert all(not 1.0 < end / 24 < 2.0 and not 3.0 < end / 24 < 4.0 for end in ends)


@pytest.mark.parametrize(
    ("fps", "rate"),
    [
        (23.976, Fraction(24000, 1001)),
        (24.0, Fraction(24)),
        (25.0, Fraction(25)),
        (29.97, Fraction(30000, 1001)),
        (30.0, Fraction(30)),
    ],
)
def test_the_picture_changes_in_the_very_frame_of_the_beat(fps: float, rate: Fraction) -> None:
    """Counted in exact fractions, in the first minute and the ninth hour."""
    assert exact_rate(fps) == rate
    for frame in (1, 7, 24, 999, 1438, 30 * 3600 * 9):
        for share in (Fraction(0), Fraction(1, 3), Fraction(1, 2), Fraction(99, 100)):
            beat = np.array([float((frame + share) / rate)])
            (cut,) = snapped([frame + 2, 20], rate, to_beats(beat, rate), 0.5)[1]
            assert cut.to == frame, (frame, share)


@pytest.mark.parametrize("fps", [23.976, 24.0, 25.0, 29.97, 30.0])
def test_a_cut_never_touches_what_is_said(fps: float) -> None:
    rate = exact_rate(fps)
    margin = Fraction(MARGIN_S) - Fraction(1, 10**4)
    for number in range(1, 60):
        start, end = 2.0 + number * 0.0137, 4.0 + number * 0.0211
        nearest = out_of_phrases(np.array([[start, end]]), rate)
        for cut in range(round(2.2 * rate), round(5.0 * rate)):
            to = nearest(cut)
            assert to is not None
            time = to / rate
            assert time <= Fraction(start) - margin or time >= Fraction(end) + margin
            # And no farther from it than a frame.
            if to != cut:
                gap = Fraction(start) - time if to < cut else time - Fraction(end)
                assert gap <= Fraction(MARGIN_S) + 1 / rate + Fraction(1, 10**4)
