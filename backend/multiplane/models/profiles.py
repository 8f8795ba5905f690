"""What is known about each model, as data.

A profile holds facts only: where the weights come from, under which licence, how the model likes
to be run, and where in it attention is best read. No profile has code of its own; every model
goes through the same loading, painting and capture.

A model's folder may hold a `profile.json` which overrides the facts that are measured rather than
given (`steps`, `guidance`, `takes`, `take_steps`, `version`, `max_text_tokens`, `capture`); the
sweep writes it.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from multiplane.contract.errors import InputError

BUNDLED = Path(__file__).parent / "bundled"
PROFILE_FILE = "profile.json"

_GIB = 1024**3
_BYTES_PER_VALUE = {"float32": 4, "float16": 2, "bfloat16": 2}


@dataclass(frozen=True)
class CaptureChoice:
    """Where a model's attention says most about what is where."""

    blocks: tuple[int, ...]  # indices into `transformer.layers`
    sigma_low: float  # noise levels that count, 0 = picture, 1 = noise
    sigma_high: float
    hops: int = 2  # times the maps go through image-to-image attention
    sharpness: float = 1.0  # factor on the logits of that image-to-image attention
    background_floor: float = 0.0  # least share of the background channel, 0..1
    decompose_sigma: float = 0.5  # noise put on a drawing before its single pass
    draws: int = 1  # noise draws averaged for a drawing


@dataclass(frozen=True)
class ModelProfile:
    """A text-to-image model of the Z-Image family, and how to run it."""

    name: str
    title: str
    licence: str
    steps: int
    guidance: float  # 0 = none, as `ZImagePipeline` counts it
    native_short_side: int  # px
    capture: CaptureChoice
    parameters: Mapping[str, int] = field(hash=False)  # values per component of the pipeline
    repository: str | None = None  # on the Hugging Face hub; None = not to be pulled
    folder: Path | None = None  # a fixed place, for the bundled model and for a folder of one's own
    licence_url: str = ""
    download_bytes: int = 0
    size_multiple: int = 16  # px; the pipeline refuses other sizes
    longest_aspect: float = 2.5  # beyond it the long side is held and the short side shrinks
    token_layout: str = "z-image"
    dtype_on_accelerator: str = "bfloat16"
    cpu_threads: int | None = None  # None: as many as PyTorch takes
    working_gb: float = 1.0  # activations and text features on top of the weights, in GiB
    max_text_tokens: int = 512
    style_names: Mapping[str, str] = field(default_factory=dict, hash=False)  # short -> taught
    takes: int = 1  # how often a shot is tried before the clearest try is painted
    take_steps: int = 8  # of such a try
    about: str = ""
    version: str = "1"
    rank: int = 0  # `--model auto` takes the highest that is installed and fits

    def dtype(self, device: str) -> str:
        """float32 on a CPU; on a GPU what the profile names (`dtype_on_accelerator`)."""
        return "float32" if device == "cpu" else self.dtype_on_accelerator

    def memory_gb(self, dtype: str) -> float:
        """Memory for the whole pipeline at once, in GiB: weights in `dtype` plus activations."""
        weights = sum(self.parameters.values()) * _BYTES_PER_VALUE[dtype] / _GIB
        return weights + self.working_gb

    def largest_component_gb(self, dtype: str) -> float:
        """Memory for one component at a time (model offload), in GiB."""
        return max(self.parameters.values()) * _BYTES_PER_VALUE[dtype] / _GIB + self.working_gb

    def style_words(self, style: str | None) -> str:
        """The style as the model was taught to call it; "" for none."""
        style = " ".join((style or "").split())
        return self.style_names.get(style.casefold().replace("_", " "), style)


@dataclass(frozen=True)
class DepthProfile:
    """A monocular depth model of the Depth Anything family."""

    name: str
    title: str
    licence: str
    parameters: Mapping[str, int] = field(hash=False)
    repository: str | None = None
    folder: Path | None = None
    licence_url: str = ""
    download_bytes: int = 0
    working_gb: float = 0.5  # GiB
    about: str = ""
    version: str = "1"
    rank: int = 0

    def memory_gb(self, dtype: str) -> float:
        """Memory for the model and its activations, in GiB."""
        return sum(self.parameters.values()) * _BYTES_PER_VALUE[dtype] / _GIB + self.working_gb


