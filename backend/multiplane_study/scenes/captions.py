"""Captions as people write them, with the exact span of every phrase."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from .vocabulary import PLACES, PlaceWords

Span = tuple[int, int]

_STYLE_NOUNS: dict[str, tuple[str, ...]] = {
    "ink sketch": ("ink sketch",),
    "watercolor": ("watercolor", "watercolor painting"),
    "oil paint": ("oil paint", "oil painting"),
    "pencil": ("pencil", "pencil drawing"),
    "flat color": ("flat color", "flat color illustration"),
}
MOST_WORDS = 24
_NUMBERS = {2: "two", 3: "three", 4: "four"}


@dataclass(frozen=True)
class Named:
    """What a caption may say of one subject, in picture shares: `middle` of what is visible
    (0 left .. 1 right), `hidden_by` the indices of nearer subjects that hide a part of it."""

    kind: str
    colour: str
    middle: float
    left: float
    right: float
    hidden_by: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Caption:
    """`phrases` holds one span per subject, in the subjects' order."""

    text: str
    phrases: tuple[Span, ...]
    place: Span
    style: Span | None


@dataclass
class _Sentence:
    text: str = ""
    spans: dict[str, Span] = field(default_factory=dict)

    def say(self, words: str, key: str | None = None) -> None:
        """Append words; a key remembers where they stand."""
        if self.text and not words.startswith((",", ":")):
            self.text += " "
        start = len(self.text)
        self.text += words
        if key is not None:
            self.spans[key] = (start, len(self.text))


@dataclass(frozen=True)
class Forms:
    """Shares of captions that are bare nouns with "background", and other terse lists."""

    bare: float = 0.05
    listed: float = 0.12


_FORMS = Forms()
_PLURALS = {
    "mouse": "mice", "goose": "geese", "man": "men", "woman": "women", "child": "children",
    "foot": "feet", "tooth": "teeth", "leaf": "leaves", "knife": "knives", "thief": "thieves",
    "sheep": "sheep", "fish": "fish", "deer": "deer", "moose": "moose", "shrimp": "shrimp",
    "ox": "oxen", "die": "dice",
}  # fmt: skip


def plural(noun: str) -> str:
    """The plural of a noun or of a noun phrase that ends in its noun."""
    before, blank, head = noun.rpartition(" ")
    if head in _PLURALS:
        return before + blank + _PLURALS[head]
    if head.endswith("y") and head[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if head.endswith(("s", "x", "ch", "sh")) else "s")


@dataclass(frozen=True)
class _Group:
    """Subjects that share one noun phrase."""

    members: tuple[int, ...]
    words: str

    @property
    def key(self) -> str:
        return f"subject {self.members[0]}"


def _groups(rng: np.random.Generator, subjects: Sequence[Named], bare: bool) -> list[_Group]:
    """Noun phrases without articles, alike subjects together, in a random order."""
    kinds = [s.kind for s in subjects]
    grouped: dict[tuple[str, str], list[int]] = {}
    for index, subject in enumerate(subjects):
        grouped.setdefault((subject.kind, "" if bare else subject.colour), []).append(index)
    groups = []
    for (kind, colour), members in grouped.items():
        noun = kind if len(members) == 1 else plural(kind)
        # Two dogs of different colours can only be told apart by colour.
        needed = kinds.count(kind) > len(members)
        plain = not colour or (not needed and rng.random() < 0.15)
        groups.append(_Group(tuple(members), noun if plain else f"{colour} {noun}"))
    return [groups[i] for i in rng.permutation(len(groups))]


def _article(group: _Group) -> str:
    if len(group.members) > 1:
        return _NUMBERS[len(group.members)]
    return "an" if group.words[0] in "aeiou" else "a"


def _position(subject: Named) -> str | None:
    # True of what is seen and of the whole: a half-hidden subject's visible rest misleads.
    places = (subject.middle, (subject.left + subject.right) / 2)
    if max(places) < 0.38:
        return "on the left"
    if min(places) > 0.62:
        return "on the right"
    return "in the centre" if all(0.43 < place < 0.57 for place in places) else None


def _relations(a: _Group, b: _Group, subjects: Sequence[Named]) -> list[str]:
    """What truthfully stands between two groups: 'a <relation> b'."""

    def hides(near: _Group, far: _Group) -> bool:
        return all(subjects[j].hidden_by & set(near.members) for j in far.members)

    touching = any(
        i in subjects[j].hidden_by or j in subjects[i].hidden_by
        for i in a.members
        for j in b.members
    )
    ahead, back = hides(a, b), hides(b, a)
    if ahead and back:
        return []
    found = ["in front of"] * ahead + ["behind"] * back
    if not touching and len(a.members) == len(b.members) == 1:
        subject, other = subjects[a.members[0]], subjects[b.members[0]]
        gap = max(subject.left, other.left) - min(subject.right, other.right)
        if -0.1 < gap < 0.2:
            found += ["next to", "beside"]
        if subject.right < other.left + 0.05:
            found += ["to the left of"]
        if other.right < subject.left + 0.05:
            found += ["to the right of"]
    return found


