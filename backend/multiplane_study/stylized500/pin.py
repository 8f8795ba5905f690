"""Writes pins.json anew, after the drawing has been changed on purpose:

python -m multiplane_study.stylized500.pin
"""

from __future__ import annotations

import json

from multiplane_study.scenes.pinned import drawn_as
from multiplane_study.stylized500.draw import PINS, Drawer
from multiplane_study.stylized500.plan import SCENES

if __name__ == "__main__":
    drawer = Drawer()
    found = [drawn_as(drawer.scene(number)) for number in range(SCENES)]
    PINS.write_text(json.dumps(found, indent=0) + "\n", "utf-8")
