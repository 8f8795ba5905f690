"""What each edit by hand does to who owns which pixel."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import assert_never

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane.contract.errors import InputError
from multiplane.contract.known_names import unknown_name
from multiplane.contract.layer_edits import (
    BoxEdit,
    FillEdit,
    KeepEdit,
    KindEdit,
    LayerEdit,
    MatteEdit,
    MergeEdit,
    NearEdit,
    NewEdit,
    OrderEdit,
    RemoveEdit,
    RenameEdit,
    SplitEdit,
    WordsEdit,
)
from multiplane.contract.matte_png import matte_bytes, not_a_png
from multiplane.contract.names import folder_name
from multiplane.intake.layer_kinds import layer_kind
from multiplane.layers.hands import selection
from multiplane.layers.hands.state import CutState, Part
from multiplane.layers.hands.strokes import Sheet
from multiplane.layers.hands.walk import Ground, ground_of, walk
from multiplane.layers.mattes import BAND, solve_mattes

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Picture = NDArray[np.uint8]

_HALF = 128
_PIECE = 0.02  # share of a layer above which a piece that hangs together is a part of its own
_MOST_PIECES = 12
_TOUCHED, _LEFT_ALONE = 0.5, 0.15  # share of a stroke on a layer: it is meant; it is not
_LEAST = 12  # px that a layer has at least


@dataclass(frozen=True)
class Scene:
    """What operations look at: picture (H, W, 3), its nearness (H, W), where fractions lie.

    words: heatmaps (h, w) 0..1 of the prompt's words; none for a picture that no model looked at.
    """

    picture: Picture
    nearness: Floats
    sheet: Sheet
    words: Mapping[str, Floats]

    @cached_property
    def ground(self) -> Ground:
        """The picture's regions."""
        return ground_of(self.picture)


def applied(state: CutState, edit: LayerEdit, scene: Scene) -> CutState:
    """The state after one edit. Raises InputError `layer.*` where it cannot be done."""
    match edit:
        case KeepEdit():
            return _keep(state, edit, scene)
        case RemoveEdit():
            return _remove(state, edit, scene)
        case BoxEdit():
            return _box(state, edit, scene)
        case MatteEdit():
            return _matte(state, edit, scene)
        case NewEdit():
            return _new(state, edit, scene)
        case WordsEdit():
            return _words(state, edit, scene)
        case MergeEdit():
            return _merge(state, edit)
        case SplitEdit():
            return _split(state, edit, scene)
        case RenameEdit():
            index = state.index(edit.layer, ground=True)
            return _changed(state, index, name=edit.name)
        case OrderEdit():
            return _order(state, edit)
        case NearEdit():
            index = state.index(edit.layer)
            return _changed(state, index, nearness=edit.nearness).ordered()
        case KindEdit():
            index = state.index(edit.layer)
            return _changed(state, index, kind=edit.kind)
        case FillEdit():
            index = state.index(edit.layer, ground=True)
            return _changed(state, index, fill=edit.seed)
        case _:
            assert_never(edit)


def _changed(state: CutState, index: int, **changes: object) -> CutState:
    parts = list(state.parts)
    parts[index] = replace(parts[index], **changes)  # type: ignore[arg-type]
    return CutState(tuple(parts))


def _keep(state: CutState, edit: KeepEdit, scene: Scene) -> CutState:
    index = state.index(edit.layer)
    strokes = _inside(scene.sheet.strokes(edit.strokes), "strokes")
    before = state.owned(index)
    mine = selection.stroked(scene.ground, strokes)
    others = _marked(scene, state.parts[index].unmarked) & ~mine
    share = selection.grown(scene.ground, mine, others, scene.ground.share(before))
    alpha = np.maximum(selection.matte_of(scene.picture, scene.ground, share), before)
    where = selection.changed(before, alpha)
    state = _with_marks(state, index, strokes, mine=True)
    return _sure(state.with_owned(index, alpha, where).without_empty(), state.parts[index].id)


