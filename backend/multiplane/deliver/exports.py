"""What `multiplane export` can make of a finished output folder: a registry of exporters.

An exporter imports what it needs when it runs, because the command's help lists them all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from multiplane.contract.events import Event

Tell = Callable[["Event"], None]


@dataclass(frozen=True)
class ExportOptions:
    """What can be asked of an exporter; each uses what concerns it, the rest is left alone."""

    shot: str | None = None  # id of the shot; None: the only one there is
    layer: str | None = None  # id or name of the layer
    width: int | None = None  # px; None: the exporter's own
    fps: float | None = None  # None: the exporter's own
    names: bool = False  # shots' names in the corner
    burn_subtitles: bool = False  # dialogue in the picture, not beside it
    absolute_paths: bool = False  # media by absolute instead of relative paths
    storyboard_folder: Path | None = None  # where the boards' audio lies; None: as rendered


Make = Callable[[Path, Path, ExportOptions, Tell], None]


@dataclass(frozen=True)
class Exporter:
    """One thing to make.

    description: one line, for the help.
    of: what it is made of; an exporter of a "shot" or a "layer" needs to know which.
    suffix: of the target file, ".otio"; empty for a folder.
    make: (output folder, target, options, tell); writes the target whole or not at all and raises
        InputError or Failure. tell hears StepProgress (step "deliver") and Log events.
    """

    name: str
    description: str
    of: Literal["storyboard", "shot", "layer"]
    suffix: str
    make: Make


EXPORTERS: dict[str, Exporter] = {}


def exporter(
    name: str, description: str, *, of: Literal["storyboard", "shot", "layer"], suffix: str
) -> Callable[[Make], Make]:
    """Register the decorated function as the exporter `name`."""

    def register(make: Make) -> Make:
        EXPORTERS[name] = Exporter(name, description, of, suffix, make)
        return make

    return register
