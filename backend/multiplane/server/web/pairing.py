"""One-time codes for programs that cannot read the token's file: browsers and UXP panels."""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no 0 O 1 I L U
_LENGTH = 8
VALID_S = 300.0
MOST = 8
"""So many codes are good at a time; of more the oldest is void."""
FREE_TRIES = 5
SLOW_S = 1.0
"""So long each further wrong code is thought about. A wrong code voids nothing: any page in the
owner's browser could send some. Of the 29^8 codes nobody finds one in five minutes."""


class Pairing:
    """Codes, each of which is void once it was used, or after five minutes."""

    def __init__(self, token: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._token, self._clock = token, clock
        self._codes: dict[str, float] = {}  # until when each is good, the oldest first
        self._tries = 0
        self._panel = ""

    def open_at(self, panel: str) -> None:
        """panel: the address of its page, once that is known."""
        self._panel = panel

    def new_code(self) -> str:
        """A fresh code to show, such as ``K7QM-2XRT``; earlier ones stay good for their time."""
        code = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
        self._forget_old()
        while len(self._codes) >= MOST:
            del self._codes[next(iter(self._codes))]
        self._codes[code], self._tries = self._clock() + VALID_S, 0
        return f"{code[:4]}-{code[4:]}"

    def link(self, code: str) -> str:
        """The panel's address with a code in its fragment, which no browser sends or logs."""
        return f"{self._panel}#code={code}"

    def redeem(self, given: str) -> str | None:
        """The token for a right code, once; else None."""
        self._forget_old()
        if not self._codes:
            return None
        said = given.upper().replace("-", "").replace(" ", "").encode("utf-8", "replace")
        right = [code for code in self._codes if hmac.compare_digest(said, code.encode())]
        if not right:
            self._tries += 1
            return None
        del self._codes[right[0]]
        return self._token

    @property
    def pause_s(self) -> float:
        """How long to wait before a wrong code is called wrong, s."""
        return SLOW_S if self._tries > FREE_TRIES else 0.0

    def _forget_old(self) -> None:
        now = self._clock()
        self._codes = {code: until for code, until in self._codes.items() if until >= now}