def _say_group(sentence: _Sentence, group: _Group, where: str | None) -> None:
    sentence.say(_article(group))
    sentence.say(group.words, group.key)
    if where is not None:
        sentence.say(where)


def _say_subjects(
    sentence: _Sentence, groups: list[_Group], subjects: Sequence[Named], rng: np.random.Generator
) -> None:
    """All groups with a relation between two of them and positions, where they are true."""
    chance = {1: 0.55, 2: 0.35, 3: 0.15}.get(len(groups), 0.0)
    first, *rest = groups
    relation, second = "", None
    for other in rest:
        options = _relations(first, other, subjects)
        if options and rng.random() < 0.8:
            relation, second = str(rng.choice(options)), other
            break

    def where(group: _Group) -> str | None:
        # "on the right to the left of" would be true and confusing.
        if len(group.members) > 1 or relation.startswith("to the"):
            return None
        return _position(subjects[group.members[0]]) if rng.random() < chance else None

    _say_group(sentence, first, where(first))
    if second is not None:
        sentence.say(relation)
        _say_group(sentence, second, where(second))
        rest.remove(second)
    for index, group in enumerate(rest):
        if second is not None and index == 0:
            sentence.say(", with")
        else:
            sentence.say("and" if index == len(rest) - 1 else ",")
        _say_group(sentence, group, where(group))


def _say_place(sentence: _Sentence, place: PlaceWords, rng: np.random.Generator) -> None:
    sayings = place.sayings
    lead, words = sayings[int(rng.integers(len(sayings)))]
    sentence.say(lead)
    sentence.say(words, "place")


def _listed(
    sentence: _Sentence, groups: list[_Group], style: str | None, place: PlaceWords, bare: bool,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """The terse form: "red warrior, blue house, snow background, ink sketch"."""
    for group in groups:
        if len(group.members) > 1:
            sentence.say(_article(group))
        sentence.say(group.words, group.key)
        sentence.say(",")
    if bare:
        sentence.say("background", "place")
    else:
        sentence.say(place.bare, "place")
        sentence.say("background")
    if rng.random() < (0.5 if bare else 0.9) and style is not None:
        sentence.say(",")
        sentence.say(style, "style")


def _told(
    sentence: _Sentence, groups: list[_Group], subjects: Sequence[Named], style: str | None,
    place: PlaceWords, rng: np.random.Generator,
) -> None:  # fmt: skip
    """The form of a sentence, style and place at either end, or no style."""
    noun = str(rng.choice(_STYLE_NOUNS[style])) if style else ""
    style_at, place_first = float(rng.random()) if style else 1.0, rng.random() < 0.22
    if style_at < 0.36:
        # A medium takes a colon ("oil paint: ..."), a work may take "of".
        work = noun not in ("pencil", "oil paint", "flat color")
        of = work and not place_first and rng.random() < 0.75
        if of and rng.random() < 0.4:
            sentence.say("an" if noun[0] in "aeiou" else "a")
        sentence.say(noun, "style")
        sentence.say("of" if of else ":")
    if place_first:
        _say_place(sentence, place, rng)
        sentence.say(",")
    _say_subjects(sentence, groups, subjects, rng)
    if not place_first:
        _say_place(sentence, place, rng)
    if 0.36 <= style_at < 0.90:
        sentence.say(",")
        if rng.random() < 0.15:
            sentence.say("in")
            sentence.say(style or "", "style")
            sentence.say("style")
        else:
            sentence.say(noun, "style")


def caption_for(
    rng: np.random.Generator,
    style: str | None,
    place: str | PlaceWords,
    subjects: Sequence[Named],
    forms: Forms = _FORMS,
) -> Caption:
    """A caption of at most 24 words that is true of the scene.

    Mostly a sentence, in 12 % a terse list, in 5 % bare nouns with "background". Without a style
    none is said.
    """
    form = rng.random()
    bare = bool(form < forms.bare)
    words = PLACES[place] if isinstance(place, str) else place
    while True:
        sentence = _Sentence()
        groups = _groups(rng, subjects, bare)
        if form < forms.bare + forms.listed:
            _listed(sentence, groups, style, words, bare, rng)
        else:
            _told(sentence, groups, subjects, style, words, rng)
        if len(sentence.text.split()) <= MOST_WORDS:
            break
    by_member = {i: sentence.spans[g.key] for g in groups for i in g.members}
    return Caption(
        sentence.text,
        tuple(by_member[i] for i in range(len(subjects))),
        sentence.spans["place"],
        sentence.spans.get("style"),
    )
