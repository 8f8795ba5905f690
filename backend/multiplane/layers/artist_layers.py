"""A stack of layers that the artist has cut: taken as it is, with what it hides filled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane.contract.names import folder_name
from multiplane.intake.drawn_layers import DrawnPixels
from multiplane.intake.layer_kinds import layer_kind
from multiplane.layers.complete import REVEALED, continue_shape
from multiplane.layers.exact import contributions
from multiplane.layers.extend import cropped
from multiplane.layers.fill import fill_subject
from multiplane.layers.foreground import extend_colours
from multiplane.layers.stack import Layer, bounding_box, recompose
from multiplane.layers.texture import synthesise

BACKGROUND_ID = "background"
Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

_LEAST_HIDDEN = 64  # px; less is not worth filling
_DRAWN_UNDER = 0.1  # share of what is hidden that, once drawn, shows that the artist drew it all
_LINE = 5  # px; what covers in strokes thinner than this hides nothing worth filling
_ORDER_SIDE = 512  # px, long side at which layers are compared with the depth map


@dataclass(frozen=True)
class ArtistStack:
    """Layers back to front, their boxes in px of the canvas, which they may reach beyond.

    picture: (H, W, 3) what they show together on the canvas. open_ground: (H, W) where the lowest
    drawing was clear, so that there is paper. planes: which one each layer stands in, counted from
    the background's, 0; the layers of one drawing stand in one.
    """

    picture: Bytes
    layers: tuple[Layer, ...]
    open_ground: Mask
    planes: tuple[int, ...]


def artist_stack(drawn: Sequence[DrawnPixels], size: tuple[int, int]) -> ArtistStack:
    """The artist's layers as layers of a shot, nearness still 0, and the picture they make.

    drawn: back to front, the first one becomes the background; size: (width, height) px of the
    canvas. Where the background is transparent on the canvas there is paper white, where it is
    outside of the canvas it stays open. Pixels and alpha are the artist's own, times the opacity.
    """
    taken = [BACKGROUND_ID]
    layers = [_background(drawn[0], size)]
    planes, drawing = [0], drawn[0].drawing
    for layer in drawn[1:]:
        rgba = _with_opacity(layer)
        if not rgba[..., 3].any():
            continue
        planes.append(planes[-1] + (layer.drawing is None or layer.drawing != drawing))
        drawing = layer.drawing
        id_ = folder_name(layer.name, taken)
        taken.append(id_)
        x, y, wide, high = bounding_box(rgba[..., 3])
        layers.append(
            Layer(
                id=id_,
                name=layer.name,
                kind=layer_kind(layer.name),
                rgba=extend_colours(rgba[y : y + high, x : x + wide]),
                bbox=(layer.position[0] + x, layer.position[1] + y, wide, high),
                phrase="",
                token_indices=(),
                nearness=0.0,
                confidence=1.0,
            )
        )
    ground = cropped(_with_opacity(drawn[0]), drawn[0].position, size)
    open_ground = ground[..., 3] < 128
    return ArtistStack(flat_picture(layers, size), tuple(layers), open_ground, tuple(planes))


def visible_shares(stack: ArtistStack, side: int = _ORDER_SIDE) -> Floats:
    """What is seen of every plane but the background's: (P - 1, h, w), long side at most `side`."""
    height, width = stack.picture.shape[:2]
    scale = min(1.0, side / max(height, width))
    small = (max(1, round(width * scale)), max(1, round(height * scale)))
    alphas = np.zeros((len(stack.layers), small[1], small[0]), np.float32)
    for index, layer in enumerate(stack.layers):
        alpha = _on_canvas(layer, (width, height))[..., 3]
        alphas[index] = cv2.resize(alpha, small, interpolation=cv2.INTER_AREA) / np.float32(255.0)
    shares = contributions(alphas.reshape(len(alphas), -1)).reshape(alphas.shape)
    seen = np.zeros((stack.planes[-1] + 1, *shares.shape[1:]), np.float32)
    for plane, share in zip(stack.planes, shares, strict=True):
        seen[plane] += share
    return seen[1:]


def fill_hidden(stack: ArtistStack, nearness: Sequence[float]) -> tuple[Layer, ...]:
    """The layers with what they hide filled, where the artist has left it open.

    nearness: of every plane but the background's, back to front. Only pixels that are covered
    completely change, so the picture stays what it is. The background gets its own texture; a
    subject that ends at the outline of a nearer one goes on behind it, unless the artist has
    drawn it there. Within one plane nothing moves, so nothing there is filled.
    """
    height, width = stack.picture.shape[:2]
    values = (0.0, *nearness)
    # What hides the plane at hand, and what will hide the next one.
    hider = np.zeros((height, width), bool)
    nearer = hider.copy()
    plane = stack.planes[-1]
    filled: list[Layer] = []
    for layer, own in zip(reversed(stack.layers), reversed(stack.planes), strict=True):
        if own != plane:
            hider, plane = nearer.copy(), own
        if layer is stack.layers[0]:
            filled.append(_ground(layer, stack.open_ground & hider, (width, height)))
        else:
            filled.append(replace(_behind(layer, hider), nearness=values[own]))
        nearer |= _on_canvas(layer, (width, height))[..., 3] == 255
    return tuple(reversed(filled))


