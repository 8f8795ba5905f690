"""LoRAs on a loaded pipeline: put on before it paints, and off again without a trace."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from multiplane.contract.errors import Failure, InputError
from multiplane.models.load import Painter, quiet
from multiplane.models.lora_file import Lora, read_header
from multiplane.models.lora_fit import unfit
from multiplane.models.memory import Placement

_UNFIT = ("unexpected keys", "missing keys", "Unsupported keys")  # as diffusers tells them


def wear(painter: Painter, loras: Sequence[Lora]) -> None:
    """Have the painter's pipeline paint with exactly these LoRAs; without any, as it was loaded.

    diffusers adds them beside the model's own weights, which stay as they are. Raises InputError
    `lora.unsupported` for a model that takes none, `lora.unfit`, and as `lora_file.read_header`;
    it wears none then. Raises Failure `models.memory`.
    """
    pipeline = painter.pipeline
    if not hasattr(pipeline, "load_lora_weights"):
        if loras:
            raise InputError(
                "lora.unsupported",
                "{model} takes no LoRAs.",
                value=loras[0].name,
                remedy="Leave it out of the style, or choose another model.",
                values={"model": painter.profile.title},
            )
        return
    takes_turns = painter.plan.placement is Placement.MODEL_OFFLOAD
    if takes_turns:  # or diffusers would do it, and choose a device by itself afterwards
        pipeline.remove_all_hooks()
    try:
        pipeline.unload_lora_weights()
        for number, lora in enumerate(loras):
            _put_on(painter, lora, f"lora_{number}")
        if loras:
            names = [f"lora_{number}" for number in range(len(loras))]
            pipeline.set_adapters(names, [lora.weight for lora in loras])
    except BaseException:
        pipeline.unload_lora_weights()
        raise
    finally:
        if takes_turns:
            pipeline.enable_model_cpu_offload(device=painter.device)


def _put_on(painter: Painter, lora: Lora, adapter: str) -> None:
    import torch

    pipeline = painter.pipeline
    header = read_header(lora.file)
    try:
        with quiet(), _told() as told:
            pipeline.load_lora_weights(
                str(lora.file.parent),
                weight_name=lora.file.name,
                adapter_name=adapter,
                use_safetensors=True,
                local_files_only=True,
            )
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise Failure(
            "models.memory",
            "There was not enough memory for the LoRA {lora}.",
            value=lora.name,
            remedy="Leave it out of the style, or close other programs that use the GPU.",
            values={"lora": lora.name},
        ) from error
    except Exception as error:  # the libraries raise many kinds for what does not fit
        told = [str(error).strip() or type(error).__name__]
    worn = {name for names in pipeline.get_list_adapters().values() for name in names}
    if told or adapter not in worn:
        why = " ".join(told[0].split())[:200] if told else "none of its parts are the model's"
        raise unfit(lora, header, painter.profile, why)


@contextmanager
def _told() -> Iterator[list[str]]:
    """What diffusers only warns of: parts of a LoRA that the model lacks, or that it lacks."""
    found: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said = record.getMessage()
            if any(part in said for part in _UNFIT):
                found.append(said)

    from diffusers.utils import logging as its_own

    logger, listener = logging.getLogger("diffusers"), Listener()
    level = logger.level
    its_own.disable_default_handler()
    logger.addHandler(listener)
    logger.setLevel(logging.WARNING)
    try:
        yield found
    finally:
        logger.setLevel(level)
        logger.removeHandler(listener)
        its_own.enable_default_handler()
