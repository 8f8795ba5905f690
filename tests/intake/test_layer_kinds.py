"""Character, prop or background by the noun, and words that mean nothing that can be seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from multiplane.contract.manifest import LayerEntry
from multiplane.contract.storyboard import Shot
from multiplane.intake.found_subjects import found_subjects
from multiplane.intake.layer_kinds import layer_kind, names_an_idea
from multiplane.intake.reading import place_in_json
from multiplane.intake.shot_notices import shot_notices

KINDS = {
    "warrior": "character",
    "two wolves": "character",
    "knight in armour": "character",
    "crowd of people": "character",
    "flock of birds": "character",
    "warrior left": "character",
    "hand": "character",
    "Gandalf": "character",
    "warrior's sword": "prop",
    "sword of the warrior": "prop",
    "statue of a king": "prop",
    "pair of boots": "prop",
    "red car": "prop",
    "trees": "prop",
    "castle": "background",
    "mountains": "background",
    "forest": "background",
    "Layer 3": "prop",
    "front": "prop",
    "BG_02": "background",
    "": "prop",
}


@pytest.mark.parametrize("phrase", KINDS)
def test_kind_follows_the_noun(phrase: str) -> None:
    assert layer_kind(phrase) == KINDS[phrase]


def test_a_name_counts_where_the_phrase_says_nothing() -> None:
    assert layer_kind("zorblax", "dragon") == "character"
    assert layer_kind("sword", "dragon") == "prop"


def test_manifests_from_before_are_read() -> None:
    entry = {
        "id": "a", "name": "a", "kind": "subject", "file": "layers/a.png", "bbox": [0, 0, 1, 1],
        "depth": 0.5, "z": 0, "position": [0, 0, 0], "anchor": [0, 0], "scale": [100, 100],
    }  # fmt: skip
    assert LayerEntry.model_validate(entry).kind == "prop"


IDEAS = [
    "danger",
    "hope",
    "love",
    "great fear",
    "moment of peace",
    "the silence",
    "freedom",
    "beauty",
]
THINGS = ["warrior", "danger sign", "smoke", "shadow", "explosion", "circle", "crown", "light",
          "statue of liberty", "fire", "table", "cloud", "arrow", "zorblax"]  # fmt: skip


def test_ideas_are_no_subjects_and_who_lists_them_is_told(tmp_path: Path) -> None:
    assert [words for words in IDEAS if not names_an_idea(words)] == []
    assert [words for words in THINGS if names_an_idea(words)] == []
    found = found_subjects("a warrior in danger, a hope for love and a dragon")
    assert [item.name for item in found] == ["warrior", "dragon"]
    listed = Shot.model_validate(
        {"prompt": "a warrior in danger", "subjects": ["warrior", "danger"]}
    )
    (notice,) = shot_notices({2: listed}, tmp_path, place_in_json)
    assert notice.code == "storyboard.shot.subjects.abstract"
    assert notice.field == "shots[2].subjects[1]"
    assert '"danger"' in notice.text
    assert notice.remedy is not None
    marked = Shot.model_validate({"prompt": "a **warrior** full of **hope**"})
    (notice,) = shot_notices({0: marked}, tmp_path, place_in_json)
    assert (notice.code, notice.field) == ("storyboard.shot.subjects.abstract", "shots[0].prompt")
