"""Which noun phrases of a prompt are subjects, which the place, which the style.

Rules of grammar over kinds of nouns: a noun that names what can be cut out is a subject, unless
it is where the scene is set ("in a castle"), what somebody wears, holds or has ("with a sword",
"his crown"), what the picture is ("a drawing of"), or a comparison ("like a tiger").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from multiplane.intake.noun_kinds import NounKind, is_abstract
from multiplane.intake.noun_phrases import NounPhrase, noun_phrases
from multiplane.intake.prompt_text import MAX_COUNT, NUMBERS, Span, SubjectPhrase, unique_names

_INSIDE = {
    "in", "inside", "within", "into", "at", "through", "throughout", "across", "along",
    "on", "upon", "onto", "amid", "amidst", "among", "amongst",
}  # fmt: skip
# Nouns that only say where: "in front of", "on the left", "in the background".
WHERE = {
    "left", "right", "front", "back", "top", "bottom", "middle", "center", "centre", "side",
    "edge", "corner", "foreground", "background", "distance", "midst", "rear", "end", "half",
}  # fmt: skip
_MIDDLE = {"middle", "center", "centre", "midst"}
_COMPARED = {"like", "as", "than", "without", "except"}
_HOLDING = {
    "hold", "carry", "wear", "wield", "grip", "grasp", "clutch", "brandish", "raise", "swing",
    "bear", "lift", "don",
}  # fmt: skip

_BEINGS: set[NounKind | None] = {"being", "group"}
_PARTS: set[NounKind | None] = {"thing", "plant", "worn", "body", "either", "implement", "other"}
_BODILY: set[NounKind | None] = {"worn", "body"}
_OWNED: set[NounKind | None] = {"thing", "worn", "body", "either", "implement"}
_NEVER_HELD: set[NounKind | None] = {"being", "group", "large", "structure"}
_THINGS: set[NounKind | None] = {"being", "group", "plant", "thing", "large", "structure", "worn"}


@dataclass
class _Candidate:
    phrase: NounPhrase
    spans: list[Span]
    count: int
    text: str


@dataclass
class _Reading:
    """What has been understood so far, phrase by phrase."""

    text: str
    candidates: list[_Candidate] = field(default_factory=list)
    scene: list[NounPhrase] = field(default_factory=list)
    skipped: list[NounPhrase] = field(default_factory=list)

    def last_being(self) -> _Candidate | None:
        return next((c for c in reversed(self.candidates) if c.phrase.kind in _BEINGS), None)


def found_subjects(text: str) -> tuple[SubjectPhrase, ...]:
    """The subjects of an English prompt, in its order; none where nothing can be cut out."""
    reading = _read(text)
    candidates = reading.candidates
    if not candidates:
        # "a mountain lake at dawn": what is there is the place itself.
        candidates = [
            _candidate(text, phrase)
            for phrase in reading.scene
            if phrase.kind in ("place", "structure")
            and not _is_inside(phrase.link)
            and phrase.lemma not in WHERE
        ]
    merged = _merged(candidates)
    names = unique_names([(c.phrase.head, c.text) for c in merged])
    return tuple(
        SubjectPhrase(name, c.text, tuple(c.spans), c.count if c.count <= MAX_COUNT else 1)
        for name, c in zip(names, merged, strict=True)
    )


def found_scene(text: str, subjects: Sequence[SubjectPhrase]) -> tuple[Span, ...]:
    """Spans of the words that name the place and are no subject's."""
    taken = [span for subject in subjects for span in subject.spans]
    return tuple(
        phrase.span
        for phrase in _read(text).scene
        if not any(start < phrase.span[1] and phrase.span[0] < end for start, end in taken)
    )


def _read(text: str) -> _Reading:
    reading = _Reading(text)
    phrases = list(noun_phrases(text))
    for index, phrase in enumerate(phrases):
        follower = phrases[index + 1] if index + 1 < len(phrases) else None
        of_next = follower is not None and follower.link == ("of",)
        if of_next and follower is not None and _gives_way(phrase):
            # "watercolor of a dog", "in front of a house": the other noun is what is meant.
            link = (*phrase.link, phrase.lemma) if phrase.lemma in WHERE else phrase.link
            number = NUMBERS.get(phrase.lemma, follower.number)
            if phrase.lemma in WHERE:
                link, number = (*link, "of"), follower.number
            phrases[index + 1] = follower.linked(link, number)
            continue
        before = phrases[index - 1] if index else None
        if phrase.link == ("of",) and before is not None:
            _complete(reading, before, phrase)
            continue
        _place(reading, phrase)
    return reading


