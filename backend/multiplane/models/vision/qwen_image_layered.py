"""Qwen-Image-Layered (Yin et al. 2025): a picture to RGBA layers, painted anew by diffusion."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.errors import Failure
from multiplane.models import laid_out, memory
from multiplane.models.facts import ModelProfile
from multiplane.models.families.family import load_part
from multiplane.models.finite import finite
from multiplane.models.machine import look_at_machine
from multiplane.models.profiles import with_overrides
from multiplane.models.vision.profiles import QWEN_IMAGE_LAYERED, QWEN_IMAGE_LAYERED_CLASS
from multiplane.models.vision.seen import OnStep, Picture
from multiplane.models.weight_count import parameters_of, quantised_in

_SMALLER = (
    "Close other programs, or cut by less: --cut attention, or grounding-dino-tiny+sam-2.1-tiny."
)


@dataclass(frozen=True)
class QwenImageLayered:
    """Sees the picture at its own size, of about 640 x 640 px whatever the aspect.

    It is called as its authors' script does. Its colours are its own, not the picture's.
    """

    pipeline: Any
    facts: ModelProfile
    device: str

    @classmethod
    def load(cls, folder: Path, device: str) -> QwenImageLayered:
        """Raises Failure `models.memory` where no memory plan fits."""
        known = QWEN_IMAGE_LAYERED.pipeline
        assert known is not None
        counted = {**known.parameters, **parameters_of(folder)}
        own = replace(known, folder=folder, repository=None, parameters=counted)
        facts = with_overrides(own, folder)
        machine = look_at_machine(device)
        try:
            plan = memory.plan(facts, memory.Situation(machine, quantised_in(folder)))
        except Failure as error:
            raise replace(error, remedy=_SMALLER) from error

        def load(place: Path, dtype: Any, **instead: Any) -> Any:
            # The processor only captions, and wants torchvision; captions are given here.
            return load_part(QWEN_IMAGE_LAYERED_CLASS, place, dtype, processor=None, **instead)

        # A plan's smaller picture is none of this model's sizes.
        pipeline = laid_out.pipeline_of(facts, folder, plan, device, load)
        return cls(pipeline, facts, device)

    def layers(
        self, picture: Picture, caption: str, count: int, seed: int, on_step: OnStep
    ) -> NDArray[np.float32]:
        """As `seen.Layerer`. The noise is drawn on the CPU: the same start on every device.

        Raises Failure `models.memory`, `models.picture_not_finite`.
        """
        import torch
        from PIL import Image

        def step_ended(_: Any, step: int, __: Any, tensors: dict[str, Any]) -> dict[str, Any]:
            on_step(step + 1, self.facts.steps)
            return tensors

        try:
            pictures, *_ = self.pipeline(
                image=Image.fromarray(picture).convert("RGBA"),
                prompt=caption,
                negative_prompt=" ",
                true_cfg_scale=self.facts.guidance,
                cfg_normalize=True,
                layers=count,
                num_inference_steps=self.facts.steps,
                resolution=self.facts.native_short_side,
                generator=torch.Generator("cpu").manual_seed(seed),
                output_type="np",
                callback_on_step_end=step_ended,
                return_dict=False,
            )
        except (torch.OutOfMemoryError, MemoryError) as error:
            raise Failure(
                code="models.memory",
                message="{model} ran out of memory on {device}.",
                value=self.facts.name,
                remedy=_SMALLER,
                values={"model": self.facts.name, "device": self.device},
            ) from error
        return finite(pictures[0], self.facts.name)
