"""The models that can be asked for by name, and those in folders of the user's own.

A model's folder may hold a `profile.json` which overrides the facts that are measured rather than
given (`steps`, `guidance`, `takes`, `take_steps`, `version`, `max_text_tokens`, `capture`,
`cutter`, `known_words`, `calibration`); `multiplane study sweep` and `calibrate` write it. It may
also name a `reader`, a subfolder with weights that drawings are read by.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from multiplane.contract.errors import InputError
from multiplane.contract.known_names import near_names
from multiplane.intake.reach import check_reach
from multiplane.models.calibration import Calibration
from multiplane.models.facts import (
    BUNDLED,
    AnyProfile,
    CaptureChoice,
    DepthProfile,
    ModelProfile,
    VisionProfile,
)
from multiplane.models.families.registry import families, family_of_folder
from multiplane.models.known_words import known_of
from multiplane.models.model_json import read_json
from multiplane.models.vision.profiles import (
    MODEL_SETS,
    QWEN_IMAGE_LAYERED_CLASS,
    VISION_PROFILES,
    vision_profile,
)
from multiplane.models.weight_count import parameters_of, quantised_in, values_in

PROFILE_FILE = "profile.json"
_PARTS = re.compile(r"[-+.]")
DEPTH_KINDS = frozenset({"depth_anything", "depth_pro"})
"""`model_type` in config.json of the depth models that `vision.depth` loads."""

STORYBOARD_MINI_DEPTH = DepthProfile(
    name="storyboard-mini-depth",
    title="Storyboard Mini Depth",
    licence="Apache-2.0",
    folder=BUNDLED / "storyboard-mini-depth",
    parameters={"model": 4_000_000},
    about="Comes with Multiplane; trained on the same drawn scenes as storyboard-mini.",
    trust=0.3,  # on other people's drawings .65 of overlapping pairs; their outlines alone .95
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

DEPTH_PRO = DepthProfile(
    name="depth-pro",
    title="Depth Pro",
    licence="Apple AMLR (research only)",
    licence_url="https://huggingface.co/apple/DepthPro-hf",
    repository="apple/DepthPro-hf",
    download_bytes=1_900_000_000,
    parameters={"model": 952_000_000},
    working_gb=4.0,
    about="Sharp depth of any picture; wants a GPU. Its licence allows research only.",
    rank=50,  # below what may be used for everything, and is quick
)

PROFILES: Mapping[str, ModelProfile] = MappingProxyType(
    {own.name: own for family in families().values() for own in family.profiles}
)
DEPTH_PROFILES: Mapping[str, DepthProfile] = MappingProxyType(
    {one.name: one for one in (STORYBOARD_MINI_DEPTH, DEPTH_ANYTHING_V2_SMALL, DEPTH_PRO)}
)


def profile(name: str) -> ModelProfile:
    """The profile called `name`, or of the pipeline folder at the path `name`.

    Raises InputError `models.unknown` with the nearest name.
    """
    if name in PROFILES:
        known = PROFILES[name]
        return with_overrides(known, known.folder) if known.folder else known
    folder = Path(name).expanduser()
    if _is_path(name):
        check_reach(folder)
    if (folder / "model_index.json").is_file():
        return profile_of_folder(folder)
    raise _unknown(name, [*PROFILES, "auto"], "model")


def depth_profile(name: str) -> DepthProfile:
    """The depth profile called `name`. Raises InputError `models.unknown`."""
    if name in DEPTH_PROFILES:
        return DEPTH_PROFILES[name]
    folder = Path(name).expanduser()
    if _is_path(name):
        check_reach(folder)
    if (folder / "config.json").is_file():
        return replace(STORYBOARD_MINI_DEPTH, name=folder.name, folder=folder.resolve())
    raise _unknown(name, [*DEPTH_PROFILES], "depth model")


def _is_path(name: str) -> bool:
    """Whether a model's name is meant as a folder, there or not."""
    return Path(name).is_absolute() or "/" in name or "\\" in name or Path(name).exists()


def any_profile(name: str) -> AnyProfile:
    """A profile of any kind by its name. Raises InputError `models.unknown`."""
    if name in DEPTH_PROFILES:
        return DEPTH_PROFILES[name]
    if name in VISION_PROFILES:
        return VISION_PROFILES[name]
    if name in PROFILES:
        return profile(name)
    raise _unknown(name, [*PROFILES, *DEPTH_PROFILES, *VISION_PROFILES], "model")


def profile_at(name: str) -> AnyProfile:
    """As `any_profile`, or of the folder at the path `name`: of a pipeline or of a single model.

    Raises InputError `models.unknown`, `models.not_a_model` for a place without one, and for what
    is there as `profile_of_folder` and `vision_profile` do.
    """
    if name in DEPTH_PROFILES or name in VISION_PROFILES or name in PROFILES or not _is_path(name):
        return any_profile(name)
    folder = Path(name).expanduser()
    check_reach(folder)
    if not folder.exists():
        return any_profile(name)  # which says what there is
    if (folder / "model_index.json").is_file():
        kind = read_json(folder / "model_index.json").get("_class_name")
        return vision_profile(name) if kind == QWEN_IMAGE_LAYERED_CLASS else profile(name)
    if not (folder / "config.json").is_file():
        raise InputError(
            code="models.not_a_model",
            message="This is no folder of a model.",
            file=str(folder),
            value=name,
            remedy="A pipeline's folder has model_index.json, another model's config.json.",
        )
    if read_json(folder / "config.json").get("model_type") in DEPTH_KINDS:
        like = depth_profile(name)
        return replace(like, title=folder.name, parameters={"model": values_in(folder)})
    return vision_profile(name)


