"""From who owns which pixel to finished layers: colours and fills, anew only where needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane.layers.complete import whole_alphas
from multiplane.layers.exact import contributions, solve_colours
from multiplane.layers.extend import cropped
from multiplane.layers.fill import GROW, fill_background, fill_subject, grow
from multiplane.layers.foreground import edge_colours, extend_colours, without_halo
from multiplane.layers.hands.state import CutState, Part
from multiplane.layers.stack import Layer, bounding_box
from multiplane.layers.texture import synthesise

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Picture = NDArray[np.uint8]

_MARGIN = 2  # px round a change in which colours may change
_AROUND = 0.3  # of the long side: what a fill may look at round its hole
_HIDDEN = 0.99  # covered so much, a pixel of a layer is not seen
_SAME = 1.5  # of 255: shares that differ less are the same


@dataclass(frozen=True)
class _Before:
    """The layers as they were: sheets (L, H, W, 4), what is seen of each (L, H, W) 0..1."""

    ids: tuple[str, ...]
    sheets: Bytes
    seen: Floats


def realised(
    picture: Picture, layers: Sequence[Layer], before: CutState, after: CutState
) -> tuple[Layer, ...]:
    """Layers for the state `after`; picture (H, W, 3), `layers` as they were in `before`.

    A layer whose pixels nobody touched is the very same, and outside of what was changed every
    layer has the pixels that it had. Where something was changed, edge colours are estimated
    anew and what is hidden is filled; put together at rest the layers give the picture.
    """
    size = picture.shape[1::-1]
    sheets = np.stack([cropped(one.rgba, one.bbox[:2], (size[0], size[1])) for one in layers])
    seen = np.stack([before.owned(index) for index in range(len(before.parts))])
    was = _Before(tuple(one.id for one in layers), sheets, seen)
    parts = after.parts
    owners = _owners(was, parts)
    alphas, colours = _inherited(was, parts, owners)
    visible = np.stack([after.owned(index) for index in range(len(parts))])
    where, involved = _touched(was, parts, owners, alphas, visible)
    refilled = [index for index, part in enumerate(parts) if part.fill]
    if where.any():
        shown = _shown_before(was, parts)
        _make(picture, alphas, colours, visible, where, involved, was, shown)
    for index in refilled:
        _fill_again(index, parts[index].fill, picture, alphas, colours, visible)
    return tuple(
        _layer(part, alphas[index], colours[index], was, layers) for index, part in enumerate(parts)
    )


def _owners(was: _Before, parts: Sequence[Part]) -> dict[tuple[int, str], Mask | None]:
    """Of each part's source, which pixels (H, W) are its; None for all.

    A layer that was split gives each hidden pixel to the part whose seen pixels are nearest.
    """
    users: dict[str, list[int]] = {}
    for index, part in enumerate(parts):
        for source in part.sources:
            users.setdefault(source, []).append(index)
    found: dict[tuple[int, str], Mask | None] = {}
    for source, using in users.items():
        if len(using) == 1:
            found[using[0], source] = None
            continue
        shares = np.stack([parts[index].visible for index in using])
        seeds = np.where(shares.max(axis=0) > 0, shares.argmax(axis=0) + 1, 0).astype(np.int32)
        nearest = _spread(seeds)
        for number, index in enumerate(using, start=1):
            found[index, source] = nearest == number
    return found


def _spread(seeds: NDArray[np.int32]) -> NDArray[np.int32]:
    """Every pixel's nearest non-zero seed; 1 where there is none at all."""
    if not seeds.any():
        return np.ones_like(seeds)
    _, labels = cv2.distanceTransformWithLabels(
        (seeds == 0).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    lookup = np.zeros(int(labels.max()) + 1, np.int32)
    lookup[labels[seeds > 0]] = seeds[seeds > 0]
    return lookup[labels]


def _inherited(
    was: _Before, parts: Sequence[Part], owners: dict[tuple[int, str], Mask | None]
) -> tuple[Bytes, Bytes]:
    """Alphas (P, H, W) and colours (P, H, W, 3) as far as the layers before had them."""
    shape = was.sheets.shape[1:3]
    alphas = np.zeros((len(parts), *shape), np.uint8)
    colours = np.zeros((len(parts), *shape, 3), np.uint8)
    for index, part in enumerate(parts):
        sources = sorted(part.sources, key=was.ids.index)
        for source in sources:
            sheet = was.sheets[was.ids.index(source)]
            own = owners[index, source]
            share = sheet[..., 3] if own is None else np.where(own, sheet[..., 3], 0)
            if len(sources) == 1:
                alphas[index], colours[index] = share, sheet[..., :3]
                continue
            top = share > 0
            # Where several overlap softly the pixel is made anew anyway.
            colours[index][top] = sheet[..., :3][top]
            alphas[index] = np.maximum(alphas[index], share)
    return alphas, colours


def _touched(
    was: _Before,
    parts: Sequence[Part],
    owners: dict[tuple[int, str], Mask | None],
    alphas: Bytes,
    visible: Floats,
) -> tuple[Mask, set[int]]:
    """Where (H, W) layers have to be made anew, and which parts are of another shape."""
    involved: set[int] = set()
    touched = np.zeros(visible.shape[1:], bool)
    for index, part in enumerate(parts):
        if index == 0:
            expected = was.seen[0]
        else:
            expected = np.zeros(touched.shape, np.float32)
            for source in part.sources:
                own, seen = owners[index, source], was.seen[was.ids.index(source)]
                expected = expected + (seen if own is None else np.where(own, seen, 0.0))
        differs = np.abs(visible[index] - expected) * 255.0 > _SAME
        if differs.any():
            involved.add(index)
            touched |= differs
        overlapping = [was.sheets[was.ids.index(source), ..., 3] > 0 for source in part.sources]
        if len(overlapping) > 1:
            touched |= np.sum(overlapping, axis=0) > 1
    rank = {source: was.ids.index(source) for part in parts for source in part.sources}
    for back in range(1, len(parts)):
        for front in range(back + 1, len(parts)):
            if any(
                rank[low] > rank[high]
                for low in parts[back].sources
                for high in parts[front].sources
            ):
                touched |= (alphas[back] > 0) & (alphas[front] > 0)
                involved |= {back, front}
    if touched.any():
        kernel = np.ones((2 * _MARGIN + 1,) * 2, np.uint8)
        touched = cv2.dilate(touched.astype(np.uint8), kernel) > 0
    return np.asarray(touched), involved


def _shown_before(was: _Before, parts: Sequence[Part]) -> Mask:
    """Where (P, H, W) the layers that each part comes from were seen."""
    shown = np.zeros((len(parts), *was.seen.shape[1:]), bool)
    for index, part in enumerate(parts):
        for source in part.sources:
            shown[index] |= was.seen[was.ids.index(source)] >= 1.0 / 255.0
    return shown


def _make(
    picture: Picture,
    alphas: Bytes,
    colours: Bytes,
    visible: Floats,
    where: Mask,
    involved: set[int],
    was: _Before,
    shown: Mask,
) -> None:
    """Make alphas and colours anew in place, `where` (H, W) it is said.

    Parts that are `involved` also go on behind what hides them altogether. What was `shown`
    (P, H, W) of a part and is now a nearer one's stays behind in no layer: it would show twice.
    """
    given = picture.astype(np.float32) / np.float32(255.0)
    seen = visible[1:].copy()
    inherited = alphas[1:] > 0
    ground = _ground(picture, colours[0], visible[0], was.seen[0], where)
    acts = [bool((where & (one > 0)).any()) for one in seen]
    own = [
        edge_colours(picture, one) if act else given for one, act in zip(seen, acts, strict=True)
    ]
    if seen.size:
        cleared = without_halo(picture, ground, np.asarray(own), seen)
        seen = np.where(where, cleared, seen)
    whole = whole_alphas(seen)
    covered = np.zeros(where.shape, np.float32)
    wished = np.empty((len(alphas), *given.shape), np.float32)
    wished[0] = ground
    new = np.zeros((len(alphas), *where.shape), np.uint8)
    new[0] = 255
    continued: dict[int, Mask] = {}
    for index in range(len(seen) - 1, -1, -1):
        unseen = (seen[index] < 1.0 / 255.0) & inherited[index] & ~shown[index + 1]
        hidden = unseen & (covered > _HIDDEN)
        kept = alphas[index + 1].astype(np.float32) / np.float32(255.0)
        alpha = np.where(hidden, np.maximum(whole[index], kept), whole[index])
        colour = own[index]
        anew = where
        if index + 1 in involved:
            behind = (whole[index] > 0.5 / 255.0) & (alphas[index + 1] == 0) & (covered > _HIDDEN)
            continued[index + 1] = behind & ~where
            anew = where | behind
        if acts[index] or (anew & (whole[index] > 0)).any():
            limited = np.where(anew, alpha, np.minimum(alpha, seen[index]))
            limited = np.where(unseen, 0.0, limited)
            colour = fill_subject(colour, seen[index], np.maximum(limited, seen[index]))
        before = colours[index + 1].astype(np.float32) / np.float32(255.0)
        colour = np.where((hidden & (kept > 0))[..., None], before, colour)
        wished[index + 1] = colour
        new[index + 1] = np.rint(np.clip(alpha, 0.0, 1.0) * 255.0).astype(np.uint8)
        covered = np.clip(covered + seen[index], 0.0, 1.0)
    flat = picture[where]
    solved, exact = solve_colours(flat, new[:, where], wished[:, where])
    alphas[:, where] = solved
    colours[:, where] = exact
    for index, behind in continued.items():
        # Only where it cannot be seen at rest, so that no nearer layer's pixel has to change.
        out_of_sight = behind & (alphas[index + 1 :] == 255).any(axis=0)
        alphas[index][out_of_sight] = new[index][out_of_sight]
        colours[index][out_of_sight] = np.rint(np.clip(wished[index][out_of_sight], 0, 1) * 255.0)


def _ground(
    picture: Picture, painted: Bytes, seen: Floats, seen_before: Floats, where: Mask
) -> Floats:
    """The lowest layer's colours (H, W, 3) 0..1: the picture where it shows, else its fill.

    painted (H, W, 3): as it was; only what is covered now and was not before is filled.
    """
    given = picture.astype(np.float32) / np.float32(255.0)
    was = painted.astype(np.float32) / np.float32(255.0)
    plain = seen > 1.0 - 1.0 / 255.0
    result = np.where((where & plain)[..., None], given, was)
    hole = where & ~plain & (seen_before > 1.0 / 255.0)
    if not hole.any():
        return np.asarray(result, np.float32)
    rows, columns = np.flatnonzero(hole.any(axis=1)), np.flatnonzero(hole.any(axis=0))
    margin = round(_AROUND * max(hole.shape))
    box = (
        slice(max(0, rows[0] - margin), rows[-1] + margin + 1),
        slice(max(0, columns[0] - margin), columns[-1] + margin + 1),
    )
    # What the lowest layer shows now, with its earlier fills: none of the subjects' own pixels.
    shown = np.rint(result[box] * 255.0).astype(np.uint8)
    result[box] = fill_background(shown, hole[box].astype(np.float32)[None])
    return np.asarray(result, np.float32)


def _fill_again(
    index: int,
    seed: int,
    picture: Picture,
    alphas: Bytes,
    colours: Bytes,
    visible: Floats,
) -> None:
    """Fill in place, with another start, what is not seen of a part at all."""
    covered = np.zeros(alphas.shape[1:], np.float32)
    for other in range(index + 1, len(alphas)):
        covered = np.clip(covered + visible[other], 0.0, 1.0)
    hidden = (covered > _HIDDEN) & (alphas[index] > 0) & (visible[index] < 1.0 / 255.0)
    if not hidden.any():
        return
    source = (visible[index] > 0.9) & ~grow(hidden, GROW)
    if source.sum() < 64:
        source = visible[index] > 0.9
    hole = (grow(hidden, GROW) & (alphas[index] > 0)) & ~source
    filled = synthesise(picture.astype(np.float32) / np.float32(255.0), hole, source, seed=seed)
    # At rest nothing of it is seen but what rounding lets through: that is left alone.
    result = colours[index].copy()
    result[hidden] = np.rint(np.clip(filled[hidden], 0.0, 1.0) * 255.0).astype(np.uint8)
    share = contributions(alphas[index:, hidden].astype(np.float32) / np.float32(255.0))[0]
    seen_through = np.zeros(hidden.shape, bool)
    seen_through[hidden] = share > 0
    result[seen_through] = colours[index][seen_through]
    colours[index] = result


def _layer(part: Part, alpha: Bytes, colour: Bytes, was: _Before, layers: Sequence[Layer]) -> Layer:
    """The finished layer; the one before, with another name perhaps, where no pixel changed."""
    told = {
        "id": part.id,
        "name": part.name,
        "kind": part.kind,
        "phrase": part.phrase,
        "token_indices": part.token_indices,
        "nearness": part.nearness,
        "confidence": part.confidence,
        "reason": part.reason,
        "cut_by": part.cut_by,
    }
    if len(part.sources) == 1:
        place = was.ids.index(part.sources[0])
        sheet = was.sheets[place]
        shown = alpha > 0
        if np.array_equal(sheet[..., 3], alpha) and np.array_equal(
            sheet[..., :3][shown], colour[shown]
        ):
            same = all(getattr(layers[place], field) == value for field, value in told.items())
            return layers[place] if same else replace(layers[place], **told)  # type: ignore[arg-type]
    rgba = np.dstack([colour, alpha])
    x, y, wide, high = bounding_box(alpha)
    cut = rgba[y : y + high, x : x + wide]
    made = Layer(rgba=extend_colours(cut), bbox=(x, y, wide, high), **told)  # type: ignore[arg-type]
    return made
