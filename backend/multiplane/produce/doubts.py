"""What a user is told of words and layers that may be wrong: each with its code and its remedy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from multiplane.attention.words import STOP_WORDS
from multiplane.contract.doubts import TOUCHING, DoubtReason
from multiplane.contract.manifest import NoticeEntry
from multiplane.contract.storyboard import Shot
from multiplane.intake.found_subjects import WHERE
from multiplane.intake.near_words import near_words
from multiplane.intake.noun_kinds import is_english
from multiplane.intake.noun_phrases import noun_phrases
from multiplane.intake.picture_subjects import subjects_of_picture
from multiplane.intake.shot_source import Drawing, LayeredDrawing, Prompt, source_of
from multiplane.layers.cut import Segmentation
from multiplane.layers.judged import UNFAMILIAR
from multiplane.models import places
from multiplane.models.known_words import is_unknown, words_in
from multiplane.models.profiles import PROFILES, ModelProfile, profiles_of
from multiplane.models.vision.profiles import LAPTOP
from multiplane.produce.words import Words, words_of_drawing, words_of_prompt

Use = Literal["painting", "reading"]
"""What the words are for: a picture to be painted, or finding things in one that is there."""

_MOST_NAMED = 4
_CORRECT = "Look at its layer, and correct it by hand where it is wrong."
_CHECK = "Look at its heatmap before you make a layer of it, or mark it by hand."


def unknown_words(phrase: str, profile: ModelProfile) -> tuple[str, ...]:
    """The content words of `phrase` that the model never learnt, in order, each once."""
    words = dict.fromkeys(word for word in words_in(phrase) if word not in STOP_WORDS)
    return tuple(
        word for word in words if word not in WHERE and is_unknown(word, profile.known_words)
    )


def unknown_share(phrase: str, profile: ModelProfile) -> float:
    """Of the content words of `phrase`, the share 0..1 that the model never learnt."""
    words = {word for word in words_in(phrase) if word not in STOP_WORDS}
    return len(unknown_words(phrase, profile)) / len(words) if words else 0.0


def word_notices(words: Words, profile: ModelProfile, use: Use) -> tuple[NoticeEntry, ...]:
    """The words for things and places that the model never learnt; none for one without a list.

    What else a prompt says (how, when, why) is not asked for: no layer comes of it.
    """
    named = [subject.phrase for subject in words.subjects]
    if use == "painting":
        named += [words.text[first:last] for place in words.places for first, last in place]
        named += _things_named(words.prompt or "")
    unknown = dict.fromkeys(word for phrase in named for word in unknown_words(phrase, profile))
    if not unknown:
        return ()
    said = _quoted(list(unknown))
    rest = len(unknown) - _MOST_NAMED
    said += f" and {rest} more" if rest > 0 else ""
    near = dict.fromkeys(
        other
        for word in list(unknown)[:_MOST_NAMED]
        for other in near_words(word, profile.known_words)
    )
    layers = [
        subject.name
        for subject in words.subjects
        if not unknown.keys().isdisjoint(words_in(subject.phrase))
    ]
    return (
        NoticeEntry.of(
            DoubtReason.WORD_UNKNOWN.code,
            "{model} has not learnt {words}; it will paint something else."
            if use == "painting"
            else "{model} has not learnt {words}; what it cuts out for that may be something else.",
            {
                "model": profile.name,
                "words": said,
                "otherwise": _otherwise(profile, use),
                **({"near": ", ".join(near)} if near else {}),
            },
            layers=layers,
            remedy="Known and near: {near}. Or {otherwise}."
            if near
            else "Nothing that it knows is near; {otherwise}.",
        ),
    )


def notices_of_shot(
    shot: Shot, folder: Path, profile: ModelProfile, *, style: str | None
) -> tuple[NoticeEntry, ...]:
    """`word_notices` of a shot before it is made; folder: where its relative paths start.

    Raises what making it would raise for its words or its drawing.
    """
    match source_of(shot, folder):
        case Prompt() as prompt:
            words = words_of_prompt(prompt, shot.subjects, profile, style=style)
            return word_notices(words, profile, "painting")
        case Drawing():
            reader = places.reading(profile)
            words = words_of_drawing(subjects_of_picture(shot), reader, style=style)
            return word_notices(words, reader, "reading")
        case LayeredDrawing():
            return ()


def layer_notices(
    cut: Segmentation, profile: ModelProfile | None, *, novelty: float = 0.0
) -> tuple[NoticeEntry, ...]:
    """What is doubtful in a picture that was cut: one sentence for all of it, or one a layer.

    profile: of the model that attended, if one did; novelty: of the picture to it.
    """
    strange = profile is not None and novelty > UNFAMILIAR
    notices = list(_unfamiliar(cut, profile)) if profile is not None and strange else []
    for cutout in cut.cutouts:
        match cutout.reason:
            case DoubtReason.PICTURE_UNFAMILIAR:
                continue
            case DoubtReason.NOT_FOUND:
                notices.append(_not_found(cutout.name))
            case None if cutout.separate or cutout.number:
                continue
            case None:
                notices.append(_touching(cutout.name))
            case reason:
                notices.append(uncertain(cutout.name, cutout.confidence, reason))
    return tuple(notices)


def look_notices(
    asked: Sequence[str], cut: Segmentation, profile: ModelProfile, *, novelty: float
) -> tuple[NoticeEntry, ...]:
    """What is doubtful of words that were looked for in a picture that is cut already.

    cut: what would be cut out for them, they first. novelty: of the picture to the model. Words
    that it never learnt are told by `word_notices`.
    """
    notices = []
    for cutout in cut.cutouts:
        if cutout.of >= len(asked):
            continue
        word = asked[cutout.of]
        match cutout.reason:
            case DoubtReason.NOT_FOUND:
                found = NoticeEntry.of(
                    "layer.look.not_found",
                    "'{word}' was not found in the picture; what is shown for it may be "
                    "something else.",
                    {"word": word},
                    layers=[word],
                )
            case None | DoubtReason.WORD_UNKNOWN | DoubtReason.PICTURE_UNFAMILIAR:
                continue
            case reason:
                found = uncertain(word, cutout.confidence, reason)
        notices.append(found.model_copy(update={"remedy": _CHECK}))
    if novelty > UNFAMILIAR:
        notices.append(
            NoticeEntry.of(
                DoubtReason.PICTURE_UNFAMILIAR.code,
                "This picture, perhaps a photograph, is unlike all that {model} has "
                "learnt: what it finds is not to be relied on.",
                {"model": profile.name, "otherwise": _larger_model(profile)},
                layers=list(asked),
                remedy="Look at each heatmap, or {otherwise}.",
            )
        )
    return tuple(notices)


def uncertain(name: str, confidence: float, reason: DoubtReason) -> NoticeEntry:
    """What is told of a layer that was made and is doubtful."""
    return NoticeEntry.of(
        reason.code,
        "{layer} is uncertain ({percent}% sure): {because}.",
        {"layer": name, "percent": round(100 * confidence), "because": reason.because},
        layers=[name],
        remedy=_CORRECT,
    )


def _not_found(name: str) -> NoticeEntry:
    return NoticeEntry.of(
        DoubtReason.NOT_FOUND.code,
        "{layer} was not found in the picture, so there is no layer of it.",
        {"layer": name},
        layers=[name],
        remedy="Mark it by hand, or take it out of the subjects.",
    )


def _unfamiliar(cut: Segmentation, profile: ModelProfile) -> Iterator[NoticeEntry]:
    layers = [
        cutout.name for cutout in cut.cutouts if cutout.reason is DoubtReason.PICTURE_UNFAMILIAR
    ]
    if layers:
        yield NoticeEntry.of(
            DoubtReason.PICTURE_UNFAMILIAR.code,
            "This picture, perhaps a photograph, is unlike all that {model} has learnt: none of "
            "its layers is to be relied on.",
            {"model": profile.name, "otherwise": _larger_model(profile)},
            layers=layers,
            remedy="Look at each layer and correct it by hand, or {otherwise}.",
        )


def _touching(name: str) -> NoticeEntry:
    return NoticeEntry.of(
        TOUCHING,
        "{layer} touches another of its kind; where one ends and the next begins is a guess.",
        {"layer": name},
        layers=[name],
    )


def _things_named(text: str) -> list[str]:
    """Heads of noun phrases that are things, beings, plants, places: what would be painted."""
    return [
        phrase.lemma
        for phrase in noun_phrases(text)
        if (phrase.kind not in (None, "other", "either", "picture", "implement"))
        or (phrase.kind is None and not is_english(phrase.lemma))
    ]


def _otherwise(profile: ModelProfile, use: Use) -> str:
    """What to do where no word that is known comes near, as the end of a sentence."""
    if use == "reading" and any(places.find(one) is None for one in profiles_of(LAPTOP)):
        return f"have drawings of anything cut by a small set: multiplane models pull {LAPTOP}"
    return _larger_model(profile)


def _larger_model(profile: ModelProfile) -> str:
    """What to do for a model that knows more, as the end of a sentence."""
    best = max(PROFILES.values(), key=lambda cutout: cutout.rank)
    if best.name == profile.name or best.known_words:
        return "draw it yourself"
    if places.find(best) is not None:
        return f"use --model {best.name}"
    return f"pull a model that knows more: multiplane models pull {best.name}"


def _quoted(words: Sequence[str]) -> str:
    quoted = [f"'{word}'" for word in words[:_MOST_NAMED]]
    if len(words) > _MOST_NAMED or len(quoted) == 1:
        return ", ".join(quoted)
    return f"{', '.join(quoted[:-1])} or {quoted[-1]}"
