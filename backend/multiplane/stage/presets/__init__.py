"""The camera presets, each a small registered function. Importing this package registers all.

A preset turns (scene, move, amount) into as few keys as express the move. Presets that cannot
stay inside the picture without overscan go through the picture's own framing half way: that
needs half as much.
"""

from __future__ import annotations

# isort: off
# In this order they are listed.
from multiplane.stage.presets import travel, turn, lens, loose, framed

__all__ = ["framed", "lens", "loose", "travel", "turn"]
