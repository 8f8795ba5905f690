"""Libraries that keep weights in fewer bits: which are here, and how loading asks for them.

None comes with Multiplane (the extra `quantised` brings them). torchao runs on CPUs and NVIDIA's
GPUs, bitsandbytes and nunchaku on NVIDIA's only; GGUF files are read by diffusers with `gguf`.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

from multiplane.contract.errors import Failure
from multiplane.models.model_json import read_json
from multiplane.models.weight_count import gguf_of


class Quantiser(StrEnum):
    """By the name of the package that is installed."""

    TORCHAO = "torchao"
    BITSANDBYTES = "bitsandbytes"
    GGUF = "gguf"
    NUNCHAKU = "nunchaku"


class Weights(StrEnum):
    """How the values of denoiser and text encoders are kept; best first."""

    FULL = "full"  # as the profile has it for the device
    HALF = "bfloat16"  # on a CPU, where full is float32
    INT8 = "8-bit"  # by torchao, while loading
    NF4 = "4-bit"  # by bitsandbytes, while loading
    STORED = "stored"  # as the model's files have them: GGUF, or quantised by who made them


BY_LOADING: Mapping[Weights, Quantiser] = MappingProxyType(
    {Weights.INT8: Quantiser.TORCHAO, Weights.NF4: Quantiser.BITSANDBYTES}
)


def is_encoder(component: str) -> bool:
    """Whether a component of a pipeline reads the prompt."""
    return component.startswith("text_encoder")


def is_quantised(component: str) -> bool:
    """Whether a component's weights are kept in fewer bits: what has most of them."""
    return is_encoder(component) or component in ("transformer", "unet")


def computes_in(weights: Weights, dtype: str, kind: str) -> str:
    """The dtype in which a pipeline computes that would take `dtype` with full weights.

    What is not stored in fewer bits stays as it was published, also on a CPU. kind: of the device.
    """
    halved = weights is Weights.HALF or (weights is Weights.STORED and kind == "cpu")
    return "bfloat16" if halved else dtype


def is_missing(quantiser: Quantiser) -> bool:
    """Whether its package is not installed here."""
    return importlib.util.find_spec(quantiser) is None


def require(quantiser: Quantiser | None, model: str) -> None:
    """Raises Failure `models.package_missing` where it is not installed. model: its name."""
    if quantiser is not None and is_missing(quantiser):
        raise Failure(
            "models.package_missing",
            "The weights of {model} are quantised and need {packages}, which is not installed.",
            value=str(quantiser),
            remedy="Install into Multiplane's environment: pip install {packages}. Or get the full "
            "weights: multiplane models pull {model} --variant full",
            values={"model": model, "packages": str(quantiser)},
        )


def loading(folder: Path, weights: Weights, dtype: Any, model: str) -> dict[str, Any]:
    """What `from_pretrained` is given so that the pipeline in `folder` is loaded with `weights`.

    dtype: torch's, of what is computed. model: its name, for errors. Raises Failure
    `models.package_missing`.
    """
    parts = components_of(folder)
    if weights is Weights.STORED:
        found = {name: gguf_of(folder / name) for name in parts}
        for name in parts:
            require(stored_by(folder / name), model)
        return {
            name: _from_gguf(parts[name][1], file, folder, dtype)
            for name, file in found.items()
            if file is not None
        }
    if weights not in BY_LOADING:
        return {}
    require(BY_LOADING[weights], model)
    import diffusers

    mapping = {
        name: quantisation(library, weights, dtype)
        for name, (library, _) in parts.items()
        if is_quantised(name)
    }
    return {"quantization_config": diffusers.PipelineQuantizationConfig(quant_mapping=mapping)}


def quantisation(library: str, weights: Weights, dtype: Any) -> Any:
    """How a component's weights are quantised while they are loaded; None: they are not.

    library: "diffusers" or "transformers", whose component it is.
    """
    if weights not in BY_LOADING:
        return None
    return _int8(library) if weights is Weights.INT8 else _nf4(library, dtype)


def components_of(folder: Path) -> dict[str, tuple[str, str]]:
    """Library and class of the components of the pipeline in `folder` that have a folder in it.

    Raises InputError `models.profile_invalid`.
    """
    index = read_json(folder / "model_index.json")
    return {
        name: (str(part[0]), str(part[1]))
        for name, part in index.items()
        if isinstance(part, list) and len(part) == 2 and (folder / name).is_dir()
    }


def stored_by(component: Path) -> Quantiser | None:
    """What reads a component whose stored weights are quantised; None where they are not."""
    if gguf_of(component) is not None:
        return Quantiser.GGUF
    config = component / "config.json"
    said = read_json(config).get("quantization_config") if config.is_file() else None
    method = str(said.get("quant_method", "")) if isinstance(said, dict) else ""
    return next((known for known in Quantiser if method.startswith(known)), None)


def _int8(library: str) -> Any:
    """By torchao, computing as before."""
    import diffusers
    import transformers
    from torchao.quantization import Int8WeightOnlyConfig

    kind = diffusers.TorchAoConfig if library == "diffusers" else transformers.TorchAoConfig
    return kind(Int8WeightOnlyConfig())


def _nf4(library: str, dtype: Any) -> Any:
    """By bitsandbytes, in NF4, computing in `dtype`. Not run here: it wants an NVIDIA GPU."""
    import diffusers
    import transformers

    kind = (
        diffusers.BitsAndBytesConfig if library == "diffusers" else transformers.BitsAndBytesConfig
    )
    return kind(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=dtype,
    )


def _from_gguf(kind: str, file: Path, config: Path, dtype: Any) -> Any:
    """The denoiser in a GGUF file, of the class `kind` of diffusers; it computes in `dtype`.

    config: the pipeline's folder, whose configuration of the denoiser counts.
    """
    import diffusers

    return getattr(diffusers, kind).from_single_file(
        str(file),
        quantization_config=diffusers.GGUFQuantizationConfig(compute_dtype=dtype),
        config=str(config),
        subfolder=file.parent.name,
        torch_dtype=dtype,
        local_files_only=True,
    )
