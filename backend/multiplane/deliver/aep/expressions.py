"""The rig's expressions, word for word those of jsx/shot/expressions.jsx.

A comp of a project and one that the script imports are the same to a designer. With neutral sliders
each gives ``value`` itself, so the move is exactly the manifest's.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from multiplane.contract.manifest import HandSway, LayerEntry, Manifest

TREMBLE = 0.004
"""Of the comp's width, at Handheld Amount 100 where the shot has no hand of its own."""
TILT = 0.25
"""Degrees, likewise."""
NEAREST = 0.05
"""Of the resting zoom, how near a dialled camera comes to the nearest plane."""
_WAVES = ((0.31, 0.51), (0.83, 0.31), (1.57, 0.18))
"""Hz and share of a hand's sway where the shot has none of its own."""

Wave = tuple[float, float, float]


@dataclass(frozen=True)
class Expressions:
    """The expressions of one comp; ``rig``: the name of the layer that has the sliders."""

    rig: str
    manifest: Manifest

    def camera_position(self) -> str:
        return "\n".join(
            [
                "// Multiplane: Move Amount scales the way from rest.",
                *self._point((*self._middle, -self._zoom)),
                "// However far it is dialled, the camera stays before the nearest plane.",
                f"z = Math.min(z, Math.max(value[2], {number(self._wall)}));",
                "move === 1 ? value : [x, y, z]",
            ]
        )

    def point_of_interest(self) -> str:
        """A hand turns the camera a little more than it moves it."""
        rig = self.manifest.camera.rig
        deep = 0.0 if rig is None else rig.pivot[2]
        return "\n".join(
            [
                "// Multiplane: Move Amount scales the way from rest, "
                "Handheld Amount adds a hand's tremble.",
                *self._point((*self._middle, deep)),
                *self._swayed("look_x", "look_y"),
                "move === 1 && hand === 0 ? value : [x + sway[0], y + sway[1], z]",
            ]
        )

    def roll(self) -> str:
        return "\n".join(
            [
                "// Multiplane: Move Amount scales the roll, Handheld Amount adds a hand's tilt.",
                self._move,
                *self._swayed("roll"),
                "move === 1 && hand === 0 ? value : value * move + sway[0]",
            ]
        )

    def rig_position(self) -> str:
        """The hand that holds the camera moves the rig."""
        room = self._wall + self._zoom
        return "\n".join(
            [
                "// Multiplane: Handheld Amount adds a hand's sway.",
                *self._swayed("x", "y", "z"),
                "// However far it is dialled, the camera stays before the nearest plane.",
                f"var z = value[2] + Math.min(sway[2], {number(room)});",
                "hand === 0 ? value : [value[0] + sway[0], value[1] + sway[1], z]",
            ]
        )

    def rig_turn(self) -> str:
        """How far the rig turns; "" in a shot in which it does not."""
        rig = self.manifest.camera.rig
        if rig is None or rig.sway is not None:
            return ""
        pivot = rig.pivot[2]
        share = (pivot - self._wall) / (pivot + self._zoom)
        most = math.degrees(math.acos(max(-1.0, min(1.0, share))))
        return "\n".join(
            [
                "// Multiplane: Move Amount scales the turn about the subject.",
                self._move,
                "// However far it is dialled, the camera stays before the nearest plane.",
                f"var most = Math.max({number(most)}, Math.abs(value));",
                "move === 1 ? value : Math.max(-most, Math.min(most, value * move))",
            ]
        )

    def zoom(self) -> str:
        return "\n".join(
            [
                "// Multiplane: Move Amount scales the way from the resting zoom.",
                self._move,
                f"var rest = {number(self._zoom)};",
                "move === 1 ? value : Math.max(1, rest + (value - rest) * move)",
            ]
        )

    def focus_distance(self) -> str:
        """100 on the slider is the way from the nearest plane to the farthest."""
        depths = [layer.position[2] for layer in self.manifest.layers]
        way = number(max(depths) - min(depths))
        return "\n".join(
            [
                "// Multiplane: Focus moves the plane in focus, 100 from the nearest to the "
                "farthest.",
                f"var focus = {self._slider('Focus')} / 100;",
                f"focus === 0 ? value : Math.max(1, value + focus * {way})",
            ]
        )

    def plane_position(self) -> str:
        """Parallax spreads the planes in depth, and at rest each stays where it is seen."""
        return "\n".join(
            [
                "// Multiplane: Parallax spreads the planes in depth; at rest nothing moves.",
                self._parallax,
                f"var rest = {number(self._zoom)};",
                f"var centre = {numbers(self._middle)};",
                "var k = (rest + value[2] * parallax) / (rest + value[2]);",
                "var x = centre[0] + (value[0] - centre[0]) * k;",
                "var y = centre[1] + (value[1] - centre[1]) * k;",
                "parallax === 1 ? value : [x, y, value[2] * parallax]",
            ]
        )

    def plane_scale(self, entry: LayerEntry) -> str:
        return "\n".join(
            [
                "// Multiplane: keeps the plane's size at rest while Parallax moves it.",
                self._parallax,
                f"var rest = {number(self._zoom)};",
                f"var baked = {number(entry.position[2])};",
                "var z = parallax > 0 ? transform.position[2] / parallax : baked;",
                "var k = (rest + z * parallax) / (rest + z);",
                "parallax === 1 ? value : [value[0] * k, value[1] * k, value[2]]",
            ]
        )

    @property
    def _middle(self) -> tuple[float, float]:
        return self.manifest.comp.width / 2, self.manifest.comp.height / 2

    @property
    def _zoom(self) -> float:
        return self.manifest.camera.zoom

    @property
    def _wall(self) -> float:
        """The depth beyond which a dialled camera would be too near to the nearest plane, px."""
        near = min(layer.position[2] for layer in self.manifest.layers)
        return near - NEAREST * self._zoom

    @property
    def _move(self) -> str:
        return f"var move = {self._slider('Move Amount')} / 100;"

    @property
    def _parallax(self) -> str:
        return f"var parallax = Math.max(0, {self._slider('Parallax')}) / 100;"

    @property
    def _hand(self) -> HandSway | None:
        rig = self.manifest.camera.rig
        return None if rig is None else rig.sway

    def _slider(self, name: str) -> str:
        # The parameter by number: its name is another one in every language.
        return f"thisComp.layer({_quoted(self.rig)}).effect({_quoted(name)})(1).value"

    def _point(self, rest: Sequence[float]) -> list[str]:
        """Lines that give x, y and z of a point of the camera."""
        return [
            self._move,
            f"var rest = {numbers(rest)};",
            *(
                f"var {axis} = rest[{i}] + (value[{i}] - rest[{i}]) * move;"
                for i, axis in enumerate("xyz")
            ),
        ]

    def _swayed(self, *channels: str) -> list[str]:
        """Lines that give the sums of these channels' waves as the list ``sway``."""
        hand = self._hand
        waves = self._gentle() if hand is None else hand.waves
        sums = [
            "["
            + ", ".join(numbers((a, 2 * math.pi * f, p)) for a, f, p in waves.get(channel, ()))
            + "]"
            for channel in channels
        ]
        whole = "" if hand is None else f" * {self._slider('Move Amount')} / 100"
        time = "time" if hand is None else self._slider("Handheld Time")
        return [
            f"var hand = {self._slider('Handheld Amount')} / 100{whole};",
            f"var t = {time};",
            f"var waves = [{', '.join(sums)}];",
            f"var sway = [{', '.join('0' for _ in channels)}];",
            "for (var i = 0; i < waves.length; i += 1) {",
            "    for (var k = 0; k < waves[i].length; k += 1) {",
            "        sway[i] += hand * waves[i][k][0] * "
            "Math.sin(waves[i][k][1] * t + waves[i][k][2]);",
            "    }",
            "}",
        ]

    def _gentle(self) -> dict[str, list[Wave]]:
        """A hand's slow sway where the shot has none of its own."""
        size = self.manifest.comp.width * TREMBLE

        def waves(width: float, phase: float) -> list[Wave]:
            return [(share * width, hz, phase * (i + 1)) for i, (hz, share) in enumerate(_WAVES)]

        return {
            "x": waves(size, 0.3),
            "y": waves(size, 1.9),
            "look_x": waves(size / 2, 0.9),
            "look_y": waves(size / 2, 2.6),
            "roll": waves(TILT, 4.1),
        }


def number(value: float) -> str:
    """The number to six digits after the point, as a script writes it."""
    rounded = math.floor(value * 1e6 + 0.5) / 1e6
    if rounded == int(rounded):
        return str(int(rounded))
    text = repr(rounded)
    return format(rounded, ".6f").rstrip("0") if "e" in text else text


def numbers(values: Iterable[float]) -> str:
    """A list of numbers."""
    return "[" + ", ".join(map(number, values)) + "]"


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
