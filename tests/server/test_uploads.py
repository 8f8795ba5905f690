"""Hostile uploads and names: bombs, halves, lies, tricks; each fails alone and by its own name."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image
from psd_tools import PSDImage

from multiplane.client import AsyncClient
from multiplane.contract.errors import InputError, MultiplaneError
from multiplane.contract.messages_client import GetJob, JobFiles
from multiplane.contract.messages_common import JobState, ShotState
from multiplane.server.web import endpoints
from tests.server.prepared import board, prepare
from tests.server.running import Running, parsed, serve

JOB = "job-0000001"


def head(server: Running, *lines: str) -> bytes:
    first = [
        "POST /uploads HTTP/1.1",
        f"Host: {server.host}",
        f"Authorization: Bearer {server.token}",
        "Connection: close",
    ]
    return ("\r\n".join([*first, *lines]) + "\r\n\r\n").encode()


async def upload(server: Running, content: bytes) -> str:
    """The name under which a storyboard refers to it."""
    said = await server.raw(head(server, f"Content-Length: {len(content)}") + content)
    status, _, body = parsed(said)
    assert status == 201, body
    read = json.loads(body)
    assert read["sha256"] == hashlib.sha256(content).hexdigest()
    return str(read["picture"])


def chunks(content: bytes, size: int = 16384) -> bytes:
    parts = [content[start : start + size] for start in range(0, len(content), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)


def chunk(kind: bytes, body: bytes) -> bytes:
    """One chunk of a PNG file."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, rows: bytes) -> bytes:
    """A PNG file of one bit a pixel that says this size and holds these rows."""
    ihdr = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + ihdr + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def psd(width: int, height: int, depth: int = 8) -> bytes:
    """The header of a Photoshop file of this size, with nothing behind it but run lengths."""
    header = struct.pack(">4sH6xHIIHH", b"8BPS", 1, 3, height, width, depth, 3)
    return header + struct.pack(">IIIH", 0, 0, 0, 1) + b"\x00" * 1000


def good() -> bytes:
    written = io.BytesIO()
    Image.linear_gradient("L").resize((96, 64)).convert("RGB").save(written, "PNG")
    return written.getvalue()


def photoshop() -> bytes:
    """A whole Photoshop file with two layers."""
    document = PSDImage.new("RGB", (96, 64), color=200)
    for name in ("sky", "hill"):
        document.create_pixel_layer(Image.open(io.BytesIO(good())), name=name)
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


HOSTILE = {
    "a bomb of pixels": png(50_000, 50_000, zlib.compress(bytes(6250 * 50), 9)),
    "the largest size that a header can say": png(2**31 - 1, 2**31 - 1, zlib.compress(b"\0")),
    "a Photoshop file of 90 billion pixels": psd(300_000, 300_000),
    "a Photoshop file without its pixels": psd(200, 200),
    "a Photoshop file of no depth": psd(64, 64, depth=7),
    "half a Photoshop file": photoshop()[: len(photoshop()) // 2],
    "a Photoshop file whose end is missing": photoshop()[:-1],
    "a picture cut in half": good()[:200],
    "a picture with a hole": good()[:60] + bytes(40) + good()[100:],
    "text chunks that unpack to much": good()[:33]
    + chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(2**24), 9))
    + good()[33:],
    "no picture at all": b"#!/bin/sh\necho hello\n",
    "a page": b"<!doctype html><script>alert(1)</script>",
    "JSON": b'{"shots": []}',
    "an archive": b"PK\x03\x04" + bytes(400),
    "vectors": b'<svg xmlns="http://www.w3.org/2000/svg"><image href="/etc/passwd"/></svg>',
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\nshowpage\n",
    "one byte": b"\x89",
}  # fmt: skip
HARMLESS = {"text chunks that unpack to much"}  # the picture is read, the chunk is not


def test_hostile_pictures_fail_alone(tmp_path: Path) -> None:
    """Uploaded as they are, each ends its own shot with bad input; the good one is made."""

    async def act(server: Running) -> None:
        names = {name: await upload(server, content) for name, content in HOSTILE.items()}
        names["a good one"] = await upload(server, good())
        shots = [
            {"id": name, "picture": picture, "duration": 0.1, "camera": "static"}
            for name, picture in names.items()
        ]
        document = {"title": "Hostile", "size": [96, 64], "fps": 10, "shots": shots}
        async with AsyncClient(tmp_path) as client:
            await client.submit(document, job=JOB)
            while True:
                detail = await client.ask(GetJob(job=JOB))
                if detail.job.state in (JobState.FAILED, JobState.FINISHED):
                    break
                await asyncio.sleep(0.1)
            for shot in detail.shots:
                if shot.id in {"a good one", *HARMLESS}:
                    continue
                assert shot.state == ShotState.FAILED, shot
                assert shot.error is not None
                assert shot.error.code.startswith("picture."), (shot.id, shot.error)
                assert shot.error.remedy, shot.id
            assert detail.shots[-1].state == ShotState.FINISHED, detail.shots[-1]
            files = await client.ask(JobFiles(job=JOB))
            assert any(file.path == "shots/a good one/manifest.json" for file in files.files)

    serve(tmp_path, act)


