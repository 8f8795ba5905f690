"""The film decides: the worst frames of a staged shot are looked at for what must not show.

Geometry has proven that no edge of the picture shows (`stage.overscan`). Here the pixels are looked
at, in the frames in which near and far part most: anything left open, the ends of what was
completed behind a nearer subject, and fringes, which is old background that goes with a subject's
soft edge. Open pixels are looked for in small frames first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

import cv2
import numpy as np

from multiplane.contract.manifest import FilmChecks, FilmFinding
from multiplane.deliver.compositor import Compositor, Rgba
from multiplane.deliver.film_notices import sentence_of
from multiplane.deliver.film_places import Mask, Place, places_in_frame, places_on_plane
from multiplane.layers.complete import REVEALED, continue_shape
from multiplane.layers.foreground import extend_colours
from multiplane.stage.camera import NEAR_CLIP, Matrix, rest_camera, rest_scale, view_axes
from multiplane.stage.easing import TemporalEase
from multiplane.stage.path import CameraPath
from multiplane.stage.planes import Plane
from multiplane.stage.shot import Staged

Kind = Literal["edge", "hole", "bite", "fringe"]

SMALL = 480  # px, long side of the frames that are looked at first
LEAST_OPEN = 2e-5  # share of the frame's pixels; less is rounding
LEAST_FRINGE = 4e-4  # share of the frame's pixels that may be fringes
_OPEN = 250  # of 255; a pixel of less alpha is open
_APART = 56.0  # of 255; so far from any mixture of subject and ground is a fringe
_SOLID = 127  # of 255: alpha above which a layer is there
_CUT_OFF = 0.8  # of the reach: a completed part of such depth was cut off by it
_STEPS = 8  # of the search for a clean amount
Action = Literal["widened", "weakened", "none"]


class CheckedLayer(Protocol):
    """What the check needs to know of a layer (`layers.stack.Layer` has it)."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def rgba(self) -> Rgba: ...
    @property
    def bbox(self) -> tuple[int, int, int, int]: ...


@dataclass(frozen=True)
class Finding:
    """What must not show in `frame`: on `share` (0..1) of its pixels, at the layers named.

    edge: the frame's border is open. hole: something within it is. bite: the end of a subject that
    was completed behind a nearer one. fringe: old background on a subject's edge. reach: of a bite,
    how far behind the nearer one the move looks, as a share of the picture's long side. places:
    where in the frame it lies.
    """

    frame: int
    kind: Kind
    share: float
    layers: tuple[str, ...] = ()
    reach: float = 0.0
    places: tuple[Place, ...] = ()


@dataclass(frozen=True)
class FilmCheck:
    """The frames that were looked at, and what is wrong in the film as it is delivered.

    mended: what was found in the move as it was asked for and is not there any more, because the
    move was weakened. widened: the same, because a subject was completed farther.
    """

    frames: tuple[int, ...]
    found: tuple[Finding, ...] = ()
    mended: tuple[Finding, ...] = ()
    widened: tuple[Finding, ...] = ()


def film_that_holds(
    layers: Sequence[CheckedLayer],
    staged: Staged,
    weaker: Callable[[float], Staged],
    *,
    cut_out: bool = True,
    check: FilmCheck | None = None,
) -> tuple[Staged, FilmCheck]:
    """The staged shot, its move weakened until nothing is open or bitten, and what was found.

    weaker(amount): the same shot staged with another amount. cut_out: as of `check_film`; check: of
    the staged shot, where it was looked at already. A fringe is in the layers, so no weaker move
    mends it: it stays among what was found. A shot that is open at rest already, as its artist
    drew it, is not weakened for that.
    """
    if check is None:
        check = check_film(layers, staged, cut_out=cut_out)
    faults = [finding for finding in check.found if finding.kind != "fringe"]
    if not faults or staged.amount <= 0.0:
        return staged, check
    low, high = 0.0, staged.amount
    best: tuple[Staged, FilmCheck] | None = None
    for _ in range(_STEPS):
        middle = (low + high) / 2.0
        tried = weaker(middle)
        seen = check_film(layers, tried, cut_out=cut_out)
        if any(finding.kind != "fringe" for finding in seen.found):
            high = middle
        else:
            low, best = middle, (tried, seen)
    if best is None:
        return staged, check
    tried, seen = best
    said = (
        f"The camera move {staged.preset} was weakened to {tried.amount:.2f} of "
        f"{staged.amount:.2f}: {sentence_of(faults[0])}"
    )
    held = replace(
        tried, changed=(*staged.warnings, said), lost_focus=(), asked_amount=tried.amount
    )
    return held, replace(seen, mended=tuple(faults))


