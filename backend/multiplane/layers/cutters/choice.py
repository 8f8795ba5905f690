"""Which cutter is meant by a name: attention, models beside it, or two of them together.

    attention                          what the picture model attended to
    clipseg, sam-3                     a model that is told words
    grounding-dino-tiny+sam-2.1-tiny   one finds boxes, the other cuts out what is in them
    attention+sam-2.1-tiny             masks refined where both agree; clipseg+edgetam just so
    attention+vitmatte-small           with finer edges; it may end any of the others
    qwen-image-layered                 takes the picture apart; another cutter names its layers

A model is named as in `multiplane models list`, by its repository, or by its folder.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from multiplane.contract.errors import InputError
from multiplane.contract.known_names import unknown_name
from multiplane.layers.cutters.agreeing import agreeing
from multiplane.layers.cutters.by_attention import by_attention
from multiplane.layers.cutters.by_layers import by_layers
from multiplane.layers.cutters.by_words import by_instances, by_soft_masks
from multiplane.layers.cutters.decomposer import ATTENTION, AUTO, CUTTERS, Decomposer
from multiplane.layers.cutters.fine_mattes import with_fine_mattes
from multiplane.models.calibration import Calibration
from multiplane.models.facts import VisionProfile, VisionRole
from multiplane.models.vision.profiles import VISION_PROFILES, vision_profile
from multiplane.models.vision.seen import DetectAndMask

LoadVision = Callable[[VisionProfile], Any]


@dataclass(frozen=True)
class CutterChoice:
    """A cutter by what it is made of.

    base: attention, or a plugin's name, or None where `words` is. words: what is told words.
    masker: what cuts out or refines what that shows. matter: what makes the edges finer. told_by:
    what says which of a layerer's layers is whose; no part of the name, since nobody chooses it.
    """

    base: str | None = ATTENTION
    words: VisionProfile | None = None
    masker: VisionProfile | None = None
    matter: VisionProfile | None = None
    told_by: CutterChoice | None = None

    @property
    def name(self) -> str:
        """As users name it."""
        first = [] if self.base is None else [self.base]
        return "+".join([*first, *(one.name for one in self._own)])

    @property
    def models(self) -> tuple[VisionProfile, ...]:
        """The models that it needs beside the picture model."""
        return self._own if self.told_by is None else (*self._own, *self.told_by.models)

    @property
    def _own(self) -> tuple[VisionProfile, ...]:
        every = (self.words, self.masker, self.matter)
        return tuple(one for one in every if one is not None)

    @property
    def needs_no_words(self) -> bool:
        """Whether it finds things in a picture of which nothing says what it shows."""
        return self.words is not None and self.words.role is VisionRole.LAYERER

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
    parts = [name] if _is_folder(name) else [part.strip() for part in name.split("+")]
    choice = _first(parts[0], field)
    for part in parts[1:]:
        found = _part(part, field)
        refined = choice.masker is not None or choice.matter is not None
        if found.role is VisionRole.MASKER and not refined:
            choice = replace(choice, masker=found)
        elif found.role is VisionRole.MATTER and choice.matter is None:
            choice = replace(choice, matter=found)
        else:
            raise InputError(
                "cut.incomplete",
                "{part} cannot stand there: it does not refine masks, or there is one already.",
                field=field,
                value=name,
                remedy="After a + stands one of {maskers}, and last {matters}.",
                values={
                    "part": part,
                    "maskers": _named(VisionRole.MASKER),
                    "matters": _named(VisionRole.MATTER),
                },
            )
    words = choice.words
    if words is not None and words.role is VisionRole.DETECTOR and choice.masker is None:
        raise InputError(
            "cut.incomplete",
            "{name} finds boxes only.",
            field=field,
            value=name,
            remedy="Say what cuts out what is in them: {name}+sam-2.1-tiny, or with another "
            "of {maskers}.",
            values={"name": words.name, "maskers": _named(VisionRole.MASKER)},
        )
    return choice


def cutter_names() -> list[str]:
    """The cutters that there are, the default first; two models together as one name."""
    alone = [*_of(VisionRole.SEGMENTER), *_of(VisionRole.FINDER), *_of(VisionRole.LAYERER)]
    boxes, masks = _of(VisionRole.DETECTOR), _of(VisionRole.MASKER)
    return [
        ATTENTION,
        *(f"{ATTENTION}+{mask}" for mask in masks),
        *(f"{ATTENTION}+{matte}" for matte in _of(VisionRole.MATTER)),
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
        both = f"{words.name}+{choice.models[1].name}"
        cutter = by_instances(both, DetectAndMask(load(words), masker))
    elif words.role is VisionRole.SEGMENTER:
        cutter = by_soft_masks(words.name, load(words))
    elif words.role is VisionRole.LAYERER:
        told_by = None
        if choice.told_by is not None:
            told_by = decomposer_of(
                choice.told_by, load, background_floor=background_floor, calibration=calibration
            )
        cutter = by_layers(words.name, load(words), told_by)
    else:
        cutter = by_instances(words.name, load(words))
    refines = words is None or words.role is not VisionRole.DETECTOR
    if choice.masker is not None and refines:
        cutter = agreeing(cutter, choice.masker.name, masker)
    if choice.matter is not None:
        cutter = with_fine_mattes(cutter, choice.matter.name, load(choice.matter))
    return cutter


def _first(name: str, field: str) -> CutterChoice:
    if name == ATTENTION or name in CUTTERS:
        return CutterChoice(name)
    found = _part(name, field)
    # What refines by itself refines what attention says.
    if found.role is VisionRole.MASKER:
        return CutterChoice(ATTENTION, masker=found)
    if found.role is VisionRole.MATTER:
        return CutterChoice(ATTENTION, matter=found)
    return CutterChoice(None, found)


def _part(name: str, field: str) -> VisionProfile:
    try:
        found = vision_profile(name)
    except InputError as error:
        if error.code != "models.unknown":
            raise
        raise _unknown(name, field) from None
    if found.role is VisionRole.COMPARER:
        raise _unknown(name, field)
    return found


def _unknown(name: str, field: str) -> InputError:
    cutting = [one.name for one in VISION_PROFILES.values() if one.role is not VisionRole.COMPARER]
    known = list(dict.fromkeys([AUTO, *cutter_names(), *cutting]))
    return unknown_name("cut.unknown", "cutter", name, known, field=field)


def _is_folder(name: str) -> bool:
    try:
        return Path(name).expanduser().is_dir()
    except (OSError, ValueError):  # longer than any name, say
        return False


def _of(role: VisionRole) -> list[str]:
    return [one.name for one in VISION_PROFILES.values() if one.role is role]


def _named(role: VisionRole) -> str:
    return ", ".join(_of(role))
