"""Stable Diffusion 3 and 3.5: image before text in every block; two CLIPs and T5 read prompts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from multiplane.models.facts import CaptureChoice, ModelProfile
from multiplane.models.families import autoencoder, flow_matching
from multiplane.models.families.family import Painting, PipelineFamily, ShownPicture, load_tokenizer
from multiplane.models.families.layout import (
    AttentionPoint,
    ForwardPass,
    PictureTokens,
    Schedule,
    TokenLayout,
)
from multiplane.models.families.prompt import PlainReader, PromptReader, PromptToken
from multiplane.models.model_json import read_json

CLIP_TOKENS = 77
"""Places of the CLIPs in the text sequence, before T5's: pads are attended to."""

_SOURCE = (
    "Seg4Diff (NeurIPS 2025) finds block 9 of 24 of Stable Diffusion 3 best; "
    "not measured here with the real weights."
)
_CAPTURE = CaptureChoice(blocks=(9,), sigma_low=0.35, sigma_high=0.7, draws=2, source=_SOURCE)
_ENCODERS = {
    "text_encoder": 124_000_000,
    "text_encoder_2": 695_000_000,
    "text_encoder_3": 4_760_000_000,
    "vae": 84_000_000,
}
_LICENCE = "Stability AI Community License"

SD35_MEDIUM = ModelProfile(
    name="sd3.5-medium",
    title="Stable Diffusion 3.5 Medium",
    licence=_LICENCE,
    family="sd3",
    licence_url="https://huggingface.co/stabilityai/stable-diffusion-3.5-medium",
    repository="stabilityai/stable-diffusion-3.5-medium",
    download_bytes=16_500_000_000,
    steps=28,
    guidance=4.5,
    native_short_side=1024,
    max_text_tokens=CLIP_TOKENS + 256,
    capture=_CAPTURE,
    parameters={"transformer": 2_240_000_000, **_ENCODERS},
    working_gb=3.0,
    about="Stability AI's 2.5-billion-parameter model; free below a turnover of a million dollars.",
    rank=40,
)

SD35_LARGE_TURBO = ModelProfile(
    name="sd3.5-large-turbo",
    title="Stable Diffusion 3.5 Large Turbo",
    licence=_LICENCE,
    family="sd3",
    licence_url="https://huggingface.co/stabilityai/stable-diffusion-3.5-large-turbo",
    repository="stabilityai/stable-diffusion-3.5-large-turbo",
    download_bytes=27_000_000_000,
    steps=4,
    guidance=0.0,
    native_short_side=1024,
    max_text_tokens=CLIP_TOKENS + 256,
    capture=CaptureChoice(blocks=(14,), sigma_low=0.35, sigma_high=0.75, draws=2, source=_SOURCE),
    parameters={"transformer": 8_060_000_000, **_ENCODERS},
    working_gb=3.0,
    about="Stability AI's 8-billion-parameter model in four steps; free below a turnover of a "
    "million dollars.",
    rank=45,
)


