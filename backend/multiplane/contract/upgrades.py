"""Documents of older versions are brought up to date; newer ones are refused by name."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from multiplane.contract.document import MANIFEST_SCHEMA, SEQUENCE_SCHEMA, STORYBOARD_SCHEMA
from multiplane.contract.errors import InputError
from multiplane.contract.told_values import Values

Document = dict[str, Any]
Upgrade = Callable[[Document], Document]

_LABEL = re.compile(r"multiplane/([a-z]+)/(\d{1,9})")


class Upgrades:
    """All versions of one kind of document, up to the current one, named by `label`."""

    def __init__(self, label: str) -> None:
        match = _LABEL.fullmatch(label)
        if match is None:
            raise ValueError(f"not a schema label: {label!r}")
        self.label = label
        self.kind = match[1]
        self.version = int(match[2])
        self._steps: dict[int, Upgrade] = {}

    def register(self, version: int) -> Callable[[Upgrade], Upgrade]:
        """Marks a function as the one that turns a document of `version` into the next."""

        def keep(step: Upgrade) -> Upgrade:
            if version in self._steps or not 0 <= version < self.version:
                raise ValueError(f"no upgrade of {self.kind} {version} can be registered")
            self._steps[version] = step
            return step

        return keep

    def apply(self, document: Document, *, file: str | None = None) -> Document:
        """The document in the current version; one without a label is taken as current.

        Raises InputError for a label of another kind, of a newer version, or of an older one
        that no upgrade leads away from.
        """
        label = document.get("schema")
        if label is None:
            return {**document, "schema": self.label}
        match = _LABEL.fullmatch(label) if isinstance(label, str) else None
        if match is None or match[1] != self.kind:
            raise self._refused(file, label, "This is not a {noun}.", "wrong_kind")
        version = int(match[2])
        if version > self.version:
            raise self._refused(
                file,
                label,
                "The document is of version {version}; "
                "this Multiplane reads {noun}s up to version {newest}.",
                "too_new",
                "Update Multiplane, or save the document in the older version.",
                {"version": version, "newest": self.version},
            )
        for step in range(version, self.version):
            if step not in self._steps:
                raise self._refused(
                    file,
                    label,
                    "Version {version} of a {noun} is unknown.",
                    "unknown_version",
                    values={"version": version},
                )
            document = self._steps[step](dict(document))
        return {**document, "schema": self.label}

    def _refused(
        self,
        file: str | None,
        label: object,
        message: str,
        reason: str,
        remedy: str = 'The label of the current version is "{label}".',
        values: Values | None = None,
    ) -> InputError:
        return InputError(
            f"{self.kind}.schema.{reason}",
            message,
            file=file,
            field="schema",
            value=label,
            remedy=remedy,
            values={"noun": self.kind, "label": self.label, **(values or {})},
        )


STORYBOARD_UPGRADES = Upgrades(STORYBOARD_SCHEMA)
MANIFEST_UPGRADES = Upgrades(MANIFEST_SCHEMA)
SEQUENCE_UPGRADES = Upgrades(SEQUENCE_SCHEMA)
