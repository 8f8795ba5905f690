"""The token: 32 random bytes in a file that only its owner may read."""

from __future__ import annotations

import hmac
import os
import re
import secrets
import stat
from pathlib import Path

from multiplane.contract.data_folder import check_owner
from multiplane.contract.errors import Failure
from multiplane.deliver.folder import explained

_BYTES = 32
TOKEN_FORM = re.compile(r"[A-Za-z0-9_-]{43}")


def ensure_token(path: Path) -> str:
    """The token in `path`, made if there is none; the file has mode 0600.

    A token that others could have read, or that is damaged, is replaced by a new one; one that
    another user has put there is refused: they know it. On Windows the user's data folder itself is
    closed to others. Raises Failure `server.token_owner`, and for what the disk refuses.
    """
    with explained(path):
        kept = _kept(path)
        if kept is not None:
            return kept
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        token = secrets.token_urlsafe(_BYTES)
        fresh = path.with_name(f".{path.name}-{os.getpid()}")
        fresh.unlink(missing_ok=True)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(token + "\n")
        fresh.replace(path)
        return token


def matches(given: str | None, token: str) -> bool:
    """Whether `given` is the token, in a time that does not depend on where they differ."""
    said = (given or "").encode("utf-8", "replace")
    return hmac.compare_digest(said, token.encode("ascii"))


def _kept(path: Path) -> str | None:
    try:
        check_owner(path)
        if os.name != "nt" and path.stat().st_uid != os.geteuid():
            raise Failure(
                "server.token_owner",
                "The token belongs to another user, who knows it.",
                file=str(path),
                remedy="Remove this file and start the server again: it makes a new one.",
            )
        text = path.read_text(encoding="ascii").strip()
    except (FileNotFoundError, ValueError):
        return None
    if not TOKEN_FORM.fullmatch(text):
        return None
    if os.name != "nt" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        return None
    return text
