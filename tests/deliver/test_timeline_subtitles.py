"""Subtitles, read back by FFmpeg's readers."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from multiplane.contract.layout import SRT, VTT
from multiplane.deliver.subtitles import (
    LINE_WIDTH,
    Cue,
    columns,
    cues_of,
    srt_text,
    vtt_text,
    wrapped,
    write_subtitles,
)
from multiplane.deliver.timeline.places import places_of
from multiplane.deliver.timeline.rates import exact_rate
from tests.deliver.timelines import RATES, storyboard

_TIMES = re.compile(r"(\d\d):(\d\d):(\d\d)[.,](\d{3}) --> (\d\d):(\d\d):(\d\d)[.,](\d{3})$", re.M)


def _times(text: str) -> list[tuple[Fraction, Fraction]]:
    """Beginning and end of each cue, s."""
    found = []
    for groups in _TIMES.findall(text):
        h, m, s, ms, h2, m2, s2, ms2 = (int(group) for group in groups)
        first = Fraction(((h * 60 + m) * 60 + s) * 1000 + ms, 1000)
        found.append((first, Fraction(((h2 * 60 + m2) * 60 + s2) * 1000 + ms2, 1000)))
    return found


def _read(path: Path) -> list[str]:
    """The texts of all cues as FFmpeg reads them."""
    with av.open(str(path)) as file:
        packets = [bytes(packet) for packet in file.demux(file.streams.subtitles[0])]
    return [one.decode("utf-8") for one in packets if one]


@pytest.mark.parametrize("fps", RATES)
def test_a_cue_is_shown_on_exactly_the_frames_of_its_shot(fps: float, tmp_path: Path) -> None:
    shots = {index: {"dialogue": f"Line {index}."} for index in range(0, 60, 3)}
    board, sequence = storyboard(tmp_path, [0.7 + 0.013 * i for i in range(60)], fps, shots=shots)
    write_subtitles(tmp_path, board, sequence)
    rate = exact_rate(fps)
    for name in (SRT, VTT):
        times = _times((tmp_path / name).read_text(encoding="utf-8"))
        assert len(times) == 20
        for (start, end), index in zip(times, shots, strict=True):
            shot = sequence.shots[index]
            last = shot.start_frame + shot.duration_frames
            shown = [f for f in range(shot.start_frame - 2, last + 2) if start <= f / rate < end]
            assert shown == list(range(shot.start_frame, last))


def test_texts_of_every_kind_come_back(tmp_path: Path) -> None:
    texts = [
        "A --> B",
        "<i>not a tag</i> & so on",
        "森の騎士が来た。",
        "First\n\nSecond",
        "{\\an8}x",
        "🎬",
    ]
    shots = {index: {"dialogue": text} for index, text in enumerate(texts)}
    shots[len(texts)] = {"dialogue": "  \n "}
    board, sequence = storyboard(tmp_path, [2.0] * (len(texts) + 1), 24, shots=shots)
    write_subtitles(tmp_path, board, sequence)
    expected = [text.replace("\n\n", "\n") for text in texts]
    srt = [text.replace("→", "-->") for text in _read(tmp_path / SRT)]
    assert srt == expected
    escaped = _read(tmp_path / VTT)
    assert escaped[0] == "A --&gt; B"
    unescaped = [t.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") for t in escaped]
    assert unescaped == expected


def test_without_dialogue_there_are_no_subtitles(tmp_path: Path) -> None:
    (tmp_path / SRT).write_text("of an earlier run")
    board, sequence = storyboard(tmp_path, [1.0], 24)
    write_subtitles(tmp_path, board, sequence)
    assert not (tmp_path / SRT).exists()
    assert not (tmp_path / VTT).exists()


def test_a_failed_shot_keeps_its_dialogue_and_one_without_time_has_none(tmp_path: Path) -> None:
    board, sequence = storyboard(
        tmp_path, [1.0] * 3, 24, failed=(0,), wrong=(1,), shots={0: {"dialogue": "Halt!"}}
    )
    assert cues_of(places_of(board, sequence), Fraction(24)) == [Cue(0, 24, "Halt!")]


def test_a_long_speech_becomes_several_cues_without_a_hole(tmp_path: Path) -> None:
    speech = "To be, or not to be, that is the question. " * 6
    board, sequence = storyboard(tmp_path, [1.0, 12.0], 24, shots={1: {"dialogue": speech}})
    cues = cues_of(places_of(board, sequence), Fraction(24))
    assert len(cues) > 2
    assert (cues[0].start, cues[-1].end) == (24, 24 * 13)
    for before, after in pairwise(cues):
        assert before.end == after.start
    assert " ".join(" ".join(cue.text.split()) for cue in cues) == speech.strip()
    assert all(len(cue.text.splitlines()) <= 2 for cue in cues)


def test_a_shot_too_short_for_its_words_shows_them_at_once(tmp_path: Path) -> None:
    board, sequence = storyboard(tmp_path, [0.5], 24, shots={0: {"dialogue": "word " * 60}})
    (cue,) = cues_of(places_of(board, sequence), Fraction(24))
    assert len(cue.text.splitlines()) > 2


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("one two three", ["one two", "three"]),
        ("one\ntwo", ["one", "two"]),
        ("森の騎士が来た。", ["森の騎士が", "来た。"]),
        ("森の騎士だ。", ["森の騎士", "だ。"]),
        ("abcdefghijklm", ["abcdefghij", "klm"]),
        ("a 森 b", ["a 森 b"]),
        ("", []),
    ],
)
def test_lines(text: str, lines: list[str]) -> None:
    assert wrapped(text, 10) == lines


@given(st.text(alphabet="ab .,!森の。「」é😀\n", max_size=200))
def test_lines_are_never_too_wide_and_lose_nothing(text: str) -> None:
    lines = wrapped(text)
    assert all(0 < columns(line) <= LINE_WIDTH for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_no_cues_are_still_documents() -> None:
    assert vtt_text([], Fraction(24)) == "WEBVTT\n"
    assert srt_text([], Fraction(24)) == ""
