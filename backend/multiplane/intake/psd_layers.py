"""The layers of a Photoshop file, each as it looks by itself, as sRGB with straight alpha."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from multiplane.contract.errors import InputError
from multiplane.intake.psd_file import is_adjustment, opened, reading, visible_layers

if TYPE_CHECKING:
    from psd_tools import PSDImage

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Box = tuple[int, int, int, int]  # left, top, right, bottom px

_MOST_LAYERS = 64
_MOST_TIMES_LIMIT = 4  # px of all layers together, in units of the limit for one picture
_EFFECTS_REACH = 128  # px that a stroke may lie outside its layer
_DRAWN_EFFECTS = {"coloroverlay", "gradientoverlay", "patternoverlay", "stroke"}


@dataclass(frozen=True)
class PsdLayer:
    """A top layer or group as it looks by itself. position: of its top left corner, px."""

    name: str
    rgba: Bytes  # (h, w, 4) sRGB, straight alpha with the opacity in it
    position: tuple[int, int]  # may lie outside of the canvas


def psd_layers(path: Path, *, max_pixels: int, warn: Callable[[str], None]) -> list[PsdLayer]:
    """The visible layers back to front, each group as one, with masks, clipping and opacity.

    A layer whose blend mode is not Normal (and a group with such a layer in it that passes
    through) gets the colours that it makes with what is below it, and the least alpha that does
    so: a multiplied shadow becomes a dark layer, its white nothing. An adjustment layer is
    applied to every layer below it. Of both `warn` is told, and of effects that are left out.

    Raises InputError `picture.damaged`, `picture.too_large`, `picture.too_many_layers`.
    """
    with reading(path):
        psd = opened(path)
        tops = visible_layers(psd)
        if len(tops) > _MOST_LAYERS:
            raise InputError(
                "picture.too_many_layers",
                f"The file has more than {_MOST_LAYERS} visible layers and groups.",
                file=str(path),
                value=len(tops),
                remedy="Put those that move together into groups.",
            )
        found = [_Found(one.name, _box(psd, one)) for one in tops]
        total = sum(one.pixels for one in found)
        if max((one.pixels for one in found), default=0) > max_pixels or (
            total > _MOST_TIMES_LIMIT * max_pixels
        ):
            raise InputError(
                "picture.too_large",
                "The layers have too many pixels.",
                file=str(path),
                value=f"{total / 1e6:.0f} megapixels",
                remedy="Make the file smaller; a shot of 4K needs about 10 megapixels a layer.",
            )
        stack: list[_Found] = []
        for top, entry in zip(tops, found, strict=True):
            if is_adjustment(top):
                warn(f'{path.name}: adjustment layer "{top.name}" is merged into those below.')
                for below in stack:
                    below.adjust(psd, top)
                continue
            entry.draw(psd, top, stack)
            if entry.baked:
                warn(
                    f'{path.name}: "{top.name}" is not blended normally; its blend with what is '
                    "below is drawn into it."
                )
            left_out = _left_out(top)
            if left_out:
                names = ", ".join(sorted(left_out))
                warn(
                    f'{path.name}: of "{top.name}" these effects are left out: {names}. '
                    "Rasterize the layer's style in Photoshop to keep them."
                )
            stack.append(entry)
        layers = [PsdLayer(one.name, one.in_srgb(psd), one.box[:2]) for one in stack]
        return [one for one in layers if one.rgba[..., 3].any()]


class _Found:
    """A top layer in the file's own colours, cropped to where it has any."""

    def __init__(self, name: str, box: Box) -> None:
        self.name, self.box, self.baked = name, box, False
        self.colours: Bytes = np.zeros((0, 0, 3), np.uint8)  # (h, w, channels)
        self.alpha: Bytes = np.zeros((0, 0), np.uint8)

    @property
    def pixels(self) -> int:
        left, top, right, bottom = self.box
        return (right - left) * (bottom - top)

    def draw(self, psd: PSDImage, layer: Any, stack: list[_Found]) -> None:
        """Composite the layer by itself; where its blend mode needs it, over `stack`."""
        members = _subtree(layer)
        colours, alpha = _composite(psd, self.box, members)
        odd = {id(one) for one in _odd(layer)}
        if odd:
            self.baked = True
            below = _below(stack, self.box, colours.shape[2])
            blended, _ = _composite(psd, self.box, members, over=below)
            # Where nothing was laid on, the change is an adjustment's.
            result = np.where(alpha > 0, alpha * blended + (1.0 - alpha) * below, blended)
            kept = {one for one in members if one not in odd} if id(layer) not in odd else set()
            own = _composite(psd, self.box, kept)[1] if kept else np.zeros_like(alpha)
            alpha = np.maximum(own, _least_alpha(result, below))
            safe = np.maximum(alpha, 1e-4)
            colours = np.clip((result - (1.0 - alpha) * below) / safe, 0.0, 1.0)
        self.colours, self.alpha = _bytes(colours), _bytes(alpha[..., 0])
        self._crop()

    def adjust(self, psd: PSDImage, layer: Any) -> None:
        """Put the colours through an adjustment layer."""
        over = self.colours.astype(np.float32) / np.float32(255.0)
        adjusted, _ = _composite(psd, self.box, _subtree(layer), over=over)
        self.colours = _bytes(adjusted)

    def in_srgb(self, psd: PSDImage) -> Bytes:
        from psd_tools.api import pil_io
        from psd_tools.constants import Resource

        mode = pil_io.get_pil_mode(psd.color_mode)
        mode = "RGB" if mode == "P" else mode
        grey = mode in ("1", "L")
        planes = self.colours[..., 0] if grey else self.colours[..., : 4 if mode == "CMYK" else 3]
        if mode == "LAB":
            parts = [Image.fromarray(np.ascontiguousarray(planes[..., i]), "L") for i in range(3)]
            image = Image.merge("LAB", parts)
        else:
            image = Image.fromarray(np.ascontiguousarray(planes), "L" if grey else mode)
        profile = None
        if Resource.ICC_PROFILE in psd.image_resources:
            profile = psd.image_resources.get_data(Resource.ICC_PROFILE)
        rgb = pil_io.post_process(image, None, profile).convert("RGB")
        return np.dstack([np.asarray(rgb, np.uint8), self.alpha])

    def _crop(self) -> None:
        rows, columns = np.flatnonzero(self.alpha.any(1)), np.flatnonzero(self.alpha.any(0))
        if not rows.size:
            self.colours, self.alpha = self.colours[:1, :1], self.alpha[:1, :1]
            self.box = (self.box[0], self.box[1], self.box[0] + 1, self.box[1] + 1)
            return
        inside = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
        left, top = self.box[0] + int(columns[0]), self.box[1] + int(rows[0])
        self.colours, self.alpha = self.colours[inside].copy(), self.alpha[inside].copy()
        self.box = (left, top, left + self.alpha.shape[1], top + self.alpha.shape[0])


