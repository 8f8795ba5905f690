"""The web application: which address leads where, and how errors are answered."""

from __future__ import annotations

from typing import Any, cast

from aiohttp import web
from aiohttp.typedefs import Handler

from multiplane.contract import full_disk
from multiplane.contract.errors import InputError, MultiplaneError
from multiplane.server.web import endpoints
from multiplane.server.web.answers import error_response
from multiplane.server.web.connections import Connections
from multiplane.server.web.endpoints import Files
from multiplane.server.web.gate import Gate
from multiplane.server.web.pairing import Pairing
from multiplane.server.web.panel_pages import Panel
from multiplane.server.web.proving import Proving
from multiplane.server.web.thumbnails import Thumbnails
from multiplane.server.websocket.requests import failure_of
from multiplane.server.websocket.session import Sessions

MAX_BODY_BYTES = 64 * 2**10
"""Of everything but uploads, which are streamed."""

_STATUS = {
    "job.unknown": 404,
    "path.refused": 400,
    "upload.too_large": 413,
    "upload.too_slow": 408,
    "upload.busy": 503,
    full_disk.CODE: 507,
}


def make_app(
    gate: Gate,
    connections: Connections,
    sessions: Sessions,
    files: Files,
    pairing: Pairing,
    panel: Panel,
    proving: Proving,
    thumbnails: Thumbnails,
) -> web.Application:
    """The application. The gate stands before every address, also those that do not exist."""
    app = web.Application(
        middlewares=[connections.middleware(), _typed_errors, gate.middleware()],
        client_max_size=MAX_BODY_BYTES,
    )
    routes: list[tuple[str, str, Any]] = [
        ("OPTIONS", "/{path:.*}", endpoints.preflight),
        ("GET", "/", panel.start),
        ("GET", "/panel/{path:.*}", panel.file),
        ("GET", "/health", endpoints.health),
        ("GET", "/prove", proving.prove),
        ("POST", "/pair", endpoints.pair_route(pairing)),
        ("POST", "/pages", endpoints.pages_route(gate)),
        ("GET", "/ws", sessions.handle),
        ("GET", "/artifacts/{sha256}", files.artifact),
        ("GET", "/thumbnails/{result}", thumbnails.of_result),
        ("GET", "/layers/{sha256}/{percent}", thumbnails.of_layer),
        ("GET", "/peaks/{sha256}", thumbnails.of_sound),
        ("GET", "/jobs/{job}/{path:.+}", files.of_job),
        ("POST", "/uploads", files.upload),
        ("*", "/{path:.*}", endpoints.not_found),
    ]
    for method, path, handler in routes:
        app.router.add_route(method, path, handler, expect_handler=gate.expect)
        if method == "GET" and path != "/ws":
            app.router.add_route("HEAD", path, handler, expect_handler=gate.expect)
    app.on_response_prepare.append(cast(Any, endpoints.allow_pages(gate)))
    return app


@web.middleware
async def _typed_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whatever goes wrong is answered with a typed error, never with a trace."""
    try:
        return await handler(request)
    except MultiplaneError as error:
        response = error_response(error, _STATUS.get(error.code, 400))
        response.force_close()
        return response
    except web.HTTPException as error:
        said = InputError(
            f"http.status_{error.status}",
            "{why}",
            values={"why": error.reason or "Refused."},
        )
        response = error_response(said, error.status)
        response.force_close()
        return response
    except (ConnectionError, TimeoutError):
        if request.transport is not None:
            request.transport.close()
        raise
    except Exception as error:
        failure = failure_of(error)
        response = error_response(failure, _STATUS.get(failure.code, 500))
        response.force_close()
        return response
