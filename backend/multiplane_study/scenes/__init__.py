"""StylizedBench: procedurally drawn storyboard scenes with exact truth.

A scene is a picture in one of five drawing styles with what a shot's layers need as truth:
captions with phrase spans, soft mattes, whole subjects behind what hides them, the clean
background and depth.
"""

from __future__ import annotations

from .captions import caption_for
from .draw import draw_scene
from .model import Scene, SceneSubject
from .vocabulary import COLOURS, KINDS, PLACES, STYLES

# Seeds that no training may use, and the seeds that training draws from.
HELD_OUT_SEEDS = range(0, 10_000)
TRAINING_SEEDS = range(1_000_000, 2**31)

__all__ = [
    "COLOURS", "HELD_OUT_SEEDS", "KINDS", "PLACES", "STYLES", "TRAINING_SEEDS",
    "Scene", "SceneSubject", "caption_for", "draw_scene",
]  # fmt: skip