def profiles_of(name: str) -> tuple[AnyProfile, ...]:
    """The models that `name` means: those of a set, or the one of this name and what it changes.

    Raises InputError `models.unknown`.
    """
    named = [any_profile(each) for each in MODEL_SETS.get(name, (name,))]
    changed = [one.upon for one in named if isinstance(one, VisionProfile)]
    return (*(one for one in changed if one is not None), *named)


def profile_of_folder(folder: Path, like: ModelProfile | None = None) -> ModelProfile:
    """A profile for a pipeline folder of the user's own (or a training checkpoint).

    Facts come from `like`, or from what its family says of such a folder, then from its weights
    (their number) and its `profile.json`. Raises InputError `models.family_unknown`, or
    `models.profile_invalid`.
    """
    folder = folder.expanduser().resolve()
    like = like or family_of_folder(folder).profile_like(folder)
    own = replace(
        like,
        name=folder.name,
        title=folder.name,
        folder=folder,
        repository=None,
        parameters=_parameters(folder, like),
    )
    return with_overrides(own, folder)


def _parameters(folder: Path, like: ModelProfile) -> Mapping[str, int]:
    """What the folder's files hold; where they hold quantised values, as many as `like` has."""
    found = parameters_of(folder)
    for name, size in quantised_in(folder).items():
        found[name] = like.parameters.get(name, size)
    return found or like.parameters


def with_overrides(base: ModelProfile, folder: Path) -> ModelProfile:
    """`base` with the measured facts of `folder/profile.json`, where there is one.

    Raises InputError `models.profile_invalid` when that file cannot be read or names a fact that
    a profile does not have.
    """
    path = folder / PROFILE_FILE
    if not path.is_file():
        return base
    given = read_json(path)
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
        "reader",
        "cutter",
        "known_words",
        "calibration",
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
            message="{fact} is not a fact that a profile has.",
            file=str(path),
            field=odd[0],
            remedy="Facts are {known}, and capture.",
            values={"fact": odd[0], "known": ", ".join(sorted(allowed))},
        )
    if not isinstance(given.get("reader"), str | None) or not _is_subfolder(given.get("reader")):
        raise InputError(
            code="models.profile_invalid",
            message="A model's reading weights lie in a folder of its own folder.",
            file=str(path),
            field="reader",
            value=given["reader"],
            remedy='Give the folder\'s bare name, such as "reader".',
        )
    if given.get("calibration") is not None:
        given["calibration"] = _read(Calibration.from_json, given["calibration"], path)
    if "known_words" in given:
        given["known_words"] = _read(_words, given["known_words"], path, "known_words")
    if "blocks" in capture:
        capture["blocks"] = tuple(int(block) for block in capture["blocks"])
    if "head_weights" in capture:
        capture["head_weights"] = _head_weights(capture["head_weights"], path)
    facts = {key: value for key, value in given.items() if key in allowed}
    if "parameters" in facts:
        facts["parameters"] = dict(facts["parameters"])
    return replace(base, capture=replace(base.capture, **capture), **facts)


def _is_subfolder(name: str | None) -> bool:
    return name is None or (name not in ("", ".", "..") and not {"/", "\\", ":"} & {*name})


def _head_weights(given: Any, path: Path) -> tuple[tuple[int, tuple[float, ...]], ...]:
    try:
        return tuple((int(block), tuple(map(float, weights))) for block, weights in given)
    except (TypeError, ValueError) as error:
        raise InputError(
            code="models.profile_invalid",
            message="Weights of heads are pairs of a block's number and a list of numbers.",
            file=str(path),
            field="capture.head_weights",
            value=given,
            remedy="Remove head_weights from the file, or run: "
            "multiplane study ablations --only heads --keep",
        ) from error


def _words(given: object) -> frozenset[str]:
    if not isinstance(given, str):
        raise TypeError("the words stand in one text, with blanks between")
    return known_of([given])


def _read(read: Callable[[Any], Any], value: Any, path: Path, field: str = "calibration") -> Any:
    try:
        return read(value)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            code="models.profile_invalid",
            message="Its {what} cannot be read: {why}",
            file=str(path),
            field=field,
            remedy="Remove {fact} from the file, or run: multiplane study calibrate "
            "--model {folder}",
            values={
                "what": field.replace("_", " "),
                "why": str(error),
                "fact": field,
                "folder": str(path.parent),
            },
        ) from error


def _nearest(name: str, known: list[str]) -> str:
    """The known name that is meant, "" where none is like it.

    That is the shortest that begins so, else one that holds it ("dino"), else one with a part that
    is spelt nearly so ("shnell"), else one that is so itself.
    """
    wanted = name.casefold().replace("_", "-").replace(" ", "-")
    if not wanted:
        return ""
    begun = [candidate for candidate in known if candidate.startswith(wanted)]
    parts = {part: one for one in reversed(known) for part in _PARTS.split(one) if len(part) > 2}
    holding = [one for one in known if len(wanted) > 2 and wanted in one]
    close = near_names(wanted, known, cutoff=0.5)
    partly = [parts[part] for part in near_names(wanted, parts, cutoff=0.75)]
    return min(begun or holding or partly or close, key=len, default="")


def _unknown(name: str, known: list[str], kind: str) -> InputError:
    near = _nearest(name, known)
    return InputError(
        code="models.unknown",
        message="There is no {noun} called '{name}'.",
        value=name,
        remedy="Did you mean {near}? Known are {known}."
        if near
        else "None is called nearly so. Known are {known}.",
        values={"noun": kind, "name": name, "known": ", ".join(known)}
        | ({"near": near} if near else {}),
    )
