"""Whether a model can wear a LoRA, by the headers of their files, before any is loaded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from safetensors import SafetensorError, safe_open

from multiplane.contract.errors import InputError
from multiplane.models import places
from multiplane.models.facts import ModelProfile
from multiplane.models.lora_file import Lora, LoraHeader, read_header
from multiplane.models.weight_count import PLAIN_WEIGHTS, quantised_in

_FAMILIES: Mapping[str, frozenset[str]] = {
    "FLUX.2": frozenset({"flux2-klein"}),
    # FLUX.2 has single blocks, too, and its LoRAs need not touch what only it has.
    "FLUX.1": frozenset({"flux", "flux2-klein"}),
    "Qwen-Image": frozenset({"qwen-image", "qwen-image-edit"}),
    "Z-Image": frozenset({"z-image"}),
    "Stable Diffusion 1.5": frozenset({"stable-diffusion"}),
    "Stable Diffusion 2": frozenset({"stable-diffusion"}),
    "Stable Diffusion XL": frozenset({"stable-diffusion-xl"}),
    # All that have double blocks call their parts so.
    "Stable Diffusion 3": frozenset(
        {"sd3", "flux", "flux2-klein", "qwen-image", "qwen-image-edit"}
    ),
}
"""By `LoraHeader.architecture`: families whose models a LoRA with such names may be for."""
_DENOISERS = ("transformer", "unet")
_PART = re.compile(
    r"(?P<of>transformer\.|unet\.|diffusion_model\.|lora_unet_|lora_transformer_)"
    r"(?P<module>.+?)\.(?P<side>lora_A|lora_B|lora_down|lora_up|lora\.down|lora\.up)"
    r"(?:\.default)?\.weight"
)
_OWN_NAMES = ("transformer.", "unet.")
"""Before names as diffusers has them; others are translated when they are loaded."""
_INNER = {"lora_A", "lora_down", "lora.down"}


def check_fit(lora: Lora, profile: ModelProfile) -> None:
    """Raise InputError `lora.unfit` for a LoRA that the model cannot wear.

    It is found by the architecture that its tensors' names belong to, and by the shapes of the
    layers that it names, where the model is on this computer in full weights. What neither tells
    is left to `loras.wear`, which tries. Raises as `lora_file.read_header` does.
    """
    header = read_header(lora.file)
    known = set().union(*_FAMILIES.values())
    meant = _FAMILIES.get(header.architecture or "")
    if profile.family in known and meant is not None and profile.family not in meant:
        raise unfit(lora, header, profile, f"its tensors are those of {header.architecture}")
    folder = places.find(profile)
    if folder is None or quantised_in(folder):
        return
    shapes = _shapes(folder)
    for part in filter(None, map(_PART.fullmatch, header.shapes)):
        module, given = part["module"].replace(".", "_"), header.shapes[part[0]]
        own = shapes.get(module)
        if own is None and part["of"] in _OWN_NAMES:
            raise unfit(lora, header, profile, f"the model has no {part['module']}")
        if own is not None and len(own) == len(given) == 2:
            inner = part["side"] in _INNER
            if own[1 if inner else 0] != given[1 if inner else 0]:
                raise unfit(lora, header, profile, f"{part['module']} has another size")


def unfit(lora: Lora, header: LoraHeader, profile: ModelProfile, why: str) -> InputError:
    """The error for a LoRA that does not fit a model. why: shown as the offending value."""
    made_for = header.made_for
    return InputError(
        "lora.unfit",
        "The LoRA {lora} does not fit {model}. It looks made for {made_for}."
        if made_for
        else "The LoRA {lora} does not fit {model}.",
        file=str(lora.file),
        value=why,
        remedy="Choose a LoRA for {model}, or the model that it is made for.",
        values={"lora": lora.name, "model": profile.title}
        | ({"made_for": made_for} if made_for else {}),
    )


@lru_cache(maxsize=4)
def _shapes(folder: Path) -> dict[str, tuple[int, ...]]:
    """Of the denoiser's weights, (out, in) of a matrix, by layers' names with _ for the dots."""
    found = {}
    for part in _DENOISERS:
        for file in sorted((folder / part).glob("*.safetensors")):
            if not (file.is_file() and PLAIN_WEIGHTS.fullmatch(file.name)):
                continue
            try:
                with safe_open(file, framework="numpy") as weights:
                    for name in weights.keys():  # noqa: SIM118  (no mapping)
                        if name.endswith(".weight"):
                            layer = name.removesuffix(".weight").replace(".", "_")
                            found[layer] = tuple(weights.get_slice(name).get_shape())
            except (OSError, SafetensorError):
                continue  # whoever loads it says what is wrong
    return found
