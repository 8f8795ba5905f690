"""Names that only higher rooms know, camera presets and models, checked with a suggestion."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable

from multiplane.contract.errors import InputError
from multiplane.contract.storyboard import Shot
from multiplane.contract.told_values import Value


def near_names(name: str, known: Iterable[str], *, most: int = 1, cutoff: float = 0.6) -> list[str]:
    """Those of `known` that `name` nearly is, the nearest first.

    However its letters are written, and with - or _ or a blank between its words. cutoff: 0..1, as
    `difflib.get_close_matches` has it.
    """
    spelled = {_plain(option): option for option in known}
    near = difflib.get_close_matches(_plain(name), spelled, n=most, cutoff=cutoff)
    return [spelled[option] for option in near]


def unknown_name(
    code: str,
    what: str,
    name: str,
    known: Collection[str],
    *,
    file: str | None = None,
    field: str | None = None,
) -> InputError:
    """The error for a name that is not among `known`, with the nearest ones."""
    near = near_names(name, known, most=3)
    values: dict[str, Value] = {"noun": what}
    if near:
        remedy = "Did you mean {near}?"
        values |= {"near": " or ".join(f'"{option}"' for option in near)}
    else:
        remedy = "Known are {known}."
        values |= {"known": ", ".join(f'"{option}"' for option in sorted(known))}
    return InputError(
        code,
        "There is no {noun} of this name.",
        file=file,
        field=field,
        value=name,
        remedy=remedy,
        values=values,
    )


def check_preset(
    shot: Shot, presets: Collection[str], *, file: str | None = None, at: str = "shots[0]"
) -> None:
    """Raises InputError when the shot's camera preset is not among `presets`."""
    if shot.camera.preset not in presets:
        raise unknown_preset(shot.camera.preset, presets, file=file, at=at)


def unknown_preset(
    preset: str, presets: Collection[str], *, file: str | None = None, at: str = "shots[0]"
) -> InputError:
    """The error for a camera preset that is not among `presets`. at: the shot's path."""
    return unknown_name(
        "storyboard.shot.camera.preset.unknown",
        "camera preset",
        preset,
        presets,
        file=file,
        field=f"{at}.camera.preset",
    )


def check_model(model: str, models: Collection[str], *, file: str | None = None) -> None:
    """Raises InputError when `model` is neither "auto" nor among `models`."""
    if model != "auto" and model not in models:
        raise unknown_name(
            "storyboard.model.unknown",
            "model",
            model,
            ["auto", *models],
            file=file,
            field="model",
        )


def _plain(name: str) -> str:
    return name.casefold().strip().replace("_", "-").replace(" ", "-")
