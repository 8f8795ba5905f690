"""What a camera preset is, and the table of all of them."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from multiplane.contract.errors import InputError
from multiplane.contract.known_names import unknown_name
from multiplane.contract.manifest import Comp
from multiplane.contract.plugins import Guard, Registry
from multiplane.contract.storyboard import CameraMove
from multiplane.stage.path import KeyedCamera
from multiplane.stage.view import View


@dataclass(frozen=True)
class SceneScale:
    """What a preset may know of the scene. Lengths px."""

    comp: Comp
    zoom: float  # of the rest camera, so also its distance from the comp plane
    depth_range: float  # from the comp plane (nearest subject) to the background
    focus: tuple[float, ...] = ()  # depths (z) of the subjects that the move names
    views: tuple[View, View] | None = None  # rectangles that fit; None: as the move gives them
    nearest: float = 0.0  # depth (z) of the nearest plane that there is

    @property
    def pivot(self) -> float:
        """Depth (z) that the camera looks at: the subject in focus, else the middle."""
        return self.focus[0] if self.focus else self.depth_range / 2.0

    @property
    def focus_depths(self) -> tuple[float, float]:
        """Depths (z) that focus goes between: the first two named, else nearest and farthest."""
        if not self.focus:
            return 0.0, self.depth_range
        if len(self.focus) == 1:
            return (self.depth_range if self.focus[0] == 0.0 else 0.0), self.focus[0]
        return self.focus[0], self.focus[1]


Build = Callable[[SceneScale, CameraMove, float], KeyedCamera]
"""(scene, move, amount) -> keys. ``amount`` counts, not ``move.amount``: it has been clamped.
Amount 0 must give a camera that shows no edge of a picture which just covers the frame."""


@dataclass(frozen=True)
class Preset:
    """A named move. ``amount`` 1 is its usual strength; ``strongest`` bounds it."""

    name: str
    description: str
    unit: str  # what amount 1 means, in words
    strongest: float
    build: Build
    aliases: tuple[str, ...] = ()
    directions: tuple[str, ...] = ()  # words that ``move.direction`` may be; the first is usual
    degrees: bool = False  # ``move.direction`` may be an angle: 0 right, 90 up
    takes: tuple[str, ...] = ()  # fields of a move that count here and not everywhere
    loops: bool = False  # ends where it began, asked or not

    def __post_init__(self) -> None:
        """Raises ValueError for what could not be asked for or bounded."""
        for name in (self.name, *self.aliases):
            if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
                raise ValueError(f"{name!r} is no name for a preset: use a-z, 0-9 and _")
        if not (math.isfinite(self.strongest) and self.strongest >= 0.0):
            raise ValueError(f"strongest is {self.strongest}, and must be a number from 0 up")
        if not callable(self.build):
            raise ValueError("build is no function")

    def amount(self, move: CameraMove) -> float:
        """The move's amount within the preset's bounds."""
        return min(max(move.amount, 0.0), self.strongest)


_NUMBERS = {
    "position": 3,
    "point_of_interest": 3,
    "zoom": 1,
    "roll": 1,
    "focus_distance": 1,
    "aperture": 1,
}


def _fault(camera: KeyedCamera) -> str:
    """Why this is no camera that a host could take; "" where it is one."""
    for name, count in _NUMBERS.items():
        keys = getattr(camera, name)
        if not keys:
            return f"{name} has no key"
        for key in keys:
            if len(key.value) != count or not all(map(math.isfinite, key.value)):
                return f"{name} is {key.value} at frame {key.frame}, and takes {count} number(s)"
        if any(right.frame <= left.frame for left, right in itertools.pairwise(keys)):
            return f"the keys of {name} are not in the order of their frames"
    return ""


PRESETS: Registry[Preset] = Registry(
    "multiplane.presets",
    Preset,
    claims=lambda new: [("a camera preset", name) for name in (new.name, *new.aliases)],
    own="multiplane.stage.presets",
    guard=Guard("build", KeyedCamera, _fault),
)
FRAMING = "framing"
"""The preset of moves that give rectangles."""


def preset(
    name: str,
    description: str,
    *,
    unit: str = "nothing: the camera rests",
    strongest: float = 0.0,
    aliases: tuple[str, ...] = (),
    directions: tuple[str, ...] = (),
    degrees: bool = False,
    takes: tuple[str, ...] = ("ease",),
    loops: bool = False,
) -> Callable[[Build], Build]:
    """Register the decorated function as the preset ``name``."""

    def register(build: Build) -> Build:
        PRESETS.add(
            Preset(
                name,
                description,
                unit,
                strongest,
                build,
                aliases,
                directions,
                degrees,
                takes,
                loops,
            )
        )
        return build

    return register


def find_preset(name: str, *, field: str | None = "camera.preset") -> Preset:
    """The preset of this name or alias. Raises InputError (with a suggestion) for no such one."""
    wanted = name.strip().lower().replace("-", "_").replace(" ", "_")
    known = {alias: p for p in PRESETS.values() for alias in (p.name, *p.aliases)}
    if wanted in known:
        return known[wanted]
    error = unknown_name(
        "storyboard.shot.camera.preset.unknown", "camera preset", name, known, field=field
    )
    plugins = PRESETS.unusable()
    raise replace(
        error,
        remedy=f"{error.remedy or ''}{{plugins}}",
        values={**error.values, "plugins": plugins},
    )


def preset_of(move: CameraMove) -> Preset:
    """The preset of a move: rectangles count before a name. Raises as `find_preset`."""
    return find_preset(FRAMING if move.framing is not None else move.preset)


def preset_names() -> tuple[str, ...]:
    """All names that a storyboard may use, aliases too."""
    return tuple(known for p in PRESETS.values() for known in (p.name, *p.aliases))


def check_direction(chosen: Preset, move: CameraMove) -> None:
    """Raise InputError when the move has a direction that the preset does not know."""
    if move.direction is None or move.direction in chosen.directions:
        return
    if chosen.degrees and isinstance(move.direction, float | int):
        return
    words = ", ".join(chosen.directions)
    remedy = "Directions: {known}." if words else "Leave the direction out."
    if words and chosen.degrees:
        remedy = "Directions: {known}, or degrees (0 right, 90 up)."
    raise InputError(
        code="storyboard.shot.camera.direction.unknown",
        message="The camera preset {preset} does not know this direction.",
        field="camera.direction",
        value=move.direction,
        remedy=remedy,
        values={"preset": chosen.name} | ({"known": words} if words else {}),
    )
