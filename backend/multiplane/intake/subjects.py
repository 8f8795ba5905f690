"""The subjects of a shot and where the prompt speaks of them: listed, marked, or found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from multiplane.contract.errors import InputError
from multiplane.contract.storyboard import Subject
from multiplane.intake.found_subjects import found_scene, found_subjects
from multiplane.intake.parts import part_span
from multiplane.intake.prompt_text import (
    PromptText,
    Span,
    SubjectPhrase,
    count_instances,
    find_phrase,
    near_phrases,
    plain_prompt,
    unique_names,
)

__all__ = [
    "PromptText",
    "Span",
    "SubjectPhrase",
    "check_subjects",
    "describe_drawing",
    "find_subjects",
    "scene_phrases",
]

NAME_SUBJECTS = 'Name what to cut out, such as "subjects": ["warrior", "princess"].'


def find_subjects(
    prompt: str,
    listed: Sequence[Subject] = (),
    *,
    named: Sequence[Subject] = (),
    style: str | None = None,
    at: str = "shot",
) -> tuple[PromptText, tuple[SubjectPhrase, ...]]:
    """The prompt for the model, without marks, and what is to be cut out of its picture.

    The subjects are those that are listed; without a list those that ``**marks**`` name; without
    marks those that are found in an English prompt. named: of the cast, who are subjects beside
    any of these, and whose words are theirs alone. style: said at the prompt's end, unless the
    prompt says it already. at: the shot's path in its file, for the errors.

    Raises InputError when a listed subject is not in the prompt, a mark is not closed, or
    nothing is found.
    """
    text, subjects = _named_subjects(prompt, listed, at)
    subjects = subjects or found_subjects(text.text)
    if named:
        subjects = _beside(_listed(text.text, named, at), subjects)
    if not subjects:
        raise InputError(
            "storyboard.shot.subjects.none_found",
            "No subject was found in the prompt.",
            field=f"{at}.prompt",
            value=prompt,
            remedy='Mark each, as in "a **dragon** on a hill", or list them in "subjects".',
        )
    return _with_style(text, style), subjects


def describe_drawing(
    subjects: Sequence[Subject], *, style: str | None = None
) -> tuple[PromptText, tuple[SubjectPhrase, ...]]:
    """A prompt for a drawing, made of its subjects, and where in it they are; style at its end."""
    text, found = "", []
    phrases = [" ".join((subject.phrase or subject.name).split()) for subject in subjects]
    for subject, phrase in zip(subjects, phrases, strict=True):
        text += ", " if text else ""
        # "warrior's sword" beside "warrior": the owner's word would speak for the owner.
        first, last = part_span(phrase, [other for other in phrases if other != phrase])
        span = (len(text) + first, len(text) + last)
        text += phrase
        found.append(SubjectPhrase(subject.name, phrase, (span,), subject.count, subject.kind))
    return _with_style(PromptText(text), style), tuple(found)


def check_subjects(prompt: str, listed: Sequence[Subject] = (), *, at: str = "shot") -> None:
    """Raises what `find_subjects` would, as far as it can be known without reading English."""
    _named_subjects(prompt, listed, at)


def _beside(
    cast: tuple[SubjectPhrase, ...], others: tuple[SubjectPhrase, ...]
) -> tuple[SubjectPhrase, ...]:
    """The cast, and what of the others lies outside their words and has another name."""
    words = [span for member in cast for span in member.spans]
    names = {member.name.casefold() for member in cast}
    left = []
    for other in others:
        own = tuple(
            span for span in other.spans if not any(a < span[1] and span[0] < b for a, b in words)
        )
        if other.name.casefold() not in names and (own or not other.spans):
            left.append(replace(other, spans=own))
    return (*cast, *left)


def scene_phrases(prompt: PromptText, subjects: Sequence[SubjectPhrase]) -> tuple[Span, ...]:
    """Spans of the words that name the place, for the background; none where none are known."""
    return found_scene(prompt.text, subjects)


def _named_subjects(
    prompt: str, listed: Sequence[Subject], at: str
) -> tuple[PromptText, tuple[SubjectPhrase, ...]]:
    text = plain_prompt(prompt, field=f"{at}.prompt")
    return text, _listed(text.text, listed, at) if listed else _marked(text)


def _listed(text: str, subjects: Sequence[Subject], at: str) -> tuple[SubjectPhrase, ...]:
    phrases = [" ".join((subject.phrase or subject.name).split()) for subject in subjects]
    places = [find_phrase(text, phrase) for phrase in phrases]
    found = []
    for index, (subject, phrase) in enumerate(zip(subjects, phrases, strict=True)):
        key = "phrase" if subject.phrase is not None else "name"
        if not places[index] and not subject.in_prompt:
            found.append(SubjectPhrase(subject.name, phrase, (), subject.count, subject.kind))
            continue
        if not places[index]:
            near = near_phrases(text, phrase)
            raise InputError(
                "storyboard.shot.subjects.not_in_prompt",
                "The prompt does not contain this subject.",
                field=f"{at}.subjects[{index}].{key}",
                value=phrase,
                values={"near": " or ".join(f'"{words}"' for words in near)} if near else {},
                remedy=(
                    "Did you mean {near}?"
                    if near
                    else 'Give the words of the prompt that mean it as its "phrase", or say '
                    '"in_prompt": false, so that it is looked for without.'
                ),
            )
        longer = [
            span
            for other, spans in zip(phrases, places, strict=True)
            if len(other) > len(phrase)
            for span in spans
        ]
        # "sword" beside "warrior's sword": the longer phrase owns its words.
        own = [s for s in places[index] if not any(a <= s[0] and s[1] <= b for a, b in longer)]
        spans = _share(own or list(places[index]), phrases, index)
        if "count" in subject.model_fields_set:
            count = subject.count
        else:
            count = count_instances(text, spans)
        found.append(SubjectPhrase(subject.name, phrase, tuple(spans), count, subject.kind))
    return tuple(found)


def _share(spans: list[Span], phrases: Sequence[str], index: int) -> list[Span]:
    """Subjects with the same words get one mention each, in order; the last one the rest."""
    alike = [
        i for i, phrase in enumerate(phrases) if phrase.casefold() == phrases[index].casefold()
    ]
    if len(alike) == 1 or len(spans) < len(alike):
        return spans
    turn = alike.index(index)
    return spans[turn:] if turn == len(alike) - 1 else spans[turn : turn + 1]


def _marked(prompt: PromptText) -> tuple[SubjectPhrase, ...]:
    by_words: dict[str, list[Span]] = {}
    for start, end in prompt.marks:
        words = " ".join(prompt.text[start:end].casefold().split())
        by_words.setdefault(words, []).append((start, end))
    phrases = [prompt.text[slice(*spans[0])] for spans in by_words.values()]
    names = unique_names([(phrase, phrase) for phrase in phrases])
    return tuple(
        SubjectPhrase(name, phrase, tuple(spans), count_instances(prompt.text, spans))
        for name, phrase, spans in zip(names, phrases, by_words.values(), strict=True)
    )


def _with_style(prompt: PromptText, style: str | None) -> PromptText:
    style = " ".join((style or "").split())
    if not style or find_phrase(prompt.text, style):
        return prompt
    return PromptText(f"{prompt.text.rstrip(' ,.')}, {style}", prompt.marks)
