"""Real model classes at tiny sizes with random weights: nothing here is a mock.

`tiny_pipeline()` paints noise-like pictures in about a second on one core, through every line of
code that a trained model goes through.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

# The template of Qwen3 for one user message without tools, with the special strings and the line
# breaks where Qwen3 has them.
CHAT_TEMPLATE = (
    "{%- for message in messages %}"
    "{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}"
    "{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}"
    "{%- if enable_thinking is defined and enable_thinking is false %}"
    "{{- '<think>\\n\\n</think>\\n\\n' }}{%- endif %}{%- endif %}"
)
_SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
# Frequent enough to become whole words; everything else is split into pieces or bytes.
CORPUS = [
    "a warrior and a princess in front of a castle by the sea",
    "the warrior's sword is red, the warriors' shields are blue",
    "two knights behind a dragon, a light saber above a house, a half moon",
    "user and assistant write about a forest with a fox under a tree",
] * 20


@cache
def tiny_tokenizer() -> Any:
    """A byte-level BPE `Qwen2Tokenizer` of about 380 tokens, trained on a few sentences."""
    from tokenizers import pre_tokenizers, trainers
    from transformers import Qwen2TokenizerFast

    trained = Qwen2TokenizerFast()._tokenizer
    trainer = trainers.BpeTrainer(
        vocab_size=500,
        special_tokens=_SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    trained.train_from_iterator(CORPUS, trainer)
    model = json.loads(trained.to_str())["model"]
    tokenizer = Qwen2TokenizerFast(
        vocab=model["vocab"],
        merges=[tuple(merge) for merge in model["merges"]],
        additional_special_tokens=_SPECIAL[1:],
    )
    tokenizer.chat_template = CHAT_TEMPLATE
    return tokenizer


def tiny_pipeline(seed: int = 0, *, layers: int = 3, heads: int = 2) -> Any:
    """A `ZImagePipeline` of random weights on the CPU, in float32; sizes are multiples of 8 px.

    seed: of the weights; the same seed gives the same pipeline. Each call builds a new one.
    """
    import torch
    from diffusers import (
        AutoencoderKL,
        FlowMatchEulerDiscreteScheduler,
        ZImagePipeline,
        ZImageTransformer2DModel,
    )
    from transformers import Qwen3Config, Qwen3Model

    tokenizer = tiny_tokenizer()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        transformer = ZImageTransformer2DModel(
            all_patch_size=(2,),
            all_f_patch_size=(1,),
            in_channels=4,
            dim=16 * heads,
            n_layers=layers,
            n_refiner_layers=1,
            n_heads=heads,
            n_kv_heads=heads,
            cap_feat_dim=24,
            axes_dims=[4, 6, 6],
            axes_lens=[640, 64, 64],
        )
        # Wider than the default, so that attention is far from uniform.
        for parameter in transformer.layers.parameters():
            if parameter.ndim == 2:
                torch.nn.init.normal_(parameter, std=0.3)
        for pad in (transformer.x_pad_token, transformer.cap_pad_token):
            torch.nn.init.normal_(pad)
        text_encoder = Qwen3Model(
            Qwen3Config(
                vocab_size=len(tokenizer),
                hidden_size=24,
                intermediate_size=48,
                num_hidden_layers=3,
                num_attention_heads=2,
                num_key_value_heads=1,
                head_dim=12,
                max_position_embeddings=1024,
            )
        )
        vae = AutoencoderKL(
            in_channels=3,
            out_channels=3,
            down_block_types=("DownEncoderBlock2D",) * 3,
            up_block_types=("UpDecoderBlock2D",) * 3,
            block_out_channels=(8, 8, 8),
            layers_per_block=1,
            norm_num_groups=4,
            latent_channels=4,
            sample_size=64,
            scaling_factor=0.5,
            shift_factor=0.1,
            use_quant_conv=False,
            use_post_quant_conv=False,
        )
    pipeline = ZImagePipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(num_train_timesteps=1000, shift=3.0),
        vae=vae.eval(),
        text_encoder=text_encoder.eval(),
        tokenizer=tokenizer,
        transformer=transformer.eval(),
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline
