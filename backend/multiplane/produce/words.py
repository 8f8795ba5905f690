"""The words of a shot: what is painted, which of them are subjects, which are the place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from multiplane.attention.heatmaps import AttentionMaps
from multiplane.attention.phrases import locate, locate_each
from multiplane.attention.plan import CapturePlan, Concept, TokenGroup
from multiplane.attention.words import content_words
from multiplane.contract.errors import InputError
from multiplane.contract.storyboard import Subject
from multiplane.intake.prompt_text import SubjectPhrase, plain_prompt
from multiplane.intake.shot_source import Prompt
from multiplane.intake.subjects import describe_drawing, find_subjects, scene_phrases
from multiplane.layers.hands.words import MOST, WordHeat
from multiplane.models.families.prompt import PromptReader
from multiplane.models.profiles import ModelProfile

Span = tuple[int, int]
BACKGROUND_WORD = "background"
NONE_FOUND = "storyboard.shot.subjects.none_found"


@dataclass(frozen=True)
class Words:
    """The text that the model reads, its subjects in order, and its place words."""

    text: str
    prompt: str | None  # without style and marks; None for a drawing
    subjects: tuple[SubjectPhrase, ...]
    places: tuple[tuple[Span, ...], ...]  # one entry per place phrase


NO_SUBJECTS = Words("", None, (), ())
"""Of a drawing of which nothing says what it shows."""


def words_of_prompt(
    prompt: Prompt,
    listed: Sequence[Subject],
    profile: ModelProfile,
    *,
    style: str | None,
    at: str = "shot",
) -> Words:
    """What the model will paint, the style in the words that the model knows.

    listed: the shot's own list of subjects. Where no subject is found there are none, so the shot
    is one background. at: the shot's path in its file, for the errors. Raises InputError when a
    listed subject is not in the prompt.
    """
    style = profile.style_words(style)
    plain = plain_prompt(prompt.text, field=f"{at}.prompt").text
    try:
        read, found = find_subjects(prompt.text, listed, named=prompt.cast, style=style, at=at)
    except InputError as error:
        if error.code != NONE_FOUND:
            raise
        return Words(f"{plain}, {style}" if style else plain, plain, (), ())
    places = scene_phrases(read, found)
    return Words(read.text, plain, found, tuple((span,) for span in places))


def words_of_drawing(
    subjects: Sequence[Subject], profile: ModelProfile | None, *, style: str | None
) -> Words:
    """What the model reads while it is shown a drawing: its subjects, style and "background".

    profile: of the picture model, whose word for the style is taken; None where it sees none.
    """
    said = style or "" if profile is None else profile.style_words(style)
    read, found = describe_drawing(subjects, style=said)
    text = f"{read.text}, {BACKGROUND_WORD}"
    place = (len(read.text) + 2, len(text))
    return Words(text, None, found, ((place,),))


def capture_plan(words: Words, reader: PromptReader, profile: ModelProfile) -> CapturePlan | None:
    """What to capture for these words; `rows_of` finds the subjects in it. None without subjects.

    First what the prompt says of the subjects, then places, then what it does not say.

    Raises InputError `attention.phrase_truncated` for a prompt that is too long.
    """
    if not words.subjects:
        return None
    said = [subject for subject in words.subjects if subject.spans]
    spans = [list(subject.spans) for subject in said]
    spans += [list(place) for place in words.places]
    located = locate_each(reader, words.text, spans, max_length=profile.max_text_tokens)
    names = [subject.name for subject in said]
    names += [f"place {number}" for number in range(1, len(words.places) + 1)]
    choice = profile.capture
    return CapturePlan(
        groups=tuple(TokenGroup(name, tokens) for name, tokens in zip(names, located, strict=True)),
        blocks=choice.blocks,
        sigma_low=choice.sigma_low,
        sigma_high=choice.sigma_high,
        hops=choice.hops,
        sharpness=choice.sharpness,
        head_weights=choice.head_weights,
        concepts=tuple(
            Concept(subject.name, subject.phrase) for subject in words.subjects if not subject.spans
        ),
        concept_length=profile.max_text_tokens,
        keep_each=True,  # the draws apart tell how steady a mask is
        pictures=1,  # portraits of the cast may be painted beside
    )


def with_words(
    plan: CapturePlan, words: Words, reader: PromptReader, profile: ModelProfile
) -> tuple[CapturePlan, tuple[str, ...]]:
    """The plan with a further group for every content word, and those words in their order.

    Of the prompt alone, not of the style; words past the end of what the model reads are left out.
    """
    text = words.text if words.prompt is None else words.text[: len(words.prompt)]
    groups = []
    for word, spans in list(content_words(text).items())[:MOST]:
        try:
            tokens = locate(reader, words.text, spans, max_length=profile.max_text_tokens)
        except InputError:
            continue
        if tokens:
            groups.append(TokenGroup(word, tokens))
    both = replace(plan, groups=(*plan.groups, *groups))
    return both, tuple(group.name for group in groups)


def apart(
    maps: AttentionMaps, plan: CapturePlan, words: Sequence[str]
) -> tuple[AttentionMaps, WordHeat]:
    """What was captured with `with_words`: the maps of the plan itself, and those words."""
    count, end = len(plan.groups), len(plan.groups) + len(words)
    own = [*range(count), *range(end, end + len(plan.concepts))]
    return maps.only(own), WordHeat.of(words, maps.propagated[count:end])


def rows_of(words: Words) -> list[int]:
    """Where the maps of `capture_plan` have the subjects in their order, and then the places."""
    said = sum(1 for subject in words.subjects if subject.spans)
    unsaid = said + len(words.places)
    subjects, place = [], 0
    for subject in words.subjects:
        subjects.append(place if subject.spans else unsaid)
        place, unsaid = (place + 1, unsaid) if subject.spans else (place, unsaid + 1)
    return [*subjects, *range(said, said + len(words.places))]
