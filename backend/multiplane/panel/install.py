"""Into the folder of CEP extensions, and out of it again.

What is installed is a folder of ours with a record in it: the page with one classic script, and the
scripts of After Effects as one file. Earlier versions linked the sources instead; their links are
taken away, and nothing behind them.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from multiplane.contract.errors import Failure
from multiplane.contract.own_version import own_program
from multiplane.deliver.folder import explained, recover, replacing_folder
from multiplane.panel import debug_mode, signing
from multiplane.panel.classic_page import page_files
from multiplane.panel.places import System, check_path
from multiplane.panel.scripts import with_includes
from multiplane.panel.sources import (
    ENTRY,
    SCRIPTS,
    Extension,
    Sources,
    digest,
    files_of,
    find_sources,
    read_extension,
)

RECORD = "multiplane-panel.json"
SCHEMA = "multiplane/panel_install/1"
Way = Literal["linked", "copied", "signed"]
DEVTOOLS = ".debug"
"""Opens a port on which every program of this computer may steer the panel, Node.js included: for
those who work on the panel, and never in a package."""


@dataclass(frozen=True)
class Record:
    """What `install` did. debug_mode: the earlier values of what it changed, by CSXS version."""

    id: str
    version: str
    way: Way
    panel: str  # the sources
    scripts: str
    digest: str  # of the sources when they were installed
    installed_at: float  # s since 1970
    program: list[str] = field(default_factory=list)  # that the panel starts its server with
    debug_mode: dict[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Wish:
    """How to install. extensions: the folder of them. keys: where our certificate lies."""

    extensions: Path
    keys: Path
    sign: bool = True
    debug_mode: bool = True
    devtools: bool = False


def install(system: System, wish: Wish) -> tuple[Path, Record, bool]:
    """Install or bring up to date: (its folder, what was done, whether anything was changed).

    Raises InputError `panel.hash_in_path`; Failure `panel.foreign_folder`, `panel.debug_mode`,
    `panel.signing`, and what the disk refuses.
    """
    sources = find_sources()
    extension = read_extension(sources.panel)
    target = wish.extensions / extension.id
    check_path(target)
    with explained(target):
        recover(target)
    earlier = owned(target, extension)
    signer = signing.find_signer() if wish.sign else None
    changed = dict(earlier.debug_mode) if earlier else {}
    switched = _switch_on(system) if wish.debug_mode else {}
    # What an earlier install has changed stays noted: its values are the user's own.
    changed = {**switched, **changed}
    now = digest(_pieces(sources))
    if earlier and not switched and _is_current(target, earlier, sources, now, wish, signer):
        return target, earlier, False
    try:
        record = _place(target, sources, extension, now, wish, signer, changed)
    except BaseException:
        _switch_back(system, switched)
        raise
    return target, record, True


def remove(system: System, extensions: Path) -> tuple[Path, Record | None, list[int]]:
    """Take away what `install` made: (the folder, its record or None, CSXS versions put back).

    Raises Failure `panel.foreign_folder`, and what the disk refuses.
    """
    extension = read_extension(find_sources().panel)
    target = extensions / extension.id
    with explained(target):
        recover(target)
    record = owned(target, extension)
    if record is None:
        return target, None, []
    with explained(target):
        _take_away(target)
    return target, record, _switch_back(system, record.debug_mode)


def is_installed(extensions: Path) -> bool:
    """Whether there is a panel of this name in a folder of extensions, ours or not."""
    return os.path.lexists(extensions / read_extension(find_sources().panel).id)


def owned(target: Path, extension: Extension) -> Record | None:
    """The record of our folder; None for none there. Raises Failure for somebody else's."""
    if not os.path.lexists(target):
        return None
    try:
        read = json.loads((target / RECORD).read_text(encoding="utf-8"))
        if read.pop("schema") == SCHEMA and read["id"] == extension.id:
            return Record(**read)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass
    raise Failure(
        "panel.foreign_folder",
        "There is something here that `multiplane panel` has not made, so it is left alone.",
        file=str(target),
        remedy="Move it away if you do not need it, and install again.",
    )


