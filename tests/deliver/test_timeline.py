"""Timelines, read back by the readers of each format and compared frame by frame."""

from __future__ import annotations

import json
import random
import re
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import opentimelineio as otio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from multiplane.contract.events import Event
from multiplane.contract.layout import EDL, FCP7, OTIO, film_name
from multiplane.contract.manifest import Sequence, SequenceShot
from multiplane.contract.storyboard import Soundtrack, Storyboard
from multiplane.deliver.timecode import start_timecode
from multiplane.deliver.timeline import edl
from multiplane.deliver.timeline.edl import reel_names
from multiplane.deliver.timeline.rates import exact_rate, timecode_rate
from multiplane.deliver.timeline.write import write_timelines
from tests.deliver.timelines import RATES, click, storyboard

Cut = tuple[str, int, int]


def _read(path: Path, **arguments: Any) -> Any:
    return otio.adapters.read_from_file(str(path), **arguments)


def _cuts(track: Any, rate: float) -> list[Cut]:
    """(name, start, frames) of every clip; proven to be whole frames at ``rate``."""
    cuts = []
    for index, item in enumerate(track):
        if not isinstance(item, otio.schema.Clip):
            continue
        place = track.range_of_child_at_index(index)
        for time in (place.start_time, place.duration, item.source_range.start_time):
            assert time.rate == pytest.approx(rate, abs=1e-9)
            assert time.value == round(time.value)
        film = track.kind == otio.schema.TrackKind.Video
        assert item.source_range.start_time.value == (_first(item.name, rate) if film else 0)
        assert item.source_range.duration == place.duration
        cuts.append((item.name, int(place.start_time.value), int(place.duration.value)))
    return cuts


def _first(shot_id: str, rate: float) -> float:
    """What OpenTimelineIO counts as the first frame of a shot's film, by its timecode."""
    label = start_timecode(shot_id, exact_rate(rate))
    if rate == 12.5:
        return 13 * int(otio.opentime.from_timecode(label, 25).value) / 25
    return float(otio.opentime.from_timecode(label, rate).value)


def _expected(sequence: Sequence) -> list[Cut]:
    return [(shot.id, shot.start_frame, shot.duration_frames) for shot in sequence.shots]


