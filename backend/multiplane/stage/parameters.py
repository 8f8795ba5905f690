"""What can be said of a camera preset's move: names, bounds and meanings, from the registry.

The one source of what the command line, the gallery and the README say of presets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from multiplane.contract.storyboard import MAX_DURATION_S
from multiplane.stage.registry import PRESETS, Preset


@dataclass(frozen=True)
class Parameter:
    """One field of a camera move, as it counts for one preset."""

    name: str
    bounds: str
    meaning: str


_OPTIONAL = (
    Parameter(
        "framing",
        "{start, end}, each {x, y, width, height}",
        "rectangles in fractions of the frame; the smallest of the frame's shape around each is "
        "shown",
    ),
    Parameter("focus", "a layer's name, or two", "the subject that the move turns on"),
    Parameter(
        "ease", "{in, out}: 0 to 100 %", "how softly it leaves and arrives; 0 is linear, 33.33 easy"
    ),
    Parameter("seed", "0 to 4294967295", "which of its ways chance takes"),
)
_ALWAYS = (
    Parameter("start", f"0 to {MAX_DURATION_S:g} s", "how long it rests first"),
    Parameter("duration", f"up to {MAX_DURATION_S:g} s", "how long it moves; usual: to the end"),
)
_COMES_BACK = Parameter(
    "loop", "true or false", "goes there and comes back, so that the last frame meets the first"
)
_SAMPLES: dict[str, Any] = {
    "framing": {
        "start": {"x": 0, "y": 0, "width": 1, "height": 1},
        "end": {"x": 0.2, "y": 0.1, "width": 0.65, "height": 0.65},
    },
    "ease": {"in": 33.33, "out": 33.33},
    "seed": 7,
}


def parameters(preset: Preset) -> tuple[Parameter, ...]:
    """Every field of a move that counts for this preset, in the order of use."""
    found = []
    if preset.strongest > 0.0:
        found.append(
            Parameter("amount", f"0 to {preset.strongest:g}", f"how strong; 1 is {preset.unit}")
        )
    if preset.directions:
        words = ", ".join(preset.directions)
        degrees = "; or degrees (0 right, 90 up)" if preset.degrees else ""
        found.append(Parameter("direction", words + degrees, "which way; the first is usual"))
    found += [parameter for parameter in _OPTIONAL if parameter.name in preset.takes]
    if preset.strongest > 0.0:
        found += _ALWAYS
        if not preset.loops:
            found.append(_COMES_BACK)
    return tuple(found)


def example(preset: Preset) -> dict[str, Any]:
    """A shot's ``camera`` with this preset, as JSON, every field that makes sense to change."""
    move: dict[str, Any] = {"preset": preset.name}
    if preset.strongest > 0.0:
        move["amount"] = 1
    if preset.directions:
        move["direction"] = preset.directions[0]
    move.update({name: _SAMPLES[name] for name in preset.takes if name in _SAMPLES})
    return move


def facts(preset: Preset) -> dict[str, Any]:
    """All of a preset as JSON."""
    return {
        "name": preset.name,
        "aliases": list(preset.aliases),
        "description": preset.description,
        "amount": {"unit": preset.unit, "least": 0.0, "most": preset.strongest},
        "directions": list(preset.directions),
        "degrees": preset.degrees,
        "loops": preset.loops,
        "parameters": [vars(parameter) for parameter in parameters(preset)],
        "example": example(preset),
    }


def brief(preset: Preset) -> str:
    """What amount 1 means, how far it goes, which ways, and whether it loops, on one line."""
    if not preset.strongest:
        return ""
    ways = [*preset.directions, *(["degrees"] if preset.degrees else [])]
    parts = [
        f"amount 1: {preset.unit}, up to {preset.strongest:g}",
        ", ".join(ways),
        "loops" if preset.loops else "",
    ]
    return "; ".join(part for part in parts if part)


def markdown_table() -> str:
    """All presets as a table for a README."""
    rows = ["| Preset | What it does | Amount 1 is | Directions |", "|---|---|---|---|"]
    for preset in PRESETS.values():
        names = ", ".join(f"`{name}`" for name in (preset.name, *preset.aliases))
        ways = ", ".join(preset.directions) + (", degrees" if preset.degrees else "")
        amount = f"{preset.unit} (to {preset.strongest:g})" if preset.strongest else ""
        rows.append(f"| {names} | {preset.description} | {amount} | {ways} |")
    return "\n".join(rows) + "\n"
