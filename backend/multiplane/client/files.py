"""Files of a job from the server's HTTP side, each whole or not at all."""

from __future__ import annotations

import hashlib
import http.client
import ssl
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import BinaryIO

from multiplane.client.entrance import find_entrance
from multiplane.contract.data_folder import DataFolder
from multiplane.contract.errors import Failure
from multiplane.contract.messages_common import FileEntry
from multiplane.deliver.folder import replacing_file
from multiplane.deliver.safe_path import safe_path

_TIMEOUT_S = 60.0
_BLOCK = 2**20
_BROKEN = (ConnectionError, TimeoutError, ssl.SSLError, http.client.HTTPException)


class Fetcher:
    """Fetches files from the server of a data folder."""

    def __init__(self, data: DataFolder) -> None:
        """Raises as `find_entrance`."""
        entrance = find_entrance(data)
        self._base, self._pass = entrance.address.url, entrance.pass_
        handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
        if entrance.tls is not None:
            handlers.append(urllib.request.HTTPSHandler(context=entrance.tls))
        self._opener = urllib.request.build_opener(*handlers)

    def fetch(self, job: str, file: FileEntry, out: Path) -> bool:
        """The file under `out`; False when it was there already, the very same.

        Raises InputError `path.refused` when the server names a path that leads out of `out`, or
        that some system would take for something else; Failure `server.gone` when the connection
        ends before the file does, `server.file` when it does not give the file, or another one
        than it named; and what the disk refuses.
        """
        target = safe_path(out, file.path)
        if file.sha256 is not None and _is(target, file):
            return False
        url = f"{self._base}/jobs/{job}/{urllib.parse.quote(file.path)}"
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {self._pass}"})
        with replacing_file(target) as fresh:
            try:
                with (
                    self._opener.open(request, timeout=_TIMEOUT_S) as answer,
                    fresh.open("wb") as to,
                ):
                    expected = answer.headers.get("Content-Length")
                    size, sha256 = _copied(answer, to)
            except urllib.error.HTTPError as error:
                raise _failed(file.path, f"status {error.code}") from error
            except urllib.error.URLError as error:
                raise _gone(file.path, str(error.reason)) from error
            except _BROKEN as error:
                raise _gone(file.path, str(error) or type(error).__name__) from error
            if expected is not None and expected != str(size):
                raise _gone(file.path, "it came only in part")
            if file.sha256 is not None and file.sha256 != sha256:
                raise _failed(file.path, "its content is not the one that was announced")
        return True


def _copied(answer: BinaryIO, to: BinaryIO) -> tuple[int, str]:
    """Bytes and SHA-256 of what came."""
    digest, size = hashlib.sha256(), 0
    while block := answer.read(_BLOCK):
        to.write(block)
        digest.update(block)
        size += len(block)
    return size, digest.hexdigest()


def _is(path: Path, file: FileEntry) -> bool:
    try:
        if path.stat().st_size != file.bytes:
            return False
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == file.sha256
    except OSError:
        return False


def _failed(path: str, why: str, code: str = "server.file") -> Failure:
    return Failure(
        code,
        f"The server did not give this file: {why}.",
        value=path,
        remedy="Try again; files that came are kept.",
    )


def _gone(path: str, why: str) -> Failure:
    return _failed(path, why, "server.gone")
