"""How far an update has come, on the disk, so that it goes on or back after any interruption."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from installer.problems import FAILURE, InstallerProblem

NAME = ".multiplane-update.json"


@dataclass
class Journal:
    """The record in the project's folder while an update is under way.

    root: that folder. stage: the last one that is whole. source: the folder or archive of the new
    version, "" for git. head: git's commit before. panel, service: whether they were installed.
    added: names at the top of the folder that only the new version has.
    """

    root: str
    stage: str = "begun"
    source: str = ""
    head: str = ""
    panel: bool = False
    service: bool = False
    added: list[str] = field(default_factory=list)

    def reach(self, stage: str) -> None:
        """Note that a stage is whole."""
        self.stage = stage
        self.save()

    def save(self) -> None:
        fresh = fresh_journal(Path(self.root))
        fresh.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")
        os.replace(fresh, Path(self.root) / NAME)

    def close(self) -> None:
        """The update has ended, one way or the other."""
        (Path(self.root) / NAME).unlink(missing_ok=True)


def fresh_journal(root: Path) -> Path:
    """The record before it takes its place."""
    return (root / NAME).with_suffix(".tmp")


def read_journal(root: Path) -> Journal | None:
    """The record of an update that is under way in `root`; None for none.

    Raises InstallerProblem for one that cannot be read.
    """
    try:
        text = (root / NAME).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    try:
        return Journal(**{**json.loads(text), "root": str(root)})
    except (ValueError, TypeError) as error:
        raise InstallerProblem(
            f"The record of an interrupted update cannot be read: {root / NAME}.",
            "The folders .multiplane-before and .venv-before beside it hold the earlier version. "
            "Put back what is in them, then delete this file.",
            FAILURE,
        ) from error


def refuse_while_updating(root: Path) -> None:
    """Raises InstallerProblem when an update was interrupted here."""
    if read_journal(root) is not None:
        raise InstallerProblem(
            "An update of this folder was interrupted.",
            "Go on with: python3 installer update\nBack to the earlier version with: "
            "python3 installer update --back",
            FAILURE,
        )
