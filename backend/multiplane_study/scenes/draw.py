"""A seed to a scene: choose, arrange, paint, compose, describe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from multiplane.contract.errors import Failure, InputError

from .captions import Named, caption_for
from .figures import Figure, make_figure
from .flat import FlatColor
from .grain import Field, Grain
from .ink import InkSketch
from .layout import Standing, arrange
from .model import Scene, SceneSubject
from .oil import OilPaint
from .pencil import Pencil
from .places import DRAWINGS
from .raster import rasterise
from .scenery import PlaceDrawing
from .style import Style
from .vocabulary import COLOURS, KINDS, PLACES, STYLES
from .watercolor import Watercolor

PAINTERS: dict[str, type[Style]] = {
    "ink sketch": InkSketch,
    "watercolor": Watercolor,
    "oil paint": OilPaint,
    "pencil": Pencil,
    "flat color": FlatColor,
}
_MOST_HIDDEN, _LEAST_VISIBLE = 0.55, 0.016


def _choose(
    rng: np.random.Generator, count: int, kinds: Sequence[str] | None
) -> list[tuple[str, str]]:
    """Kinds and colours; in about 5 % of the scenes one kind comes twice."""
    pool = list(KINDS if kinds is None else kinds)
    if count <= len(pool):
        chosen = [pool[i] for i in rng.permutation(len(pool))[:count]]
    else:
        chosen = [pool[int(i)] for i in rng.integers(len(pool), size=count)]
    twice = kinds is None and count > 1 and rng.random() < 0.07
    if twice:
        chosen[1] = chosen[0]
    names = list(COLOURS)
    colours = [names[int(i)] for i in rng.integers(len(names), size=count)]
    if count > 1 and rng.random() < (0.5 if twice else 0.12):
        colours[1] = colours[0]
    return list(zip(chosen, colours, strict=True))


def depth_map(place: PlaceDrawing, height: int, width: int) -> Field:
    """Nearness of the place: the ground plane's ramp, scenery where it stands."""
    depth = np.zeros((height, width), np.float32)
    for part in place.parts:
        near = -1.0 if part.near is None else part.near
        cv2.fillPoly(depth, [np.rint(part.points * height).astype(np.int32)], near)
    rows = (np.arange(height, dtype=np.float32) + 0.5) / height
    # Linear in the row, so its two ends are enough.
    ramp = np.interp(rows, [place.horizon, 1.0], [place.base, place.nearness(1.0)])[:, None]
    return np.where(depth < 0, ramp, depth).astype(np.float32)


def paint_figure(standing: Standing, style: Style, grain: Grain) -> tuple[Field, Field]:
    """Colours (H, W, 3) and whole matte (H, W), 0..1, of a figure in its place and in a style."""
    parts = [
        replace(part, points=standing.place(part.points, grain.height))
        for part in standing.figure.parts
    ]
    raster = rasterise(parts, grain, style.hand, line_scale=style.line_scale(backdrop=False))
    painted = style.paint(raster, backdrop=False)
    rgb = np.zeros((grain.height, grain.width, 3), np.float32)
    matte = np.zeros((grain.height, grain.width), np.float32)
    rgb[raster.window] = np.clip(painted.rgb, 0, 1)
    matte[raster.window] = np.clip(painted.matte, 0, 1)
    return rgb, matte


def visible(wholes: Sequence[Field]) -> list[Field]:
    """Each matte after the nearer ones have been laid over it."""
    left = np.ones_like(wholes[0])
    seen: list[Field] = []
    for whole in reversed(wholes):
        seen.append(np.asarray(whole * left, np.float32))
        left = left * (1.0 - whole)
    return seen[::-1]


def _named(
    standing: Standing, matte: Field, wholes: Sequence[Field], index: int, aspect: float
) -> Named:
    width = matte.shape[1]
    weight = matte.sum(axis=0)
    middle = (
        float((weight * (np.arange(width) + 0.5)).sum() / max(float(weight.sum()), 1e-6)) / width
    )
    whole = wholes[index]
    size = max(float(whole.sum()), 1e-6)
    hidden_by = frozenset(
        nearer for nearer in range(index + 1, len(wholes))
        if float((whole * wholes[nearer]).sum()) > 0.04 * size
    )  # fmt: skip
    figure = standing.figure
    return Named(
        figure.kind, figure.colour, middle,
        (standing.x + figure.left * standing.height) / aspect,
        (standing.x + figure.right * standing.height) / aspect,
        hidden_by,
    )  # fmt: skip


def to_bytes(image: Field) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """An image 0..1 as 0..255."""
    return np.asarray(np.rint(np.clip(image, 0.0, 1.0) * 255.0), np.uint8)


