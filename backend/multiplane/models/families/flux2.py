"""FLUX.2-klein: as Flux.1 two streams and then one, text before image; Qwen3 reads the prompt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from multiplane.models.facts import CaptureChoice, ModelProfile, Variant
from multiplane.models.families import flow_matching
from multiplane.models.families.family import Painting, PipelineFamily, ShownPicture
from multiplane.models.families.flux import FluxLayout
from multiplane.models.families.layout import AttentionPoint, ForwardPass
from multiplane.models.families.prompt import ChatReader

FLUX2_KLEIN = ModelProfile(
    name="flux2-klein-4b",
    title="FLUX.2 klein 4B",
    licence="Apache-2.0",
    family="flux2-klein",
    licence_url="https://huggingface.co/black-forest-labs/FLUX.2-klein-4B",
    repository="black-forest-labs/FLUX.2-klein-4B",
    download_bytes=16_000_000_000,
    steps=4,
    guidance=1.0,
    native_short_side=1024,
    capture=CaptureChoice(
        blocks=(12, 13),
        sigma_low=0.4,
        sigma_high=0.9,
        draws=2,
        source="FreeFuse (2026) reads klein in its single-stream blocks, at the second of four "
        "steps; blocks from their middle, not measured here with the real weights.",
    ),
    parameters={"transformer": 3_880_000_000, "text_encoder": 4_020_000_000, "vae": 84_000_000},
    working_gb=3.0,
    variants=(
        Variant(
            "nf4",
            "Audante/FLUX.2-klein-4B-nf4",
            4.3,
            "bitsandbytes",
            "Apache-2.0",
            "Its page: transformer and text encoder quantised from Black Forest Labs' own, no "
            "official release. Not run here.",
        ),
    ),
    about="Black Forest Labs' small model in four steps: any subject, photographs and drawings. "
    "Wants a GPU.",
    rank=80,
)


class Flux2KleinLayout(FluxLayout):
    """[text, padded to its maximum][image]; with guidance a pass of its own for no prompt."""

    attention = AttentionPoint("diffusers.models.transformers.transformer_flux2")

    def read_call(
        self, pipeline: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> ForwardPass:
        """As `FluxLayout.read_call`; img_ids are (B, tokens, 4) here: time, row, column, layer.

        The tokens of pictures that it is shown beside follow the image's, at later times.
        """
        places = kwargs["img_ids"][0]
        own = places[places[:, 0] == places[0, 0]]
        made = super().read_call(pipeline, args, {**kwargs, "img_ids": own})
        shown = len(places) - len(own)
        pictures = tuple(replace(one, length=one.length + shown) for one in made.pictures)
        return replace(made, pictures=pictures)


class Flux2Klein(PipelineFamily):
    """`Flux2KleinPipeline`: flow matching on whitened latents of an `AutoencoderKLFlux2`."""

    name = "flux2-klein"
    pipeline_class = "Flux2KleinPipeline"
    related_classes = ("Flux2KleinInpaintPipeline",)
    inpaint_class = "Flux2KleinInpaintPipeline"
    # A bound of this program's: the pipeline has none.
    most_references = 4
    paints_beside = True
    layout = Flux2KleinLayout()
    profiles = (FLUX2_KLEIN,)

    def reader_for(self, tokenizer: Any) -> ChatReader:
        """As `PipelineFamily.reader_for`."""
        return ChatReader(tokenizer, enable_thinking=False)

    def profile_like(self, folder: Path) -> ModelProfile:
        """The only one that is known."""
        return FLUX2_KLEIN

    def arguments(self, wanted: Painting) -> dict[str, Any]:
        """As `PipelineFamily.arguments`, with the reference pictures."""
        from PIL import Image

        own = super().arguments(wanted)
        if wanted.references:
            own["image"] = [Image.fromarray(picture) for picture in wanted.references]
        return own

    def single_pass(self, pipeline: Any, shown: ShownPicture) -> None:
        """As `PipelineFamily.single_pass`; the picture is noised as flow matching does."""
        import torch

        device, transformer = pipeline._execution_device, pipeline.transformer
        text, text_ids = pipeline.encode_prompt(
            shown.prompt, device=device, max_sequence_length=shown.max_text_tokens
        )
        pixels = pipeline.image_processor.preprocess(shown.picture[None] / np.float32(255))
        latent = pipeline._encode_vae_image(pixels.to(device, pipeline.vae.dtype), None)
        noisy = flow_matching.noised(latent.float(), shown.sigma, shown.seed)
        transformer(
            hidden_states=pipeline._pack_latents(noisy).to(transformer.dtype),
            timestep=torch.full((1,), shown.sigma, device=device),
            encoder_hidden_states=text,
            txt_ids=text_ids,
            img_ids=pipeline._prepare_latent_ids(noisy).to(device),
            return_dict=False,
        )

    def believed(self, pipeline: Any, sample: Any, prediction: Any, grid: tuple[int, int]) -> Any:
        """As `PipelineFamily.believed`."""
        import torch

        vae = pipeline.vae
        packed = flow_matching.estimate(pipeline.scheduler, sample, prediction)[:1].float()
        latent = packed.permute(0, 2, 1).reshape(1, -1, *grid)
        mean = vae.bn.running_mean.to(latent.device)
        deviation = torch.sqrt(vae.bn.running_var + vae.config.batch_norm_eps).to(latent.device)
        latent = latent * deviation.view(1, -1, 1, 1) + mean.view(1, -1, 1, 1)
        return pipeline._unpatchify_latents(latent)


FLUX2_KLEIN_FAMILY = Flux2Klein()
