"""The layers of a Photoshop file, each as it looks by itself, as sRGB with straight alpha."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.errors import InputError
from multiplane.intake.psd_colours import paper_white, pixels_as_srgb
from multiplane.intake.psd_doubts import (
    PsdDoubt,
    adjustment_merged,
    blend_merged,
    file_doubts,
    is_applied,
    layer_doubts,
    not_drawn,
)
from multiplane.intake.psd_file import (
    Box,
    artboard_ground,
    composed_picture,
    find_artboard,
    is_adjustment,
    merged_picture,
    opened,
    over_white,
    reading,
    visible_layers,
    vouches_for_merged,
)

if TYPE_CHECKING:
    from psd_tools import PSDImage

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

_MOST_LAYERS = 64
_MOST_TIMES_LIMIT = 4  # px of all layers together, in units of the limit for one picture
_MOST_REACH = 1000  # px that a stroke may lie outside its layer
_ROUNDING = 0.75 / 255.0


@dataclass(frozen=True)
class PsdLayer:
    """A top layer or group as it looks by itself. position: of its top left corner, px."""

    name: str
    rgba: Bytes  # (h, w, 4) sRGB, straight alpha with the opacity in it
    position: tuple[int, int]  # on the canvas; may lie outside of it


@dataclass(frozen=True)
class PsdLayers:
    """A Photoshop file, or one artboard of it, in layers back to front.

    size: (width, height) px of the canvas. merged: (H, W, 3) the canvas as the program that saved
    the file merged it, on white; None where it was saved without. vouched: whether the file says
    that this is the picture of its layers. composed: makes the same from all layers together; None
    where psd-tools cannot. doubts: what is left out. merges: which layers are drawn into others, or
    have in them what is below. calculated: whether some layer has colours that are worked out, so
    that the layers together are only nearly what `composed` gives.
    """

    size: tuple[int, int]
    layers: tuple[PsdLayer, ...]
    merged: Bytes | None
    vouched: bool
    composed: Callable[[], Bytes | None]
    doubts: tuple[PsdDoubt, ...]
    merges: tuple[PsdDoubt, ...]
    calculated: bool


def psd_layers(path: Path, *, max_pixels: int, artboard: str | None = None) -> PsdLayers:
    """The visible layers back to front, each group as one, with masks, clipping and opacity.

    A layer whose blend mode is not Normal (and a group with such a layer in it that passes
    through) gets the colours that it makes with what is below it, and the least alpha that does
    so: a multiplied shadow becomes a dark layer, its white nothing. An adjustment layer is
    applied to every layer below it, also from within a group that passes through. Of both the
    result's `merges` tell. Of a file with artboards one is taken, see `find_artboard`, with its
    ground as the lowest layer. What cannot be drawn is in the result's `doubts`.

    Raises InputError `picture.damaged`, `picture.too_large`, `picture.too_many_layers`,
    `picture.artboard_unknown`.
    """
    with reading(path):
        psd = opened(path)
        board = find_artboard(psd, artboard, path)
        canvas: Box = (0, 0, psd.width, psd.height) if board is None else board.bbox
        tops = visible_layers(psd if board is None else board)
        _check_size(path, psd, tops, canvas, max_pixels)
        ground = None if board is None else artboard_ground(board)
        blends = any(True for top in tops for _ in _odd(top))
        stack = _Stack(psd, canvas, ground, blends=blends)
        doubts, merges = [*file_doubts(psd)], []
        for top in tops:
            try:
                doubts += layer_doubts(top)
                merges += stack.lay(top)
            except Exception as error:
                if len(tops) == 1 or isinstance(error, (InputError, OSError, MemoryError)):
                    raise
                # One layer that psd-tools stumbles over, in whatever way, is not the whole file.
                doubts.append(not_drawn(top, error))
        merged = merged_picture(psd)

        def composed() -> Bytes | None:
            try:
                if board is not None:
                    return stack.together(tops)
                return np.asarray(over_white(composed_picture(psd)))
            except (OSError, MemoryError):
                raise
            except Exception:
                # As above: the layers that could be drawn were drawn one by one.
                return None

        size = (canvas[2] - canvas[0], canvas[3] - canvas[1])
        layers = list(stack.layers())
        if board is not None and ground is not None:
            sheet = np.empty((size[1], size[0], 4), np.uint8)
            sheet[..., :3] = pixels_as_srgb(psd, ground[None, None])
            sheet[..., 3] = 255
            layers.insert(0, PsdLayer(board.name, sheet, (0, 0)))
        return PsdLayers(
            size=size,
            layers=tuple(layers),
            merged=None if merged is None else np.asarray(over_white(merged.crop(canvas))),
            vouched=vouches_for_merged(psd),
            composed=composed,
            doubts=tuple(doubts),
            merges=tuple(merges),
            calculated=stack.calculated,
        )


def _check_size(
    path: Path, psd: PSDImage, tops: Sequence[Any], canvas: Box, max_pixels: int
) -> None:
    if len(tops) > _MOST_LAYERS:
        raise InputError(
            "picture.too_many_layers",
            "The file has more than {most} visible layers and groups.",
            file=str(path),
            value=len(tops),
            remedy="Put those that move together into groups.",
            values={"most": _MOST_LAYERS},
        )
    boxes = [box for top in tops if (box := _box(top, canvas)) is not None]
    areas = [(right - left) * (bottom - top) for left, top, right, bottom in boxes]
    if max(areas, default=0) > max_pixels or sum(areas) > _MOST_TIMES_LIMIT * max_pixels:
        raise InputError(
            "picture.too_large",
            "The layers have too many pixels.",
            file=str(path),
            value=f"{sum(areas) / 1e6:.0f} megapixels",
            remedy="Make the file smaller; a shot of 4K needs about 10 megapixels a layer.",
        )


@dataclass
class _Drawn:
    """A layer in the file's own colours: (h, w, channels) and (h, w, 1), straight alpha.

    In 8 bits whatever the file has: there may be many, and a shot's layers have no more.
    """

    name: str
    box: Box
    colours: Bytes
    alpha: Bytes

    @classmethod
    def of(cls, name: str, box: Box, colours: Floats, alpha: Floats) -> _Drawn:
        """What there is of it, from 0..1; without what is clear around it, but one pixel."""
        return cls(name, box, _bytes(colours), _bytes(alpha)).cropped()

    def cropped(self) -> _Drawn:
        shown = self.alpha[..., 0] > 0
        rows, columns = np.flatnonzero(shown.any(1)), np.flatnonzero(shown.any(0))
        if not rows.size:
            rows, columns = np.zeros(1, int), np.zeros(1, int)
        inside = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
        left, top = self.box[0] + int(columns[0]), self.box[1] + int(rows[0])
        colours, alpha = self.colours[inside].copy(), self.alpha[inside].copy()
        box = (left, top, left + alpha.shape[1], top + alpha.shape[0])
        return _Drawn(self.name, box, colours, alpha)


class _Stack:
    """The layers so far, back to front, and what they show together on the canvas.

    Together they are kept apart from the layers: what lies on nothing is not blended, so that
    depends on how much was covered, and a layer's own alpha may be less than what it covered.
    """

    def __init__(self, psd: PSDImage, canvas: Box, ground: Floats | None, *, blends: bool) -> None:
        """ground: of an artboard, (channels,) 0..1; without it there is paper white.

        blends: whether any layer needs to know what it lies on.
        """
        self.calculated = False
        self._blends = blends
        self._psd, self._canvas = psd, canvas
        self._paper = paper_white(psd) if ground is None else ground
        self._drawn: list[_Drawn] = []
        left, top, right, bottom = canvas
        self._seen = np.empty((bottom - top, right - left, len(self._paper)), np.float32)
        self._seen[:] = self._paper
        self._covered = np.zeros((*self._seen.shape[:2], 1), np.float32)

    def lay(self, top: Any) -> list[PsdDoubt]:
        """Lay a layer or group over the others; what the user should know of it.

        Raises whatever a layer that cannot be drawn leads to; nothing of it is there then.
        """
        first = len(self._drawn)
        try:
            return list(self._lay(top, first))
        except Exception:
            del self._drawn[first:]
            raise

    def _lay(self, top: Any, first: int) -> Iterator[PsdDoubt]:
        for adjustment, members in _segments(top):
            if adjustment is None:
                self._draw(top, members)
            elif is_applied(adjustment):
                yield adjustment_merged(adjustment, top.name)
                self._adjust(members)
        if first and any(not is_adjustment(inner) for inner in _odd(top)):
            yield blend_merged(top)
        if len(self._drawn) > first + 1:
            self._drawn[first:] = [_over_each_other(self._drawn[first:], self._paper)]

    def layers(self) -> Iterator[PsdLayer]:
        """The finished layers with anything in them; positions from the canvas' corner."""
        for layer in self._drawn:
            if layer.alpha.any():
                rgba = np.dstack([pixels_as_srgb(self._psd, _floats(layer.colours)), layer.alpha])
                corner = (layer.box[0] - self._canvas[0], layer.box[1] - self._canvas[1])
                yield PsdLayer(layer.name, rgba, corner)

    def together(self, tops: Sequence[Any]) -> Bytes:
        """All layers of an artboard composited at once, on its ground: (H, W, 3) sRGB."""
        members = {member for top in tops for member in _subtree(top)}
        colours, alpha = _composite(self._psd, self._canvas, members)
        return pixels_as_srgb(self._psd, alpha * colours + (1.0 - alpha) * self._paper)

    def _adjust(self, members: set[int]) -> None:
        self.calculated = True
        for below in self._drawn:
            over = _floats(below.colours)
            below.colours = _bytes(_composite(self._psd, below.box, members, over)[0])
        self._seen, _ = _composite(self._psd, self._canvas, members, self._seen)

    def _draw(self, top: Any, members: set[int]) -> None:
        """Composite members of `top` by themselves; where a blend mode needs it, over the rest."""
        box = _box(top, self._canvas)
        if box is None:
            return
        odd = {id(inner) for inner in _odd(top)} & members
        below, covered = self._under(box) if odd else (None, None)
        if below is None or covered is None or not covered.any():
            colours, alpha = _composite(self._psd, box, members)
            self._cover(box, colours, alpha)
        else:
            self.calculated = True
            blended, whole = _composite(self._psd, box, members, below, covered)
            self._cover(box, blended, whole)
            ground = covered * below + (1.0 - covered) * self._paper
            result = whole * blended + (1.0 - whole) * ground
            kept = (
                {member for member in members if member not in odd} if id(top) not in odd else set()
            )
            alpha = _least_alpha(result, ground)
            # What lies on nothing is there, whatever its colour does to the paper.
            alpha = np.maximum(alpha, whole * (1.0 - covered))
            if kept:
                alpha = np.maximum(alpha, _composite(self._psd, box, kept)[1])
            safe = np.maximum(alpha, 1e-4)
            colours = np.clip((result - (1.0 - alpha) * ground) / safe, 0.0, 1.0)
        self._drawn.append(_Drawn.of(top.name, box, colours, alpha))

    def _under(self, box: Box) -> tuple[Floats, Floats]:
        """What lies so far inside `box`: straight colours (h, w, channels), alpha (h, w, 1)."""
        inside = _meeting(box, self._canvas)
        if inside == box:
            here = _part(box, self._canvas)
            return self._seen[here].copy(), self._covered[here].copy()
        seen, covered = _flat(self._drawn, box, self._paper)
        if inside is not None:
            here, there = _part(inside, box), _part(inside, self._canvas)
            seen[here], covered[here] = self._seen[there], self._covered[there]
        return seen, covered

    def _cover(self, box: Box, colours: Floats, alpha: Floats) -> None:
        inside = _meeting(box, self._canvas)
        if inside is None or not self._blends:
            return
        here, there = _part(inside, box), _part(inside, self._canvas)
        share, below = alpha[here], self._covered[there]
        total = share + below - share * below
        mixed = share * colours[here] + (1.0 - share) * below * self._seen[there]
        clear = total < 1e-6
        self._seen[there] = np.where(clear, self._paper, mixed / np.where(clear, 1.0, total))
        self._covered[there] = total


