"""PixArt-Sigma: blocks that look at the picture and then at the text; T5 reads the prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

from multiplane.models.facts import CaptureChoice, ModelProfile
from multiplane.models.families import autoencoder, variance_preserving
from multiplane.models.families.family import Painting, PipelineFamily, ShownPicture
from multiplane.models.families.layout import (
    AttentionPoint,
    ForwardPass,
    PictureTokens,
    Schedule,
    TokenLayout,
)
from multiplane.models.families.prompt import PlainReader, PromptReader, PromptToken

PIXART_SIGMA = ModelProfile(
    name="pixart-sigma",
    title="PixArt-Sigma XL 1024",
    licence="OpenRAIL++-M",
    family="pixart-sigma",
    licence_url="https://huggingface.co/PixArt-alpha/PixArt-Sigma-XL-2-1024-MS",
    repository="PixArt-alpha/PixArt-Sigma-XL-2-1024-MS",
    # All in float32; the text encoder has 19 GB of it.
    download_bytes=21_800_000_000,
    steps=20,
    guidance=4.5,
    native_short_side=1024,
    max_text_tokens=300,
    capture=CaptureChoice(
        blocks=(10, 14, 18),
        sigma_low=0.3,
        sigma_high=0.8,
        draws=2,
        source="Around the middle of its 28 blocks, by analogy with Stable Diffusion 3 and "
        "Z-Image; not measured.",
    ),
    parameters={"transformer": 611_000_000, "text_encoder": 4_760_000_000, "vae": 84_000_000},
    dtype_on_accelerator="float16",
    working_gb=3.0,
    about="A small transformer (0.6 billion parameters) with a large text encoder.",
    rank=25,
)


class PixArtLayout(TokenLayout):
    """Image tokens attend to themselves, then to T5's, whose pads at the end are masked out.

    The unconditional half of guidance comes first. Processors call torch's attention.
    """

    attention = AttentionPoint(
        "torch.nn.functional", "scaled_dot_product_attention", heads_first=True
    )
    crosses = True

    def blocks(self, denoiser: Any) -> Sequence[Any]:
        """`transformer.transformer_blocks`."""
        return tuple(denoiser.transformer_blocks)

    def read_call(
        self, pipeline: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> ForwardPass:
        """Sizes and noise level of `transformer(latents, timestep=..., ...)`.

        latents: (B, C, h, w); encoder_attention_mask: (B, text), 0 for pads.
        """
        import torch

        latents = args[0] if args else kwargs["hidden_states"]
        batch, _, height, width = latents.shape
        patch = pipeline.transformer.config.patch_size
        grid = (height // patch, width // patch)
        mask = kwargs["encoder_attention_mask"]
        pictures = tuple(
            PictureTokens(grid, 0, 0, length, length) for length in mask.sum(dim=1).int().tolist()
        )
        time = float(kwargs["timestep"].reshape(-1)[0])
        (sigma,) = variance_preserving.levels(pipeline.scheduler, [time]).tolist()
        half = batch // 2
        doubled = batch % 2 == 0 and torch.equal(latents[:half], latents[half:])
        return ForwardPass(sigma, pictures, doubled)

    def prompted(self, pipeline: Any, made: ForwardPass, before: int) -> slice:
        """The second half under guidance, else all; the pipeline keeps no word of its guidance."""
        batch = len(made.pictures)
        return slice(batch // 2, batch) if made.doubled else slice(batch)

    def schedule(self, pipeline: Any) -> Schedule | None:
        """As `variance_preserving.schedule`."""
        return variance_preserving.schedule(pipeline.scheduler)


class PixArtReader(PromptReader):
    """The prompt in lower case and without blanks around it, as the pipeline gives it to T5."""

    def __init__(self, tokenizer: Any) -> None:
        self._plain = PlainReader(tokenizer)

    def tokens(self, prompt: str) -> tuple[PromptToken, ...]:
        """As `PromptReader.tokens`."""
        # Some letters are two in lower case: where each one's own end.
        ends = list(accumulate(len(letter.lower()) for letter in prompt))
        lower = prompt.lower()
        cut = len(lower) - len(lower.lstrip())

        def letter_at(place: int) -> int:
            return next((at for at, end in enumerate(ends) if end > place), len(ends))

        return tuple(
            PromptToken(position, letter_at(first + cut), letter_at(last - 1 + cut) + 1)
            for position, first, last in self._plain.tokens(lower.strip())
        )

    def length(self, prompt: str) -> int:
        """As `PromptReader.length`."""
        return self._plain.length(prompt.lower().strip())


class PixArtSigma(PipelineFamily):
    """`PixArtSigmaPipeline`: predicts noise on an `AutoencoderKL`'s latents. It takes no LoRAs."""

    name = "pixart-sigma"
    pipeline_class = "PixArtSigmaPipeline"
    paints_beside = True
    layout = PixArtLayout()
    profiles = (PIXART_SIGMA,)

    def reader_for(self, tokenizer: Any) -> PixArtReader:
        """As `PipelineFamily.reader_for`."""
        return PixArtReader(tokenizer)

    def profile_like(self, folder: Path) -> ModelProfile:
        """The only one that is known."""
        return PIXART_SIGMA

    def arguments(self, wanted: Painting) -> dict[str, Any]:
        """As `PipelineFamily.arguments`, with words and size as they are."""
        own = {"clean_caption": False, "use_resolution_binning": False}
        return {**super().arguments(wanted), **own}

    def paint(self, pipeline: Any, wanted: Painting) -> Any:
        """As `PipelineFamily.paint`; the pipeline tells of its steps in a way of its own."""
        image, *_ = pipeline(
            **self.arguments(wanted),
            generator=wanted.noise(),
            output_type=wanted.output,
            callback=lambda step, *_: wanted.step_ended(step),
            return_dict=False,
        )
        return image[:1]

    def single_pass(self, pipeline: Any, shown: ShownPicture) -> None:
        """As `PipelineFamily.single_pass`; at the time whose noise level is nearest to `sigma`."""
        import torch

        scheduler, transformer = pipeline.scheduler, pipeline.transformer
        text, mask, _, _ = pipeline.encode_prompt(
            shown.prompt,
            do_classifier_free_guidance=False,
            max_sequence_length=shown.max_text_tokens,
        )
        time = variance_preserving.timestep_at(scheduler, shown.sigma)
        latent = autoencoder.encode(pipeline, shown.picture)
        noisy = variance_preserving.noised(scheduler, latent, time, shown.seed)
        transformer(
            noisy.to(transformer.dtype),
            encoder_hidden_states=text,
            encoder_attention_mask=mask,
            timestep=torch.tensor([time], device=noisy.device),
            added_cond_kwargs={"resolution": None, "aspect_ratio": None},
            return_dict=False,
        )

    def believed(self, pipeline: Any, sample: Any, prediction: Any, grid: tuple[int, int]) -> Any:
        """As `PipelineFamily.believed`."""
        latent = variance_preserving.estimate(pipeline.scheduler, sample, prediction)[:1]
        return autoencoder.unscaled(pipeline, latent)


PIXART_SIGMA_FAMILY = PixArtSigma()
