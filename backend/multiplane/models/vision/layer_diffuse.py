"""LayerDiffuse (Zhang and Agrawala 2024): what stands before a background, with its transparency.

Of its released weights those are used that paint a foreground after a background and the picture
of both. A background is no part of a picture to be cut: within a thing's box it is guessed from
what is around the box, and all in the box that is unlike the guess counts as the thing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane.contract.errors import Failure
from multiplane.models import laid_out, memory
from multiplane.models.facts import ModelProfile
from multiplane.models.families.stable_diffusion import STABLE_DIFFUSION_XL
from multiplane.models.finite import finite
from multiplane.models.load import checked_folder
from multiplane.models.machine import look_at_machine
from multiplane.models.profiles import with_overrides
from multiplane.models.vision.profiles import (
    LAYER_DIFFUSE,
    LAYER_DIFFUSE_DECODER,
    LAYER_DIFFUSE_OFFSETS,
)
from multiplane.models.vision.seen import Box, Candidates, Floats, Picture, Prompt
from multiplane.models.vision.transparent_decoder import SIDE_MULTIPLE, decoder_of, rgba
from multiplane.models.vision.unet_offsets import add_offsets
from multiplane.models.weight_count import parameters_of, quantised_in

# What its authors' own examples add to a prompt, and what they tell it to keep away from.
_ADDED, _NEGATIVE = "high quality", "bad, ugly"
_SEED = 0
_MARGIN = 0.04  # of the box's longer side, round it: detectors cut off hair
_GUESSED_AT = 256  # px of the longer side at which the background is guessed
_REACH = 3.0  # px there, round each that is filled
_LEAST = 1e-4  # of a share whose logit is wanted
_SMALLER = "Close other programs, or cut by less: --cut grounding-dino-tiny+sam-2.1-tiny."
_OFFSET_CHANNELS = 12  # of the U-Net: its own noise, the background, the picture


@dataclass(frozen=True)
class LayerDiffuse:
    """A masker that paints each thing, on Stable Diffusion XL; one run of it for each prompt.

    pipeline: with the offsets added and its autoencoder in float32. scale: of the picture's sides
    while it is painted. The noise is always the same, so an answer repeats.
    """

    pipeline: Any
    decoder: Any
    facts: ModelProfile
    device: str
    scale: float = 1.0

    @classmethod
    def load(cls, folder: Path, device: str) -> LayerDiffuse:
        """Raises Failure `models.memory` where no plan fits, `models.missing` without SDXL."""
        from safetensors.torch import load_file

        known, painter = LAYER_DIFFUSE.pipeline, LAYER_DIFFUSE.upon
        assert known is not None
        assert painter is not None
        base = checked_folder(painter)
        counted = {**known.parameters, **parameters_of(base)}
        facts = with_overrides(replace(known, parameters=counted), folder)
        # Offsets cannot be added to weights in fewer bits: no package that quantises is counted on.
        situation = memory.Situation(
            look_at_machine(device), quantised_in(base), packages=frozenset()
        )
        try:
            plan = memory.plan(facts, situation)
        except Failure as error:
            raise replace(error, remedy=_SMALLER) from error
        decoder = decoder_of(load_file(folder / LAYER_DIFFUSE_DECODER))

        def load(place: Path, dtype: Any, **instead: Any) -> Any:
            import torch

            pipeline = STABLE_DIFFUSION_XL.load(place, dtype, **instead)
            add_offsets(pipeline.unet, load_file(folder / LAYER_DIFFUSE_OFFSETS))
            if pipeline.unet.conv_in.in_channels != _OFFSET_CHANNELS:
                raise ValueError("these offsets are not for a foreground of background and picture")
            pipeline.vae.to(torch.float32)  # in float16 SDXL's gives no numbers
            return pipeline

        pipeline = laid_out.pipeline_of(facts, base, plan, device, load)
        return cls(pipeline, decoder.to(device), facts, device, plan.scale)

    def candidates(self, picture: Picture, prompts: Sequence[Prompt]) -> list[Candidates]:
        """As `seen.Masker`: of each prompt one mask, from its transparency; it knows no score.

        A prompt's points say nothing to it; without a box everything may be the thing. Raises
        Failure `models.memory`, `models.picture_not_finite`.
        """
        return [self._candidate(picture, prompt) for prompt in prompts]

    def _candidate(self, picture: Picture, prompt: Prompt) -> Candidates:
        alpha = self.foreground(picture, prompt)[..., 3]
        share = alpha.clip(_LEAST, 1.0 - _LEAST)
        logits = np.log(share / (1.0 - share)).astype(np.float32)
        return Candidates(logits[None], np.ones(1, np.float32))

    def foreground(self, picture: Picture, prompt: Prompt) -> Floats:
        """Straight RGBA (h, w, 4) 0..1 of what the prompt shows, over the whole picture.

        Its colours are painted anew. Outside of the box, and a little round it, alpha is 0: there
        the background is the picture. Raises as `candidates`.
        """
        import torch

        size = self._size(picture)
        blended = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        stretch = size[0] / picture.shape[1], size[1] / picture.shape[0]
        hole = hole_of(prompt.box, size, stretch)
        background = guessed_background(blended, hole)
        try:
            with torch.inference_mode():
                made = self._painted(background, blended, prompt.words)
        except (torch.OutOfMemoryError, MemoryError) as error:
            raise Failure(
                code="models.memory",
                message="{model} ran out of memory on {device}.",
                value=self.facts.name,
                remedy=_SMALLER,
                values={"model": self.facts.name, "device": self.device},
            ) from error
        made = finite(made, self.facts.name)
        made[..., 3] *= hole
        return made

    def _size(self, picture: Picture) -> tuple[int, int]:
        """(width, height) px at which the picture is shown: of about SDXL's area, its aspect."""
        from multiplane.models.paint import picture_size

        height, width = picture.shape[:2]
        side = round(self.facts.native_short_side * self.scale)
        facts = replace(self.facts, native_short_side=side, size_multiple=SIDE_MULTIPLE)
        return picture_size(facts, width / height)

    def _painted(self, background: Picture, blended: Picture, words: str) -> Floats:
        import torch

        pipeline, vae = self.pipeline, self.pipeline.vae
        height, width = blended.shape[:2]
        beside = torch.cat([_encoded(pipeline, one) for one in (background, blended)], dim=1)
        with beside_noise(pipeline.unet, beside):
            latent, *_ = pipeline(
                prompt=", ".join(part for part in (words, _ADDED) if part),
                negative_prompt=_NEGATIVE,
                width=width,
                height=height,
                num_inference_steps=self.facts.steps,
                guidance_scale=self.facts.guidance,
                generator=torch.Generator("cpu").manual_seed(_SEED),
                output_type="latent",
                return_dict=False,
            )
        latent = latent.float() / vae.config.scaling_factor
        pixels = vae.decode(latent, return_dict=False)[0].float() * 0.5 + 0.5
        pipeline.maybe_free_model_hooks()
        seen = (one.to(self.device) for one in (pixels.clamp(0.0, 1.0), latent))
        made: Floats = rgba(self.decoder, *seen)[0].permute(1, 2, 0).cpu().numpy()
        return made


