"""What the artwork shows: concepts with names, groups, synonyms, and which are never learnt.

Names and groups are Unicode's, synonyms CLDR's. A concept is a thing, an animal, a plant, a food, a
building or a person; flags, signs, faces, gestures and whole sceneries are none.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypedDict

from multiplane.intake.noun_kinds import noun_kind
from multiplane_study.artwork.get import member
from multiplane_study.artwork.packages import NAMES, SYNONYMS
from multiplane_study.scenes.vocabulary import COLOURS, KINDS, PLACES

UNSEEN_SHARE = 0.15
"""Of the families of concepts, by hash; never drawn nor named in training."""

_GROUPS = {
    "Animals & Nature": "animal or plant",
    "Food & Drink": "food",
    "Travel & Places": "place or vehicle",
    "Activities": "activity",
    "Objects": "object",
}
_AFTER_THE_NOUN = re.compile(r"_(with|in|on|behind|of|and|without|at|facing|tilted|showing)_.*")


@dataclass(frozen=True)
class Concept:
    """Something that artists draw and people name.

    `slug` is Unicode's ("bow_and_arrow"), `name` what it is called first ("bow and arrow"),
    `synonyms` further names; `family` is shared by what one word could mean, such as a tiger and
    its face. `drawn_by` are the emoji that show it; the first is its own.
    """

    slug: str
    name: str
    group: str
    family: str
    synonyms: tuple[str, ...]
    drawn_by: tuple[str, ...]

    @property
    def unseen(self) -> bool:
        """Whether it is left out of training everywhere: as a word and as a drawing."""
        return is_unseen(self.family)

    @property
    def names(self) -> tuple[str, ...]:
        """All that it may be called."""
        return (self.name, *self.synonyms)


class _Words(TypedDict):
    """`concept_words.json`: lists are words with blanks between, mappings go by slug."""

    no_things: str  # sceneries, weather, signs: no shape of their own, or they fill their picture
    beings_and_bodies: str  # of the group of people, and of faces
    beside_the_noun: str  # words of a slug that are not what it is about
    no_synonyms: str  # keywords that pass for synonyms by the rule and are none
    names: dict[str, str]  # where Unicode's name is not what people would write
    further_names: dict[str, str]  # that CLDR has only beside many that are none
    same_family: dict[str, str]  # nouns for what looks alike


@cache
def _words() -> _Words:
    read: _Words = json.loads(Path(__file__).with_name("concept_words.json").read_text("utf-8"))
    return read


@cache
def _listed(
    name: Literal["no_things", "beings_and_bodies", "beside_the_noun", "no_synonyms"],
) -> frozenset[str]:
    return frozenset(_words()[name].split())


def is_unseen(family: str) -> bool:
    """Whether a family of concepts is never learnt: fixed by the hash of its name.

    What the project draws itself is always learnt.
    """
    if family in _OWN:
        return False
    first = hashlib.sha256(f"multiplane unseen {family}".encode()).digest()[:4]
    return int.from_bytes(first, "big") < UNSEEN_SHARE * 2**32


_OWN = frozenset({*KINDS, *PLACES, "tree", "flower", "shell", "wizard", "snowman", "mountain"})


def family_of(slug: str) -> str:
    """The noun that a slug is about: "red_apple" and "green_apple" give "apple"."""
    words = _AFTER_THE_NOUN.sub("", slug).split("_")
    kept = [
        word
        for word in words
        if word not in COLOURS and word not in _listed("beside_the_noun") and not word.isdigit()
    ]
    head = (kept or words)[-1]
    single = head[:-1] if head.endswith("s") and not head.endswith(("ss", "us")) else head
    same = _words()["same_family"]
    return same.get(head, same.get(single, single))


def read_concepts(folder: Path) -> tuple[Concept, ...]:
    """All concepts, in Unicode's order.

    Raises InputError `study.artwork.missing` where names or synonyms have not been fetched.
    """
    emoji: dict[str, dict[str, Any]] = json.loads(
        member(folder, NAMES, NAMES.members[0]).read_text("utf-8")
    )
    cldr = json.loads(member(folder, SYNONYMS, SYNONYMS.members[0]).read_text("utf-8"))
    keywords: Mapping[str, Mapping[str, list[str]]] = cldr["annotations"]["annotations"]
    by_slug = {facts["slug"]: (sign, facts) for sign, facts in emoji.items()}
    chosen = [slug for slug, (_, facts) in by_slug.items() if _is_concept(slug, facts["group"])]
    spoken = _distinct_keywords(keywords, {slug: by_slug[slug][0] for slug in chosen})
    concepts = []
    for slug in chosen:
        sign, facts = by_slug[slug]
        name = _words()["names"].get(slug) or _plain(str(facts["name"]))
        variants = [f"{who}_{slug}" for who in ("woman", "man")]
        drawn_by = (sign, *(by_slug[variant][0] for variant in variants if variant in by_slug))
        concepts.append(
            Concept(
                slug=slug,
                name=name,
                group=_GROUPS.get(facts["group"], "being"),
                family=family_of(slug),
                synonyms=tuple(word for word in spoken[slug] if word != name),
                drawn_by=drawn_by,
            )
        )
    return _without_words_of_unseen(concepts)


def _is_concept(slug: str, group: str) -> bool:
    if slug in _listed("beings_and_bodies"):
        return True
    clock = "o_clock" in slug or slug.endswith("_thirty")
    return group in _GROUPS and slug not in _listed("no_things") and not clock


def _plain(name: str) -> str:
    """Unicode's name as one would say it: "dog face" stays, "bagel (round)" loses its note."""
    return re.sub(r"\s*\(.*?\)", "", name).replace("’", "'").replace("-", " ").lower().strip()


def _distinct_keywords(
    keywords: Mapping[str, Mapping[str, list[str]]], signs: Mapping[str, str]
) -> dict[str, list[str]]:
    """Slug -> keywords that name it: of no other family, and of its own name's kind of noun."""
    families: dict[str, set[str]] = defaultdict(set)
    words: dict[str, list[str]] = {}
    for slug, sign in signs.items():
        entry = keywords.get(sign) or keywords.get(sign.replace("\ufe0f", "")) or {}
        words[slug] = [word.lower() for word in entry.get("default", [])]
        for word in words[slug]:
            families[word].add(family_of(slug))
    found: dict[str, list[str]] = {}
    for slug in signs:
        kind = noun_kind(slug.replace("_", " ")) or noun_kind(slug.rpartition("_")[2])
        found[slug] = [
            word
            for word in words[slug]
            if word.replace(" ", "").isalpha()
            and len(word) > 2
            and word not in _listed("no_synonyms")
            and families[word] == {family_of(slug)}
            and kind not in (None, "other", "either")
            and noun_kind(word) == kind
        ]
        further = _words()["further_names"].get(slug)
        if further is not None and further not in found[slug]:
            found[slug].append(further)
    return found


def _without_words_of_unseen(concepts: list[Concept]) -> tuple[Concept, ...]:
    """What is never learnt is not named by a learnt concept's synonyms either."""
    kept_back = {
        name for concept in concepts if concept.unseen for name in (*concept.names, concept.family)
    }
    return tuple(
        concept
        if concept.unseen
        else replace(
            concept,
            synonyms=tuple(w for w in concept.synonyms if kept_back.isdisjoint({w, *w.split()})),
        )
        for concept in concepts
    )
