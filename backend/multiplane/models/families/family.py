"""What an architecture brings: all that Multiplane must know to paint with it and to look inside.

A family is one file with one object, here or in a package of somebody else's (see `registry`).
"""

from __future__ import annotations

import copy
import inspect
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.errors import InputError
from multiplane.models.facts import ModelProfile
from multiplane.models.families import autoencoder
from multiplane.models.families.layout import TokenLayout
from multiplane.models.families.prompt import PromptReader
from multiplane.models.model_json import read_json


def load_tokenizer(folder: Path) -> Any:
    """The tokenizer in `folder`, without asking the network and without code of its own."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(
        str(folder), local_files_only=True, trust_remote_code=False
    )


def load_part(kind: str, folder: Path, dtype: Any, **instead: Any) -> Any:
    """What lies in `folder`, of the class `kind` of diffusers, from safetensors on this computer.

    instead: components that are not loaded from there, and what else `from_pretrained` takes.
    dtype: torch's.
    """
    import diffusers

    return getattr(diffusers, kind).from_pretrained(
        str(folder),
        local_files_only=True,
        trust_remote_code=False,
        torch_dtype=dtype,
        use_safetensors=True,
        **instead,
    )


@dataclass(frozen=True)
class Beside:
    """A picture that is painted in one batch with another, which may look at it; none remains."""

    prompt: str
    seed: int  # of the noise, which is drawn on the CPU


@dataclass(frozen=True)
class Painting:
    """A picture that a pipeline is asked for, in every family's terms."""

    prompt: str
    size: tuple[int, int]  # (width, height) px, multiples of the profile's `size_multiple`
    seed: int  # of the noise, which is drawn on the CPU: the same start on every device
    steps: int
    guidance: float  # 0 = none
    max_text_tokens: int
    output: Literal["np", "latent"]  # a picture in 0..1, or the latent without decoding
    step_ended: Callable[[int], None]  # gets each step's index; what it raises stops all
    # (H, W, 3) sRGB each, of who shall be in it; at most the family's `most_references`
    references: tuple[NDArray[np.uint8], ...] = ()
    # behind it in the batch; only where the family `paints_beside`, and without references
    beside: tuple[Beside, ...] = ()

    @property
    def prompts(self) -> str | list[str]:
        """What the pipeline reads: the prompt, and a list where others are painted beside."""
        return [self.prompt, *(one.prompt for one in self.beside)] if self.beside else self.prompt

    def noise(self) -> Any:
        """Where the noise comes from: torch's generator, and one for each of `prompts`."""
        import torch

        own, *others = (
            torch.Generator("cpu").manual_seed(seed)
            for seed in (self.seed, *(one.seed for one in self.beside))
        )
        return [own, *others] if others else own


