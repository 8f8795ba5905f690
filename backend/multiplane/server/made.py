"""A shot that was made, read back from its folder without its pixels."""

from __future__ import annotations

from pathlib import Path

from multiplane.contract.errors import Failure
from multiplane.contract.manifest import Manifest


def read_made(folder: Path) -> tuple[Manifest, tuple[int, int]]:
    """The manifest in a shot's folder, and its picture's (width, height) px.

    Raises Failure `shot.not_finished` when nothing was made yet.
    """
    from PIL import Image  # a server that waits needs no pictures

    try:
        manifest = Manifest.model_validate_json((folder / "manifest.json").read_text("utf-8"))
        with Image.open(folder / manifest.files.picture) as picture:
            return manifest, picture.size
    except (OSError, ValueError) as error:
        raise Failure(
            "shot.not_finished",
            "The shot has no layers yet.",
            field="shot",
            remedy="Its layers can be seen and corrected once it was made.",
        ) from error
