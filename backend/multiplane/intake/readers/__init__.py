"""The readers of storyboards, one module per format. Importing this package registers all."""

from __future__ import annotations

from multiplane.intake.readers import (
    json_storyboard,
    picture_folder,
    screenplay,
    shot_list,
    storyboarder,
)

__all__ = ["json_storyboard", "picture_folder", "screenplay", "shot_list", "storyboarder"]
