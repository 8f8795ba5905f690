"""Phrases find their tokens by characters, through the chat template."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multiplane.attention.phrases import locate, locate_each
from multiplane.attention.words import STOP_WORDS, content_characters
from multiplane.contract.errors import Failure, InputError
from multiplane.models.families.z_image import prompt_reader
from tests.tiny_models import tiny_tokenizer


def spans_of(prompt: str, phrase: str) -> tuple[tuple[int, int], ...]:
    return tuple(match.span() for match in re.finditer(re.escape(phrase), prompt))


def encoded(tokenizer: Any, prompt: str) -> list[int]:
    """Token ids as the pipeline makes them."""
    text = tokenizer.apply_chat_template(
        [{"role": "user", "content": prompt}],
        tokenize=False,
        add_generation_prompt=True,
        enable_thinking=True,
    )
    ids: list[int] = tokenizer(text, truncation=True, max_length=512).input_ids
    return ids


def words(tokenizer: Any, prompt: str, positions: tuple[int, ...]) -> str:
    ids = encoded(tokenizer, prompt)
    return str(tokenizer.decode([ids[position] for position in positions])).strip()


@pytest.mark.parametrize(
    ("prompt", "phrase", "found"),
    [
        ("a warrior and a princess", "princess", "princess"),
        ("warrior", "warrior", "warrior"),
        ("in front of a castle by the sea", "a castle by the sea", "castle sea"),
        ("the warrior's red sword", "warrior's red sword", "warrior red sword"),
        ("the warrior’s red sword", "warrior’s red sword", "warrior red sword"),
        ("a half-elf archer waits", "a half-elf archer", "halfelf archer"),
        ("a knight-in-armour", "knight-in-armour", "knightinarmour"),
        ("a lightsaber on a table", "lightsaber", "lightsaber"),
        ("two warriors, three foxes", "warriors", "warriors"),
        ("two warriors, three foxes", "three foxes", "three foxes"),
        ("森の中の戦士と姫", "戦士", "戦士"),
        ("a 🦊 and a 🧝‍♀️ dancing", "🧝‍♀️", "🧝‍♀️"),
        ("a 🦊🦊🐉 chase", "🐉", "🐉"),
        ("a cafe\u0301 by night", "cafe\u0301", "café"),
        ("the user writes to the assistant", "assistant", "assistant"),
        ("  a warrior  ", "warrior", "warrior"),
        ("a man with\na hat", "a hat", "hat"),
        ("a warrior (red), alone", "warrior (red)", "warriorred"),
    ],
)
def test_the_tokens_say_the_phrase(tokenizer: Any, prompt: str, phrase: str, found: str) -> None:
    (span, *_) = spans_of(prompt, phrase)
    assert words(tokenizer, prompt, locate(prompt_reader(tokenizer), prompt, [span])) == found


def test_sub_words_are_all_there(tokenizer: Any) -> None:
    prompt = "a lightsaber"
    assert len(locate(prompt_reader(tokenizer), prompt, [(2, 12)])) > 1


def test_every_byte_of_an_emoji_counts(tokenizer: Any) -> None:
    prompt = "a 🐉 sleeps"
    positions = locate(prompt_reader(tokenizer), prompt, [(2, 3)])
    assert positions == (positions[0], *range(positions[0] + 1, positions[0] + 4))


def test_repeated_phrases_are_told_apart(tokenizer: Any) -> None:
    prompt = "a warrior behind a warrior"
    first, second = spans_of(prompt, "warrior")
    one = locate(prompt_reader(tokenizer), prompt, [first])
    two = locate(prompt_reader(tokenizer), prompt, [second])
    assert one < two
    assert not set(one) & set(two)
    assert locate(prompt_reader(tokenizer), prompt, [second, first]) == one + two


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["warrior", "warrior's sword"], ["warrior", "sword"]),
        (["sword", "warrior's sword"], ["sword", "warrior sword"]),
        (["warrior's sword", "warrior", "sword"], ["sword", "warrior", "sword"]),
        (["the warrior", "the"], ["warrior", "the"]),
    ],
)
def test_a_phrase_inside_another(tokenizer: Any, names: list[str], found: list[str]) -> None:
    prompt = "the warrior's sword"
    phrases = [spans_of(prompt, name) for name in names]
    positions = locate_each(prompt_reader(tokenizer), prompt, phrases)
    assert [words(tokenizer, prompt, position) for position in positions] == found


def test_the_part_of_a_thing_keeps_its_own_word(tokenizer: Any) -> None:
    prompt = "the sword of the warrior"
    phrases = [spans_of(prompt, name) for name in ("warrior", "sword of the warrior")]
    positions = locate_each(prompt_reader(tokenizer), prompt, phrases)
    assert [words(tokenizer, prompt, one) for one in positions] == ["warrior", "sword"]


@pytest.mark.parametrize(
    "prompt",
    [
        "user\nassistant\nuser",
        "<|im_end|>\n<|im_start|>assistant\n a warrior <|im_end|>",
        "a warrior <|im_start|>user\na warrior",
        "<think>\n\n</think>\n\n a warrior",
        "{{ messages }} a warrior {% if %}",
    ],
)
def test_prompts_that_look_like_the_template(tokenizer: Any, prompt: str) -> None:
    text, start = prompt_reader(tokenizer).render(prompt)
    assert text[start : start + len(prompt)] == prompt
    spans = spans_of(prompt, "warrior") or spans_of(prompt, "assistant")
    positions = locate(prompt_reader(tokenizer), prompt, spans[-1:])
    assert words(tokenizer, prompt, positions) in ("warrior", "assistant")
    assert min(positions) >= 3  # <|im_start|> user \n


def test_a_template_that_trims(tokenizer: Any) -> None:
    import copy

    trims = copy.copy(tokenizer)
    trims.chat_template = tokenizer.chat_template.replace(
        "message.content", "(message.content | trim)"
    )
    prompt = "   a warrior  "
    span = spans_of(prompt, "warrior")
    ids = encoded(trims, prompt)
    positions = locate(prompt_reader(trims), prompt, span)
    assert tokenizer.decode([ids[position] for position in positions]) == " warrior"


def test_a_template_that_rewrites_is_refused(tokenizer: Any) -> None:
    import copy

    shouts = copy.copy(tokenizer)
    shouts.chat_template = "{{ messages[0].content | upper }}"
    with pytest.raises(Failure) as raised:
        locate(prompt_reader(shouts), "a warrior", [(2, 9)])
    assert raised.value.code == "attention.template_unreadable"


def test_a_phrase_beyond_the_model_s_text(tokenizer: Any) -> None:
    prompt = "a tree, " * 300 + "a dragon"
    assert locate(prompt_reader(tokenizer), prompt, [(2, 6)])
    with pytest.raises(InputError) as raised:
        locate(prompt_reader(tokenizer), prompt, spans_of(prompt, "dragon"))
    assert raised.value.code == "attention.phrase_truncated"
    assert "dragon" in str(raised.value)


@pytest.mark.parametrize("span", [(-1, 3), (3, 3), (5, 2), (2, 99), (1, 2)])
def test_spans_that_are_no_phrase(tokenizer: Any, span: tuple[int, int]) -> None:
    with pytest.raises(InputError) as raised:
        locate(prompt_reader(tokenizer), "a warrior", [span])
    assert raised.value.code == "attention.span_invalid"


def test_stop_words_never_count_unless_there_is_nothing_else() -> None:
    assert {"the", "a", "of", "and", "his", "is"} <= STOP_WORDS
    text = "the king of the hill"
    kept = "".join(text[i] for i in sorted(content_characters(text, (0, len(text)))))
    assert kept == "kinghill"
    assert content_characters("with", (0, 4)) == frozenset(range(4))
    assert content_characters("...", (0, 3)) == frozenset(range(3))


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1, max_size=40), st.data())
def test_any_text_gives_tokens_inside_the_prompt(prompt: str, data: st.DataObject) -> None:
    """Whatever is typed: never the template, and the tokens cover the phrase's characters."""
    tokenizer = tiny_tokenizer()
    first = data.draw(st.integers(0, len(prompt) - 1))
    last = data.draw(st.integers(first + 1, len(prompt)))
    if not prompt[first:last].strip():
        return
    text, start = prompt_reader(tokenizer).render(prompt)
    positions = locate(prompt_reader(tokenizer), prompt, [(first, last)])
    offsets = tokenizer(text, return_offsets_mapping=True).offset_mapping
    assert all(offsets[p][1] > start and offsets[p][0] < start + len(prompt) for p in positions)
    covered = {i - start for p in positions for i in range(*offsets[p])}
    wanted = content_characters(prompt, (first, last))
    normal = {i for i in wanted if any(a <= start + i < b for a, b in offsets)}
    assert normal <= covered
