"""Stable Diffusion 1.5, SDXL and what was distilled from them: U-Nets that cross text and image."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from multiplane.contract.errors import InputError
from multiplane.models.facts import CaptureChoice, ModelProfile
from multiplane.models.families import autoencoder, variance_preserving
from multiplane.models.families.family import Painting, PipelineFamily, ShownPicture, load_part
from multiplane.models.families.layout import (
    AttentionPoint,
    ForwardPass,
    PictureTokens,
    Schedule,
    TokenLayout,
)
from multiplane.models.families.prompt import PlainReader
from multiplane.models.model_json import read_json

LCM_CLASS = "LatentConsistencyModelPipeline"
TOKENS = 77
"""Places of CLIP's text; longer prompts are refused before they are cut off."""

LCM_DREAMSHAPER = ModelProfile(
    name="lcm-dreamshaper",
    title="LCM Dreamshaper v7",
    licence="MIT",
    family="stable-diffusion",
    licence_url="https://huggingface.co/SimianLuo/LCM_Dreamshaper_v7",
    repository="SimianLuo/LCM_Dreamshaper_v7",
    download_bytes=4_300_000_000,
    steps=6,
    guidance=8.0,
    native_short_side=512,
    size_multiple=64,
    longest_aspect=2.0,
    max_text_tokens=TOKENS,
    capture=CaptureChoice(
        blocks=(7, 8, 9),
        sigma_low=0.3,
        sigma_high=0.8,
        draws=2,
        source="DAAM (2023) and DiffSegmenter (2024) read the first blocks of the way up, on a "
        "quarter of the latent's sides; not measured here with the real weights.",
    ),
    parameters={"unet": 860_000_000, "text_encoder": 123_000_000, "vae": 84_000_000},
    dtype_on_accelerator="float16",
    working_gb=1.5,
    about="Stable Diffusion 1.5 in six steps: any subject, on 4 GB cards and on processors.",
    rank=30,
)

STABLE_DIFFUSION_15 = replace(
    LCM_DREAMSHAPER,
    name="sd1.5",
    title="Stable Diffusion 1.5",
    licence="CreativeML OpenRAIL-M",
    licence_url="https://huggingface.co/stable-diffusion-v1-5/stable-diffusion-v1-5",
    repository="stable-diffusion-v1-5/stable-diffusion-v1-5",
    download_bytes=5_500_000_000,
    steps=25,
    guidance=7.5,
    about="The model of 2022 that most small fine-tunes and LoRAs are made for; 4 GB cards.",
    rank=20,
)

SDXL = ModelProfile(
    name="sdxl",
    title="Stable Diffusion XL",
    licence="OpenRAIL++-M",
    family="stable-diffusion-xl",
    licence_url="https://huggingface.co/stabilityai/stable-diffusion-xl-base-1.0",
    repository="stabilityai/stable-diffusion-xl-base-1.0",
    download_bytes=13_900_000_000,
    steps=30,
    guidance=6.0,
    native_short_side=1024,
    size_multiple=64,
    longest_aspect=2.0,
    max_text_tokens=TOKENS,
    capture=CaptureChoice(
        blocks=(44, 47, 50, 53),
        sigma_low=0.3,
        sigma_high=0.8,
        draws=2,
        source="DAAM (2023) averages all blocks; these are of the way up, by analogy with "
        "Stable Diffusion 1.5; not measured.",
    ),
    parameters={
        "unet": 2_570_000_000,
        "text_encoder": 123_000_000,
        "text_encoder_2": 695_000_000,
        "vae": 84_000_000,
    },
    dtype_on_accelerator="float16",
    working_gb=3.0,
    about="Stability AI's model of 2023, with more fine-tunes and LoRAs than any other.",
    rank=35,
)