def check_film(
    layers: Sequence[CheckedLayer],
    staged: Staged,
    *,
    cut_out: bool = True,
    reach: float | None = None,
) -> FilmCheck:
    """Look at the worst frames of a staged shot; `layers` back to front as its planes.

    cut_out: whether the layers were cut out of a picture; those that an artist drew have no old
    background on them, and what is soft there is meant. reach: how far subjects were completed
    behind nearer ones, as a share of the long side; `REVEALED` if not said.
    """
    if not layers:
        return FilmCheck(())
    frames = worst_frames(staged)
    small = min(1.0, SMALL / max(staged.comp.width, staged.comp.height))
    opened = _opened(layers, staged, frames, small)
    if opened and small < 1.0:
        opened = _opened(layers, staged, tuple(sorted({opening.frame for opening in opened})), 1.0)
    return FilmCheck(
        frames,
        (
            *opened,
            *_bites(layers, staged, REVEALED if reach is None else reach, cut_out),
            *(_fringes(layers, staged, frames) if cut_out else ()),
        ),
    )


def warnings_of(check: FilmCheck, staged: Staged) -> tuple[str, ...]:
    """What is wrong in the delivered film, one sentence each."""
    return tuple(
        f"In the move {staged.preset}, {sentence_of(finding)}" for finding in check.found
    )  # what was mended is among the staged shot's own warnings


def entry_of(check: FilmCheck, staged: Staged) -> FilmChecks:
    """As the manifest says it."""
    without: tuple[tuple[tuple[Finding, ...], Action], ...] = (
        (check.widened, "widened"),
        (check.mended, "weakened"),
        (check.found, "none"),
    )
    return FilmChecks(
        preset=staged.preset,
        amount=staged.amount,
        frames=list(check.frames),
        found=[
            FilmFinding(
                frame=finding.frame,
                kind=finding.kind,
                share=finding.share,
                layers=list(finding.layers),
                places=list(finding.places),
                action=action,
            )
            for findings, action in without
            for finding in findings
        ],
    )


def worst_frames(staged: Staged) -> tuple[int, ...]:
    """The frames, 0 to 3 of them, in which near and far part most, one for each direction.

    Measured at the frame's middle and corners, between the nearest plane and the farthest.
    """
    path = staged.path()
    parted = _parting(staged.planes[0], staged.planes[-1], staged, path)
    if len(staged.planes) < 2 or float(np.abs(parted).max(initial=0.0)) < 1e-6:
        # Nothing parts: the first frame and the last are as bad as any.
        return tuple(sorted({0, len(path) - 1}))
    size = np.linalg.norm(parted, axis=2).max(axis=1)
    worst = int(size.argmax())
    against = parted[worst].ravel()
    other = int((parted.reshape(len(parted), -1) @ against).argmin())
    return tuple(sorted({worst, other}))


def _parting(far: Plane, near: Plane, staged: Staged, path: CameraPath) -> Matrix:
    """How far, px on the screen, points that lie together at rest part: (N, 5, 2)."""
    width, height = staged.comp.width, staged.comp.height
    corners = np.array([[0.5, 0.5], [0, 0], [1, 0], [1, 1], [0, 1]]) * (width, height)
    seen = []
    axes = view_axes(path.positions, path.points_of_interest, path.rolls)
    middle = np.array([width / 2.0, height / 2.0])
    for plane in (far, near):
        # Rest compensation: what the camera at rest sees at a point of the comp, on this plane.
        world = middle + (corners - middle) * rest_scale(plane.z, staged.zoom)
        points = np.column_stack([world, np.full(len(world), plane.z)])
        away = np.einsum("nkc,nac->nka", points[None] - path.positions[:, None], axes)
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = np.where(away[..., 2] >= NEAR_CLIP, path.zooms[:, None] / away[..., 2], np.nan)
        seen.append(middle + away[..., :2] * scale[..., None])
    return np.nan_to_num(seen[1] - seen[0])


def _opened(
    layers: Sequence[CheckedLayer], staged: Staged, frames: Sequence[int], factor: float
) -> tuple[Finding, ...]:
    """What is open in `frames`, rendered at `factor` of their size."""
    shot = scaled(staged, factor)
    planes, painted = zip(
        *(
            _reduced(plane, layer.rgba, factor)
            for plane, layer in zip(shot.planes, layers, strict=True)
        ),
        strict=True,
    )
    path = shot.path()
    compositor = Compositor(planes, painted, shot.comp, path)
    rest = rest_camera(shot.comp.width, shot.comp.height, shot.zoom)
    if (compositor.frame(rest)[..., 3] < _OPEN).mean() > LEAST_OPEN:
        return ()  # as its artist left it
    return tuple(gap for frame in frames for gap in _gaps(compositor.frame(path[frame]), frame))


def _reduced(plane: Plane, rgba: Rgba, factor: float) -> tuple[Plane, _Pixels]:
    """A plane with fewer pixels of the same place and extent."""
    high, wide = rgba.shape[:2]
    size = (max(1, round(wide * factor)), max(1, round(high * factor)))
    if factor >= 1.0:
        return plane, _Pixels(rgba)
    small = cv2.resize(np.ascontiguousarray(rgba), size, interpolation=cv2.INTER_AREA)
    across, down = wide / size[0], high / size[1]
    anchor = (plane.anchor[0] / across, plane.anchor[1] / down)
    scale = (plane.scale[0] * across, plane.scale[1] * down)
    return replace(plane, size=size, anchor=anchor, scale=scale), _Pixels(small)


@dataclass(frozen=True)
class _Pixels:
    rgba: Rgba


def _gaps(shown: Rgba, frame: int) -> list[Finding]:
    gaps = (shown[..., 3] < _OPEN).astype(np.uint8)
    if gaps.mean() <= LEAST_OPEN:
        return []
    _, labels = cv2.connectedComponents(gaps)
    border = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    at_edge = np.isin(labels, border[border > 0])
    kinds: tuple[tuple[Kind, Mask], ...] = (("edge", at_edge), ("hole", (labels > 0) & ~at_edge))
    return [
        Finding(frame, kind, float(open_.mean()), places=places_in_frame(open_))
        for kind, open_ in kinds
        if open_.mean() > LEAST_OPEN
    ]


def _fringes(
    layers: Sequence[CheckedLayer], staged: Staged, frames: Sequence[int]
) -> tuple[Finding, ...]:
    """Soft edges that no mixture of their subject and the ground there explains.

    Looked at in the layers' own pixels, with the ground moved as the worst frame moves it.
    """
    path = staged.path()
    width, height = _extent(layers)
    below = np.zeros((height, width, 3), np.uint8)
    found = []
    for index, layer in enumerate(layers):
        if index:
            parted = _parting(staged.planes[0], staged.planes[index], staged, path)
            for frame in frames:
                moves = parted[frame] / _comp_px(staged)
                shift = moves[int(np.linalg.norm(moves, axis=1).argmax())]
                fringe = _fringe_pixels(layer, layers[index + 1 :], below, shift)
                share = float(fringe.sum()) / (width * height)
                if share > LEAST_FRINGE:
                    places = _on_screen(fringe, (0, 0), staged, index, frame)
                    found.append(Finding(frame, "fringe", share, (layer.name,), places=places))
                    break
        _lay(layer, below)
    return tuple(found)


def _fringe_pixels(
    layer: CheckedLayer, nearer: Sequence[CheckedLayer], below: Rgba, shift: Matrix
) -> Mask:
    """Which of the layer's own pixels are fringes, (h, w)."""
    rgba = layer.rgba
    solid = rgba[..., 3] >= 250
    soft = (rgba[..., 3] > 24) & ~solid
    x, y = layer.bbox[:2]
    for other in nearer:
        soft &= ~_covered(other, (x, y), soft.shape[::-1], 24)
    rows, columns = np.nonzero(soft)
    fringe = np.zeros(soft.shape, bool)
    if not rows.size or not solid.any():
        return fringe
    inside = extend_colours(np.dstack([rgba[..., :3], np.where(solid, 255, 0).astype(np.uint8)]))
    alpha = rgba[rows, columns, 3:].astype(np.float32) / np.float32(255.0)
    there_y = np.clip(np.rint(rows + y - shift[1]).astype(int), 0, below.shape[0] - 1)
    there_x = np.clip(np.rint(columns + x - shift[0]).astype(int), 0, below.shape[1] - 1)
    behind = below[there_y, there_x].astype(np.float32)
    shown = alpha * rgba[rows, columns, :3] + (1.0 - alpha) * behind
    # From the ground to the subject's own colour: an edge may be any mixture of the two.
    span = inside[rows, columns, :3] - behind
    along = ((shown - behind) * span).sum(axis=1) / np.maximum((span**2).sum(axis=1), 1.0)
    apart = np.abs(shown - behind - np.clip(along, 0.0, 1.0)[:, None] * span).max(axis=1)
    fringe[rows, columns] = apart > _APART
    return fringe