def _background(drawn: DrawnPixels, size: tuple[int, int]) -> Layer:
    """The lowest layer: opaque on the canvas, and what the artist has painted around it."""
    width, height = size
    high, wide = drawn.rgba.shape[:2]
    x, y = drawn.position
    left, top = min(0, x), min(0, y)
    right, bottom = max(width, x + wide), max(height, y + high)
    around = (right - left, bottom - top)
    sheet = cropped(_with_opacity(drawn), (x - left, y - top), around)
    canvas = sheet[-top : height - top, -left : width - left]
    share = canvas[..., 3:].astype(np.float32) / np.float32(255.0)
    paper = share * canvas[..., :3] + (1.0 - share) * 255.0
    canvas[..., :3] = np.rint(paper).astype(np.uint8)
    canvas[..., 3] = 255
    box = (left, top, *around)
    return Layer(BACKGROUND_ID, drawn.name, "background", sheet, box, "", (), 0.0, 1.0)


def _with_opacity(drawn: DrawnPixels) -> Bytes:
    rgba = drawn.rgba.copy()
    if drawn.opacity < 1.0:
        faded = rgba[..., 3].astype(np.float32) * np.float32(drawn.opacity)
        rgba[..., 3] = np.rint(faded).astype(np.uint8)
    return rgba


def _on_canvas(layer: Layer, size: tuple[int, int]) -> Bytes:
    return cropped(layer.rgba, layer.bbox[:2], size)


def flat_picture(layers: Sequence[Layer], size: tuple[int, int]) -> Bytes:
    """What the layers show together on the canvas: (H, W, 3)."""
    inside = []
    for layer in layers:
        x, y, wide, high = layer.bbox
        left, top = max(0, x), max(0, y)
        right, bottom = min(size[0], x + wide), min(size[1], y + high)
        if left < right and top < bottom:
            part = layer.rgba[top - y : bottom - y, left - x : right - x]
            inside.append(replace(layer, rgba=part, bbox=(left, top, right - left, bottom - top)))
    return recompose(inside, size)


def _behind(layer: Layer, hider: Mask) -> Layer:
    """`layer` continued behind `hider` (H, W), where it ends at the outline of that."""
    height, width = hider.shape
    reach = max(4, round(REVEALED * max(height, width)))
    x, y, wide, high = layer.bbox
    left, top = max(0, x - 2 * reach), max(0, y - 2 * reach)
    right, bottom = min(width, x + wide + 2 * reach), min(height, y + high + 2 * reach)
    if left >= right or top >= bottom or not hider[top:bottom, left:right].any():
        return layer
    near = hider[top:bottom, left:right]
    rgba = cropped(layer.rgba, (x - left, y - top), (right - left, bottom - top))
    alpha = rgba[..., 3].astype(np.float32) / np.float32(255.0)
    shape = alpha > 0.5
    grown = continue_shape(shape & ~near, near, reach)
    if grown.sum() < _LEAST_HIDDEN or (shape & grown).sum() > _DRAWN_UNDER * grown.sum():
        return layer
    # Between the two there may be the nearer one's soft edge.
    square = np.ones((_LINE, _LINE), np.uint8)
    joined = (grown | (shape & ~near)).astype(np.uint8)
    joined = cv2.morphologyEx(joined, cv2.MORPH_CLOSE, square)
    soft = cv2.GaussianBlur(joined.astype(np.float32), (0, 0), 1.0)
    soft = np.where(cv2.erode(joined, square) > 0, 1.0, soft)
    whole = np.where(near, np.maximum(alpha, soft), alpha).astype(np.float32)
    own = extend_colours(rgba)[..., :3].astype(np.float32) / np.float32(255.0)
    colours = fill_subject(own, np.where(near, 0.0, alpha).astype(np.float32), whole)
    new = near & (whole > alpha)
    rgba[new, :3] = np.rint(colours[new] * 255.0).astype(np.uint8)
    rgba[new, 3] = np.rint(whole[new] * 255.0).astype(np.uint8)
    # What reaches beyond the canvas stays as it was.
    box = (min(x, left), min(y, top), max(x + wide, right), max(y + high, bottom))
    size = (box[2] - box[0], box[3] - box[1])
    result = cropped(layer.rgba, (x - box[0], y - box[1]), size)
    patch = result[top - box[1] : bottom - box[1], left - box[0] : right - box[0]]
    patch[new] = rgba[new]
    bx, by, bw, bh = bounding_box(result[..., 3])
    return replace(
        layer,
        rgba=extend_colours(result[by : by + bh, bx : bx + bw]),
        bbox=(box[0] + bx, box[1] + by, bw, bh),
    )


def _ground(background: Layer, covered: Mask, size: tuple[int, int]) -> Layer:
    """The background with `covered` (H, W), open and hidden by what stands before it, filled."""
    stroke = np.ones((_LINE, _LINE), np.uint8)
    hole = cv2.morphologyEx(covered.astype(np.uint8), cv2.MORPH_OPEN, stroke).astype(bool)
    if hole.sum() < _LEAST_HIDDEN or hole.all():
        return background
    x, y = -background.bbox[0], -background.bbox[1]
    rgba = background.rgba.copy()
    canvas = rgba[y : y + size[1], x : x + size[0]]
    colours = canvas[..., :3].astype(np.float32) / np.float32(255.0)
    filled = synthesise(colours, hole, ~covered)
    canvas[hole, :3] = np.rint(filled[hole] * 255.0).astype(np.uint8)
    return replace(background, rgba=rgba)
