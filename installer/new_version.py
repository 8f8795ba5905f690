"""The new version's files: brought by git, or out of a folder or an archive; and back again."""

from __future__ import annotations

import filecmp
import os
import shutil
import tarfile
import time
import tomllib
import zipfile
from pathlib import Path

from installer.computer import Computer
from installer.journal import Journal
from installer.problems import BAD_ENVIRONMENT, FAILURE, InstallerProblem

NEW, BEFORE, LEFT = ".multiplane-new", ".multiplane-before", ".multiplane-left"
KEPT = "earlier-versions"
"""What an update has replaced and the new version has otherwise, or not at all."""
_NOT_OURS = (".git", ".venv", ".venv-before", ".venv-new", "out", "runs", KEPT, NEW, BEFORE, LEFT)
_IGNORED = ("__pycache__", "node_modules", "*.egg-info", ".*_cache", ".multiplane-update.*")
_ARCHIVES = (".zip", ".tar.gz", ".tgz", ".tar")


def version_of(root: Path) -> str:
    """The version that a checkout says it is. Raises InstallerProblem for none of ours."""
    try:
        project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        if project["name"] == "multiplane" and (root / "installer" / "__main__.py").is_file():
            return str(project["version"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise InstallerProblem(
        f"{root} is no version of Multiplane.",
        "Name the folder that its README.md lies in, or the archive as it was downloaded.",
        BAD_ENVIRONMENT,
    )


# ---- By git


def check_git(root: Path, computer: Computer) -> str:
    """The commit that is checked out. Raises InstallerProblem where git cannot update it."""
    head = computer.read(["git", "rev-parse", "HEAD"], root) if (root / ".git").exists() else None
    if head is None or not head.ok:
        raise InstallerProblem(
            "This folder is no git clone, so the new version has to be named.",
            "Download it, then: python3 installer update --from FOLDER_OR_ARCHIVE",
            BAD_ENVIRONMENT,
        )
    changed = computer.read(["git", "status", "--porcelain", "--untracked-files=no"], root)
    if changed.said.strip():
        names = ", ".join(line[3:] for line in changed.said.splitlines()[:5])
        raise InstallerProblem(
            f"Files of Multiplane were changed here: {names}.",
            "Commit them, or take the changes back, then run the same command again.",
            BAD_ENVIRONMENT,
        )
    if not computer.read(["git", "rev-parse", "--abbrev-ref", "@{upstream}"], root).ok:
        raise InstallerProblem(
            "This branch follows none from which a new version could come.",
            "Check out the branch that does (git switch main), then run the same command again.",
            BAD_ENVIRONMENT,
        )
    return head.said.strip()


def fetch(root: Path, computer: Computer) -> str:
    """The newest commit of the branch that is followed. Raises InstallerProblem."""
    _git(root, computer, "fetch the new version", "fetch", "--quiet")
    return _git(root, computer, "find the new version", "rev-parse", "@{upstream}")


def merge(root: Path, computer: Computer) -> None:
    """Go on to what was fetched. Raises InstallerProblem."""
    words = ("merge", "--ff-only", "--quiet", "@{upstream}")
    _git(root, computer, "go on to the new version", *words)


def _git(root: Path, computer: Computer, doing: str, *words: str) -> str:
    answer = computer.read(["git", *words], root)
    if not answer.ok:
        raise InstallerProblem(
            f"git could not {doing}: {' '.join(answer.said.split())[-300:]}",
            "See that the network is there, and that no commits of your own are in the way.",
            FAILURE,
        )
    return answer.said.strip()


def back_by_git(root: Path, head: str, computer: Computer) -> None:
    """The commit `head` again. Raises InstallerProblem."""
    answer = computer.read(["git", "reset", "--keep", head], root)
    if not answer.ok:
        raise InstallerProblem(
            f"git could not go back to {head}: {' '.join(answer.said.split())[-300:]}",
            f"Do so by hand: git reset --keep {head}",
            FAILURE,
        )


# ---- Out of a folder or an archive


def unpack(source: Path, root: Path) -> None:
    """A copy of the new version into `NEW`, whole or not at all.

    Raises InstallerProblem for what is no Multiplane, or cannot be read.
    """
    part = root / f"{NEW}-part"
    for folder in (part, root / NEW):
        shutil.rmtree(folder, ignore_errors=True)
    try:
        if source.is_dir():
            version_of(source)
            ignore = shutil.ignore_patterns(*_IGNORED)
            shutil.copytree(source, part, ignore=ignore, symlinks=True)
            top = part
        else:
            part.mkdir()
            _extract(source, part)
            inside = list(part.iterdir())
            top = inside[0] if len(inside) == 1 and inside[0].is_dir() else part
        version_of(top)
        for name in _NOT_OURS:
            path = top / name
            shutil.rmtree(path, ignore_errors=True)
            path.unlink(missing_ok=True)
        top.rename(root / NEW)
    except (OSError, zipfile.BadZipFile, tarfile.TarError, shutil.Error) as error:
        raise InstallerProblem(
            f"The new version cannot be read from {source}: {error}",
            "See that it was downloaded whole, and that the disk is not full.",
            BAD_ENVIRONMENT,
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _extract(source: Path, target: Path) -> None:
    if source.name.lower().endswith(".zip"):
        with zipfile.ZipFile(source) as archive:
            # extractall keeps names inside the folder, but forgets who may run them.
            archive.extractall(target)
            for entry in archive.infolist():
                mode = entry.external_attr >> 16
                if mode & 0o111 and not entry.is_dir():
                    (target / entry.filename).chmod(0o755)
    elif source.name.lower().endswith(_ARCHIVES):
        with tarfile.open(source) as opened:
            opened.extractall(target, filter="data")
    else:
        raise InstallerProblem(
            f"{source} is neither a folder nor an archive that can be read.",
            f"Give a folder, or a file that ends in {', '.join(_ARCHIVES)}.",
            BAD_ENVIRONMENT,
        )


def exchange(root: Path, journal: Journal) -> None:
    """Put all of `NEW` into its place; what was there goes into `BEFORE`. Again: goes on."""
    new, before = root / NEW, root / BEFORE
    before.mkdir(exist_ok=True)
    for path in sorted(new.iterdir()):
        place, aside = root / path.name, before / path.name
        if os.path.lexists(place):
            if not os.path.lexists(aside):
                place.rename(aside)
        elif not os.path.lexists(aside) and path.name not in journal.added:
            journal.added.append(path.name)
            journal.save()
        path.rename(place)
    shutil.rmtree(new)


def exchange_back(root: Path, journal: Journal) -> None:
    """All of `BEFORE` in its place again, what only the new version has away. Again: goes on."""
    left, before = root / LEFT, root / BEFORE
    left.mkdir(exist_ok=True)
    for name in journal.added:
        if os.path.lexists(root / name):
            (root / name).rename(_free(left / name))
    for path in sorted(before.iterdir()) if before.is_dir() else ():
        if os.path.lexists(root / path.name):
            (root / path.name).rename(_free(left / path.name))
        path.rename(root / path.name)
    for folder in (before, left, root / NEW):
        shutil.rmtree(folder, ignore_errors=True)


def _free(path: Path) -> Path:
    number = 0
    while os.path.lexists(path.with_name(f"{path.name}-{number}")):
        number += 1
    return path.with_name(f"{path.name}-{number}")


def keep_what_differs(root: Path) -> Path | None:
    """Of `BEFORE` only what the new version has otherwise or not at all: its folder, or None.

    Files of the user's own may lie among those of the earlier version, and nobody can tell.
    """
    before = root / BEFORE
    if not before.is_dir():
        return None
    for path in [path for path in before.rglob("*") if path.is_file() or path.is_symlink()]:
        twin = root / path.relative_to(before)
        same = twin.is_file() and not path.is_symlink() and filecmp.cmp(path, twin, shallow=False)
        if same or "__pycache__" in path.parts:
            path.unlink()
    for folder in sorted((path for path in before.rglob("*") if path.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()
    if not any(before.iterdir()):
        before.rmdir()
        return None
    (root / KEPT).mkdir(exist_ok=True)
    kept = _free(root / KEPT / time.strftime("%Y-%m-%d"))
    before.rename(kept)
    return kept
