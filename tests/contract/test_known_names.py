"""Presets and models by name, with the nearest ones when there is no such thing."""

from __future__ import annotations

import pytest

from multiplane.contract.errors import InputError
from multiplane.contract.known_names import check_names
from multiplane.contract.storyboard import Storyboard

PRESETS = ["static", "push_in", "truck_left", "truck_right"]
MODELS = ["storyboard-mini", "z-image-turbo"]


def board(preset: str, model: str = "auto") -> Storyboard:
    shots = [{"prompt": "a dog", "camera": "static"}, {"prompt": "a dog", "camera": preset}]
    return Storyboard.model_validate({"model": model, "shots": shots})


@pytest.mark.parametrize(
    ("preset", "remedy"),
    [
        ("push-in", 'Did you mean "push_in"?'),
        ("PUSH IN", 'Did you mean "push_in"?'),
        ("truck_lft", '"truck_left"'),
        ("teleport", 'Known are "push_in", "static", "truck_left", "truck_right".'),
    ],
)
def test_unknown_preset_spoils_its_shot_only(preset: str, remedy: str) -> None:
    errors = check_names(board(preset), presets=PRESETS, models=MODELS, file="b.json")
    assert list(errors) == [1]
    assert errors[1].code == "storyboard.shot.camera.preset.unknown"
    assert errors[1].field == "shots[1].camera.preset"
    assert errors[1].value == preset
    assert remedy in str(errors[1])


def test_unknown_model_spoils_the_file() -> None:
    with pytest.raises(InputError) as caught:
        check_names(board("static", "z-image"), presets=PRESETS, models=MODELS)
    assert caught.value.code == "storyboard.model.unknown"
    assert caught.value.field == "model"
    assert 'Did you mean "z-image-turbo"?' in str(caught.value)


@pytest.mark.parametrize("model", ["auto", *MODELS])
def test_known_names_pass(model: str) -> None:
    assert check_names(board("push_in", model), presets=PRESETS, models=MODELS) == {}
