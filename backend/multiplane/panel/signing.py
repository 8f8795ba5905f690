"""Signing by Adobe's ZXPSignCmd, which exists for Windows and macOS and is not ours to hand out.

The certificate is one that we make ourselves, once: CEP asks for a whole signature, not for a
known signer.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import zipfile
from pathlib import Path

from multiplane.contract.data_folder import data_folder
from multiplane.contract.errors import Failure

_NAMES = ("ZXPSignCmd", "ZXPSignCmd-64bit")
_SECONDS = 180.0
_WHO = ("US", "None", "Multiplane", "Multiplane")


def keys_folder() -> Path:
    """Where our certificate lies, and a signer that was fetched."""
    return data_folder().root / "panel_keys"


def find_signer() -> Path | None:
    """ZXPSignCmd on the search path, or as `multiplane panel signer` has fetched it."""
    for place in (None, str(keys_folder())):
        for name in _NAMES:
            found = shutil.which(name, path=place)
            if found is not None:
                return Path(found)
    return None


def sign(folder: Path, target: Path, signer: Path, keys: Path) -> None:
    """Write `folder` as the signed extension `target` (.zxp). keys: where our certificate lies.

    Raises Failure `panel.signing`.
    """
    certificate, password = _certificate(signer, keys)
    target.unlink(missing_ok=True)
    _run(signer, "-sign", str(folder), str(target), str(certificate), password)
    if not target.is_file():
        raise _failure(signer, "it said nothing and wrote nothing")


def unpack(archive: Path, target: Path) -> None:
    """The files of a .zxp into a folder."""
    with zipfile.ZipFile(archive) as opened:
        # extractall keeps names inside the folder.
        opened.extractall(target)


def _certificate(signer: Path, keys: Path) -> tuple[Path, str]:
    certificate, secret = keys / "panel.p12", keys / "panel.p12.password"
    if certificate.is_file() and secret.is_file():
        return certificate, secret.read_text(encoding="ascii").strip()
    keys.mkdir(parents=True, exist_ok=True)
    password = secrets.token_hex(16)
    with os.fdopen(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
        stream.write(password)
    certificate.unlink(missing_ok=True)
    _run(signer, "-selfSignedCert", *_WHO, password, str(certificate))
    if not certificate.is_file():
        raise _failure(signer, "it made no certificate")
    return certificate, password


def _run(signer: Path, *arguments: str) -> None:
    try:
        done = subprocess.run(
            [str(signer), *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        # Its own words would show the password.
        raise _failure(signer, f"it did not end within {_SECONDS:.0f} s") from None
    except OSError as error:
        raise _failure(signer, str(error)) from error
    if done.returncode != 0:
        said = " ".join((done.stdout + done.stderr).split())
        raise _failure(signer, said[-300:] or f"exit status {done.returncode}")


def _failure(signer: Path, said: str) -> Failure:
    return Failure(
        "panel.signing",
        f"The panel could not be signed: {said}.",
        file=str(signer),
        remedy="Use --no-sign to go on without a signature; After Effects 26.3 on Windows then "
        "shows nothing of the panel.",
    )