def _gives_way(phrase: NounPhrase) -> bool:
    """Whether "<phrase> of X" is about X."""
    if phrase.lemma in WHERE or phrase.lemma in NUMBERS or phrase.kind in ("picture", "group"):
        return True
    # "a view of", "wide shot of"; but not "in the style of".
    opening = not phrase.link or phrase.link[-1] in (",", ":", ".", ";")
    return opening and phrase.kind in ("other", "either", "implement", None)


def _complete(reading: _Reading, before: NounPhrase, phrase: NounPhrase) -> None:
    """ "a statue of a king", "a field of flowers": the second noun belongs to the first."""
    for candidate in reading.candidates:
        if candidate.spans[-1] == before.span:
            span = (before.span[0], phrase.span[1])
            candidate.spans[-1] = span
            candidate.text = reading.text[slice(*span)]
            return
    if before in reading.scene:
        reading.scene.append(phrase)
    else:
        reading.skipped.append(phrase)


def _place(reading: _Reading, phrase: NounPhrase) -> None:
    being = reading.last_being()
    if phrase.determiner == "no" or (phrase.link and phrase.link[-1] in _COMPARED):
        reading.skipped.append(phrase)
    elif being is not None and _belongs(phrase, being):
        being.spans.append(phrase.span)
    elif _is_subject(phrase):
        reading.candidates.append(_candidate(reading.text, phrase))
    elif _is_scene(phrase):
        reading.scene.append(phrase)
    else:
        reading.skipped.append(phrase)


def _belongs(phrase: NounPhrase, being: _Candidate) -> bool:
    """Whether it is worn, held or had by somebody, and so moves with them."""
    if phrase.possessor is not None:
        return phrase.possessor == being.phrase.lemma and phrase.kind in _PARTS
    if phrase.verb in _HOLDING:
        return phrase.kind not in _NEVER_HELD
    if phrase.link[-1:] == ("with",):
        # After a comma the scene goes on: "a dog, with a lantern".
        return phrase.kind in (_PARTS if phrase.link[-2:-1] != (",",) else _BODILY)
    if phrase.determiner == "his":
        return phrase.kind in _OWNED
    if phrase.kind == "worn":
        return phrase.link[-1:] == ("in",)
    # "a woman, blue eyes, long hair"
    return phrase.kind == "body" and phrase.determiner in ("", "the")


def _is_subject(phrase: NounPhrase) -> bool:
    kind, inside = phrase.kind, _is_inside(phrase.link)
    counted = (
        phrase.determiner in ("a", "his") or phrase.number is not None or bool(phrase.possessor)
    )
    if phrase.lemma in WHERE or is_abstract(phrase.lemma):
        return False
    if kind is None:
        # A name after a preposition is mostly a place's: "over Gondor".
        return (phrase.proper and not phrase.after_preposition) or (counted and not inside)
    if kind == "structure":
        return not inside
    if kind == "plant":
        return not (inside and phrase.link[-1] in ("among", "amongst", "amid", "amidst"))
    if kind == "body":
        return True
    if kind in ("either", "implement"):
        return counted and not (inside and phrase.link[-1] not in ("on", "at"))
    return kind in _THINGS


def _is_scene(phrase: NounPhrase) -> bool:
    if phrase.lemma in WHERE:
        return phrase.lemma == "background" and (phrase.modified or not phrase.determiner)
    if phrase.kind is None:
        return phrase.proper and phrase.after_preposition and phrase.link[-1] != "by"
    inside = _is_inside(phrase.link)
    return phrase.kind == "place" or (phrase.kind in ("structure", "plant") and inside)


def _is_inside(link: tuple[str, ...]) -> bool:
    if not link:
        return False
    if link[-1] == "of" and len(link) > 1:
        return link[-2] in _MIDDLE
    return link[-1] in _INSIDE


def _candidate(text: str, phrase: NounPhrase) -> _Candidate:
    return _Candidate(phrase, [phrase.span], phrase.number or 1, text[slice(*phrase.span)])


def _merged(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """Mentions of the same together: "a dog ... the dog" is one, "a dog behind a dog" two."""
    merged: list[_Candidate] = []
    for candidate in candidates:
        again = candidate.phrase.determiner == "the"
        same = [c for c in merged if c.text.casefold() == candidate.text.casefold()]
        if again and not same and not candidate.phrase.modified:
            same = [c for c in merged if c.phrase.lemma == candidate.phrase.lemma]
        if same:
            same[0].spans += candidate.spans
            same[0].count += 0 if again else candidate.count
        else:
            merged.append(candidate)
    return merged
