"""A subject and its part."""

from __future__ import annotations

import pytest

from multiplane.contract.storyboard import Subject
from multiplane.intake.parts import parts_and_wholes
from multiplane.intake.subjects import describe_drawing

BELONGS = {
    "possessive": (["warrior", "warrior's sword"], [(1, 0)]),
    "curly": (["warrior\u2019s sword", "warrior"], [(0, 1)]),
    "plural": (["warriors", "warriors' swords"], [(1, 0)]),
    "of": (["sword of the warrior", "warrior"], [(0, 1)]),
    "of a longer item": (["red warrior", "sword of the red warrior"], [(1, 0)]),
    "a chain": (["king", "king's horse", "king's horse's saddle"], [(1, 0), (2, 1)]),
    "no part": (["warrior", "red warrior", "warrior princess", "sword"], []),
    "itself": (["cup of tea", "tea of cups"], []),
}


@pytest.mark.parametrize("case", BELONGS)
def test_parts_know_their_wholes(case: str) -> None:
    phrases, pairs = BELONGS[case]
    assert set(pairs) <= set(parts_and_wholes(phrases))
    assert bool(parts_and_wholes(phrases)) == bool(pairs)


def test_in_a_drawing_a_part_is_looked_for_by_its_own_words() -> None:
    subjects = [Subject(name=name) for name in ("warrior", "warrior's sword", "hat of the warrior")]
    prompt, found = describe_drawing(subjects)
    assert prompt.text == "warrior, warrior's sword, hat of the warrior"
    read = [prompt.text[slice(*item.spans[0])] for item in found]
    assert read == ["warrior", "sword", "hat"]
    assert [item.phrase for item in found] == ["warrior", "warrior's sword", "hat of the warrior"]
