"""The small world of StylizedBench: what a scene can show and how it is called."""

from __future__ import annotations

from dataclasses import dataclass

STYLES: tuple[str, ...] = ("ink sketch", "watercolor", "oil paint", "pencil", "flat color")

KINDS: tuple[str, ...] = (
    "warrior", "princess", "wizard", "robot",
    "dragon", "horse", "dog", "cat", "bird",
    "house", "castle", "tent", "car", "boat", "lantern", "chest",
)  # fmt: skip

COLOURS: dict[str, tuple[int, int, int]] = {
    "red": (205, 38, 38),
    "blue": (38, 84, 200),
    "green": (44, 150, 62),
    "yellow": (244, 206, 36),
    "purple": (126, 54, 168),
    "orange": (240, 126, 24),
    "pink": (244, 136, 178),
    "black": (44, 44, 52),
}


@dataclass(frozen=True)
class PlaceWords:
    """How a place is said: `sayings` are (preposition and article, content words) pairs.

    `bare` is its word in the terse list form, as in "snow background".
    """

    sayings: tuple[tuple[str, str], ...]
    bare: str


PLACES: dict[str, PlaceWords] = {
    "forest": PlaceWords((("in a", "forest"), ("in the", "forest"), ("in the", "woods")), "forest"),
    "snow": PlaceWords((("in the", "snow"), ("in a", "snowy field")), "snow"),
    "desert": PlaceWords((("in a", "desert"), ("in the", "desert")), "desert"),
    "beach": PlaceWords((("on a", "beach"), ("on the", "beach")), "beach"),
    "city": PlaceWords((("in a", "city street"), ("on a", "city street")), "city street"),
    "room": PlaceWords((("in a", "room"), ("inside a", "room")), "room"),
    "mountains": PlaceWords((("in the", "mountains"), ("in", "high mountains")), "mountains"),
    "cave": PlaceWords((("in a", "cave"), ("in a", "dark cave")), "cave"),
}