AnyProfile = ModelProfile | DepthProfile


STORYBOARD_MINI = ModelProfile(
    name="storyboard-mini",
    title="Storyboard Mini",
    licence="Apache-2.0",
    folder=BUNDLED / "storyboard-mini",
    steps=20,
    guidance=3.0,
    native_short_side=256,
    capture=CaptureChoice(blocks=(2, 3), sigma_low=0.3, sigma_high=0.6, draws=2),
    parameters={"transformer": 12_000_000, "text_encoder": 3_000_000, "vae": 2_000_000},
    dtype_on_accelerator="float32",
    # Its matrices are so small that threads mostly wait for each other: on a processor that is
    # busy with something else, two of them were twenty times slower than one.
    cpu_threads=1,
    working_gb=0.7,
    style_names={
        "ink": "ink sketch",
        "ink drawing": "ink sketch",
        "watercolour": "watercolor",
        "oil": "oil paint",
        "oil painting": "oil paint",
        "pencil sketch": "pencil",
        "pencil drawing": "pencil",
        "flat": "flat color",
        "flat colour": "flat color",
    },
    about="Comes with Multiplane. Its own small world of subjects, places and five styles; runs "
    "on a laptop's CPU.",
    rank=10,
)

Z_IMAGE_TURBO = ModelProfile(
    name="z-image-turbo",
    title="Z-Image Turbo",
    licence="Apache-2.0",
    licence_url="https://huggingface.co/Tongyi-MAI/Z-Image-Turbo",
    repository="Tongyi-MAI/Z-Image-Turbo",
    # The transformer is stored in float32 (24.6 GB), the text encoder in bfloat16 (8.0 GB).
    download_bytes=32_900_000_000,
    steps=8,
    guidance=0.0,
    native_short_side=1024,
    capture=CaptureChoice(blocks=(18,), sigma_low=0.4, sigma_high=0.65, draws=2),
    parameters={"transformer": 6_150_000_000, "text_encoder": 4_020_000_000, "vae": 84_000_000},
    working_gb=3.0,
    about="Alibaba's 6-billion-parameter model: any subject, photographs and drawings. Wants a "
    "GPU.",
    rank=100,
)

STORYBOARD_MINI_DEPTH = DepthProfile(
    name="storyboard-mini-depth",
    title="Storyboard Mini Depth",
    licence="Apache-2.0",
    folder=BUNDLED / "storyboard-mini-depth",
    parameters={"model": 4_000_000},
    about="Comes with Multiplane; trained on the same drawn scenes as storyboard-mini.",
    rank=10,
)

DEPTH_ANYTHING_V2_SMALL = DepthProfile(
    name="depth-anything-v2-small",
    title="Depth Anything V2 Small",
    licence="Apache-2.0",
    licence_url="https://huggingface.co/depth-anything/Depth-Anything-V2-Small-hf",
    repository="depth-anything/Depth-Anything-V2-Small-hf",
    download_bytes=99_200_000,
    parameters={"model": 24_800_000},
    about="Depth of any picture. Only the Small one is free for commercial use.",
    rank=100,
)

PROFILES: Mapping[str, ModelProfile] = MappingProxyType(
    {one.name: one for one in (STORYBOARD_MINI, Z_IMAGE_TURBO)}
)
DEPTH_PROFILES: Mapping[str, DepthProfile] = MappingProxyType(
    {one.name: one for one in (STORYBOARD_MINI_DEPTH, DEPTH_ANYTHING_V2_SMALL)}
)


