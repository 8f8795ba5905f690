"""A one-time code for programs that cannot read the token's file: browsers and UXP panels."""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no 0 O 1 I L U
_LENGTH = 8
VALID_S = 300.0
MAX_TRIES = 5


class Pairing:
    """One code at a time. It is void once used, after five wrong tries, or after five minutes."""

    def __init__(self, token: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._token, self._clock = token, clock
        self._code: str | None = None
        self._until = 0.0
        self._tries = 0

    def new_code(self) -> str:
        """A fresh code to show, such as ``K7QM-2XRT``; an earlier one is void."""
        code = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
        self._code, self._tries, self._until = code, 0, self._clock() + VALID_S
        return f"{code[:4]}-{code[4:]}"

    def redeem(self, given: str) -> str | None:
        """The token for the right code, once; else None."""
        if self._code is None or self._clock() > self._until:
            return None
        self._tries += 1
        said = given.upper().replace("-", "").replace(" ", "")
        right = hmac.compare_digest(said.encode("utf-8", "replace"), self._code.encode())
        if right or self._tries >= MAX_TRIES:
            self._code = None
        return self._token if right else None
