"""What stays from board to board."""

from __future__ import annotations

from multiplane_study.commands.options import DepthModel, Device, JsonFile, Limit, Model
from multiplane_study.terminal import counting, finish


def plates(
    limit: Limit = None,
    model: Model = "storyboard-mini",
    depth_model: DepthModel = "storyboard-mini-depth",
    device: Device = "auto",
    json_file: JsonFile = None,
) -> None:
    """Measure what of a place stays from board to board, over a shared plate and without.

    Three boards each of eight places, in words of the bundled model's world: share of the
    background layer that is equal to the pixel, IoU of the backgrounds' areas, layers that keep
    their names and ids, and time. --limit: how many places (default all eight).
    """
    from multiplane.produce.studio import Studio
    from multiplane_study.plates import SCENES, measure_plates

    with counting("places") as on_scene:
        result = measure_plates(
            Studio(model, depth_model, device),
            scenes=min(limit or len(SCENES), len(SCENES)),
            on_scene=on_scene,
        )
    finish(result.report(), json_file)
