"""The models that look at pictures, by name; and sets of models that are pulled together.

Sizes are those of the files that are pulled. None of them was run with its real weights here: the
loading is tested with the same classes at tiny sizes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from multiplane.contract.errors import InputError
from multiplane.contract.known_names import unknown_name
from multiplane.intake.reach import check_reach
from multiplane.models.facts import VisionProfile, VisionRole
from multiplane.models.families.qwen_image import QWEN_IMAGE
from multiplane.models.families.stable_diffusion import SDXL
from multiplane.models.model_json import model_type, read_json

CLIPSEG = VisionProfile(
    name="clipseg",
    title="CLIPSeg",
    licence="Apache-2.0",
    licence_url="https://huggingface.co/CIDAS/clipseg-rd64-refined",
    architecture="clipseg",
    role=VisionRole.SEGMENTER,
    repository="CIDAS/clipseg-rd64-refined",
    download_bytes=605_000_000,
    parameters={"model": 150_700_000},
    about="Words to soft masks in any picture; quick on a CPU, coarse at edges.",
    rank=10,
)

GROUNDING_DINO_TINY = VisionProfile(
    name="grounding-dino-tiny",
    title="Grounding DINO Tiny",
    licence="Apache-2.0",
    licence_url="https://huggingface.co/IDEA-Research/grounding-dino-tiny",
    architecture="grounding-dino",
    role=VisionRole.DETECTOR,
    repository="IDEA-Research/grounding-dino-tiny",
    download_bytes=690_000_000,
    parameters={"model": 172_000_000},
    working_gb=1.5,
    about="Words to boxes in any picture; a masker cuts out what is in them.",
    rank=20,
)

SAM_2_1_TINY = VisionProfile(
    name="sam-2.1-tiny",
    title="SAM 2.1 Hiera Tiny",
    licence="Apache-2.0",
    licence_url="https://huggingface.co/facebook/sam2.1-hiera-tiny",
    architecture="sam2",
    role=VisionRole.MASKER,
    repository="facebook/sam2.1-hiera-tiny",
    download_bytes=156_000_000,
    parameters={"model": 38_900_000},
    working_gb=1.0,
    about="Boxes and points to sharp masks.",
    rank=20,
)

SAM_2_1_LARGE = replace(
    SAM_2_1_TINY,
    name="sam-2.1-large",
    title="SAM 2.1 Hiera Large",
    licence_url="https://huggingface.co/facebook/sam2.1-hiera-large",
    repository="facebook/sam2.1-hiera-large",
    download_bytes=898_000_000,
    parameters={"model": 224_400_000},
    working_gb=2.0,
    about="Boxes and points to masks, finer than the tiny one; for a GPU.",
    rank=30,
)

EDGETAM = VisionProfile(
    name="edgetam",
    title="EdgeTAM",
    licence="Apache-2.0",
    licence_url="https://huggingface.co/yonigozlan/EdgeTAM-hf",
    architecture="edgetam",
    role=VisionRole.MASKER,
    repository="yonigozlan/EdgeTAM-hf",
    download_bytes=56_000_000,
    parameters={"model": 13_900_000},
    working_gb=0.7,
    packages=("timm", "torchvision"),
    about="Boxes and points to masks, made for phones: the quickest on a CPU.",
    rank=10,
)

SAM_3 = VisionProfile(
    name="sam-3",
    title="SAM 3",
    licence="SAM License",
    licence_url="https://huggingface.co/facebook/sam3",
    architecture="sam3",
    role=VisionRole.FINDER,
    repository="facebook/sam3",
    download_bytes=3_440_000_000,
    parameters={"model": 860_000_000},
    working_gb=3.0,
    about="Words to a mask for each thing; its page asks for a login and your consent first.",
    rank=30,
)

VITMATTE_SMALL = VisionProfile(
    name="vitmatte-small",
    title="ViTMatte Small",
    licence="Apache-2.0; trained on pictures for non-commercial use",
    licence_url="https://huggingface.co/hustvl/vitmatte-small-composition-1k",
    architecture="vitmatte",
    role=VisionRole.MATTER,
    repository="hustvl/vitmatte-small-composition-1k",
    download_bytes=103_000_000,
    parameters={"model": 25_800_000},
    working_gb=1.5,
    about="Finer edges of hair, fur and glass. Its weights come of Adobe's Composition-1k, whose "
    "terms are non-commercial.",
    rank=10,
)

QWEN_IMAGE_LAYERED_CLASS = "QwenImageLayeredPipeline"
_QWEN_LAYERS = replace(
    QWEN_IMAGE,
    name="qwen-image-layered",
    title="Qwen-Image-Layered",
    licence_url="https://huggingface.co/Qwen/Qwen-Image-Layered",
    repository="Qwen/Qwen-Image-Layered",
    steps=50,
    native_short_side=640,
    working_gb=6.0,  # a guess: Qwen-Image's, and every layer is a picture more
)
# Steps, guidance and size are those of its authors' own script. Parameters and download are those
# of Qwen-Image, of which it is a fine-tune with an alpha channel: nobody here could look them up.
QWEN_IMAGE_LAYERED = VisionProfile(
    name=_QWEN_LAYERS.name,
    title=_QWEN_LAYERS.title,
    licence=_QWEN_LAYERS.licence,
    licence_url=_QWEN_LAYERS.licence_url,
    architecture="qwen-image-layered",
    role=VisionRole.LAYERER,
    repository=_QWEN_LAYERS.repository,
    download_bytes=_QWEN_LAYERS.download_bytes,
    parameters=_QWEN_LAYERS.parameters,
    working_gb=_QWEN_LAYERS.working_gb,
    dtype_on_accelerator=_QWEN_LAYERS.dtype_on_accelerator,
    pipeline=_QWEN_LAYERS,
    about="Takes a picture apart into layers by itself, 640 px large; words only name them. Sizes "
    "are taken from Qwen-Image and unverified. Wants a very large GPU and minutes for a picture.",
    rank=10,
)

LAYER_DIFFUSE_OFFSETS = "layer_xl_bgble2fg.safetensors"
LAYER_DIFFUSE_DECODER = "vae_transparent_decoder.safetensors"
# Steps, guidance and size are those of its authors' own examples.
_LAYER_DIFFUSE = replace(
    SDXL,
    name="layerdiffuse-sdxl",
    title="LayerDiffuse on Stable Diffusion XL",
    licence="CreativeML OpenRAIL-M",
    licence_url="https://huggingface.co/LayerDiffusion/layerdiffusion-v1",
    repository="LayerDiffusion/layerdiffusion-v1",
    download_bytes=3_830_000_000,
    steps=20,
    guidance=7.0,
    parameters={**SDXL.parameters, "transparent_decoder": 52_000_000},
    working_gb=4.0,
)
LAYER_DIFFUSE = VisionProfile(
    name=_LAYER_DIFFUSE.name,
    title=_LAYER_DIFFUSE.title,
    licence=_LAYER_DIFFUSE.licence,
    licence_url=_LAYER_DIFFUSE.licence_url,
    architecture="layerdiffuse",
    role=VisionRole.MASKER,
    repository=_LAYER_DIFFUSE.repository,
    download_bytes=_LAYER_DIFFUSE.download_bytes,
    parameters=_LAYER_DIFFUSE.parameters,
    working_gb=_LAYER_DIFFUSE.working_gb,
    dtype_on_accelerator=_LAYER_DIFFUSE.dtype_on_accelerator,
    pipeline=_LAYER_DIFFUSE,
    files=(LAYER_DIFFUSE_OFFSETS, LAYER_DIFFUSE_DECODER),
    upon=SDXL,
    about="Boxes to see-through foregrounds: paints what stands before a guessed background, glass "
    "and smoke too. Offsets to sdxl, which must be here too; 20 steps for each thing, on a GPU.",
    rank=5,
)

DINOV2_SMALL = VisionProfile(
    name="dinov2-small",
    title="DINOv2 Small",
    licence="Apache-2.0",
    licence_url="https://huggingface.co/facebook/dinov2-small",
    architecture="dinov2",
    role=VisionRole.COMPARER,
    repository="facebook/dinov2-small",
    download_bytes=88_200_000,
    parameters={"model": 22_060_000},
    about="Tells how like itself a member of the cast is from shot to shot; quick on a CPU.",
    rank=10,
)

VISION_PROFILES: Mapping[str, VisionProfile] = MappingProxyType(
    {
        known.name: known
        for known in (
            CLIPSEG,
            GROUNDING_DINO_TINY,
            SAM_2_1_TINY,
            SAM_2_1_LARGE,
            EDGETAM,
            SAM_3,
            VITMATTE_SMALL,
            QWEN_IMAGE_LAYERED,
            LAYER_DIFFUSE,
            DINOV2_SMALL,
        )
    }
)

LAPTOP = "laptop"
MODEL_SETS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {LAPTOP: ("grounding-dino-tiny", "sam-2.1-tiny", "depth-anything-v2-small")}
)
"""Sets by their names; `models pull` takes each of their models."""

_LIKE = MappingProxyType(
    {
        "clipseg": CLIPSEG,
        "grounding-dino": GROUNDING_DINO_TINY,
        "mm-grounding-dino": replace(GROUNDING_DINO_TINY, architecture="mm-grounding-dino"),
        "sam2": SAM_2_1_TINY,
        "sam2_video": SAM_2_1_TINY,
        "edgetam": EDGETAM,
        "edgetam_video": EDGETAM,
        "sam3": SAM_3,
        "sam3_video": SAM_3,
        "vitmatte": VITMATTE_SMALL,
        "dinov2": DINOV2_SMALL,
    }
)
"""By the `model_type` in a folder's config.json: what a model of that kind resembles."""


