"""Z-Image: text and image in one stream of blocks, Qwen3 reads the prompt in its chat template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from multiplane.contract.errors import Failure
from multiplane.models.facts import BUNDLED, CaptureChoice, ModelProfile, Variant
from multiplane.models.families import autoencoder, flow_matching
from multiplane.models.families.family import PipelineFamily, ShownPicture
from multiplane.models.families.layout import (
    AttentionPoint,
    ForwardPass,
    PictureTokens,
    Schedule,
    TokenLayout,
)
from multiplane.models.families.prompt import ChatReader
from multiplane.models.families.z_image_concepts import ZImageConcepts
from multiplane.models.model_json import read_json

STORYBOARD_MINI = ModelProfile(
    name="storyboard-mini",
    title="Storyboard Mini",
    licence="Apache-2.0",
    family="z-image",
    folder=BUNDLED / "storyboard-mini",
    steps=20,
    guidance=3.0,
    native_short_side=256,
    capture=CaptureChoice(
        blocks=(2, 3),
        sigma_low=0.3,
        sigma_high=0.6,
        draws=2,
        source="`multiplane study sweep` on drawn scenes.",
    ),
    parameters={"transformer": 12_000_000, "text_encoder": 3_000_000, "vae": 2_000_000},
    dtype_on_accelerator="float32",
    working_gb=0.7,
    style_names={
        "ink": "ink sketch",
        "ink drawing": "ink sketch",
        "watercolour": "watercolor",
        "oil": "oil paint",
        "oil painting": "oil paint",
        "pencil sketch": "pencil",
        "pencil drawing": "pencil",
        "flat": "flat color",
        "flat colour": "flat color",
    },
    about="Comes with Multiplane. Its own small world of subjects, places and five styles; runs "
    "on a laptop's CPU.",
    rank=10,
)

Z_IMAGE_TURBO = ModelProfile(
    name="z-image-turbo",
    title="Z-Image Turbo",
    licence="Apache-2.0",
    family="z-image",
    licence_url="https://huggingface.co/Tongyi-MAI/Z-Image-Turbo",
    repository="Tongyi-MAI/Z-Image-Turbo",
    # The transformer is stored in float32 (24.6 GB), the text encoder in bfloat16 (8.0 GB).
    download_bytes=32_900_000_000,
    steps=8,
    guidance=0.0,
    native_short_side=1024,
    capture=CaptureChoice(
        blocks=(18,),
        sigma_low=0.4,
        sigma_high=0.65,
        draws=2,
        source="FreeFuse (2026) reads block 18 of 30, ConceptAttention (2025) finds a noise level "
        "of .5 best; not measured here with the real weights.",
    ),
    parameters={"transformer": 6_150_000_000, "text_encoder": 4_020_000_000, "vae": 84_000_000},
    working_gb=3.0,
    variants=(
        Variant(
            "q8",
            "jayn7/Z-Image-Turbo-GGUF",
            8.5,
            "gguf",
            "Apache-2.0",
            "Named in diffusers' pull request 12756 with another file of the same series; this "
            "file's name was not looked up.",
            file="z_image_turbo-Q8_0.gguf",
        ),
        Variant(
            "q4",
            "jayn7/Z-Image-Turbo-GGUF",
            4.9,
            "gguf",
            "Apache-2.0",
            "As q8.",
            file="z_image_turbo-Q4_K_M.gguf",
        ),
        Variant(
            "q3",
            "jayn7/Z-Image-Turbo-GGUF",
            3.5,
            "gguf",
            "Apache-2.0",
            "Named in diffusers' pull request 12756.",
            file="z_image_turbo-Q3_K_S.gguf",
        ),
    ),
    about="Alibaba's 6-billion-parameter model: any subject, photographs and drawings. Wants a "
    "GPU.",
    rank=100,
)

Z_IMAGE_BASE = replace(
    Z_IMAGE_TURBO,
    name="z-image",
    title="Z-Image",
    licence_url="https://huggingface.co/Tongyi-MAI/Z-Image",
    repository="Tongyi-MAI/Z-Image",
    variants=(),
    # Its transformer is stored in bfloat16.
    download_bytes=20_500_000_000,
    steps=28,
    guidance=4.0,
    about="Z-Image before its distillation: slower than Turbo and more varied. Wants a GPU.",
    rank=90,
)


class ZImageLayout(TokenLayout):
    """Z-Image: [image, padded to 32][text, padded to 32] for each picture; conditional first.

    The pads are learned tokens that take part in attention, so a picture's sequence ends after
    the padded text. What follows in a batch of unequal lengths is masked out by the model.
    """

    attention = AttentionPoint("diffusers.models.transformers.transformer_z_image")
    multiple = 32  # SEQ_MULTI_OF of diffusers' transformer_z_image
    _parameters = (
        "x",
        "t",
        "cap_feats",
        "return_dict",
        "controlnet_block_samples",
        "siglip_feats",
        "image_noise_mask",
        "patch_size",
        "f_patch_size",
    )

    def blocks(self, denoiser: Any) -> Sequence[Any]:
        """`transformer.layers`; noise_refiner and context_refiner attend to one part only."""
        return tuple(denoiser.layers)

    def read_call(
        self, pipeline: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> ForwardPass:
        """Sizes and sigma of `transformer(x, t, cap_feats, ...)`.

        x: per picture a latent (C, F, H, W); t: (B,), the pipeline passes 1 - sigma;
        cap_feats: per picture (text tokens, features).
        Raises `Failure` for the Omni variant's nested inputs and for films (more than a frame).
        """
        call = {**dict(zip(self._parameters, args, strict=False)), **kwargs}
        patch, frame_patch = call.get("patch_size", 2), call.get("f_patch_size", 1)
        latents, texts = call["x"], call["cap_feats"]
        if isinstance(latents[0], list) or latents[0].shape[1] != frame_patch:
            raise Failure(
                "attention.layout_unsupported",
                "Attention can be captured for one picture per prompt, without condition images.",
                remedy="Use the model in its plain text-to-image form.",
            )
        pictures = tuple(
            self._picture(tuple(latent.shape[-2:]), int(text.shape[0]), patch)
            for latent, text in zip(latents, texts, strict=True)
        )
        return ForwardPass(sigma=1.0 - float(call["t"].reshape(-1)[0]), pictures=pictures)

    def prompted(self, pipeline: Any, made: ForwardPass, before: int) -> slice:
        """The first half of the batch where the pipeline applies guidance at this sigma, else all.

        The rule is the pipeline's own: guidance is dropped where 1 - sigma > cfg_truncation.
        """
        batch, sigma = len(made.pictures), made.sigma
        if getattr(pipeline, "_guidance_scale", 0) <= 0:
            return slice(batch)
        truncation = getattr(pipeline, "_cfg_truncation", None)
        if truncation is not None and float(truncation) <= 1 and 1.0 - sigma > float(truncation):
            return slice(batch)
        return slice(batch // 2)

    def schedule(self, pipeline: Any) -> Schedule | None:
        """As `flow_matching.schedule`."""
        return flow_matching.schedule(pipeline.scheduler)

    def concepts(
        self, pipeline: Any, texts: Sequence[tuple[str, tuple[int, ...]]], max_length: int
    ) -> ZImageConcepts:
        """As `TokenLayout.concepts`."""
        return ZImageConcepts(pipeline, texts, max_length)

    def _picture(self, latent: tuple[int, int], text_length: int, patch: int) -> PictureTokens:
        grid = (latent[0] // patch, latent[1] // patch)
        text_start = self._padded(grid[0] * grid[1])
        return PictureTokens(
            grid=grid,
            image_start=0,
            text_start=text_start,
            text_length=text_length,
            length=text_start + self._padded(text_length),
        )

    def _padded(self, length: int) -> int:
        return -(-length // self.multiple) * self.multiple


def prompt_reader(tokenizer: Any) -> ChatReader:
    """How `ZImagePipeline` puts prompts before its text encoder."""
    return ChatReader(tokenizer, enable_thinking=True)


class ZImage(PipelineFamily):
    """`ZImagePipeline`: a flow-matching transformer with an `AutoencoderKL`."""

    name = "z-image"
    pipeline_class = "ZImagePipeline"
    related_classes = ("ZImageImg2ImgPipeline", "ZImageInpaintPipeline")
    inpaint_class = "ZImageInpaintPipeline"
    paints_beside = True
    layout = ZImageLayout()
    profiles = (STORYBOARD_MINI, Z_IMAGE_TURBO, Z_IMAGE_BASE)

    def reader_for(self, tokenizer: Any) -> ChatReader:
        """As `PipelineFamily.reader_for`."""
        return prompt_reader(tokenizer)

    def profile_like(self, folder: Path) -> ModelProfile:
        """Of the known models the one that is about as deep."""
        config = read_json(folder / "transformer" / "config.json")
        return Z_IMAGE_TURBO if int(config.get("n_layers", 0)) >= 24 else STORYBOARD_MINI

    def passes(self, guidance: float) -> int:
        """As `PipelineFamily.passes`; its pipeline guides from 0 on."""
        return 2 if guidance > 0.0 else 1

    def single_pass(self, pipeline: Any, shown: ShownPicture) -> None:
        """As `PipelineFamily.single_pass`; the picture is noised as flow matching does."""
        import torch

        device = pipeline._execution_device
        words, _ = pipeline.encode_prompt(
            shown.prompt,
            device=device,
            do_classifier_free_guidance=False,
            max_sequence_length=shown.max_text_tokens,
        )
        noisy = flow_matching.noised(
            autoencoder.encode(pipeline, shown.picture), shown.sigma, shown.seed
        )
        # The transformer counts time from noise (0) to picture (1), as the pipeline does.
        time = torch.full((1,), 1.0 - shown.sigma, device=device)
        inputs = list(noisy.to(pipeline.transformer.dtype).unsqueeze(2).unbind(dim=0))
        pipeline.transformer(inputs, time, words, return_dict=False)

    def believed(self, pipeline: Any, sample: Any, prediction: Any, grid: tuple[int, int]) -> Any:
        """As `PipelineFamily.believed`."""
        latent = flow_matching.estimate(pipeline.scheduler, sample, prediction)[:1]
        return autoencoder.unscaled(pipeline, latent)


Z_IMAGE = ZImage()
