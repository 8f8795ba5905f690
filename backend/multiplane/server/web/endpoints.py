"""Plain HTTP: health, files with ETag and Range, uploads, pairing."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from aiohttp import hdrs, web
from aiohttp.abc import AbstractStreamWriter
from pydantic import ValidationError

from multiplane.contract.errors import Failure, InputError, MultiplaneError
from multiplane.contract.messages import PROTOCOL
from multiplane.contract.messages_http import (
    AllowedPage,
    Health,
    HttpBody,
    Paired,
    PairRequest,
    Uploaded,
)
from multiplane.deliver.folder import explain
from multiplane.deliver.safe_path import safe_path
from multiplane.server.jobs.results import SharedResults
from multiplane.server.jobs.store import Store
from multiplane.server.jobs.submission import UPLOAD
from multiplane.server.jobs.views import Views
from multiplane.server.web.answers import error_response, secure
from multiplane.server.web.gate import Gate
from multiplane.server.web.pairing import Pairing

MAX_UPLOAD_BYTES = 512 * 2**20
MAX_UPLOADS_AT_ONCE = 8
STALLED_S = 20.0
"""A body that has stopped coming for so long is dropped, or a file that is not taken."""
LEAST_BYTES_PER_S = 50_000
SHOWN = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".mp4": "video/mp4",
    ".json": "application/json",
    ".srt": "text/plain",
    ".vtt": "text/vtt",
}
"""What a browser may show by itself; anything else, pages above all, is only ever saved."""
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
FOREVER = "private, max-age=31536000, immutable"


class Files:
    """The routes that deal with files."""

    def __init__(self, store: Store, results: SharedResults, views: Views) -> None:
        self._store, self._results, self._views = store, results, views
        self._uploads = asyncio.Semaphore(MAX_UPLOADS_AT_ONCE)

    async def artifact(self, request: web.Request) -> web.StreamResponse:
        """A file by the hash of its content."""
        path = self._results.blobs.find(request.match_info["sha256"])
        if path is None:
            return await not_found(request)
        return await _send(request, path, {hdrs.CACHE_CONTROL: FOREVER})

    async def of_job(self, request: web.Request) -> web.StreamResponse:
        """A file of a job's folder."""
        job = self._store.job(request.match_info["job"])
        path = safe_path(self._views.folder(job), request.match_info["path"])
        return await _send(request, path, {hdrs.CACHE_CONTROL: "private, no-cache"})

    async def upload(self, request: web.Request) -> web.Response:
        """Stream a picture to the disk; it counts once it is whole."""
        announced = request.content_length
        if announced is not None and announced > MAX_UPLOAD_BYTES:
            raise _too_large()
        if request.headers.get(hdrs.CONTENT_ENCODING):
            raise InputError("upload.encoded", "Send the picture as it is, not compressed.")
        if self._uploads.locked():
            raise Failure("upload.busy", "Too many uploads at once.", remedy="Try again.")
        async with self._uploads:
            with self._results.blobs.incoming() as path:
                await _receive(request, path)
                sha256, size = await asyncio.to_thread(self._results.blobs.add, path)
                self._results.note_upload(sha256, size)
        body = Uploaded(sha256=sha256, bytes=size, picture=f"{UPLOAD}{sha256}")
        return _json(body, status=201)


async def health(_: web.Request) -> web.Response:
    return _json(Health(protocol=PROTOCOL))


def pair_route(pairing: Pairing) -> object:
    """POST /pair: the token for a code. A form's types are refused, as pages can send those."""

    async def pair(request: web.Request) -> web.Response:
        if request.content_type != "application/json":
            raise InputError("pair.type", "Send JSON, as application/json.")
        try:
            async with asyncio.timeout(STALLED_S):
                asked = PairRequest.model_validate_json(await request.read())
        except ValidationError:
            raise InputError("pair.malformed", 'Send {"code": "..."}.') from None
        token = pairing.redeem(asked.code)
        if token is None:
            await asyncio.sleep(pairing.pause_s)
            error = InputError(
                "pair.refused",
                "This code is wrong, used, or too old.",
                remedy="Show a new one: multiplane pair.",
            )
            return error_response(error, 403)
        return _json(Paired(token=token))

    return pair


