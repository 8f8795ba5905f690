"""What a browser is shown: the panel, where it lies beside the package, or a page that helps on.

These pages hold no data and no token, so the gate lets anybody on this computer's own name see
them; whoever wants more pairs first.
"""

from __future__ import annotations

import base64
import hashlib
import html
from pathlib import Path

from aiohttp import hdrs, web

from multiplane.contract.messages import PROTOCOL
from multiplane.deliver.safe_path import safe_path
from multiplane.panel.sources import INDEX
from multiplane.server.web.endpoints import not_found

PANEL = "/panel/"
_TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
}
"""Nothing else is served. Not left to the system, whose table may say anything."""

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:40em;margin:4em auto;padding:0 1em;"
    "color:#ddd;background:#1d1d1f}code{background:#333;padding:.1em .4em;border-radius:4px}"
    "h1{font-weight:600}"
)
_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Multiplane</title><style>{style}</style>
<h1>Multiplane is running</h1>
<p>This server makes layered shots from storyboards. Its protocol has the version {protocol}.</p>
<p>The panel is not installed here. What to do next:</p>
<ul>
<li>Hand in a storyboard: <code>multiplane submit storyboard.json --wait</code></li>
<li>Connect a program or another browser page: <code>multiplane pair</code></li>
<li>Something does not work: <code>multiplane doctor</code></li>
</ul>
</html>
"""


class Panel:
    """The routes of the pages. folder: None, or without an index.html, for no panel."""

    def __init__(self, folder: Path | None) -> None:
        there = folder is not None and (folder / INDEX).is_file()
        self._folder = folder if there else None

    async def start(self, request: web.Request) -> web.StreamResponse:
        """GET /: on to the panel, or the page that helps on."""
        if self._folder is not None:
            return web.Response(status=302, headers={hdrs.LOCATION: PANEL})
        page = _PAGE.format(style=_STYLE, protocol=html.escape(str(PROTOCOL)))
        response = web.Response(text=page, content_type="text/html")
        digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
        return _guarded(response, f"default-src 'none'; style-src 'sha256-{digest}'")

    async def file(self, request: web.Request) -> web.StreamResponse:
        """GET /panel/...: a file of the panel. A folder is never listed."""
        name = request.match_info["path"] or INDEX
        type_ = _TYPES.get(Path(name).suffix.lower())
        if self._folder is None or type_ is None:
            return await not_found(request)
        path = safe_path(self._folder, name)
        if not path.is_file():
            return await not_found(request)
        response = web.FileResponse(path, headers={hdrs.CONTENT_TYPE: type_})
        secure = "wss" if request.secure else "ws"
        return _guarded(
            response,
            "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
            "img-src 'self' blob: data:; media-src 'self' blob:; "
            # Older browsers do not count a WebSocket of the page's own server as 'self'.
            f"connect-src 'self' {secure}://{request.host}",
        )


def _guarded(response: web.StreamResponse, policy: str) -> web.StreamResponse:
    """With a policy under which a page can do no more than it has to, and nobody frames it."""
    response.headers["Content-Security-Policy"] = (
        f"{policy}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers[hdrs.CACHE_CONTROL] = "no-cache"
    return response
