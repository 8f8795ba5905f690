"""A one-time code for programs that cannot read the token's file: browsers and UXP panels."""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no 0 O 1 I L U
_LENGTH = 8
VALID_S = 300.0
FREE_TRIES = 5
SLOW_S = 1.0
"""So long each further wrong code is thought about. A wrong code voids nothing: any page in the
owner's browser could send some. Of the 29^8 codes nobody finds one in five minutes."""


class Pairing:
    """One code at a time. It is void once used, or after five minutes."""

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
        said = given.upper().replace("-", "").replace(" ", "")
        right = hmac.compare_digest(said.encode("utf-8", "replace"), self._code.encode())
        if not right:
            self._tries += 1
            return None
        self._code = None
        return self._token

    @property
    def pause_s(self) -> float:
        """How long to wait before a wrong code is called wrong, s."""
        return SLOW_S if self._tries > FREE_TRIES else 0.0
