"""Figures of drawn scenes: who is the same is known, and so is every matte.

The same is who has the same words, kind and colour, drawn anew in another pose and size, as a cast
is that words alone describe.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.errors import Failure
from multiplane.layers.likeness import Cutout, framed
from multiplane.produce.cast_looks import Judge
from multiplane.produce.studio import Studio
from multiplane_study.ablations.reading import own
from multiplane_study.bench.answer import matched
from multiplane_study.bench.case import Case, Tags
from multiplane_study.bench.look import Look
from multiplane_study.cast.pairs import Seen
from multiplane_study.scenes import HELD_OUT_SEEDS, KINDS, STYLES, Scene, draw_scene

SIZE = (448, 256)
BEINGS = KINDS[:9]
"""Who may play: no houses and no things."""
_FIRST = 6000
"""Of the held-out seeds, the first of these scenes."""
_PORTRAIT = (192, 192)
_MOST_TRIED = 400


def scenes(each: int, size: tuple[int, int] = SIZE) -> Iterator[Scene]:
    """`each` scenes of two beings in every style."""
    for number in range(each):
        for place, style in enumerate(STYLES):
            seed = HELD_OUT_SEEDS[_FIRST + number * len(STYLES) + place]
            yield draw_scene(seed, *size, style=style, count=2, kinds=BEINGS)


def by_true_mattes(scene: Scene, judge: Judge) -> list[Seen]:
    """Everybody in the scene, by what is truly seen of them."""
    return _seen(scene, [subject.matte for subject in scene.subjects], judge)


def by_cut(scene: Scene, judge: Judge, studio: Studio) -> list[Seen]:
    """Everybody that the studio's model cuts out of the scene as it does out of a drawing."""
    case = Case(scene, Tags(scene.seed, scene.style, len(scene.subjects)))
    look = Look(studio.reading, studio.depth_model, case, seed=0)
    truths = np.stack([subject.matte for subject in scene.subjects])
    return _seen(scene, matched(own(look), truths, look.phrases).alphas, judge)


def _seen(scene: Scene, mattes: list[NDArray[np.float32]] | NDArray[np.float32],
          judge: Judge) -> list[Seen]:  # fmt: skip
    found = []
    for subject, matte in zip(scene.subjects, mattes, strict=True):
        part = framed(_cutout(scene.picture, matte))
        if part is not None:
            found.append(
                Seen(subject.kind, subject.colour, scene.style, str(scene.seed),
                     judge.features(part))
            )  # fmt: skip
    return found


def portrait(kind: str, colour: str, style: str) -> Cutout:
    """The first drawing (h, w, 4) of such a figure among the held-out seeds, transparent around it.

    Raises Failure `study.cast.nobody` where none of them is of that colour.
    """
    for seed in HELD_OUT_SEEDS[_FIRST : _FIRST + _MOST_TRIED]:
        scene = draw_scene(seed, *_PORTRAIT, style=style, count=1, kinds=[kind])
        (subject,) = scene.subjects
        if subject.colour == colour:
            part = framed(_cutout(subject.whole, subject.whole_matte))
            if part is not None:
                return part
    raise Failure(
        "study.cast.nobody", "No scene shows a {what}.", values={"what": f"{colour} {kind}"}
    )


def _cutout(picture: NDArray[np.uint8], matte: NDArray[np.float32]) -> Cutout:
    alpha = np.rint(np.clip(matte, 0.0, 1.0) * 255.0).astype(np.uint8)
    return np.dstack([picture, alpha])