def _check(width: int, height: int, style: str | None, count: int | None,
           kinds: Sequence[str] | None) -> None:  # fmt: skip
    def fail(field: str, value: object, remedy: str) -> InputError:
        return InputError(
            f"study.scene.{field}", f"A scene cannot have {field} {value!r}.",
            field=field, value=value, remedy=remedy,
        )  # fmt: skip

    if not (64 <= height <= 2048 and height <= width <= 4 * height):
        raise fail(
            "size", (width, height), "Use a height of 64..2048 and a width of 1 to 4 heights."
        )
    if style is not None and style not in STYLES:
        raise fail("style", style, f"Use one of: {', '.join(STYLES)}.")
    if count is not None and not 1 <= count <= 4:
        raise fail("count", count, "Use 1 to 4 subjects.")
    if kinds is not None and (not kinds or any(kind not in KINDS for kind in kinds)):
        raise fail("kinds", list(kinds), f"Use kinds out of: {', '.join(KINDS)}.")


def draw_scene(
    seed: int,
    width: int,
    height: int,
    *,
    style: str | None = None,
    count: int | None = None,
    kinds: Sequence[str] | None = None,
) -> Scene:
    """Draw the scene of `seed` at `width` x `height` pixels, with its exact truth.

    The same arguments give the same scene. `style` (one of `STYLES`) and `count` (1..4
    subjects) are drawn by chance where they are None. `kinds` are what the subjects are chosen
    from, without repetition while there are enough; with `kinds` and no `count`, each comes once
    (four at most).

    Raises InputError `study.scene.*` for a size, style, count or kind out of bounds.
    """
    _check(width, height, style, count, kinds)
    if count is None and kinds is not None:
        count = min(4, len(kinds))
    # Another try has another stream, so that a try that failed does not bias the next.
    for attempt in range(50):
        scene = _try_scene(seed, attempt, width, height, style, count, kinds)
        if scene is not None:
            return scene
    raise Failure(
        "study.scene.no_room", f"The subjects of scene {seed} found no room at {width}x{height}.",
        field="seed", value=seed, remedy="Use a wider picture or fewer subjects.",
    )  # fmt: skip


def _try_scene(
    seed: int, attempt: int, width: int, height: int, style: str | None, count: int | None,
    kinds: Sequence[str] | None,
) -> Scene | None:  # fmt: skip
    # Style and number keep the first try's stream: tries must not shift their distribution.
    first = np.random.default_rng([seed, 0])
    chosen_style = STYLES[int(first.integers(len(STYLES)))] if style is None else style
    number = int(first.choice([1, 2, 3, 4], p=[0.25, 0.38, 0.25, 0.12])) if count is None else count
    rng = np.random.default_rng([seed, 1 + attempt])
    aspect = width / height
    place_name = list(PLACES)[int(rng.integers(len(PLACES)))]
    place = DRAWINGS[place_name](rng, aspect)
    figures: list[Figure] = [make_figure(k, c, rng) for k, c in _choose(rng, number, kinds)]
    standings = arrange(rng, figures, place, aspect)
    if standings is None:
        return None

    grain = Grain(rng, height, width)
    painter = PAINTERS[chosen_style](grain)
    painted = [paint_figure(s, painter, grain) for s in standings]
    wholes = [matte for _, matte in painted]
    mattes = visible(wholes)
    for whole, matte in zip(wholes, mattes, strict=True):
        seen = float(matte.sum())
        if seen < _LEAST_VISIBLE * width * height or seen < (1 - _MOST_HIDDEN) * float(whole.sum()):
            return None

    scenery = [replace(part, points=part.points * height) for part in place.parts]
    line_scale = painter.line_scale(backdrop=True)
    backdrop = rasterise(scenery, grain, painter.hand, line_scale=line_scale)
    background = np.clip(painter.paint(backdrop, backdrop=True).rgb, 0, 1)
    picture, depth = background, depth_map(place, height, width)
    for (rgb, matte), standing in zip(painted, standings, strict=True):
        picture = picture + (rgb - picture) * matte[..., None]
        depth = depth + (np.float32(standing.depth) - depth) * matte
    picture = painter.finish(picture, mattes)

    named = [_named(s, mattes[i], wholes, i, aspect) for i, s in enumerate(standings)]
    caption = caption_for(rng, chosen_style, place_name, named)
    subjects = tuple(
        SceneSubject(s.figure.kind, s.figure.colour, phrase, matte, whole, to_bytes(rgb), s.depth)
        for s, phrase, matte, (rgb, whole) in zip(
            standings, caption.phrases, mattes, painted, strict=True
        )
    )
    return Scene(seed, chosen_style, place_name, caption.text, caption.place, caption.style,
                 to_bytes(picture), to_bytes(background), subjects, depth)  # fmt: skip
