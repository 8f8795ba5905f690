"""The pictures of a shot's cast that its model is shown while it paints."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.manifest import NoticeEntry
from multiplane.intake.cast_pictures import CastPicture
from multiplane.models.families.registry import family
from multiplane.models.paint import resize
from multiplane.models.profiles import ModelProfile
from multiplane.produce.drawn import shown_pixels

NOT_TAKEN = "cast.pictures_not_taken"
LEFT_OUT = "cast.pictures_left_out"
NOT_ON_PLATE = "cast.pictures_not_on_plate"
_LEAST_PX, _LONGEST_ASPECT = 64, 8
"""What diffusers refuses to go below and beyond; white is put around such a picture."""


def shown_of(
    pictures: Sequence[CastPicture], profile: ModelProfile, *, on_plate: bool = False
) -> tuple[tuple[CastPicture, ...], tuple[NoticeEntry, ...]]:
    """Which of the pictures the model is shown, and what is said of the others.

    Of each member of the cast the first comes before anybody's second. on_plate: the shot is
    painted into a plate, where no pipeline takes pictures besides.
    """
    if not pictures:
        return (), ()
    most = family(profile.family).most_references
    names = ", ".join(dict.fromkeys(picture.name for picture in pictures))
    if most == 0:
        notice = NoticeEntry.of(
            NOT_TAKEN,
            "{model} is shown no pictures of {names}: it paints by the words, the seed and the "
            "LoRA alone.",
            {"model": profile.name, "names": names},
            remedy="For pictures choose a model that takes them, such as flux2-klein-4b.",
        )
        return (), (notice,)
    if on_plate:
        notice = NoticeEntry.of(
            NOT_ON_PLATE,
            "Painting into a plate, {model} is shown no pictures of {names}.",
            {"model": profile.name, "names": names},
            remedy="Leave the shot's plate out to have them painted after their pictures.",
        )
        return (), (notice,)
    turns: dict[str, int] = {}
    ranked = []
    for picture in pictures:
        turns[picture.name] = turns.get(picture.name, 0) + 1
        ranked.append((turns[picture.name], picture))
    ordered = [picture for _, picture in sorted(ranked, key=lambda pair: pair[0])]
    if len(ordered) <= most:
        return tuple(ordered), ()
    left = ", ".join(picture.file.name for picture in ordered[most:])
    notice = NoticeEntry.of(
        LEFT_OUT,
        "{model} is shown {most} pictures of the cast at most; {files} were left out.",
        {"model": profile.name, "most": most, "files": left},
        remedy="Name fewer pictures of each.",
    )
    return tuple(ordered[:most]), (notice,)


def load_references(
    pictures: Sequence[CastPicture], profile: ModelProfile
) -> tuple[NDArray[np.uint8], ...]:
    """The pictures (H, W, 3), together no larger than one that the model paints.

    Each of them takes as much time and memory as a part of the picture of its size. Where the
    family `sizes_references` each may be as large. Raises as `shown_pixels`.
    """
    if not pictures:
        return ()
    shared = 1 if family(profile.family).sizes_references else len(pictures)
    area = profile.native_short_side**2 / shared
    return tuple(_within(shown_pixels(picture), area) for picture in pictures)


def _within(picture: NDArray[np.uint8], area: float) -> NDArray[np.uint8]:
    height, width = picture.shape[:2]
    scale = min(1.0, math.sqrt(area / (width * height)))
    sized = resize(picture, (max(1, round(width * scale)), max(1, round(height * scale))))
    height, width = sized.shape[:2]
    least = max(_LEAST_PX, math.ceil(max(height, width) / _LONGEST_ASPECT))
    if min(height, width) >= least:
        return sized
    more = [max(0, least - side) for side in (height, width)]
    around = [(extra // 2, extra - extra // 2) for extra in more]
    return np.pad(sized, (*around, (0, 0)), constant_values=255)
