"""Flux.1: two streams of blocks and then one, text before image; T5 reads the prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from multiplane.models.facts import CaptureChoice, ModelProfile
from multiplane.models.families import autoencoder, flow_matching
from multiplane.models.families.family import PipelineFamily, ShownPicture
from multiplane.models.families.layout import (
    AttentionPoint,
    ForwardPass,
    PictureTokens,
    Schedule,
    TokenLayout,
)
from multiplane.models.families.prompt import PlainReader, PromptReader
from multiplane.models.model_json import read_json

_CAPTURE = CaptureChoice(
    blocks=(12, 17),
    sigma_low=0.35,
    sigma_high=0.75,
    draws=2,
    source="Seg4Diff (NeurIPS 2025) finds blocks 12 and 17 of 57 best, ConceptAttention (2025) "
    "a noise level of .5; not measured here with the real weights.",
)
_PARAMETERS = {
    "transformer": 11_900_000_000,
    "text_encoder": 123_000_000,
    "text_encoder_2": 4_760_000_000,
    "vae": 84_000_000,
}

FLUX_SCHNELL = ModelProfile(
    name="flux-schnell",
    title="FLUX.1 schnell",
    licence="Apache-2.0",
    family="flux",
    licence_url="https://huggingface.co/black-forest-labs/FLUX.1-schnell",
    repository="black-forest-labs/FLUX.1-schnell",
    download_bytes=33_700_000_000,
    steps=4,
    guidance=0.0,
    native_short_side=1024,
    max_text_tokens=256,
    capture=_CAPTURE,
    parameters=_PARAMETERS,
    working_gb=3.0,
    about="Black Forest Labs' 12-billion-parameter model in four steps. Wants a large GPU.",
    rank=60,
)

FLUX_DEV = ModelProfile(
    name="flux-dev",
    title="FLUX.1 dev",
    licence="FLUX.1 [dev] Non-Commercial License",
    family="flux",
    licence_url="https://huggingface.co/black-forest-labs/FLUX.1-dev",
    repository="black-forest-labs/FLUX.1-dev",
    download_bytes=33_700_000_000,
    steps=28,
    guidance=3.5,
    native_short_side=1024,
    capture=_CAPTURE,
    parameters=_PARAMETERS,
    working_gb=3.0,
    about="As FLUX.1 schnell, slower and finer; not for commercial use without a licence.",
    rank=50,
)


class FluxLayout(TokenLayout):
    """[text, padded to its maximum][image]; T5's pads are attended to, the pipeline masks none."""

    attention = AttentionPoint("diffusers.models.transformers.transformer_flux")

    def blocks(self, denoiser: Any) -> Sequence[Any]:
        """Both kinds, numbered on: 19 with a stream each for text and image, then 38 with one."""
        return (*denoiser.transformer_blocks, *denoiser.single_transformer_blocks)

    def read_call(
        self, pipeline: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> ForwardPass:
        """Sizes and sigma of `transformer(hidden_states=..., img_ids=..., timestep=...)`.

        img_ids: (tokens, 3), row and column of each image token; timestep: (B,), sigma.
        """
        places = kwargs["img_ids"]
        grid = (int(places[:, 1].max()) + 1, int(places[:, 2].max()) + 1)
        batch, text, _ = kwargs["encoder_hidden_states"].shape
        tokens = PictureTokens(grid, text, 0, text, text + grid[0] * grid[1])
        return ForwardPass(float(kwargs["timestep"].reshape(-1)[0]), (tokens,) * batch)

    def prompted(self, pipeline: Any, made: ForwardPass, before: int) -> slice:
        """All of a step's first pass; a second one is that of a negative prompt."""
        return slice(len(made.pictures) if before == 0 else 0)

    def schedule(self, pipeline: Any) -> Schedule | None:
        """As `flow_matching.schedule`."""
        return flow_matching.schedule(pipeline.scheduler)


class Flux(PipelineFamily):
    """`FluxPipeline`: flow matching on an `AutoencoderKL`'s latents, packed by two and two.

    A family whose pipeline packs and places its tokens in the same way says only its `conditions`.
    """

    name = "flux"
    pipeline_class = "FluxPipeline"
    related_classes = ("FluxImg2ImgPipeline", "FluxInpaintPipeline")
    inpaint_class = "FluxInpaintPipeline"
    paints_beside = True
    layout = FluxLayout()
    tokenizer = "tokenizer_2"
    profiles = (FLUX_SCHNELL, FLUX_DEV)

    def reader_for(self, tokenizer: Any) -> PromptReader:
        """As `PipelineFamily.reader_for`: T5's, as CLIP gives one vector without places."""
        return PlainReader(tokenizer)

    def profile_like(self, folder: Path) -> ModelProfile:
        """Dev has an embedding for guidance, schnell has none."""
        config = read_json(folder / "transformer" / "config.json")
        return FLUX_DEV if config.get("guidance_embeds") else FLUX_SCHNELL

    def passes(self, guidance: float) -> int:
        """As `PipelineFamily.passes`; guidance is told to the transformer."""
        return 1

    def single_pass(self, pipeline: Any, shown: ShownPicture) -> None:
        """As `PipelineFamily.single_pass`; the picture is noised as flow matching does."""
        import torch

        device, transformer = pipeline._execution_device, pipeline.transformer
        words = self.conditions(pipeline, shown.prompt, shown.max_text_tokens)
        noisy = flow_matching.noised(
            autoencoder.encode(pipeline, shown.picture), shown.sigma, shown.seed
        )
        _, channels, height, width = noisy.shape
        packed = pipeline._pack_latents(noisy, 1, channels, height, width)
        transformer(
            hidden_states=packed.to(transformer.dtype),
            timestep=torch.full((1,), shown.sigma, device=device),
            img_ids=pipeline._prepare_latent_image_ids(
                1, height // 2, width // 2, device, transformer.dtype
            ),
            **words,
            return_dict=False,
        )

    def conditions(self, pipeline: Any, prompt: str, max_text_tokens: int) -> dict[str, Any]:
        """What the transformer gets beside picture and time, as the pipeline's own loop has it."""
        import torch

        device = pipeline._execution_device
        text, pooled, text_ids = pipeline.encode_prompt(
            prompt, None, device=device, max_sequence_length=max_text_tokens
        )
        guides = pipeline.transformer.config.guidance_embeds
        return {
            "encoder_hidden_states": text,
            "txt_ids": text_ids,
            "pooled_projections": pooled,
            "guidance": torch.full((1,), FLUX_DEV.guidance, device=device) if guides else None,
        }

    def believed(self, pipeline: Any, sample: Any, prediction: Any, grid: tuple[int, int]) -> Any:
        """As `PipelineFamily.believed`."""
        packed = flow_matching.estimate(pipeline.scheduler, sample, prediction)[:1]
        height, width = (2 * pipeline.vae_scale_factor * side for side in grid)  # px
        latent = pipeline._unpack_latents(packed, height, width, pipeline.vae_scale_factor)
        return autoencoder.unscaled(pipeline, latent)


FLUX = Flux()
