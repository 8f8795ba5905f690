"""How like itself each member of a storyboard's cast is, in a shot and from shot to shot.

A cut out subject becomes features, by DINOv2 where that is on this computer, else by colour and
shape; two of them are as like as the cosine of their features. What it is compared with are the
pictures of the cast, or where there are none, the other shots.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from multiplane.contract.manifest import CastLook, ComparedWith, Manifest, NoticeEntry, ShotLikeness
from multiplane.contract.names import folder_name
from multiplane.intake.cast import Role
from multiplane.intake.cast_pictures import CastPicture
from multiplane.layers.likeness import (
    Cutout,
    Features,
    best_likeness,
    by_colour_and_shape,
    framed,
    likeness,
    middle,
    read,
    unit,
    without_plain_ground,
    written,
)
from multiplane.layers.stack import Layer
from multiplane.models import places
from multiplane.models.vision.profiles import DINOV2_SMALL
from multiplane.produce.drawn import cast_pixels
from multiplane.produce.finished import CutPicture
from multiplane.produce.studio import Studio

COLOUR_AND_SHAPE = "colour-and-shape"
UNLIKE = "doubt.cast_unlike"
LEAST: Mapping[str, float] = MappingProxyType({COLOUR_AND_SHAPE: 0.7, DINOV2_SMALL.name: 0.5})
"""Less than this is unlike. By colour and shape: in drawn scenes of one coloured style, of pairs of
the same words 0 to 1 in 500 have less, of pairs of others 9 of 10. DINOv2's is a guess: it was not
run with its real weights."""
_LEAST_TO_JUDGE = 3
"""So many shots tell which of them is unlike the others; of two it may be either."""

Wanted = Mapping[str, Sequence[Features]]
"""By a member's name: what each of its layers is to be like, the likest of them counts."""


@dataclass(frozen=True)
class Judge:
    """name: as the manifest calls it. features: of a cutout that is `framed`."""

    name: str
    features: Callable[[Cutout], Features]


def judge_of(studio: Studio) -> Judge:
    """The best that is on this computer. Raises as `models.vision.load.load_vision`."""
    if places.find(DINOV2_SMALL) is None:
        return Judge(COLOUR_AND_SHAPE, by_colour_and_shape)
    model = studio.vision(DINOV2_SMALL)
    return Judge(DINOV2_SMALL.name, lambda cutout: unit(model.features(cutout)))


def wanted_of(pictures: Sequence[CastPicture], judge: Judge) -> Wanted:
    """Features of the cast's pictures; ground of one colour does not count.

    Raises as `cast_pixels`.
    """
    found: dict[str, list[Features]] = {}
    for picture in pictures:
        cutout = cast_pixels(picture)
        if cutout[..., 3].min() > 127:
            cutout = without_plain_ground(cutout[..., :3])
        part = framed(cutout)
        if part is not None:
            found.setdefault(picture.name, []).append(judge.features(part))
    return found


def with_looks(cut: CutPicture, roles: Sequence[Role], judge: Judge, wanted: Wanted) -> CutPicture:
    """The cut picture with what each of its cast looks like, and the doubts about that."""
    looks = [_look(role, cut.layers, judge, wanted.get(role.name)) for role in roles]
    doubts = [_unlike(look, cut.layers) for look in looks if is_unlike(look.likeness, look.by)]
    told = [one for one in cut.notices if one.code != UNLIKE]
    return replace(cut, cast=tuple(looks), notices=(*told, *doubts))


def is_unlike(found: float | None, by: str) -> bool:
    """Whether so little likeness by this judge is worth a doubt; None was not compared."""
    return found is not None and found < LEAST.get(by, 0.0)


def worst(cast: Sequence[CastLook]) -> float | None:
    """The least likeness of the cast, -1 for somebody without a layer; None without comparing."""
    compared = [look for look in cast if look.against is not None]
    return min((-1.0 if one.likeness is None else one.likeness for one in compared), default=None)


def is_poor(cast: Sequence[CastLook]) -> bool:
    """Whether anybody is unlike what they were compared with, or has no layer."""
    found = worst(cast)
    return found is not None and any(is_unlike(found, look.by) for look in cast)


