"""What old versions of Photoshop wrote in another way, told to psd-tools in the present one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from psd_tools.api.adjustments import register
from psd_tools.api.layers import AdjustmentLayer
from psd_tools.composite.adjustments import ADJUSTMENT_FUNC
from psd_tools.constants import Tag
from psd_tools.psd.descriptor import Bool, Descriptor

if TYPE_CHECKING:
    from psd_tools import PSDImage

_MIDDLE = 127.0
_EFFECTS = (Tag.OBJECT_BASED_EFFECTS_LAYER_INFO, Tag.OBJECT_BASED_EFFECTS_LAYER_INFO_V0,
            Tag.OBJECT_BASED_EFFECTS_LAYER_INFO_V1)  # fmt: skip


@register(Tag.BRIGHTNESS_AND_CONTRAST)
class OldBrightnessContrast(AdjustmentLayer):
    """Brightness/Contrast with "Use Legacy", which psd-tools takes for a layer without pixels."""


def present_effects(psd: PSDImage) -> None:
    """Mark effects as there that the file says nothing of but that they are switched on.

    Versions before Photoshop CC wrote no "present"; psd-tools leaves out what has none.
    """
    for layer in psd.descendants():
        for tag in _EFFECTS:
            data = layer.tagged_blocks.get_data(tag)
            for effect in data.values() if isinstance(data, Descriptor) else ():
                if (
                    isinstance(effect, Descriptor)
                    and b"enab" in effect
                    and b"present" not in effect
                ):
                    effect[b"present"] = Bool(bool(effect[b"enab"]))


def _apply(colours: NDArray[np.float32], mode: Any, layer: Any) -> NDArray[np.float32]:
    """Straight lines: raised contrast turns the tones that are brightened, lowered the others."""
    brightness, contrast = _signed(layer._data.brightness), _signed(layer._data.contrast)
    tones = colours * np.float32(255.0) - np.float32(_MIDDLE)
    if contrast >= 0:
        steep = 1.0 / max(1.0 - contrast / 100.0, 1e-3)
        tones = (tones + brightness) * np.float32(steep)
    else:
        tones = tones * np.float32(1.0 + contrast / 100.0) + brightness
    return np.clip((tones + np.float32(_MIDDLE)) / np.float32(255.0), 0.0, 1.0, dtype=np.float32)


def _signed(value: int) -> int:
    """Of 16 bits, which psd-tools reads without a sign."""
    return value - 0x10000 if value >= 0x8000 else value


ADJUSTMENT_FUNC[OldBrightnessContrast.__name__.lower()] = _apply
