"""What a model would read in a prompt: its tokens, its subjects, its place. Nothing is painted."""

from __future__ import annotations

from collections.abc import Sequence

from multiplane.contract.messages_common import PhraseView, TokenView
from multiplane.contract.messages_server import TokenList
from multiplane.contract.storyboard import Subject
from multiplane.contract.style import read_style
from multiplane.intake.shot_source import Prompt
from multiplane.models import load
from multiplane.models.profiles import ModelProfile
from multiplane.produce.words import capture_plan, rows_of, words_of_prompt


def read_tokens(
    prompt: Prompt, listed: Sequence[Subject], style: str | None, profile: ModelProfile
) -> TokenList:
    """The very words and positions with which a shot with this prompt would be made.

    Positions are those without pictures of a cast, before which some families put these. Loads the
    tokenizer only. Raises InputError for what is wrong in the shot's words, Failure
    `models.missing`.
    """
    said = read_style(style).words
    words = words_of_prompt(prompt, listed, profile, style=said, at="shots[0]")
    reader = load.load_reader(profile)
    plan = capture_plan(words, reader, profile)
    groups = plan.groups if plan else ()
    positions = [
        list(groups[row].token_indices) if row < len(groups) else []
        for row in (rows_of(words) if plan else ())
    ]
    subjects = [
        PhraseView(
            name=subject.name,
            phrase=subject.phrase,
            count=subject.count,
            spans=list(subject.spans),
            token_indices=found,
        )
        for subject, found in zip(words.subjects, positions, strict=False)
    ]
    places = []
    for spans, found in zip(words.places, positions[len(subjects) :], strict=True):
        phrase = " ".join(words.text[first:last] for first, last in spans)
        places.append(
            PhraseView(name=phrase, phrase=phrase, count=1, spans=list(spans), token_indices=found)
        )
    return TokenList(
        model=profile.name,
        text=words.text,
        tokens=[
            TokenView(index=index, text=words.text[first:last], start=first, end=last)
            for index, first, last in reader.tokens(words.text)
        ],
        subjects=subjects,
        places=places if plan else [],
        most_tokens=profile.max_text_tokens,
    )
