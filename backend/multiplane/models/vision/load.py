"""Loading the models that look at pictures, from folders on this computer."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from multiplane.contract.errors import Failure
from multiplane.models import memory
from multiplane.models.facts import VisionProfile
from multiplane.models.load import checked_folder, quiet, readable
from multiplane.models.vision.clipseg import ClipSeg
from multiplane.models.vision.grounding_dino import GroundingDino
from multiplane.models.vision.sam3 import Sam3
from multiplane.models.vision.segment_anything import SegmentAnything
from multiplane.models.vision.vitmatte import VitMatte

LOADERS: Mapping[str, Callable[[Path, str], Any]] = MappingProxyType(
    {
        "clipseg": ClipSeg.load,
        "grounding-dino": GroundingDino.load,
        "mm-grounding-dino": GroundingDino.load_mm,
        "sam2": SegmentAnything.load_sam2,
        "edgetam": SegmentAnything.load_edgetam,
        "sam3": Sam3.load,
        "vitmatte": VitMatte.load,
    }
)
"""By architecture: from a folder and a device to what has its role (`models.vision.seen`)."""


def load_vision(wanted: VisionProfile, device: str = "auto") -> Any:
    """The model of `wanted` in float32, as the protocol of its role in `models.vision.seen`.

    Raises Failure `models.missing`, `models.package_missing`, `models.device_missing` or
    `models.unreadable`, and as `check_model_folder` for a folder of the user's own.
    """
    folder = checked_folder(wanted)
    machine = memory.look_at_machine(device)
    with quiet(), readable(wanted.name, folder):
        try:
            return LOADERS[wanted.architecture](folder, machine.device)
        except ImportError as error:
            lacking = [name for name in wanted.packages if importlib.util.find_spec(name) is None]
            if not lacking:
                raise
            raise Failure(
                "models.package_missing",
                f"{wanted.name} needs {' and '.join(lacking)}, which Multiplane does not bring.",
                value=wanted.name,
                remedy=f"Install into Multiplane's environment: pip install {' '.join(lacking)}. "
                "Or use sam-2.1-tiny, which needs nothing more.",
            ) from error