def _on_screen(
    mask: Mask, corner: tuple[int, int], staged: Staged, index: int, frame: int
) -> tuple[Place, ...]:
    """Where `frame` shows these own pixels of plane `index`."""
    size = (staged.comp.width, staged.comp.height)
    return places_on_plane(mask, corner, staged.planes[index], staged.path()[frame], size)


def _lay(layer: CheckedLayer, below: Rgba) -> None:
    """Composite `layer` over `below` (H, W, 3), in place."""
    x, y, wide, high = layer.bbox
    left, top = max(0, x), max(0, y)
    right, bottom = min(below.shape[1], x + wide), min(below.shape[0], y + high)
    if left >= right or top >= bottom:
        return
    part = layer.rgba[top - y : bottom - y, left - x : right - x]
    under = below[top:bottom, left:right]
    share = part[..., 3:].astype(np.float32) / np.float32(255.0)
    under[:] = np.rint(share * part[..., :3] + (1.0 - share) * under).astype(np.uint8)


def _extent(layers: Sequence[CheckedLayer]) -> tuple[int, int]:
    """Width and height of the picture that the layers are in, px."""
    width = max(layer.bbox[0] + layer.bbox[2] for layer in layers)
    return width, max(layer.bbox[1] + layer.bbox[3] for layer in layers)


def _comp_px(staged: Staged) -> float:
    """How many px of the comp a px of the picture is at rest."""
    ground = staged.planes[0]
    return ground.scale[0] / 100.0 / rest_scale(ground.z, staged.zoom)


def _bites(
    layers: Sequence[CheckedLayer], staged: Staged, reach: float, cut_out: bool
) -> tuple[Finding, ...]:
    """Pairs of subjects that a frame parts farther than the farther one was completed."""
    path = staged.path()
    width, height = _extent(layers)
    per_pixel = _comp_px(staged)
    found: list[Finding] = []
    for index, near in enumerate(layers):
        for number in range(1, index):
            far = layers[number]
            if staged.planes[number].z == staged.planes[index].z:
                continue
            moved = _parting(staged.planes[number], staged.planes[index], staged, path)[:, 0]
            moved = moved / per_pixel
            parted = np.linalg.norm(moved, axis=1)
            frame = int(parted.argmax())
            if parted[frame] < _CUT_OFF * reach * max(width, height):
                continue
            depth, contact = _completed(far, near, reach * max(width, height), cut_out)
            if not contact:
                continue
            excess = float(parted[frame]) - depth
            if excess > 1.0:
                share = min(1.0, contact * excess / (width * height))
                looks = float(parted[frame]) / max(width, height)
                frame, places = _bitten(layers, staged, (number, index), moved, depth)
                names = (far.name, near.name)
                found.append(Finding(frame, "bite", share, names, looks, places))
    return tuple(found)


def _completed(
    far: CheckedLayer, near: CheckedLayer, reach: float, cut_out: bool
) -> tuple[float, int]:
    """How deep, px, `far` goes on behind `near` where its completion ended, and along how many.

    (0, 0) where they do not touch, or the completed part ends by itself. reach (px): of the least
    that is completed; an earlier move may have had it completed farther.
    """
    x, y, wide, high = far.bbox
    room = math.ceil(reach)
    corner, size = (x - room, y - room), (wide + 2 * room, high + 2 * room)
    own, hider = _covered(far, corner, size, _SOLID), _covered(near, corner, size, _SOLID)
    behind, seen = own & hider, own & ~hider
    if not behind.any() or not seen.any():
        return 0.0, 0
    away = cv2.distanceTransform((~seen).astype(np.uint8), cv2.DIST_L2, 5)
    depth = float(away[behind].max())
    if depth < _CUT_OFF * reach:
        return 0.0, 0
    # Of layers that an artist drew only one that ends at about the reach says anything.
    ends = depth > reach / _CUT_OFF
    if ends and not (cut_out and (continue_shape(seen, hider, depth + 0.2 * reach) & ~own).any()):
        return 0.0, 0
    return depth, int((behind & (away < 1.6)).sum())


