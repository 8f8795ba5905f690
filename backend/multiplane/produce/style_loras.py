"""The LoRAs that a shot's style names, found and told of."""

from __future__ import annotations

from dataclasses import replace

from multiplane.contract.errors import InputError
from multiplane.contract.manifest import LoraEntry
from multiplane.contract.style import NamedLora
from multiplane.models.lora_file import Lora, find_lora
from multiplane.produce.job import ShotJob


def loras_of(job: ShotJob) -> tuple[Lora, ...]:
    """The LoRAs that the shot is painted with; none where nothing of it is painted.

    Raises as `models.lora_file.find_lora`.
    """
    if not job.is_painted:
        return ()
    field = "style" if job.shot.style is None else f"{job.at}.style"

    def found(named: NamedLora) -> Lora:
        try:
            return find_lora(named, job.storyboard_folder)
        except InputError as error:
            raise replace(error, field=field, value=named.name) from error

    return tuple(found(named) for named in job.loras)


def lora_entries(loras: tuple[Lora, ...]) -> list[LoraEntry]:
    """What the manifest says of them."""
    return [LoraEntry(name=each.name, weight=each.weight, sha256=each.sha256) for each in loras]
