"""Where image and text tokens lie in the sequence that a model's main blocks attend over.

This is all that differs between architectures; the capture itself knows none of them. The
tensors in a call are only asked for their shapes, and the timestep for its value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

from multiplane.contract.errors import Failure, InputError


@dataclass(frozen=True)
class PictureTokens:
    """The unified sequence of one picture of the batch, without batch padding."""

    grid: tuple[int, int]  # (h, w) in image tokens
    image_start: int
    text_start: int
    text_length: int  # template and prompt, without padding to a multiple
    length: int  # tokens that are attended to, the model's own pad tokens among them

    @property
    def image_length(self) -> int:
        """Image tokens, h * w."""
        return self.grid[0] * self.grid[1]


@dataclass(frozen=True)
class ForwardPass:
    """One call of the transformer."""

    sigma: float  # noise level, 0 = picture, 1 = noise
    pictures: tuple[PictureTokens, ...]  # one per batch item, in order


@dataclass(frozen=True)
class Schedule:
    """A denoising loop that is under way."""

    sigmas: tuple[float, ...]  # noise level per step, from the loop's first step
    step: int  # index of the step that comes next or is being made


class TokenLayout(Protocol):
    """What the capture must know of an architecture."""

    @property
    def name(self) -> str:
        """The name that profiles use."""

    @property
    def dispatch_module(self) -> str:
        """Dotted name of the module whose global `dispatch_attention_fn` the blocks call."""

    def blocks(self, transformer: Any) -> Sequence[Any]:
        """The main blocks, in order; refiners and other helpers are none."""

    def read_call(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> ForwardPass:
        """Understand the arguments of one call of the transformer."""

    def conditional(self, pipeline: Any, batch: int, sigma: float) -> int:
        """How many leading batch items a pass of the pipeline's own loop spends on the prompt;
        what follows them is the unconditional half of guidance."""

    def schedule(self, pipeline: Any) -> Schedule | None:
        """The loop that the pipeline's scheduler stands in; None before, after and without."""


class ZImageLayout:
    """Z-Image: [image, padded to 32][text, padded to 32] for each picture; conditional first.

    The pads are learned tokens that take part in attention, so a picture's sequence ends after
    the padded text. What follows in a batch of unequal lengths is masked out by the model.
    """

    name = "z-image"
    dispatch_module = "diffusers.models.transformers.transformer_z_image"
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

    def blocks(self, transformer: Any) -> Sequence[Any]:
        """`transformer.layers`; noise_refiner and context_refiner attend to one part only."""
        return tuple(transformer.layers)

    def read_call(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> ForwardPass:
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

    def conditional(self, pipeline: Any, batch: int, sigma: float) -> int:
        """Half of the batch where the pipeline applies guidance at this sigma, else all of it.

        The rule is the pipeline's own: guidance is dropped where 1 - sigma > cfg_truncation.
        """
        if getattr(pipeline, "_guidance_scale", 0) <= 0:
            return batch
        truncation = getattr(pipeline, "_cfg_truncation", None)
        if truncation is not None and float(truncation) <= 1 and 1.0 - sigma > float(truncation):
            return batch
        return batch // 2

    def schedule(self, pipeline: Any) -> Schedule | None:
        """Read from the flow-matching scheduler: timesteps are sigma * num_train_timesteps.

        Its step index is None until the loop's first step is made, and the number of steps
        once the loop has ended.
        """
        scheduler = pipeline.scheduler
        begin = getattr(scheduler, "begin_index", None) or 0
        index = getattr(scheduler, "step_index", None)
        index = begin if index is None else int(index)
        if index >= len(scheduler.timesteps):
            return None
        scale = float(scheduler.config.num_train_timesteps)
        timesteps = scheduler.timesteps[begin:].tolist()
        return Schedule(sigmas=tuple(t / scale for t in timesteps), step=index - begin)

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


_Z_IMAGE = ZImageLayout()
LAYOUTS: Mapping[str, TokenLayout] = MappingProxyType({_Z_IMAGE.name: _Z_IMAGE})
_BY_TRANSFORMER: Mapping[str, TokenLayout] = MappingProxyType(
    {"ZImageTransformer2DModel": _Z_IMAGE}
)


def layout(name: str) -> TokenLayout:
    """The layout that profiles call `name`. Raises `InputError` `attention.layout_unknown`."""
    if name not in LAYOUTS:
        raise InputError(
            "attention.layout_unknown",
            f"There is no token layout {name!r}.",
            value=name,
            remedy=f"Known: {', '.join(LAYOUTS)}.",
        )
    return LAYOUTS[name]


def layout_of(pipeline: Any) -> TokenLayout:
    """The layout for a pipeline's transformer. Raises `Failure` `attention.layout_unknown`."""
    kind = type(pipeline.transformer).__name__
    if kind not in _BY_TRANSFORMER:
        raise Failure(
            "attention.layout_unknown",
            f"How {kind} orders its tokens is not known.",
            value=kind,
            remedy=f"Supported transformers: {', '.join(_BY_TRANSFORMER)}.",
        )
    return _BY_TRANSFORMER[kind]
