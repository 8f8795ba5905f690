"""What the client writes: whole files, the announced ones, and nothing outside its folder."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from multiplane.client.files import Fetcher
from multiplane.contract.data_folder import Address, DataFolder
from multiplane.contract.errors import Failure, InputError
from multiplane.contract.messages_common import FileEntry
from multiplane.contract.proof import proof
from tests.bad_paths import BAD_PATHS, GOOD_PATHS, folder_with_links

CONTENT = b"what a hostile server would like to have in some place" * 100
DIGEST = hashlib.sha256(CONTENT).hexdigest()
JOB, TOKEN = "job-0000001", "x" * 43


class Hostile(BaseHTTPRequestHandler):
    """Knows the token, and gives the same for every path; /half announces more than it gives."""

    def do_GET(self) -> None:
        if self.path.startswith("/prove?nonce="):
            nonce, port = self.path.partition("=")[2], self.connection.getsockname()[1]
            said = proof(TOKEN, port=int(port), run="r", nonce=nonce)
            self._give(json.dumps({"run": "r", "proof": said}).encode(), 0)
        else:
            self._give(CONTENT, 10 if self.path.endswith("half") else 0)

    def _give(self, content: bytes, more: int) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(content) + more))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DataFolder]:
    """As a server leaves it that is not ours."""
    folder = DataFolder(tmp_path_factory.mktemp("data"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hostile)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    folder.token.write_text(TOKEN)
    folder.write_address(Address("127.0.0.1", server.server_address[1], "http", 1))
    yield folder
    server.shutdown()
    server.server_close()


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return folder_with_links(tmp_path / "some/deep/out", tmp_path / "secret")


@pytest.mark.parametrize("name", BAD_PATHS)
def test_a_hostile_server_cannot_choose_where_files_go(
    data: DataFolder, out: Path, name: str
) -> None:
    before = set(out.parent.parent.parent.rglob("*"))
    with pytest.raises(InputError) as caught:
        Fetcher(data).fetch(JOB, FileEntry(path=name, bytes=len(CONTENT)), out)
    assert caught.value.code == "path.refused"
    assert caught.value.remedy
    assert set(out.parent.parent.parent.rglob("*")) == before


@pytest.mark.parametrize("name", GOOD_PATHS)
def test_files_arrive_whole(data: DataFolder, out: Path, name: str) -> None:
    file = FileEntry(path=name, bytes=len(CONTENT), sha256=DIGEST)
    assert Fetcher(data).fetch(JOB, file, out)
    assert (out / name).read_bytes() == CONTENT
    assert not Fetcher(data).fetch(JOB, file, out), "it is there already"


@pytest.mark.parametrize(
    ("name", "sha256", "why"), [("half", None, "only in part"), ("other", "0" * 64, "announced")]
)
def test_a_file_that_is_not_the_announced_one_never_appears(
    data: DataFolder, out: Path, name: str, sha256: str | None, why: str
) -> None:
    with pytest.raises(Failure, match=why) as caught:
        Fetcher(data).fetch(JOB, FileEntry(path=name, bytes=len(CONTENT), sha256=sha256), out)
    assert caught.value.value == name
    assert sorted(path.name for path in out.iterdir()) == ["deep", "link"]
