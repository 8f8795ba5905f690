"""Qwen-Image: two streams in every block, text before image; Qwen2.5-VL reads the prompt."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multiplane.models.facts import CaptureChoice, ModelProfile
from multiplane.models.families import autoencoder, flow_matching
from multiplane.models.families.family import Painting, PipelineFamily, ShownPicture
from multiplane.models.families.layout import (
    AttentionPoint,
    ForwardPass,
    PictureTokens,
    Schedule,
    TokenLayout,
)
from multiplane.models.families.prompt import PromptReader, PromptToken, TemplateReader

QWEN_IMAGE = ModelProfile(
    name="qwen-image",
    title="Qwen-Image",
    licence="Apache-2.0",
    family="qwen-image",
    licence_url="https://huggingface.co/Qwen/Qwen-Image",
    repository="Qwen/Qwen-Image",
    download_bytes=57_700_000_000,
    steps=40,
    guidance=4.0,
    native_short_side=1024,
    capture=CaptureChoice(
        blocks=(29, 30),
        sigma_low=0.4,
        sigma_high=0.65,
        draws=2,
        source="The middle of its 60 blocks, by analogy with Z-Image; not measured.",
    ),
    parameters={"transformer": 20_430_000_000, "text_encoder": 8_290_000_000, "vae": 127_000_000},
    working_gb=4.0,
    about="Alibaba's 20-billion-parameter model; follows long prompts and paints text. Wants a "
    "very large GPU.",
    rank=70,
)


class QwenImageLayout(TokenLayout):
    """[text, padded to the batch's longest][image][pictures that it is shown].

    With guidance a pass of its own comes second. Padding is masked out. The template's first tokens
    are cut off before the transformer.
    """

    attention = AttentionPoint("diffusers.models.transformers.transformer_qwenimage")

    def blocks(self, denoiser: Any) -> Sequence[Any]:
        """`transformer.transformer_blocks`."""
        return tuple(denoiser.transformer_blocks)

    def read_call(
        self, pipeline: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> ForwardPass:
        """Sizes and sigma of `transformer(encoder_hidden_states=..., img_shapes=..., ...)`.

        img_shapes: per picture [(frames, rows, columns), ...] in tokens, its own first, then those
        of pictures that it is shown, which follow it; timestep: (B,), sigma;
        encoder_hidden_states_mask: (B, text), None where every token counts.
        """
        batch, text, _ = kwargs["encoder_hidden_states"].shape
        mask = kwargs.get("encoder_hidden_states_mask")
        lengths = [text] * batch if mask is None else mask.sum(dim=1).int().tolist()
        pictures = []
        for length, shapes in zip(lengths, kwargs["img_shapes"], strict=True):
            _, height, width = shapes[0]
            whole = text + sum(math.prod(shape) for shape in shapes)
            pictures.append(PictureTokens((height, width), text, 0, length, whole, text - length))
        return ForwardPass(float(kwargs["timestep"].reshape(-1)[0]), tuple(pictures))

    def prompted(self, pipeline: Any, made: ForwardPass, before: int) -> slice:
        """All of a step's first pass; the second is the unconditional one."""
        return slice(len(made.pictures) if before == 0 else 0)

    def schedule(self, pipeline: Any) -> Schedule | None:
        """As `flow_matching.schedule`."""
        return flow_matching.schedule(pipeline.scheduler)


class QwenImageReader(PromptReader):
    """The prompt in the pipeline's own template, whose first tokens the model does not get."""

    # As `QwenImagePipeline` sets them for every model.
    template = (
        "<|im_start|>system\nDescribe the image by detailing the color, shape, size, texture, "
        "quantity, text, spatial relationships of the objects and background:<|im_end|>\n"
        "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n"
    )
    cut_off = 34

    def __init__(self, tokenizer: Any) -> None:
        self._whole = TemplateReader(tokenizer, self.template)

    def tokens(self, prompt: str) -> tuple[PromptToken, ...]:
        """As `PromptReader.tokens`."""
        found = self._whole.tokens(prompt)
        moved = (token._replace(position=token.position - self.cut_off) for token in found)
        return tuple(token for token in moved if token.position >= 0)

    def length(self, prompt: str) -> int:
        """As `PromptReader.length`."""
        return max(0, self._whole.length(prompt) - self.cut_off)


class QwenImage(PipelineFamily):
    """`QwenImagePipeline`: flow matching on an `AutoencoderKLQwenImage`'s latents, packed."""

    name = "qwen-image"
    pipeline_class = "QwenImagePipeline"
    related_classes: tuple[str, ...] = ("QwenImageImg2ImgPipeline", "QwenImageInpaintPipeline")
    inpaint_class: str | None = "QwenImageInpaintPipeline"
    paints_beside = True
    layout = QwenImageLayout()
    profiles = (QWEN_IMAGE,)

    def reader_for(self, tokenizer: Any) -> QwenImageReader:
        """As `PipelineFamily.reader_for`."""
        return QwenImageReader(tokenizer)

    def profile_like(self, folder: Path) -> ModelProfile:
        """The only one that is known."""
        return QWEN_IMAGE

    def arguments(self, wanted: Painting) -> dict[str, Any]:
        """As `PipelineFamily.arguments`; guidance is by an unconditional pass, and an empty prompt.

        The pipeline guides only where there is a negative prompt; a blank is the model's own.
        """
        own = {**super().arguments(wanted), "guidance_scale": None}
        if wanted.guidance > 1:
            none = [" "] * (1 + len(wanted.beside)) if wanted.beside else " "
            own |= {"true_cfg_scale": wanted.guidance, "negative_prompt": none}
        return own

    def single_pass(self, pipeline: Any, shown: ShownPicture) -> None:
        """As `PipelineFamily.single_pass`; the picture is noised as flow matching does."""
        import torch

        device, transformer = pipeline._execution_device, pipeline.transformer
        text, mask = pipeline.encode_prompt(
            shown.prompt, device=device, max_sequence_length=shown.max_text_tokens
        )
        noisy = flow_matching.noised(_encode(pipeline, shown.picture), shown.sigma, shown.seed)
        _, channels, height, width = noisy.shape
        transformer(
            hidden_states=pipeline._pack_latents(noisy, 1, channels, height, width).to(
                transformer.dtype
            ),
            timestep=torch.full((1,), shown.sigma, device=device),
            encoder_hidden_states=text,
            encoder_hidden_states_mask=mask,
            img_shapes=[[(1, height // 2, width // 2)]],
            return_dict=False,
        )

    def believed(self, pipeline: Any, sample: Any, prediction: Any, grid: tuple[int, int]) -> Any:
        """As `PipelineFamily.believed`."""
        packed = flow_matching.estimate(pipeline.scheduler, sample, prediction)[:1].float()
        height, width = (2 * pipeline.vae_scale_factor * side for side in grid)  # px
        latent = pipeline._unpack_latents(packed, height, width, pipeline.vae_scale_factor)
        mean, deviation = _whitening(pipeline.vae, latent.device)
        return latent * deviation + mean

    def decoded(self, vae: Any, latent: Any, shrink: int) -> NDArray[np.uint8]:
        """As `PipelineFamily.decoded`; the latent (1, C, 1, h, w) is a film of one frame."""
        import torch

        size = [1, *(max(1, side // shrink) for side in latent.shape[3:])]
        with torch.no_grad():
            small = torch.nn.functional.interpolate(latent, size=size, mode="area")
            # `decode` would, where models take turns on the device, throw the transformer off it.
            pixels = vae._decode(small.to(vae.dtype), return_dict=False)[0]
        return autoencoder.levels(pixels[0, :, 0])


def _whitening(vae: Any, device: Any) -> tuple[Any, Any]:
    """Mean and deviation of every channel of the autoencoder's latents, (1, C, 1, 1, 1) each."""
    import torch

    values = (vae.config.latents_mean, vae.config.latents_std)
    mean, deviation = (torch.tensor(each, device=device).view(1, -1, 1, 1, 1) for each in values)
    return mean, deviation


def _encode(pipeline: Any, picture: NDArray[np.uint8]) -> Any:
    """The picture's latent as the denoiser sees it: float32 (1, C, h, w)."""
    vae = pipeline.vae
    pixels = pipeline.image_processor.preprocess(picture[None] / np.float32(255))
    pixels = pixels.unsqueeze(2).to(pipeline._execution_device, vae.dtype)
    latent = vae.encode(pixels).latent_dist.mode().float()
    mean, deviation = _whitening(vae, latent.device)
    return ((latent - mean) / deviation)[:, :, 0]


QWEN_IMAGE_FAMILY = QwenImage()
