"""Where models lie on this computer, and whether they are whole.

Searched in this order: the folder that comes with the package, a folder that `models pull --to`
noted, `$MULTIPLANE_MODELS/<name>`, the user's data folder, and the Hugging Face cache (so that
weights which another program has downloaded are not downloaded again).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from multiplane.contract.errors import Failure
from multiplane.contract.regular_file import read_regular
from multiplane.models.facts import VisionProfile
from multiplane.models.folders import models_folder
from multiplane.models.model_folder import refuse_pickles
from multiplane.models.model_json import MAX_JSON_BYTES
from multiplane.models.profiles import AnyProfile, ModelProfile, with_overrides

_LOCATIONS = "locations.json"
_WEIGHTS_INDEX = ".safetensors.index.json"


def find(profile: AnyProfile) -> Path | None:
    """The folder that holds the whole model, or None when it is not on this computer."""
    for folder in _candidates(profile):
        if is_whole(folder, profile):
            return folder
    return None


def require(profile: AnyProfile) -> Path:
    """As `find`. Raises Failure `models.missing`, with the command that gets the model.

    Or `models.pickle` where a folder has weights of that kind only, as `refuse_pickles`.
    """
    found = find(profile)
    if found is not None:
        return found
    for folder in (profile.folder, *profile.folder.glob("*")) if profile.folder else ():
        refuse_pickles(folder)
    if profile.repository:
        message = "The model {model} is not on this computer."
        remedy = "Get it with: multiplane models pull {model} ({gigabytes} GB, {licence})"
    else:
        message = "The weights of {model} are missing or incomplete."
        remedy = "Install Multiplane anew: this model comes with it."
        if profile.folder and not profile.folder.is_relative_to(Path(__file__).parent):
            remedy = "A pipeline folder has model_index.json and every component's .safetensors."
    raise Failure(
        code="models.missing",
        message=message,
        file=str(profile.folder) if profile.folder else None,
        value=profile.name,
        remedy=remedy,
        values={
            "model": profile.name,
            "gigabytes": f"{profile.download_bytes / 1e9:.1f}",
            "licence": profile.licence,
        },
    )


def require_all(profile: AnyProfile) -> tuple[Path, ...]:
    """The model's folder, and before it that of the model whose weights it changes, if it does.

    Raises as `require_together`.
    """
    require_together([profile])
    return tuple(require(one) for one in _with_upon(profile))


def require_together(profiles: Iterable[AnyProfile]) -> None:
    """See that all of them are here, and the models whose weights they change.

    Raises as `require` where one is not; of several that are not, Failure `models.missing` names
    all, with the one command that gets them.
    """
    wanted = {one.name: one for profile in profiles for one in _with_upon(profile)}
    absent = [one for one in wanted.values() if find(one) is None]
    for one in absent:
        if len(absent) == 1 or not one.repository:
            require(one)  # which says what is the matter
    if not absent:
        return
    names = [one.name for one in absent]
    raise Failure(
        code="models.missing",
        message="The models {models} are not on this computer.",
        value=", ".join(names),
        remedy="Get them with: multiplane models pull {names} ({gigabytes} GB, {licences})",
        values={
            "models": ", ".join(names),
            "names": " ".join(names),
            "gigabytes": f"{sum(one.download_bytes for one in absent) / 1e9:.1f}",
            "licences": ", ".join(dict.fromkeys(one.licence for one in absent)),
        },
    )


def all_here(profile: AnyProfile) -> bool:
    """Whether what `require_all` asks for is on this computer."""
    return all(find(one) is not None for one in _with_upon(profile))


def _with_upon(profile: AnyProfile) -> tuple[AnyProfile, ...]:
    upon = profile.upon if isinstance(profile, VisionProfile) else None
    return (profile,) if upon is None else (upon, profile)


def measured(profile: ModelProfile) -> ModelProfile:
    """A pulled model's facts with what was measured on this computer, kept in its folder.

    Raises InputError `models.profile_invalid`.
    """
    folder = None if profile.folder else find(profile)
    return profile if folder is None else with_overrides(profile, folder)


def reading(profile: ModelProfile) -> ModelProfile:
    """Facts of the weights that `profile`'s drawings are read by: those of its `reader`, or itself.

    A reader goes by its model's name. Raises as `require`, and as `profiles.with_overrides`.
    """
    if profile.reader is None:
        return profile
    folder = require(profile) / profile.reader
    own = replace(
        profile, folder=folder, repository=None, reader=None, calibration=None,
        known_words=frozenset(),
    )  # fmt: skip
    return with_overrides(own, folder)


def note_location(name: str, folder: Path) -> None:
    """Remember that the model `name` lies in `folder` (outside `models_folder()`)."""
    noted = _noted()
    noted[name] = str(folder.expanduser().resolve())
    target = models_folder() / _LOCATIONS
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    partial.write_text(json.dumps(noted, indent=2), encoding="utf-8")
    partial.replace(target)


def is_whole(folder: Path, profile: AnyProfile) -> bool:
    """Whether every configuration and every weights file that `folder` announces is there."""
    if isinstance(profile, VisionProfile) and profile.files:
        files = [folder / name for name in profile.files]
        return all(file.is_file() and file.stat().st_size > 0 for file in files)
    if isinstance(profile, VisionProfile) and profile.pipeline is not None:
        return is_whole(folder, profile.pipeline)
    if not isinstance(profile, ModelProfile):
        return (folder / "config.json").is_file() and _weights_whole(folder)
    index = folder / "model_index.json"
    if not index.is_file() or not _is_json_object(index):
        return False
    components = [folder / name for name in {*profile.parameters, "vae"}]
    pipelines = [folder]
    if profile.reader is not None:
        pipelines.append(folder / profile.reader)
        components += [pipelines[-1] / name for name in ("transformer", "text_encoder")]
    return all(
        (one / "scheduler" / "scheduler_config.json").is_file() for one in pipelines
    ) and all((one / "config.json").is_file() and _weights_whole(one) for one in components)


def weights_files(folder: Path, without: str | None = None) -> list[Path]:
    """Every file of the model that decides what it paints, sorted by relative path.

    without: a subfolder that is left out.
    """
    wanted = {".safetensors", ".gguf", ".json", ".txt", ".jinja", ".model"}
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and path.suffix in wanted
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.relative_to(folder).parts[0] != without
    )


def _candidates(profile: AnyProfile) -> list[Path]:
    if profile.folder:
        return [profile.folder]
    places = []
    noted = _noted().get(profile.name)
    if noted:
        places.append(Path(noted))
    places.append(models_folder() / profile.name)
    cached = _in_hub_cache(profile)
    if cached:
        places.append(cached)
    return places


def _in_hub_cache(profile: AnyProfile) -> Path | None:
    # The cache's layout is read here directly: importing huggingface_hub for it would cost half a
    # second in commands that only list models.
    if not profile.repository:
        return None
    home = Path(os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface").expanduser()
    hub = Path(os.environ.get("HF_HUB_CACHE") or home / "hub").expanduser()
    repository = hub / ("models--" + profile.repository.replace("/", "--"))
    head = repository / "refs" / "main"
    if not head.is_file():
        return None
    return repository / "snapshots" / head.read_text(encoding="utf-8").strip()


def _noted() -> dict[str, str]:
    try:
        read = json.loads(read_regular(models_folder() / _LOCATIONS, MAX_JSON_BYTES))
    except (OSError, ValueError):
        return {}
    if not isinstance(read, dict):
        return {}
    return {key: value for key, value in read.items() if isinstance(value, str)}


def _weights_whole(folder: Path) -> bool:
    for index in folder.glob(f"*{_WEIGHTS_INDEX}"):
        try:
            shards = set(json.loads(read_regular(index, MAX_JSON_BYTES))["weight_map"].values())
        except (OSError, ValueError, KeyError, AttributeError):
            return False
        return all((folder / shard).is_file() for shard in shards)
    weights = [*folder.glob("*.safetensors"), *folder.glob("*.gguf")]
    return any(path.is_file() and path.stat().st_size > 0 for path in weights)


def _is_json_object(path: Path) -> bool:
    try:
        return isinstance(json.loads(read_regular(path, MAX_JSON_BYTES)), dict)
    except (OSError, ValueError):
        return False