def profile(name: str) -> ModelProfile:
    """The profile called `name`, or of the pipeline folder at the path `name`.

    Raises InputError `models.unknown` with the nearest name.
    """
    if name in PROFILES:
        known = PROFILES[name]
        return with_overrides(known, known.folder) if known.folder else known
    folder = Path(name).expanduser()
    if (folder / "model_index.json").is_file():
        return profile_of_folder(folder)
    raise _unknown(name, [*PROFILES, "auto"], "model")


def depth_profile(name: str) -> DepthProfile:
    """The depth profile called `name`. Raises InputError `models.unknown`."""
    if name in DEPTH_PROFILES:
        return DEPTH_PROFILES[name]
    folder = Path(name).expanduser()
    if (folder / "config.json").is_file():
        return replace(STORYBOARD_MINI_DEPTH, name=folder.name, folder=folder.resolve())
    raise _unknown(name, [*DEPTH_PROFILES], "depth model")


def any_profile(name: str) -> AnyProfile:
    """A picture or depth profile by its name. Raises InputError `models.unknown`."""
    if name in DEPTH_PROFILES:
        return DEPTH_PROFILES[name]
    if name in PROFILES:
        return profile(name)
    raise _unknown(name, [*PROFILES, *DEPTH_PROFILES], "model")


def profile_of_folder(folder: Path, like: ModelProfile | None = None) -> ModelProfile:
    """A profile for a `ZImagePipeline` folder of the user's own (or a training checkpoint).

    Facts come from `like`, or from the known profile of the same depth (number of blocks), and
    then from the folder's `profile.json`.
    """
    folder = folder.expanduser().resolve()
    if like is None:
        config = _read_json(folder / "transformer" / "config.json")
        big = int(config.get("n_layers", 0)) >= 24
        like = Z_IMAGE_TURBO if big else STORYBOARD_MINI
    own = replace(like, name=folder.name, title=folder.name, folder=folder, repository=None)
    return with_overrides(own, folder)


def with_overrides(base: ModelProfile, folder: Path) -> ModelProfile:
    """`base` with the measured facts of `folder/profile.json`, where there is one.

    Raises InputError `models.profile_invalid` when that file cannot be read or names a fact that
    a profile does not have.
    """
    path = folder / PROFILE_FILE
    if not path.is_file():
        return base
    given = _read_json(path)
    capture = given.pop("capture", {})
    allowed = {
        "steps",
        "guidance",
        "takes",
        "take_steps",
        "version",
        "max_text_tokens",
        "native_short_side",
        "parameters",
        "cpu_threads",
        "working_gb",
        "style_names",
        "about",
    }
    notes = {"measured", "trained"}  # free text by the tools that wrote it
    capture_fields = {one.name for one in fields(CaptureChoice)}
    odd = [key for key in given if key not in allowed | notes]
    if not isinstance(capture, dict):
        odd, capture = ["capture"], {}
    odd += [f"capture.{key}" for key in capture if key not in capture_fields]
    if odd:
        raise InputError(
            code="models.profile_invalid",
            message=f"{odd[0]} is not a fact that a profile has.",
            file=str(path),
            field=odd[0],
            remedy=f"Facts are {', '.join(sorted(allowed))}, and capture.",
        )
    if "blocks" in capture:
        capture["blocks"] = tuple(int(block) for block in capture["blocks"])
    facts = {key: value for key, value in given.items() if key in allowed}
    if "parameters" in facts:
        facts["parameters"] = dict(facts["parameters"])
    return replace(base, capture=replace(base.capture, **capture), **facts)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            code="models.profile_invalid",
            message=f"The model's {path.name} could not be read: {error}",
            file=str(path),
            remedy="Get the model's files anew.",
        ) from error
    if not isinstance(read, dict):
        raise InputError(
            code="models.profile_invalid",
            message=f"The model's {path.name} is not a JSON object.",
            file=str(path),
            remedy="Get the model's files anew.",
        )
    return read


def _unknown(name: str, known: list[str], kind: str) -> InputError:
    near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]}? " if near else ""
    return InputError(
        code="models.unknown",
        message=f"There is no {kind} called {name!r}.",
        value=name,
        remedy=f"{hint}Known are {', '.join(known)}.",
    )
