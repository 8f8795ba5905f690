"""Scenes of artists' drawings: a seed to a picture with the truth that StylizedBench has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane.contract.errors import Failure
from multiplane_study.artwork.catalogue import Catalogue, Drawing
from multiplane_study.artwork.concepts import Concept
from multiplane_study.artwork.grounds import Ground, GroundMaker, training_ground
from multiplane_study.artwork.invented import invented_word
from multiplane_study.artwork.raster import (
    TRAINING_OVERSAMPLING,
    Rgba,
    fills_its_box,
    rasterise,
    resized,
)
from multiplane_study.artwork.standing import Place, Sizes, place_all
from multiplane_study.artwork.styled import (
    AsDrawn,
    Placed,
    main_colour,
    raster_of,
    recoloured,
    shaded_ground,
)
from multiplane_study.scenes.captions import Forms, Named, caption_for
from multiplane_study.scenes.draw import PAINTERS, depth_map, to_bytes, visible
from multiplane_study.scenes.grain import Field, Grain
from multiplane_study.scenes.model import Scene, SceneSubject
from multiplane_study.scenes.raster import rasterise as rasterise_parts
from multiplane_study.scenes.raster import scale_for
from multiplane_study.scenes.style import Style
from multiplane_study.scenes.vocabulary import STYLES

AS_DRAWN = "as drawn"
"""Scenes in this style show the drawings flat as they are."""
MOST_HIDDEN, LEAST_VISIBLE = 0.55, 0.006
_TRIES_EACH = 12
_FINE = 320
"""px of a drawing's longer side before it is brought to its size."""


@dataclass(frozen=True)
class Composition:
    """What scenes are composed of; shares are chances, 0..1.

    `count`: chances of 1, 2, 3 and 4 subjects. `as_drawn`: scenes that are not in one of the five
    styles. `mixed`: scenes by several artists. `twins`: scenes with two of a kind. `invented`:
    scenes of which one subject is called by a word that nobody knows. `distractors`: scenes with
    drawings that no word names, which are background.
    """

    grounds: GroundMaker = training_ground
    count: tuple[float, float, float, float] = (0.25, 0.38, 0.25, 0.12)
    as_drawn: float = 0.5
    mixed: float = 0.3
    twins: float = 0.08
    invented: float = 0.12
    distractors: float = 0.3
    recoloured: float = 0.15
    turned: float = 0.25
    uneven_light: float = 0.3
    synonyms: float = 0.35
    coloured: float = 0.5
    forms: Forms = field(default_factory=lambda: Forms(bare=0.35, listed=0.25))
    sizes: Sizes = field(default_factory=Sizes)


class _Cut(NamedTuple):
    """A drawing cut out and turned, before it has a size; what it shows."""

    rgba: Rgba
    concept: Concept


class _Standing(NamedTuple):
    """A drawing in its place, painted: colours and whole matte of the picture's size."""

    cut: _Cut
    place: Place
    rgb: Field
    whole: Field


