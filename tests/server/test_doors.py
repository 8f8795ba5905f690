"""What the server lets out, and what it reads for whoever is let in; through real connections."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from multiplane.client import AsyncClient
from multiplane.contract.errors import InputError
from multiplane.deliver.shot import deliver_shot
from multiplane.intake.picture import load_picture
from multiplane.intake.reach import limited_to
from multiplane.server.jobs.blobs import Blobs, StoredFile
from multiplane.server.jobs.results import SharedResults
from multiplane.server.jobs.tables import open_database
from multiplane.server.web.pairing import FREE_TRIES
from tests.command_line import Multiplane
from tests.deliver.shots import finished
from tests.odd_files import needs_unix, odd_file
from tests.server.running import Running, parsed, serve

Act = Callable[[Running], Awaitable[None]]
JOB = "job-0000001"


async def submitted(server: Running, **shot: Any) -> None:
    """Submit a storyboard of two shots, the second of which is good. Raises what is said."""
    async with AsyncClient(server.data.root) as client:
        board = {"shots": [{"subjects": ["cat"], **shot}]}
        await client.submit(board, folder=server.data.root, job=JOB)


def test_a_page_among_results_is_only_ever_saved(tmp_path: Path) -> None:
    async def act(server: Running) -> None:
        await submitted(server, prompt="a cat", picture=None)
        job = server.data.root / "jobs" / JOB
        job.mkdir(parents=True, exist_ok=True)
        for name in ("index.html", "a.svg", "a.xhtml", "a.xml", "a.js", "a.unknown", "a"):
            (job / name).write_text("<script>alert(1)</script>")
            status, headers, _ = await server.get(f"/jobs/{JOB}/{name}")
            assert status == 200
            assert headers["content-disposition"] == "attachment", name
            assert headers["content-type"] == "application/octet-stream"
        Image.new("RGB", (8, 8)).save(job / "a.png")
        _, headers, _ = await server.get(f"/jobs/{JOB}/a.png")
        assert headers["content-type"] == "image/png"
        assert "content-disposition" not in headers

    serve(tmp_path, act)


def test_every_answer_has_the_guards_of_a_browser(tmp_path: Path) -> None:
    async def act(server: Running) -> None:
        for path in ("/health", "/nothing", "/artifacts/" + "0" * 64, "/jobs/x/y", "/", "/panel/"):
            for token in ("", f"Bearer {server.token}"):
                _, headers, _ = await server.get(path, Authorization=token)
                assert "default-src 'none'" in headers["content-security-policy"], path
                assert "frame-ancestors 'none'" in headers["content-security-policy"], path
                assert headers["x-content-type-options"] == "nosniff"
                assert headers["cross-origin-resource-policy"] == "same-origin"
                assert headers["referrer-policy"] == "no-referrer"
                assert (
                    len([header for header in headers if header == "content-security-policy"]) == 1
                )

    serve(tmp_path, act)


def test_a_head_is_answered_as_its_get_is(tmp_path: Path) -> None:
    async def act(server: Running) -> None:
        await submitted(server, prompt="a cat")
        job = server.data.root / "jobs" / JOB
        job.mkdir(parents=True, exist_ok=True)
        (job / "a.png").write_bytes(b"x" * 1000)
        for path in ("/health", f"/jobs/{JOB}/a.png", "/", "/nothing", f"/jobs/{JOB}/none.png"):
            wanted, headers, body = await server.get(path)
            lines = (
                f"HEAD {path} HTTP/1.1\r\nHost: {server.host}\r\n"
                f"Authorization: Bearer {server.token}\r\nConnection: close\r\n\r\n"
            )
            status, again, nothing = parsed(await server.raw(lines.encode()))
            assert (status, nothing) == (wanted, b""), path
            if body:
                assert again["content-length"] == str(len(body))
            assert again.get("content-type") == headers.get("content-type")
        without = f"HEAD /jobs/{JOB}/a.png HTTP/1.1\r\nHost: {server.host}\r\n\r\n"
        assert parsed(await server.raw(without.encode()))[0] == 401

    serve(tmp_path, act)


def test_a_sandboxed_page_cannot_void_a_pairing_code(tmp_path: Path) -> None:
    async def act(server: Running) -> None:
        assert server.server.pairing is not None
        code = server.server.pairing.new_code()

        async def pair(given: str) -> tuple[int, dict[str, str], bytes]:
            body = json.dumps({"code": given})
            head = (
                f"POST /pair HTTP/1.1\r\nHost: {server.host}\r\nOrigin: null\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
                "Connection: close\r\n\r\n"
            )
            return parsed(await server.raw((head + body).encode()))

        guesses = [pair("AAAA-AAAA") for _ in range(FREE_TRIES * 4)]
        assert {status for status, _, _ in await asyncio.gather(*guesses)} == {403}
        status, _, body = await pair(code)
        assert (status, json.loads(body)["token"]) == (200, server.token)
        assert (await pair(code))[0] == 403

    serve(tmp_path, act)


@pytest.mark.parametrize(
    "header",
    ["Authorization: Bearer {token}\x00", "Authorization : Bearer {token}",
     "Authorization\x01: Bearer {token}", " Authorization: Bearer {token}",
     "Authorization: Bearer {token}\x7f\x01", "Authorization Bearer {token}",
     "Authorization: " + "{token}" * 2000],
)  # fmt: skip
def test_a_malformed_header_does_not_get_into_the_logs(tmp_path: Path, header: str) -> None:
    tokens = []

    async def act(server: Running) -> None:
        tokens.append(server.token)
        line = header.format(token=server.token)
        await server.raw(f"GET /health HTTP/1.1\r\nHost: {server.host}\r\n{line}\r\n\r\n".encode())
        await server.raw(f"GET /{line} HTTP/1.1\r\n{line}".encode() + b"\r\n\r\n")

    serve(tmp_path, act)
    for log in (tmp_path / "logs").iterdir():
        assert tokens[0] not in log.read_text("utf-8", "replace"), log.name


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """A folder that may be read and one that may not, each with a picture, and audio."""
    inside, outside = tmp_path / "boards", tmp_path / "private"
    for folder in (inside, outside):
        folder.mkdir()
        Image.new("RGB", (64, 36), "red").save(folder / "cat.png")
        (folder / "sound.wav").write_bytes(b"RIFF")
    (inside / "link.png").symlink_to(outside / "cat.png")
    (inside / "linked").symlink_to(outside)
    return inside, outside


OUTSIDE: dict[str, Callable[[Path, Path], dict[str, Any]]] = {
    "picture": lambda i, o: {"picture": f"{o}/cat.png"},
    "picture that is not there": lambda i, o: {"picture": f"{o}/nothing.png"},
    "way up": lambda i, o: {"picture": f"{i}/../private/cat.png"},
    "link": lambda i, o: {"picture": f"{i}/link.png"},
    "linked folder": lambda i, o: {"picture": f"{i}/linked/cat.png"},
    "layer": lambda i, o: {"layers": [{"name": "a", "picture": f"{o}/cat.png"}]},
    "matte": lambda i, o: {
        "prompt": "a cat",
        "mattes": [{"layer": "cat", "matte": f"{o}/cat.png"}],
    },
    "audio": lambda i, o: {"prompt": "a cat", "audio": f"{o}/sound.wav"},
    "audio that is not there": lambda i, o: {"prompt": "a cat", "audio": f"{o}/nothing.wav"},
    "the token": lambda i, o: {"picture": f"{o.parent}/data/token"},
    "a device": lambda i, o: {"picture": "/dev/zero"},
    "the system's": lambda i, o: {"picture": "/etc/hostname"},
}


@pytest.mark.parametrize("case", OUTSIDE)
def test_only_the_named_folders_are_read(
    folders: tuple[Path, Path], tmp_path: Path, case: str
) -> None:
    inside, outside = folders

    async def act(server: Running) -> None:
        with pytest.raises(InputError) as caught:
            await submitted(server, **OUTSIDE[case](inside, outside))
        assert caught.value.code == "path.out_of_reach"
        assert str(caught.value.field).startswith("shots[0].")
        assert str(inside) in str(caught.value.remedy)
        assert "--only" in str(caught.value.remedy)

    serve(tmp_path / "data", act, only=(inside,))


def test_a_models_folder_has_to_be_in_reach(folders: tuple[Path, Path], tmp_path: Path) -> None:
    inside, outside = folders

    async def act(server: Running) -> None:
        for model in (str(outside), f"{outside}/nothing", "../private"):
            with pytest.raises(InputError) as caught:
                async with AsyncClient(server.data.root) as client:
                    await client.submit({"shots": [{"prompt": "a cat"}]}, model=model)
            assert caught.value.code == "path.out_of_reach"
            assert caught.value.field == "model"

    serve(tmp_path / "data", act, only=(inside,))


def test_what_lies_in_reach_and_what_was_uploaded_is_read(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    inside, outside = folders

    async def act(server: Running) -> None:
        await submitted(server, picture=f"{inside}/cat.png", audio=f"{inside}/sound.wav")
        data = (outside / "cat.png").read_bytes()
        head = (
            f"POST /uploads HTTP/1.1\r\nHost: {server.host}\r\nContent-Length: {len(data)}\r\n"
            f"Authorization: Bearer {server.token}\r\nConnection: close\r\n\r\n"
        )
        _, _, body = parsed(await server.raw(head.encode() + data))
        async with AsyncClient(server.data.root) as client:
            shots = [{"picture": json.loads(body)["picture"], "subjects": ["cat"]}]
            await client.submit({"shots": shots})

    serve(tmp_path / "data", act, only=(inside,))
    load_picture(outside / "cat.png")  # the limit ended with its server


def test_without_only_everything_may_be_named(folders: tuple[Path, Path], tmp_path: Path) -> None:
    async def act(server: Running) -> None:
        await submitted(server, picture=f"{folders[1]}/cat.png")

    serve(tmp_path / "data", act)


def test_a_link_that_comes_later_leads_nowhere(folders: tuple[Path, Path]) -> None:
    """The limit holds where a file is opened, not only where a storyboard is checked."""
    inside, outside = folders
    with limited_to((inside,)):
        load_picture(inside / "cat.png")
        (inside / "cat.png").unlink()
        (inside / "cat.png").symlink_to(outside / "cat.png")
        with pytest.raises(InputError, match="may not read"):
            load_picture(inside / "cat.png")


@needs_unix
@pytest.mark.parametrize("kind", ["pipe", "device", "terminal", "socket"])
def test_a_submitted_path_never_holds_the_server(tmp_path: Path, kind: str) -> None:
    async def act(server: Running) -> None:
        with odd_file(kind, tmp_path / "odd.png") as path:
            for shot in (
                {"picture": str(path)},
                {"layers": [{"name": "a", "picture": str(path)}]},
                {"prompt": "a cat", "mattes": [{"layer": "cat", "matte": str(path)}]},
            ):
                with pytest.raises(InputError) as caught:
                    await submitted(server, **shot)
                assert caught.value.code == "picture.not_a_file"
        assert (await server.get("/health"))[0] == 200

    serve(tmp_path / "data", act)


@pytest.mark.parametrize("what", ["file", "nothing"])
def test_only_wants_a_folder(tmp_path: Path, multiplane: Multiplane, what: str) -> None:
    (tmp_path / "file").write_text("x")
    done = multiplane("serve", "--only", str(tmp_path / what), "--data", str(tmp_path / "data"))
    assert done.status == 2
    assert "--only" in done.err


def test_a_users_file_in_a_jobs_folder_is_kept(tmp_path: Path) -> None:
    """Through the same placing of results that every job goes."""
    made = tmp_path / "made"
    deliver_shot(made, finished(id_="a"))
    database = open_database(tmp_path / "jobs.sqlite3")
    results = SharedResults(database, Blobs(tmp_path / "blobs"))
    files = [
        StoredFile(path.relative_to(made).as_posix(), *results.blobs.add(path))
        for path in sorted(made.rglob("*"))
        if path.is_file()
    ]
    results.add("0" * 64, "p", "m", 1.0, files)
    folder = tmp_path / "jobs" / JOB / "shots" / "a"
    for _ in range(3):
        asyncio.run(results.place("0" * 64, folder))
        (folder / "notes.txt").write_text("mine")
        (folder / "layers" / "mine.png").write_text("mine")
    (folder / "layers.psd").unlink()
    (folder / "layers.psd").write_text("mine")
    asyncio.run(results.place("0" * 64, folder))
    for name in ("notes.txt", "layers/mine.png", "layers (kept).psd"):
        assert (folder / name).read_text() == "mine"
    assert len([one for one in folder.rglob("*") if one.is_file()]) == len(files) + 3
    database.close()
