"""The models that look at pictures, by name; and sets of models that are pulled together.

Sizes are those of the files that are pulled. None of them was run with its real weights here: the
loading is tested with the same classes at tiny sizes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from multiplane.contract.known_names import unknown_name
from multiplane.intake.reach import check_reach
from multiplane.models.facts import VisionProfile, VisionRole
from multiplane.models.model_json import model_type

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
    raise unknown_name("models.unknown", "cutter's model", name, list(VISION_PROFILES))


def _of_folder(folder: Path) -> VisionProfile:
    like = _LIKE[model_type(folder, _LIKE, "This model's folder holds nothing that cuts pictures.")]
    return replace(like, name=folder.name, title=folder.name, folder=folder, repository=None)
