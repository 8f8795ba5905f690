"""Every family there is: Multiplane's own, and those that other packages add.

A package adds one by an entry point of the group `multiplane.families` that names its
`PipelineFamily` object; its profiles and the folders of its pipeline class are known then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from multiplane.contract.errors import Failure, InputError
from multiplane.contract.plugins import RefusedPlugin, plugins
from multiplane.models.families.family import PipelineFamily
from multiplane.models.families.z_image import Z_IMAGE
from multiplane.models.model_json import read_json

GROUP = "multiplane.families"
_OWN: tuple[PipelineFamily, ...] = (Z_IMAGE,)


def families() -> Mapping[str, PipelineFamily]:
    """All families by their names."""
    return _known()[0]


def refused_families() -> tuple[RefusedPlugin, ...]:
    """What other packages announce as a family and is none that can be used."""
    return _known()[1]


def family(name: str) -> PipelineFamily:
    """The family that profiles call `name`. Raises InputError `models.family_unknown`."""
    if name not in families():
        raise InputError(
            "models.family_unknown",
            f"There is no model family called {name!r}.",
            value=name,
            remedy=_remedy(families()),
        )
    return families()[name]


def family_of(pipeline: Any) -> PipelineFamily:
    """The family whose pipeline this is. Raises Failure `models.family_unknown`."""
    for base in type(pipeline).__mro__:
        for one in families().values():
            if base.__name__ in _classes(one):
                return one
    kind = type(pipeline).__name__
    raise Failure(
        "models.family_unknown",
        f"How {kind} orders its tokens is not known.",
        value=kind,
        remedy=_remedy(*map(_classes, families().values())),
    )


def family_of_folder(folder: Path) -> PipelineFamily:
    """The family that the folder's `model_index.json` names.

    Raises InputError `models.family_unknown`, or `models.profile_invalid` when it has no such file.
    """
    index = folder / "model_index.json"
    kind = read_json(index).get("_class_name")
    for one in families().values():
        if kind in _classes(one):
            return one
    raise InputError(
        "models.family_unknown",
        f"Models of the kind {kind} are not supported.",
        file=str(index),
        field="_class_name",
        value=kind,
        remedy=_remedy(*map(_classes, families().values())),
    )


@cache
def _known() -> tuple[Mapping[str, PipelineFamily], tuple[RefusedPlugin, ...]]:
    known = {own.name: own for own in _OWN}
    added, refused = plugins(GROUP, PipelineFamily)  # type: ignore[type-abstract]
    for plugin in added:
        clash = _clash(plugin.value, known.values())
        if clash:
            refused.append(RefusedPlugin(GROUP, plugin.name, plugin.package, clash))
        else:
            known[plugin.value.name] = plugin.value
    return MappingProxyType(known), tuple(refused)


def _clash(new: PipelineFamily, known: Iterable[PipelineFamily]) -> str:
    """What a family has in common with one that is known before it, "" for nothing."""
    for one in known:
        if new.name == one.name:
            return f"there is a family {one.name!r} already"
        for taken in _classes(new) & _classes(one):
            return f"{taken} belongs to the family {one.name!r} already"
        for taken in {own.name for own in new.profiles} & {own.name for own in one.profiles}:
            return f"the family {one.name!r} has a model {taken!r} already"
    return ""


def _classes(one: PipelineFamily) -> frozenset[str]:
    return frozenset((one.pipeline_class, *one.related_classes))


def _remedy(*names: Iterable[str]) -> str:
    known = sorted({name for some in names for name in some})
    remedy = f"Supported are {', '.join(known)}."
    if refused_families():
        remedy += f" Not usable: {'; '.join(map(str, refused_families()))}."
    return remedy
