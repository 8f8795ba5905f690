"""Keys of a storyboard that nobody knows.

They are kept, because a newer version or another program may know them. But most are misspelt, or
stand in the wrong place, and then what they say would be left out in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from multiplane.contract.errors import InputError
from multiplane.contract.known_names import near_names
from multiplane.contract.storyboard import Shot, Storyboard
from multiplane.contract.told_values import Value
from multiplane.contract.validation import field_path
from multiplane.intake.reading import Notice
from multiplane.intake.shot_list_columns import find_column

Path = tuple[str | int, ...]

_NEARLY = (
    0.75  # of difflib: one letter of four, which "sed" for "seed" is and "mood" for "model" not
)
_OF_THE_BOARD = frozenset(
    ("fps", "size", "model", "overscan", "ensure", "cast", "plates", "soundtrack")
)
_OF_A_SHOT = frozenset(
    ("prompt", "picture", "layers", "subjects", "mattes", "plate", "duration", "camera", "dialogue",
     "audio")
)  # fmt: skip
_OF_A_CAMERA = frozenset(("preset", "amount", "direction", "ease", "framing", "focus", "loop"))
_OWN_WORDS = frozenset(("id", "scene", "scene_name", "prompt", "notes"))
"""What shots of other programs say under many names, such as "description", beside what is ours."""
_REMARK = ("_", "$", "#", "//", "x-")
"""How keys begin that are meant for nobody here."""


@dataclass(frozen=True)
class OddKey:
    """A key that is not known where it stands. path: of what it stands in.

    near: the key that it nearly is, or that means the same; None for one that is known elsewhere.
    remedy: what to do about it.
    """

    path: Path
    key: str
    near: str | None
    remedy: str

    @property
    def fault(self) -> str:
        """What is wrong with it, as the end of a code."""
        return "misplaced" if self.near is None else "misspelt"

    @property
    def shot(self) -> int | None:
        """The index of the shot that it stands in."""
        inside = len(self.path) > 1 and self.path[0] == "shots"
        return int(self.path[1]) if inside else None


def odd_keys(document: Mapping[str, Any]) -> list[OddKey]:
    """Keys of a storyboard that are nearly known, or known elsewhere; others say what they like."""
    return list(_odd(document, Storyboard, ()))


def key_notices(
    odd: Iterable[OddKey], place: Callable[[int, str], str], file: str | None
) -> list[Notice]:
    """One for every odd key, at the first of the places where it stands so."""
    alike: dict[tuple[Path, str], list[OddKey]] = {}
    for one in odd:
        shape = tuple(part for part in one.path if isinstance(part, str))
        alike.setdefault((shape, one.key), []).append(one)
    return [_notice(found[0], len(found) - 1, place, file) for found in alike.values()]


def key_errors(odd: Iterable[OddKey], file: str | None) -> list[InputError]:
    """The same for a part of the storyboard that cannot be read, maybe because of them."""
    return [
        InputError(
            f"storyboard.key.{one.fault}",
            _TEXT,
            file=file,
            field=_field(one),
            remedy=one.remedy,
            values=_values(one),
        )
        for one in odd
    ]


_TEXT = 'The key "{key}" is not known here; what it says is kept, and changes nothing.'
_TEXT_OF_MORE = (
    'The key "{key}" is not known here; what it says is kept, and changes nothing. It stands in '
    "{count} more places."
)


def _notice(one: OddKey, more: int, place: Callable[[int, str], str], file: str | None) -> Notice:
    field = _field(one)
    if one.shot is not None:
        field = place(one.shot, field_path((*one.path[2:], one.key)))
    return Notice(
        f"storyboard.key.{one.fault}",
        _TEXT_OF_MORE if more else _TEXT,
        shot=one.shot,
        field=field,
        remedy=one.remedy,
        values=_values(one) | ({"count": more} if more else {}),
        file=file,
    )


def _field(one: OddKey) -> str:
    return field_path((*one.path, one.key))


def _values(one: OddKey) -> dict[str, Value]:
    values: dict[str, Value] = {"key": one.key}
    return values | ({} if one.near is None else {"near": one.near})


def _odd(value: object, model: type[BaseModel], path: Path) -> Iterator[OddKey]:
    if not isinstance(value, Mapping):
        return
    fields = _fields(model)
    for key, inner in value.items():
        if key in fields:
            for part, child, place in _parts(inner, fields[key], (*path, key)):
                yield from _odd(part, child, place)
        elif isinstance(key, str) and not key.startswith(_REMARK):
            found = _meant(key, value, model)
            if found is not None:
                yield OddKey(path, key, *found)


def _meant(
    key: str, beside: Mapping[str, Any], model: type[BaseModel]
) -> tuple[str | None, str] | None:
    """(the key that it means, what to do), None where nothing says what it means."""
    plain = key.casefold().strip()
    if model is Shot and plain in _OF_THE_BOARD:
        return None, 'It counts for the whole storyboard: write it beside "shots".'
    if model is Shot and plain in _OF_A_CAMERA:
        return None, 'Write it into the shot\'s "camera", as {"preset": "orbit", ...}.'
    if model is Storyboard and plain in _OF_A_SHOT:
        return None, "Write it into every shot that it is for."
    near = _synonym(key, beside) if model is Shot else None
    if near is None:
        names = near_names(key, _spelled(model), cutoff=_NEARLY)
        near = names[0] if names else None
    return None if near is None else (near, 'Did you mean "{near}"?')


def _synonym(key: str, beside: Mapping[str, Any]) -> str | None:
    """What a shot list calls so, where the shot does not say that already."""
    column = find_column(key)
    if column is None or column.field in _OWN_WORDS or "." in column.field:
        return None
    return None if column.field in beside else column.field


@lru_cache
def _fields(model: type[BaseModel]) -> dict[str, Any]:
    """What each key of the model holds, by both of its names."""
    return {
        name: info.annotation
        for field, info in model.model_fields.items()
        for name in (field, info.alias)
        if name is not None
    }


@lru_cache
def _spelled(model: type[BaseModel]) -> tuple[str, ...]:
    """The model's keys as they are written."""
    return tuple(sorted(info.alias or field for field, info in model.model_fields.items()))


def _parts(value: object, kind: Any, path: Path) -> Iterator[tuple[object, type[BaseModel], Path]]:
    """(part, its model, where it stands) of all in `value` that are objects of one model."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        yield from _parts(value, inner[0], path)
    elif origin in (Union, UnionType):
        models = [one for one in inner if one is not NoneType and _has_model(one)]
        if len(models) == 1:  # of several nothing here says which is meant
            yield from _parts(value, models[0], path)
    elif origin is list and isinstance(value, list):
        for index, one in enumerate(value):
            yield from _parts(one, inner[0], (*path, index))
    elif origin is dict and isinstance(value, Mapping):
        for name, one in value.items():
            yield from _parts(one, inner[1], (*path, name))
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        yield value, kind, path


def _has_model(kind: Any) -> bool:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return True
    inner: Sequence[Any] = get_args(kind)
    return any(_has_model(one) for one in inner)
