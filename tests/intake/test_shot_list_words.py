"""Shot lists as crews keep them: how long, where a scene begins, what is no shot."""

from __future__ import annotations

from pathlib import Path

import pytest

from multiplane.intake.durations import has_frames_last, spoken_duration
from multiplane.intake.read_storyboard import LoadedStoryboard, read_storyboard
from multiplane.stage import presets  # noqa: F401  registers them
from multiplane.stage.registry import preset_names

SECONDS = {
    "2": 2, "2,5": 2.5, "3,0 s": 3, "4s 12f": 4.5, "4 s + 12 f": 4.5, "4+12": 4.5, "3+00": 3,
    "00:00:04:12": 4.5, "00:00:04;12": 4.5, "00;00;04;12": 4.5, "0:04": 4, "0:02.5": 2.5,
    "00:00:04,5": 4.5, "~3s": 3, "ca. 3 s": 3, "about 3 sec": 3, '3"': 3, "3″": 3, "1'30\"": 90,
    "1/2s": 0.5, "½ s": 0.5, "1½": 1.5, "3.5e0": 3.5, "4 Sek.": 4, "48 Bilder": 2, "72f": 3,
    "1899-12-30 00:00:04": 4, "1900-01-00 00:00:04": 4, "12:00:04 AM": 4, "00:00:12": 12,
}  # fmt: skip
SAID = {
    "5-6s": (5.5, "range"), "3 s – 4 s": (3.5, "range"), "5 to 6 sec": (5.5, "range"),
    "3s / 5s": (3, "first"), "TBD": (None, "no duration"), "-": (None, "no duration"),
    "n/a": (None, "no duration"), "4.62963E-05": (4, "part of a day"),
    "0.0000462963": (4, "part of a day"),
}  # fmt: skip


@pytest.mark.parametrize("text", SECONDS)
def test_durations_that_say_it_all(text: str) -> None:
    seconds, said = spoken_duration(text, unit="s", fps=24)
    assert seconds == pytest.approx(SECONDS[text])
    assert said is None


@pytest.mark.parametrize("text", SAID)
def test_durations_that_something_is_said_of(text: str) -> None:
    seconds, why = SAID[text]
    found, said = spoken_duration(text, unit="s", fps=24)
    assert found == (None if seconds is None else pytest.approx(seconds, abs=1e-3))
    assert said is not None
    assert why in said
    assert text in said


def test_drop_frame_counts_what_was_dropped() -> None:
    rate = 30000 / 1001
    for text in ("00:01:00;02", "00;01;00;02"):
        assert spoken_duration(text, unit="s", fps=rate)[0] == pytest.approx(1800 / rate)
    assert spoken_duration("00:01:00:02", unit="s", fps=rate)[0] == pytest.approx(1802 / rate)


def test_thousands_are_no_decimals_where_only_whole_numbers_are() -> None:
    assert spoken_duration("2,000", unit="ms", fps=24) == (2, None)
    assert spoken_duration("2,000", unit="s", fps=24) == (2, None)


@pytest.mark.parametrize("text", ["soon", "4+24", "#REF!", "a / b", "1-", "00:00:04:24"])
def test_what_is_no_duration_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        spoken_duration(text, unit="s", fps=24)


def test_three_parts_are_understood_by_their_column() -> None:
    assert has_frames_last(["00:03:12", "00:05:00", "3"], 24)
    assert has_frames_last(["00:05:00", "00:02:00"], 24)
    assert not has_frames_last(["00:00:12", "00:00:04"], 24)
    assert not has_frames_last(["00:01:30", "00:00:45"], 24)
    assert spoken_duration("00:03:12", unit="s", fps=24, frames_last=True) == (3.5, None)


def read(tmp_path: Path, text: str) -> LoadedStoryboard:
    path = tmp_path / "shots.csv"
    path.write_text(text, encoding="utf-8")
    return read_storyboard(path, presets=preset_names())


def codes(loaded: LoadedStoryboard) -> list[str]:
    skipped = {"storyboard.shot.words_as_prompt"}
    found = dict.fromkeys(warning.code for warning in loaded.warnings)
    return [one.removeprefix("storyboard.") for one in found if one not in skipped]


def test_merged_cells_of_scenes_hold_for_the_rows_below(tmp_path: Path) -> None:
    text = "Scene,Shot,Description\n1,1,a dog\n,2,a cat\n2,1,a king\n,2,a queen\n"
    loaded = read(tmp_path, text)
    assert (loaded.ids, loaded.shots_errors) == (("1-1", "1-2", "2-1", "2-2"), {})
    assert codes(loaded) == ["shot_list.scene_carried"]


