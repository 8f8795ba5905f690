"""What stands where in a scene of the artists' bench: chosen by its number alone, drawn later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from multiplane_study.artists.grounds import GROUNDS
from multiplane_study.artwork.catalogue import Catalogue
from multiplane_study.artwork.concepts import Concept
from multiplane_study.artwork.packages import HELD_OUT_ARTIST, TUNING_ARTIST
from multiplane_study.artwork.raster import fills_its_box, rasterise
from multiplane_study.scenes.captions import plural

SCENES = 400
"""Of the set; scenes with even numbers show known concepts, odd ones unseen concepts."""
MOST_SUBJECTS = 4
_LOOK = 64  # px, at which a drawing is looked at
_SIZES = ((448, 256), (448, 256), (256, 256))
_BUSY, _TWINS, _SMALL, _CUT_OFF, _SENTENCE = 0.4, 0.15, 0.2, 0.2, 0.4
# Their plural is not made by an s, or they are many already.
_IRREGULAR = ("y", "f", "fe", "o", "s", "man", "foot", "mouse", "goose", "fish", "sheep", "deer")


@dataclass(frozen=True)
class Placed:
    """A drawing in a picture. Lengths in picture heights; `x` is its middle, `foot` its lowest row.

    `side`: its longer side. `number`: which of the artist's drawings of the concept.
    """

    slug: str
    x: float
    foot: float
    side: float
    mirrored: bool


@dataclass(frozen=True)
class ScenePlan:
    """A scene before it is drawn. Subjects and distractors stand back to front.

    phrases: per subject the character span in `caption` of the words that name it; twins share
    theirs. traits: what makes the scene hard.
    """

    number: int
    artist: str
    known: bool
    width: int
    height: int
    ground: str
    subjects: tuple[Placed, ...]
    distractors: tuple[Placed, ...]
    caption: str
    phrases: tuple[tuple[int, int], ...]
    place: tuple[int, int]
    traits: tuple[str, ...]


@dataclass(frozen=True)
class SceneSet:
    """Numbered scenes of one artist; `salt` keeps another split's scenes apart.

    `name` is that on the command line, under which its scenes' checksums are pinned (see `pin`).
    """

    name: str
    artist: str
    salt: int


HELD_OUT = SceneSet("artists", HELD_OUT_ARTIST, 0)
"""What is reported."""
TUNING = SceneSet("artists-tuning", TUNING_ARTIST, 1)
"""What settings and the confidence are chosen on: another artist, other scenes."""


class Pools:
    """The concepts that one artist has drawn, known and unseen."""

    def __init__(self, catalogue: Catalogue, artist: str) -> None:
        self._catalogue, self._artist = catalogue, artist

    @cached_property
    def known(self) -> list[Concept]:
        return self._catalogue.drawn_by(self._artist, self._catalogue.known)

    @cached_property
    def unseen(self) -> list[Concept]:
        return self._catalogue.drawn_by(self._artist, self._catalogue.unseen)

    def of(self, known: bool) -> list[Concept]:
        return self.known if known else self.unseen

    def shows_a_thing(self, concept: Concept) -> bool:
        """Whether the drawing is cut out, not a picture with a ground of its own."""
        drawing = self._catalogue.drawings(self._artist, concept)[0]
        return not fills_its_box(rasterise(drawing.svg, _LOOK))


def plan_scene(pools: Pools, scenes: SceneSet, number: int, attempt: int = 0) -> ScenePlan:
    """Scene `number` of `scenes`; of eight in a row each count of subjects is known and unseen."""
    rng = np.random.default_rng([20_261_128, scenes.salt, number, attempt])
    known = number % 2 == 0
    width, height = _SIZES[number // 2 % len(_SIZES)]
    count = 1 + number // 2 % MOST_SUBJECTS
    chosen = _choose(rng, pools, known, count)
    twins = count > 1 and rng.random() < _TWINS and _may_be_two(chosen[0])
    if twins:
        chosen[1] = chosen[0]
    traits = [name for name, share in (("small", _SMALL), ("cut off", _CUT_OFF), ("busy", _BUSY))
              if rng.random() < share]  # fmt: skip
    ground = list(GROUNDS)[int(rng.integers(len(GROUNDS)))]
    aspect = width / height
    subjects = _stand(rng, chosen, aspect, small="small" in traits, cut_off="cut off" in traits)
    distractors = _scatter(rng, pools, aspect, chosen) if "busy" in traits else ()
    ordered = [
        next(concept for concept in chosen if concept.slug == placed.slug) for placed in subjects
    ]
    caption, phrases, place = _caption(rng, ordered)
    return ScenePlan(
        number, scenes.artist, known, width, height, ground, subjects, distractors,
        caption, phrases, place, (*traits, *(("twins",) if twins else ())),
    )  # fmt: skip


def _choose(
    rng: np.random.Generator,
    pools: Pools,
    known: bool,
    count: int,
    beside: Sequence[Concept] = (),
) -> list[Concept]:
    """Concepts of different families and words, also from those `beside` them."""
    pool = pools.of(known)
    families = {concept.family for concept in beside}
    words = {word for concept in beside for word in concept.name.split()}
    chosen: list[Concept] = []
    for index in rng.permutation(len(pool)):
        concept = pool[int(index)]
        apart = concept.family not in families and words.isdisjoint(concept.name.split())
        if apart and pools.shows_a_thing(concept):
            chosen.append(concept)
            families.add(concept.family)
            words.update(concept.name.split())
        if len(chosen) == count:
            break
    return chosen


def _may_be_two(concept: Concept) -> bool:
    return not concept.name.endswith(_IRREGULAR)


def _stand(
    rng: np.random.Generator,
    chosen: Sequence[Concept],
    aspect: float,
    *,
    small: bool,
    cut_off: bool,
) -> tuple[Placed, ...]:
    """Side by side with overlaps, back to front; mostly nearer is lower and larger."""
    count = len(chosen)
    most = {1: 0.85, 2: 0.7, 3: 0.6, 4: 0.52}[count]
    sides = rng.uniform(0.38, most, count)
    feet = rng.uniform(0.68, 0.97, count)
    if rng.random() < 0.75:
        sides, feet = np.sort(sides), np.sort(feet)
    slots = (rng.permutation(count) + 0.5) / count * aspect
    middles = slots + rng.uniform(-0.16, 0.16, count) * aspect / count
    if small:
        sides[int(rng.integers(count))] = rng.uniform(0.15, 0.24)
    if cut_off:
        which = int(rng.integers(count))
        left = bool(rng.integers(2))
        beyond = float(rng.uniform(0.05, 0.2)) * sides[which]
        middles[which] = beyond if left else aspect - beyond
    else:
        middles = np.clip(middles, sides / 2, aspect - sides / 2)
    order = rng.permutation(count)
    return tuple(
        Placed(
            chosen[int(which)].slug,
            round(float(middles[place]), 4),
            round(float(max(feet[place], sides[place] + 0.02)), 4),
            round(float(sides[place]), 4),
            bool(rng.integers(2)),
        )
        for place, which in enumerate(order)
    )


def _scatter(
    rng: np.random.Generator,
    pools: Pools,
    aspect: float,
    subjects: Sequence[Concept],
) -> tuple[Placed, ...]:
    """Things behind the subjects that no word names: they belong to the background.

    Always of known concepts: which of two things a word means that nobody has taught, no model
    could tell.
    """
    count = int(rng.integers(2, 6))
    return tuple(
        Placed(
            concept.slug,
            round(float(rng.uniform(0.0, aspect)), 4),
            round(float(rng.uniform(0.3, 0.95)), 4),
            round(float(rng.uniform(0.14, 0.3)), 4),
            bool(rng.integers(2)),
        )
        for concept in _choose(rng, pools, True, count, subjects)
    )


def _caption(
    rng: np.random.Generator, subjects: Sequence[Concept]
) -> tuple[str, tuple[tuple[int, int], ...], tuple[int, int]]:
    """Words as a drawing's shot gives them: a list or a sentence, then "background"."""
    sentence = rng.random() < _SENTENCE
    names = [concept.name for concept in subjects]
    spoken = [names[int(index)] for index in rng.permutation(len(names))]
    text, spans = "", {}
    said = list(dict.fromkeys(spoken))
    for place, name in enumerate(said):
        many = names.count(name) > 1
        if text:
            if not sentence:
                text += ", "
            elif place == len(said) - 1:
                text += str(rng.choice([" and ", " with ", " beside "]))
            else:
                text += ", "
        words = f"two {plural(name)}" if many else name
        if sentence and not many:
            text += "an " if name[0] in "aeiou" else "a "
        spans[name] = (len(text), len(text) + len(words))
        text += words
    place_at = (len(text) + 2, len(text) + 2 + len("background"))
    return f"{text}, background", tuple(spans[name] for name in names), place_at
