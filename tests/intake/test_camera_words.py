"""Camera moves as people write them, in one table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from multiplane.contract.storyboard import CameraMove
from multiplane.intake.camera_words import PRESET_NAMES, camera_words, says_no_move
from multiplane.intake.read_storyboard import load_storyboard, read_storyboard
from multiplane.stage import presets  # noqa: F401  registers them
from multiplane.stage.registry import PRESETS, check_direction, find_preset, preset_names

EQUAL: dict[str, tuple[str, str | None]] = {
    "Push In": ("push_in", None),
    "push-in": ("push_in", None),
    "PUSHIN": ("push_in", None),
    "Dolly In": ("push_in", None),
    "dolly forward": ("push_in", None),
    "Track in": ("push_in", None),
    "Truck in": ("push_in", None),
    "move in": ("push_in", None),
    "camera moves in": ("push_in", None),
    "T.I.": ("push_in", None),
    "creep in": ("push_in", None),
    "push": ("push_in", None),
    "Pull out": ("pull_out", None),
    "pull back": ("pull_out", None),
    "Dolly Out": ("pull_out", None),
    "dolly back": ("pull_out", None),
    "truck out": ("pull_out", None),
    "T.O.": ("pull_out", None),
    "Truck Left": ("truck_left", None),
    "track left": ("truck_left", None),
    "dolly right": ("truck_right", None),
    "Tracking shot, L to R": ("truck_right", None),
    "crab left": ("truck_left", None),
    "slide right": ("truck_right", None),
    "Pan Left": ("pan", "left"),
    "pan l": ("pan", "left"),
    "Pan-Right": ("pan", "right"),
    "PAN R": ("pan", "right"),
    "Left pan": ("pan", "left"),
    "pans left to the door": ("pan", "left"),
    "pan L-R": ("pan", "right"),
    "Pan left to right": ("pan", "right"),
    "pan R>L": ("pan", "left"),
    "panning right": ("pan", "right"),
    "pan_left": ("pan", "left"),
    "panleft": ("pan", "left"),
    "Tilt Up": ("tilt", "up"),
    "tilt down": ("tilt", "down"),
    "Tilt-up": ("tilt", "up"),
    "pan up": ("tilt", "up"),
    "pan down": ("tilt", "down"),
    "Crane up": ("crane", "up"),
    "crane down": ("crane", "down"),
    "jib up": ("crane", "up"),
    "Boom up": ("pedestal_up", None),
    "ped down": ("pedestal_down", None),
    "Pedestal up": ("pedestal_up", None),
    "rise": ("pedestal_up", None),
    "Zoom in": ("zoom_in", None),
    "ZOOM OUT": ("zoom_out", None),
    "zoom-in": ("zoom_in", None),
    "Crash zoom": ("crash_zoom", None),
    "snap zoom in": ("crash_zoom", None),
    "Whip pan": ("whip_pan", None),
    "whip pan left": ("whip_pan", "left"),
    "Swish pan right": ("whip_pan", "right"),
    "Whip-Pan": ("whip_pan", None),
    "Dolly zoom": ("dolly_zoom", None),
    "vertigo effect": ("dolly_zoom", None),
    "zolly": ("dolly_zoom", None),
    "dolly zoom out": ("dolly_zoom", "out"),
    "Rack focus": ("rack_focus", None),
    "focus pull": ("rack_focus", None),
    "Arc": ("arc", None),
    "arc left": ("orbit", "left"),
    "Orbit right": ("orbit", "right"),
    "roll counter-clockwise": ("roll", "counterclockwise"),
    "roll cw": ("roll", "clockwise"),
    "Handheld": ("handheld", None),
    "hand-held": ("handheld", None),
    "Hand held": ("handheld", None),
    "shaky cam": ("handheld", None),
    "Ken Burns": ("framing", None),
    "-": ("static", None),
    "–": ("static", None),
    "n/a": ("static", None),
    "N/A": ("static", None),
    "none": ("static", None),
    "None": ("static", None),
    "Static": ("static", None),
    "locked off": ("static", None),
    "Locked-off": ("static", None),
    "lock off": ("static", None),
    "static/locked off": ("static", None),
    "Static (tripod)": ("static", None),
    "no movement": ("static", None),
    "Still": ("static", None),
    "fixed": ("static", None),
    "Static, then pan left": ("pan", "left"),
    "Statisch": ("static", None),
    "Schwenk links": ("pan", "left"),
    "Schwenk rechts": ("pan", "right"),
    "Schwenk nach oben": ("tilt", "up"),
    "Kamerafahrt links": ("truck_left", None),
    "Zufahrt": ("push_in", None),
    "Rückfahrt": ("pull_out", None),
    "Handkamera": ("handheld", None),
    "Kran hoch": ("crane", "up"),
    "Reißschwenk": ("whip_pan", None),
    "Panoramique gauche": ("pan", "left"),
    "Travelling avant": ("push_in", None),
    "travelling arrière": ("pull_out", None),
    "Plan fixe": ("static", None),
    "Paneo derecha": ("pan", "right"),
    "grúa arriba": ("crane", "up"),
    "cámara en mano": ("handheld", None),
}
NEAREST: dict[str, tuple[dict[str, Any], str]] = {
    "Panning": ({"preset": "pan"}, "no direction"),
    "Dolly": ({"preset": "push_in"}, "no direction"),
    "Tracking / Dolly": ({"preset": "truck_right"}, "no direction"),
    "Zoom": ({"preset": "zoom_in"}, "no direction"),
    "Steadicam": ({"preset": "handheld"}, "no direction"),
    "Drone shot": ({"preset": "push_in"}, "no direction"),
    "Crash zoom out": ({"preset": "zoom_out"}, "nearest"),
    "crane left": ({"preset": "truck_left"}, "nearest"),
    "Pan left, tilt up": ({"preset": "pan", "direction": "left"}, "first"),
    "Zoom in and pan right": ({"preset": "zoom_in"}, "first"),
    "Slow push in": ({"preset": "push_in", "amount": 0.5}, "slow is taken"),
    "quick pan right": ({"preset": "pan", "direction": "right", "amount": 2.0}, "fast is taken"),
}  # fmt: skip


@pytest.mark.parametrize("text", EQUAL)
def test_words_that_say_it_all(text: str) -> None:
    preset, direction = EQUAL[text]
    move = {"preset": preset} | ({} if direction is None else {"direction": direction})
    spoken = camera_words(text)
    assert spoken is not None
    assert (spoken.move, spoken.said) == (move, None)


@pytest.mark.parametrize("text", NEAREST)
def test_what_is_only_the_nearest_is_said(text: str) -> None:
    move, said = NEAREST[text]
    spoken = camera_words(text)
    assert spoken is not None
    assert spoken.move == move
    assert spoken.said is not None
    assert said in spoken.said
    assert f'"{text}"' in spoken.said


@pytest.mark.parametrize("text", ["a dog", "puhs in", "ECU", "dutch angle", "everything", "?"])
def test_what_is_no_move_is_none(text: str) -> None:
    assert camera_words(text) is None


def test_sizes_and_angles() -> None:
    for text in ("ECU", "Close-up", "low angle", "WS", "Bird's eye view", "Halbnah", "24mm"):
        assert says_no_move(text)
    for text in ("pan", "a dog", "", "?"):
        assert not says_no_move(text)


def test_every_word_leads_to_a_preset_that_there_is() -> None:
    assert frozenset(preset_names()) == PRESET_NAMES
    moves = [dict(zip(("preset", "direction"), one, strict=True)) for one in EQUAL.values()]
    for move in [*moves, *(move for move, _ in NEAREST.values())]:
        check_direction(find_preset(str(move["preset"])), CameraMove.model_validate(move))
    assert {find_preset(str(one["preset"])).name for one in moves} >= PRESETS.keys() - {
        "parallax_drift",
        "parallax_circle",
    }


def test_in_json_words_are_moves_too(tmp_path: Path) -> None:
    cameras: list[Any] = ["Push In", "pan left", {"preset": "Tilt Up", "amount": 0.5}, "ECU", "x y"]
    document = {"shots": [{"prompt": "a red knight", "camera": camera} for camera in cameras]}
    loaded = load_storyboard(document, folder=tmp_path, presets=preset_names())
    moves = [shot.camera for shot in loaded.storyboard.shots]
    assert [(move.preset, move.direction, move.amount) for move in moves] == [
        ("push_in", None, 1),
        ("pan", "left", 1),
        ("tilt", "up", 0.5),
        ("push_in", None, 1),
    ]
    assert [(warning.shot, warning.field) for warning in loaded.warnings] == [
        (3, "shots[3].camera")
    ]
    assert loaded.shots_errors[4].code == "storyboard.shot.camera.preset.unknown"


@pytest.mark.parametrize("text", ["no pan", "No zoom", "without camera move", "kein Schwenk"])
def test_a_move_that_is_denied_is_none(text: str) -> None:
    spoken = camera_words(text)
    assert spoken is not None
    assert spoken.move == {"preset": "static"}


@pytest.mark.parametrize(
    ("text", "preset"),
    [
        ("no cut, pan left", "pan"),
        ("No. 2 pan left", "pan"),
        ("No rush: slow pan left", "pan"),
        ("no pan, push in", "push_in"),
        ("static, no pan", "static"),
    ],
)
def test_a_denial_concerns_the_move_behind_it_alone(text: str, preset: str) -> None:
    spoken = camera_words(text)
    assert spoken is not None
    assert spoken.move["preset"] == preset


@pytest.mark.parametrize("text", ["Dutch tilt", "dutch angle", "Canted Angle"])
def test_a_slanted_frame_is_an_angle_and_no_move(text: str) -> None:
    assert camera_words(text) is None
    assert says_no_move(text)


def test_a_percentage_is_an_amount_and_is_told() -> None:
    spoken = camera_words("TRUCK RIGHT 50%")
    assert spoken is not None
    assert spoken.move == {"preset": "truck_right", "amount": 0.5}
    assert "50% is taken as an amount of 0.5" in str(spoken.said)


def test_a_large_percentage_is_the_greatest_amount() -> None:
    spoken = camera_words("pan left 1000%")
    assert spoken is not None
    assert spoken.move["amount"] == 10.0


def test_what_is_open_and_what_is_as_above_are_told(tmp_path: Path) -> None:
    table = tmp_path / "shots.csv"
    table.write_text(
        "prompt,camera\na fox,same\na fox,Pan Left\na fox,as above\na fox,TBD\na fox,?\n", "utf-8"
    )
    loaded = read_storyboard(table)
    moves = [(shot.camera.preset, shot.camera.direction) for shot in loaded.storyboard.shots]
    usual = ("push_in", None)
    assert moves == [usual, ("pan", "left"), ("pan", "left"), usual, usual]
    codes = [notice.code.rpartition(".")[2] for notice in loaded.warnings]
    assert codes == ["undecided", "as_above", "undecided", "undecided"]
