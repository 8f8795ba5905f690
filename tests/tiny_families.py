"""Real pipelines of every family at tiny sizes with random weights: nothing here is a mock."""

from __future__ import annotations

import re
import string
from functools import cache
from typing import Any

from tests.tiny_models import CORPUS, tiny_tokenizer

# Put together rather than trained: training breaks ties as chance has it, from run to run.
_WORDS = sorted({word for line in CORPUS for word in re.findall(r"[a-z]+", line)})


@cache
def tiny_t5_tokenizer() -> Any:
    """A Unigram `T5TokenizerFast` of the corpus's words, the longer ones in two pieces."""
    from transformers import T5TokenizerFast

    pieces = {f"▁{word[:4]}" for word in _WORDS} | {word[4:] for word in _WORDS if word[4:]}
    letters = {*string.printable.strip(), "▁"} - pieces
    vocabulary = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    vocabulary += [(piece, -3.0) for piece in sorted(pieces)]
    vocabulary += [(letter, -9.0) for letter in sorted(letters)]
    return T5TokenizerFast(vocab=vocabulary, extra_ids=0)


@cache
def tiny_clip_tokenizer() -> Any:
    """A BPE `CLIPTokenizerFast` with the corpus's words and their ends; 77 places."""
    from tokenizers import pre_tokenizers
    from transformers import CLIPTokenizerFast

    merges: dict[tuple[str, str], None] = {}
    for word in _WORDS:
        letters = [*word[:-1], word[-1] + "</w>"]
        for end in range(1, len(letters)):
            merges["".join(letters[:end]), letters[end]] = None
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokens = [*alphabet, *(letter + "</w>" for letter in alphabet), *map("".join, merges)]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    vocabulary = {token: place for place, token in enumerate(dict.fromkeys(tokens))}
    return CLIPTokenizerFast(vocab=vocabulary, merges=[*merges], model_max_length=77)


def _widened(model: Any, std: float = 0.2) -> Any:
    """The model with wider weights than the default, so that attention is far from uniform."""
    import torch

    for parameter in model.parameters():
        if parameter.ndim == 2:
            torch.nn.init.normal_(parameter, std=std)
    return model.eval()


def _autoencoder(**options: Any) -> Any:
    """An `AutoencoderKL` with eight px a latent and four channels."""
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        **{
            "down_block_types": ("DownEncoderBlock2D",) * 4,
            "up_block_types": ("UpDecoderBlock2D",) * 4,
            "block_out_channels": (8, 8, 8, 8),
            "layers_per_block": 1,
            "norm_num_groups": 4,
            "latent_channels": 4,
            "sample_size": 64,
            "scaling_factor": 0.5,
            "shift_factor": 0.1,
            "use_quant_conv": False,
            "use_post_quant_conv": False,
            **options,
        }
    ).eval()


def _clip(width: int = 16) -> Any:
    """A `CLIPTextModelWithProjection` of three layers."""
    from transformers import CLIPTextModelWithProjection

    return CLIPTextModelWithProjection(_clip_config(width)).eval()


def _clip_config(width: int) -> Any:
    from transformers import CLIPTextConfig

    tokenizer = tiny_clip_tokenizer()
    return CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=2 * width,
        num_hidden_layers=3,
        num_attention_heads=2,
        projection_dim=width,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )


def _t5(width: int) -> Any:
    """A `T5EncoderModel` of two layers."""
    from transformers import T5Config, T5EncoderModel

    config = T5Config(
        vocab_size=len(tiny_t5_tokenizer()),
        d_model=width,
        d_kv=8,
        d_ff=2 * width,
        num_layers=2,
        num_heads=2,
        is_encoder_decoder=False,
    )
    return T5EncoderModel(config).eval()


def _scheduler(**options: Any) -> Any:
    from diffusers import FlowMatchEulerDiscreteScheduler

    return FlowMatchEulerDiscreteScheduler(num_train_timesteps=1000, shift=3.0, **options)


