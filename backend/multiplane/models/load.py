"""Loading models from folders on this computer. Nothing here reaches for the network."""

from __future__ import annotations

import gc
import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.errors import Failure, MultiplaneError
from multiplane.models import laid_out, measured, memory, places
from multiplane.models.families.registry import family
from multiplane.models.machine import Machine, look_at_machine
from multiplane.models.model_folder import check_model_folder
from multiplane.models.profiles import (
    BUNDLED,
    DEPTH_PROFILES,
    PROFILES,
    DepthProfile,
    ModelProfile,
    depth_profile,
    profile,
)
from multiplane.models.threads import compute_with
from multiplane.models.vision.depth import load_disparity
from multiplane.models.weight_count import quantised_in

if TYPE_CHECKING:
    from diffusers import DiffusionPipeline

    from multiplane.models.facts import AnyProfile
    from multiplane.models.families.family import PipelineFamily
    from multiplane.models.families.prompt import PromptReader
    from multiplane.models.vision.depth import DisparityModel

AUTO = "auto"


@dataclass(frozen=True)
class Painter:
    """A loaded text-to-image pipeline with the facts about it."""

    pipeline: DiffusionPipeline
    profile: ModelProfile
    device: str
    folder: Path
    plan: memory.MemoryPlan = memory.PLAIN
    before_gb: float = 0.0  # GiB that this process took before it was loaded

    @property
    def family(self) -> PipelineFamily:
        """The architecture's ways."""
        return family(self.profile.family)

    @property
    def reader(self) -> PromptReader:
        """How the pipeline reads prompts."""
        return self.family.reader(self.pipeline)

    def reader_beside(self, references: Sequence[NDArray[np.uint8]]) -> PromptReader:
        """How the pipeline reads prompts when it is shown these pictures (H, W, 3) with them."""
        return self.family.reader_beside(self.pipeline, references)


