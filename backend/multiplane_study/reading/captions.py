"""What a reader is asked about a picture: words for what is there, and for what is not.

A picture is captioned anew each time it is looked at: as a list, as a sentence, by synonyms, with
colours, with a made-up word for one thing. Further words name things that are not in the picture,
so that a word is weighed against many others and not against its few neighbours alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from multiplane_study.artwork.catalogue import Catalogue
from multiplane_study.artwork.invented import invented_word
from multiplane_study.reading.pictures import Shown
from multiplane_study.scenes.captions import Forms, Named, Span, caption_for, plural
from multiplane_study.scenes.vocabulary import COLOURS, PlaceWords

_PLACE = PlaceWords(
    (("on a", "background"), ("before a", "background"), ("with a", "background")), "plain"
)
LISTED, SIMPLE = 0.5, 0.3
"""Shares of bare lists and of plain sentences; the others are told at length."""
SYNONYMS, INVENTED, LEFT_OUT, COLOURED = 0.4, 0.14, 0.08, 0.3
"""Chances: of a name to be a synonym; of a picture, where every drawing is named, to have one
called by a made-up word; to have one that nobody names; to say colours."""


@dataclass(frozen=True)
class Asked:
    """A caption: per group its character spans, the background's last, and whose they are.

    members: per group the drawings it names; empty for what is not in the picture and for the
    background.
    """

    text: str
    spans: tuple[Span, ...]
    members: tuple[tuple[int, ...], ...]


class Captioner:
    """Words for pictures of a catalogue's drawings."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._known = [k for k, known in enumerate(catalogue.concepts) if not known.unseen]

    def name(self, rng: np.random.Generator, concept: int) -> str:
        """The concept's name, or at times a synonym."""
        found = self.catalogue.concepts[concept]
        if found.synonyms and rng.random() < SYNONYMS:
            return found.synonyms[int(rng.integers(len(found.synonyms)))]
        return found.name

    def caption(self, rng: np.random.Generator, shown: Sequence[Shown], absent: int) -> Asked:
        """A caption of the drawings that are not plain, with `absent` further words."""
        there = [k for k, drawing in enumerate(shown) if not drawing.plain]
        unnamed = len(there) < len(shown)
        if len(there) > 1 and rng.random() < LEFT_OUT:  # what nobody names is background
            there.remove(int(rng.choice(there)))
            unnamed = True
        names: dict[int, str] = {}
        for k in there:
            names.setdefault(shown[k].concept, self.name(rng, shown[k].concept))
        concepts = [shown[k].concept for k in there]
        single = [c for c in names if concepts.count(c) == 1]
        if not unnamed and single and rng.random() < INVENTED:
            names[int(rng.choice(single))] = invented_word(rng, self.catalogue)
        coloured = rng.random() < COLOURED
        form = rng.random()
        if form >= LISTED + SIMPLE and absent == 0:
            return self._told(rng, shown, there, names)
        groups: list[tuple[str, tuple[int, ...]]] = []
        for concept, name in names.items():
            members = tuple(k for k in there if shown[k].concept == concept)
            colour = shown[members[0]].named.colour if coloured and rng.random() < 0.7 else ""
            if len({shown[k].named.colour for k in members}) > 1 or colour in name.split():
                colour = ""
            words = f"{colour} {name}".strip()
            if len(members) > 1:
                words = f"{('two', 'three')[len(members) - 2]} {plural(words)}"
            groups.append((words, members))
        families = {self.catalogue.concepts[drawing.concept].family for drawing in shown}
        said = {word for name in names.values() for word in name.split()}
        said |= {word for drawing in shown for word in drawing.named.kind.split()}
        while absent:
            concept = self._known[int(rng.integers(len(self._known)))]
            words = self.name(rng, concept)
            absent -= 1
            if self.catalogue.concepts[concept].family in families or said & set(words.split()):
                continue
            families.add(self.catalogue.concepts[concept].family)
            if rng.random() < 0.15:
                words = f"{rng.choice(list(COLOURS))} {words}"
            groups.append((words, ()))
        return _listed(rng, groups, sentence=form >= LISTED)

    def _told(
        self,
        rng: np.random.Generator,
        shown: Sequence[Shown],
        there: Sequence[int],
        names: dict[int, str],
    ) -> Asked:
        place = {k: index for index, k in enumerate(there)}
        named: list[Named] = []
        for k in there:
            own = shown[k].named
            hidden = frozenset(place[j] for j in own.hidden_by if j in place)
            kind = names[shown[k].concept]
            colour = "" if own.colour in kind.split() or rng.random() < 0.4 else own.colour
            named.append(replace(own, kind=kind, colour=colour, hidden_by=hidden))
        caption = caption_for(rng, None, _PLACE, named, Forms(bare=0.0, listed=0.0))
        spans: dict[Span, list[int]] = {}
        for k, span in zip(there, caption.phrases, strict=True):
            spans.setdefault(span, []).append(k)
        return Asked(
            caption.text,
            (*spans, caption.place),
            (*(tuple(members) for members in spans.values()), ()),
        )


def _listed(
    rng: np.random.Generator, groups: list[tuple[str, tuple[int, ...]]], *, sentence: bool
) -> Asked:
    text = ""
    spans, members = [], []
    order = rng.permutation(len(groups))
    for place, index in enumerate(order):
        words, own = groups[int(index)]
        if text:
            last = sentence and place == len(order) - 1
            text += str(rng.choice([" and ", " with ", " beside "])) if last else ", "
        if sentence and len(own) < 2:
            text += "an " if words[0] in "aeiou" else "a "
        spans.append((len(text), len(text) + len(words)))
        members.append(own)
        text += words
    text += ", "
    return Asked(
        f"{text}background", (*spans, (len(text), len(text) + len("background"))), (*members, ())
    )