def tiny_flux(seed: int = 0, *, guided: bool = True) -> Any:
    """A `FluxPipeline` of random weights: two double blocks, two single ones; 16 px a token.

    guided: it has an embedding for guidance, as dev has.
    """
    import torch
    from diffusers import FluxPipeline, FluxTransformer2DModel
    from transformers import CLIPTextModel

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        transformer = FluxTransformer2DModel(
            in_channels=16,
            num_layers=2,
            num_single_layers=2,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=24,
            pooled_projection_dim=16,
            guidance_embeds=guided,
            axes_dims_rope=(4, 6, 6),
        )
        pipeline = FluxPipeline(
            scheduler=_scheduler(),
            vae=_autoencoder(),
            text_encoder=CLIPTextModel(_clip_config(16)).eval(),
            tokenizer=tiny_clip_tokenizer(),
            text_encoder_2=_t5(24),
            tokenizer_2=tiny_t5_tokenizer(),
            transformer=_widened(transformer),
        )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def tiny_sd3(seed: int = 0, *, t5: bool = True) -> Any:
    """A `StableDiffusion3Pipeline` of random weights: three blocks, the first with a second
    attention over the image alone as in 3.5 Medium; 16 px a token.
    """
    import torch
    from diffusers import SD3Transformer2DModel, StableDiffusion3Pipeline

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        transformer = SD3Transformer2DModel(
            sample_size=16,
            patch_size=2,
            in_channels=16,  # what its inpainting pipeline insists on
            out_channels=16,
            num_layers=3,
            attention_head_dim=16,
            num_attention_heads=2,
            caption_projection_dim=32,
            joint_attention_dim=48,
            pooled_projection_dim=32,
            pos_embed_max_size=32,
            dual_attention_layers=(0,),
            qk_norm="rms_norm",
        )
        pipeline = StableDiffusion3Pipeline(
            scheduler=_scheduler(),
            vae=_autoencoder(latent_channels=16),
            text_encoder=_clip(),
            tokenizer=tiny_clip_tokenizer(),
            text_encoder_2=_clip(),
            tokenizer_2=tiny_clip_tokenizer(),
            text_encoder_3=_t5(48) if t5 else None,
            tokenizer_3=tiny_t5_tokenizer() if t5 else None,
            transformer=_widened(transformer),
        )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def tiny_qwen_image(seed: int = 0) -> Any:
    """A `QwenImagePipeline` of random weights: three blocks; 16 px a token."""
    from diffusers import QwenImagePipeline

    pipeline = QwenImagePipeline(**_qwen_image_parts(seed))
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def tiny_qwen_image_edit(seed: int = 0) -> Any:
    """A `QwenImageEditPlusPipeline` of random weights: as Qwen-Image's, with eyes.

    Its processor is the family's own, since transformers' wants torchvision.
    """
    from diffusers import QwenImageEditPlusPipeline
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    from multiplane.models.families.qwen_image_edit import PicturesInWords

    tokenizer = tiny_tokenizer()
    special = ["<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>"]
    tokenizer.add_special_tokens({"additional_special_tokens": special})
    pipeline = QwenImageEditPlusPipeline(
        **_qwen_image_parts(seed, tokenizer=tokenizer), processor=None
    )
    pipeline.processor = PicturesInWords(Qwen2VLImageProcessorPil(), tokenizer)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def tiny_qwen_image_layered(seed: int = 0) -> Any:
    """A `QwenImageLayeredPipeline` of random weights: three blocks; 64 px a token, since it paints
    640 px however small it is. Its processor, which nothing here needs, is not there.
    """
    import torch
    from diffusers import QwenImageLayeredPipeline

    parts = _qwen_image_parts(
        seed,
        channels=8,  # with four a picture with alpha would be taken for a latent
        transformer={"use_additional_t_cond": True, "use_layer3d_rope": True},
        vae={
            "base_dim": 4, "input_channels": 4, "dim_mult": [1] * 6,
            "temperal_downsample": [False] * 5,
        },
    )  # fmt: skip
    shows = parts["vae"].decoder.conv_out
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(seed)
        usual = parts["vae"].decode(torch.randn(1, 8, 1, 4, 4)).sample.mean(dim=(0, 2, 3, 4))
        shows.weight *= 60.0
        shows.bias.copy_(60.0 * (shows.bias - usual))  # alphas from 0 to 1
    return QwenImageLayeredPipeline(**parts, processor=None)


