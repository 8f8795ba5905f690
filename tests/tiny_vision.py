"""Folders of the real classes that look at pictures, tiny and with random weights: no mocks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.tiny_families import tiny_clip_tokenizer, tiny_qwen_image_layered, tiny_sdxl
from tests.tiny_folders import save_tiny_depth, save_tiny_pipeline

IMAGENET = {
    "do_rescale": True,
    "rescale_factor": 1 / 255,
    "do_normalize": True,
    "image_mean": [0.485, 0.456, 0.406],
    "image_std": [0.229, 0.224, 0.225],
}
WORDS = "a an the red blue warrior princess knight dragon house fox tree boat of and ball box disc"


def _random(build: Any, *, std: float = 0.2) -> Any:
    """A model with seeded weights, wider than usual: its answers differ from place to place."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = build()
        for parameter in model.parameters():
            if parameter.ndim > 1:
                torch.nn.init.normal_(parameter, std=std)
    return model.eval()


def _told(folder: Path, **facts: object) -> Path:
    (folder / "preprocessor_config.json").write_text(json.dumps(facts))
    return folder


def save_tiny_dinov2(folder: Path) -> Path:
    """A `Dinov2Model` of two layers, in patches of 14 px."""
    from transformers import Dinov2Config, Dinov2Model

    config = Dinov2Config(
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        image_size=70,
        patch_size=14,
    )
    _random(lambda: Dinov2Model(config)).save_pretrained(folder)
    return folder


