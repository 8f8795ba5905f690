"""Depth models: Depth Anything (relative and metric) and Depth Pro, as disparity."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from multiplane.models.model_json import model_type
from multiplane.models.vision.pretrained import local, square
from multiplane.models.vision.seen import Picture

_NEAREST_M = 0.1
"""Metres: what a metric model sees nearer than that is as near."""
_HALF = (0.5, 0.5, 0.5)


class DisparityModel(Protocol):
    """What `load_disparity` gives."""

    def disparity(self, picture: Picture) -> Any:
        """A tensor (h, w) over the whole picture (H, W, 3): larger is nearer, evenly in 1/depth."""
        ...


@dataclass(frozen=True)
class DepthAnything:
    """Predicts disparity up to scale and shift; its metric weights predict metres."""

    model: Any
    processor: Any
    device: str

    @classmethod
    def load(cls, folder: Path, device: str) -> DepthAnything:
        from transformers import AutoImageProcessor, DepthAnythingForDepthEstimation

        model = local(DepthAnythingForDepthEstimation, folder, weights=True).to(device).eval()
        return cls(model, local(AutoImageProcessor, folder), device)

    def disparity(self, picture: Picture) -> Any:
        import torch

        inputs = self.processor(images=picture, return_tensors="pt").to(self.device)
        with torch.inference_mode():
            found = self.model(**inputs).predicted_depth[0].float()
        if self.model.config.depth_estimation_type == "metric":
            return 1.0 / found.clamp(min=_NEAREST_M)
        return found


@dataclass(frozen=True)
class DepthPro:
    """Predicts disparity in units of the picture's own field of view; sees one large square."""

    model: Any
    device: str

    @classmethod
    def load(cls, folder: Path, device: str) -> DepthPro:
        from transformers import DepthProForDepthEstimation

        # Only for metres the field of view would have to be known.
        model = local(DepthProForDepthEstimation, folder, weights=True, use_fov_model=False)
        return cls(model.to(device).eval(), device)

    @property
    def side(self) -> int:
        """Of the square, px: its smallest scale is one patch."""
        config = self.model.config
        return round(config.patch_size / config.scaled_images_ratios[0])

    def disparity(self, picture: Picture) -> Any:
        import torch

        pixels = square(picture, self.side, _HALF, _HALF).to(self.device)
        with torch.inference_mode():
            return self.model(pixel_values=pixels).predicted_depth[0].float()


_LOADERS: Mapping[str, Callable[[Path, str], DisparityModel]] = MappingProxyType(
    {"depth_anything": DepthAnything.load, "depth_pro": DepthPro.load}
)


def load_disparity(folder: Path, device: str) -> DisparityModel:
    """The depth model in `folder`. Raises InputError `models.kind_unknown`."""
    lacks = "This model's folder holds no depth model that is known here."
    return _LOADERS[model_type(folder, _LOADERS, lacks)](folder, device)
