"""How server and client show each other that they know the token, without saying it.

A client that reads the token from a file knows a port only by its number, and any program may have
taken it since. So the token itself is never sent: the server first answers a nonce with a proof
(RFC 2104 HMAC over SHA-256), and the client then shows a pass, good for this very run of the server
at this very port. A proof that was fetched from another port does not hold here, and a pass that
went astray opens nothing once the server has ended. The panel does the same.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

NONCE = re.compile(r"[0-9a-f]{32,64}")
_SERVER, _CLIENT = "multiplane server", "multiplane client"


def new_nonce() -> str:
    """32 random bytes as hexadecimal digits; also what tells one run of a server from another."""
    return secrets.token_hex(32)


def proof(token: str, *, port: int, run: str, nonce: str) -> str:
    """What only who knows the token can answer to `nonce` at this port; hexadecimal digits."""
    return _signed(token, _SERVER, str(port), run, nonce)


def is_proof(said: str, token: str, *, port: int, run: str, nonce: str) -> bool:
    """Whether `said` is that proof."""
    right = proof(token, port=port, run=run, nonce=nonce)
    return hmac.compare_digest(said.encode("utf-8", "replace"), right.encode())


def pass_of(token: str, *, port: int, run: str) -> str:
    """What a client shows instead of the token, for as long as this server runs."""
    return _signed(token, _CLIENT, str(port), run)


def _signed(token: str, *words: str) -> str:
    return hmac.new(token.encode(), "\n".join(words).encode(), hashlib.sha256).hexdigest()
