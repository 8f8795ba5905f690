"""What people write in a storyboard's fields in their own words, as the contract has it.

What cannot be understood stays as it is: the contract then says what is wrong with it.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from multiplane.contract.storyboard import CameraMove
from multiplane.intake.camera_words import (
    PRESET_NAMES,
    camera_words,
    says_as_above,
    says_no_move,
    says_undecided,
)
from multiplane.intake.durations import spoken_duration
from multiplane.intake.reading import Notice
from multiplane.intake.shot_list_columns import SECONDS

_SIZE = re.compile(r"\s*(\d{1,6})\s*[x×*:,/ ]\s*(\d{1,6})\s*(?:px)?\s*", re.IGNORECASE)


def board_as_meant(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The storyboard with a size such as "1920x1080" as [1920, 1080]."""
    size = document.get("size")
    found = _SIZE.fullmatch(size) if isinstance(size, str) else None
    return {**document, "size": [int(found[1]), int(found[2])]} if found else document


def shot_as_meant(
    raw: object,
    index: int,
    *,
    fps: float,
    presets: Collection[str] | None,
    place: Callable[[int, str], str],
    above: CameraMove | None = None,
) -> tuple[object, list[Notice]]:
    """The shot with a duration such as "2.5s" and a camera such as "Pan Left" understood.

    fps: of timecodes and frames. above: the move of the shot before, for "same"; None where that
    shot is no good. The notices say what was decided and not written.
    """
    if not isinstance(raw, dict):
        return raw, []
    shot = dict(raw)
    said: list[Notice] = []
    duration = shot.get("duration")
    if isinstance(duration, str):
        with contextlib.suppress(ValueError):
            seconds, said_of = spoken_duration(duration, unit=SECONDS, fps=fps)
            if seconds is None:
                del shot["duration"]
            else:
                shot["duration"] = seconds
            if said_of is not None:
                where = place(index, "duration")
                said.append(
                    Notice(
                        "storyboard.shot.duration.taken",
                        "{said}",
                        shot=index,
                        field=where,
                        values={"said": said_of},
                    )
                )
    camera = shot.get("camera")
    own = camera if isinstance(camera, dict) else {}
    words = own.get("preset") if own else camera
    if not isinstance(words, str) or len(words) > 300:
        return shot, said
    known = PRESET_NAMES if presets is None else {*PRESET_NAMES, *presets}
    if words in known:
        return shot, said
    where = place(index, "camera")
    rest = {key: value for key, value in own.items() if key != "preset"}
    if says_as_above(words) and above is not None and "preset" in above.model_fields_set:
        moved = above.model_dump(by_alias=True, exclude_none=True, exclude_defaults=True)
        shot["camera"] = {"preset": above.preset, **moved, **rest}
        values = {"words": words, "preset": above.preset}
        taken = Notice(
            "storyboard.shot.camera.as_above",
            '"{words}" is taken as the camera of the shot above: {preset}.',
            shot=index,
            field=where,
            values=values,
        )
        return shot, [*said, taken]
    if says_as_above(words) or says_undecided(words):
        _without_preset(shot, rest)
        why = "names no move"
        if says_as_above(words) and above is None:
            why = "names the move of the shot above, which cannot be read"
        elif says_as_above(words):
            why = "names the move of the shot above, which is left open"
        values = {"words": words, "why": why}
        remedy = "multiplane camera list shows the moves."
        decided = Notice(
            "storyboard.shot.camera.undecided",
            '"{words}" {why}, so the camera moves as usual.',
            shot=index,
            field=where,
            remedy=remedy,
            values=values,
        )
        return shot, [*said, decided]
    spoken = camera_words(words, known)
    if spoken is not None:
        shot["camera"] = {**spoken.move, **rest}
        if spoken.said is not None:
            values = {"said": spoken.said}
            said.append(
                Notice(
                    "storyboard.shot.camera.words", "{said}", shot=index, field=where, values=values
                )
            )
        return shot, said
    if not says_no_move(words):
        return shot, said
    _without_preset(shot, rest)
    shot.setdefault("framing_words", words)
    text = '"{words}" is the size or the angle of a shot, not a move, so the camera moves as usual.'
    remedy = "Prompts say how near things are; multiplane camera list shows the moves."
    notice = Notice(
        "storyboard.shot.camera.no_move",
        text,
        shot=index,
        field=where,
        remedy=remedy,
        values={"words": words},
    )
    return shot, [*said, notice]


def _without_preset(shot: dict[str, Any], rest: dict[str, Any]) -> None:
    """Leave the move open, and keep what else was said of the camera."""
    del shot["camera"]
    if rest:
        shot["camera"] = rest