def vision_profile(name: str) -> VisionProfile:
    """The model called `name`, of the hub's repository `name`, or in the folder `name`.

    Raises InputError `models.unknown`, `models.kind_unknown` for a folder with another model, and
    as `check_reach`.
    """
    if name in VISION_PROFILES:
        return VISION_PROFILES[name]
    for known in VISION_PROFILES.values():
        if name == known.repository:
            return known
    folder = Path(name).expanduser()
    if folder.is_absolute() or "/" in name or "\\" in name:
        check_reach(folder)
    if (folder / "config.json").is_file():
        return _of_folder(folder.resolve())
    if (folder / "model_index.json").is_file():
        return _of_pipeline(folder.resolve())
    if (folder / LAYER_DIFFUSE_OFFSETS).is_file():
        own = folder.resolve()
        return replace(LAYER_DIFFUSE, name=own.name, title=own.name, folder=own, repository=None)
    raise unknown_name("models.unknown", "cutter's model", name, list(VISION_PROFILES))


def _of_folder(folder: Path) -> VisionProfile:
    like = _LIKE[model_type(folder, _LIKE, "This model's folder holds nothing that cuts pictures.")]
    return replace(like, name=folder.name, title=folder.name, folder=folder, repository=None)


def _of_pipeline(folder: Path) -> VisionProfile:
    kind = read_json(folder / "model_index.json").get("_class_name")
    if kind != QWEN_IMAGE_LAYERED_CLASS:
        raise InputError(
            "models.kind_unknown",
            "This model's folder holds nothing that cuts pictures.",
            file=str(folder / "model_index.json"),
            field="_class_name",
            value=kind,
            remedy="A pipeline that cuts is a {known}.",
            values={"known": QWEN_IMAGE_LAYERED_CLASS},
        )
    pipeline = replace(_QWEN_LAYERS, name=folder.name, folder=folder, repository=None)
    return replace(
        QWEN_IMAGE_LAYERED, name=folder.name, title=folder.name, folder=folder, repository=None,
        pipeline=pipeline,
    )  # fmt: skip
