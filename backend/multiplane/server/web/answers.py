"""HTTP answers that several rooms give: errors as JSON, and who may read an answer in a page."""

from __future__ import annotations

import json

from aiohttp import hdrs, web

from multiplane.contract.errors import MultiplaneError


def error_response(error: MultiplaneError, status: int) -> web.Response:
    """The error as `{"error": {...}}`, with the fields of `contract.document.ErrorEntry`."""
    response = web.json_response({"error": error.as_dict()}, status=status, dumps=json.dumps)
    response.headers[hdrs.CACHE_CONTROL] = "no-store"
    return response


def secure(response: web.StreamResponse) -> None:
    """Headers that keep a browser from reading anything into an answer.

    A page of the server's own keeps the policy that it came with.
    """
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    response.headers.setdefault(
        "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox"
    )
