"""Offsets to a U-Net's weights, in files that name them as Stability AI's own code does.

LayerDiffuse's are such: `diffusion_model.input_blocks.4.1.norm.weight::diff::0` is added to what
diffusers calls `down_blocks.1.attentions.0.norm.weight`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

_PREFIX = "diffusion_model."
_KIND = "::diff::0"
_IN_RESNET = MappingProxyType(
    {
        "in_layers.0": "norm1",
        "in_layers.2": "conv1",
        "emb_layers.1": "time_emb_proj",
        "out_layers.0": "norm2",
        "out_layers.3": "conv2",
        "skip_connection": "conv_shortcut",
    }
)
_ALONE = MappingProxyType(
    {
        "input_blocks.0.0": "conv_in",
        "time_embed.0": "time_embedding.linear_1",
        "time_embed.2": "time_embedding.linear_2",
        "label_emb.0.0": "add_embedding.linear_1",
        "label_emb.0.2": "add_embedding.linear_2",
        "middle_block.0": "mid_block.resnets.0",
        "middle_block.1": "mid_block.attentions.0",
        "middle_block.2": "mid_block.resnets.1",
        "out.0": "conv_norm_out",
        "out.2": "conv_out",
    }
)


def add_offsets(unet: Any, offsets: Mapping[str, Any]) -> None:
    """Add them to the weights of a `UNet2DConditionModel`, in place, in its own dtype.

    Where the first convolution's offset is of more channels than the U-Net's, the weights of those
    start from zero. Raises ValueError, before anything is changed, for a name or a shape that the
    U-Net does not have.
    """
    import torch

    names = diffusers_names(unet)
    found = {_translated(name, names): offset for name, offset in offsets.items()}
    own = dict(unet.named_parameters())
    if len(found) < len(offsets):
        raise ValueError("two of the offsets are for the same weights")
    wide = found.get("conv_in.weight")
    channels = unet.conv_in.in_channels if wide is None or wide.ndim != 4 else wide.shape[1]
    for name, offset in found.items():
        if name not in own:
            raise ValueError(f"the U-Net has no weights {name}")
        shape = list(own[name].shape)
        if name == "conv_in.weight" and channels > shape[1]:
            shape[1] = channels
        if list(offset.shape) != shape:
            raise ValueError(f"{name} is of {shape}, its offset of {list(offset.shape)}")
    if channels > unet.conv_in.in_channels:
        unet.conv_in = _widened(unet.conv_in, channels)
        own = dict(unet.named_parameters())
    with torch.no_grad():
        for name, offset in found.items():
            weights = own[name]
            weights.copy_(weights.float() + offset.to(weights.device, torch.float32))


def diffusers_names(unet: Any) -> dict[str, str]:
    """From the name of each module in Stability AI's code to diffusers', for this U-Net."""
    names = dict(_ALONE)
    place = 0
    for level, block in enumerate(unet.down_blocks):
        attends = getattr(block, "attentions", None) or ()
        for layer in range(len(block.resnets)):
            place += 1
            names[f"input_blocks.{place}.0"] = f"down_blocks.{level}.resnets.{layer}"
            if attends:
                names[f"input_blocks.{place}.1"] = f"down_blocks.{level}.attentions.{layer}"
        if block.downsamplers:
            place += 1
            names[f"input_blocks.{place}.0.op"] = f"down_blocks.{level}.downsamplers.0.conv"
    place = -1
    for level, block in enumerate(unet.up_blocks):
        attends = getattr(block, "attentions", None) or ()
        for layer in range(len(block.resnets)):
            place += 1
            names[f"output_blocks.{place}.0"] = f"up_blocks.{level}.resnets.{layer}"
            if attends:
                names[f"output_blocks.{place}.1"] = f"up_blocks.{level}.attentions.{layer}"
        if block.upsamplers:
            behind = 2 if attends else 1
            names[f"output_blocks.{place}.{behind}.conv"] = f"up_blocks.{level}.upsamplers.0.conv"
    return names


def _translated(name: str, names: Mapping[str, str]) -> str:
    if not name.startswith(_PREFIX) or not name.endswith(_KIND):
        raise ValueError(f"{name} is no offset to a U-Net's weights")
    parts = name[len(_PREFIX) : -len(_KIND)].split(".")
    for end in range(len(parts), 0, -1):
        module = names.get(".".join(parts[:end]))
        if module is None:
            continue
        rest = ".".join(parts[end:])
        if ".resnets." in module:
            inner, _, last = rest.rpartition(".")
            rest = f"{_IN_RESNET.get(inner, inner)}.{last}"
        return f"{module}.{rest}"
    raise ValueError(f"the U-Net has no place for {name}")


def _widened(conv: Any, channels: int) -> Any:
    """The convolution with more input channels, whose weights are zero."""
    import torch

    wide = torch.nn.Conv2d(
        channels, conv.out_channels, conv.kernel_size, conv.stride, conv.padding
    ).to(conv.weight.device, conv.weight.dtype)
    with torch.no_grad():
        wide.weight.zero_()
        wide.weight[:, : conv.in_channels] = conv.weight
        wide.bias.copy_(conv.bias)
    return wide
