"""Subjects that are listed or marked: where the prompt speaks of them, and how many they are."""

from __future__ import annotations

from typing import Any

import pytest

from multiplane.contract.errors import InputError
from multiplane.contract.storyboard import Shot, Subject
from multiplane.intake.prompt_text import find_phrase, plain_prompt
from multiplane.intake.subjects import (
    SubjectPhrase,
    check_subjects,
    describe_drawing,
    find_subjects,
    scene_phrases,
)


def subjects_of(
    prompt: str, *subjects: str | dict[str, Any]
) -> tuple[str, tuple[SubjectPhrase, ...]]:
    text, found = find_subjects(
        prompt, Shot.model_validate({"prompt": prompt, "subjects": subjects}).subjects
    )
    return text.text, found


def words(text: str, subject: SubjectPhrase) -> list[str]:
    return [text[start:end] for start, end in subject.spans]


LISTED: dict[str, tuple[str, list[Any], list[tuple[str, list[str], int]]]] = {
    "words": (
        "a warrior and a princess in a forest", ["princess", "warrior"],
        [("princess", ["princess"], 1), ("warrior", ["warrior"], 1)],
    ),
    "phrase of its own": (
        "a tall old warrior rests", [{"name": "hero", "phrase": "old warrior"}],
        [("hero", ["old warrior"], 1)],
    ),
    "case and spacing": (
        "The  Red\nWarrior", ["red warrior"], [("red warrior", ["Red\nWarrior"], 1)],
    ),
    "part of another": (
        "a sword beside the warrior's sword", ["sword", "warrior's sword"],
        [("sword", ["sword"], 1), ("warrior's sword", ["warrior's sword"], 1)],
    ),
    "only inside another": (
        "the warrior’s sword", ["sword", "warrior's sword"],
        [("sword", ["sword"], 1), ("warrior's sword", ["warrior’s sword"], 1)],
    ),
    "not inside a word": ("a swordfish and a sword", ["sword"], [("sword", ["sword"], 1)]),
    "repeated": (
        "a warrior behind a warrior", ["warrior"], [("warrior", ["warrior", "warrior"], 2)],
    ),
    "repeated, told apart": (
        "a warrior behind a warrior",
        [{"name": "near", "phrase": "warrior"}, {"name": "far", "phrase": "warrior"}],
        [("near", ["warrior"], 1), ("far", ["warrior"], 1)],
    ),
    "spoken of again": (
        "a dog; the dog barks, his dog", ["dog"], [("dog", ["dog", "dog", "dog"], 1)],
    ),
    "number word": ("three green birds", ["green birds"], [("green birds", ["green birds"], 3)]),
    "digit": ("4 birds", ["birds"], [("birds", ["birds"], 4)]),
    "pair": ("a pair of birds", ["birds"], [("birds", ["birds"], 2)]),
    "singular listed": ("two birds", ["bird"], [("bird", ["birds"], 2)]),
    "own count": ("some birds", [{"name": "birds", "count": 5}], [("birds", ["birds"], 5)]),
    "too many to part": ("500 birds", ["birds"], [("birds", ["birds"], 1)]),
    "hyphen": ("a six-legged robot-dog", ["robot-dog"], [("robot-dog", ["robot-dog"], 1)]),
    "japanese": ("森の中の戦士と姫", ["戦士", "姫"], [("戦士", ["戦士"], 1), ("姫", ["姫"], 1)]),
    "emoji": ("a 🐉 over a 🏰", ["🐉"], [("🐉", ["🐉"], 1)]),
    "regex signs": ("a dog (old) runs", ["dog (old)"], [("dog (old)", ["dog (old)"], 1)]),
    "composed letters": ("un garc\u0327on", ["garçon"], [("garçon", ["garçon"], 1)]),
}  # fmt: skip


@pytest.mark.parametrize("case", LISTED)
def test_listed(case: str) -> None:
    prompt, listed, expected = LISTED[case]
    text, found = subjects_of(prompt, *listed)
    assert [(s.name, words(text, s), s.count) for s in found] == expected


def test_the_list_comes_before_marks() -> None:
    text, found = subjects_of("a **dog** and a cat", "cat")
    assert text == "a dog and a cat"
    assert [s.name for s in found] == ["cat"]


def test_a_missing_subject_is_named_with_the_nearest_words() -> None:
    prompt = "a warrior in a wood"
    shot = Shot.model_validate({"prompt": prompt, "subjects": ["worrior"]})
    for look in (check_subjects, find_subjects):
        with pytest.raises(InputError) as caught:
            look(prompt, shot.subjects, at="shots[3]")
        assert caught.value.code == "storyboard.shot.subjects.not_in_prompt"
        assert caught.value.field == "shots[3].subjects[0].name"
        assert 'Did you mean "warrior"?' in str(caught.value)


