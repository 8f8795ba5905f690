"""A shot painted over the plate of its place: subjects are new, the place around them is kept.

The shot has been painted as any other, which tells where the model puts its subjects. There alone
the plate is painted anew, from what came out (blended latent diffusion, Avrahami et al. 2022, by
diffusers' inpainting pipelines). To paint over the whole plate under less noise instead holds the
place only where no subject finds room any more.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from multiplane.attention.capture import capture_attention
from multiplane.contract.errors import InputError
from multiplane.layers.plate import room_for_subjects
from multiplane.models.load import Painter
from multiplane.models.paint import (
    INTO_PLATE,
    OnStep,
    picture_size,
    repaint,
    repainting,
    resize,
)
from multiplane.produce.cut_out import Attended, observed
from multiplane.produce.framing import layer_size
from multiplane.produce.job import ShotJob
from multiplane.produce.plates import PlatePicture
from multiplane.produce.words import Words, apart, with_words


def painted_into(
    job: ShotJob,
    words: Words,
    painter: Painter,
    plate: PlatePicture,
    found: Attended,
    seed: int,
    on_step: OnStep,
) -> Attended:
    """The plate with the subjects of a picture that was painted without it.

    found: that picture and what the model attended to in it; the new one has its size. Where no
    subject was found in it, it is the plate. Raises InputError `models.repaints_nothing`, and as
    `repaint` and `capture_attention`.
    """
    height, width = found.picture.shape[:2]
    whole = (width, height)
    large = plate.at(whole)
    profile, plan, seen = painter.profile, found.plan, found.seen
    if plan is None or seen is None:
        return dataclasses.replace(found, picture=large)
    size = picture_size(profile, job.comp.width / job.comp.height)
    room = room_for_subjects(
        seen.maps, seen.subjects, size, background_floor=profile.capture.background_floor
    )
    if not room.any():  # it is told where it is cut
        return dataclasses.replace(found, picture=large)
    try:
        over = repainting(painter)
    except InputError as error:
        remedy = "Leave the plate out, or choose another model."
        raise dataclasses.replace(
            error, field=f"{job.at}.plate", value=plate.name, remedy=remedy
        ) from error
    start = np.where(room[..., None], resize(found.picture, size), plate.at(size))
    both, known = with_words(plan, words, painter.reader, profile)
    with capture_attention(over.pipeline, both) as captured:
        painted = repaint(
            over, start, room, words.text, seed, strength=INTO_PLATE, on_step=on_step
        )  # fmt: skip
    maps, heat = apart(captured.result(), plan, known)
    within = resize(np.repeat(room[..., None], 3, axis=2).astype(np.uint8) * np.uint8(255), whole)
    share = within.astype(np.float32) / np.float32(255.0)
    mixed = large + share * (resize(painted, whole).astype(np.float32) - large)
    picture = np.rint(mixed).clip(0, 255).astype(np.uint8)
    return Attended(picture, profile, plan, observed(maps, words), words=heat)


def plate_alone(job: ShotJob, painter: Painter, plate: PlatePicture, overscan: float) -> Attended:
    """The place itself, for a shot without any subject."""
    size = picture_size(painter.profile, job.comp.width / job.comp.height)
    return Attended(plate.at(layer_size(size, job.comp, overscan)), painter.profile)
