"""The server's side of `contract.proof`: it shows first that it knows the token."""

from __future__ import annotations

from aiohttp import hdrs, web

from multiplane.contract.errors import InputError
from multiplane.contract.messages_http import Proof
from multiplane.contract.proof import NONCE, new_nonce, pass_of, proof


class Proving:
    """For one run of the server."""

    def __init__(self, token: str) -> None:
        self._token, self._run = token, new_nonce()
        self._port = 0

    def start_at(self, port: int) -> str:
        """Prove from now on for this port; returns what clients show instead of the token."""
        self._port = port
        return pass_of(self._token, port=port, run=self._run)

    async def prove(self, request: web.Request) -> web.Response:
        """GET /prove?nonce=...: needs no token, and tells nothing of it."""
        nonce = request.query.get("nonce", "")
        if not NONCE.fullmatch(nonce):
            raise InputError(
                "prove.nonce",
                "Send a nonce of 32 to 64 hexadecimal digits.",
                field="nonce",
                value=nonce[:100],
            )
        said = proof(self._token, port=self._port, run=self._run, nonce=nonce)
        return web.Response(
            text=Proof(run=self._run, proof=said).model_dump_json(),
            content_type="application/json",
            headers={hdrs.CACHE_CONTROL: "no-store"},
        )
