"""A shot that was made, read back from its folder without its pixels."""

from __future__ import annotations

from pathlib import Path

from multiplane.contract.errors import Failure, InputError
from multiplane.contract.manifest import Manifest
from multiplane.contract.output_folder import ShotFolder


def read_made(folder: Path) -> tuple[Manifest, tuple[int, int]]:
    """The manifest in a shot's folder, and its picture's (width, height) px.

    Raises Failure `shot.not_finished` when nothing was made yet.
    """
    # A server that waits needs no pictures.
    from multiplane.deliver.shot_pictures import picture_size

    try:
        shot = ShotFolder.open(folder)
        return shot.manifest, picture_size(shot)
    except InputError as error:
        raise Failure(
            "shot.not_finished",
            "The shot has no layers yet.",
            field="shot",
            remedy="Its layers can be seen and corrected once it was made.",
        ) from error
