"""pydantic's findings in our own words: one error per field, with its path and a stable code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from multiplane.contract.errors import InputError
from multiplane.contract.storyboard import MAX_DURATION_S, MIN_DURATION_S
from multiplane.contract.told_values import Values

_REASONS = {
    "missing": "missing",
    "string_too_long": "too_long",
    "string_too_short": "empty",
    "too_long": "too_many",
    "too_short": "too_few",
}
_OUT_OF_BOUNDS = {"greater_than", "greater_than_equal", "less_than", "less_than_equal"}

_EXPECTED = {
    "model_type": "an object, in braces",
    "dict_type": "an object, in braces",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list, in brackets",
    "tuple_type": "a list, in brackets",
    "string_type": "text, in quotes",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
}
_MESSAGES = {
    "missing": "The field is missing.",
    "too_short": "There are too few entries.",
    "too_long": "There are too many entries.",
    "string_too_short": "The text is empty.",
    "string_too_long": "The text is too long.",
    "string_pattern_mismatch": "It has characters that it cannot have, or too few or too many.",
    "union_tag_not_found": 'It should say what to do, in "op".',
}

_REMEDIES = {
    "storyboard.title": "Use at most 300 characters.",
    "storyboard.fps": "Use 1 to 120 frames per second.",
    "storyboard.size": "Use [width, height] with sides of 64 to 16384 px.",
    "storyboard.overscan": "Use 1 to 2, or leave it out.",
    "storyboard.seed": "Use a whole number from 0 to 4294967295.",
    "storyboard.takes": "Use 1 to 16, or leave it out.",
    "storyboard.cast": (
        'Write {"mira": "a tall pilot with red hair"}. '
        "A name has 1 to 60 letters and digits, with - and _ between them."
    ),
    "storyboard.cast.prompt": 'Say how they look: {"prompt": "a tall pilot with red hair"}.',
    "storyboard.cast.lora": 'Name it as "mira", or "mira:0.8" with its weight.',
    "storyboard.cast.seed": "Use a whole number from 0 to 4294967295.",
    "storyboard.plates": (
        'Write {"hall": "a castle hall at night"}, or {"hall": {"picture": "hall.png"}}. '
        "A name has 1 to 300 characters."
    ),
    "storyboard.plates.prompt": "Say what the place looks like, in at most 10000 characters.",
    "storyboard.plates.seed": "Use a whole number from 0 to 4294967295.",
    "storyboard.plates.nothing": ('Give it a "prompt" to paint, or a "picture" that is the plate.'),
    "storyboard.plates.picture_empty": "Name the file, relative to the storyboard.",
    "storyboard.plates.prompt_lora": 'Move it there: "style": "ink, <lora:name:0.8>".',
    "storyboard.shot.plate": "Use the name of one of the storyboard's plates.",
    "storyboard.cast.pictures": 'Name up to 8 files: {"pictures": ["mira.png", "mira-side.png"]}.',
    "storyboard.ensure": "Use 0 to 8, or leave it out.",
    "storyboard.soundtrack": 'Write "song.wav", or {"file": "song.wav", "offset": 2}.',
    "storyboard.soundtrack.file": 'Write "song.wav", or {"file": "song.wav", "offset": 2}.',
    "storyboard.soundtrack.offset": "Use -36000 to 36000 seconds.",
    "storyboard.shots.too_many": "Make several storyboards of at most 10000 shots.",
    "storyboard.shots": 'Add at least one, such as {"prompt": "a warrior in a forest"}.',
    "storyboard.shot": 'Write a shot as an object, such as {"prompt": "a warrior in a forest"}.',
    "storyboard.shot.duration": "Use {shortest} to {longest} seconds.",
    "storyboard.shot.seed": "Use a whole number from 0 to 4294967295.",
    "storyboard.shot.takes": "Use 1 to 16, or leave it out.",
    "storyboard.shot.id": "Use at most 300 characters.",
    "storyboard.shot.prompt": "Say what to paint, in at most 10000 characters.",
    "storyboard.shot.picture": "Name the file, relative to the storyboard.",
    "storyboard.shot.subjects": 'Give words, or objects such as {"name": "king", "count": 2}.',
    "storyboard.shot.subjects.name": "Use 1 to 300 characters.",
    "storyboard.shot.subjects.count": "Use 1 to 16.",
    "storyboard.shot.camera.amount": "Use 0 to 10; 1 is the preset's own strength.",
    "storyboard.shot.camera.start": "Use 0 to {longest} seconds.",
    "storyboard.shot.camera.duration": "Use more than 0 and at most {longest} seconds, or leave it "
    "out: then it moves to the shot's end.",
    "storyboard.shot.camera.ease": "Use 0 to 100 percent; 0 is linear.",
    "storyboard.shot.camera.seed": "Use a whole number from 0 to 4294967295.",
    "storyboard.shot.camera.focus": "Use 1 to 300 characters: the name of a layer, or of two.",
    "storyboard.shot.camera.direction": "Use a word that the preset knows, or degrees.",
    "storyboard.shot.camera.loop": "Use true or false.",
    "storyboard.shot.camera": 'Name a preset, or write {"preset": "orbit", "amount": 1}.',
    "storyboard.shot.layers.opacity": "Use 0 to 1.",
    "storyboard.shot.prompt_missing": 'Give it a "prompt" to paint, or a "picture" to cut.',
    "storyboard.shot.prompt_empty": "Say what to paint.",
    "storyboard.shot.prompt_lora": 'Move it there: "style": "ink, <lora:name:0.8>".',
    "storyboard.shot.style_lora": "Write <lora:name> or <lora:name:0.8>, each LoRA once.",
    "storyboard.shot.picture_empty": "Name the file, relative to the storyboard.",
    "storyboard.shot.prompt_and_picture": (
        'Keep one of them; what is in a picture is named in "subjects".'
    ),
    "storyboard.shot.layers_and_more": "Keep the layers, or the prompt or picture.",
    "storyboard.shot.whole_without_picture": 'Name a Photoshop file in "picture", or leave it out.',
    "storyboard.shot.whole": "Use true or false.",
    "storyboard.shot.artboard": "Use the artboard's name, 1 to 300 characters.",
    "storyboard.shot.layers": 'Give objects such as {"name": "king", "picture": "king.png"}.',
    "storyboard.shot.camera.framing": (
        "Use start and end as {x, y, width, height}, in fractions of the frame; sides of 0.02 at "
        "the least."
    ),
    "storyboard.shot.subject_twice": 'Give it once, with a "count".',
    "storyboard.shot.camera_late": "Start it earlier, or make the shot longer.",
}
_REMEDIES_OF_MESSAGES = {
    "job": "A job's id has 8 to 64 small letters, digits and -, such as {example}; "
    "multiplane jobs list shows those that there are.",
}
"""By the field's own name, whatever is asked for."""
_JOB = "night-shoot-7"
_FIGURES: Mapping[str, Values] = {
    "storyboard.shot.duration": {
        "shortest": f"{MIN_DURATION_S:.3f}",
        "longest": f"{MAX_DURATION_S:g}",
    },
    "storyboard.shot.camera.start": {"longest": f"{MAX_DURATION_S:g}"},
    "storyboard.shot.camera.duration": {"longest": f"{MAX_DURATION_S:g}"},
}
"""What `_REMEDIES` are told with."""