def test_bodies_that_are_too_large_or_never_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoints, "MAX_UPLOAD_BYTES", 100_000)
    monkeypatch.setattr(endpoints, "STALLED_S", 0.5)
    monkeypatch.setattr(endpoints, "LEAST_BYTES_PER_S", 50_000)

    async def act(server: Running) -> None:
        streamed = "Transfer-Encoding: chunked"
        said = await server.raw(head(server, streamed) + chunks(bytes(300_000)))
        assert parsed(said)[0] == 413
        fitting = head(server, streamed) + chunks(b"x" * 90_000) + b"0\r\n\r\n"
        assert parsed(await server.raw(fitting))[0] == 201
        packed = "Content-Encoding: gzip"
        said = await server.raw(head(server, packed, "Content-Length: 20") + bytes(20))
        assert parsed(said)[0] == 400
        assert b"upload.encoded" in said
        empty = await server.raw(head(server, "Content-Length: 0"))
        assert parsed(empty)[0] == 400

        stalled = await server.raw(head(server, "Content-Length: 5000") + bytes(10))
        assert parsed(stalled)[0] == 408
        dripping = await drip(server, head(server, "Content-Length: 99000"))
        assert parsed(dripping)[0] == 408, "a byte now and then is not progress"
        await server.raw(head(server, "Content-Length: 5000") + bytes(10), wait_s=0.1)  # goes away
        await asyncio.sleep(0.5)
        left = [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()]
        assert [one.stat().st_size for one in left] == [90_000], "no half of anything is left"

    async def drip(server: Running, first: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(first)

        async def feed() -> None:
            while True:
                writer.write(b"x")
                await asyncio.sleep(0.05)

        feeding = asyncio.create_task(feed())
        async with asyncio.timeout(60):
            said = await reader.read(65536)
        feeding.cancel()
        writer.close()
        return said

    serve(tmp_path, act)


@pytest.mark.parametrize(
    "job",
    ["..", "short", "../../x", "a/b/c/d/e", "job\0xxxxx", "C:\\windows\\x", "x" * 500, "ü" * 10],
)
def test_no_name_of_a_job_is_a_path(tmp_path: Path, job: str) -> None:
    async def act(_: Running) -> None:
        async with AsyncClient(tmp_path) as client:
            with pytest.raises((InputError, ValueError)):
                await client.submit({"shots": [{"prompt": "a dog"}]}, job=job)
            assert not any((tmp_path / "jobs").rglob("*"))

    serve(tmp_path, act)


def test_names_of_shots_stay_inside_their_job(tmp_path: Path) -> None:
    """A shot may be called anything; its folder is one safe name below its job's folder."""
    ids = ["../../../evil", "/etc/passwd", "..\\..\\evil", "con", "a\nb", ".hidden", "x" * 120]
    prepare(tmp_path / "data")

    async def act(server: Running) -> None:
        document = board(len(ids))
        for shot, id_ in zip(document["shots"], ids, strict=True):
            shot["id"] = id_
        async with AsyncClient(server.data.root) as client:
            await client.submit(document, job=JOB)
            while True:
                detail = await client.ask(GetJob(job=JOB))
                if detail.job.state == JobState.FINISHED:
                    break
                assert detail.job.state != JobState.FAILED, detail
                await asyncio.sleep(0.1)
            folder = Path(detail.job.folder)
            assert folder == server.data.root / "jobs" / JOB
            made = [path for path in (folder / "shots").iterdir() if path.is_dir()]
            assert len(made) == len(ids)
            assert all((one / "manifest.json").is_file() for one in made)
            assert not list(tmp_path.rglob("evil"))
            for picture in ("upload:../../token", "upload:", f"upload:{'0' * 64}"):
                with pytest.raises(MultiplaneError) as caught:
                    await client.submit({"shots": [{"picture": picture}]})
                assert caught.value.field == "shots[0].picture"

    serve(tmp_path / "data", act)
