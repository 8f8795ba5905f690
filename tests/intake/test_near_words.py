"""Known words that are near to one that is not, by WordNet."""

from __future__ import annotations

import pytest

from multiplane.intake.near_words import near_words

KNOWN = frozenset(
    {"warrior", "princess", "robot", "dragon", "horse", "dog", "cat", "bird", "house", "tent"}
    | {"boat", "lantern"}
)


@pytest.mark.parametrize(
    ("word", "first"),
    [
        ("samurai", "warrior"),
        ("Pony", "horse"),
        ("hound", "dog"),
        ("cottage", "house"),
        ("ship", "boat"),
        ("lamp", "lantern"),
        ("warior", "warrior"),  # misspelt
    ],
)
def test_the_likest_comes_first(word: str, first: str) -> None:
    assert near_words(word, KNOWN)[0] == first


@pytest.mark.parametrize("word", ["umbrella", "teapot", "danger", "frobnicator", "", "ocean"])
def test_what_is_like_none_has_none(word: str) -> None:
    assert near_words(word, KNOWN) == ()


def test_a_rare_meaning_does_not_count() -> None:
    assert "bird" not in near_words("girl", KNOWN)


def test_no_more_than_wanted_and_never_the_word_itself() -> None:
    assert len(near_words("wolf", KNOWN, most=1)) == 1
    assert "dog" not in near_words("dog", KNOWN)
