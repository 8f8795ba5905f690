"""Loading models from folders on this computer. Nothing here reaches for the network."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.errors import Failure, MultiplaneError
from multiplane.models import memory, places
from multiplane.models.families.registry import family
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
from multiplane.models.vision.depth import load_disparity

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
    placement: memory.Placement = memory.Placement.FULL

    @property
    def family(self) -> PipelineFamily:
        """The architecture's ways."""
        return family(self.profile.family)

    @property
    def reader(self) -> PromptReader:
        """How the pipeline reads prompts."""
        return self.family.reader(self.pipeline)


@dataclass(frozen=True)
class DepthModel:
    """A loaded depth model."""

    model: DisparityModel
    profile: DepthProfile
    device: str
    folder: Path

    def nearness(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Relative nearness (H, W) of a picture (H, W, 3): 0 the farthest pixel, 1 the nearest.

        Disparity is known up to scale and shift, so the values are stretched to 0..1; a picture
        with no depth at all gives zeros.
        """
        import torch

        height, width = picture.shape[:2]
        with torch.inference_mode():
            disparity = torch.nn.functional.interpolate(
                self.model.disparity(picture)[None, None],
                size=(height, width),
                mode="bicubic",
                align_corners=False,
            )
        near = disparity[0, 0].cpu().numpy()
        low, high = float(near.min()), float(near.max())
        if not np.isfinite(low + high):
            raise Failure(
                code="models.depth_not_finite",
                message=f"{self.profile.name} gave no usable depth for this picture.",
                remedy="Run multiplane doctor; the model's weights may be damaged.",
            )
        if high - low < 1e-6:
            return np.zeros((height, width), np.float32)
        return ((near - low) / (high - low)).astype(np.float32)


def choose(name: str, device: str = "auto") -> ModelProfile:
    """The profile called `name`; for "auto" the best that is installed and fits the memory.

    Raises InputError `models.unknown`, Failure `models.memory` when nothing installed fits.
    """
    if name != AUTO:
        return profile(name)
    ranked = sorted(PROFILES.values(), key=lambda candidate: -candidate.rank)
    installed = [profile(candidate.name) for candidate in ranked if places.find(candidate)]
    if len(installed) == 1:  # nothing to choose: spare the look at the device, which is slow
        return installed[0]
    machine = memory.look_at_machine(device)
    for candidate in installed:
        if memory.plan(candidate, machine) is not None:
            return candidate
    if not installed:
        places.require(ranked[-1])
    memory.require_plan(installed[-1], machine)
    raise AssertionError("unreachable: require_plan raises when plan is None")


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


def load_painter(wanted: ModelProfile, device: str = "auto", *, lacks: int = 0) -> Painter:
    """Load the pipeline of `wanted`, laid out so that it fits the memory.

    lacks: how often memory has run out with it before; the layout gets more sparing each time.

    On a CPU PyTorch's threads are set to `wanted.cpu_threads`, for the whole process.

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

    def load(reader: Path, dtype: Any) -> Any:
        return family(wanted.family).load_reading(reader, folder, dtype)

    return _laid_out(facts, folder / wanted.reader, device, lacks, load)


def _laid_out(
    facts: ModelProfile, folder: Path, device: str, lacks: int, load: Callable[[Path, Any], Any]
) -> Painter:
    import torch

    machine = memory.look_at_machine(device)
    layout = memory.sparing(facts, machine, lacks)
    placement = layout.placement
    dtype = getattr(torch, facts.dtype(machine.device.split(":")[0]))
    with quiet(), readable(facts.name, folder):
        pipeline = load(folder, dtype)
    pipeline.set_progress_bar_config(disable=True)
    if layout.tiled:
        pipeline.vae.enable_tiling()
    if machine.device == "cpu" and facts.cpu_threads:
        torch.set_num_threads(facts.cpu_threads)
    if placement is memory.Placement.MODEL_OFFLOAD:
        pipeline.enable_model_cpu_offload(device=machine.device)
    elif placement is memory.Placement.SEQUENTIAL_OFFLOAD:
        pipeline.enable_sequential_cpu_offload(device=machine.device)
    else:
        pipeline.to(machine.device)
    return Painter(pipeline, facts, machine.device, folder, placement)


def load_reader(wanted: ModelProfile) -> PromptReader:
    """How `wanted` reads prompts, without its weights. Raises Failure as `load_painter`."""
    folder = checked_folder(wanted)
    with quiet(), readable(wanted.name, folder):
        return family(wanted.family).load_reader(folder)


def load_depth(wanted: DepthProfile, device: str = "auto") -> DepthModel:
    """Load a depth model in float32. Raises as `load_painter` and `load_disparity`."""
    folder = checked_folder(wanted)
    machine = memory.look_at_machine(device)
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
    try:
        yield
    except MultiplaneError:
        raise
    except MemoryError as error:
        raise Failure(
            code="models.memory",
            message=f"There was not enough memory to load {name}.",
            remedy="Close other programs, or use --model storyboard-mini.",
        ) from error
    except Exception as error:  # the libraries raise many kinds for a damaged file
        first_line = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise Failure(
            code="models.unreadable",
            message=f"The model {name} could not be loaded: {first_line}",
            file=str(folder),
            value=name,
            remedy="Run multiplane doctor. If files are damaged: multiplane models pull "
            f"{name} --force",
        ) from error


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the libraries' own bars and notices out of our output."""
    loggers = [logging.getLogger(name) for name in ("diffusers", "transformers")]
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
