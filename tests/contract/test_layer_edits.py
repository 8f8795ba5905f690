"""Edits by hand as JSON: what is said of one that cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from multiplane.contract.errors import InputError
from multiplane.contract.manifest import Manifest
from multiplane.contract.messages import open_envelope, open_payload
from multiplane.contract.messages_client import REQUESTS, EditLayer
from multiplane.contract.read_edit import edit_of

STROKE = {"points": [[0.1, 0.2]]}


@pytest.mark.parametrize(
    ("document", "field", "words"),
    [
        ({}, None, "say what to do"),
        ({"op": "paint"}, None, "'keep', 'remove'"),
        ({"op": "keep", "layer": "a"}, "strokes", "missing"),
        ({"op": "keep", "layer": "a", "strokes": []}, "strokes", "too few"),
        (
            {"op": "keep", "layer": "a", "strokes": [{"points": [[0.1, 9]]}]},
            "strokes[0].points[0][1]",
            "less than or equal to 2",
        ),
        ({"op": "keep", "layer": "", "strokes": [STROKE]}, "layer", "empty"),
        ({"op": "new", "name": "x"}, None, "either strokes or a box"),
        ({"op": "order", "layer": "x"}, None, "either in_front_of or behind"),
        ({"op": "near", "layer": "x", "nearness": 2}, "nearness", "less than or equal to 1"),
        ({"op": "kind", "layer": "x", "kind": "villain"}, "kind", "'character'"),
        ({"op": "merge", "layers": ["x"]}, "layers", "too few"),
        ({"op": "split", "layer": "x", "parts": [{"name": "a", "strokes": [STROKE]}]}, None, "two"),
    ],
)
def test_a_wrong_edit_names_its_field(
    document: dict[str, Any], field: str | None, words: str
) -> None:
    with pytest.raises(InputError) as caught:
        edit_of(document, file="edits.json")
    assert caught.value.field == field
    assert caught.value.file == "edits.json"
    assert caught.value.code.startswith("layer.edit.")
    assert words in str(caught.value)


def test_a_message_names_the_field_as_well() -> None:
    text = (
        '{"type": "layer.edit", "id": "1", "data": {"job": "job-0000001", "shot": "s",'
        ' "edit": {"op": "near", "layer": "x", "nearness": -1}}}'
    )
    with pytest.raises(InputError) as caught:
        open_payload(open_envelope(text), REQUESTS)
    assert caught.value.field == "edit.nearness"
    good = open_payload(open_envelope(text.replace("-1", "1")), REQUESTS)
    assert isinstance(good, EditLayer)
    assert good.edit == edit_of({"op": "near", "layer": "x", "nearness": 1})


def test_fields_of_a_newer_version_survive() -> None:
    edit = edit_of({"op": "rename", "layer": "x", "name": "y", "colour": "red"})
    assert edit.model_dump()["colour"] == "red"
    assert "edits" in Manifest.model_fields