def _flat(drawn: Sequence[_Drawn], box: Box, paper: Floats) -> tuple[Floats, Floats]:
    """`drawn` over each other inside `box`: straight colours, `paper` where clear, and alpha."""
    light = np.zeros((box[3] - box[1], box[2] - box[0], len(paper)), np.float32)
    covered = np.zeros((*light.shape[:2], 1), np.float32)
    for layer in drawn:
        inside = _meeting(box, layer.box)
        if inside is not None:
            here, its = _part(inside, box), _part(inside, layer.box)
            share = _floats(layer.alpha[its])
            light[here] = share * _floats(layer.colours[its]) + (1.0 - share) * light[here]
            covered[here] = share + (1.0 - share) * covered[here]
    clear = covered < 1e-6
    return np.where(clear, paper, light / np.where(clear, 1.0, covered)), covered


def _over_each_other(drawn: Sequence[_Drawn], paper: Floats) -> _Drawn:
    box = _around([layer.box for layer in drawn])
    return _Drawn.of(drawn[0].name, box, *_flat(drawn, box, paper))


def _bytes(values: Floats) -> Bytes:
    return np.rint(np.clip(values, 0.0, 1.0) * 255.0).astype(np.uint8)


def _floats(values: Bytes) -> Floats:
    return values.astype(np.float32) / np.float32(255.0)


