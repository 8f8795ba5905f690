"""Presets and models by name, with the nearest ones when there is no such thing."""

from __future__ import annotations

import pytest

from multiplane.contract.errors import InputError
from multiplane.contract.known_names import check_model, check_preset
from multiplane.contract.storyboard import Shot

PRESETS = ["static", "push_in", "truck_left", "truck_right"]
MODELS = ["storyboard-mini", "z-image-turbo"]


def shot(preset: str) -> Shot:
    return Shot.model_validate({"prompt": "a dog", "camera": preset})


@pytest.mark.parametrize(
    ("preset", "remedy"),
    [
        ("push-in", 'Did you mean "push_in"?'),
        ("PUSH IN", 'Did you mean "push_in"?'),
        ("truck_lft", '"truck_left"'),
        ("teleport", 'Known are "push_in", "static", "truck_left", "truck_right".'),
    ],
)
def test_an_unknown_preset_is_refused(preset: str, remedy: str) -> None:
    with pytest.raises(InputError) as caught:
        check_preset(shot(preset), PRESETS, file="b.json", at="shots[1]")
    assert caught.value.code == "storyboard.shot.camera.preset.unknown"
    assert caught.value.field == "shots[1].camera.preset"
    assert caught.value.value == preset
    assert remedy in str(caught.value)


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        check_model("z-image", MODELS)
    assert caught.value.code == "storyboard.model.unknown"
    assert caught.value.field == "model"
    assert 'Did you mean "z-image-turbo"?' in str(caught.value)


@pytest.mark.parametrize("model", ["auto", *MODELS])
def test_known_names_pass(model: str) -> None:
    check_model(model, MODELS)
    check_preset(shot("push_in"), PRESETS)