def _qwen_image_parts(
    seed: int,
    *,
    channels: int = 4,
    transformer: dict[str, Any] | None = None,
    vae: dict[str, Any] | None = None,
    tokenizer: Any = None,
) -> dict[str, Any]:
    """A Qwen-Image pipeline's components.

    channels: of the latent; transformer, vae: of their configurations. tokenizer: one with tokens
    for pictures, which the text encoder knows then.
    """
    import torch
    from diffusers import AutoencoderKLQwenImage, QwenImageTransformer2DModel
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

    eyes = {}
    if tokenizer is None:
        tokenizer = tiny_tokenizer()
    else:
        ends = ("image_pad", "vision_start", "vision_end")
        pad, start, end = (tokenizer.convert_tokens_to_ids(f"<|{name}|>") for name in ends)
        eyes = {"image_token_id": pad, "vision_start_token_id": start, "vision_end_token_id": end}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        denoiser = QwenImageTransformer2DModel(
            in_channels=4 * channels,
            out_channels=channels,
            num_layers=3,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=24,
            axes_dims_rope=(4, 6, 6),
            **(transformer or {}),
        )
        text_encoder = Qwen2_5_VLForConditionalGeneration(
            Qwen2_5_VLConfig(
                text_config={
                    "vocab_size": len(tokenizer),
                    "hidden_size": 24,
                    "intermediate_size": 48,
                    "num_hidden_layers": 2,
                    "num_attention_heads": 2,
                    "num_key_value_heads": 1,
                    "rope_parameters": {
                        "rope_type": "default",
                        "rope_theta": 10_000.0,
                        "mrope_section": [2, 2, 2],
                    },
                },
                vision_config={
                    "depth": 1,
                    "hidden_size": 16,
                    "intermediate_size": 16,
                    "num_heads": 2,
                    "out_hidden_size": 24,
                    "fullatt_block_indexes": [0],
                },
                **eyes,
            )
        )
        sizes = {
            "base_dim": 8, "dim_mult": [1] * 4, "temperal_downsample": [False, True, True],
            **(vae or {}),
        }  # fmt: skip
        autoencoder = AutoencoderKLQwenImage(
            z_dim=channels,
            num_res_blocks=1,
            latents_mean=[0.1, -0.1, 0.2, 0.0] * (channels // 4),
            latents_std=[1.1, 0.9, 1.2, 1.0] * (channels // 4),
            **sizes,
        )
    return {
        "scheduler": _scheduler(),
        "vae": autoencoder.eval(),
        "text_encoder": text_encoder.eval(),
        "tokenizer": tokenizer,
        "transformer": _widened(denoiser),
    }


def tiny_klein(seed: int = 0) -> Any:
    """A `Flux2KleinPipeline` of random weights: two double blocks, two single ones; 16 px a token.

    It is not distilled, so that guidance works.
    """
    import torch
    from diffusers import (
        AutoencoderKLFlux2,
        FlowMatchEulerDiscreteScheduler,
        Flux2KleinPipeline,
        Flux2Transformer2DModel,
    )
    from transformers import Qwen3Config, Qwen3ForCausalLM

    tokenizer = tiny_tokenizer()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        transformer = Flux2Transformer2DModel(
            in_channels=16,
            num_layers=2,
            num_single_layers=2,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=72,
            axes_dims_rope=(4, 4, 4, 4),
            guidance_embeds=False,
        )
        for parameter in transformer.parameters():
            if parameter.ndim == 2:
                torch.nn.init.normal_(parameter, std=0.2)
        text_encoder = Qwen3ForCausalLM(
            Qwen3Config(
                vocab_size=len(tokenizer),
                hidden_size=24,
                intermediate_size=48,
                num_hidden_layers=28,  # layers 9, 18 and 27 are read
                num_attention_heads=2,
                num_key_value_heads=1,
                head_dim=12,
                max_position_embeddings=1024,
            )
        )
        vae = AutoencoderKLFlux2(
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
            block_out_channels=(8, 8, 8, 8),
            layers_per_block=1,
            norm_num_groups=4,
            latent_channels=4,
            sample_size=64,
            use_quant_conv=False,
            use_post_quant_conv=False,
        )
    pipeline = Flux2KleinPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(num_train_timesteps=1000, shift=3.0),
        vae=vae.eval(),
        text_encoder=text_encoder.eval(),
        tokenizer=tokenizer,
        transformer=transformer.eval(),
        is_distilled=False,
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def tiny_ovis(seed: int = 0) -> Any:
    """An `OvisImagePipeline` of random weights: two double blocks, two single ones."""
    import torch
    from diffusers import OvisImagePipeline, OvisImageTransformer2DModel
    from transformers import Qwen3Config, Qwen3Model

    tokenizer = tiny_tokenizer()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        transformer = OvisImageTransformer2DModel(
            in_channels=16,
            out_channels=16,
            num_layers=2,
            num_single_layers=2,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=24,
            axes_dims_rope=(4, 6, 6),
        )
        text_encoder = Qwen3Model(
            Qwen3Config(
                vocab_size=len(tokenizer),
                hidden_size=24,
                intermediate_size=48,
                num_hidden_layers=2,
                num_attention_heads=2,
                num_key_value_heads=1,
                head_dim=12,
                max_position_embeddings=1024,
            )
        )
        pipeline = OvisImagePipeline(
            scheduler=_scheduler(),
            vae=_autoencoder(),
            text_encoder=text_encoder.eval(),
            tokenizer=tokenizer,
            transformer=_widened(transformer),
        )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def tiny_pixart(seed: int = 0) -> Any:
    """A `PixArtSigmaPipeline` of random weights: three blocks, DPM's scheduler; 16 px a token."""
    import torch
    from diffusers import DPMSolverMultistepScheduler, PixArtSigmaPipeline, PixArtTransformer2DModel

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        transformer = PixArtTransformer2DModel(
            sample_size=16,
            num_layers=3,
            attention_head_dim=16,
            num_attention_heads=2,
            in_channels=4,
            out_channels=8,
            cross_attention_dim=32,
            caption_channels=24,
        )
        pipeline = PixArtSigmaPipeline(
            scheduler=DPMSolverMultistepScheduler(beta_start=0.0001, beta_end=0.02),
            vae=_autoencoder(shift_factor=None),
            text_encoder=_t5(24),
            tokenizer=tiny_t5_tokenizer(),
            transformer=_widened(transformer, std=0.1),
        )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _unet(**options: Any) -> Any:
    """A U-Net with blocks on the latent's grid and on half of its sides; seven blocks in all."""
    from diffusers import UNet2DConditionModel

    return _widened(
        UNet2DConditionModel(
            **{
                "sample_size": 16,
                "in_channels": 4,
                "out_channels": 4,
                "block_out_channels": (16, 32),
                "layers_per_block": 1,
                "down_block_types": ("CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
                "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
                "attention_head_dim": 2,
                "cross_attention_dim": 16,
                "norm_num_groups": 4,
                **options,
            }
        )
    )


def _noise_schedule() -> dict[str, Any]:
    return {
        "beta_schedule": "scaled_linear",
        "beta_start": 0.00085,
        "beta_end": 0.012,
        "steps_offset": 1,
    }


def tiny_stable_diffusion(seed: int = 0) -> Any:
    """A `StableDiffusionPipeline` of random weights, with Euler's scheduler."""
    import torch
    from diffusers import EulerDiscreteScheduler, StableDiffusionPipeline
    from transformers import CLIPTextModel

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        pipeline = StableDiffusionPipeline(
            scheduler=EulerDiscreteScheduler(**_noise_schedule()),
            vae=_autoencoder(shift_factor=None),
            text_encoder=CLIPTextModel(_clip_config(16)).eval(),
            tokenizer=tiny_clip_tokenizer(),
            unet=_unet(),
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def tiny_lcm(seed: int = 0) -> Any:
    """A `LatentConsistencyModelPipeline` of random weights: guidance is a condition."""
    import torch
    from diffusers import LatentConsistencyModelPipeline, LCMScheduler
    from transformers import CLIPTextModel

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        pipeline = LatentConsistencyModelPipeline(
            scheduler=LCMScheduler(),
            vae=_autoencoder(shift_factor=None),
            text_encoder=CLIPTextModel(_clip_config(16)).eval(),
            tokenizer=tiny_clip_tokenizer(),
            unet=_unet(time_cond_proj_dim=8),
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def tiny_sdxl(seed: int = 0) -> Any:
    """A `StableDiffusionXLPipeline` of random weights."""
    import torch
    from diffusers import EulerDiscreteScheduler, StableDiffusionXLPipeline
    from transformers import CLIPTextModel

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        pipeline = StableDiffusionXLPipeline(
            scheduler=EulerDiscreteScheduler(**_noise_schedule()),
            vae=_autoencoder(shift_factor=None),
            text_encoder=CLIPTextModel(_clip_config(16)).eval(),
            tokenizer=tiny_clip_tokenizer(),
            text_encoder_2=_clip(),
            tokenizer_2=tiny_clip_tokenizer(),
            unet=_unet(
                cross_attention_dim=32,
                addition_embed_type="text_time",
                addition_time_embed_dim=8,
                projection_class_embeddings_input_dim=6 * 8 + 16,
                use_linear_projection=True,
            ),
        )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline
