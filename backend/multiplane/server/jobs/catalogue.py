"""Names that a storyboard may use, and the models as clients see them."""

from __future__ import annotations

from functools import cache

from multiplane.contract.messages_common import CameraView, ModelView


@cache
def camera_presets() -> list[str]:
    """Names and aliases of all camera presets; importing them waits until they are needed."""
    from multiplane.stage.registry import preset_names

    return list(preset_names())


def cameras() -> list[CameraView]:
    """All camera presets that need nothing but their name, as clients see them."""
    from multiplane.stage.registry import FRAMING, PRESETS

    return [
        CameraView(
            name=profile.name,
            description=profile.description,
            directions=list(profile.directions),
            degrees=profile.degrees,
            unit=profile.unit,
            strongest=profile.strongest,
            takes=list(profile.takes),
            loops=profile.loops,
        )
        for profile in PRESETS.values()
        if profile.name != FRAMING
    ]


def model_names() -> list[str]:
    """Names that a storyboard's `model` may have, besides "auto" and a folder."""
    from multiplane.models.profiles import PROFILES

    return list(PROFILES)


def models() -> list[ModelView]:
    """All models that there are, and whether they are on this computer."""
    from multiplane.models import hub, places
    from multiplane.models.profiles import DEPTH_PROFILES, PROFILES, AnyProfile, profiles_of
    from multiplane.models.vision.profiles import VISION_PROFILES

    kinds: list[tuple[str, AnyProfile]] = [("picture", profile) for profile in PROFILES.values()]
    kinds += [("depth", depth_profile) for depth_profile in DEPTH_PROFILES.values()]
    kinds += [(known.role.value, known) for known in VISION_PROFILES.values()]
    views = []
    for kind, profile in kinds:
        installed, fetched = places.find(profile) is not None, hub.fetched(profile)
        views.append(
            ModelView(
                name=profile.name,
                title=profile.title,
                kind=kind,
                licence=profile.licence,
                licence_url=profile.licence_url or None,
                installed=installed,
                bytes=profile.download_bytes,
                about=profile.about,
                there=0 if installed else sum(path.stat().st_size for path in fetched),
                removable=bool(fetched),
                needs=[one.name for one in profiles_of(profile.name) if one.name != profile.name],
            )
        )
    return views