def _remove(state: CutState, edit: RemoveEdit, scene: Scene) -> CutState:
    index = state.index(edit.layer)
    strokes = scene.sheet.strokes(edit.strokes)
    before = state.owned(index)
    if not (strokes & (before > 0.1)).any():
        raise InputError(
            "layer.stroke_misses",
            "Nothing of this layer lies under the strokes.",
            field="strokes",
            value=edit.layer,
            remedy="Stroke over what should not belong to it.",
        )
    rest = 1.0 - scene.ground.share(before)
    mine = selection.stroked(scene.ground, strokes)
    kept = _marked(scene, state.parts[index].marked) & ~mine
    gone = selection.grown(scene.ground, mine, kept, rest)
    alpha = np.minimum(selection.matte_of(scene.picture, scene.ground, 1.0 - gone), before)
    where = selection.changed(before, alpha)
    state = _with_marks(state, index, strokes, mine=False)
    return _sure(state.with_owned(index, alpha, where).without_empty(), state.parts[index].id)


def _box(state: CutState, edit: BoxEdit, scene: Scene) -> CutState:
    index = state.index(edit.layer)
    box = _inside(scene.sheet.box(edit.box), "box")
    before = state.owned(index)
    known = scene.ground.share(before) > 0.9
    share = selection.boxed(scene.picture, scene.ground, box, known)
    alpha = selection.matte_of(scene.picture, scene.ground, share)
    where = selection.changed(before, alpha)
    return _sure(state.with_owned(index, alpha, where).without_empty(), state.parts[index].id)


def _matte(state: CutState, edit: MatteEdit, scene: Scene) -> CutState:
    index = state.index(edit.layer)
    x, y, wide, high = scene.sheet.area
    given = read_matte(edit.png, (wide, high))
    alpha = state.owned(index).copy()
    alpha[y : y + high, x : x + wide] = given
    where = np.rint(alpha * 255.0) != state.parts[index].visible
    return _sure(state.with_owned(index, alpha, where).without_empty(), state.parts[index].id)


def read_matte(png: str, size: tuple[int, int]) -> Floats:
    """A matte in Base64 as (H, W) 0..1 of `size` (width, height) px. Raises InputError."""
    from PIL import Image

    data = matte_bytes(png, size)
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as opened:
            rgba = np.asarray(opened.convert("RGBA"))
    except (OSError, ValueError, SyntaxError) as error:
        raise not_a_png(str(error)) from None
    clear = bool((rgba[..., 3] < 255).any())
    values = rgba[..., 3] if clear else cv2.cvtColor(rgba[..., :3], cv2.COLOR_RGB2GRAY)
    matte = values.astype(np.float32) / np.float32(255.0)
    if matte.shape[::-1] != size:
        how = cv2.INTER_AREA if size[0] < matte.shape[1] else cv2.INTER_LINEAR
        matte = np.asarray(cv2.resize(matte, size, interpolation=how), np.float32)
    return matte


def _new(state: CutState, edit: NewEdit, scene: Scene) -> CutState:
    if edit.box is not None:
        box = _inside(scene.sheet.box(edit.box), "box")
        share = selection.boxed(scene.picture, scene.ground, box)
        alpha = selection.matte_of(scene.picture, scene.ground, share)
        return _added(state, scene, edit.name, alpha, edit.near, host=_host(state, alpha > 0.5)[0])
    strokes = _inside(scene.sheet.strokes(edit.strokes), "strokes")
    mine = selection.stroked(scene.ground, strokes)
    host, shares = _host(state, strokes)
    others = np.zeros(scene.ground.regions.count, bool)
    for index, on_it in enumerate(shares):
        if index != host and on_it < _LEFT_ALONE:
            others |= scene.ground.share(state.owned(index)) > 0.8
    apart = scene.sheet.strokes(edit.apart)
    if apart.any():
        others |= selection.stroked(scene.ground, apart)
    share = selection.figure(scene.ground, mine, others & ~mine)
    alpha = selection.matte_of(scene.picture, scene.ground, share)
    added = _added(state, scene, edit.name, alpha, edit.near, host=host)
    known = {one.id for one in state.parts}
    (index,) = [place for place, one in enumerate(added.parts) if one.id not in known]
    added = _with_marks(added, index, strokes, mine=True)
    return _with_marks(added, index, apart, mine=False) if apart.any() else added


