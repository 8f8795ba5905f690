"""Model folders of real classes at tiny sizes, as `from_pretrained` reads them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.tiny_models import tiny_pipeline


def save_tiny_pipeline(folder: Path, **profile: object) -> Path:
    """A `ZImagePipeline` folder with random weights; `profile` goes into its profile.json."""
    tiny_pipeline().save_pretrained(folder, safe_serialization=True)
    facts = {
        "steps": 3,
        "guidance": 2.0,
        "native_short_side": 64,
        "capture": {"blocks": [1, 2], "draws": 2},
        **profile,
    }
    (folder / "profile.json").write_text(json.dumps(facts))
    return folder


def add_tiny_reader(pipeline: Path, **profile: object) -> Path:
    """Reading weights of two blocks beside a pipeline that `save_tiny_pipeline` made."""
    reader = pipeline / "reader"
    tiny_pipeline(seed=7, layers=2).save_pretrained(reader, safe_serialization=True)
    shutil.rmtree(reader / "vae")
    facts = {"version": "tiny", "capture": {"blocks": [1], "draws": 1}, **profile}
    (reader / "profile.json").write_text(json.dumps(facts))
    path = pipeline / "profile.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "reader": "reader"}))
    return reader


def save_tiny_depth(folder: Path) -> Path:
    """A `DepthAnythingForDepthEstimation` folder with random weights."""
    import torch
    from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation, Dinov2Config

    backbone = Dinov2Config(
        hidden_size=32,
        num_hidden_layers=4,
        num_attention_heads=2,
        intermediate_size=64,
        image_size=70,
        patch_size=14,
        out_features=["stage1", "stage2", "stage3", "stage4"],
        reshape_hidden_states=False,
        apply_layernorm=True,
    )
    config = DepthAnythingConfig(
        backbone_config=backbone,
        reassemble_hidden_size=32,
        neck_hidden_sizes=[8, 16, 16, 16],
        fusion_hidden_size=16,
        head_hidden_size=8,
        patch_size=14,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = DepthAnythingForDepthEstimation(config)
        for parameter in model.parameters():
            if parameter.ndim > 1:
                torch.nn.init.normal_(parameter, std=0.2)
        # Its last layers end in a ReLU: a positive bias keeps a random model from all zeros.
        torch.nn.init.constant_(model.head.conv3.bias, 5.0)
    model.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(
        json.dumps(
            {
                "image_processor_type": "DPTImageProcessor",
                "do_resize": True,
                "size": {"height": 70, "width": 70},
                "keep_aspect_ratio": True,
                "ensure_multiple_of": 14,
                "resample": 3,
                "do_rescale": True,
                "rescale_factor": 1 / 255,
                "do_normalize": True,
                "image_mean": [0.485, 0.456, 0.406],
                "image_std": [0.229, 0.224, 0.225],
            }
        )
    )
    return folder
