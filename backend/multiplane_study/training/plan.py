"""How much of everything the bundled models are made with."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from multiplane_study.training.painter import PainterTraining

SIZES = {(256, 256): 1_000_000, (448, 256): 2_000_000}
"""The sizes that scenes are drawn at, with the first seed of each."""
ARTISTS_SIZES = {(256, 256): 3_000_000, (448, 256): 4_000_000}
"""The same for scenes that are composed of other people's drawings."""
HELD_OUT = 128
"""Scenes of each size at the end of the corpus that the supervised models do not see."""


JUDGE_SCENES = (12_800, 6_784)
"""Square and wide, for a judge that is trained by itself; some 10 GB of memory."""


@dataclass(frozen=True)
class Plan:
    """How much of everything; the bundled model began so and was trained on, as its card says."""

    folder: Path  # where corpus and checkpoints lie; about 4 GB
    square_scenes: int = 4800
    wide_scenes: int = 4800
    artwork: Path | None = None  # folder of other people's drawings; None = learn from none
    artists_scenes: int = 6400  # of each size, where there is artwork
    small_height: int = 128  # px, of the painter's first steps
    height: int = 192  # px, of the painter's other steps and of its pictures
    decoder_steps: int = 1600
    depth_steps: int = 700
    depth_start: Path | None = None  # folder of a trained depth model that goes on
    judge_steps: int = 4000
    workers: int = field(default_factory=lambda: min(4, os.cpu_count() or 1))
    painter: PainterTraining = field(
        default_factory=lambda: PainterTraining(steps=4950, small_steps=4100, decay_steps=850)
    )
