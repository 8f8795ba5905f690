"""A family as another package would add it: FLUX.2-klein, in one file.

It is unlike Z-Image where families differ: two streams of tokens and then one, text before image,
packed latents, a pass of its own for the unconditional part of guidance.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multiplane.models.facts import CaptureChoice, ModelProfile
from multiplane.models.families import flow_matching
from multiplane.models.families.family import Painting, PipelineFamily
from multiplane.models.families.layout import (
    AttentionPoint,
    ForwardPass,
    PictureTokens,
    Schedule,
    TokenLayout,
)
from multiplane.models.families.prompt import ChatReader

TEXT_LAYERS = (1, 2, 3)  # of the text encoder; the real model takes (9, 18, 27)

KLEIN = ModelProfile(
    name="klein-sample",
    title="Klein Sample",
    licence="Apache-2.0",
    family="klein",
    repository="example/klein",
    steps=4,
    guidance=1.0,
    native_short_side=64,
    size_multiple=16,
    capture=CaptureChoice(blocks=(1, 2), sigma_low=0.0, sigma_high=1.0),
    parameters={"transformer": 1_000_000, "text_encoder": 1_000_000, "vae": 1_000_000},
    max_text_tokens=64,
)


class KleinLayout(TokenLayout):
    """[text, padded to its maximum][image]; conditional pass first."""

    attention = AttentionPoint("diffusers.models.transformers.transformer_flux2")

    def blocks(self, denoiser: Any) -> Sequence[Any]:
        return (*denoiser.transformer_blocks, *denoiser.single_transformer_blocks)

    def read_call(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> ForwardPass:
        places = kwargs["img_ids"][0]
        grid = (int(places[:, 1].max()) + 1, int(places[:, 2].max()) + 1)
        batch, text, _ = kwargs["encoder_hidden_states"].shape
        tokens = PictureTokens(grid, text, 0, text, text + grid[0] * grid[1])
        return ForwardPass(float(kwargs["timestep"].reshape(-1)[0]), (tokens,) * batch)

    def prompted(self, pipeline: Any, batch: int, sigma: float, call: int) -> slice:
        return slice(batch if call == 0 else 0)

    def schedule(self, pipeline: Any) -> Schedule | None:
        return flow_matching.schedule(pipeline.scheduler)


class Klein(PipelineFamily):
    name = "klein"
    pipeline_class = "Flux2KleinPipeline"
    layout = KleinLayout()
    profiles = (KLEIN,)

    def load_reader(self, folder: Path) -> ChatReader:
        from transformers import AutoTokenizer

        return self._reader(AutoTokenizer.from_pretrained(folder / "tokenizer"))

    def reader(self, pipeline: Any) -> ChatReader:
        return self._reader(pipeline.tokenizer)

    def profile_like(self, folder: Path) -> ModelProfile:
        return KLEIN

    def arguments(self, wanted: Painting) -> dict[str, Any]:
        return {**super().arguments(wanted), "text_encoder_out_layers": TEXT_LAYERS}

    def single_pass(
        self,
        pipeline: Any,
        picture: NDArray[np.uint8],
        prompt: str,
        *,
        sigma: float,
        seed: int,
        max_text_tokens: int,
    ) -> None:
        import torch

        with torch.no_grad():
            text, text_ids = pipeline.encode_prompt(
                prompt,
                max_sequence_length=max_text_tokens,
                text_encoder_out_layers=TEXT_LAYERS,
            )
            pixels = pipeline.image_processor.preprocess(picture[None] / np.float32(255))
            pixels = pixels.to(pipeline._execution_device, pipeline.vae.dtype)
            latent = pipeline._encode_vae_image(pixels, generator=None)
            noisy = flow_matching.noised(latent.float(), sigma, seed)
            pipeline.transformer(
                hidden_states=pipeline._pack_latents(noisy).to(pipeline.transformer.dtype),
                encoder_hidden_states=text,
                timestep=torch.full((1,), sigma),
                img_ids=pipeline._prepare_latent_ids(noisy),
                txt_ids=text_ids,
                return_dict=False,
            )

    def preview(
        self,
        pipeline: Any,
        sample: Any,
        prediction: Any,
        grid: tuple[int, int],
        shrink: Callable[[int], int],
    ) -> NDArray[np.uint8]:
        import torch

        vae = pipeline.vae
        packed = flow_matching.estimate(pipeline.scheduler, sample, prediction)[:1].float()
        latent = packed.permute(0, 2, 1).reshape(1, -1, *grid)
        mean, variance = vae.bn.running_mean, vae.bn.running_var + vae.config.batch_norm_eps
        latent = latent * torch.sqrt(variance).view(1, -1, 1, 1) + mean.view(1, -1, 1, 1)
        latent = pipeline._unpatchify_latents(latent)
        times = shrink(max(latent.shape[2:]) * pipeline.vae_scale_factor)
        size = [max(1, side // times) for side in latent.shape[2:]]
        small = torch.nn.functional.interpolate(latent, size=size, mode="area")
        pixels = vae.decode(small.to(vae.dtype), return_dict=False)[0]
        images: list[NDArray[np.float32]] = pipeline.image_processor.postprocess(pixels, "np")
        return np.rint(images[0] * 255).astype(np.uint8)

    def _reader(self, tokenizer: Any) -> ChatReader:
        return ChatReader(tokenizer, enable_thinking=False)


FAMILY = Klein()