def input_error(
    error: ValidationError,
    document: object,
    *,
    kind: str,
    file: str | None = None,
    at: Sequence[str | int] = (),
) -> InputError:
    """The first finding as an InputError; the others hang at its `also`.

    document: what was validated. kind: "storyboard", "manifest", ..., the start of the codes.
    at: where `document` stands in the whole file, such as ``("shots", 3)``.
    """
    found: dict[str, InputError] = {}
    for details in error.errors(include_url=False):
        location = (*at, *_location(details, document))
        path = field_path(location)
        if path not in found:
            found[path] = _translated(details, location, path, kind, file)
    return InputError.joined(found.values())


def _nearest_remedy(base: str) -> str | None:
    """That of the field, else of what it is a part of, such as a rectangle of a framing."""
    parts = base.split(".")
    # A shot's own, or the whole document's, would say nothing of a part.
    bases = [base, *(".".join(parts[:length]) for length in range(len(parts) - 1, 2, -1))]
    return next((_REMEDIES[each] for each in bases if each in _REMEDIES), None)


def field_path(location: Sequence[str | int]) -> str:
    """``("shots", 2, "camera", "preset")`` as ``shots[2].camera.preset``."""
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path


def _location(details: ErrorDetails, document: Any) -> list[str | int]:
    """The error's place in the document, without the names that pydantic gives to alternatives."""
    place: list[str | int] = []
    for part in details["loc"]:
        if isinstance(document, dict) and part not in document and part in _texts(document):
            continue  # an alternative is called by what tells it from the others
        try:
            document = document[part]
        except (LookupError, TypeError):
            if details["type"] != "missing" or part != details["loc"][-1]:
                break
        place.append(part)
    return place


def _texts(document: dict[Any, Any]) -> list[str]:
    return [value for value in document.values() if isinstance(value, str)]


def _translated(
    details: ErrorDetails,
    location: Sequence[str | int],
    path: str,
    kind: str,
    file: str | None,
) -> InputError:
    type_ = details["type"]
    bounds = details.get("ctx", {})
    values: Values = {
        name: value for name, value in bounds.items() if isinstance(value, str | int | float)
    }
    if type_.startswith(("shot.", "plates.")):
        code = f"{kind}.{type_}"
        return InputError(
            code,
            details["msg"],
            file=file,
            field=path or None,
            value=details["input"] if isinstance(details["input"], str) else None,
            remedy=_REMEDIES.get(code),
            values=values,
        )
    names = [kind, *(part for part in location if isinstance(part, str))]
    if names[1:2] == ["shots"] and len(location) > 1:
        names[1] = "shot"
    if names[:2] in (["storyboard", "cast"], ["storyboard", "plates"]):
        del names[2:3]  # the user's own word, in no code
    base = ".".join(names)
    if type_ in _OUT_OF_BOUNDS:
        reason = "out_of_bounds"
    elif type_.endswith(("_type", "_parsing", "_from_float")):
        reason = "wrong_type"
    else:
        reason = _REASONS.get(type_, "invalid")
    message = _MESSAGES.get(type_) or details["msg"].replace("Input should", "It should")
    if type_ in _EXPECTED:
        message = "It should be {expected}."
        values = {"expected": _EXPECTED[type_]}
    remedy = _REMEDIES.get(f"{base}.{reason}") or _nearest_remedy(base)
    if kind.startswith("message.") and names[-1] in _REMEDIES_OF_MESSAGES:
        remedy = _REMEDIES_OF_MESSAGES[names[-1]]
        values = {**values, "example": _JOB}
    return InputError(
        f"{base}.{reason}",
        message.rstrip(".") + ".",
        file=file,
        field=path or None,
        value=None if type_ == "missing" else details["input"],
        remedy=remedy,
        values={**values, **_FIGURES.get(base, {})},
    )