class StableDiffusion3Layout(TokenLayout):
    """[image][CLIP's 77 tokens, T5's]; the unconditional half of guidance comes first.

    Processors call torch's attention. A block of 3.5 Medium attends a second time, over the image
    alone; that call is not looked at.
    """

    attention = AttentionPoint(
        "torch.nn.functional", "scaled_dot_product_attention", heads_first=True
    )
    _patch = 2  # of every published transformer of the family

    def blocks(self, denoiser: Any) -> Sequence[Any]:
        """`transformer.transformer_blocks`."""
        return tuple(denoiser.transformer_blocks)

    def read_call(
        self, pipeline: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> ForwardPass:
        """Sizes and sigma of `transformer(...)`: latents (B, C, h, w), timestep 1000 sigma."""
        batch, _, height, width = kwargs["hidden_states"].shape
        grid = (height // self._patch, width // self._patch)
        image, text = grid[0] * grid[1], kwargs["encoder_hidden_states"].shape[1]
        tokens = PictureTokens(grid, 0, image, text, image + text)
        sigma = float(kwargs["timestep"].reshape(-1)[0]) / 1000.0
        return ForwardPass(sigma, (tokens,) * batch)

    def prompted(self, pipeline: Any, made: ForwardPass, before: int) -> slice:
        """The second half of a step's first pass under guidance, else all of it."""
        if before > 0:  # the pass without some layers, for skip-layer guidance
            return slice(0)
        batch = len(made.pictures)
        return slice(batch // 2, batch) if pipeline.do_classifier_free_guidance else slice(batch)

    def schedule(self, pipeline: Any) -> Schedule | None:
        """As `flow_matching.schedule`."""
        return flow_matching.schedule(pipeline.scheduler)


class ThreeReaders(PromptReader):
    """Two CLIPs, which share a tokenizer's words and places, and T5 where it is loaded."""

    def __init__(self, clip: Any, t5: Any | None) -> None:
        self._clip = PlainReader(clip, most=CLIP_TOKENS)
        self._t5 = None if t5 is None else PlainReader(t5, first=CLIP_TOKENS)

    def tokens(self, prompt: str) -> tuple[PromptToken, ...]:
        """As `PromptReader.tokens`."""
        of_t5 = () if self._t5 is None else self._t5.tokens(prompt)
        return (*self._clip.tokens(prompt), *of_t5)

    def length(self, prompt: str) -> int:
        """As `PromptReader.length`."""
        return self._clip.length(prompt) if self._t5 is None else self._t5.length(prompt)


class StableDiffusion3(PipelineFamily):
    """`StableDiffusion3Pipeline`: flow matching on an `AutoencoderKL`'s latents."""

    name = "sd3"
    pipeline_class = "StableDiffusion3Pipeline"
    related_classes = ("StableDiffusion3Img2ImgPipeline", "StableDiffusion3InpaintPipeline")
    inpaint_class = "StableDiffusion3InpaintPipeline"
    paints_beside = True
    layout = StableDiffusion3Layout()
    profiles = (SD35_MEDIUM, SD35_LARGE_TURBO)

    def load_reader(self, folder: Path) -> ThreeReaders:
        """The folder's tokenizers alone; T5's where the folder has its encoder."""
        has_t5 = (folder / "text_encoder_3").is_dir()
        t5 = load_tokenizer(folder / "tokenizer_3") if has_t5 else None
        return ThreeReaders(load_tokenizer(folder / self.tokenizer), t5)

    def reader(self, pipeline: Any) -> ThreeReaders:
        """The pipeline's own tokenizers."""
        has_t5 = pipeline.text_encoder_3 is not None
        return ThreeReaders(pipeline.tokenizer, pipeline.tokenizer_3 if has_t5 else None)

    def reader_for(self, tokenizer: Any) -> ThreeReaders:
        """The CLIPs' alone."""
        return ThreeReaders(tokenizer, None)

    def profile_like(self, folder: Path) -> ModelProfile:
        """Of the known models the one that is about as deep."""
        config = read_json(folder / "transformer" / "config.json")
        return SD35_LARGE_TURBO if int(config.get("num_layers", 0)) >= 30 else SD35_MEDIUM

    def arguments(self, wanted: Painting) -> dict[str, Any]:
        """As `PipelineFamily.arguments`; the pipeline counts T5's tokens alone."""
        own = {"max_sequence_length": wanted.max_text_tokens - CLIP_TOKENS}
        return {**super().arguments(wanted), **own}

    def single_pass(self, pipeline: Any, shown: ShownPicture) -> None:
        """As `PipelineFamily.single_pass`; the picture is noised as flow matching does."""
        import torch

        device, transformer = pipeline._execution_device, pipeline.transformer
        text, _, pooled, _ = pipeline.encode_prompt(
            shown.prompt,
            None,
            None,
            device=device,
            do_classifier_free_guidance=False,
            max_sequence_length=shown.max_text_tokens - CLIP_TOKENS,
        )
        noisy = flow_matching.noised(
            autoencoder.encode(pipeline, shown.picture), shown.sigma, shown.seed
        )
        transformer(
            hidden_states=noisy.to(transformer.dtype),
            timestep=torch.full((1,), 1000.0 * shown.sigma, device=device),
            encoder_hidden_states=text,
            pooled_projections=pooled,
            return_dict=False,
        )

    def believed(self, pipeline: Any, sample: Any, prediction: Any, grid: tuple[int, int]) -> Any:
        """As `PipelineFamily.believed`."""
        latent = flow_matching.estimate(pipeline.scheduler, sample, prediction)[:1]
        return autoencoder.unscaled(pipeline, latent)


STABLE_DIFFUSION_3 = StableDiffusion3()