class UNetLayout(TokenLayout):
    """Image tokens attend to themselves, then to CLIP's 77; blocks at several resolutions.

    The unconditional half of guidance comes first. Processors call torch's attention.
    """

    attention = AttentionPoint(
        "torch.nn.functional", "scaled_dot_product_attention", heads_first=True
    )
    crosses = True

    def denoiser(self, pipeline: Any) -> Any:
        """The U-Net."""
        return pipeline.unet

    def blocks(self, denoiser: Any) -> Sequence[Any]:
        """Every transformer block: of the way down, of the middle, of the way up."""
        stages = (*denoiser.down_blocks, denoiser.mid_block, *denoiser.up_blocks)
        return tuple(
            block
            for stage in stages
            for attention in getattr(stage, "attentions", ())
            for block in attention.transformer_blocks
        )

    def read_call(
        self, pipeline: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> ForwardPass:
        """Sizes and noise level of `unet(sample, timestep, encoder_hidden_states=...)`.

        sample: (B, C, h, w); maps are wanted on half of its sides.
        """
        call = {**dict(zip(("sample", "timestep"), args, strict=False)), **kwargs}
        batch, _, height, width = call["sample"].shape
        text = call["encoder_hidden_states"].shape[1]
        tokens = PictureTokens((-(-height // 2), -(-width // 2)), 0, 0, text, text)
        time = call["timestep"]
        time = float(time.reshape(-1)[0]) if hasattr(time, "reshape") else float(time)
        (sigma,) = variance_preserving.levels(pipeline.scheduler, [time]).tolist()
        return ForwardPass(sigma, (tokens,) * batch)

    def block_grid(self, tokens: PictureTokens, count: int) -> tuple[int, int]:
        """As `TokenLayout.block_grid`: the latent's grid, halved (rounded up) as often as it is."""
        height, width = (2 * side for side in tokens.grid)
        while height * width > count and (height > 1 or width > 1):
            height, width = math.ceil(height / 2), math.ceil(width / 2)
        return height, width

    def prompted(self, pipeline: Any, made: ForwardPass, before: int) -> slice:
        """The second half under guidance, else all; distilled models guide without a pass."""
        batch = len(made.pictures)
        return slice(batch // 2, batch) if pipeline.do_classifier_free_guidance else slice(batch)

    def schedule(self, pipeline: Any) -> Schedule | None:
        """As `variance_preserving.schedule`."""
        return variance_preserving.schedule(pipeline.scheduler)


class StableDiffusion(PipelineFamily):
    """`StableDiffusionPipeline` and `LatentConsistencyModelPipeline`, on an `AutoencoderKL`."""

    name = "stable-diffusion"
    pipeline_class = "StableDiffusionPipeline"
    related_classes: tuple[str, ...] = (LCM_CLASS, "StableDiffusionInpaintPipeline")
    inpaint_class: str | None = "StableDiffusionInpaintPipeline"
    paints_beside = True
    layout: TokenLayout = UNetLayout()
    profiles: tuple[ModelProfile, ...] = (LCM_DREAMSHAPER, STABLE_DIFFUSION_15)

    def load(self, folder: Path, dtype: Any, **instead: Any) -> Any:
        """As `PipelineFamily.load`, without the picture censor.

        A scheduler that does not say at which step it is makes way for Euler's. Raises InputError
        `models.needs_picture` for weights that only change pictures.
        """
        import diffusers

        _check_paints(folder)
        kind = LCM_CLASS if _is_lcm(folder) else self.pipeline_class
        none = {"safety_checker": None, "feature_extractor": None} if "XL" not in kind else {}
        pipeline = load_part(kind, folder, dtype, **none, **instead)
        if not hasattr(pipeline.scheduler, "step_index"):
            pipeline.scheduler = diffusers.EulerDiscreteScheduler.from_config(
                pipeline.scheduler.config
            )
        return pipeline

    def reader_for(self, tokenizer: Any) -> PlainReader:
        """As `PipelineFamily.reader_for`: CLIP's; SDXL's second has the same words and places."""
        return PlainReader(tokenizer)

    def profile_like(self, folder: Path) -> ModelProfile:
        """By whether it was distilled to a few steps."""
        return LCM_DREAMSHAPER if _is_lcm(folder) else STABLE_DIFFUSION_15

    def arguments(self, wanted: Painting) -> dict[str, Any]:
        """As `PipelineFamily.arguments`; the pipeline always reads `TOKENS`."""
        own = super().arguments(wanted)
        del own["max_sequence_length"]
        return own

    def conditions(self, pipeline: Any, prompt: str, size: tuple[int, int]) -> dict[str, Any]:
        """What the U-Net gets beside picture and time, as the pipeline's own loop has it.

        size: (width, height) px of the picture.
        """
        text, _ = pipeline.encode_prompt(prompt, pipeline._execution_device, 1, False)
        guided = pipeline.unet.config.time_cond_proj_dim
        if guided is None:
            return {"encoder_hidden_states": text}
        import torch

        strength = torch.full((1,), LCM_DREAMSHAPER.guidance - 1.0)
        embedded = pipeline.get_guidance_scale_embedding(strength, embedding_dim=guided)
        return {
            "encoder_hidden_states": text,
            "timestep_cond": embedded.to(text.device, text.dtype),
        }

    def single_pass(self, pipeline: Any, shown: ShownPicture) -> None:
        """As `PipelineFamily.single_pass`; at the time whose noise level is nearest to `sigma`."""
        import torch

        scheduler, unet = pipeline.scheduler, pipeline.unet
        height, width = shown.picture.shape[:2]
        conditions = self.conditions(pipeline, shown.prompt, (width, height))
        time = variance_preserving.timestep_at(scheduler, shown.sigma)
        latent = autoencoder.encode(pipeline, shown.picture)
        noisy = variance_preserving.noised(scheduler, latent, time, shown.seed)
        unet(
            noisy.to(unet.dtype),
            torch.tensor(time, device=noisy.device),
            **conditions,
            return_dict=False,
        )

    def believed(self, pipeline: Any, sample: Any, prediction: Any, grid: tuple[int, int]) -> Any:
        """As `PipelineFamily.believed`."""
        latent = variance_preserving.estimate(pipeline.scheduler, sample, prediction)[:1]
        return autoencoder.unscaled(pipeline, latent)


class StableDiffusionXL(StableDiffusion):
    """`StableDiffusionXLPipeline`: as 1.5, with a second CLIP and sizes among its conditions."""

    name = "stable-diffusion-xl"
    pipeline_class = "StableDiffusionXLPipeline"
    related_classes = ("StableDiffusionXLImg2ImgPipeline", "StableDiffusionXLInpaintPipeline")
    inpaint_class = "StableDiffusionXLInpaintPipeline"
    profiles = (SDXL,)

    def profile_like(self, folder: Path) -> ModelProfile:
        """The only one that is known."""
        return SDXL

    def conditions(self, pipeline: Any, prompt: str, size: tuple[int, int]) -> dict[str, Any]:
        """As `StableDiffusion.conditions`; the picture counts as uncropped and of its own size."""
        import torch

        device = pipeline._execution_device
        text, _, pooled, _ = pipeline.encode_prompt(
            prompt, device=device, do_classifier_free_guidance=False
        )
        width, height = size
        sizes = torch.tensor([[height, width, 0, 0, height, width]], device=device)
        return {
            "encoder_hidden_states": text,
            "added_cond_kwargs": {"text_embeds": pooled, "time_ids": sizes.to(text.dtype)},
        }


def _is_lcm(folder: Path) -> bool:
    return read_json(folder / "model_index.json").get("_class_name") == LCM_CLASS


def _check_paints(folder: Path) -> None:
    """See that the folder's U-Net starts from noise alone."""
    refines = read_json(folder / "model_index.json").get("requires_aesthetics_score")
    repaints = read_json(folder / "unet" / "config.json").get("in_channels", 4) > 4
    if refines or repaints:
        raise InputError(
            "models.needs_picture",
            "This model is a refiner: it finishes what another has begun."
            if refines
            else "This model is for inpainting: it only changes a picture that is there.",
            file=str(folder),
            remedy="Choose one that paints from words: multiplane models list",
        )


STABLE_DIFFUSION = StableDiffusion()
STABLE_DIFFUSION_XL = StableDiffusionXL()
