"""The way to a data folder's server, which proves itself before it is told anything."""

from __future__ import annotations

import http.client
import json
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass

from multiplane.contract.data_folder import Address, DataFolder
from multiplane.contract.errors import Failure
from multiplane.contract.proof import is_proof, new_nonce, pass_of

_TIMEOUT_S = 20.0
_MOST_BYTES = 10_000


@dataclass(frozen=True)
class Entrance:
    """Where the server is, and what to show it. pass_: not the token, which is never sent."""

    address: Address
    pass_: str
    tls: ssl.SSLContext | None


def find_entrance(data: DataFolder) -> Entrance:
    """Read the folder's address and token, and see that their server answers there.

    Any program may have taken the port since the server was killed: it gets a nonce, no token.
    Raises Failure `server.not_running`, `server.no_token`, `server.token_owner`, and
    `server.not_ours` when something else answers.
    """
    address, token = data.read_address(), data.read_token()
    tls = None
    if address.scheme == "https":
        try:
            tls = ssl.create_default_context(cafile=str(data.certificate))
        except (OSError, ssl.SSLError) as error:
            raise _not_ours(address, f"its certificate cannot be read: {error}") from error
    nonce = new_nonce()
    try:
        said = json.loads(_asked(f"{address.url}/prove?nonce={nonce}", tls))
        run, proof = str(said["run"]), str(said["proof"])
    except (urllib.error.HTTPError, http.client.HTTPException) as error:
        raise _not_ours(address, str(error)) from error
    except (ValueError, TypeError, KeyError) as error:
        raise _not_ours(address, "it does not prove that it knows the token") from error
    except OSError as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, ssl.SSLError):
            raise _not_ours(address, str(reason)) from error
        raise Failure(
            "server.not_running",
            f"No server answers at {address.url}, where process {address.pid} was to serve.",
            file=str(data.port),
            remedy="Start one with: multiplane serve (with the same --data, if you give one).",
        ) from error
    if not is_proof(proof, token, port=address.port, run=run, nonce=nonce):
        raise _not_ours(address, "it does not know the token")
    return Entrance(address, pass_of(token, port=address.port, run=run), tls)


def _asked(url: str, tls: ssl.SSLContext | None) -> bytes:
    handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({}), _Straight()]
    if tls is not None:
        handlers.append(urllib.request.HTTPSHandler(context=tls))
    opener = urllib.request.build_opener(*handlers)
    with opener.open(url, timeout=_TIMEOUT_S) as answer:
        read: bytes = answer.read(_MOST_BYTES)
    return read


class _Straight(urllib.request.HTTPRedirectHandler):
    """Follows nobody elsewhere."""

    def redirect_request(self, *_: object) -> None:
        return None


def _not_ours(address: Address, why: str) -> Failure:
    return Failure(
        "server.not_ours",
        f"At {address.url} another program answers, not this data folder's server: {why}. "
        "The token was not sent.",
        remedy="Start the server again: multiplane serve (with the same --data, if you give one); "
        "it notes its new address.",
    )
