"""Subjects that are found in the prompt, in captions of every kind that people write."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multiplane.intake.found_subjects import found_scene, found_subjects
from multiplane.intake.noun_kinds import is_english, noun_kind
from multiplane_study.scenes.captions import Named, caption_for
from multiplane_study.scenes.vocabulary import COLOURS, KINDS, PLACES, STYLES

# Prompt: the words of each subject ("x+y": parts that move with it; "x*2": two of them),
# and the words of the place.
PROMPTS: dict[str, tuple[list[str], list[str]]] = {
    # As the bundled model's captions are.
    "a red warrior in front of a blue house in the snow, ink sketch": (
        ["red warrior", "blue house"], ["snow"],
    ),
    "watercolor of two green birds on a beach": (["green birds*2"], ["beach"]),
    "ink sketch: in a forest, a purple wizard behind a yellow dog on the right": (
        ["purple wizard", "yellow dog"], ["forest"],
    ),
    "red warrior, blue house, snow background, ink sketch": (
        ["red warrior", "blue house"], ["snow background"],
    ),
    "yellow lantern, pink tent, cave background, pencil": (
        ["yellow lantern", "pink tent"], ["cave background"],
    ),
    "pencil: a pink cat next to a castle in a city street": (
        ["pink cat", "castle"], ["city street"],
    ),
    "in high mountains, a green tent to the left of an orange car, in ink sketch style": (
        ["green tent", "orange car"], ["high mountains"],
    ),
    # As people write.
    "a warrior and a princess in a forest": (["warrior", "princess"], ["forest"]),
    "A young girl in a yellow raincoat runs through a rainy Tokyo street at night, cinematic": (
        ["young girl+yellow raincoat"], ["rainy Tokyo street"],
    ),
    "An old fisherman and his dog sit in a small boat on a misty lake, oil painting, soft light": (
        ["old fisherman", "dog", "small boat"], ["misty lake"],
    ),
    "close-up of a robot holding a flower": (["robot+flower"], []),
    "Two knights fighting a dragon in front of a castle, dramatic lighting, 35mm": (
        ["knights*2", "dragon", "castle"], [],
    ),
    "wide shot: a spaceship lands on a desert planet": (["spaceship"], ["desert planet"]),
    "A cat sleeping on a sofa next to a lamp": (["cat", "sofa", "lamp"], []),
    "a truck drives down the highway, mountains in the background": (
        ["truck"], ["highway", "mountains"],
    ),
    "a statue of a king in a park with three old oak trees": (
        ["statue of a king", "old oak trees*3"], ["park"],
    ),
    "a group of knights on horses charging across a battlefield": (
        ["knights", "horses"], ["battlefield"],
    ),
    "a black and white cat on a wooden table beside a bowl of fruit": (
        ["black and white cat", "wooden table", "bowl of fruit"], [],
    ),
    "a samurai without a helmet stands like a statue under a cherry tree": (
        ["samurai", "cherry tree"], [],
    ),
    "an astronaut riding a horse on the moon, photorealistic, 8k, masterpiece": (
        ["astronaut", "horse"], ["moon"],
    ),
    "a portrait of a woman, blue eyes, wearing a golden crown, in the style of Alphonse Mucha": (
        ["woman+blue eyes+golden crown"], [],
    ),
    "an elderly wizard with a long white beard, standing before a dark tower": (
        ["elderly wizard+long white beard", "dark tower"], [],
    ),
    "a steampunk airship floating over Victorian London, volumetric fog, by Greg Rutkowski": (
        ["steampunk airship"], ["Victorian London"],
    ),
    "a ship in a storm, huge waves, lightning": (["ship"], ["storm", "lightning"]),
    "a red-haired girl and a six-legged robot-dog": (
        ["red-haired girl", "six-legged robot-dog"], [],
    ),
    "a beautiful mountain lake at dawn": (["beautiful mountain lake"], []),
    # Several of one kind.
    "a warrior behind a warrior": (["warrior+warrior*2"], []),
    "a red warrior behind a blue warrior": (["red warrior", "blue warrior"], []),
    "the cat looks at a dog, the dog barks at the cat": (["cat+cat", "dog+dog"], []),
    "the warrior's sword and a princess": (["warrior's sword", "princess"], []),
    "a warrior raises the warrior's sword": (["warrior+warrior's sword"], []),
    "no people, an empty street, a lone dog": (["lone dog"], ["empty street"]),
    "DOG": (["DOG"], []),
    # Nothing to cut out, or not English.
    "she runs": ([], []),
    "masterpiece, best quality, soft light": ([], []),
    "Ein Krieger und eine Prinzessin im Wald": ([], []),
    "un chevalier et une princesse dans une forêt sombre": ([], []),
    "una mujer con un perro a la derecha": ([], []),
    "森の中の戦士と姫": ([], []),
    "воин в лесу": ([], []),
    "محارب في الغابة": ([], []),
    "🐉🏰": ([], []),
}  # fmt: skip


def described(text: str) -> tuple[list[str], list[str]]:
    subjects = found_subjects(text)
    found = []
    for subject in subjects:
        words = "+".join(text[a:b] for a, b in subject.spans)
        found.append(words if subject.count == 1 else f"{words}*{subject.count}")
    return found, [text[a:b] for a, b in found_scene(text, subjects)]


@pytest.mark.parametrize("prompt", PROMPTS)
def test_prompts_of_every_kind(prompt: str) -> None:
    assert described(prompt) == PROMPTS[prompt]


def test_names_are_short_and_unique() -> None:
    names = {
        "a red warrior and a princess": ["warrior", "princess"],
        "a red warrior behind a blue warrior": ["red warrior", "blue warrior"],
        "two green birds, a red bird": ["birds", "bird"],
        "a Dog and a red dog": ["Dog", "red dog"],
    }
    for prompt, expected in names.items():
        assert [subject.name for subject in found_subjects(prompt)] == expected


def test_groups_are_one_subject_unless_a_count_is_given() -> None:
    counts = {
        "a crowd in front of trees": {"crowd": 1, "trees": 1},
        "warriors before a castle": {"warriors": 1, "castle": 1},
        "a flock of birds over a tower": {"birds": 1, "tower": 1},
        "three trees behind two warriors": {"trees": 3, "warriors": 2},
        "a group of three knights": {"knights": 3},
    }
    for prompt, expected in counts.items():
        found = {subject.name: subject.count for subject in found_subjects(prompt)}
        assert found == expected, prompt


def test_captions_of_the_bench_are_understood() -> None:
    """Every subject, how many, and the place, in captions with known truth."""
    rng = np.random.default_rng(20)
    for _ in range(150):
        count = int(rng.integers(1, 5))
        subjects = []
        for index in range(count):
            left = float(rng.uniform(0, 0.8))
            hidden_by = frozenset(i for i in range(index) if rng.random() < 0.4)
            kind, colour = str(rng.choice(KINDS)), str(rng.choice(list(COLOURS)))
            subjects.append(Named(kind, colour, left + 0.1, left, left + 0.2, hidden_by))
        caption = caption_for(rng, str(rng.choice(STYLES)), str(rng.choice(list(PLACES))), subjects)
        found = found_subjects(caption.text)
        spans = sorted(span for subject in found for span in subject.spans)
        assert spans == sorted(set(caption.phrases)), caption.text
        assert sum(subject.count for subject in found) == count, caption.text
        scene = found_scene(caption.text, found)
        assert any(a <= caption.place[0] and caption.place[1] <= b for a, b in scene), caption.text


WORDS = [
    "a", "the", "two", "his", "no", "red", "dog", "dogs", "castle", "warrior's", "sword", "of",
    "in", "with", "holding", "style", "forest", "and", ",", ":", "-", "Ümläut", "🐉", "戦士", "99",
]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=80), st.lists(st.sampled_from(WORDS)).map(" ".join)))
def test_any_text_is_read_and_spans_are_words_of_it(text: str) -> None:
    subjects = found_subjects(text)
    names = [subject.name.casefold() for subject in subjects]
    assert len(set(names)) == len(names)
    for subject in subjects:
        assert 1 <= subject.count <= 16
        for start, end in subject.spans:
            assert 0 <= start < end <= len(text)
            assert text[start:end].strip() == text[start:end]
    found_scene(text, subjects)


@pytest.mark.parametrize(
    ("noun", "kind"),
    [
        ("warrior", "being"), ("dragon", "being"), ("crowd", "group"), ("tree", "plant"),
        ("lantern", "thing"), ("chest", "thing"), ("car", "large"), ("castle", "structure"),
        ("raincoat", "worn"), ("hand", "body"), ("forest", "place"), ("street", "place"),
        ("snow", "place"), ("moon", "place"), ("London", "place"), ("watercolor", "picture"),
        ("pencil", "implement"), ("table", "either"), ("style", "other"), ("night", "other"),
        ("gribbleflix", None),
    ],
)  # fmt: skip
def test_kinds_of_nouns(noun: str, kind: str | None) -> None:
    assert noun_kind(noun) == kind


def test_two_nouns_may_mean_something_else() -> None:
    assert noun_kind("horse") == "being"
    assert noun_kind("paint", "oil") == "picture"
    assert noun_kind("post", "lamp") == "thing"


def test_english_words() -> None:
    assert all(is_english(word) for word in ("dog", "misty", "run", "quickly", "London"))
    assert not any(is_english(word) for word in ("krieger", "forêt", "戦士"))