def across(shots: Mapping[str, Manifest]) -> dict[str, list[ShotLikeness]]:
    """How like itself everybody of the cast is in each shot, by the shot's id.

    Whom no picture shows is compared with the median of the other shots, by the same features.
    """
    looks = _looks_of(shots)
    found: dict[str, list[ShotLikeness]] = {id_: [] for id_ in shots}
    for id_, look, own in looks:
        like, against, judged = look.likeness, look.against, True
        if against != "pictures":
            rest = _others(looks, id_, look, own)
            if not rest:
                continue
            like, against = likeness(own, middle(rest)), "shots"
            judged = len(rest) + 1 >= _LEAST_TO_JUDGE
        if like is None:
            continue
        found[id_].append(
            ShotLikeness(
                name=look.name,
                layer=look.layer,
                likeness=round(like, 4),
                by=look.by,
                against=against,
                unlike=judged and is_unlike(like, look.by),
            )
        )
    return found


def _others(
    looks: Sequence[tuple[str, CastLook, Features]], shot: str, look: CastLook, own: Features
) -> list[Features]:
    """Features of the same member in the other shots, by the same judge."""
    return [
        features
        for where, other, features in looks
        if where != shot
        and (other.name, other.by) == (look.name, look.by)
        and len(features) == len(own)
    ]


def middles(shots: Mapping[str, Manifest], without: str, by: str) -> Wanted:
    """What a shot's cast is to be like: the median of the other shots, of whom no picture shows."""
    rest: dict[str, list[Features]] = {}
    for id_, look, own in _looks_of(shots):
        if id_ != without and look.by == by and look.against != "pictures":
            rest.setdefault(look.name, []).append(own)
    alike = {name: [one for one in all_ if len(one) == len(all_[0])] for name, all_ in rest.items()}
    return {name: [middle(several)] for name, several in alike.items()}


def _looks_of(shots: Mapping[str, Manifest]) -> list[tuple[str, CastLook, Features]]:
    """Looks of layers that hands have not taken away since, by shot, with features to compare."""
    found = []
    for id_, manifest in shots.items():
        ids = {layer.id for layer in manifest.layers}
        for look in manifest.cast:
            if look.layer not in ids:
                continue
            try:
                found.append((id_, look, read(look.features)))
            except ValueError:
                continue  # somebody has written into the manifest: it is not compared
    return found


def _look(
    role: Role, layers: Sequence[Layer], judge: Judge, to: Sequence[Features] | None
) -> CastLook:
    against: ComparedWith | None = None
    if to:
        against = "pictures" if role.pictures else "shots"
    layer = _layer_of(role, layers)
    part = None if layer is None else framed(layer.rgba)
    if layer is None or part is None:
        return CastLook(name=role.name, layer=None, by=judge.name, against=against)
    own = judge.features(part)
    return CastLook(
        name=role.name,
        layer=layer.id,
        by=judge.name,
        features=written(own),
        likeness=round(best_likeness(own, to), 4) if to else None,
        against=against,
    )


def _layer_of(role: Role, layers: Sequence[Layer]) -> Layer | None:
    """The largest layer of theirs: of two there may be one each."""
    name = re.compile(rf"{re.escape(role.subject)}(?: \d+)?", re.IGNORECASE)
    id_ = folder_name(role.subject)
    own = [one for one in layers if name.fullmatch(one.name) or one.id == id_]
    return max(own, key=lambda one: one.bbox[2] * one.bbox[3], default=None)


def _unlike(look: CastLook, layers: Sequence[Layer]) -> NoticeEntry:
    layer = next((one.name for one in layers if one.id == look.layer), look.name)
    return NoticeEntry.of(
        UNLIKE,
        "{name} is unlike what shows them (likeness {likeness} by {judge}; {least} or more is "
        "like).",
        {
            "name": look.name,
            "likeness": f"{look.likeness:.2f}",
            "judge": look.by,
            "least": f"{LEAST[look.by]:.2f}",
        },
        layers=[layer],
        remedy="Paint it with another seed, or let --ensure try some.",
    )