def _after_steps(wanted: Painting) -> Callable[[Any, int, Any, dict[str, Any]], dict[str, Any]]:
    """What a pipeline of diffusers calls after every step."""

    def step_ended(_: Any, step: int, __: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        wanted.step_ended(step)
        return tensors

    return step_ended


@dataclass(frozen=True)
class ShownPicture:
    """A picture that a model is shown, noised, to see what it attends to."""

    picture: NDArray[np.uint8]  # (H, W, 3) sRGB, of a size that the model paints
    prompt: str
    sigma: float  # noise level, 0 < sigma < 1
    seed: int  # of the noise, which is drawn on the CPU
    max_text_tokens: int


@dataclass(frozen=True)
class Repainting:
    """A part of a picture that is painted anew, in every family's terms."""

    painting: Painting  # prompt, seed and so on; its size is the picture's
    picture: NDArray[np.uint8]  # (H, W, 3) sRGB
    hole: NDArray[np.bool_]  # (H, W) what is painted
    strength: float  # noise that is put on the hole first, 0 < strength <= 1; 1: nothing is left


class PipelineFamily(ABC):
    """One architecture, run by one class of diffusers' pipelines.

    The methods get the pipeline that `load` gave; none of them keeps anything. torch, diffusers
    and transformers are imported inside methods: to list models must be quick.
    """

    name: str  # by which profiles name it
    pipeline_class: str  # of diffusers
    related_classes: tuple[str, ...] = ()  # whose folders and pipelines are of this family too
    layout: TokenLayout
    inpaint_class: str | None = None  # of diffusers, with this pipeline's own components
    most_references: int = 0  # pictures beside the words that show who is to be painted
    sizes_references: bool = False  # the pipeline brings each to a size of its own, however large
    paints_beside: bool = False  # several prompts in a batch, each with its own noise
    tokenizer: str = "tokenizer"  # the component by which places in the text sequence are known
    profiles: tuple[ModelProfile, ...] = ()  # models that can be asked for by name

    def load(self, folder: Path, dtype: Any, **instead: Any) -> Any:
        """The pipeline in `folder`, on the CPU, without asking the network.

        dtype: torch's. instead: components that are not loaded from there, and how the others'
        weights are quantised, as `from_pretrained` takes both; only in some memory plans.
        """
        return load_part(self.pipeline_class, folder, dtype, **instead)

    def load_reading(self, folder: Path, model: Path, dtype: Any, **instead: Any) -> Any:
        """The pipeline of reading weights in `folder`, with the autoencoder of the one in `model`.

        As `load`.
        """
        kind = read_json(model / "model_index.json")["vae"][1]
        vae = load_part(kind, model / "vae", dtype)
        return load_part(self.pipeline_class, folder, dtype, vae=vae, **instead)

    def load_reader(self, folder: Path) -> PromptReader:
        """How the model in `folder` reads prompts, without loading its weights."""
        return self.reader_for(load_tokenizer(folder / self.tokenizer))

    def reader(self, pipeline: Any) -> PromptReader:
        """How the pipeline reads prompts."""
        return self.reader_for(getattr(pipeline, self.tokenizer))

    def reader_beside(self, pipeline: Any, references: Sequence[NDArray[np.uint8]]) -> PromptReader:
        """How the pipeline reads prompts when it is shown these pictures (H, W, 3) with them."""
        return self.reader(pipeline)

    @abstractmethod
    def reader_for(self, tokenizer: Any) -> PromptReader:
        """How prompts are read with this tokenizer, as the family's pipeline does."""

    @abstractmethod
    def profile_like(self, folder: Path) -> ModelProfile:
        """Facts to start from for a folder of the user's own, by what its configuration says."""

    def arguments(self, wanted: Painting) -> dict[str, Any]:
        """What the pipeline is called with, without what `paint` adds for every family."""
        return {
            "prompt": wanted.prompts,
            "width": wanted.size[0],
            "height": wanted.size[1],
            "num_inference_steps": wanted.steps,
            "guidance_scale": wanted.guidance,
            "max_sequence_length": wanted.max_text_tokens,
        }

    def paint(self, pipeline: Any, wanted: Painting) -> Any:
        """Run the pipeline's own loop: `wanted.output` as a batch of one, without those beside."""
        image, *_ = pipeline(
            **self.arguments(wanted),
            generator=wanted.noise(),
            output_type=wanted.output,
            callback_on_step_end=_after_steps(wanted),
            return_dict=False,
        )
        return image[:1]

    def repainting(self, pipeline: Any) -> Any:
        """Diffusers' inpainting pipeline with this pipeline's own components; itself, if it is one.

        Its scheduler is of its own: a pipeline may correct the configuration of the one that it
        gets. Raises InputError `models.repaints_nothing` where the family has no such pipeline.
        """
        import diffusers

        if self.inpaint_class is None:
            raise InputError(
                "models.repaints_nothing",
                "{model} paints whole pictures only.",
                field="fill",
                value="model",
                remedy="Leave fill out, or choose another model.",
                values={"model": self.pipeline_class},
            )
        if type(pipeline).__name__ == self.inpaint_class:
            return pipeline
        kind = getattr(diffusers, self.inpaint_class)
        taken = inspect.signature(kind.__init__).parameters
        own = {**pipeline.config, **pipeline.components}
        own["scheduler"] = copy.deepcopy(pipeline.scheduler)
        # Who listens to the steps of the other one would have that one step in place of this.
        vars(own["scheduler"]).pop("step", None)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            inpainting = kind(**{name: own[name] for name in taken if name in own})
        inpainting.set_progress_bar_config(disable=True)
        return inpainting

    def repaint(self, pipeline: Any, wanted: Repainting) -> Any:
        """Paint the hole anew, as diffusers' inpainting pipeline does: a batch of one, 0..1.

        What is around the hole may come back a little changed. Raises as `repainting`.
        """
        import torch
        from PIL import Image

        image, *_ = self.repainting(pipeline)(
            **self.arguments(wanted.painting),
            image=Image.fromarray(wanted.picture),
            mask_image=Image.fromarray(wanted.hole.astype(np.uint8) * np.uint8(255)),
            strength=wanted.strength,
            generator=torch.Generator("cpu").manual_seed(wanted.painting.seed),
            output_type=wanted.painting.output,
            callback_on_step_end=_after_steps(wanted.painting),
            return_dict=False,
        )
        return image

    def passes(self, guidance: float) -> int:
        """How often a step goes through the denoiser: twice where guidance has a pass of its own.

        guidance: as the profile has it.
        """
        return 2 if guidance > 1.0 else 1

    @abstractmethod
    def single_pass(self, pipeline: Any, shown: ShownPicture) -> None:
        """Let the denoiser make one pass over a noised picture, with its prompt.

        What it predicts is thrown away; a surrounding capture hears what it attended to. The
        caller keeps gradients away, and frees what offloading holds.
        """

    @abstractmethod
    def believed(self, pipeline: Any, sample: Any, prediction: Any, grid: tuple[int, int]) -> Any:
        """The latent, as the autoencoder gave it, that the model believes in at the step just made.

        sample, prediction: what the scheduler got for that step. grid: (h, w) in image tokens. Of
        the batch's first picture: (1, C, ..., h, w).
        """

    def preview(
        self,
        pipeline: Any,
        sample: Any,
        prediction: Any,
        grid: tuple[int, int],
        shrink: Callable[[int], int],
    ) -> NDArray[np.uint8]:
        """What is `believed`, as a picture (h, w, 3) sRGB.

        shrink: from the picture's longer side in px to how many times smaller it is wanted.
        """
        latent = self.believed(pipeline, sample, prediction, grid)
        longest = max(latent.shape[-2:]) * pipeline.vae_scale_factor
        return self.decoded(pipeline.vae, latent, shrink(longest))

    def decoded(self, vae: Any, latent: Any, shrink: int) -> NDArray[np.uint8]:
        """As `autoencoder.decoded`."""
        return autoencoder.decoded(vae, latent, shrink)