class Composer:
    """Composes scenes from some concepts of a catalogue's artists."""

    def __init__(
        self,
        catalogue: Catalogue,
        concepts: Sequence[Concept],
        composition: Composition | None = None,
    ) -> None:
        self.catalogue = catalogue
        self.composition = composition or Composition()
        self.drawn = {name: catalogue.drawn_by(name, concepts) for name in catalogue.artists}

    @classmethod
    def for_training(cls, catalogue: Catalogue) -> Composer:
        """All concepts that may be learnt, in the mixture that training draws."""
        return cls(catalogue, catalogue.known)

    def scene(self, seed: int, width: int, height: int, *, count: int | None = None) -> Scene:
        """The scene of `seed`; the same arguments and artwork give the same one.

        `count` (1..4 subjects) is drawn by chance where it is None. Raises Failure
        `study.artwork.no_room` when the subjects find no room.
        """
        first = np.random.default_rng([seed, 0])
        chances = np.asarray(self.composition.count)
        number = int(first.choice([1, 2, 3, 4], p=chances / chances.sum()))
        # Another try has another stream, so that a try that failed does not bias the next.
        for attempt in range(50):
            scene = self._try(seed, attempt, width, height, count or number)
            if scene is not None:
                return scene
        raise Failure(
            "study.artwork.no_room",
            f"The subjects of scene {seed} found no room at {width}x{height}.",
            field="seed",
            value=seed,
            remedy="Use a wider picture or fewer subjects.",
        )

    def _try(self, seed: int, attempt: int, width: int, height: int, count: int) -> Scene | None:
        rng = np.random.default_rng([seed, 1 + attempt])
        chances = self.composition
        aspect = width / height
        plain = rng.random() < chances.as_drawn
        style = AS_DRAWN if plain else STYLES[int(rng.integers(len(STYLES)))]
        ground = chances.grounds(rng, aspect)
        cuts, twins = self._subjects(rng, count)
        if len(cuts) < count:
            return None
        places = place_all(rng, [cut.rgba[..., 3] for cut in cuts], ground, aspect, chances.sizes)
        if places is None:
            return None
        cuts = [cuts[place.drawing] for place in places]  # back to front
        invented = not twins and rng.random() < chances.invented

        grain = Grain(rng, height, width)
        painter: Style = AsDrawn(grain) if plain else PAINTERS[style](grain)
        subjects = [
            _painted(cut, place, painter, grain) for cut, place in zip(cuts, places, strict=True)
        ]
        wholes = [subject.whole for subject in subjects]
        mattes = visible(wholes)
        for whole, matte, place in zip(wholes, mattes, places, strict=True):
            seen, all_of_it = float(matte.sum()), float(whole.sum())
            if seen < LEAST_VISIBLE * width * height or seen < (1 - MOST_HIDDEN) * all_of_it:
                return None
            if all_of_it < 0.5 * place.inside * place.area * height * height:
                return None  # a style has lost it

        background = self._background(rng, ground, painter, grain, plain)
        if not invented and rng.random() < chances.distractors:
            background = self._with_distractors(rng, cuts, ground, background, painter, grain)
        picture, depth = background, depth_map(ground.drawing, height, width)
        for subject, place in zip(subjects, places, strict=True):
            picture = picture + (subject.rgb - picture) * subject.whole[..., None]
            depth = depth + (np.float32(place.depth) - depth) * subject.whole
        picture = painter.finish(picture, mattes)

        named = self._named(rng, cuts, mattes, wholes, invented)
        said = ("flat color" if rng.random() < 0.5 else None) if plain else style
        caption = caption_for(rng, said, ground.words, named, chances.forms)
        return Scene(
            seed, style, ground.words.bare, caption.text, caption.place, caption.style,
            to_bytes(picture), to_bytes(background),
            tuple(
                SceneSubject(
                    subject.cut.concept.slug, name.colour, phrase, matte, subject.whole,
                    to_bytes(subject.rgb), subject.place.depth,
                )
                for subject, name, phrase, matte in zip(
                    subjects, named, caption.phrases, mattes, strict=True
                )
            ),
            depth,
        )  # fmt: skip

    def _subjects(self, rng: np.random.Generator, count: int) -> tuple[list[_Cut], bool]:
        """Cut drawings of `count` subjects, and whether the first two are of a kind.

        Fewer where chance found no more families of concepts.
        """
        chances = self.composition
        artists = list(self.drawn)
        only = str(rng.choice(artists))
        mixed = rng.random() < chances.mixed
        twins = count > 1 and rng.random() < chances.twins
        cuts: list[_Cut] = []
        for _ in range(_TRIES_EACH * count):
            if len(cuts) == count:
                break
            artist = str(rng.choice(artists)) if mixed else only
            if twins and len(cuts) == 1:
                artist = only
                concept = cuts[0].concept
            else:
                pool = self.drawn[artist]
                concept = pool[int(rng.integers(len(pool)))]
                if concept.family in {cut.concept.family for cut in cuts}:
                    continue
                if twins and not cuts and not _countable(concept.name):
                    continue
            cut = self._cut(rng, artist, concept)
            if cut is not None:
                cuts.append(cut)
            elif twins and len(cuts) == 1:
                cuts.clear()
        return cuts, twins

    def _cut(self, rng: np.random.Generator, artist: str, concept: Concept) -> _Cut | None:
        """One of the artist's drawings, mirrored, turned and recoloured by chance."""
        drawings = self.catalogue.drawings(artist, concept)
        if not drawings:
            return None
        drawing: Drawing = drawings[int(rng.integers(len(drawings)))]
        rgba = rasterise(drawing.svg, _FINE, self.catalogue.pixels, TRAINING_OVERSAMPLING)
        if fills_its_box(rgba):
            return None
        if rng.random() < 0.5:
            rgba = np.ascontiguousarray(rgba[:, ::-1])
        if rng.random() < self.composition.recoloured:
            rgba = recoloured(rgba, float(rng.uniform(-0.5, 0.5)))
        if rng.random() < self.composition.turned:
            rgba = _turned(rgba, float(rng.normal(0.0, 12.0)))
        return _Cut(rgba, concept)

    def _background(
        self, rng: np.random.Generator, ground: Ground, painter: Style, grain: Grain, plain: bool
    ) -> Field:
        parts = [replace(p, points=p.points * grain.height) for p in ground.drawing.parts]
        line_scale = painter.line_scale(backdrop=True)
        backdrop = rasterise_parts(parts, grain, painter.hand, line_scale=line_scale)
        background = np.clip(painter.paint(backdrop, backdrop=True).rgb, 0, 1)
        if plain and rng.random() < self.composition.uneven_light:
            background = shaded_ground(background, grain)
        return np.asarray(background, np.float32)

    def _with_distractors(
        self, rng: np.random.Generator, cuts: Sequence[_Cut], ground: Ground, background: Field,
        painter: Style, grain: Grain,
    ) -> Field:  # fmt: skip
        """Small drawings behind all subjects that belong to the ground."""
        families = {cut.concept.family for cut in cuts}
        aspect = grain.width / grain.height
        for _ in range(int(rng.integers(1, 5))):
            artist = str(rng.choice(list(self.drawn)))
            pool = self.drawn[artist]
            concept = pool[int(rng.integers(len(pool)))]
            cut = None if concept.family in families else self._cut(rng, artist, concept)
            if cut is None:
                continue
            side = float(rng.uniform(0.1, 0.28))
            left, top = float(rng.uniform(0, aspect - side)), float(rng.uniform(0, 1 - side))
            place = Place(0, left, top, side, 0.0, 1.0, 0.0)
            distractor = _painted(cut, place, painter, grain)
            background = background + (distractor.rgb - background) * distractor.whole[..., None]
        return np.asarray(background, np.float32)

    def _named(
        self, rng: np.random.Generator, cuts: Sequence[_Cut], mattes: Sequence[Field],
        wholes: Sequence[Field], invented: bool,
    ) -> list[Named]:  # fmt: skip
        """How each subject is called, and where it stands."""
        called: dict[str, str] = {}
        unknown = int(rng.integers(len(cuts))) if invented else -1
        named = []
        for index, (cut, matte) in enumerate(zip(cuts, mattes, strict=True)):
            concept = cut.concept
            if concept.slug not in called:
                synonyms = [noun for noun in concept.synonyms if _countable(noun)]
                also = synonyms and rng.random() < self.composition.synonyms
                called[concept.slug] = (
                    synonyms[int(rng.integers(len(synonyms)))] if also else concept.name
                )
            noun = called[concept.slug]
            if index == unknown:
                noun = invented_word(rng, self.catalogue)
            colour = main_colour(cut.rgba).name if rng.random() < self.composition.coloured else ""
            columns = matte.sum(axis=0)
            at = (np.arange(len(columns)) + 0.5) / len(columns)
            middle = float((columns * at).sum() / max(float(columns.sum()), 1e-6))
            size = max(float(wholes[index].sum()), 1e-6)
            hidden_by = frozenset(
                nearer for nearer in range(index + 1, len(wholes))
                if float((wholes[index] * wholes[nearer]).sum()) > 0.04 * size
            )  # fmt: skip
            seen = np.flatnonzero(wholes[index].max(axis=0) > 0.1)
            left, right = (at[seen[0]], at[seen[-1]]) if len(seen) else (middle, middle)
            named.append(
                Named(
                    noun, "" if colour in noun.split() else colour,
                    middle, float(left), float(right), hidden_by,
                )
            )  # fmt: skip
        return named


