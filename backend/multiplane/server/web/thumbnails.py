"""Small pictures of shots and layers, and the outline of a sound: made when asked for, and kept."""

from __future__ import annotations

import asyncio
import io
import logging
from collections import OrderedDict
from collections.abc import Callable
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
PERCENTS = ("100", "50", "25", "12")
"""Of a layer's width and height: few, so that what was made once is asked for again."""
_AT_ONCE = 2
_QUALITY = 82


class Thumbnails:
    """Answers GET /thumbnails/{result}, /layers/{sha256}/{percent} and /peaks/{sha256}."""

    def __init__(self, results: SharedResults) -> None:
        self._results = results
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def of_result(self, request: web.Request) -> web.StreamResponse:
        """The picture of a result, or an upload, by its hash: JPEG, at most `WIDTH` px wide."""
        result = request.match_info["result"]

        def digest() -> str:
            files = {file.path: file.sha256 for file in self._results.files(result)}
            return files.get(PICTURE, result)

        return await self._answer(request, result, digest, _small, "image/jpeg")

    async def of_layer(self, request: web.Request) -> web.StreamResponse:
        """A layer's file by its hash, as WebP at a size of `PERCENTS`; transparent where it was."""
        digest, percent = request.match_info["sha256"], request.match_info["percent"]
        if percent not in PERCENTS:
            return await not_found(request)

        def made(path: Path) -> bytes | None:
            return _layer(path, int(percent) / 100.0)

        return await self._answer(
            request, f"{digest}/{percent}", lambda: digest, made, "image/webp"
        )

    async def of_sound(self, request: web.Request) -> web.StreamResponse:
        """How loud an uploaded sound is, a byte for each 1/20 s (`mixer.peaks`)."""
        digest = request.match_info["sha256"]
        kind = "application/octet-stream"
        return await self._answer(request, f"peaks/{digest}", lambda: digest, _peaks, kind)

    async def _answer(
        self,
        request: web.Request,
        key: str,
        digest: Callable[[], str],
        make: Callable[[Path], bytes | None],
        kind: str,
    ) -> web.StreamResponse:
        """What is kept under `key`, or what `make` gives for the file of this hash."""
        small = self._kept.pop(key, None) or await self._made(digest(), make)
        if small is None:
            return await not_found(request)
        self._keep(key, small)
        return web.Response(body=small, content_type=kind, headers={hdrs.CACHE_CONTROL: FOREVER})

    async def _made(self, digest: str, make: Callable[[Path], bytes | None]) -> bytes | None:
        try:
            path = self._results.blobs.find(digest)
        except InputError:  # no hash at all
            return None
        if path is None:
            return None
        async with self._turns:
            return await asyncio.to_thread(make, path)

    def _keep(self, key: str, small: bytes) -> None:
        self._kept[key] = small
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


def _peaks(path: Path) -> bytes | None:
    """None for what is no sound that can be played."""
    from multiplane.deliver.mixer import peaks

    try:
        return peaks(path)
    except (InputError, ValueError):
        return None


def _layer(path: Path, scale: float) -> bytes | None:
    """None for what is no layer's picture."""
    from multiplane.deliver.index_page.pictures import small_webp
    from multiplane.deliver.result_files import open_png

    try:
        with open_png(path) as opened:
            return small_webp(opened, scale)
    except (OSError, ValueError):
        return None
