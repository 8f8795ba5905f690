"""Who may come in. Every request passes here before its body is read or its socket upgraded.

A page in a browser can reach a server on this computer, and `file:` pages, `data:` pages and
sandboxed frames all say `Origin: null`, as does the panel. So the token is the gate; Host and
Origin are depth: an exact Host stops DNS rebinding, and a web page's Origin is refused by name.
"""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from multiplane.contract.errors import InputError
from multiplane.contract.messages import SUBPROTOCOL, TOKEN_SUBPROTOCOL
from multiplane.server.jobs.storage import token_file
from multiplane.server.web.answers import error_response

OPEN_PATHS = frozenset({"/health", "/prove", "/pair"})
"""Need no token. /health and /prove tell nothing of it, /pair wants a code of its own."""
OPEN_ROUTES = frozenset({"/", "/panel/{path}"})
"""Nor do the pages of the panel, by the name that the router has for them: they hold no data, and
a browser can show no token before it has the page that asks for it."""


class Gate:
    """Shut until `open_at` is called: before the port is known, no value of Host is right."""

    def __init__(self, token: str, origins: Iterable[str] = ()) -> None:
        """token: what must be shown. origins: web pages that are allowed by name."""
        self._secrets = frozenset({token})
        self._origins = frozenset(origin.lower().rstrip("/") for origin in origins)
        self._hosts: frozenset[str] = frozenset()

    def open_at(self, port: int, names: Iterable[str], *, scheme: str, run_pass: str) -> None:
        """Let in who asks for the right host, and the server's own pages.

        port: where the server listens. names: of this computer, as clients may write them.
        scheme: "http" or "https". run_pass: may be shown instead of the token (`contract.proof`).
        """
        self._hosts = frozenset(f"{name.lower()}:{port}" for name in names)
        self._origins |= {f"{scheme}://{host}" for host in self._hosts}
        self._secrets |= {run_pass}

    def refusal(self, request: web.Request) -> tuple[int, InputError] | None:
        """Status and reason for turning the request away; None lets it in."""
        hosts = request.headers.getall(hdrs.HOST, [])
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return 421, InputError(
                "gate.host",
                "This server does not answer to that name.",
                field="Host",
                value=", ".join(hosts)[:200],
                remedy="Use {known}.",
                values={"known": " or ".join(sorted(self._hosts))},
            )
        origins = request.headers.getall(hdrs.ORIGIN, [])
        if len(origins) > 1 or not all(map(self.origin_allowed, origins)):
            return 403, InputError(
                "gate.origin",
                "Web pages may not use this server.",
                field="Origin",
                value=", ".join(origins)[:200],
                remedy="Allow a page by name: multiplane serve --allow-origin URL.",
            )
        if request.path in OPEN_PATHS or _is_page(request) or _is_preflight(request):
            return None
        shown = shown_token(request)
        if not any(token_file.matches(shown, right) for right in self._secrets):
            return 401, InputError(
                "gate.token",
                "The token is missing or wrong.",
                remedy="Send the content of the file token in the server's data folder, as "
                "Authorization: Bearer TOKEN; or pair with multiplane pair.",
            )
        return None

    def let_in(self, origin: str) -> None:
        """A page that somebody with the token vouches for, as long as this server runs."""
        self._origins |= {origin.lower().rstrip("/")}

    def origin_allowed(self, origin: str) -> bool:
        """Whether an Origin may pass: no web page's, unless it was allowed by name."""
        if origin in ("null", "file://"):
            return True  # the panel; and any file or sandboxed page, which has no token
        return origin.lower() in self._origins

    def middleware(self) -> Middleware:
        @web.middleware
        async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
            refused = self.refusal(request)
            if refused is not None:
                return turned_away(refused)
            return await handler(request)

        return check

    async def expect(self, request: web.Request) -> web.StreamResponse | None:
        """For `Expect: 100-continue`: the same check, before the client is told to go on."""
        refused = self.refusal(request)
        if refused is not None:
            return turned_away(refused)
        assert request.transport is not None
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return None


def turned_away(refused: tuple[int, InputError]) -> web.Response:
    status, error = refused
    response = error_response(error, status)
    response.force_close()
    if status == 401:
        response.headers[hdrs.WWW_AUTHENTICATE] = "Bearer"
    return response


def shown_token(request: web.Request) -> str | None:
    """The token that the request shows: in its Authorization, or among its subprotocols."""
    scheme, _, given = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    if scheme.lower() == "bearer" and given:
        return given.strip()
    for header in request.headers.getall(hdrs.SEC_WEBSOCKET_PROTOCOL, []):
        for offered in header.split(","):
            if offered.strip().startswith(TOKEN_SUBPROTOCOL):
                return offered.strip().removeprefix(TOKEN_SUBPROTOCOL)
    return None


def speaks_our_protocol(request: web.Request) -> bool:
    """Whether the client offers the subprotocol, or none at all."""
    headers = request.headers.getall(hdrs.SEC_WEBSOCKET_PROTOCOL, [])
    offered = {name.strip() for header in headers for name in header.split(",")}
    return not offered or SUBPROTOCOL in offered


def _is_page(request: web.Request) -> bool:
    resource = request.match_info.route.resource
    return resource is not None and resource.canonical in OPEN_ROUTES


def _is_preflight(request: web.Request) -> bool:
    """A browser's question whether it may ask; it never carries the token and gets no data."""
    return request.method == hdrs.METH_OPTIONS
