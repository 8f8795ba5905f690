"""Fetching the artwork: by the npm client, once, checked against pinned checksums."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import platformdirs

from multiplane.contract.errors import Failure, InputError
from multiplane_study.artwork.packages import PACKAGES, Package

LARGEST_MEMBER = 64 << 20
"""Bytes; the largest file that is read, Noto's drawings, has 14 MB."""
NPM_SECONDS = 300

OnPackage = Callable[[int, int], None]


def artwork_folder() -> Path:
    """Where the artwork is kept: the user's cache, outside of every project."""
    return platformdirs.user_cache_path("multiplane", appauthor=False) / "artwork"


def get_artwork(
    folder: Path | None = None,
    packages: Sequence[Package] = PACKAGES,
    on_package: OnPackage = lambda done, total: None,
) -> Path:
    """Fetch what is missing and return the folder; what is there is not fetched again.

    Raises Failure `study.artwork.no_npm`, `study.artwork.not_fetched` when npm fails, and
    `study.artwork.checksum` for a tarball that is not the pinned one.
    """
    folder = artwork_folder() if folder is None else folder
    folder.mkdir(parents=True, exist_ok=True)
    for done, package in enumerate(packages, start=1):
        if not is_there(folder, package):
            with tempfile.TemporaryDirectory(dir=folder, prefix=".fetching-") as aside:
                tarball = _pack(package, Path(aside))
                unpack(tarball, package, folder)
        on_package(done, len(packages))
    return folder


def is_there(folder: Path, package: Package) -> bool:
    """Whether all files of `package` that are read lie in `folder`."""
    return all((folder / package.folder / member).is_file() for member in package.members)


def member(folder: Path, package: Package, name: str) -> Path:
    """The file `name` of `package`.

    Raises InputError `study.artwork.missing`, with the command that gets it.
    """
    path = folder / package.folder / name
    if not path.is_file():
        raise InputError(
            "study.artwork.missing",
            f"{package.name} {package.version} is not among the artwork.",
            file=str(path),
            value=package.name,
            remedy=f"Get it with: multiplane study artwork get --folder {folder}",
        )
    return path


def _pack(package: Package, aside: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise Failure(
            "study.artwork.no_npm",
            "The artwork comes as npm packages, and there is no npm here.",
            value=package.name,
            remedy="Install Node.js, which brings npm (Debian: apt-get install npm).",
        )
    wanted = f"{package.name}@{package.version}"
    words = [npm, "pack", "--silent", "--ignore-scripts", "--pack-destination", str(aside), wanted]
    try:
        # In an empty folder: npm reads the package.json and .npmrc of the one it runs in.
        done = subprocess.run(
            words, cwd=aside, capture_output=True, text=True, timeout=NPM_SECONDS, check=False
        )
        problem = "" if done.returncode == 0 else (done.stderr or done.stdout).strip()
    except (OSError, subprocess.TimeoutExpired) as error:
        problem = str(error)
    tarballs = list(aside.glob("*.tgz"))
    if problem or len(tarballs) != 1:
        raise Failure(
            "study.artwork.not_fetched",
            f"npm could not fetch {wanted}: {problem or 'it left no file'}",
            value=wanted,
            remedy="Look at the network and at npm's configured registry, and try again.",
        )
    return tarballs[0]


def unpack(tarball: Path, package: Package, folder: Path) -> None:
    """Put the files of `package` that are read from `tarball` into `folder`.

    Raises Failure `study.artwork.checksum` for another tarball than the pinned one, and
    `study.artwork.incomplete` for one that lacks a file.
    """
    found = "sha512-" + base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
    if found != package.integrity:
        raise Failure(
            "study.artwork.checksum",
            f"What came as {package.name} {package.version} is not what was pinned.",
            file=tarball.name,
            value=found,
            remedy="Don't use it. Look at what npm's configured registry delivers.",
        )
    unfinished = folder / f".{package.folder}.part"
    shutil.rmtree(unfinished, ignore_errors=True)
    with tarfile.open(tarball) as archive:
        for name in package.members:
            target = unfinished / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(_content(archive, package, name))
    shutil.rmtree(folder / package.folder, ignore_errors=True)
    os.replace(unfinished, folder / package.folder)


def _content(archive: tarfile.TarFile, package: Package, name: str) -> bytes:
    try:
        entry = archive.getmember(f"package/{name}")
        stream = archive.extractfile(entry)
    except KeyError:
        entry, stream = None, None
    if entry is None or stream is None or entry.size > LARGEST_MEMBER:
        raise Failure(
            "study.artwork.incomplete",
            f"{package.name} {package.version} has no usable {name}.",
            value=name,
            remedy="Look at what npm's configured registry delivers.",
        )
    return stream.read()