def drift(target: Path, record: Record) -> str:
    """How the installed panel differs from the sources of this Multiplane; "" when it does not."""
    try:
        sources = find_sources()
    except Failure:
        return "this Multiplane has no panel to compare it with"
    if str(sources.panel) != record.panel or str(sources.scripts) != record.scripts:
        return f"it is of another Multiplane, at {record.panel}"
    if record.way == "linked":
        return "an earlier Multiplane has linked it"
    return "" if digest(_pieces(sources)) == record.digest else "its sources have changed since"


def _switch_on(system: System) -> dict[str, str | None]:
    switch = debug_mode.switch_of(system)
    if switch is None:
        return {}
    return {str(version): value for version, value in debug_mode.switch_on(switch).items()}


def _switch_back(system: System, changed: dict[str, str | None]) -> list[int]:
    switch = debug_mode.switch_of(system)
    earlier = {int(version): value for version, value in changed.items()}
    return debug_mode.restore(switch, earlier) if switch else []


def _is_current(
    target: Path, earlier: Record, sources: Sources, now: str, wish: Wish, signer: Path | None
) -> bool:
    if drift(target, earlier) or earlier.version != read_extension(sources.panel).version:
        return False
    if (target / DEVTOOLS).is_file() != (wish.devtools and (sources.panel / DEVTOOLS).is_file()):
        return False
    if earlier.program != own_program():
        return False
    return earlier.way == ("copied" if signer is None else "signed") and earlier.digest == now


def _place(
    target: Path,
    sources: Sources,
    extension: Extension,
    now: str,
    wish: Wish,
    signer: Path | None,
    changed: dict[str, str | None],
) -> Record:
    with replacing_folder(target) as fresh:
        way: Way = "copied" if signer is None else "signed"
        write_panel(sources, fresh)
        if wish.devtools and (sources.panel / DEVTOOLS).is_file():
            shutil.copyfile(sources.panel / DEVTOOLS, fresh / DEVTOOLS)
        record = Record(
            id=extension.id,
            version=extension.version,
            way=way,
            panel=str(sources.panel),
            scripts=str(sources.scripts),
            digest=now,
            installed_at=time.time(),
            program=own_program(),
            debug_mode=changed,
        )
        # Before the signature, which covers every file.
        _write_record(fresh, record)
        if signer is not None:
            _sign_in_place(fresh, signer, wish.keys)
    return record


def write_panel(sources: Sources, target: Path) -> None:
    """The files of the CEP extension into an empty folder.

    Raises InputError `panel.module`, Failure `panel.page`, `panel.script`.
    """
    for name, content in _pieces(sources):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes(content)


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir() and not _is_link(path):
            shutil.rmtree(path)
        else:
            _unlink(path)


def _is_link(path: Path) -> bool:
    is_junction = getattr(os.path, "isjunction", None)  # Python 3.12 and later
    return path.is_symlink() or bool(is_junction and is_junction(path))


def _unlink(path: Path) -> None:
    """A file or a link; a junction is a folder for this purpose."""
    try:
        path.unlink()
    except (PermissionError, IsADirectoryError):
        path.rmdir()


def _take_away(target: Path) -> None:
    # Links first and by hand: nothing behind them may ever be touched.
    for path in target.iterdir():
        if _is_link(path):
            _unlink(path)
    shutil.rmtree(target)


def _write_record(folder: Path, record: Record) -> None:
    document = {"schema": SCHEMA, **asdict(record)}
    (folder / RECORD).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def _sign_in_place(fresh: Path, signer: Path, keys: Path) -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as work:
        archive = Path(work) / "panel.zxp"
        signing.sign(fresh, archive, signer, keys)
        _empty(fresh)
        signing.unpack(archive, fresh)


def _pieces(sources: Sources) -> Iterator[tuple[str, bytes]]:
    """(path, content) of every file, in order."""
    manifests = [name for name in files_of(sources.panel) if name.startswith("CSXS/")]
    files = {
        **dict(page_files(sources)),
        **{name: (sources.panel / name).read_bytes() for name in manifests},
        f"{SCRIPTS}/{ENTRY}": with_includes(sources.scripts / ENTRY).encode(),
    }
    yield from sorted(files.items())
