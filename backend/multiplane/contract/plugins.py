"""Tables that other packages add to by entry points: presets, readers, cutters and the like.

A package announces what it adds in its own `pyproject.toml`:

    [project.entry-points."multiplane.presets"]
    pendulum = "my_package.pendulum:PENDULUM"

docs/extending.md shows one of each.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Generic, Protocol, TypeVar

from multiplane.contract.errors import Failure, MultiplaneError
from multiplane.contract.told_values import Values


class Named(Protocol):
    """What stands in a table: it knows its own name."""

    @property
    def name(self) -> str: ...


T = TypeVar("T", bound=Named)
Claims = Callable[[T], Iterable[tuple[str, str]]]


@dataclass(frozen=True)
class Guard:
    """The field of a plugin's dataclass that holds its function, and what the function gives."""

    field: str
    gives: type | None = None  # None: nothing that counts
    fault: Callable[[Any], str] = lambda given: ""  # what is wrong with it, "" for nothing


@dataclass(frozen=True)
class Plugin(Generic[T]):
    """What an entry point gave."""

    group: str
    name: str  # of the entry point
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


class Registry(Mapping[str, T]):
    """The things of one kind by name: Multiplane's own, then those of other packages.

    All are loaded when the table is read for the first time, so that their modules may import each
    other in any order. Nothing that is wrong in a package is raised: it is in `refused`, with the
    reason, and the others are there.
    """

    def __init__(
        self,
        group: str,
        kind: type[T],
        *,
        claims: Claims[T],
        own: str | None = None,
        guard: Guard | None = None,
    ) -> None:
        """
        Args:
            group: the group of entry points, such as ``multiplane.presets``.
            kind: the class that an entry point's object must be of.
            claims: ("a preset", name) and the like, of all that must be nobody else's.
            own: the module whose import adds Multiplane's own; None where `add` is called anyway.
            guard: a plugin's function: what it raises becomes Failure `plugin.failed`.
        """
        self.group = group
        self._kind, self._claims, self._own, self._guard = kind, claims, own, guard
        self._values: dict[str, T] = {}
        self._taken: set[tuple[str, str]] = set()
        self._plugins: list[Plugin[T]] = []
        self._refused: list[RefusedPlugin] = []
        self._lock = threading.RLock()
        self._loaded = False

    def add(self, value: T) -> None:
        """Add one of Multiplane's own. Raises ValueError for a name that is taken."""
        claims = list(self._claims(value))
        for what, name in claims:
            if (what, name) in self._taken:
                raise ValueError(f"there is {what} {name!r} already")
        self._taken.update(claims)
        self._values[value.name] = value

    @property
    def plugins(self) -> tuple[Plugin[T], ...]:
        """What other packages added."""
        self._load()
        return tuple(self._plugins)

    @property
    def refused(self) -> tuple[RefusedPlugin, ...]:
        """What other packages announce here and cannot be used."""
        self._load()
        return tuple(self._refused)

    def unusable(self) -> str:
        """What was refused, as a sentence for the remedy of an unknown name; "" for nothing."""
        return f" Not usable: {'; '.join(map(str, self.refused))}." if self.refused else ""

    def reload(self) -> None:
        """Forget what other packages added: the next reading looks for them anew."""
        with self._lock:
            for plugin in self._plugins:
                del self._values[plugin.value.name]
                self._taken.difference_update(self._claims(plugin.value))
            self._plugins, self._refused, self._loaded = [], [], False

    def __getitem__(self, name: str) -> T:
        self._load()
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        self._load()
        return iter(self._values)

    def __len__(self) -> int:
        self._load()
        return len(self._values)

    def _load(self) -> None:
        with self._lock:
            if self._loaded:
                return
            # Set first: a plugin's module may look into the table while it is imported.
            self._loaded = True
            if self._own is not None:
                importlib.import_module(self._own)
            for announced in sorted(entry_points(group=self.group), key=lambda entry: entry.name):
                self._load_plugin(announced)

    def _load_plugin(self, announced: EntryPoint) -> None:
        package = (announced.dist.name if announced.dist else None) or "an unknown package"
        try:
            value = announced.load()
            if not isinstance(value, self._kind):
                kind = type(value).__name__
                raise TypeError(f"{announced.value} is no {self._kind.__name__}, but {kind}")
            self.add(_guarded(value, self._guard, package))
        except (Exception, SystemExit) as error:  # whatever the package's code raises
            said = " ".join(str(error).split())
            reason = said if type(error) is ValueError else f"{type(error).__name__}: {said}"
            self._refused.append(RefusedPlugin(self.group, announced.name, package, reason))
        else:
            self._plugins.append(Plugin(self.group, announced.name, package, value))


def _guarded(value: Any, guard: Guard | None, package: str) -> Any:
    """The same, whose function raises nothing but Multiplane's own errors."""
    if guard is None:
        return value
    call = getattr(value, guard.field)
    whose = {"plugin": value.name, "package": package}

    @functools.wraps(call)
    def guarded(*arguments: Any, **options: Any) -> Any:
        try:
            given = call(*arguments, **options)
        except MultiplaneError:
            raise
        except Exception as error:
            raise _failed(
                "failed: {kind}: {why}", {**whose, "kind": type(error).__name__, "why": str(error)}
            ) from error
        if guard.gives is not None and not isinstance(given, guard.gives):
            raise _failed(
                "gave {given} instead of {wanted}.",
                {**whose, "given": type(given).__name__, "wanted": guard.gives.__name__},
            )
        fault = guard.fault(given)
        if fault:
            raise _failed("gave what cannot be used: {why}.", {**whose, "why": fault})
        return given

    return dataclasses.replace(value, **{guard.field: guarded})


def _failed(what: str, values: Values) -> Failure:
    return Failure(
        "plugin.failed",
        "The plugin '{plugin}' of the package {package} " + what,
        remedy="Update or uninstall {package}, or tell its authors; MULTIPLANE_DEBUG=1 shows "
        "where it happened.",
        values=values,
    )