def _words(state: CutState, edit: WordsEdit, scene: Scene) -> CutState:
    if not scene.words:
        raise InputError(
            "layer.no_words",
            "No heatmaps are kept with this shot.",
            field="words",
            remedy="Look for the word first (multiplane layer look), or use a stroke or a box.",
        )
    known = {word.casefold(): word for word in scene.words}
    for word in edit.words:
        if word.casefold() not in known:
            raise unknown_name("layer.word_unknown", "word", word, list(scene.words), field="words")
    chosen = [scene.words[known[word.casefold()]] for word in edit.words]
    x, y, wide, high = scene.sheet.area
    width, height = scene.sheet.size
    heat = np.zeros((height, width), np.float32)
    coarse = np.max(np.stack([one.astype(np.float32) for one in chosen]), axis=0)
    heat[y : y + high, x : x + wide] = cv2.resize(
        coarse, (wide, high), interpolation=cv2.INTER_LINEAR
    )
    alpha = selection.matte_of(scene.picture, scene.ground, selection.from_heat(scene.ground, heat))
    host = _host(state, alpha > 0.5)[0] if (alpha > 0.5).any() else 0
    return _added(state, scene, edit.name or " ".join(edit.words), alpha, edit.near, host=host)


def _added(
    state: CutState, scene: Scene, name: str, alpha: Floats, near: float | None, *, host: int
) -> CutState:
    """The state with a new part; host: index of the one that it is mostly taken from."""
    if host:
        # All of the rim goes along: what the host kept of it would show as an outline.
        shown = state.parts[host].visible
        rim = selection.remnants(alpha, shown)
        alpha = np.where(rim, np.maximum(alpha, shown / np.float32(255.0)), alpha)
        bare = replace(state.parts[host], visible=np.where(rim, np.uint8(0), shown))
        state = CutState((*state.parts[:host], bare, *state.parts[host + 1 :]))
    inside = alpha > 0.5
    if inside.sum() < _LEAST:
        raise InputError(
            "layer.nothing_there",
            "Nothing was found there that could be a layer.",
            value=name,
            remedy="Stroke more of it, or draw the box a little wider.",
        )
    part = Part(
        id=folder_name(name, [one.id for one in state.parts]),
        name=name,
        kind=layer_kind(name),
        phrase="",
        token_indices=(),
        nearness=float(np.median(scene.nearness[inside])) if near is None else near,
        confidence=1.0,
        visible=np.zeros(inside.shape, np.uint8),
    )
    if near is None and host:
        at = host + 1  # a part of something stands before the rest of it
    else:
        at = 1 + sum(one.nearness <= part.nearness for one in state.parts[1:])
    placed = state.placed(part, at)
    return placed.with_owned(at, alpha, alpha >= 1.0 / 255.0).without_empty()


def _merge(state: CutState, edit: MergeEdit) -> CutState:
    chosen = [
        state.index(name, ground=True, field=f"layers[{number}]")
        for number, name in enumerate(edit.layers)
    ]
    if len(set(chosen)) < len(chosen):
        raise InputError(
            "layer.merge_twice", "A layer is named twice.", field="layers", value=edit.layers
        )
    if 0 in chosen:
        kept = [part for index, part in enumerate(state.parts) if index == 0 or index not in chosen]
        merged = CutState(tuple(kept))
        return merged if edit.name is None else _changed(merged, 0, name=edit.name)
    first = state.parts[chosen[0]]
    at = max(chosen)
    stacked = [state.parts[index] for index in sorted(chosen)]
    least = min(stacked, key=lambda part: part.confidence)
    total = np.sum([part.visible.astype(np.int32) for part in stacked], axis=0)
    merged_part = replace(
        first,
        name=edit.name or first.name,
        nearness=state.parts[at].nearness,
        confidence=least.confidence,
        reason=least.reason,
        visible=np.minimum(total, 255).astype(np.uint8),
        sources=tuple(dict.fromkeys(name for part in stacked for name in part.sources)),
        fill=max(part.fill for part in stacked),
        marked=_together([part.marked for part in stacked]),
        unmarked=None,
    )
    parts = [
        merged_part if index == at else part
        for index, part in enumerate(state.parts)
        if index == at or index not in chosen
    ]
    return CutState(tuple(parts))


