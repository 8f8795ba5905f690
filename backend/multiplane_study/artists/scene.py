"""The scenes of the artists' bench, drawn with their exact truth."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import numpy as np
from numpy.typing import NDArray

from multiplane_study.artists.grounds import GROUNDS
from multiplane_study.artists.plan import (
    SCENES,
    Placed,
    Pools,
    ScenePlan,
    SceneSet,
    plan_scene,
)
from multiplane_study.artwork.catalogue import Catalogue
from multiplane_study.artwork.raster import rasterise
from multiplane_study.scenes import Scene, SceneSubject

Field = NDArray[np.float32]
STYLE = "as drawn"
LEAST_VISIBLE = 0.006
"""Share of the picture that every subject shows at least; other arrangements are tried again."""


def artists_scenes(
    catalogue: Catalogue, scenes: SceneSet, limit: int = SCENES
) -> Iterator[tuple[ScenePlan, Scene]]:
    """The first `limit` scenes of a set: known and unseen concepts in turn."""
    pools = Pools(catalogue, scenes.artist)
    for number in range(limit):
        yield artists_scene(catalogue, pools, scenes, number)


def artists_scene(
    catalogue: Catalogue, pools: Pools, scenes: SceneSet, number: int
) -> tuple[ScenePlan, Scene]:
    """Scene `number` of a set, in the first arrangement that shows all of its subjects.

    pools: of the catalogue and the set's artist.
    """
    for attempt in count():
        plan = plan_scene(pools, scenes, number, attempt)
        scene = draw_planned(plan, catalogue)
        if min(float(subject.matte.mean()) for subject in scene.subjects) >= LEAST_VISIBLE:
            return plan, scene
    raise AssertionError("the attempts have no end")


def draw_planned(plan: ScenePlan, catalogue: Catalogue) -> Scene:
    """The scene of `plan`: subjects over distractors over the ground.

    Distractors are part of `background`. Nearness rises from back to front in even steps.
    """
    rng = np.random.default_rng([plan.number, plan.width, len(plan.subjects)])
    shape = (plan.height, plan.width)
    background = np.clip(GROUNDS[plan.ground](rng, shape), 0.0, 1.0)
    for placed in plan.distractors:
        background = _over(*_painted(placed, plan, catalogue), background)
    painted = [_painted(placed, plan, catalogue) for placed in plan.subjects]
    picture, depth = background, np.linspace(0.05, 0.2, plan.height, dtype=np.float32)[:, None]
    depth = np.broadcast_to(depth, shape).copy()
    nearness = np.linspace(0.4, 0.9, len(painted)) if len(painted) > 1 else [0.6]
    for (colours, matte), near in zip(painted, nearness, strict=True):
        picture = _over(colours, matte, picture)
        depth += (np.float32(near) - depth) * matte
    visible, left = [], np.ones(shape, np.float32)
    for _, matte in reversed(painted):
        visible.append(matte * left)
        left = left * (1.0 - matte)
    subjects = tuple(
        SceneSubject(placed.slug, "", phrase, seen, matte, _bytes(colours), float(near))
        for placed, phrase, seen, (colours, matte), near in zip(
            plan.subjects, plan.phrases, reversed(visible), painted, nearness, strict=True
        )
    )
    return Scene(
        seed=plan.number,
        style=STYLE,
        place=plan.ground,
        caption=plan.caption,
        place_phrase=plan.place,
        style_phrase=None,
        picture=_bytes(picture),
        background=_bytes(background),
        subjects=subjects,
        depth=depth,
    )


def _painted(placed: Placed, plan: ScenePlan, catalogue: Catalogue) -> tuple[Field, Field]:
    """Colours (H, W, 3) and matte (H, W) of one drawing in its place, 0..1."""
    concept = next(candidate for candidate in catalogue.concepts if candidate.slug == placed.slug)
    drawing = catalogue.drawings(plan.artist, concept)[0]
    rgba = rasterise(drawing.svg, max(8, round(placed.side * plan.height)))
    rgba = rgba[:, ::-1] if placed.mirrored else rgba
    high, wide = rgba.shape[:2]
    top = round(placed.foot * plan.height) - high
    left = round(placed.x * plan.height - wide / 2)
    rows = slice(max(0, top), min(plan.height, top + high))
    columns = slice(max(0, left), min(plan.width, left + wide))
    part = rgba[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
    colours = np.zeros((plan.height, plan.width, 3), np.float32)
    matte = np.zeros((plan.height, plan.width), np.float32)
    colours[rows, columns] = part[..., :3] / np.float32(255.0)
    matte[rows, columns] = part[..., 3] / np.float32(255.0)
    return colours, matte


def _over(colours: Field, matte: Field, under: Field) -> Field:
    return np.asarray(under + (colours - under) * matte[..., None], np.float32)


def _bytes(image: Field) -> NDArray[np.uint8]:
    return np.asarray(np.rint(np.clip(image, 0.0, 1.0) * 255.0), np.uint8)