@pytest.mark.parametrize("fps", RATES)
def test_all_three_hold_every_frame_of_200_odd_shots(fps: float, tmp_path: Path) -> None:
    chance = random.Random(round(fps * 1000))
    durations = [round(chance.uniform(0.1, 9.0), 3) for _ in range(200)]
    board, sequence = storyboard(tmp_path, durations, fps)
    write_timelines(tmp_path, board, sequence, audio_folder=tmp_path)
    rate = float(exact_rate(fps))
    expected = _expected(sequence)
    assert expected[-1][1] + expected[-1][2] == round(sum(durations) * fps)

    for timeline in (
        _read(tmp_path / OTIO),
        _read(tmp_path / FCP7),
        _read(tmp_path / EDL, rate=rate),
    ):
        (track,) = timeline.video_tracks()
        assert _cuts(track, rate) == expected
        assert not list(track.find_children(descended_from_type=otio.schema.Gap))
        assert not timeline.audio_tracks()
        assert timeline.name == "Film"


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    fps=st.sampled_from(RATES),
    durations=st.lists(st.floats(0.1, 20), min_size=1, max_size=12),
    failed=st.sets(st.integers(0, 11), max_size=4),
)
def test_holes_never_move_what_comes_after(
    fps: float, durations: list[float], failed: set[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    out = tmp_path_factory.mktemp("out")
    board, sequence = storyboard(out, durations, fps, failed=tuple(failed))
    write_timelines(out, board, sequence, audio_folder=out)
    expected = [cut for i, cut in enumerate(_expected(sequence)) if i not in failed]
    rate = float(exact_rate(fps))
    assert _cuts(_read(out / OTIO).video_tracks()[0], rate) == expected
    assert _cuts(_read(out / FCP7).video_tracks()[0], rate) == expected
    tracks = _read(out / EDL, rate=rate).video_tracks() if expected else []
    # The reader begins its track at the first event, wherever that is.
    shift = expected[0][1] if expected else 0
    found = [cut for track in tracks for cut in _cuts(track, rate)]
    assert found == [(name, start - shift, frames) for name, start, frames in expected]


def test_the_otio_file_is_what_otio_would_write_itself(tmp_path: Path) -> None:
    board, sequence = storyboard(tmp_path, [1.3, 2.7], 25, shots={0: {"dialogue": "Halt!"}})
    write_timelines(tmp_path, board, sequence, audio_folder=tmp_path)
    text = (tmp_path / OTIO).read_text(encoding="utf-8")
    timeline = otio.adapters.read_from_string(text, adapter_name="otio_json")
    assert timeline.to_json_string(indent=2) + "\n" == text
    assert timeline.is_equivalent_to(timeline.deepcopy())
    known = {**otio.core.type_version_map(), "RationalTime": 1, "TimeRange": 1}

    def schemas(value: Any) -> None:
        if isinstance(value, dict):
            if label := value.get("OTIO_SCHEMA"):
                name, version = label.split(".")
                assert known[name] == int(version), label
            for one in value.values():
                schemas(one)
        elif isinstance(value, list):
            for one in value:
                schemas(one)

    schemas(json.loads(text))


def test_otios_own_tool_finds_media_tracks_and_ranges_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from opentimelineio.console import otiotool

    click(tmp_path / "a.wav", 0.7, channels=2)
    board, sequence = storyboard(
        tmp_path, [1.3, 0.77], 59.94, shots={1: {"audio": "a.wav", "notes": "Rain"}}
    )
    for shot in sequence.shots:
        (tmp_path / "shots" / shot.id / film_name(shot.id)).touch()
    write_timelines(tmp_path, board, sequence, audio_folder=tmp_path)
    monkeypatch.chdir(tmp_path)
    for file in (OTIO, FCP7):
        asked = ["--list-tracks", "--verify-media", "--verify-ranges", "--list-markers"]
        monkeypatch.setattr("sys.argv", ["otiotool", "--input", file, *asked])
        otiotool.main()
        said = capsys.readouterr().out
        assert said.count("IN BOUNDS") == said.count("EXISTS") == 3
        assert "OUT OF BOUNDS" not in said
        assert "NOT FOUND" not in said
        assert [line for line in said.splitlines() if line.startswith("TRACK")] == [
            "TRACK: V1 (Video)" if file == OTIO else "TRACK:  (Video)",
            "TRACK: A1 (Audio)" if file == OTIO else "TRACK:  (Audio)",
        ]
        assert said.count("name: Note: Rain") == 1


@pytest.mark.parametrize(
    "name",
    [
        "plain",
        "with space",
        "100% #1",
        "Möwe & Büsche",
        "森の騎士",
        "🎬 take",
        "a+b;c=d,e@f",
        "'q' (1)",
    ],
)
def test_paths_of_every_kind(name: str, tmp_path: Path) -> None:
    """Each reference, decoded from the timeline's folder, is the file; the URL itself is ASCII."""
    out = tmp_path / name / "out"
    click(tmp_path / name / f"{name}.wav", 0.5, channels=2)
    board, sequence = storyboard(
        out, [1.0, 1.0], 24, shots={0: {"id": f"{name} 1"}, 1: {"audio": f"{name}.wav"}}
    )
    write_timelines(out, board, sequence, audio_folder=tmp_path / name)
    for file in (OTIO, FCP7):
        timeline = _read(out / file)
        urls = [clip.media_reference.target_url for clip in timeline.find_clips()]
        assert len(urls) == 3
        for url in urls:
            assert url.isascii()
            assert " " not in url
            assert "://" not in url
        films = [out / "shots" / one / film_name(one) for one in (f"{name} 1", "shot-001")]
        files = [(out / unquote(url)).resolve() for url in urls]
        assert files == [*films, (tmp_path / name / f"{name}.wav").resolve()]
    (clip, _) = _read(out / EDL).video_tracks()[0].find_clips()
    assert (out / unquote(clip.media_reference.target_url)).resolve() == films[0]
    assert clip.name == f"{name} 1"


def test_what_is_known_of_a_shot_stands_in_its_metadata(tmp_path: Path) -> None:
    board, sequence = storyboard(tmp_path, [1.0], 24)
    write_timelines(tmp_path, board, sequence, audio_folder=tmp_path / "boards 1")
    timeline = _read(tmp_path / OTIO)
    assert timeline.metadata["multiplane"]["storyboard_folder"] == "boards%201"
    (clip,) = timeline.find_clips()
    facts = clip.metadata["multiplane"]
    assert facts["prompt"] == 'a **knight** <in> a "forest" & rain'
    assert (facts["model"], facts["seed"]) == ("storyboard-mini", 7)
    assert facts["manifest"] == "shots/shot-000/manifest.json"
    back, front = facts["layers"]
    assert back["url"] == "shots/shot-000/layers/00-b%C3%A4ck%20ground.png"
    assert (back["z"], front["z"]) == (900.0, 0.0)
    assert unquote(front["url"]).endswith("01-騎士 #1 50%.png")


def test_what_is_said_done_and_noted_are_markers(tmp_path: Path) -> None:
    texts = {
        "dialogue": 'Who <goes> "there" & --> why?\nNobody.',
        "action": "He\tturns.\x07",
        "notes": "雨",
    }
    board, sequence = storyboard(tmp_path, [1.0, 1.0], 30, shots={1: texts})
    write_timelines(tmp_path, board, sequence, audio_folder=tmp_path)
    _, clip = _read(tmp_path / OTIO).find_clips()
    # Markers of a clip lie in the time of its film, as its own range does.
    first = clip.source_range.start_time.value
    found = [
        (marker.name, marker.comment, marker.color, marker.marked_range.start_time.value)
        for marker in clip.markers
    ]
    assert found == [
        (
            'Dialogue: Who <goes> "there" & --> why? Nobody.',
            'Who <goes> "there" & --> why?\nNobody.',
            "GREEN",
            first,
        ),
        ("Action: He turns.", "He turns.", "YELLOW", first + 1),
        ("Note: 雨", "雨", "BLUE", first + 2),
    ]
    assert clip.markers[0].marked_range.duration.value == 30

    markers = _read(tmp_path / FCP7).tracks.markers
    assert [marker.name for marker in markers] == [name for name, *_ in found]
    assert [marker.metadata["fcp_xml"]["comment"] for marker in markers] == [
        one[1] for one in found
    ]
    assert [marker.marked_range.start_time.value for marker in markers] == [30, 31, 32]

    _, clip = _read(tmp_path / EDL, rate=30).video_tracks()[0].find_clips()
    assert list(clip.metadata["cmx_3600"]["comments"]) == [
        'DIALOGUE: Who <goes> "there" & --> why?',
        "DIALOGUE: Nobody.",
        "ACTION: He turns.",
        "NOTE: 雨",
    ]


def test_a_shot_that_is_missing_says_why(tmp_path: Path) -> None:
    """Shot 1 failed and keeps its time; shot 2's entry is wrong and has none."""
    board, sequence = storyboard(
        tmp_path, [1.0] * 4, 24, failed=(1,), wrong=(2,), shots={1: {"dialogue": "Halt!"}}
    )
    write_timelines(tmp_path, board, sequence, audio_folder=tmp_path)
    timeline = _read(tmp_path / OTIO)
    (gap,) = timeline.find_children(descended_from_type=otio.schema.Gap)
    assert (gap.name, gap.duration().value) == ("shot-001", 24)
    assert [one.comment for one in gap.markers] == ["Halt!", "shot-001: It broke, 1."]
    assert gap.markers[1].color == "RED"
    (marker,) = timeline.tracks.markers
    assert marker.comment == "shot-002: It broke, 2."
    assert marker.marked_range.start_time.value == 48

    markers = _read(tmp_path / FCP7).tracks.markers
    places = [(one.name, one.marked_range.start_time.value) for one in markers]
    assert places == [
        ("Dialogue: Halt!", 24),
        ("Problem: shot-001: It broke, 1.", 25),
        ("Problem: shot-002: It broke, 2.", 48),
    ]
    first, last = _read(tmp_path / EDL).video_tracks()[0].find_clips()
    assert (first.name, last.name) == ("shot-000", "shot-003")
    assert list(first.metadata["cmx_3600"]["comments"]) == [
        "PROBLEM: shot-002: It broke, 2.",
        "DIALOGUE OF shot-001: Halt!",
        "PROBLEM: shot-001: It broke, 1.",
    ]


def test_a_manifest_that_cannot_be_read_is_a_hole(tmp_path: Path) -> None:
    board, sequence = storyboard(tmp_path, [1.0, 1.0], 24)
    (tmp_path / "shots/shot-000/manifest.json").write_text("{", encoding="utf-8")
    write_timelines(tmp_path, board, sequence, audio_folder=tmp_path)
    (gap,) = _read(tmp_path / OTIO).find_children(descended_from_type=otio.schema.Gap)
    assert gap.markers[0].comment == "shot-000: shots/shot-000/manifest.json cannot be read."


def test_a_film_that_is_older_and_shorter_than_its_place(tmp_path: Path) -> None:
    board, sequence = storyboard(tmp_path, [1.0, 1.0], 24)
    longer = sequence.shots[0].model_copy(update={"duration_frames": 30})
    later = sequence.shots[1].model_copy(update={"start_frame": 30})
    sequence = sequence.model_copy(update={"shots": [longer, later]})
    write_timelines(tmp_path, board, sequence, audio_folder=tmp_path)
    for file in (OTIO, FCP7, EDL):
        (track,) = _read(tmp_path / file).video_tracks()
        assert _cuts(track, 24) == [("shot-000", 0, 24), ("shot-001", 30, 24)]


def test_audio_begins_with_its_shot_and_may_outlast_it(tmp_path: Path) -> None:
    for name, seconds, channels in (("long", 2.5, 2), ("short", 0.51, 2), ("mono", 0.4, 1)):
        click(tmp_path / f"{name}.wav", seconds, channels=channels)
    board, sequence = storyboard(
        tmp_path,
        [1.1] * 5,
        29.97,
        shots={
            0: {"audio": "long.wav"},
            1: {"audio": "long.wav"},
            2: {"audio": "mono.wav"},
            3: {"audio": "short.wav"},
            4: {"audio": "gone.wav"},
        },
    )
    write_timelines(tmp_path, board, sequence, audio_folder=tmp_path)
    starts = [shot.start_frame for shot in sequence.shots]
    rate = float(exact_rate(29.97))
    frames = {
        name: int(Fraction(s) * exact_rate(29.97))
        for name, s in (("l", 2.5), ("s", 0.51), ("m", 0.4))
    }
    expected = [
        [("shot-000", starts[0], frames["l"]), ("shot-003", starts[3], frames["s"])],
        [("shot-001", starts[1], frames["l"])],
        [("shot-002", starts[2], frames["m"])],
    ]
    for file in (OTIO, FCP7):
        timeline = _read(tmp_path / file)
        assert [_cuts(track, rate) for track in timeline.audio_tracks()] == expected, file
    last = _read(tmp_path / OTIO).video_tracks()[0][-1]
    assert last.markers[0].comment == (
        "shot-004: There is no audio file gone.wav; the shot is silent."
    )


@pytest.mark.parametrize(
    ("offset", "start", "into", "frames"), [(0.0, 0, 0, 48), (0.5, 12, 0, 36), (-1.0, 0, 24, 48)]
)
def test_the_soundtrack_has_a_track_of_its_own_and_ends_with_the_film(
    tmp_path: Path, offset: float, start: int, into: int, frames: int
) -> None:
    click(tmp_path / "a.wav", 0.5)
    click(tmp_path / "song.wav", 9.0, channels=2)
    board, sequence = storyboard(tmp_path, [1.0, 1.0], 24, shots={0: {"audio": "a.wav"}})
    track = Soundtrack(file="song.wav", offset=offset)
    board = board.model_copy(update={"soundtrack": track})
    write_timelines(tmp_path, board, sequence, audio_folder=tmp_path)
    for file in (OTIO, FCP7):
        tracks = _read(tmp_path / file).audio_tracks()
        (clip,) = tracks[1].find_clips()
        place = tracks[1].range_of_child(clip)
        found = (place.start_time.value, clip.source_range.start_time.value, place.duration.value)
        assert (clip.name, *found) == ("song.wav", start, into, frames), file
        assert clip.media_reference.target_url.endswith("song.wav")


def test_a_soundtrack_of_no_use_is_a_red_marker(tmp_path: Path) -> None:
    board, sequence = storyboard(tmp_path, [1.0], 24)
    board = board.model_copy(update={"soundtrack": Soundtrack(file="gone.wav")})
    write_timelines(tmp_path, board, sequence, audio_folder=tmp_path)
    timeline = _read(tmp_path / OTIO)
    (marker,) = timeline.tracks.markers
    assert marker.color == "RED"
    assert "gone.wav; the film is without a soundtrack" in marker.comment


def test_a_stereo_file_is_a_pair_of_linked_tracks_for_premiere(tmp_path: Path) -> None:
    from xml.etree import ElementTree

    click(tmp_path / "two.wav", 0.5, channels=2, rate=48_000)
    board, sequence = storyboard(tmp_path, [1.0], 23.976, shots={0: {"audio": "two.wav"}})
    write_timelines(tmp_path, board, sequence, audio_folder=tmp_path)
    root = ElementTree.parse(tmp_path / FCP7).getroot()
    tracks = root.findall(".//sequence/media/audio/track")
    assert [track.get("currentExplodedTrackIndex") for track in tracks] == ["0", "1"]
    clips = root.findall(".//clipitem")
    ids = [clip.get("id") for clip in clips]
    assert len(set(ids)) == 3
    for clip in clips:
        assert [one.text for one in clip.findall("link/linkclipref")] == ids
        assert len(clip.findall("rate")) == 1
    assert [one.findtext("sourcetrack/trackindex") for one in clips] == [None, "1", "2"]
    film, sound = root.findall(".//file/media")
    assert film.find("audio") is None
    assert sound.find("video") is None
    assert sound.findtext("audio/samplecharacteristics/samplerate") == "48000"
    assert sound.findtext("audio/channelcount") == "2"
    of_films = root.findall(".//video/format/*") + root.findall(".//file//video/*")
    for samples in of_films:
        assert samples.findtext("rate/timebase") == "24"
        assert samples.findtext("rate/ntsc") == "TRUE"
    shown = [one.findtext("height") for one in of_films]
    assert shown == ["71", "72"]  # the comp's, and the film's, whose sides are even


@pytest.mark.parametrize(("fps", "drops"), [(fps, fps in (29.97, 59.94)) for fps in RATES])
def test_drop_frame_timecode_where_the_field_uses_it(
    fps: float, drops: bool, tmp_path: Path
) -> None:
    board, sequence = storyboard(tmp_path, [61.0, 1.0], fps)
    write_timelines(tmp_path, board, sequence, audio_folder=tmp_path)
    text = (tmp_path / EDL).read_text(encoding="utf-8")
    assert ("FCM: DROP FRAME" in text, ";" in text) == (drops, drops)
    assert ("FCM: NON-DROP FRAME" in text) != drops
    xml = (tmp_path / FCP7).read_text(encoding="utf-8")
    assert xml.count("<displayformat>DF<") == (3 if drops else 0)


def test_an_edl_of_more_than_999_events_is_several_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert edl.MAX_EVENTS == 999
    monkeypatch.setattr(edl, "MAX_EVENTS", 9)
    board, sequence = storyboard(tmp_path, [0.5] * 20, 24)
    said: list[Event] = []
    stale = tmp_path / "timeline-4.edl"
    stale.write_text("TITLE: Film (part 4 of 4)\nFCM: NON-DROP FRAME\n\n", encoding="utf-8")
    own = tmp_path / "timeline-5.edl"
    own.write_text("TITLE: My own list\n", encoding="utf-8")
    write_timelines(tmp_path, board, sequence, audio_folder=tmp_path, on_event=said.append)
    files = [tmp_path / name for name in (EDL, "timeline-2.edl", "timeline-3.edl")]
    cuts: list[Cut] = []
    for number, file in enumerate(files, start=1):
        text = file.read_text(encoding="utf-8")
        assert text.startswith(f"TITLE: Film (part {number} of 3)\nFCM: NON-DROP FRAME\n\n001 ")
        events = re.findall(r"^(\d+) .*? (\S+) (\S+) *$", text, re.MULTILINE)
        assert [int(one) for one, _, _ in events] == list(range(1, len(events) + 1))
        names = [clip.name for clip in _read(file).find_clips()]
        for name, (_, *ends) in zip(names, events, strict=True):
            start, end = (int(otio.opentime.from_timecode(one, rate=24).value) for one in ends)
            cuts.append((name, start, end - start))
    assert cuts == _expected(sequence)
    assert (stale.exists(), own.exists()) == (False, True)
    assert ["timeline-3.edl" in str(one) for one in said] == [True]

    monkeypatch.setattr(edl, "MAX_EVENTS", 20)
    write_timelines(tmp_path, board, sequence, audio_folder=tmp_path, on_event=said.append)
    assert len(said) == 1
    assert not files[1].exists()
    assert "(part" not in files[0].read_text(encoding="utf-8")


def test_other_rates_keep_their_time(tmp_path: Path) -> None:
    board, sequence = storyboard(tmp_path, [1.2, 2.4, 0.8], 12.5)
    write_timelines(tmp_path, board, sequence, audio_folder=tmp_path)
    expected = _expected(sequence)
    assert _cuts(_read(tmp_path / OTIO).video_tracks()[0], 12.5) == expected
    doubled = [(name, 2 * start, 2 * frames) for name, start, frames in expected]
    assert _cuts(_read(tmp_path / FCP7).video_tracks()[0], 25) == doubled
    assert _cuts(_read(tmp_path / EDL, rate=25).video_tracks()[0], 25) == doubled


@pytest.mark.parametrize(
    ("fps", "written"),
    [(12, 24), (15, 30), (12.5, 25), (1, 24), (7, 24), (120, 60), (100, 60), (119.88, 60)],
)
def test_rates_that_timecode_does_not_know(tmp_path: Path, fps: float, written: int) -> None:
    assert timecode_rate(exact_rate(fps)) == written
    board = Storyboard.model_validate({"fps": fps, "shots": [{"id": "a", "prompt": "fog"}]})
    shots = [SequenceShot(id="a", start_frame=0, duration_frames=96, status="missing")]
    sequence = Sequence(title="T", fps=fps, size=(640, 360), shots=shots)
    write_timelines(tmp_path, board, sequence, audio_folder=tmp_path)
    timebase = ElementTree.parse(tmp_path / FCP7).findtext(".//timebase")
    assert timebase == str(written)


def test_reels_are_the_films_names_without_gaps_and_never_the_same() -> None:
    names = ["forest-chase-001", "forest-chase-002", "Möwe 1", "森", "AX", "bl", "A", "a", "a_2"]
    assert reel_names(names) == [
        *("forest-chase-001", "forest-chase-002", "Möwe_1", "森"),
        *("AX_2", "bl_2", "A", "a_2", "a_2_2"),
    ]


@pytest.mark.parametrize("fps", RATES)
def test_reels_and_source_times_are_those_of_the_films(fps: float, tmp_path: Path) -> None:
    """Editing programs find a film again by the name of its file and its timecode."""
    shots = {0: {"id": "森の騎士 1"}, 1: {"id": "sc02_sh0100"}, 2: {"id": "opening"}}
    board, sequence = storyboard(tmp_path, [1.0, 2.0, 1.5], fps, shots=shots)
    write_timelines(tmp_path, board, sequence, audio_folder=tmp_path)
    rate = float(exact_rate(fps))
    labels = [start_timecode(shot.id, exact_rate(fps)) for shot in sequence.shots]
    stems = [shot.id for shot in sequence.shots]
    assert len(set(labels)) == 3
    assert labels[1].startswith("02:40:00")

    clips = list(_read(tmp_path / OTIO).find_clips())
    assert [one.metadata["cmx_3600"]["reel"] for one in clips] == stems
    assert [Path(unquote(one.media_reference.target_url)).stem for one in clips] == stems
    for clip, label in zip(clips, labels, strict=True):
        for whole in (clip.source_range, clip.media_reference.available_range):
            assert otio.opentime.to_timecode(whole.start_time, rate) == label

    root = ElementTree.parse(tmp_path / FCP7).getroot()
    files = root.findall(".//video/track/clipitem/file")
    assert [file.findtext("timecode/reel/name") for file in files] == stems
    assert [file.findtext("timecode/string") for file in files] == labels
    assert [file.findtext("timecode/frame") for file in files] == [
        str(round(otio.opentime.from_timecode(label, rate).value)) for label in labels
    ]
    assert {tuple(part.tag for part in file.find("timecode") or ()) for file in files} == {
        ("rate", "string", "frame", "displayformat", "source", "reel")
    }
    # In and out count from the film's first frame.
    assert [one.findtext("in") for one in root.findall(".//video/track/clipitem")] == ["0"] * 3

    text = (tmp_path / EDL).read_text(encoding="utf-8")
    events = [line.split() for line in text.splitlines() if line[:3].isdigit()]
    assert [(event[1], event[4]) for event in events] == [
        (stem.replace(" ", "_"), label) for stem, label in zip(stems, labels, strict=True)
    ]
    clips = list(_read(tmp_path / EDL, rate=rate).video_tracks()[0].find_clips())
    assert [one.metadata["cmx_3600"]["reel"] for one in clips] == [event[1] for event in events]


def test_a_film_of_an_older_version_counts_from_nought(tmp_path: Path) -> None:
    board, sequence = storyboard(tmp_path, [1.0], 24)
    path = tmp_path / str(sequence.shots[0].manifest)
    document = json.loads(path.read_text(encoding="utf-8"))
    document["files"]["preview"] = "preview.mp4"
    del document["start_timecode"]
    path.write_text(json.dumps(document), encoding="utf-8")
    write_timelines(tmp_path, board, sequence, audio_folder=tmp_path)
    (clip,) = _read(tmp_path / OTIO).find_clips()
    assert clip.source_range.start_time.value == 0
    assert clip.media_reference.target_url == "shots/shot-000/preview.mp4"
    assert clip.metadata["cmx_3600"]["reel"] == "shot-000"
    (clip,) = _read(tmp_path / FCP7).find_clips()
    assert clip.source_range.start_time.value == 0
    assert " shot-000 V     C        00:00:00:00 00:00:01:00" in (tmp_path / EDL).read_text("utf-8")


def test_no_shot_was_made(tmp_path: Path) -> None:
    board, sequence = storyboard(tmp_path, [1.0, 1.0], 24, failed=(0, 1))
    write_timelines(tmp_path, board, sequence, audio_folder=tmp_path)
    assert len(_read(tmp_path / OTIO).video_tracks()[0]) == 2
    assert (tmp_path / EDL).read_text(encoding="utf-8").startswith("TITLE: Film\n")
    assert len(_read(tmp_path / FCP7).tracks.markers) == 2