def _together(marks: Sequence[Mask | None]) -> Mask | None:
    there = [one for one in marks if one is not None]
    return np.any(there, axis=0) if there else None


def _split(state: CutState, edit: SplitEdit, scene: Scene) -> CutState:
    index = state.index(edit.layer)
    part = state.parts[index]
    if edit.parts:
        names = [one.name for one in edit.parts]
        owners = _by_strokes(part, edit, scene)
    else:
        owners = _pieces(part)
        names = [f"{part.name} {number + 1}" for number in range(len(owners))]
    pieces = [np.rint(part.visible * owner).astype(np.uint8) for owner in owners]
    areas = [int((piece >= _HALF).sum()) for piece in pieces]
    for name, area in zip(names, areas, strict=True):
        if area < _LEAST:
            raise InputError(
                "layer.split_empty",
                "Nothing of the layer is left for this part.",
                field="parts",
                value=name,
                remedy="Stroke over the layer itself, more of this part.",
            )
    largest = int(np.argmax(areas))
    taken = [one.id for one in state.parts]
    new: list[Part] = []
    for number, (name, piece) in enumerate(zip(names, pieces, strict=True)):
        id_ = part.id if number == largest else folder_name(name, taken)
        taken.append(id_)
        marked = None if part.marked is None else part.marked & (piece >= _HALF)
        new.append(replace(part, id=id_, name=name, visible=piece, marked=marked))
    depth = [float(np.median(scene.nearness[piece >= _HALF])) for piece in pieces]
    low = state.parts[index - 1].nearness
    high = state.parts[index + 1].nearness if index + 1 < len(state.parts) else 1.0
    room = min(part.nearness - low, max(high - part.nearness, 0.0) + 0.02, 0.04)
    order = np.argsort(depth, kind="stable")
    spread = [
        replace(new[place], nearness=part.nearness + room * (rank / len(order) - 0.5))
        for rank, place in enumerate(order)
    ]
    return CutState((*state.parts[:index], *spread, *state.parts[index + 1 :])).ordered()


def _by_strokes(part: Part, edit: SplitEdit, scene: Scene) -> list[Floats]:
    """Shares (H, W) that sum to 1, one for each part that was stroked."""
    ground = scene.ground
    drawn = [selection.stroked(ground, scene.sheet.strokes(one.strokes)) for one in edit.parts]
    found = []
    for number, mine in enumerate(drawn):
        others = np.any([one for place, one in enumerate(drawn) if place != number], axis=0)
        found.append(walk(ground, mine & ~others, others, colour=0.5, far=0.0))
    shares = np.stack(found)
    shares /= np.maximum(shares.sum(axis=0), 1e-9)
    owned = ground.share(part.visible > 0)
    seen = np.stack([ground.pixels(one * owned) for one in shares])
    rest = np.clip(1.0 - seen.sum(axis=0), 0.0, 1.0)
    soft = solve_mattes(scene.picture, np.concatenate([seen, rest[None]]).astype(np.float32))
    pixels = np.stack([ground.pixels(one) for one in shares])
    label = pixels.argmax(axis=0).astype(np.uint8)
    hard = (np.arange(len(pixels))[:, None, None] == label).astype(np.float32)
    # Mattes say how two parts meet; at the layer's outer edge they would mix it into both.
    around = np.ones((2 * max(2, round(BAND * max(label.shape) / 2)) + 1,) * 2, np.uint8)
    meeting = cv2.dilate(label, around) != cv2.erode(label, around)
    total = soft.sum(axis=0)
    owners = np.where(meeting & (total > 0.5), soft / np.maximum(total, 1e-6), hard)
    return [np.asarray(one, np.float32) for one in owners]


