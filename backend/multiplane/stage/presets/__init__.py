"""The camera presets, each a small registered function. Importing this package registers all.

A preset turns (setting, move, amount) into as few keys as express the move. Presets that cannot
stay inside the picture without overscan go through the picture's own framing half way: that
needs half as much.
"""

from __future__ import annotations

from multiplane.stage.presets import framed, lens, loose, travel, turn

__all__ = ["framed", "lens", "loose", "travel", "turn"]