def _meeting(first: Box, second: Box) -> Box | None:
    left, top = max(first[0], second[0]), max(first[1], second[1])
    right, bottom = min(first[2], second[2]), min(first[3], second[3])
    return (left, top, right, bottom) if left < right and top < bottom else None


def _part(inner: Box, outer: Box) -> tuple[slice, slice]:
    """Rows and columns of `inner` in an array of `outer`."""
    rows = slice(inner[1] - outer[1], inner[3] - outer[1])
    return rows, slice(inner[0] - outer[0], inner[2] - outer[0])


def _composite(
    psd: PSDImage,
    box: Box,
    members: set[int],
    over: Floats | None = None,
    covered: Floats | float = 1.0,
) -> tuple[Floats, Floats]:
    """Straight colours (h, w, channels) and alpha (h, w, 1) of `members`, 0..1, inside `box`.

    over, covered: colours and alpha of what lies below; the colours returned are then those that,
    laid over it normally, give the blend (of an adjustment on covered ground: what it makes).
    """
    from psd_tools.composite import composite

    colours, _, alpha = composite(
        psd,
        color=1.0 if over is None else over,
        alpha=0.0 if over is None else covered,
        viewport=box,
        layer_filter=lambda layer: id(layer) in members and layer.is_visible(),
    )
    return np.asarray(colours, np.float32), np.asarray(alpha, np.float32)