def _pieces(part: Part) -> list[Floats]:
    """Masks (H, W) of the pieces that hang together, left to right. Raises InputError for one."""
    solid = (part.visible >= _HALF).astype(np.uint8)
    count, labels, stats, centres = cv2.connectedComponentsWithStats(solid)
    areas = stats[1:, cv2.CC_STAT_AREA]
    large = [
        int(one) + 1
        for one in np.argsort(-areas)[:_MOST_PIECES]
        if count > 1 and areas[one] >= max(_LEAST, _PIECE * areas.sum())
    ]
    if len(large) < 2:
        raise InputError(
            "layer.one_piece",
            "This layer is one piece: all of it hangs together.",
            field="layer",
            value=part.name,
            remedy="Stroke over each part that it should become.",
        )
    large.sort(key=lambda one: float(centres[one][0]))
    seeds = np.zeros(labels.shape, np.int32)
    for number, label in enumerate(large, start=1):
        seeds[labels == label] = number
    _, nearest = cv2.distanceTransformWithLabels(
        (seeds == 0).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    lookup = np.zeros(int(nearest.max()) + 1, np.int32)
    lookup[nearest[seeds > 0]] = seeds[seeds > 0]
    owner = lookup[nearest]
    return [(owner == number).astype(np.float32) for number in range(1, len(large) + 1)]


def _order(state: CutState, edit: OrderEdit) -> CutState:
    index = state.index(edit.layer)
    other = edit.in_front_of if edit.in_front_of is not None else str(edit.behind)
    field = "in_front_of" if edit.in_front_of is not None else "behind"
    beside = state.index(other, ground=edit.in_front_of is not None, field=field)
    if beside == index:
        raise InputError(
            "layer.order_itself",
            "A layer cannot stand before or behind itself.",
            field=field,
            value=other,
            remedy="Name another layer.",
        )
    part = state.parts[index]
    rest = CutState(tuple(one for place, one in enumerate(state.parts) if place != index))
    at = [one.id for one in rest.parts].index(state.parts[beside].id)
    if edit.in_front_of is not None:
        at += 1
    low = rest.parts[at - 1].nearness
    high = rest.parts[at].nearness if at < len(rest.parts) else 1.0
    return rest.placed(replace(part, nearness=(low + high) / 2.0), at)


def _host(state: CutState, mask: Mask) -> tuple[int, Sequence[float]]:
    """Index of the part that has most of the mask (H, W), and the share of every part."""
    shares = [float(state.owned(index)[mask].mean()) for index in range(len(state.parts))]
    best = int(np.argmax(shares))
    return (best if shares[best] > _TOUCHED else 0), shares


def _marked(scene: Scene, marks: Mask | None) -> Mask:
    """Regions (R,) that earlier strokes have touched."""
    if marks is None or not marks.any():
        return np.zeros(scene.ground.regions.count, bool)
    return selection.stroked(scene.ground, marks)


def _with_marks(state: CutState, index: int, strokes: Mask, *, mine: bool) -> CutState:
    parts = list(state.parts)
    parts[index] = parts[index].with_marks(strokes, mine=mine)
    return CutState(tuple(parts))


def _inside(mask: Mask, field: str) -> Mask:
    if not mask.any():
        raise InputError(
            "layer.outside",
            "This lies outside of the picture.",
            field=field,
            remedy="Give places in fractions of the picture: 0, 0 is its top left, 1, 1 its end.",
        )
    return mask


def _sure(state: CutState, id_: str) -> CutState:
    """A part that was corrected by hand is as sure as can be."""
    ids = [one.id for one in state.parts]
    if id_ not in ids:
        return state
    return _changed(state, ids.index(id_), confidence=1.0, reason=None, cut_by="")
