"""Carrying a memory plan out: a pipeline loaded and laid out as it says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multiplane.models.families.registry import family
from multiplane.models.memory import MemoryPlan, Placement
from multiplane.models.quantisers import (
    components_of,
    computes_in,
    is_encoder,
    loading,
    quantisation,
)

if TYPE_CHECKING:
    from multiplane.models.facts import ModelProfile

_BLOCKS_AT_A_TIME = 1


def pipeline_of(
    facts: ModelProfile,
    folder: Path,
    plan: MemoryPlan,
    device: str,
    load: Callable[..., Any],
) -> Any:
    """The pipeline in `folder`, ready to paint on `device`.

    load: as `PipelineFamily.load`, for this folder and with the dtype. Raises what it raises, and
    Failure `models.package_missing` where the weights are quantised and nothing here reads them.
    """
    import torch

    kind = device.split(":", maxsplit=1)[0]
    dtype = getattr(torch, computes_in(plan.weights, facts.dtype(kind), kind))
    instead = loading(folder, plan.weights, dtype, facts.name)
    encoders: Mapping[str, Any] = {}
    if plan.placement is Placement.ENCODER_FREED:
        encoders = _freed_encoders(folder, plan, dtype, device)
        instead |= dict.fromkeys(encoders)
    pipeline = load(folder, dtype, **instead)
    pipeline.set_progress_bar_config(disable=True)
    if plan.tiled:
        pipeline.vae.enable_tiling()
        pipeline.vae.enable_slicing()
    denoiser = family(facts.family).layout.denoiser(pipeline)
    match plan.placement:
        case Placement.MODEL_OFFLOAD:
            pipeline.enable_model_cpu_offload(device=device)
        case Placement.GROUP_OFFLOAD:
            _group_offloaded(pipeline, device)
        case Placement.ENCODER_FREED:
            from multiplane.models.text_encoder import free_before_painting

            pipeline.to(device)
            free_before_painting(pipeline, denoiser, encoders)
        case Placement.FULL:
            pipeline.to(device)
    return pipeline


def _group_offloaded(pipeline: Any, device: str) -> None:
    """Blocks come to the device as they are needed, the next one while the last one computes."""
    import torch

    streams = device.startswith("cuda")
    pipeline.enable_group_offload(
        onload_device=torch.device(device),
        offload_device=torch.device("cpu"),
        offload_type="block_level",
        num_blocks_per_group=_BLOCKS_AT_A_TIME,
        use_stream=streams,
        low_cpu_mem_usage=streams,  # pinned as they go: all of them pinned would need as much again
    )


def _freed_encoders(folder: Path, plan: MemoryPlan, dtype: Any, device: str) -> dict[str, Any]:
    from multiplane.models.text_encoder import FreedEncoder

    def encoder(name: str, library: str, kind: str) -> FreedEncoder:
        import transformers

        config = transformers.AutoConfig.from_pretrained(
            str(folder / name), local_files_only=True, trust_remote_code=False
        )
        quantised = quantisation(library, plan.weights, dtype)
        more = {} if quantised is None else {"quantization_config": quantised}

        def load() -> Any:
            return getattr(transformers, kind).from_pretrained(
                str(folder / name),
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                dtype=dtype,
                **more,
            )

        return FreedEncoder(load, device, dtype, config)

    return {
        name: encoder(name, library, kind)
        for name, (library, kind) in components_of(folder).items()
        if is_encoder(name)
    }
