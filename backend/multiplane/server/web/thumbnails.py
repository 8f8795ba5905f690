"""Small pictures of shots, for lists of hundreds: made when they are asked for, and kept."""

from __future__ import annotations

import asyncio
import io
import logging
from collections import OrderedDict
from pathlib import Path

from aiohttp import hdrs, web

from multiplane.contract.errors import InputError
from multiplane.contract.layout import PICTURE
from multiplane.server.jobs.results import SharedResults
from multiplane.server.web.endpoints import FOREVER, not_found

_LOGGER = logging.getLogger(__name__)
WIDTH = 480
"""px; the height follows the picture's shape."""
MOST_BYTES = 32 * 2**20
"""In memory, of all that were asked for last."""
_AT_ONCE = 2
_QUALITY = 82


class Thumbnails:
    """Answers GET /thumbnails/{result}."""

    def __init__(self, results: SharedResults) -> None:
        self._results = results
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def of_result(self, request: web.Request) -> web.StreamResponse:
        """The picture of a result, or an upload, by its hash: JPEG, at most `WIDTH` px wide."""
        result = request.match_info["result"]
        small = self._kept.pop(result, None) or await self._made(result)
        if small is None:
            return await not_found(request)
        self._keep(result, small)
        headers = {hdrs.CACHE_CONTROL: FOREVER}
        return web.Response(body=small, content_type="image/jpeg", headers=headers)

    async def _made(self, result: str) -> bytes | None:
        files = {file.path: file.sha256 for file in self._results.files(result)}
        try:
            path = self._results.blobs.find(files.get(PICTURE, result))
        except InputError:  # no hash at all
            return None
        if path is None:
            return None
        async with self._turns:
            return await asyncio.to_thread(_small, path)

    def _keep(self, result: str, small: bytes) -> None:
        self._kept[result] = small
        while sum(map(len, self._kept.values())) > MOST_BYTES:
            self._kept.popitem(last=False)


def _small(path: Path) -> bytes | None:
    """None for what is no picture that can be shown."""
    from PIL import Image  # a server that waits needs no pictures

    from multiplane.intake.picture import load_picture

    try:
        picture = Image.fromarray(load_picture(path, warn=_LOGGER.debug))
    except InputError:
        return None
    height = max(1, round(picture.height * WIDTH / picture.width))
    size = (WIDTH, height) if picture.width > WIDTH else picture.size
    shown = picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    said = io.BytesIO()
    shown.save(said, "JPEG", quality=_QUALITY)
    return said.getvalue()
