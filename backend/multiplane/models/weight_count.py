"""How many values the weights of a model's folder hold, by the headers of its files."""

from __future__ import annotations

import math
import re
from pathlib import Path

from safetensors import SafetensorError, safe_open

from multiplane.models.model_json import read_json

# A whole file or a shard, as diffusers and transformers write them; others are variants ("fp16").
PLAIN_WEIGHTS = re.compile(r"(diffusion_pytorch_)?model(-\d{5}-of-\d{5})?\.safetensors")


def parameters_of(folder: Path) -> dict[str, int]:
    """Values of each component of the pipeline in `folder` whose weights can be read.

    No weights are loaded. A component without readable weights is not among them; whoever loads
    it says what is wrong. Raises InputError `models.profile_invalid` for a broken index.
    """
    found = {}
    for name, part in read_json(folder / "model_index.json").items():
        if isinstance(part, list) and (folder / name).is_dir():
            # A pipe would block whoever opens it; loading says what is wrong with it.
            files = [file for file in (folder / name).glob("*.safetensors") if file.is_file()]
            count = sum(_values(file) for file in files if PLAIN_WEIGHTS.fullmatch(file.name))
            if count:
                found[name] = count
    return found


def values_in(folder: Path) -> int:
    """Values in the weights that lie in a model's own folder; 0 where none can be read."""
    files = [file for file in folder.glob("*.safetensors") if file.is_file()]
    return sum(_values(file) for file in files if PLAIN_WEIGHTS.fullmatch(file.name))


def quantised_in(folder: Path) -> dict[str, int]:
    """Bytes of each component of the pipeline in `folder` that is stored in fewer bits.

    That is a GGUF file without other weights beside it, or what its configuration says was
    quantised. Raises InputError `models.profile_invalid` for a broken index.
    """
    found = {}
    for name, part in read_json(folder / "model_index.json").items():
        if not isinstance(part, list) or not (folder / name).is_dir():
            continue
        gguf = gguf_of(folder / name)
        if gguf is not None:
            found[name] = gguf.stat().st_size
        elif _is_quantised(folder / name / "config.json"):
            files = [file for file in (folder / name).glob("*.safetensors") if file.is_file()]
            found[name] = sum(file.stat().st_size for file in files)
    return found


def gguf_of(component: Path) -> Path | None:
    """The GGUF file that a component's weights are in; None where they lie in safetensors."""
    if any(component.glob("*.safetensors")):
        return None
    files = [file for file in sorted(component.glob("*.gguf")) if file.is_file()]
    return files[0] if files else None


def _is_quantised(config: Path) -> bool:
    return config.is_file() and "quantization_config" in read_json(config)


def _values(file: Path) -> int:
    try:
        with safe_open(file, framework="numpy") as weights:
            names = weights.keys()
            return sum(math.prod(weights.get_slice(name).get_shape()) for name in names)
    except (OSError, SafetensorError):
        return 0
