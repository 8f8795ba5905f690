"""What the bundled model's calibration says of the project's own scenes."""

from __future__ import annotations

from multiplane.models.familiar import novelty
from multiplane.models.profiles import BUNDLED, profile
from multiplane_study.scenes import STYLES, draw_scene

EACH = 6


def test_no_style_of_its_own_scenes_passes_for_photographs() -> None:
    reads = profile(str(BUNDLED / "storyboard-mini" / "reader"))
    for style in STYLES:
        pictures = [draw_scene(seed, 448, 256, style=style).picture for seed in range(EACH)]
        assert sum(novelty(reads, picture) > 1.0 for picture in pictures) <= 1, style