def hole_of(
    box: Box | None, size: tuple[int, int], stretch: tuple[float, float]
) -> NDArray[np.bool_]:
    """Where in a picture of `size` (width, height) the thing may be: (h, w); all without a box.

    stretch: from the box's px to the picture's, along x and y.
    """
    hole = np.ones(size[::-1], bool)
    if box is None:
        return hole
    left, right = box.left * stretch[0], box.right * stretch[0]
    top, bottom = box.top * stretch[1], box.bottom * stretch[1]
    margin = _MARGIN * max(right - left, bottom - top)
    hole[:] = False
    hole[
        max(0, round(top - margin)) : max(0, round(bottom + margin)),
        max(0, round(left - margin)) : max(0, round(right + margin)),
    ] = True
    return hole


def guessed_background(picture: Picture, hole: NDArray[np.bool_]) -> Picture:
    """The picture (H, W, 3) with the hole (H, W) filled smoothly from its rim; grey without one."""
    if hole.all():
        return np.full_like(picture, 127)
    height, width = hole.shape
    shrink = min(1.0, _GUESSED_AT / max(height, width))
    size = max(1, round(width * shrink)), max(1, round(height * shrink))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    # Every small pixel that the hole touches is filled: the thing must not colour the guess.
    touched = cv2.resize(hole.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.0
    if touched.all():
        return np.full_like(picture, 127)
    filled = cv2.inpaint(small, touched.astype(np.uint8), _REACH, cv2.INPAINT_TELEA)
    large = cv2.resize(filled, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.where(hole[..., None], large, picture)


@contextmanager
def beside_noise(unet: Any, latents: Any) -> Iterator[None]:
    """Within, the U-Net gets these latents (1, C, h, w) as channels behind its noise's own."""

    def widened(_: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
        import torch

        noise = args[0]
        more = latents.to(noise.device, noise.dtype).expand(len(noise), -1, -1, -1)
        return (torch.cat([noise, more], dim=1), *args[1:])

    hook = unet.register_forward_pre_hook(widened)
    try:
        yield
    finally:
        hook.remove()


def _encoded(pipeline: Any, picture: Picture) -> Any:
    """The picture's latent as the U-Net sees it: float32 (1, C, h, w)."""
    import torch

    vae = pipeline.vae
    pixels = torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1)))[None]
    pixels = (pixels.float() / 127.5 - 1.0).to(pipeline._execution_device)
    return vae.encode(pixels).latent_dist.mode() * vae.config.scaling_factor
