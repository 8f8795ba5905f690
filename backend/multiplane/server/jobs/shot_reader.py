"""A shot that was made, read back from its folder without its pixels."""

from __future__ import annotations

from pathlib import Path

from multiplane.contract.errors import Failure
from multiplane.contract.manifest import Manifest


def read_made(folder: Path) -> tuple[Manifest, tuple[int, int]]:
    """The manifest in a shot's folder, and its picture's (width, height) px.

    Raises Failure `shot.not_finished` when nothing was made yet.
    """
    # A server that waits needs no pictures.
    from multiplane.deliver.result_files import open_png, read_text

    try:
        manifest = Manifest.model_validate_json(read_text(folder / "manifest.json"))
        with open_png(folder / manifest.files.picture) as picture:
            return manifest, picture.size
    except (OSError, ValueError) as error:
        raise Failure(
            "shot.not_finished",
            "The shot has no layers yet.",
            field="shot",
            remedy="Its layers can be seen and corrected once it was made.",
        ) from error