def _least_alpha(result: Floats, below: Floats) -> Floats:
    """Least alpha (h, w, 1) with which some colour over `below` gives `result`."""
    rise = (result - below) / np.maximum(1.0 - below, 1e-4)
    fall = (below - result) / np.maximum(below, 1e-4)
    need = np.where(result > below, rise, fall).max(axis=2, keepdims=True)
    # Rounding of what changes nothing shall not leave a veil.
    return np.where(need < _ROUNDING, 0.0, np.clip(need, 0.0, 1.0)).astype(np.float32)


def _segments(layer: Any) -> list[tuple[Any | None, set[int]]]:
    """The layer in parts, back to front: an adjustment that reaches below it, or (None, members).

    Members are the identities that a part composites, with those of the groups around it.
    """
    if is_adjustment(layer):
        return [(layer, _subtree(layer))]
    if not (_is_open(layer) and any(is_adjustment(inner) for inner in _odd(layer))):
        return [(None, _subtree(layer))]
    parts: list[tuple[Any | None, set[int]]] = []
    for inner in layer:
        if not inner.visible or inner.clipping:
            continue
        for adjustment, members in _segments(inner):
            if adjustment is None and parts and parts[-1][0] is None:
                parts[-1][1].update(members)
            else:
                parts.append((adjustment, members))
    return parts


def _is_open(layer: Any) -> bool:
    """Whether adjustments in a group reach what is below it."""
    from psd_tools.constants import BlendMode, Tag

    return (
        layer.is_group()
        and layer.blend_mode == BlendMode.PASS_THROUGH
        and not layer.has_clip_layers()
        and layer.tagged_blocks.get_data(Tag.BLEND_FILL_OPACITY, 255) == 255
    )


def _subtree(layer: Any) -> set[int]:
    """Identities of a layer, all in it, all clipped to it, and the groups that it is in."""
    members = {id(layer)}
    for inner in (*layer.clip_layers, *(layer if layer.is_group() else ())):
        members |= _subtree(inner)
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
        for inner in layer:
            if inner.visible and not inner.clipping:
                yield from _odd(inner)
    elif layer.blend_mode != BlendMode.NORMAL:
        yield layer


def _box(layer: Any, canvas: Box) -> Box | None:
    """Where a layer may have pixels, with the strokes of all in it; None where it has none.

    Fills without an outline have the canvas, and so has a group whose adjustments change what is
    around it.
    """
    from psd_tools.composite import utils

    if layer.is_group():
        members = [_box(inner, canvas) for inner in layer if inner.visible and not inner.clipping]
        boxes = [member for member in members if member is not None]
        if any(is_adjustment(inner) for inner in layer.descendants()):
            boxes.append(canvas)
        box = _around(boxes) if boxes else None
    elif is_adjustment(layer):
        return None
    else:
        left, top, right, bottom = layer.bbox
        box = (left, top, right, bottom) if left < right and top < bottom else None
        if box is None and utils.has_fill(layer):
            box = canvas
    if box is None:
        return None
    reach = _reach(layer)
    return (box[0] - reach, box[1] - reach, box[2] + reach, box[3] + reach)


def _around(boxes: Sequence[Box]) -> Box:
    sides = list(zip(*boxes, strict=True))
    return (min(sides[0]), min(sides[1]), max(sides[2]), max(sides[3]))


def _reach(layer: Any) -> int:
    """px that the strokes of a layer may lie outside of it."""
    widths = [0.0]
    if layer.has_effects():
        widths += [
            float(getattr(inner, "size", 0) or 0) for inner in layer.effects if inner.enabled
        ]
    if getattr(layer, "stroke", None) is not None and layer.stroke.enabled:
        widths.append(float(layer.stroke.line_width))
    # A broken number shall not make the layer as large as memory.
    wide = max(width for width in widths if math.isfinite(width))
    return min(math.ceil(wide), _MOST_REACH) + 2 if wide > 0 else 0
