"""Which folders a server may read what storyboards name from: `serve --only FOLDER`."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from multiplane.contract.errors import InputError


@dataclass(frozen=True)
class Reach:
    """folders: what users may name. own: the server's own, where uploads and results lie."""

    folders: tuple[Path, ...]
    own: tuple[Path, ...] = ()

    def holds(self, path: Path) -> bool:
        """Whether `path`, with all links followed, lies in one of the folders."""
        real = os.path.realpath(path)
        return any(_is_in(real, os.path.realpath(folder)) for folder in (*self.folders, *self.own))


_limits: list[Reach] = []
"""Of this process; a list, because tests run more than one server after the other."""


@contextlib.contextmanager
def limited_to(folders: Sequence[Path], own: Sequence[Path] = ()) -> Iterator[None]:
    """Within, nothing outside of `folders` is read that a storyboard names, in all threads.

    own: further folders, which no message names. Without `folders` everything may be read.
    """
    if not folders:
        yield
        return
    reach = Reach(tuple(folders), tuple(own))
    _limits.append(reach)
    try:
        yield
    finally:
        _limits.remove(reach)


def limit_for_ever(folders: Sequence[Path], own: Sequence[Path]) -> None:
    """The same until the process ends: for a worker, which serves one server."""
    _limits[:] = [Reach(tuple(folders), tuple(own))] if folders else []


def check_reach(path: Path) -> None:
    """Raises InputError `path.out_of_reach` for a path that must not be read.

    Looks at no file but for the links that lead there, and says nothing of what is there.
    """
    for reach in _limits:
        try:
            inside = reach.holds(path)
        except (OSError, ValueError):
            inside = False
        if not inside:
            known = ", ".join(str(folder) for folder in reach.folders)
            raise InputError(
                "path.out_of_reach",
                "The server may not read files here.",
                file=str(path),
                remedy="Upload the file, put it into one of its folders ({known}), or start the "
                "server with one more: multiplane serve --only {folder}",
                values={"known": known, "folder": str(path.parent)},
            )


def _is_in(real: str, folder: str) -> bool:
    try:
        return os.path.commonpath([real, folder]) == folder
    except ValueError:  # another drive of Windows
        return False
