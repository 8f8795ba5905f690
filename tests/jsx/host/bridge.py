"""Host objects for scripts: which names they have, what they refuse, how values travel.

A class lists the names that After Effects' object has (those that our scripts and the planted
mistakes use); everything else is a mistake in the script and is refused, so a misspelt name never
passes. Names go from camelCase to py-aep's snake_case unless a method here says otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from tests.jsx.host.aftereffects import AfterEffects

UNDEFINED = {"$undefined": 1}


class Refusal(Exception):
    """What After Effects would not do. ``source`` names who says so."""

    def __init__(self, message: str, source: str) -> None:
        super().__init__(f"After Effects error: {message} [{source}]")


ASG = "After Effects Scripting Guide"
PYA = "py-aep, measured on AE 2026"
ERG = "after-effects-mcp, measured on AE 26.3"
REF = "facts for the host scripts"
"""Sources of refusals."""


class HostObject:
    """One object of the host, over the ``model`` that stands for it."""

    READS: ClassVar[str] = ""
    WRITES: ClassVar[str] = ""
    CALLS: ClassVar[str] = ""
    LATER: ClassVar[dict[str, float]] = {}  # names that came after After Effects 18, and when

    def __init__(self, host: AfterEffects, model: Any) -> None:
        self.host = host
        self.model = model

    @property
    def class_name(self) -> str:
        return type(self).__name__

    def get(self, name: str) -> Any:
        if name in self.LATER and self.host.major < self.LATER[name]:
            return UNDEFINED
        own = getattr(self, f"get_{snake(name)}", None)
        if own is not None:
            return own()
        if name in self.names("READS") or name in self.names("WRITES"):
            return getattr(self.model, snake(name))
        raise Refusal(f"{self.class_name} has no {name}", ASG)

    def is_method(self, name: str) -> bool:
        if name in self.LATER and self.host.major < self.LATER[name]:
            return False
        return name in self.names("CALLS")

    def set(self, name: str, value: Any) -> None:
        if name not in self.names("WRITES"):
            raise Refusal(f"{self.class_name}.{name} cannot be set", ASG)
        own: Callable[[Any], None] | None = getattr(self, f"set_{snake(name)}", None)
        if own is not None:
            own(value)
        else:
            setattr(self.model, snake(name), value)

    def call(self, name: str, arguments: list[Any]) -> Any:
        if not self.is_method(name):
            raise Refusal(f"{self.class_name}.{name} is not a function", ASG)
        own = getattr(self, f"call_{snake(name)}", None)
        if own is None:
            own = getattr(self.model, snake(name))
        try:
            return own(*arguments)
        except TypeError as error:
            if "positional argument" not in str(error):
                raise
            raise Refusal(
                f"{name}: {len(arguments)} parameters are the wrong number", ASG
            ) from None

    def has(self, name: str) -> bool:
        known = self.names("READS") | self.names("WRITES") | self.names("CALLS")
        return name in known and self.host.major >= self.LATER.get(name, 0)

    @classmethod
    def names(cls, kind: str) -> frozenset[str]:
        """All names of a kind, with those of the classes above."""
        found = cls.__dict__.get(f"_{kind}")
        if found is None:
            listed = (base.__dict__.get(kind, "").split() for base in cls.__mro__)
            found = frozenset(name for names in listed for name in names)
            setattr(cls, f"_{kind}", found)
        return found


@lru_cache(maxsize=1024)
def snake(name: str) -> str:
    """camelCase -> snake_case, as py-aep spells names: threeDLayer -> three_d_layer."""
    return re.sub(r"(?<=[a-z])([A-Z])|(?<=[A-Z])([A-Z])(?=[a-z])", r"_\1\2", name).lower()


def plain(value: Any) -> Any:
    """py-aep's values as scripts see them: enumerations are numbers."""
    if isinstance(value, IntEnum):
        return int(value)
    return value
