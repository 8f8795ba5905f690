"""LoRAs as files: where they lie, whether they are safe to load, and what they are made for."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from multiplane.contract.errors import InputError
from multiplane.contract.known_names import near_names
from multiplane.contract.style import NamedLora
from multiplane.intake.opening import LORA, open_file
from multiplane.intake.paths import resolve_path
from multiplane.intake.reach import check_reach
from multiplane.models.folders import loras_folder
from multiplane.models.model_folder import PICKLES

SUFFIX = ".safetensors"
_PICKLE_BEGINS = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
_MOST_TENSORS = 50_000

# What decides what a LoRA does. All else of peft's settings has to be unset: some of them import a
# module by its name (megatron_config), replace parts of the model or start a computation.
_NUMBERS = frozenset(
    {"r", "lora_alpha", "alpha", "use_rslora", "use_dora", "lora_bias", "lora_dropout"}
    | {"rank_dropout", "module_dropout", "fan_in_fan_out", "inference_mode", "init_weights"}
    | {"decompose_both", "decompose_factor", "qalora_group_size"}
)
_NAMES = frozenset({"rank_pattern", "alpha_pattern", "target_modules", "exclude_modules", "bias"})
_FREE_TEXT = frozenset(
    {"base_model_name_or_path", "revision", "peft_version", "peft_type", "task_type"}
    | {"megatron_core"}  # read only where there is a megatron_config
)
_HARMLESS_STARTS = (True, "gaussian")  # of weights, which are overwritten anyway
# peft reads names as regular expressions.
_NAME = re.compile(r"\^?[\w.\-]{1,300}", re.ASCII)


@dataclass(frozen=True)
class Lora:
    """A LoRA to paint with."""

    name: str  # as the style has it
    file: Path
    weight: float
    sha256: str


@dataclass(frozen=True)
class LoraHeader:
    """What the beginning of a LoRA's file says."""

    shapes: Mapping[str, tuple[int, ...]]
    notes: Mapping[str, str]  # free text by whoever made it

    @property
    def made_for(self) -> str | None:
        """The architecture that it changes, by its tensors' names, else by its notes."""
        return self.architecture or self._told

    @property
    def architecture(self) -> str | None:
        """That which its tensors' names are of."""
        return next((title for title, fits in _MADE_FOR if fits(self)), None)

    @property
    def _told(self) -> str | None:
        said = (self.notes.get(key) for key in ("modelspec.architecture", "ss_base_model_version"))
        plain = (re.sub(r"[^\w .+/-]", "", text)[:60] for text in said if text)
        return next((text for text in plain if text), None)

    def says(self, *parts: str) -> bool:
        """Whether a tensor's name holds one of these."""
        return any(part in name for name in self.shapes for part in parts)

    def reads_text_of(self, width: int) -> bool:
        """Whether it changes how a U-Net looks at text features of this width."""
        begins = re.compile(r"attn2[._]to_k.*(lora_A|lora_down|lora\.down)")
        widths = {shape[1] for name, shape in self.shapes.items() if begins.search(name)}
        return widths == {width}


_MADE_FOR = (
    ("FLUX.2", lambda lora: lora.says("to_qkv_mlp_proj", "double_stream_modulation")),
    ("FLUX.1", lambda lora: lora.says("single_transformer_blocks", "single_blocks")),
    ("Qwen-Image", lambda lora: lora.says("img_mlp", "txt_mlp", "transformer_blocks.59")),
    ("Z-Image", lambda lora: lora.says("layers.0.attention.to_", "layers_0_attention_to_")),
    ("Stable Diffusion 1.5", lambda lora: lora.reads_text_of(768)),
    ("Stable Diffusion 2", lambda lora: lora.reads_text_of(1024)),
    ("Stable Diffusion XL", lambda lora: lora.reads_text_of(2048)),
    ("Stable Diffusion 3", lambda lora: lora.says("attn.add_q_proj", "joint_blocks")),
)


def loras() -> list[Path]:
    """The LoRAs in the folder of LoRAs and in folders there, by name."""
    return sorted(path for path in loras_folder().rglob("*" + SUFFIX) if path.is_file())


