"""What other packages add to Multiplane by entry points.

A package announces it in its own `pyproject.toml`:

    [project.entry-points."multiplane.families"]
    my-family = "my_package.my_module:MY_FAMILY"
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Plugin(Generic[T]):
    """What an entry point gave."""

    name: str
    package: str  # the distribution that announces it
    value: T


@dataclass(frozen=True)
class RefusedPlugin:
    """An entry point that could not be used; the rest goes on without it."""

    group: str
    name: str
    package: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name} of {self.package}: {self.reason}"


def plugins(group: str, kind: type[T]) -> tuple[list[Plugin[T]], list[RefusedPlugin]]:
    """Everything of `kind` that installed packages announce in `group`, in alphabetical order.

    Never raises for what is wrong in a package: it is refused, with the reason.
    """
    found, refused = [], []
    for announced in sorted(entry_points(group=group), key=lambda entry: entry.name):
        package = announced.dist.name if announced.dist else "an unknown package"
        try:
            found.append(Plugin(announced.name, package, _load(announced, kind)))
        except Exception as error:  # whatever the package's code raises
            reason = f"{type(error).__name__}: {' '.join(str(error).split())}"
            refused.append(RefusedPlugin(group, announced.name, package, reason))
    return found, refused


def _load(announced: EntryPoint, kind: type[T]) -> T:
    loaded = announced.load()
    if not isinstance(loaded, kind):
        raise TypeError(f"{announced.value} is no {kind.__name__}, but {type(loaded).__name__}")
    return loaded
