"""The errors that users and programs see: one shape, stable codes, an exit status each."""

from __future__ import annotations

import dataclasses
import reprlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from multiplane.contract.told_values import Value, told

_short = reprlib.Repr()
_short.maxstring = 80
_short.maxother = 80
_MOST_SHOWN = 160  # characters of a value
MOST_TOLD = 50
"""So many errors are told at once."""


@dataclass(eq=False)
class MultiplaneError(Exception):
    """Something that the user has to know about, said in one readable paragraph.

    code: stays the same between versions, such as ``storyboard.shot.prompt_missing``;
        programs compare it, never the message.
    message: what is wrong, one or two sentences, without the file's name.
    file: the file that it concerns, as the user named it.
    field: path of the field inside the document, such as ``shots[2].camera.preset``.
    value: the offending value, shown shortened.
    remedy: what to do about it, one sentence.
    also: further errors found at the same time, of the same document.
    values: what ``{name}`` in the message and the remedy stands for; both are told with it, and
        programs that tell the error in another language have it by name.
    """

    code: str
    message: str
    file: str | None = None
    field: str | None = None
    value: object | None = None
    remedy: str | None = None
    also: tuple[MultiplaneError, ...] = ()
    values: Mapping[str, Value] = dataclasses.field(default_factory=dict)

    exit_status: ClassVar[int] = 1

    @classmethod
    def joined(cls, errors: Iterable[Self]) -> Self:
        """The first of at least one error; the others, and theirs, hang at its `also`.

        Of more than `MOST_TOLD` the last entry says how many are not listed.
        """
        first, *others = (one for error in errors for one in error.each())
        kept: list[MultiplaneError] = [*others[: MOST_TOLD - 1]]
        if len(others) > len(kept):
            kept.append(
                MultiplaneError(
                    "errors.more",
                    "{count} more errors are not listed.",
                    remedy="Mend these first.",
                    values={"count": len(others) - len(kept)},
                )
            )
        return dataclasses.replace(first, also=tuple(kept))

    def each(self) -> Iterator[Self]:
        """This error and all that hang at it, each alone."""
        yield dataclasses.replace(self, also=()) if self.also else self
        for other in self.also:
            yield from other.each()  # type: ignore[misc]  # an InputError's are InputErrors

    def __post_init__(self) -> None:
        self.message = told(self.message, self.values)
        self.remedy = told(self.remedy, self.values) if self.remedy else self.remedy
        super().__init__(self.code, self.message)

    def __reduce__(self) -> tuple[object, ...]:
        # Exception's own pickling drops fields; worker processes send errors back pickled.
        fields = (self.code, self.message, self.file, self.field, self.value, self.remedy)
        return type(self), (*fields, self.also, dict(self.values))

    def __str__(self) -> str:
        place = ", ".join(part for part in (self.file, self.field) if part)
        text = f"{place}: {self.message}" if place else self.message
        if self.value is not None:
            text += f" Given: {_in_short(self.value)}."
        if self.remedy:
            text += f" {self.remedy}"
        return _printable("\n".join([text, *(str(error) for error in self.also)]))

    def as_dict(self) -> dict[str, object]:
        """The same as a JSON object; the value is shortened to text."""
        value = None if self.value is None else _printable(_in_short(self.value))
        return {
            "code": self.code,
            "message": _printable(self.message),
            "file": None if self.file is None else _printable(self.file),
            "field": None if self.field is None else _printable(self.field),
            "value": value,
            "remedy": self.remedy,
            "also": [error.as_dict() for error in self.also],
            "values": {
                name: _printable(value) if isinstance(value, str) else value
                for name, value in self.values.items()
            },
        }


class InputError(MultiplaneError):
    """What was given is wrong: exit status 2."""

    exit_status = 2


class Failure(MultiplaneError):
    """What was given is right, but making it failed: exit status 1."""

    exit_status = 1


def _in_short(value: object) -> str:
    """The value as Python writes it, so much of it that one knows it again."""
    text = _short.repr(value)  # of a list in a list this may be much still
    return text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 1]}…"


def _printable(text: str) -> str:
    """Lone surrogates cannot be encoded for a terminal or a file: show them escaped."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
