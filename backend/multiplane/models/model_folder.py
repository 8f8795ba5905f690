"""A model's folder is untrusted input: ordinary files only, and no code of its own."""

from __future__ import annotations

import json
import os
from pathlib import Path

from multiplane.contract.errors import Failure, InputError
from multiplane.contract.regular_file import (
    NotRegularError,
    TooLargeError,
    in_words,
    open_regular,
    read_regular,
)
from multiplane.intake.reach import check_reach
from multiplane.models.model_json import MAX_JSON_BYTES

MAX_WEIGHTS_BYTES = 2**40
INDEX = "model_index.json"
# The third is diffusers' own package with the picture censor, which is not loaded.
_LIBRARIES = {"diffusers", "transformers", "stable_diffusion", None}
_SHARDS = ".safetensors.index.json"
PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
"""How files end that run code when they are loaded."""


def check_model_folder(folder: Path) -> None:
    """See that nothing in `folder` can block a loader, or have it import something else.

    Raises InputError: `path.out_of_reach`, `models.not_a_file` for a pipe, a device, a socket or
    a link that leads nowhere, `models.foreign_code` for a pipeline with a component that neither
    diffusers nor transformers has, `models.adapter` for weights that transformers would load on top
    of those that are there, `models.outside` for weights that lie elsewhere. Raises as
    `refuse_pickles`.
    """
    check_reach(folder)
    for here, _, names in os.walk(folder):
        for name in names:
            _check_file(Path(here, name))
            if name == "adapter_config.json":
                raise InputError(
                    "models.adapter",
                    "Another model's adapter lies in this one's folder.",
                    file=str(Path(here, name)),
                    remedy="Remove the file, or keep a LoRA by itself and name it in the style.",
                )
            if name.endswith(_SHARDS):
                _check_shards(Path(here, name))
    try:
        read = json.loads(read_regular(folder / INDEX, MAX_JSON_BYTES))
    except (OSError, ValueError):
        return  # a loader says better what is missing
    parts = read.items() if isinstance(read, dict) else ()
    for name, part in parts:
        if isinstance(part, list) and part and part[0] not in _LIBRARIES:
            raise InputError(
                "models.foreign_code",
                "A component of this model wants code that is not diffusers' nor transformers'.",
                file=str(folder / INDEX),
                field=name,
                value=part,
                remedy="Only models without code of their own are loaded.",
            )
        if isinstance(part, list) and name != "safety_checker":
            refuse_pickles(folder / name)


def refuse_pickles(folder: Path) -> None:
    """Raises Failure `models.pickle` for a folder with such weights and no safetensors."""
    names = sorted(os.listdir(folder)) if folder.is_dir() else []
    pickles = [name for name in names if name.lower().endswith(PICKLES)]
    if pickles and not any(name.endswith(".safetensors") for name in names):
        raise Failure(
            "models.pickle",
            "These weights are a pickle, which can run any code when it is loaded.",
            file=str(folder / pickles[0]),
            remedy="Get the model as safetensors, or have it converted by someone whom you trust.",
        )


def _check_shards(index: Path) -> None:
    """See that all weights of an index lie beside it. Raises InputError `models.outside`."""
    try:
        named = json.loads(read_regular(index, MAX_JSON_BYTES))["weight_map"].values()
        outside = [name for name in named if Path(name).name != name or "\\" in name]
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return  # a loader says better what is wrong with it
    if outside:
        raise InputError(
            "models.outside",
            "This index names weights outside of its folder.",
            file=str(index),
            field="weight_map",
            value=str(outside[0]),
            remedy="Copy the model's files there anew.",
        )


def _check_file(path: Path) -> None:
    try:
        open_regular(path, MAX_WEIGHTS_BYTES).close()
    except NotRegularError as error:
        why = f"This is {error.what}"
    except FileNotFoundError:
        why = "This link leads nowhere"
    except TooLargeError as error:
        why = f"This is larger than {in_words(error.limit)}"
    except OSError:
        return  # no permission, say: whoever needs it says so
    else:
        return
    raise InputError(
        "models.not_a_file",
        "{why}; a model's folder holds ordinary files only.",
        file=str(path),
        remedy="Copy the model's files there anew.",
        values={"why": why},
    )
