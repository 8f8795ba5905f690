"""Which cutter is meant by a name: attention, models beside it, or two of them together.

    attention                          what the picture model attended to
    clipseg, sam-3                     a model that is told words
    grounding-dino-tiny+sam-2.1-tiny   one finds boxes, the other cuts out what is in them
    attention+sam-2.1-tiny             masks refined where both agree; clipseg+edgetam just so

A model is named as in `multiplane models list`, by its repository, or by its folder.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from multiplane.contract.errors import InputError
from multiplane.contract.known_names import unknown_name
from multiplane.layers.cutters.agreeing import agreeing
from multiplane.layers.cutters.by_attention import by_attention
from multiplane.layers.cutters.by_words import by_instances, by_soft_masks
from multiplane.layers.cutters.decomposer import ATTENTION, AUTO, CUTTERS, Decomposer
from multiplane.models.calibration import Calibration
from multiplane.models.facts import VisionProfile, VisionRole
from multiplane.models.vision.profiles import VISION_PROFILES, vision_profile
from multiplane.models.vision.seen import DetectAndMask

LoadVision = Callable[[VisionProfile], Any]

_WORD_ROLES = (VisionRole.SEGMENTER, VisionRole.FINDER)


@dataclass(frozen=True)
class CutterChoice:
    """A cutter by what it is made of.

    base: attention, or a plugin's name, or None where `words` is. words: what is told words.
    masker: what cuts out or refines what that shows.
    """

    base: str | None = ATTENTION
    words: VisionProfile | None = None
    masker: VisionProfile | None = None

    @property
    def name(self) -> str:
        """As users name it."""
        first = self.base if self.words is None else self.words.name
        return str(first) if self.masker is None else f"{first}+{self.masker.name}"

    @property
    def models(self) -> tuple[VisionProfile, ...]:
        """The models that it needs beside the picture model."""
        return tuple(one for one in (self.words, self.masker) if one is not None)

    @property
    def needs_attention(self) -> bool:
        """Whether the picture model has to look at a drawing for it."""
        if self.base is None or self.base == ATTENTION:
            return self.base == ATTENTION
        return CUTTERS[self.base].needs_attention

    @property
    def version(self) -> str:
        """Of its own code; "" for what belongs to Multiplane."""
        plugin = None if self.base in (None, ATTENTION) else CUTTERS[str(self.base)]
        return "" if plugin is None else plugin.version


BY_ATTENTION = CutterChoice()


def cutter_choice(name: str, *, field: str = "cut") -> CutterChoice:
    """What the cutter's name means. field: where it was said, for errors.

    Raises InputError `cut.unknown`, `cut.incomplete`, and as `vision_profile`.
    """
    name = name.strip()
    first, joined, second = (part.strip() for part in name.rpartition("+"))
    if not joined or _is_folder(name):
        return _alone(name, field)
    base, masker = _alone(first, field, masked=True), _part(second, field)
    if masker.role is not VisionRole.MASKER or base.masker is not None:
        raise InputError(
            "cut.incomplete",
            f"{second} does not refine masks.",
            field=field,
            value=name,
            remedy=f"After the + stands one of {_named(VisionRole.MASKER)}.",
        )
    return CutterChoice(base.base, base.words, masker)


def cutter_names() -> list[str]:
    """The cutters that there are, the default first; two models together as one name."""
    alone = [one.name for one in VISION_PROFILES.values() if one.role in _WORD_ROLES]
    boxes = [one.name for one in VISION_PROFILES.values() if one.role is VisionRole.DETECTOR]
    masks = [one.name for one in VISION_PROFILES.values() if one.role is VisionRole.MASKER]
    return [
        ATTENTION,
        *(f"{ATTENTION}+{mask}" for mask in masks),
        *alone,
        *(f"{box}+{mask}" for box in boxes for mask in masks),
        *CUTTERS,
    ]


def decomposer_of(
    choice: CutterChoice,
    load: LoadVision,
    *,
    background_floor: float = 0.0,
    calibration: Calibration | None = None,
) -> Decomposer:
    """The cutter itself. load: a model by its profile; the rest: of the model that attends.

    Raises as `models.vision.load.load_vision`.
    """
    masker: Any = None if choice.masker is None else load(choice.masker)
    words = choice.words
    if words is None and choice.base == ATTENTION:
        cutter = by_attention(background_floor, calibration)
    elif words is None:
        cutter = CUTTERS[str(choice.base)]
    elif words.role is VisionRole.DETECTOR:
        return by_instances(choice.name, DetectAndMask(load(words), masker))
    elif words.role is VisionRole.SEGMENTER:
        cutter = by_soft_masks(words.name, load(words))
    else:
        cutter = by_instances(words.name, load(words))
    if choice.masker is None:
        return cutter
    return agreeing(cutter, choice.masker.name, masker)


def _alone(name: str, field: str, *, masked: bool = False) -> CutterChoice:
    if name == ATTENTION or name in CUTTERS:
        return CutterChoice(name)
    found = _part(name, field)
    if found.role is VisionRole.MASKER:
        return CutterChoice(ATTENTION, masker=found)  # it refines what attention says
    if found.role is VisionRole.DETECTOR and not masked:
        raise InputError(
            "cut.incomplete",
            f"{name} finds boxes only.",
            field=field,
            value=name,
            remedy=f"Say what cuts out what is in them: {name}+sam-2.1-tiny, or with another of "
            f"{_named(VisionRole.MASKER)}.",
        )
    return CutterChoice(None, found)


def _part(name: str, field: str) -> VisionProfile:
    try:
        return vision_profile(name)
    except InputError as error:
        if error.code != "models.unknown":
            raise
        raise unknown_name(
            "cut.unknown", "cutter", name, [AUTO, *cutter_names(), *VISION_PROFILES], field=field
        ) from None


def _is_folder(name: str) -> bool:
    try:
        return Path(name).expanduser().is_dir()
    except (OSError, ValueError):  # longer than any name, say
        return False


def _named(role: VisionRole) -> str:
    return ", ".join(one.name for one in VISION_PROFILES.values() if one.role is role)
