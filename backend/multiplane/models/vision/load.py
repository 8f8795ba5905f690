"""Loading the models that look at pictures, from folders on this computer."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from multiplane.contract.errors import Failure
from multiplane.models import machine
from multiplane.models.facts import VisionProfile
from multiplane.models.load import checked_folder, quiet, readable
from multiplane.models.vision.clipseg import ClipSeg
from multiplane.models.vision.dinov2 import Dinov2
from multiplane.models.vision.grounding_dino import GroundingDino
from multiplane.models.vision.layer_diffuse import LayerDiffuse
from multiplane.models.vision.qwen_image_layered import QwenImageLayered
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
        "qwen-image-layered": QwenImageLayered.load,
        "layerdiffuse": LayerDiffuse.load,
        "dinov2": Dinov2.load,
    }
)
"""By architecture: from a folder and a device to what has its role (`models.vision.seen`)."""


def load_vision(wanted: VisionProfile, device: str = "auto") -> Any:
    """The model of `wanted`, as the protocol of its role in `models.vision.seen`.

    In float32; a pipeline by the best of its memory plans that fits. Raises Failure
    `models.missing`, `models.memory`, `models.package_missing`, `models.device_missing` or
    `models.unreadable`, and as `check_model_folder` for a folder of the user's own.
    """
    folder = checked_folder(wanted)
    here = machine.look_at_machine(device)
    with quiet(), readable(wanted.name, folder):
        try:
            return LOADERS[wanted.architecture](folder, here.device)
        except ImportError as error:
            lacking = [name for name in wanted.packages if importlib.util.find_spec(name) is None]
            if not lacking:
                raise
            raise Failure(
                "models.package_missing",
                "{model} needs {packages}, which Multiplane does not bring.",
                value=wanted.name,
                remedy="Install into Multiplane's environment: pip install {wanted}. Or "
                "use sam-2.1-tiny, which needs nothing more.",
                values={
                    "model": wanted.name,
                    "packages": ", ".join(lacking),
                    "wanted": " ".join(lacking),
                },
            ) from error