def save_tiny_clipseg(folder: Path) -> Path:
    """A `CLIPSegForImageSegmentation` that sees 64 px, in patches of 8."""
    from transformers import CLIPSegConfig, CLIPSegForImageSegmentation

    tokenizer = tiny_clip_tokenizer()
    small = {"num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 32}
    config = CLIPSegConfig(
        text_config={
            **small,
            "hidden_size": 16,
            "vocab_size": len(tokenizer),
            "eos_token_id": tokenizer.eos_token_id,
        },
        vision_config={**small, "hidden_size": 16, "image_size": 64, "patch_size": 8},
        projection_dim=16,
        extract_layers=[0, 1, 2],
        reduce_dim=8,
        decoder_num_attention_heads=2,
        decoder_intermediate_size=16,
    )
    _random(lambda: CLIPSegForImageSegmentation(config)).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return _told(
        folder,
        **IMAGENET,
        image_processor_type="ViTImageProcessor",
        processor_class="CLIPSegProcessor",
        do_resize=True,
        size={"height": 64, "width": 64},
        resample=2,
    )


def _sam(prefix: str, vision: Any) -> Any:
    """A model of the SAM 2 kind round a vision configuration that sees 128 px."""
    import transformers

    named = {
        name: getattr(transformers, f"{prefix}{name}")
        for name in ("Config", "PromptEncoderConfig", "MaskDecoderConfig", "Model")
    }
    prompts = named["PromptEncoderConfig"](hidden_size=32, image_size=128, patch_size=16)
    masks = named["MaskDecoderConfig"](
        hidden_size=32, num_attention_heads=2, mlp_dim=32, iou_head_hidden_dim=32,
        attention_downsample_rate=2,
    )  # fmt: skip
    config = named["Config"](
        vision_config=vision, prompt_encoder_config=prompts, mask_decoder_config=masks
    )
    return _random(lambda: named["Model"](config))


def _hiera() -> Any:
    from transformers import Sam2VisionConfig
    from transformers.models.sam2.configuration_sam2 import Sam2HieraDetConfig

    backbone = Sam2HieraDetConfig(
        hidden_size=8, image_size=[128, 128], blocks_per_stage=[1, 1, 2, 1],
        embed_dim_per_stage=[8, 16, 24, 32], num_attention_heads_per_stage=[1, 1, 2, 2],
        window_size_per_stage=[8, 4, 4, 4], global_attention_blocks=[3],
    )  # fmt: skip
    return Sam2VisionConfig(
        backbone_config=backbone,
        backbone_channel_list=[32, 24, 16, 8],
        backbone_feature_sizes=[[32, 32], [16, 16], [8, 8]],
        fpn_hidden_size=32,
    )


def save_tiny_sam2(folder: Path) -> Path:
    """A `Sam2Model` that sees 128 px."""
    _sam("Sam2", _hiera()).save_pretrained(folder)
    return folder


def save_tiny_edgetam(folder: Path) -> Path:
    """An `EdgeTamModel` that sees 128 px.

    Its own encoder is timm's, which wants torchvision; in its place there is SAM 2's here.
    """
    _sam("EdgeTam", _hiera()).save_pretrained(folder)
    return folder


def tiny_bert_tokenizer() -> Any:
    """A WordPiece `BertTokenizerFast` of single words; the marks have the numbers that BERT's have.

    Grounding DINO knows those by their numbers.
    """
    from transformers import BertTokenizerFast

    vocabulary = {f"[unused{number}]": number for number in range(1040)}
    places = {"[PAD]": 0, "[UNK]": 100, "[CLS]": 101, "[SEP]": 102, "[MASK]": 103}
    places |= {".": 1012, "?": 1029}
    places |= {word: 200 + number for number, word in enumerate(WORDS.split())}
    letters = "abcdefghijklmnopqrstuvwxyz"
    places |= {letter: 300 + number for number, letter in enumerate(letters) if letter != "a"}
    places |= {f"##{letter}": 400 + number for number, letter in enumerate(letters)}
    taken = set(places.values())
    kept = {name: number for name, number in vocabulary.items() if number not in taken}
    return BertTokenizerFast(vocab={**kept, **places}, model_max_length=256)


def save_tiny_grounding_dino(folder: Path) -> Path:
    """A `GroundingDinoForObjectDetection` with twelve queries, whose processor keeps the aspect."""
    from transformers import (
        BertConfig,
        GroundingDinoConfig,
        GroundingDinoForObjectDetection,
        SwinConfig,
    )

    config = GroundingDinoConfig(
        backbone_config=SwinConfig(
            image_size=64, patch_size=4, embed_dim=8, depths=[1, 1, 1, 1], num_heads=[1, 1, 2, 2],
            window_size=4, out_features=["stage2", "stage3", "stage4"],
        ),
        text_config=BertConfig(
            vocab_size=1040, hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
            intermediate_size=32,
        ),
        num_queries=12, encoder_layers=1, decoder_layers=2, d_model=32, encoder_ffn_dim=32,
        decoder_ffn_dim=32, encoder_attention_heads=2, decoder_attention_heads=2,
        encoder_n_points=2, decoder_n_points=2,
    )  # fmt: skip
    _random(lambda: GroundingDinoForObjectDetection(config)).save_pretrained(folder)
    tiny_bert_tokenizer().save_pretrained(folder)
    return _told(
        folder,
        **IMAGENET,
        image_processor_type="GroundingDinoImageProcessor",
        do_resize=True,
        size={"shortest_edge": 64, "longest_edge": 128},
        do_pad=True,
    )


def save_tiny_vitmatte(folder: Path) -> Path:
    """A `VitMatteForImageMatting` over patches of 16 px."""
    from transformers import VitDetConfig, VitMatteConfig, VitMatteForImageMatting

    backbone = VitDetConfig(
        hidden_size=16, num_hidden_layers=2, num_attention_heads=2, num_channels=4, image_size=64,
        pretrain_image_size=64, patch_size=16, window_size=0, out_features=["stage2"],
        residual_block_indices=[], window_block_indices=[],
    )  # fmt: skip
    config = VitMatteConfig(
        backbone_config=backbone, hidden_size=16, convstream_hidden_sizes=[8, 8, 8],
        fusion_hidden_sizes=[8, 8, 8, 8],
    )  # fmt: skip
    _random(lambda: VitMatteForImageMatting(config), std=1.5).save_pretrained(folder)
    return _told(
        folder,
        image_processor_type="VitMatteImageProcessor",
        do_rescale=True,
        rescale_factor=1 / 255,
        do_normalize=True,
        image_mean=[0.5, 0.5, 0.5],
        image_std=[0.5, 0.5, 0.5],
        do_pad=True,
        size_divisor=32,
    )


def save_tiny_depth_pro(folder: Path) -> Path:
    """A `DepthProForDepthEstimation` with a field of view, that sees 128 px in patches of 32."""
    from transformers import DepthProConfig, DepthProForDepthEstimation, Dinov2Config

    encoder = Dinov2Config(
        hidden_size=16, num_hidden_layers=3, num_attention_heads=2, intermediate_size=32,
        image_size=32, patch_size=8,
    )  # fmt: skip
    config = DepthProConfig(
        fusion_hidden_size=16, patch_size=32, intermediate_hook_ids=[2, 0],
        intermediate_feature_dims=[8, 8], scaled_images_ratios=[0.25, 0.5, 1.0],
        scaled_images_overlap_ratios=[0.0, 0.5, 0.25], scaled_images_feature_dims=[16, 16, 8],
        image_model_config=encoder, patch_model_config=encoder, fov_model_config=encoder,
        use_fov_model=True, num_fov_head_layers=1,
    )  # fmt: skip
    _random(lambda: DepthProForDepthEstimation(config)).save_pretrained(folder)
    return folder


def save_tiny_sam3(folder: Path) -> Path:
    """A `Sam3Model` with eight queries that sees 112 px."""
    from transformers import CLIPTextConfig, Sam3Config, Sam3Model

    tokenizer = tiny_clip_tokenizer()
    small = {"hidden_size": 32, "num_attention_heads": 2}
    config = Sam3Config(
        vision_config={
            "backbone_config": {
                "model_type": "sam3_vit_model", "hidden_size": 32, "intermediate_size": 64,
                "num_hidden_layers": 2, "num_attention_heads": 2, "image_size": 112,
                "patch_size": 14, "window_size": 4, "global_attn_indexes": [1],
                "pretrain_image_size": 56,
            },
            "fpn_hidden_size": 32,
            "backbone_feature_sizes": [[32, 32], [16, 16], [8, 8]],
        },
        text_config=CLIPTextConfig(
            vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, num_hidden_layers=2,
            num_attention_heads=2, max_position_embeddings=32, projection_dim=32,
            eos_token_id=tokenizer.eos_token_id,
        ),
        geometry_encoder_config={**small, "num_layers": 1, "intermediate_size": 64},
        detr_encoder_config={**small, "num_layers": 1, "intermediate_size": 64},
        detr_decoder_config={**small, "num_layers": 1, "intermediate_size": 64, "num_queries": 8},
        mask_decoder_config={**small, "num_upsampling_stages": 2},
    )  # fmt: skip
    _random(lambda: Sam3Model(config)).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def save_tiny_qwen_image_layered(folder: Path, **profile: object) -> Path:
    """A `QwenImageLayeredPipeline` folder of two steps; `profile` goes into its profile.json."""
    tiny_qwen_image_layered().save_pretrained(folder, safe_serialization=True)
    (folder / "profile.json").write_text(json.dumps({"steps": 2, **profile}))
    return folder


def saved_models(folder: Path) -> dict[str, str]:
    """A painter, a depth model and one that is told words, as folders within `folder`."""
    return {
        "tiny": str(save_tiny_pipeline(folder / "tiny")),
        "depth": str(save_tiny_depth(folder / "depth")),
        "words": str(save_tiny_clipseg(folder / "words")),
    }


def ldm_names(unet: Any) -> dict[str, str]:
    """Of each of a U-Net's weights the name that Stability AI's code has for it."""
    from multiplane.models.vision.unet_offsets import diffusers_names

    theirs = {own: name for name, own in diffusers_names(unet).items()}
    in_resnet = {
        "norm1": "in_layers.0", "conv1": "in_layers.2", "time_emb_proj": "emb_layers.1",
        "norm2": "out_layers.0", "conv2": "out_layers.3", "conv_shortcut": "skip_connection",
    }  # fmt: skip
    names = {}
    for name, _ in unet.named_parameters():
        module = next(own for own in sorted(theirs, reverse=True) if name.startswith(own + "."))
        rest = name.removeprefix(module + ".")
        if ".resnets." in module:
            inner, _, last = rest.rpartition(".")
            rest = f"{in_resnet[inner]}.{last}"
        names[name] = f"{theirs[module]}.{rest}"
    return names


def tiny_offsets(unet: Any, channels: int = 12) -> dict[str, Any]:
    """Offsets to a U-Net as LayerDiffuse's foreground has them: to all but queries, keys, values.

    channels: of the first convolution's.
    """
    import torch

    noise = torch.Generator().manual_seed(1)
    names, offsets = ldm_names(unet), {}
    for name, weights in unet.named_parameters():
        if not any(part in name for part in (".to_q.", ".to_k.", ".to_v.")):
            shape = list(weights.shape)
            if name == "conv_in.weight":
                shape[1] = channels
            offset = 0.05 * torch.randn(shape, generator=noise)
            offsets[f"diffusion_model.{names[name]}::diff::0"] = offset
    return offsets


def tiny_transparent_decoder(seed: int = 0) -> Any:
    """LayerDiffuse's decoder with eight channels on every level."""
    import torch

    from multiplane.models.vision import transparent_decoder

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        decoder = transparent_decoder.built([8] * transparent_decoder.LEVELS, 4)
        for parameter in decoder.parameters():
            if parameter.ndim > 1:
                torch.nn.init.normal_(parameter, std=0.2)
    return decoder.eval()


def save_tiny_layer_diffuse(models: Path, **profile: object) -> Path:
    """A folder of LayerDiffuse's two files, and beside it a tiny `sdxl` that they change.

    profile: goes into its profile.json.
    """
    from safetensors.torch import save_file

    from multiplane.models.vision.profiles import LAYER_DIFFUSE_DECODER, LAYER_DIFFUSE_OFFSETS

    base = tiny_sdxl()
    base.save_pretrained(models / "sdxl", safe_serialization=True)
    folder = models / "layerdiffuse-sdxl"
    folder.mkdir()
    save_file(tiny_offsets(base.unet), folder / LAYER_DIFFUSE_OFFSETS)
    save_file(tiny_transparent_decoder().state_dict(), folder / LAYER_DIFFUSE_DECODER)
    facts = {"steps": 2, "native_short_side": 128, **profile}
    (folder / "profile.json").write_text(json.dumps(facts))
    return folder
