"""Every family there is: Multiplane's own, and those that other packages add.

A package adds one by an entry point of the group `multiplane.families` that names its
`PipelineFamily` object; its profiles and the folders of its pipeline class are known then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from multiplane.contract.errors import Failure, InputError
from multiplane.contract.plugins import Registry
from multiplane.models.families.family import PipelineFamily
from multiplane.models.families.flux import FLUX
from multiplane.models.families.flux2 import FLUX2_KLEIN_FAMILY
from multiplane.models.families.pixart import PIXART_SIGMA_FAMILY
from multiplane.models.families.qwen_image import QWEN_IMAGE_FAMILY
from multiplane.models.families.qwen_image_edit import QWEN_IMAGE_EDIT_FAMILY
from multiplane.models.families.sd3 import STABLE_DIFFUSION_3
from multiplane.models.families.stable_diffusion import STABLE_DIFFUSION, STABLE_DIFFUSION_XL
from multiplane.models.families.z_image import Z_IMAGE
from multiplane.models.model_json import read_json


def _classes(known: PipelineFamily) -> frozenset[str]:
    return frozenset((known.pipeline_class, *known.related_classes))


def _claims(new: PipelineFamily) -> Iterator[tuple[str, str]]:
    yield "a family", new.name
    yield from (("a family for the pipeline", kind) for kind in sorted(_classes(new)))
    yield from (("a model", profile.name) for profile in new.profiles)


FAMILIES: Registry[PipelineFamily] = Registry(
    "multiplane.families",
    PipelineFamily,  # type: ignore[type-abstract]
    claims=_claims,
)
for _own in (
    Z_IMAGE,
    FLUX2_KLEIN_FAMILY,
    FLUX,
    QWEN_IMAGE_FAMILY,
    QWEN_IMAGE_EDIT_FAMILY,
    STABLE_DIFFUSION_3,
    STABLE_DIFFUSION_XL,
    STABLE_DIFFUSION,
    PIXART_SIGMA_FAMILY,
):
    FAMILIES.add(_own)


_SUPPORTED = "Supported are {known}.{plugins}"


def families() -> Mapping[str, PipelineFamily]:
    """All families by their names."""
    return FAMILIES


def family(name: str) -> PipelineFamily:
    """The family that profiles call `name`. Raises InputError `models.family_unknown`."""
    if name not in families():
        raise InputError(
            "models.family_unknown",
            "There is no model family called '{name}'.",
            value=name,
            remedy=_SUPPORTED,
            values={"name": name, **_known(families())},
        )
    return families()[name]


def family_of(pipeline: Any) -> PipelineFamily:
    """The family whose pipeline this is. Raises Failure `models.family_unknown`."""
    for base in type(pipeline).__mro__:
        for known in families().values():
            if base.__name__ in _classes(known):
                return known
    kind = type(pipeline).__name__
    raise Failure(
        "models.family_unknown",
        "How {kind} orders its tokens is not known.",
        value=kind,
        remedy=_SUPPORTED,
        values={"kind": kind, **_known(*map(_classes, families().values()))},
    )


def family_of_folder(folder: Path) -> PipelineFamily:
    """The family that the folder's `model_index.json` names.

    Raises InputError `models.family_unknown`, or `models.profile_invalid` when it has no such file.
    """
    index = folder / "model_index.json"
    kind = read_json(index).get("_class_name")
    for known in families().values():
        if kind in _classes(known):
            return known
    raise InputError(
        "models.family_unknown",
        "Models of the kind {kind} are not supported.",
        file=str(index),
        field="_class_name",
        value=kind,
        remedy=_SUPPORTED,
        values={"kind": str(kind), **_known(*map(_classes, families().values()))},
    )


def _known(*names: Iterable[str]) -> dict[str, str]:
    known = sorted({name for some in names for name in some})
    return {"known": ", ".join(known), "plugins": FAMILIES.unusable()}
