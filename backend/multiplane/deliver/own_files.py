"""What this program has written into a folder, and what is somebody else's: that is kept.

A shot's manifest says the digests of its files; of an output folder's own files a small hidden
list does. What is not there with the very content that was written belongs to a user.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from multiplane.contract.errors import InputError
from multiplane.contract.layout import (
    EXPORTS,
    LEDGER,
    MANIFEST,
    SEQUENCE,
    SHOTS,
    is_of_a_storyboard,
)
from multiplane.contract.manifest import Manifest
from multiplane.contract.regular_file import open_regular, read_regular
from multiplane.contract.upgrades import MANIFEST_UPGRADES, SEQUENCE_UPGRADES, Upgrades

_LEDGER_SCHEMA = "multiplane/made/1"
_MOST_BYTES = 2**40
_MOST_JSON = 256 * 2**20
_ANY = ""
"""In place of a digest: any content is ours, as an earlier version noted none."""

_LOGGER = logging.getLogger(__name__)
Made = Mapping[str, str]
"""SHA-256 by path, relative to the folder, with forward slashes; "" for any content."""
Warn = Callable[[str], None]


def made_in(folder: Path) -> Made:
    """What this program has written into a folder, by its list, or by its shot's manifest."""
    listed = _json(folder / LEDGER)
    files = listed.get("files")
    if listed.get("schema") == _LEDGER_SCHEMA and isinstance(files, dict):
        return {str(name): str(digest) for name, digest in files.items()}
    manifest = _ours(folder / MANIFEST, MANIFEST_UPGRADES)
    if manifest:
        return {MANIFEST: _ANY, **_of_manifest(manifest)}
    if _ours(folder / SEQUENCE, SEQUENCE_UPGRADES):
        return {name: _ANY for name in os.listdir(folder) if is_of_a_storyboard(name)}
    return {}


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file in the folder, as a manifest notes them."""
    return {
        path.relative_to(folder).as_posix(): digest(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def digest(path: Path) -> str:
    """SHA-256 of a file. Raises OSError."""
    with open_regular(path, _MOST_BYTES) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_ledger(folder: Path, made: Made) -> None:
    """Note what was written into the folder, in one go. Raises OSError."""
    fresh = folder / f"{LEDGER}.new"
    text = json.dumps({"schema": _LEDGER_SCHEMA, "files": dict(made)}, indent=1, sort_keys=True)
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(folder / LEDGER)


def is_made(path: Path, name: str, made: Made) -> bool:
    """Whether the file at `path`, called `name` in its folder, is as this program wrote it."""
    if name not in made or path.is_symlink() or not path.is_file():
        return False
    try:
        return made[name] == _ANY or made[name] == digest(path)
    except OSError:
        return False


def carry_over(old: Path, new: Path, made: Made, warn: Warn | None = None) -> None:
    """Move what is somebody else's from the folder `old` into the folder `new`.

    made: what of `old` this program wrote; that stays where it is. What has the name of a new
    file gets another, visible one, of which `warn` is told, unless it is the very same. Raises
    OSError; what was moved by then stays moved, and another call goes on.
    """
    _carry(old, new, "", made, warn or said)


def set_aside(path: Path, warn: Warn | None = None) -> None:
    """Give a user's file another name, of which `warn` is told. Raises OSError."""
    free = _free_name(path)
    path.rename(free)
    (warn or said)(
        f"{path} was not made by Multiplane, or was changed since; it is {free.name} now."
    )


def said(text: str) -> None:
    """Warn whoever is to hear it: the run that is going on, else the log."""
    teller()(text)


def teller() -> Warn:
    """Who hears it now."""
    watching = _KEEPER.get()
    return _LOGGER.warning if watching is None else watching.warn