def _bitten(
    layers: Sequence[CheckedLayer],
    staged: Staged,
    pair: tuple[int, int],
    moved: Matrix,
    depth: float,
) -> tuple[int, tuple[Place, ...]]:
    """The frame that shows most of a bite, of the farthest ones to both sides, and where.

    pair: indices of the farther and the nearer layer. moved: how far the nearer one has moved over
    the other in each frame, px (N, 2). depth: to which the farther one was completed, px.
    """
    farthest = int(np.linalg.norm(moved, axis=1).argmax())
    against = int((moved @ moved[farthest]).argmin())
    far, near = (layers[index] for index in pair)
    seen = []
    for frame in (farthest, against):
        excess = max(0.0, float(np.linalg.norm(moved[frame])) - depth)
        seen.append((frame, *_lacking(far, near, moved[frame], excess)))
    frame, lacking, corner = max(seen, key=lambda found: int(found[1].sum()))
    return frame, _on_screen(lacking, corner, staged, pair[0], frame)


def _lacking(
    far: CheckedLayer, near: CheckedLayer, moved: Matrix, excess: float
) -> tuple[Mask, tuple[int, int]]:
    """Where `far` should go on and does not, once `near` has `moved` (px) and uncovered it.

    As pixels of far's own plane, with the mask's corner there. excess: how far, px, the move looks
    beyond what was completed.
    """
    room = math.ceil(excess) + 1
    x, y, wide, high = far.bbox
    corner, size = (x - room, y - room), (wide + 2 * room, high + 2 * room)
    own = _covered(far, corner, size, _SOLID)
    hidden = _covered(near, corner, size, _SOLID)
    step = (round(float(moved[0])), round(float(moved[1])))
    hides = _covered(near, (corner[0] - step[0], corner[1] - step[1]), size, _SOLID)
    # What was completed, carried on the way that the nearer one went.
    way = -moved / max(float(np.linalg.norm(moved)), 1e-6) * room
    line = np.zeros((2 * room + 1,) * 2, np.uint8)
    cv2.line(line, (room, room), (room + round(float(way[0])), room + round(float(way[1]))), 1)
    carried_on = cv2.dilate((own & hidden).astype(np.uint8), line).astype(bool)
    return carried_on & hidden & ~hides & ~own, (-room, -room)


def _covered(
    layer: CheckedLayer, corner: tuple[int, int], size: tuple[int, int], above: int
) -> Mask:
    """Where the layer's alpha is `above` (0..255) in a window of the picture, (h, w).

    corner: the window's, px of the picture; size: its width and height.
    """
    window = np.zeros(size[::-1], bool)
    (x, y), (a, b, w, h) = corner, layer.bbox
    left, top = max(x, a), max(y, b)
    right, bottom = min(x + size[0], a + w), min(y + size[1], b + h)
    if left < right and top < bottom:
        part = layer.rgba[top - b : bottom - b, left - a : right - a, 3] > above
        window[top - y : bottom - y, left - x : right - x] = part
    return window


def scaled(staged: Staged, factor: float) -> Staged:
    """The same shot in a comp of `factor` times the size."""
    if factor == 1.0:
        return staged
    comp = staged.comp.model_copy(
        update={
            "width": max(1, round(staged.comp.width * factor)),
            "height": max(1, round(staged.comp.height * factor)),
        }
    )

    def times(values: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(value * factor for value in values)

    planes = tuple(
        replace(
            plane,
            position=(plane.position[0] * factor, plane.position[1] * factor,
                      plane.position[2] * factor),
            scale=(plane.scale[0] * factor, plane.scale[1] * factor),
            picture=(plane.picture[0] * factor, plane.picture[1] * factor,
                     plane.picture[2] * factor, plane.picture[3] * factor),
        )
        for plane in staged.planes
    )  # fmt: skip
    keys: dict[str, Any] = {
        name: tuple(
            replace(
                key,
                value=times(key.value),
                ease_in=_slower(key.ease_in, factor),
                ease_out=_slower(key.ease_out, factor),
            )
            for key in getattr(staged.camera, name)
        )
        for name in ("position", "point_of_interest", "zoom", "focus_distance", "aperture")
    }
    # Only the keys are looked at: a rig for hosts is of the size that it was made for.
    camera = replace(staged.camera, rig=None, **keys)  # fmt: skip
    return replace(staged, comp=comp, planes=planes, camera=camera, zoom=staged.zoom * factor)


def _slower(ease: TemporalEase | None, factor: float) -> TemporalEase | None:
    return None if ease is None else replace(ease, speed=ease.speed * factor)