def _countable(noun: str) -> bool:
    """Whether "two" may stand before its plural."""
    plain = " of " not in noun and " with " not in noun and " and " not in noun
    return plain and (not noun.endswith("s") or noun.endswith("ss"))


def _turned(rgba: Rgba, degrees: float) -> Rgba:
    """Rotated about its middle, on a sheet that holds all of it."""
    height, width = rgba.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    cos, sin = abs(turn[0, 0]), abs(turn[0, 1])
    size = (int(height * sin + width * cos) + 1, int(height * cos + width * sin) + 1)
    turn[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    alpha = rgba[..., 3:].astype(np.float32) / 255.0
    together = np.concatenate([rgba[..., :3] * alpha, alpha], axis=2).astype(np.float32)
    moved = cv2.warpAffine(together, turn, size, flags=cv2.INTER_LINEAR)
    colour = moved[..., :3] / np.maximum(moved[..., 3:], 1e-4)
    straight = np.concatenate([colour, 255.0 * moved[..., 3:]], axis=2)
    return np.asarray(np.rint(np.clip(straight, 0, 255)), np.uint8)


def _painted(cut: _Cut, place: Place, painter: Style, grain: Grain) -> _Standing:
    return _Standing(cut, place, *paint_drawing(cut.rgba, place, painter, grain))


def paint_drawing(
    rgba: Rgba, place: Place, painter: Style, grain: Grain
) -> tuple[Field, NDArray[np.float32]]:
    """Colours (H, W, 3) and whole matte (H, W), 0..1, of a drawing in its place and in a style."""
    rgb = np.zeros((grain.height, grain.width, 3), np.float32)
    whole: NDArray[np.float32] = np.zeros((grain.height, grain.width), np.float32)
    fine = resized(rgba, max(8, round(place.side * grain.height * scale_for(grain.height))))
    placed = Placed(fine, place.left * grain.height, place.top * grain.height)
    raster = raster_of(placed, grain, painter.hand, painter.line_scale(backdrop=False))
    if raster is not None:
        painted = painter.paint(raster, backdrop=False)
        rgb[raster.window] = np.clip(painted.rgb, 0, 1)
        whole[raster.window] = np.clip(painted.matte, 0, 1)
    return rgb, whole