class Keeper:
    """Watches over an output folder while files are written into it, one by one."""

    def __init__(self, out: Path, warn: Warn) -> None:
        self.out, self.warn = out.absolute(), warn
        self._known: dict[Path, dict[str, str]] = {}

    def before(self, fresh: Path, target: Path) -> None:
        """Set aside what a user has in place of `fresh`, unless it is the same. Raises OSError."""
        if target.is_dir() or not os.path.lexists(target):
            return
        if not (self.may_remove(target) or _same(target, fresh)):
            set_aside(target, self.warn)

    def after(self, target: Path) -> None:
        """`target` was written just now."""
        home = self._home(target)
        if home is not None:
            known, name = self._made(home), target.absolute().relative_to(home).as_posix()
            known[name] = digest(target)
            if home == self.out:
                write_ledger(home, known)

    def may_remove(self, path: Path) -> bool:
        """Whether this program wrote what is there; true outside of the folder."""
        home = self._home(path)
        if home is None:
            return True
        return is_made(path, path.absolute().relative_to(home).as_posix(), self._made(home))

    def _home(self, path: Path) -> Path | None:
        """The shot's folder that `path` is in, else the output folder; null outside of both."""
        path = path.absolute()
        if not path.is_relative_to(self.out) or path == self.out:
            return None
        parts = path.relative_to(self.out).parts
        if parts[0] == EXPORTS:
            return None
        return self.out.joinpath(*parts[:2]) if parts[0] == SHOTS and parts[2:] else self.out

    def _made(self, home: Path) -> dict[str, str]:
        if home not in self._known:
            self._known[home] = dict(made_in(home)) if home.is_dir() else {}
        return self._known[home]


_KEEPER: ContextVar[Keeper | None] = ContextVar("keeper", default=None)


def keeper() -> Keeper | None:
    """The one that watches now."""
    return _KEEPER.get()


@contextlib.contextmanager
def keeping(out: Path, warn: Warn, watching: Keeper | None = None) -> Iterator[Keeper]:
    """Within, files that users put into the output folder are kept, and `warn` is told.

    watching: an earlier one for the same folder, which knows what was written since.
    """
    own_keeper = watching or Keeper(out, warn)
    token = _KEEPER.set(own_keeper)
    try:
        yield own_keeper
    finally:
        _KEEPER.reset(token)


def _carry(old: Path, new: Path, inside: str, made: Made, warn: Warn) -> None:
    for entry in sorted(os.scandir(old), key=lambda item: item.name):
        name, path, target = f"{inside}{entry.name}", Path(entry.path), new / entry.name
        if entry.is_dir(follow_symlinks=False):
            ours = any(file.startswith(f"{name}/") for file in made)
            if ours or (target.is_dir() and not target.is_symlink()):
                _carry(path, target, f"{name}/", made, warn)
                continue
        elif name == LEDGER or is_made(path, name, made):
            continue
        new.mkdir(exist_ok=True)
        if not os.path.lexists(target):
            path.rename(target)
        elif not _same(path, target):
            free = _free_name(target)
            path.rename(free)
            warn(f"{target} was there and was not made by Multiplane, or was changed since; "
                 f"what was there is {free.name} now.")  # fmt: skip


def _same(path: Path, other: Path) -> bool:
    if path.is_symlink() or not (path.is_file() and other.is_file()):
        return False
    return path.stat().st_size == other.stat().st_size and digest(path) == digest(other)


def _free_name(path: Path) -> Path:
    """ "picture (kept).png", "picture (kept 2).png" ..."""
    number = 1
    while True:
        mark = "kept" if number == 1 else f"kept {number}"
        free = path.with_name(f"{path.stem} ({mark}){path.suffix}")
        if not os.path.lexists(free):
            return free
        number += 1


def _of_manifest(manifest: dict[str, Any]) -> dict[str, str]:
    noted = manifest.get("sha256")
    if isinstance(noted, dict) and noted:
        return {str(name): str(digest) for name, digest in noted.items()}
    try:
        return dict.fromkeys(Manifest.model_validate(manifest).named_files(), _ANY)
    except ValidationError:
        return {}


def _ours(path: Path, upgrades: Upgrades) -> dict[str, Any]:
    """The document in the current version; empty for another program's, and a damaged one."""
    document = _json(path)
    try:
        return upgrades.apply(document) if "schema" in document else {}
    except InputError:
        return {}


def _json(path: Path) -> dict[str, Any]:
    try:
        read = json.loads(read_regular(path, _MOST_JSON))
    except (OSError, ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}