def test_a_subject_that_the_prompt_need_not_say_has_no_words_in_it() -> None:
    shot = Shot.model_validate(
        {
            "prompt": "a warrior in a wood",
            "subjects": [{"name": "shield", "in_prompt": False}, "warrior",
                         {"name": "wood", "in_prompt": False}],
        }
    )  # fmt: skip
    text, found = find_subjects("a warrior in a wood", shot.subjects)
    assert text.text == "a warrior in a wood"
    assert [(each.name, len(each.spans)) for each in found] == [
        ("shield", 0), ("warrior", 1), ("wood", 1),
    ]  # fmt: skip


MARKED: dict[str, tuple[str, str, list[tuple[str, list[str], int]]]] = {
    "two": (
        "a **red dragon** over a **castle**", "a red dragon over a castle",
        [("red dragon", ["red dragon"], 1), ("castle", ["castle"], 1)],
    ),
    "with its article": (
        "**the red dragon** sleeps", "the red dragon sleeps", [("red dragon", ["red dragon"], 1)],
    ),
    "number before": (
        "two **green birds**", "two green birds", [("green birds", ["green birds"], 2)],
    ),
    "number inside": ("**two birds** fly", "two birds fly", [("birds", ["birds"], 2)]),
    "the same twice": (
        "a **warrior** behind a **Warrior**", "a warrior behind a Warrior",
        [("warrior", ["warrior", "Warrior"], 2)],
    ),
    "spoken of again": (
        "a **dog**. The **dog** barks", "a dog. The dog barks", [("dog", ["dog", "dog"], 1)],
    ),
    "inside a word": ("der **Ritter**s Hund", "der Ritters Hund", [("Ritter", ["Ritter"], 1)]),
    "japanese": (
        "森の中の**戦士**と**姫**", "森の中の戦士と姫",
        [("戦士", ["戦士"], 1), ("姫", ["姫"], 1)],
    ),
    "emoji": ("a **🐉** flies", "a 🐉 flies", [("🐉", ["🐉"], 1)]),
    "an article alone": ("**the** end", "the end", [("the", ["the"], 1)]),
}  # fmt: skip


@pytest.mark.parametrize("case", MARKED)
def test_marked(case: str) -> None:
    prompt, plain, expected = MARKED[case]
    text, found = subjects_of(prompt)
    assert text == plain
    assert [(s.name, words(text, s), s.count) for s in found] == expected


@pytest.mark.parametrize("prompt", ["a **dog", "a dog**", "a ** dog **", "a ****", "**a** b **c"])
def test_open_marks_are_refused(prompt: str) -> None:
    with pytest.raises(InputError) as caught:
        plain_prompt(prompt, field="shots[0].prompt")
    assert caught.value.code == "storyboard.shot.prompt.mark_open"
    assert caught.value.field == "shots[0].prompt"


def test_a_drawing_is_described_by_its_subjects() -> None:
    shot = Shot.model_validate(
        {
            "picture": "a.png",
            "subjects": ["house", {"name": "beast", "phrase": "green  dragon", "count": 2}],
        }
    )
    prompt, found = describe_drawing(shot.subjects, style="pencil")
    assert prompt.text == "house, green dragon, pencil"
    assert [(s.name, words(prompt.text, s), s.count) for s in found] == [
        ("house", ["house"], 1),
        ("beast", ["green dragon"], 2),
    ]


@pytest.mark.parametrize(
    ("prompt", "style", "text"),
    [
        ("a dog", None, "a dog"),
        ("a dog", "oil paint", "a dog, oil paint"),
        ("a dog.", "oil paint", "a dog, oil paint"),
        ("Oil paint: a dog", "oil paint", "Oil paint: a dog"),
        ("a dog", "  ", "a dog"),
    ],
)
def test_style_is_said_once(prompt: str, style: str | None, text: str) -> None:
    found, subjects = find_subjects(prompt, style=style)
    assert found.text == text
    assert words(text, subjects[0]) == ["dog"]


def test_nothing_found_says_what_to_do() -> None:
    with pytest.raises(InputError) as caught:
        find_subjects("she runs", at="shots[2]")
    assert caught.value.code == "storyboard.shot.subjects.none_found"
    assert caught.value.field == "shots[2].prompt"
    assert "**" in str(caught.value)
    assert '"subjects"' in str(caught.value)


def test_place_words_are_known_beside_a_list() -> None:
    listed = [Subject(name="warrior")]
    prompt, found = find_subjects("a red warrior in a dark forest, ink sketch", listed)
    assert [prompt.text[a:b] for a, b in scene_phrases(prompt, found)] == ["dark forest"]


def test_find_phrase_wants_words() -> None:
    assert find_phrase("a dog", "  ") == ()
    assert find_phrase("a dog", "do") == ()