def find_lora(named: NamedLora, folder: Path) -> Lora:
    """The LoRA in the folder of LoRAs, else seen from a storyboard in `folder`.

    A name without an ending is that of a safetensors file. Raises InputError `lora.missing` with
    the nearest name, and as `read_header`.
    """
    ending = Path(named.name).suffix.lower()
    endings = ("",) if ending in (SUFFIX, *PICKLES) else (SUFFIX, *PICKLES)
    for end in endings:
        for place in (loras_folder(), folder):
            path = resolve_path(named.name + end, place)
            check_reach(path)
            if path.exists():
                read_header(path)
                return Lora(named.name, path, named.weight, _digest(path, path.stat().st_mtime_ns))
    known = [path.relative_to(loras_folder()).with_suffix("").as_posix() for path in loras()]
    near = near_names(named.name, known, cutoff=0.5)
    raise InputError(
        "lora.missing",
        "There is no such LoRA.",
        value=named.name,
        remedy="Did you mean {near}?"
        if near
        else "Put its {suffix} file into {folder}, or beside the storyboard.",
        values={"near": near[0]} if near else {"suffix": SUFFIX, "folder": str(loras_folder())},
    )


def read_header(path: Path) -> LoraHeader:
    """What the file says of itself, when it is safe to load. No weights are read.

    Raises InputError: `lora.pickle` for a file that could run code when it is loaded,
    `lora.damaged`, `lora.settings` for one that asks for more than to be added to a model, and as
    `intake.opening.open_file`.
    """
    with open_file(path, LORA) as stream:
        begin = stream.read(4)
    if path.suffix.lower() in PICKLES or begin.startswith(_PICKLE_BEGINS):
        raise InputError(
            "lora.pickle",
            "This LoRA is a pickle, which can run any code when it is loaded.",
            file=str(path),
            remedy="Get it as {suffix}, or have it converted by someone whom you trust.",
            values={"suffix": SUFFIX},
        )
    try:
        # Its reader checks that the header is sane and that all tensors lie within the file.
        with safe_open(path, framework="numpy") as weights:
            names = list(weights.keys())
            if path.suffix != SUFFIX or not all(map(_NAME.fullmatch, names)):
                raise ValueError("its names are not those of tensors")
            if not names or len(names) > _MOST_TENSORS:
                raise ValueError(f"it has {len(names)} tensors")
            shapes = {name: tuple(weights.get_slice(name).get_shape()) for name in names}
            notes = dict(weights.metadata() or {})
        settings = json.loads(notes.get("lora_adapter_metadata", "{}"))
    except (OSError, SafetensorError, ValueError) as error:
        raise InputError(
            "lora.damaged",
            "This is no whole {suffix} file of a LoRA: {why}",
            file=str(path),
            remedy="Get it anew.",
            values={"suffix": SUFFIX, "why": str(error)[:200]},
        ) from error
    if not isinstance(settings, dict) or (odd := next(_odd_settings(settings), None)):
        raise InputError(
            "lora.settings",
            "This LoRA asks for more than to be added to a model.",
            file=str(path),
            field=odd if isinstance(settings, dict) else "lora_adapter_metadata",
            remedy="Get it from where it was trained, saved as a plain LoRA.",
        )
    return LoraHeader(shapes, notes)


def _odd_settings(settings: Mapping[str, Any]) -> Iterator[str]:
    """Names of settings, "transformer.r", that a plain LoRA does not have."""
    for where, value in settings.items():
        name = where.rpartition(".")[2]
        if not value or name in _FREE_TEXT:
            continue
        if name in _NUMBERS:
            plain = isinstance(value, bool | int | float)
        elif name in _NAMES:
            names = [value] if isinstance(value, str) else value
            plain = isinstance(names, list | dict) and all(
                isinstance(each, str) and _NAME.fullmatch(each) for each in names
            )
        else:
            plain = name == "init_lora_weights" and value in _HARMLESS_STARTS
        if not plain:
            yield where


@lru_cache(maxsize=64)
def _digest(path: Path, changed_ns: int) -> str:
    """SHA-256, hexadecimal. changed_ns: the file's time, so that another content is read anew."""
    with open_file(path, LORA) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