def test_headings_totals_and_repeated_headers_are_no_shots(tmp_path: Path) -> None:
    text = (
        "Shot,Description,Camera,Dur\n"
        ",SCENE 1 - EXT. FOREST - DAY,,\n"
        "1,a dog,Static,2\n"
        "Shot,Description,Camera,Dur\n"
        "EXT. CASTLE - NIGHT,,,\n"
        '2,a total eclipse over a castle,-,"2,5"\n'
        ",TOTAL:,,4.5 s\n"
        "TOTAL,,,00:00:04:12\n"
        "Grand total,2 shots,,\n"
        "3,total darkness in a forest,n/a,TBD\n"
    )
    loaded = read(tmp_path, text)
    assert loaded.shots_errors == {}
    assert loaded.ids == ("1-1", "1-2", "1-3")
    shots = loaded.storyboard.shots
    assert [shot.camera.preset for shot in shots] == ["static"] * 3
    assert [shot.duration for shot in shots] == [2, 2.5, 4]
    assert codes(loaded) == ["shot_list.rows_passed_over", "shot_list.duration.taken"]
    passed = loaded.warnings[0].text
    for row in (2, 4, 5, 7, 8):
        assert f"row {row} " in passed
    assert "1 more" in passed


@pytest.mark.parametrize(
    "words",
    [
        "Subtotal scene 2", "Scene 1 total", "Scene 1 - TOTAL:", "Total for Scene 3", "Sub-total",
        "Total (Act 2)", "Zwischensumme", "Gesamtlänge", "Grand Total", "Overall running time",
    ],
)  # fmt: skip
def test_totals_of_a_part_are_no_shots_and_no_scene(tmp_path: Path, words: str) -> None:
    text = (
        "Scene,Shot,Description,Duration\n"
        f"1,1,a dog,2\n{words},,,2\n1,2,a cat,3\n,{words},,5 s\n,3,a cow,1\n"
    )
    loaded = read(tmp_path, text)
    assert loaded.shots_errors == {}
    assert loaded.ids == ("1-1", "1-2", "1-3")


def test_a_picture_alone_in_its_row_is_a_shot(tmp_path: Path) -> None:
    loaded = read(tmp_path, "prompt,duration\na dog on a road,\nEXT. FOREST,\na cat,3\n")
    assert [shot.prompt for shot in loaded.storyboard.shots] == ["a dog on a road", "a cat"]


def test_captions_of_storyboard_pro(tmp_path: Path) -> None:
    text = (
        "Scene,Panel,Duration,Dialogue,Action Notes,Slugging,Notes\n"
        "1,1,00:00:02:12,PILOT: Hold on!,a red knight on a dragon,2+08,lip sync\n"
    )
    (shot,) = read(tmp_path, text).storyboard.shots
    assert (shot.id, shot.duration, shot.prompt) == ("1-1", 2.5, "a red knight on a dragon")
    assert (shot.action, shot.notes) == ("a red knight on a dragon", "lip sync")


def test_german_captions_and_words(tmp_path: Path) -> None:
    text = (
        "Szene;Einstellung;Größe;Beschreibung;Kamerabewegung;Dauer;Dialog\n"
        "1;1;Totale;Ein roter Ritter;Statisch;3,5;\n1;2;Nah;Ein Drache;Schwenk links;2;N/A\n"
    )
    one, two = read(tmp_path, text).storyboard.shots
    assert (one.id, one.prompt, one.duration) == ("1-1", "Ein roter Ritter", 3.5)
    assert (two.camera.preset, two.camera.direction, two.dialogue) == ("pan", "left", None)


def test_sounds_in_words_are_notes_and_files_are_audio(tmp_path: Path) -> None:
    text = "Shot,Sound,Action,Notes\n1,Wind and birds,a dog,dawn\n2,wind.wav,a cat,\n3,,a king,\n"
    loaded = read(tmp_path, text)
    one, two, three = loaded.storyboard.shots
    assert (one.audio, one.notes) == (None, "dawn\nSound: Wind and birds")
    assert (two.audio, two.notes) == ("wind.wav", None)
    assert (three.audio, three.notes) == (None, None)
    assert codes(loaded) == ["shot_list.sound_as_note", "shot.audio.missing"]


def test_words_in_a_column_of_files_stay_a_file(tmp_path: Path) -> None:
    (shot,) = read(tmp_path, "Shot,Audio file,Action\n1,take one,a dog\n").storyboard.shots
    assert shot.audio == "take one"