def pages_route(gate: Gate) -> object:
    """POST /pages: a plugin, which has the token, vouches for the page that it shows."""

    async def pages(request: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(STALLED_S):
                asked = AllowedPage.model_validate_json(await request.read())
        except ValidationError:
            raise InputError("pages.malformed", 'Send {"origin": "https://..."}.') from None
        gate.let_in(asked.origin)
        return web.Response(status=204)

    return pages


async def not_found(request: web.Request) -> web.Response:
    error = InputError("http.not_found", "There is nothing here.", value=request.path[:200])
    return error_response(error, 404)


async def preflight(_: web.Request) -> web.Response:
    """A browser asks before it sends an Authorization; `allow_pages` adds who may."""
    return web.Response(status=204)


def allow_pages(gate: Gate) -> object:
    """Lets pages whose Origin the gate allows read the answers."""

    async def on_prepare(request: web.Request, response: web.StreamResponse) -> None:
        secure(response)
        origin = request.headers.get(hdrs.ORIGIN)
        if origin is None or request.path == "/health" or not gate.origin_allowed(origin):
            return
        response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
        response.headers[hdrs.VARY] = "Origin"
        if request.method == hdrs.METH_OPTIONS:
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_METHODS] = "GET, HEAD, POST"
            allowed = "Authorization, Content-Type, Range, If-None-Match"
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_HEADERS] = allowed

    return on_prepare


async def _receive(request: web.Request, path: Path) -> None:
    size, loop = 0, asyncio.get_running_loop()
    began = loop.time()
    try:
        with path.open("wb") as stream:
            while True:
                async with asyncio.timeout(STALLED_S):
                    block = await request.content.readany()
                if not block:
                    break
                size += len(block)
                if size > MAX_UPLOAD_BYTES:
                    raise _too_large()
                if (loop.time() - began - STALLED_S) * LEAST_BYTES_PER_S > size:
                    raise TimeoutError
                stream.write(block)
    except TimeoutError:
        raise Failure("upload.too_slow", "The upload stopped coming.") from None
    except OSError as error:
        raise explain(error, path) from error
    if not size:
        raise InputError("upload.empty", "The upload is empty.")


async def _send(request: web.Request, path: Path, headers: dict[str, str]) -> web.StreamResponse:
    """The file, with ETag, Range and If-None-Match as aiohttp does them."""
    try:
        size = path.stat().st_size if path.is_file() else None
    except OSError:
        size = None
    if size is None:
        return await not_found(request)
    # Said here, because aiohttp would only guess it once the headers are on their way.
    shown = SHOWN.get(path.suffix.lower())
    headers = {**headers, hdrs.CONTENT_TYPE: shown or "application/octet-stream"}
    if shown is None:
        headers[hdrs.CONTENT_DISPOSITION] = "attachment"
    if not _is_one_range(request.headers.get(hdrs.RANGE, "")):
        # A server may give the whole file instead; aiohttp would refuse it.
        without = request.headers.copy()
        without.popall(hdrs.RANGE, None)
        request = request.clone(headers=without)
    response = _SentHere(path, headers=headers)
    async with asyncio.timeout(STALLED_S + size / LEAST_BYTES_PER_S):
        await response.prepare(request)
    return response


def _is_one_range(text: str) -> bool:
    """Whether a Range header names one part, and in the right order; several are given whole."""
    found = _RANGE.fullmatch(text)
    if found is None or not (found[1] or found[2]):
        return False
    return not (found[1] and found[2]) or int(found[1]) <= int(found[2])


class _SentHere(web.FileResponse):
    """A file that its handler sends, within a time: aiohttp would begin with it a second time."""

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        return None if self.prepared else await super().prepare(request)


def _json(body: HttpBody, status: int = 200) -> web.Response:
    return web.Response(
        text=body.model_dump_json(),
        status=status,
        content_type="application/json",
        headers={hdrs.CACHE_CONTROL: "no-store"},
    )


def _too_large() -> MultiplaneError:
    megabytes = MAX_UPLOAD_BYTES // 2**20
    return InputError(
        "upload.too_large",
        "Pictures of up to {megabytes} MB are taken.",
        remedy="Save it smaller, or name the file by its path.",
        values={"megabytes": megabytes},
    )
