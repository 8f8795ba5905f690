"""LayerDiffuse's decoder: a picture and the latent that it came of to colour and transparency.

The architecture is adapted from lllyasviel/LayerDiffuse_DiffusersCLI, `lib_layerdiffuse/vae.py`
(Apache-2.0), whose weights it must fit: changed are the loading and the typing, and its widths are
those of the weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

LEVELS = 7
SIDE_MULTIPLE = 2 ** (LEVELS - 1)
"""px of which a picture's sides must be multiples: each level but the last halves them."""
_PLAIN = 4  # levels, the largest, without attention
_LATENT_AT = 3  # the level whose pixels are as large as the latent's
_GROUPS = 4
_HEAD = 8
_EPS = 1e-5


def decoder_of(weights: Mapping[str, Any]) -> Any:
    """The decoder with these weights, in float32 on the CPU. Raises where they are of another."""
    first = [weights[f"down_blocks.{level}.resnets.0.conv1.weight"] for level in range(LEVELS)]
    decoder = built([len(one) for one in first], int(weights["latent_conv_in.weight"].shape[1]))
    decoder.load_state_dict(weights, strict=True)
    return decoder.float().eval()


def built(widths: Sequence[int], latent_channels: int) -> Any:
    """The decoder with random weights. widths: channels of each level, the largest level first."""
    return _module()(widths, latent_channels)


def rgba(decoder: Any, pixels: Any, latent: Any) -> Any:
    """Straight RGBA (1, 4, H, W) 0..1: at each place the median of what eight views give.

    pixels (1, 3, H, W) 0..1: the autoencoder's decoding of latent (1, C, H/8, W/8). The views are
    the picture turned by quarters, and mirrored and turned.
    """
    import torch

    views = []
    for mirrored in (False, True):
        for quarters in range(4):
            seen = [_turned(one, mirrored, quarters) for one in (pixels, latent)]
            made = torch.rot90(decoder(*seen).clamp(0.0, 1.0), -quarters, (2, 3))
            views.append(made.flip(3) if mirrored else made)
    found = torch.stack(views).median(dim=0).values
    return torch.cat([found[:, 1:], found[:, :1]], dim=1)  # it gives alpha first


def _turned(values: Any, mirrored: bool, quarters: int) -> Any:
    import torch

    return torch.rot90(values.flip(3) if mirrored else values, quarters, (2, 3))


@cache
def _module() -> type[Any]:
    """The class; made when it is wanted, since importing torch takes a second."""
    import torch
    from diffusers.models.unets.unet_2d_blocks import UNetMidBlock2D, get_down_block, get_up_block

    class TransparentDecoder(torch.nn.Module):
        """A U-Net without time over pixels, into which the latent is added on its own grid."""

        def __init__(self, widths: Sequence[int], latent_channels: int) -> None:
            super().__init__()
            shared: dict[str, Any] = {
                "temb_channels": None,
                "resnet_eps": _EPS,
                "resnet_act_fn": "silu",
                "resnet_groups": _GROUPS,
                "attention_head_dim": _HEAD,
                "resnet_time_scale_shift": "default",
                "dropout": 0.0,
            }
            self.conv_in = torch.nn.Conv2d(3, widths[0], 3, padding=1)
            self.latent_conv_in = torch.nn.Conv2d(latent_channels, widths[_LATENT_AT - 1], 1)
            self.down_blocks = torch.nn.ModuleList(
                get_down_block(
                    "DownBlock2D" if level < _PLAIN else "AttnDownBlock2D",
                    num_layers=2,
                    in_channels=widths[max(0, level - 1)],
                    out_channels=width,
                    add_downsample=level < LEVELS - 1,
                    downsample_padding=1,
                    downsample_type="conv",
                    **shared,
                )
                for level, width in enumerate(widths)
            )
            self.mid_block = UNetMidBlock2D(
                in_channels=widths[-1],
                temb_channels=None,
                resnet_eps=_EPS,
                resnet_groups=_GROUPS,
                attention_head_dim=_HEAD,
                add_attention=True,
            )
            back = widths[::-1]
            self.up_blocks = torch.nn.ModuleList(
                get_up_block(
                    "AttnUpBlock2D" if level < LEVELS - _PLAIN else "UpBlock2D",
                    num_layers=3,
                    in_channels=back[min(level + 1, LEVELS - 1)],
                    out_channels=width,
                    prev_output_channel=back[max(0, level - 1)],
                    add_upsample=level < LEVELS - 1,
                    upsample_type="conv",
                    **shared,
                )
                for level, width in enumerate(back)
            )
            self.conv_norm_out = torch.nn.GroupNorm(_GROUPS, widths[0], eps=_EPS)
            self.conv_out = torch.nn.Conv2d(widths[0], 4, 3, padding=1)

        def forward(self, pixels: Any, latent: Any) -> Any:
            """(1, 4, H, W): alpha, red, green, blue. pixels (1, 3, H, W), latent as of `rgba`."""
            sample = self.conv_in(pixels)
            skipped = [sample]
            for level, block in enumerate(self.down_blocks):
                if level == _LATENT_AT:
                    sample = sample + self.latent_conv_in(latent)
                sample, kept = block(hidden_states=sample, temb=None)
                skipped += kept
            sample = self.mid_block(sample, None)
            for up in self.up_blocks:
                count = len(up.resnets)
                sample = up(sample, tuple(skipped[-count:]), None)
                del skipped[-count:]
            sample = torch.nn.functional.silu(self.conv_norm_out(sample))
            return self.conv_out(sample)

    return TransparentDecoder
