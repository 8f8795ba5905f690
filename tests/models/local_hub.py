"""A file server that speaks as much of the hub's protocol as a download needs."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

_LARGE = (".safetensors", ".gguf")
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class LocalHub:
    """`folder` is served as `repository`.

    After `cut_after` bytes of an answer the connection breaks; after `stall_after` it stays open
    and nothing more comes. others: further repositories and their folders. storage: another server
    of this kind, to which who asks for a large file is sent.
    """

    folder: Path
    repository: str
    cut_after: int | None = None
    stall_after: int | None = None
    stalled: threading.Event = field(default_factory=threading.Event)
    endpoint: str = ""
    ranges: list[str] = field(default_factory=list)  # of every file request, "" = whole file
    sent: dict[str, int] = field(default_factory=dict)  # bytes sent per file
    others: dict[str, Path] = field(default_factory=dict)
    storage: str = ""

    def folders(self) -> dict[str, Path]:
        return {self.repository: self.folder, **self.others}


@contextmanager
def serve(hub: LocalHub) -> Iterator[LocalHub]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(body=True)

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def log_message(self, format: str, *args: object) -> None:
            pass

        def _answer(self, *, body: bool) -> None:
            path = unquote(urlsplit(self.path).path)
            for repository, folder in hub.folders().items():
                api = f"/api/models/{repository}"
                if path == api or path.startswith(f"{api}/revision/"):
                    self._json({"id": repository, "sha": COMMIT, "siblings": []})
                    return
                if path.startswith(f"{api}/tree/"):
                    files = sorted(file for file in folder.rglob("*") if file.is_file())
                    self._json([self._entry(file, folder) for file in files])
                    return
                if match := re.fullmatch(rf"/{repository}/resolve/[^/]+/(.+)", path):
                    if hub.storage and match[1].endswith(_LARGE):
                        location = {"Location": hub.storage + self.path, "Content-Length": "0"}
                        self._head(302, location)
                    else:
                        self._file(folder / match[1], folder, body=body)
                    return
            self._head(404, {"Content-Length": "0"})

        def _entry(self, path: Path, folder: Path) -> dict[str, object]:
            data = path.read_bytes()
            entry: dict[str, object] = {
                "type": "file",
                "path": path.relative_to(folder).as_posix(),
                "size": len(data),
                "oid": hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest(),
            }
            if path.suffix in _LARGE:
                sha256 = hashlib.sha256(data).hexdigest()
                entry["lfs"] = {"oid": sha256, "size": len(data), "pointerSize": 134}
            return entry

        def _json(self, value: object) -> None:
            data = json.dumps(value).encode()
            self._head(200, {"Content-Length": str(len(data)), "Content-Type": "application/json"})
            self.wfile.write(data)

        def _file(self, path: Path, folder: Path, *, body: bool) -> None:
            if not path.is_file():
                self._head(404, {"Content-Length": "0", "X-Error-Code": "EntryNotFound"})
                return
            data = path.read_bytes()
            etag = f'"{hashlib.sha1(data).hexdigest()}"'
            wanted = self.headers.get("Range", "")
            start = int(wanted.removeprefix("bytes=").split("-")[0]) if wanted else 0
            headers = {"ETag": etag, "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
            headers["Content-Length"] = str(len(data) - start)
            if wanted:
                headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
            self._head(206 if wanted else 200, headers)
            if not body:
                return
            hub.ranges.append(wanted)
            rest = data[start:]
            if hub.cut_after is not None and len(rest) > hub.cut_after:
                rest = rest[: hub.cut_after]
                self.close_connection = True
            stalls = hub.stall_after is not None and len(rest) > hub.stall_after
            if stalls:
                rest = rest[: hub.stall_after]
            name = path.relative_to(folder).as_posix()
            hub.sent[name] = hub.sent.get(name, 0) + len(rest)
            self.wfile.write(rest)
            if stalls:
                hub.stalled.set()
                self.connection.recv(1)  # until the other side hangs up
                self.close_connection = True

        def _head(self, status: int, headers: dict[str, str]) -> None:
            self.send_response(status)
            for key, value in headers.items():
                self.send_header(key, value)
            self.end_headers()

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

    server = Server(("127.0.0.1", 0), Handler)
    hub.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
