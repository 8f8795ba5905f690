"""Scenes of StylizedBench-500, drawn with their exact truth."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.errors import Failure
from multiplane_study.artists.grounds import GROUNDS
from multiplane_study.artists.plan import HELD_OUT, Pools
from multiplane_study.artwork.catalogue import Catalogue
from multiplane_study.artwork.compose import paint_drawing
from multiplane_study.artwork.grounds import Ground
from multiplane_study.artwork.raster import Rgba, rasterise
from multiplane_study.artwork.standing import Place, Sizes, place_all
from multiplane_study.artwork.styled import Placed, raster_of
from multiplane_study.scenes import COLOURS, KINDS, PLACES, Scene, SceneSubject
from multiplane_study.scenes.captions import plural
from multiplane_study.scenes.draw import PAINTERS, depth_map, paint_figure, to_bytes, visible
from multiplane_study.scenes.figures import Figure, make_figure
from multiplane_study.scenes.grain import Field, Grain
from multiplane_study.scenes.layout import Standing, silhouette
from multiplane_study.scenes.places import DRAWINGS
from multiplane_study.scenes.raster import rasterise as rasterise_parts
from multiplane_study.scenes.raster import scale_for
from multiplane_study.scenes.scenery import PlaceDrawing
from multiplane_study.scenes.style import Style
from multiplane_study.scenes.vocabulary import PlaceWords
from multiplane_study.stylized500.hard import kinds_of_hard
from multiplane_study.stylized500.plan import ScenePlan, plan_scene
from multiplane_study.stylized500.wordings import Called, Setting, worded

PINS = Path(__file__).with_name("pins.json")
_FINE = 320  # px of a drawing's longer side before it is brought to its size
_TRIES, _TRIES_FOR_HARD = 200, 16
_MOST_HIDDEN, _LEAST_VISIBLE = 0.6, 0.004
_SIZES = Sizes(small=0.03, cut=0.05, overlap=0.6)
_MEANT_SIZES = {
    "small": replace(_SIZES, small=0.6, small_side=(0.12, 0.19)),
    "cut off": replace(_SIZES, cut=0.6),
    "overlapping": replace(_SIZES, of=((0.5, 0.9), (0.4, 0.7), (0.42, 0.66), (0.4, 0.6))),
    "same colour": replace(_SIZES, of=((0.5, 0.9), (0.45, 0.75), (0.4, 0.62), (0.38, 0.56))),
}
_SETTINGS = {
    "clouds": Setting("against a", "cloudy sky"),
    "mosaic": Setting("against a", "mosaic wall"),
    "bricks": Setting("against a", "brick wall"),
    "planks": Setting("against", "wooden planks"),
    "bokeh": Setting("against", "blurred lights"),
    "hills": Setting("against", "rolling hills"),
    "waves": Setting("against a", "wavy map"),
    "starlight": Setting("against a", "starry night"),
}


@dataclass(frozen=True)
class _Subject:
    """What stands somewhere: a figure of the project's, or an artist's drawing; and its words."""

    kind: str
    called: Called
    figure: Figure | None = None
    rgba: Rgba | None = None

    @property
    def matte(self) -> NDArray[np.uint8]:
        """Its silhouette, cut to its box, 0..255."""
        if self.rgba is not None:
            return self.rgba[..., 3]
        assert self.figure is not None
        return np.asarray(silhouette(self.figure, 4.0) * 255, np.uint8)


class Drawer:
    """Draws the set's scenes.

    Raises InputError `study.artwork.missing` where the artist's drawings have not been fetched.
    """

    def __init__(self, catalogue: Catalogue | None = None) -> None:
        self.catalogue = catalogue or Catalogue(artists=[HELD_OUT.artist])
        self._artist = HELD_OUT.artist
        self._pools = Pools(self.catalogue, self._artist)

    def scene(self, number: int) -> Scene:
        """Scene `number`, 0 .. 499; the same always, with the pinned artwork.

        The first arrangement that is as hard as it is meant to be, or after many the first at all.
        """
        plan = plan_scene(number)
        kept: Scene | None = None
        for attempt in range(_TRIES):
            scene = self._try(plan, attempt)
            if scene is None:
                continue
            kinds = kinds_of_hard(scene)
            if plan.meant in kinds or (not plan.meant and not kinds):
                return scene
            kept = kept or scene
            if attempt >= _TRIES_FOR_HARD:
                break
        if kept is None:
            raise Failure(
                "study.scene.no_room",
                f"The subjects of scene {number} found no room.",
                field="number",
                value=number,
                remedy="Fetch the pinned artwork anew: multiplane study artwork get.",
            )
        return kept

    def _try(self, plan: ScenePlan, attempt: int) -> Scene | None:
        rng = np.random.default_rng([20_261_129, plan.number, 1 + attempt])
        aspect = plan.width / plan.height
        subjects = self._subjects(rng, plan)
        place_name = list(PLACES)[int(rng.integers(len(PLACES)))]
        ground_name = list(GROUNDS)[int(rng.integers(len(GROUNDS)))]
        if plan.drawn_place:
            words = PLACES[place_name]
            ground = Ground(DRAWINGS[place_name](rng, aspect), words, True)
            lead, bare = words.sayings[int(rng.integers(len(words.sayings)))]
            setting = Setting(lead, bare)
        else:
            ground = Ground(PlaceDrawing((), 0.999, 0.0), PlaceWords((), ""), False)
            setting = _SETTINGS[ground_name]
        sizes = _MEANT_SIZES.get(plan.meant, _SIZES)
        places = place_all(rng, [one.matte for one in subjects], ground, aspect, sizes)
        if places is None:
            return None
        subjects = [subjects[place.drawing] for place in places]  # back to front

        grain = Grain(rng, plan.height, plan.width)
        painter = PAINTERS[plan.style](grain)
        painted = [
            _painted(subject, place, painter, grain)
            for subject, place in zip(subjects, places, strict=True)
        ]
        wholes = [whole for _, whole in painted]
        mattes = visible(wholes)
        for whole, matte, place in zip(wholes, mattes, places, strict=True):
            seen, all_of_it = float(matte.sum()), float(whole.sum())
            if seen < _LEAST_VISIBLE * matte.size or seen < (1 - _MOST_HIDDEN) * all_of_it:
                return None
            if all_of_it < 0.5 * place.inside * place.area * plan.height**2:
                return None  # a style has lost it

        if plan.drawn_place:
            parts = [replace(p, points=p.points * grain.height) for p in ground.drawing.parts]
            scale = painter.line_scale(backdrop=True)
            backdrop = rasterise_parts(parts, grain, painter.hand, line_scale=scale)
            background = np.clip(painter.paint(backdrop, backdrop=True).rgb, 0, 1)
        else:
            background = _styled_ground(rng, ground_name, painter, grain)
        picture, depth = background, depth_map(ground.drawing, plan.height, plan.width)
        for (rgb, whole), place in zip(painted, places, strict=True):
            picture = picture + (rgb - picture) * whole[..., None]
            depth = depth + (np.float32(place.depth) - depth) * whole
        picture = painter.finish(picture, mattes)
        caption = worded(rng, plan.style, setting, [one.called for one in subjects])
        return Scene(
            seed=plan.number,
            style=plan.style,
            place=place_name if plan.drawn_place else ground_name,
            caption=caption.text,
            place_phrase=caption.place,
            style_phrase=caption.style,
            picture=to_bytes(picture),
            background=to_bytes(background),
            subjects=tuple(
                SceneSubject(
                    one.kind, one.called.colour, phrase, matte, whole, to_bytes(rgb), place.depth
                )
                for one, phrase, matte, (rgb, whole), place in zip(
                    subjects, caption.phrases, mattes, painted, places, strict=True
                )
            ),
            depth=depth,
        )

    def _subjects(self, rng: np.random.Generator, plan: ScenePlan) -> list[_Subject]:
        """Different things, but for the two that are meant to share a noun."""
        names = list(COLOURS)
        colours = [names[int(index)] for index in rng.permutation(len(names))]
        kinds = [KINDS[int(index)] for index in rng.permutation(len(KINDS))]
        concepts = self._pools.of(not plan.unseen)
        order = [int(index) for index in rng.permutation(len(concepts))]
        said: set[str] = set(KINDS)
        chosen: list[_Subject] = []
        twins = plan.meant == "two of a noun"
        for place, own in enumerate(plan.own):
            if twins and place == 1:
                chosen.append(self._twin(rng, chosen[0]))
            elif own:
                colour = colours[place]
                if plan.meant == "same colour" and place == 1 and chosen[0].figure is not None:
                    colour = chosen[0].called.colour
                figure = make_figure(kinds[place], colour, rng)
                chosen.append(_Subject(kinds[place], Called(kinds[place], colour), figure))
            else:
                while True:
                    concept = concepts[order.pop()]
                    words = set(concept.name.split())
                    countable = plural(concept.name) == concept.name + "s"
                    if (
                        words.isdisjoint(said)
                        and (countable or not twins)
                        and self._pools.shows_a_thing(concept)
                    ):
                        break
                said |= words
                drawing = self.catalogue.drawings(self._artist, concept)[0]
                rgba = rasterise(drawing.svg, _FINE, self.catalogue.pixels)
                rgba = np.ascontiguousarray(rgba[:, ::-1]) if rng.random() < 0.5 else rgba
                chosen.append(_Subject(concept.slug, Called(concept.name), rgba=rgba))
        return chosen

    @staticmethod
    def _twin(rng: np.random.Generator, first: _Subject) -> _Subject:
        if first.figure is not None:
            return replace(first, figure=make_figure(first.kind, first.called.colour, rng))
        assert first.rgba is not None
        return replace(first, rgba=np.ascontiguousarray(first.rgba[:, ::-1]))


def _painted(subject: _Subject, place: Place, painter: Style, grain: Grain) -> tuple[Field, Field]:
    """Colours (H, W, 3) and whole matte (H, W) of a subject in its place, 0..1."""
    if subject.figure is None:
        assert subject.rgba is not None
        return paint_drawing(subject.rgba, place, painter, grain)
    figure = subject.figure
    height = place.side / max(1.0, figure.right - figure.left)
    standing = Standing(
        figure, place.left - figure.left * height, place.top + height, height, place.depth
    )
    return paint_figure(standing, painter, grain)


def _styled_ground(rng: np.random.Generator, name: str, painter: Style, grain: Grain) -> Field:
    """A ground of the artists' bench as the style's hand would have painted it."""
    scale = scale_for(grain.height)
    shape = (grain.height * scale, grain.width * scale)
    field = np.clip(GROUNDS[name](rng, shape), 0.0, 1.0)
    rgba = np.dstack([to_bytes(field), np.full(shape, 255, np.uint8)])
    raster = raster_of(
        Placed(rgba, 0.0, 0.0), grain, replace(painter.hand, wobble=0.0),
        painter.line_scale(backdrop=True),
    )  # fmt: skip
    assert raster is not None, "a ground fills the picture"
    colours = np.zeros((grain.height, grain.width, 3), np.float32)
    colours[raster.window] = painter.paint(raster, backdrop=True).rgb
    return np.asarray(np.clip(colours, 0.0, 1.0), np.float32)


@cache
def pins() -> tuple[str, ...]:
    """What `drawn_as` gives for every scene, with the pinned artwork."""
    return tuple(json.loads(PINS.read_text("utf-8")))