def _composite(
    psd: PSDImage, box: Box, members: set[int], over: Floats | None = None
) -> tuple[Floats, Floats]:
    """Straight colours (h, w, channels) and alpha (h, w, 1) of `members`, 0..1, inside `box`.

    over: what lies below, opaque; the colours are then those that the blend gives.
    """
    from psd_tools.composite import composite

    colours, _, alpha = composite(
        psd,
        color=1.0 if over is None else over,
        alpha=0.0 if over is None else 1.0,
        viewport=box,
        layer_filter=lambda layer: id(layer) in members and layer.is_visible(),
    )
    return np.asarray(colours, np.float32), np.asarray(alpha, np.float32)


def _below(stack: list[_Found], box: Box, channels: int) -> Floats:
    """The layers of `stack` over paper white inside `box`: (h, w, channels) 0..1."""
    left, top, right, bottom = box
    flat = np.ones((bottom - top, right - left, channels), np.float32)
    for one in stack:
        x0, y0 = max(left, one.box[0]), max(top, one.box[1])
        x1, y1 = min(right, one.box[2]), min(bottom, one.box[3])
        if x0 >= x1 or y0 >= y1:
            continue
        here = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
        its = (slice(y0 - one.box[1], y1 - one.box[1]), slice(x0 - one.box[0], x1 - one.box[0]))
        share = one.alpha[its][..., None].astype(np.float32) / 255.0
        flat[here] = share * (one.colours[its] / np.float32(255.0)) + (1.0 - share) * flat[here]
    return flat


def _least_alpha(result: Floats, below: Floats) -> Floats:
    """Least alpha (h, w, 1) with which some colour over `below` gives `result`."""
    rise = (result - below) / np.maximum(1.0 - below, 1e-4)
    fall = (below - result) / np.maximum(below, 1e-4)
    need = np.where(result > below, rise, fall).max(axis=2, keepdims=True)
    # Rounding of what changes nothing shall not leave a veil.
    return np.where(need < 0.75 / 255.0, 0.0, np.clip(need, 0.0, 1.0)).astype(np.float32)


def _subtree(layer: Any) -> set[int]:
    """Identities of a layer, all in it, all clipped to it, and the groups that it is in."""
    members = {id(layer)}
    for one in (*layer.clip_layers, *(layer if layer.is_group() else ())):
        members |= _subtree(one)
    parent = layer.parent
    while parent is not None:
        members.add(id(parent))
        parent = parent.parent
    return members


def _odd(layer: Any) -> Iterator[Any]:
    """`layer` or those in it that blend with what is below it otherwise than Normal does."""
    from psd_tools.constants import BlendMode

    if not layer.is_group():
        if is_adjustment(layer) or layer.blend_mode != BlendMode.NORMAL:
            yield layer
    elif layer.blend_mode == BlendMode.PASS_THROUGH:
        for one in layer:
            if one.visible and not one.clipping:
                yield from _odd(one)
    elif layer.blend_mode != BlendMode.NORMAL:
        yield layer


def _left_out(layer: Any) -> set[str]:
    """Names of effects of the layer that are switched on and not drawn."""
    inside = layer.descendants() if layer.is_group() else ()
    return {
        str(effect.name)
        for one in (layer, *inside)
        if one.is_visible() and one.has_effects()
        for effect in one.effects
        if effect.enabled and effect.name.lower() not in _DRAWN_EFFECTS
    }


def _box(psd: PSDImage, layer: Any) -> Box:
    """Where a layer may have pixels. Fills without an outline have the canvas."""
    left, top, right, bottom = layer.bbox
    if layer.is_group() and any(not one.has_pixels() for one in layer.descendants()):
        left, top = min(left, 0), min(top, 0)
        right, bottom = max(right, psd.width), max(bottom, psd.height)
    if left >= right or top >= bottom:
        return (0, 0, psd.width, psd.height)
    reach = _EFFECTS_REACH if layer.has_effects() else 0
    return (left - reach, top - reach, right + reach, bottom + reach)


def _bytes(values: Floats) -> Bytes:
    return np.rint(np.clip(values, 0.0, 1.0) * 255.0).astype(np.uint8)