@dataclass(frozen=True)
class DepthModel:
    """A loaded depth model."""

    model: DisparityModel
    profile: DepthProfile
    device: str
    folder: Path

    @property
    def trust(self) -> float:
        """What its nearness counts against outlines, 0..1."""
        return self.profile.trust

    def nearness(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Relative nearness (H, W) of a picture (H, W, 3): 0 the farthest pixel, 1 the nearest.

        Disparity is known up to scale and shift, so the values are stretched to 0..1; a picture
        with no depth at all gives zeros. Raises Failure `models.memory` and
        `models.depth_not_finite`.
        """
        import torch

        height, width = picture.shape[:2]
        compute_with(None)
        try:
            with torch.inference_mode():
                disparity = torch.nn.functional.interpolate(
                    self.model.disparity(picture)[None, None],
                    size=(height, width),
                    mode="bicubic",
                    align_corners=False,
                )
        except (torch.OutOfMemoryError, MemoryError) as error:
            raise Failure(
                code="models.memory",
                message="{model} ran out of memory on {device}.",
                value=self.profile.name,
                remedy="Close other programs that use the GPU, or use --model storyboard-mini.",
                values={"model": self.profile.name, "device": self.device},
            ) from error
        near = disparity[0, 0].cpu().numpy()
        low, high = float(near.min()), float(near.max())
        if not np.isfinite(low + high):
            raise Failure(
                code="models.depth_not_finite",
                message="{model} gave no usable depth for this picture.",
                remedy="Run multiplane doctor; the model's weights may be damaged.",
                values={"model": self.profile.name},
            )
        if high - low < 1e-6:
            return np.zeros((height, width), np.float32)
        return ((near - low) / (high - low)).astype(np.float32)


@dataclass(frozen=True)
class Choice:
    """A picture model that was chosen, and why, in a sentence; "" where there was no choice."""

    profile: ModelProfile
    why: str = ""


def choose(name: str, device: str = "auto") -> ModelProfile:
    """As `chosen`, without the reason."""
    return chosen(name, device).profile


def chosen(name: str, device: str = "auto") -> Choice:
    """The profile called `name`; for "auto" the best that is installed and fits the memory.

    Raises InputError `models.unknown`, Failure `models.memory` when nothing installed fits.
    """
    if name != AUTO:
        return Choice(places.measured(profile(name)))
    ranked = sorted(PROFILES.values(), key=lambda candidate: -candidate.rank)
    here = [candidate for candidate in ranked if places.find(candidate)]
    installed = [places.measured(profile(candidate.name)) for candidate in here]
    if len(installed) == 1:  # nothing to choose: spare the look at the device, which is slow
        return Choice(installed[0])
    if not installed:
        places.require(ranked[-1])
    machine = look_at_machine(device)
    too_large: list[str] = []
    for candidate in installed:
        fitting = plans_for(candidate, machine)
        if fitting:
            why = f"Of {len(installed)} models here {candidate.name} is the best that fits this "
            why += f"{machine.device_name}: {fitting[0].in_words()}."
            if too_large:
                why += f" Too large for it: {', '.join(too_large)}."
            return Choice(candidate, why)
        too_large.append(candidate.name)
    memory.plan(installed[-1], situation(installed[-1], machine))
    raise AssertionError("unreachable: plan raises where none fits")


def choose_depth(name: str = AUTO) -> DepthProfile:
    """The depth profile called `name`; for "auto" the best that is installed."""
    if name != AUTO:
        return depth_profile(name)
    ranked = sorted(DEPTH_PROFILES.values(), key=lambda candidate: -candidate.rank)
    for candidate in ranked:
        if places.find(candidate):
            return candidate
    places.require(ranked[-1])
    raise AssertionError("unreachable: require raises when find is None")


def plans_for(wanted: ModelProfile, machine: Machine) -> tuple[memory.MemoryPlan, ...]:
    """The memory plans of `wanted` that fit, best first, by what is known of it here.

    Raises InputError `models.profile_invalid` for a broken folder.
    """
    return memory.plans(wanted, situation(wanted, machine))


def situation(wanted: ModelProfile, machine: Machine) -> memory.Situation:
    """What decides about the memory plans of `wanted`: how its files keep it, what was measured."""
    folder = places.find(wanted)
    stored = {} if folder is None else quantised_in(folder)
    return memory.Situation(machine, stored, measured.correction_gb(wanted, machine))


def load_painter(wanted: ModelProfile, device: str = "auto", *, lacks: int = 0) -> Painter:
    """Load the pipeline of `wanted`, laid out so that it fits the memory.

    lacks: how often memory has run out with it before; each time the next of its memory plans is
    taken.

    Raises Failure `models.missing`, `models.memory`, `models.device_missing` or
    `models.unreadable`.
    """
    folder = checked_folder(wanted)
    return _laid_out(wanted, folder, device, lacks, family(wanted.family).load)


def load_reading(wanted: ModelProfile, device: str = "auto", *, lacks: int = 0) -> Painter:
    """Load what the drawings of `wanted` are read by, as `places.reading` says; see `load_painter`.

    Where a model has a reader, its own denoiser and text encoder are not loaded.
    """
    if wanted.reader is None:
        return load_painter(wanted, device, lacks=lacks)
    folder = checked_folder(wanted)
    facts = places.reading(wanted)

    def load(reader: Path, dtype: Any, **instead: Any) -> Any:
        return family(wanted.family).load_reading(reader, folder, dtype, **instead)

    return _laid_out(facts, folder / wanted.reader, device, lacks, load)


def _laid_out(
    facts: ModelProfile, folder: Path, device: str, lacks: int, load: Callable[..., Any]
) -> Painter:
    machine = look_at_machine(device)
    plan = memory.plan(facts, situation(facts, machine), lacks)
    before = measured.resident_gb()
    with quiet(), readable(facts.name, folder):
        pipeline = laid_out.pipeline_of(facts, folder, plan, machine.device, load)
    return Painter(pipeline, facts, machine.device, folder, plan, before)


def free_memory() -> None:
    """Give back what models that nobody holds any more have left."""
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    elif torch.backends.mps.is_available():
        torch.mps.empty_cache()


def load_reader(wanted: ModelProfile) -> PromptReader:
    """How `wanted` reads prompts, without its weights. Raises Failure as `load_painter`."""
    folder = checked_folder(wanted)
    with quiet(), readable(wanted.name, folder):
        return family(wanted.family).load_reader(folder)


def load_depth(wanted: DepthProfile, device: str = "auto") -> DepthModel:
    """Load a depth model in float32. Raises as `load_painter` and `load_disparity`."""
    folder = checked_folder(wanted)
    machine = look_at_machine(device)
    with quiet(), readable(wanted.name, folder):
        model = load_disparity(folder, machine.device)
    return DepthModel(model, wanted, machine.device, folder)


def checked_folder(wanted: AnyProfile) -> Path:
    """The model's folder. Raises as `places.require`, and `check_model_folder` for a user's own."""
    folder = places.require(wanted)
    if not folder.is_relative_to(BUNDLED):
        check_model_folder(folder)
    return folder


@contextmanager
def readable(name: str, folder: Path) -> Iterator[None]:
    """What goes wrong while a model is loaded within, as one sentence and a remedy."""
    import torch

    try:
        yield
    except MultiplaneError:
        raise
    except (MemoryError, torch.OutOfMemoryError) as error:
        raise Failure(
            code="models.memory",
            message="There was not enough memory to load {model}.",
            remedy="Close other programs, or use --model storyboard-mini.",
            values={"model": name},
        ) from error
    except Exception as error:  # the libraries raise many kinds for a damaged file
        first_line = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise Failure(
            code="models.unreadable",
            message="The model {model} could not be loaded: {why}",
            file=str(folder),
            value=name,
            remedy="Run multiplane doctor. If files are damaged: multiplane models "
            "pull {model} --force",
            values={"model": name, "why": first_line},
        ) from error


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the libraries' own bars and notices out of our output."""
    names = ("diffusers", "transformers", "torchao", "torch.utils._pytree")
    loggers = [logging.getLogger(name) for name in names]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    from diffusers.utils import logging as diffusers_logging
    from transformers.utils import logging as transformers_logging

    diffusers_logging.disable_progress_bar()
    transformers_logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
