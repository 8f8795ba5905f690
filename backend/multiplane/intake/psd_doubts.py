"""What of a Photoshop file's layers cannot be drawn as Photoshop does, layer by layer."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from multiplane.contract.told_values import Values, told
from multiplane.intake.psd_colours import profile_of
from multiplane.intake.psd_file import is_adjustment

if TYPE_CHECKING:
    from psd_tools import PSDImage

_DRAWN_EFFECTS = {"coloroverlay", "gradientoverlay", "patternoverlay", "stroke"}
_OUTER_EFFECTS = {"dropshadow", "outerglow", "bevelemboss"}
_MOST_REACH = 500  # px; Photoshop's largest glow is 250
_ALL = (0, 65535)  # both ends of a blending range that leaves nothing out


@dataclass(frozen=True)
class PsdDoubt:
    """Something in the file that Photoshop draws and this program does not.

    code: stays the same between versions. layer: name of the layer or group on the top level that
    it is in; empty for the whole file. text: a sentence that names the very layer. reach: px that
    it may lie outside of the layer, such as a shadow.
    values: what ``{name}`` in the text stands for.
    """

    code: str
    layer: str
    text: str
    remedy: str | None = None
    reach: int = 0
    values: Values = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", told(self.text, self.values))


def layer_doubts(top: Any) -> Iterator[PsdDoubt]:
    """What is left out of a layer on the top level, of those in it, and of those clipped to it."""
    effects = sorted({name for inner in _within(top) for name in _effects_left_out(inner)})
    if effects:
        yield PsdDoubt(
            "picture.psd.effects_left_out",
            top.name,
            'Of "{layer}" these effects are left out: {effects}.',
            "Rasterize the layer's style in Photoshop to keep them.",
            max(_reach(inner) for inner in _within(top)),
            values={"layer": top.name, "effects": ", ".join(effects)},
        )
    for inner in _within(top):
        yield from _of_one(inner, top.name)


def file_doubts(psd: PSDImage) -> Iterator[PsdDoubt]:
    """What concerns all layers."""
    from psd_tools.constants import ColorMode

    said = {
        ColorMode.DUOTONE: "The inks of the duotone are left out: it is shown in grey.",
        ColorMode.MULTICHANNEL: "Of the file's spot channels only the first one is shown, in grey.",
    }
    if psd.color_mode in said:
        yield PsdDoubt(
            "picture.psd.inks_left_out",
            "",
            said[psd.color_mode],
            "Convert it to RGB in Photoshop to keep them.",
        )
    if psd.color_mode == ColorMode.CMYK and profile_of(psd) is None:
        yield PsdDoubt(
            "picture.psd.no_profile",
            "",
            "The file is CMYK without a profile, so its colours are only about right.",
            "Save it with its profile, or convert it to RGB in Photoshop.",
        )


def not_drawn(top: Any, error: Exception) -> PsdDoubt:
    """For a layer on the top level that psd-tools cannot draw."""
    why = str(error) or type(error).__name__
    return PsdDoubt(
        "picture.psd.not_drawn",
        top.name,
        '"{layer}" cannot be drawn, so it is left out: {why}',
        "Rasterize the layer in Photoshop, and save the file again.",
        values={"layer": top.name, "why": why.splitlines()[0]},
    )


def adjustment_merged(adjustment: Any, top: str) -> PsdDoubt:
    """For an adjustment layer that is drawn into the layers below it."""
    return PsdDoubt(
        "picture.psd.adjustment_merged",
        top,
        'The adjustment layer "{layer}" is merged into those below.',
        values={"layer": adjustment.name},
    )


def blend_merged(top: Any) -> PsdDoubt:
    """For a layer on the top level that has colours of what it lies on."""
    return PsdDoubt(
        "picture.psd.blend_merged",
        top.name,
        '"{layer}" is not blended normally; its blend with what is below '
        "is drawn into it, and moves with it.",
        values={"layer": top.name},
    )


def is_applied(adjustment: Any) -> bool:
    """Whether psd-tools knows how to put colours through this adjustment layer."""
    from psd_tools.composite.adjustments import ADJUSTMENT_FUNC
    from psd_tools.constants import ColorMode

    modes = (ColorMode.CMYK, ColorMode.GRAYSCALE, ColorMode.RGB)
    return adjustment.kind in ADJUSTMENT_FUNC and adjustment._psd.color_mode in modes


def has_blend_if(layer: Any) -> bool:
    """Whether "Blend If" hides some tones of the layer, or shows it on some tones only."""
    ranges = layer._record.blending_ranges
    pairs = [*(ranges.composite_ranges or ())]
    for channel in ranges.channel_ranges or ():
        pairs += channel
    return any(tuple(pair) != _ALL for pair in _in_two(pairs))


def _in_two(pairs: list[Any]) -> Iterator[tuple[int, int]]:
    for low, high in pairs:
        yield (int(low), int(high))


def _of_one(layer: Any, top: str) -> Iterator[PsdDoubt]:
    from psd_tools.constants import BlendMode

    if is_adjustment(layer) and not is_applied(layer):
        yield _adjustment_left_out(layer, top, type(layer).__name__)
    elif _shows_nothing(layer):
        what = {"type": "text", "smartobject": "smart object"}.get(layer.kind, "layer")
        yield PsdDoubt(
            "picture.psd.no_pixels",
            top,
            'The {kind} "{layer}" has no pixels in the file, so it is left out.',
            "Open and save the file in Photoshop, or rasterize the layer.",
            values={"kind": what, "layer": layer.name},
        )
    if layer.blend_mode == BlendMode.DISSOLVE:
        yield PsdDoubt(
            "picture.psd.dissolve",
            top,
            '"{layer}" is dissolved; its grain is not that of Photoshop.',
            values={"layer": layer.name},
        )
    if has_blend_if(layer):
        yield PsdDoubt(
            "picture.psd.blend_if_left_out",
            top,
            '"Blend If" of "{layer}" is left out.',
            "Rasterize or merge the layer in Photoshop to keep it.",
            values={"layer": layer.name},
        )


def _adjustment_left_out(layer: Any, top: str, kind: str) -> PsdDoubt:
    return PsdDoubt(
        "picture.psd.adjustment_left_out",
        top,
        'The adjustment layer "{layer}" ({kind}) is not applied.',
        "Merge it into its layers in Photoshop.",
        values={"layer": layer.name, "kind": kind},
    )


def _shows_nothing(layer: Any) -> bool:
    from psd_tools.composite import utils

    if layer.is_group() or is_adjustment(layer) or layer.has_pixels() or utils.has_fill(layer):
        return False
    return layer.kind in ("smartobject", "shape") or (
        layer.kind == "type" and bool(str(layer.text).strip())
    )


def _effects_left_out(layer: Any) -> set[str]:
    if not layer.has_effects():
        return set()
    return {
        str(effect.name)
        for effect in layer.effects
        if effect.enabled and effect.name.lower() not in _DRAWN_EFFECTS
    }


def _reach(layer: Any) -> int:
    """px that shadows and glows of a layer may lie outside of it."""
    outer = [inner for inner in layer.effects if inner.enabled] if layer.has_effects() else []
    parts = [
        sum(float(getattr(one, part, 0) or 0) for part in ("size", "distance"))
        for one in outer
        if one.name.lower() in _OUTER_EFFECTS
    ]
    return min(_MOST_REACH, math.ceil(max(parts, default=0.0)))


def _within(layer: Any) -> Iterator[Any]:
    """The layer, all that is visible in it, and what is clipped to any of these."""
    yield layer
    if layer.is_group():
        for inner in layer:
            if inner.visible and not inner.clipping:
                yield from _within(inner)
    for inner in layer.clip_layers:
        if inner.visible:
            yield from _within(inner)
