"""The default cutter: what the picture model attended to."""

from __future__ import annotations

from multiplane.layers.cut import Segmentation
from multiplane.layers.cutters.decomposer import ATTENTION, Decomposer, Scene
from multiplane.layers.judged import cut_and_judge
from multiplane.models.calibration import Calibration


def by_attention(background_floor: float, calibration: Calibration | None) -> Decomposer:
    """Cuts where the model looked. background_floor, calibration: of the model that looked."""

    def decompose(scene: Scene) -> Segmentation:
        if scene.seen is None:
            raise ValueError("nobody looked at the picture with attention captured")
        return cut_and_judge(
            scene.picture,
            scene.seen,
            scene.wanted,
            background_floor=background_floor,
            calibration=calibration,
            standing=scene.standing,
        )

    return Decomposer(
        ATTENTION, decompose, needs_attention=True, calibrated=calibration is not None
    )
