"""Training of the bundled depth model: a small Depth Anything with a small DINOv2 backbone.

Architecture: Yang et al., "Depth Anything V2", 2024, as transformers builds it.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn
from torch.nn import functional
from transformers import (
    DepthAnythingConfig,
    DepthAnythingForDepthEstimation,
    Dinov2Config,
    DPTImageProcessor,
)

from multiplane.contract.errors import InputError
from multiplane_study.training.supervised import Examples

PATCH = 14
SHORT_SIDE = 126  # px, nine patches


def new_depth_model() -> DepthAnythingForDepthEstimation:
    """An untrained model of the bundled shape (about 0.7 million parameters)."""
    backbone = Dinov2Config(
        image_size=SHORT_SIDE,
        patch_size=PATCH,
        hidden_size=96,
        num_hidden_layers=4,
        num_attention_heads=4,
        mlp_ratio=3,
        out_features=["stage1", "stage2", "stage3", "stage4"],
        reshape_hidden_states=False,
        apply_layernorm=True,
    )
    config = DepthAnythingConfig(
        backbone_config=backbone,
        patch_size=PATCH,
        reassemble_hidden_size=96,
        reassemble_factors=[4, 2, 1, 0.5],
        neck_hidden_sizes=[16, 32, 64, 64],
        fusion_hidden_size=32,
        head_in_index=-1,
        head_hidden_size=16,
        depth_estimation_type="relative",
    )
    model = DepthAnythingForDepthEstimation(config)
    # The head ends in a ReLU: from a start at zero most of it would never wake up.
    nn.init.constant_(model.head.conv3.bias, 0.5)
    return model


def read_depth_model(folder: Path) -> DepthAnythingForDepthEstimation:
    """A trained model, to go on from.

    Raises InputError `study.no_depth_model` for a folder without one.
    """
    if not (folder / "config.json").is_file():
        raise InputError(
            "study.no_depth_model",
            "There is no depth model to go on from.",
            file=str(folder),
            value=str(folder),
            remedy="--depth-steps goes on from the folder that is called as --start's, with "
            '"-depth" behind it. Put one there, or leave --depth-steps out.',
        )
    return DepthAnythingForDepthEstimation.from_pretrained(folder, dtype=torch.float32)


def new_image_processor() -> DPTImageProcessor:
    """What brings a picture to the size and range that the model was trained at."""
    return DPTImageProcessor(
        do_resize=True,
        size={"height": SHORT_SIDE, "width": SHORT_SIDE},
        ensure_multiple_of=PATCH,
        keep_aspect_ratio=True,
        resample=3,
        do_rescale=True,
        do_normalize=True,
        image_mean=[0.5, 0.5, 0.5],
        image_std=[0.5, 0.5, 0.5],
        do_pad=False,
    )


def _sized(images: torch.Tensor) -> torch.Tensor:
    height, width = images.shape[-2:]
    columns = round(SHORT_SIDE * width / height / PATCH) * PATCH
    return functional.interpolate(images, (SHORT_SIDE, columns), mode="area")


def depth_loss(model: nn.Module, pictures: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """L1 of the nearness and of its gradients, which keeps contours sharp."""
    predicted = model(_sized(pictures)).predicted_depth
    wanted = _sized(truth[:, None].float() / 255.0)[:, 0]
    wanted = functional.interpolate(wanted[:, None], predicted.shape[-2:], mode="area")[:, 0]
    loss = functional.l1_loss(predicted, wanted)
    for axis in (-1, -2):
        loss = loss + functional.l1_loss(predicted.diff(dim=axis), wanted.diff(dim=axis))
    return loss


@torch.no_grad()
def depth_error(model: nn.Module, examples: Examples) -> float:
    """Mean absolute error of nearness, 0..1, over held-out scenes."""
    from multiplane_study.training.autoencoder import to_tensor

    errors = []
    for picture, truth in zip(examples.pictures, examples.truth, strict=True):
        predicted = model(_sized(to_tensor(picture[None]))).predicted_depth
        wanted = _sized(torch.from_numpy(truth)[None, None].float() / 255.0)
        wanted = functional.interpolate(wanted, predicted.shape[-2:], mode="area")[:, 0]
        errors.append(float(functional.l1_loss(predicted, wanted)))
    return sum(errors) / len(errors)
