"""The words of a shot: what is painted, which of them are subjects, which are the place."""

from __future__ import annotations

from dataclasses import dataclass

from multiplane.attention.phrases import locate_each
from multiplane.attention.plan import CapturePlan, TokenGroup
from multiplane.contract.errors import InputError
from multiplane.intake.prompt_text import SubjectPhrase, plain_prompt
from multiplane.intake.subjects import find_subjects, scene_phrases
from multiplane.models.families.prompt import PromptReader
from multiplane.models.profiles import ModelProfile
from multiplane.produce.job import ShotJob

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


def words_of(job: ShotJob, profile: ModelProfile) -> Words:
    """What the model will read for this shot, the style in the words that the model knows.

    A drawing's words are its subjects, listed or found in what its shot says, and "background".
    Where no subject is found there are none, so the shot is one background. Raises InputError
    when a listed subject is not in the prompt.
    """
    style = profile.style_words(job.style)
    at = f"shots[{job.index}]"
    try:
        read, found = find_subjects(job.shot, style=style, at=at)
    except InputError as error:
        if error.code != NONE_FOUND:
            raise
        if job.shot.prompt is None:
            return Words("", None, (), ())
        text = plain_prompt(job.shot.prompt or "").text
        return Words(f"{text}, {style}" if style else text, text, (), ())
    if job.picture is not None:
        text = f"{read.text}, {BACKGROUND_WORD}"
        place = (len(read.text) + 2, len(text))
        return Words(text, None, found, ((place,),))
    places = scene_phrases(read, found)
    prompt = plain_prompt(job.shot.prompt or "").text
    return Words(read.text, prompt, found, tuple((span,) for span in places))


def capture_plan(words: Words, reader: PromptReader, profile: ModelProfile) -> CapturePlan | None:
    """What to capture for these words: subjects first, then places. None without subjects.

    Raises InputError `attention.phrase_truncated` for a prompt that is too long.
    """
    if not words.subjects:
        return None
    spans = [list(one.spans) for one in words.subjects] + [list(one) for one in words.places]
    located = locate_each(reader, words.text, spans, max_length=profile.max_text_tokens)
    names = [one.name for one in words.subjects]
    names += [f"place {number}" for number in range(1, len(words.places) + 1)]
    choice = profile.capture
    return CapturePlan(
        groups=tuple(TokenGroup(name, tokens) for name, tokens in zip(names, located, strict=True)),
        blocks=choice.blocks,
        sigma_low=choice.sigma_low,
        sigma_high=choice.sigma_high,
        hops=choice.hops,
        sharpness=choice.sharpness,
    )
