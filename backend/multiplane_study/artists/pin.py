"""What the scenes of the artists' sets are drawn as; writes pins.json anew, after a wanted change:

python -m multiplane_study.artists.pin
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from multiplane_study.artists.plan import HELD_OUT, TUNING, SceneSet
from multiplane_study.artists.scene import artists_scenes
from multiplane_study.artwork.catalogue import Catalogue
from multiplane_study.scenes.pinned import drawn_as

PINS = Path(__file__).with_name("pins.json")


@cache
def pins(name: str) -> tuple[str, ...]:
    """What `drawn_as` gives for a set's scenes, with the pinned artwork; () without pins."""
    return tuple(json.loads(PINS.read_text("utf-8")).get(name, ()))


def _drawn(scenes: SceneSet) -> list[str]:
    catalogue = Catalogue(artists=[scenes.artist])
    return [drawn_as(scene) for _, scene in artists_scenes(catalogue, scenes)]


if __name__ == "__main__":
    found = {scenes.name: _drawn(scenes) for scenes in (HELD_OUT, TUNING)}
    PINS.write_text(json.dumps(found, indent=0) + "\n", "utf-8")
